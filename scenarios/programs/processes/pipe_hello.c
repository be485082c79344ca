/* parent -> child: a line of text through a pipe */
//@ expect holds;
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char msg[] = "hello";

int main(void)
{
    int fd[2];
    pid_t pid;

    if (pipe(fd) == -1) {
        perror("pipe");
        exit(1);
    }
    if ((pid = fork()) == -1) {
        perror("fork");
        exit(1);
    }

    if (pid == 0) {
        char buf[16];
        size_t len = 0;
        ssize_t n;

        close(fd[1]);
        while ((n = read(fd[0], buf + len, sizeof buf - 1 - len)) > 0)
            len += n;
        assert(n == 0);
        buf[len] = '\0';
        close(fd[0]);
        assert(len == 5);
        assert(strcmp(buf, msg) == 0);
        printf("child got: %s\n", buf);
        exit(0);
    }

    close(fd[0]);
    if (write(fd[1], msg, strlen(msg)) != (ssize_t)strlen(msg)) {
        perror("write");
        exit(1);
    }
    close(fd[1]);

    int st;
    waitpid(pid, &st, 0);
    assert(WIFEXITED(st) && WEXITSTATUS(st) == 0);
    return 0;
}
