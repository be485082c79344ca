/* Two writers, messages longer than PIPE_BUF: what they write may be mixed. PIPE_BUF is 4 here,
   4096 on Linux. */
//@ option pipe_buf = 4;
//@ expect error assertion;
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define LENGTH 6

int main(void)
{
    int fd[2];
    char message[LENGTH];

    if (pipe(fd) == -1) {
        perror("pipe");
        exit(1);
    }
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            for (int k = 0; k < LENGTH; k++)
                message[k] = 'a' + i;
            close(fd[0]);
            write(fd[1], message, LENGTH);
            _exit(0);
        }
    close(fd[1]);
    wait(NULL);
    wait(NULL);
    for (int i = 0; i < 2; i++) {
        assert(read(fd[0], message, LENGTH) == LENGTH);
        for (int k = 1; k < LENGTH; k++)
            assert(message[k] == message[0]);
    }
    close(fd[0]);
    return 0;
}
