/* Parent and child work as a filter over two pipes. The parent writes all before it reads anything:
   once both pipes are full nobody goes on. Pipes of 8 bytes here, 65536 on Linux. */
//@ option pipe_size = 8;
//@ expect deadlock;
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT 6

int main(void)
{
    int down[2], up[2], n;

    if (pipe(down) == -1 || pipe(up) == -1) {
        perror("pipe");
        exit(1);
    }
    if (fork() == 0) {
        close(down[1]);
        close(up[0]);
        while (read(down[0], &n, sizeof n) == sizeof n) {
            n = n * n;
            write(up[1], &n, sizeof n);
        }
        _exit(0);
    }
    close(down[0]);
    close(up[1]);
    for (int i = 0; i < COUNT; i++)
        write(down[1], &i, sizeof i);
    close(down[1]);
    while (read(up[0], &n, sizeof n) == sizeof n)
        printf("%d\n", n);
    wait(NULL);
    return 0;
}
