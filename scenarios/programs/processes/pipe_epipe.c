/* Writing to a pipe without readers: with SIGPIPE ignored we get EPIPE */
//@ expect holds;
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int fd[2], st;
    char c = 'a';

    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR) {
        perror("signal");
        exit(1);
    }
    if (pipe(fd) < 0) {
        perror("pipe");
        exit(1);
    }

    pid_t reader = fork();
    if (reader < 0) {
        perror("fork");
        exit(1);
    }
    if (reader == 0) {
        char got = 0;
        close(fd[1]);
        if (read(fd[0], &got, 1) != 1)
            _exit(1);
        assert(got == 'a');
        _exit(0);               /* closes the last but one read end */
    }

    assert(write(fd[1], &c, 1) == 1);
    waitpid(reader, &st, 0);
    assert(WIFEXITED(st) && WEXITSTATUS(st) == 0);

    assert(write(fd[1], &c, 1) == 1);   /* we still hold a read end */
    close(fd[0]);
    errno = 0;
    assert(write(fd[1], &c, 1) == -1);
    assert(errno == EPIPE);
    close(fd[1]);
    printf("EPIPE as expected\n");
    return 0;
}
