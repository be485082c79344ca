/* The filter over two pipes, with a process of its own that writes: however little a pipe holds,
   all get through. */
//@ option pipe_size = 8;
//@ expect holds;
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT 6

int main(void)
{
    int down[2], up[2], n, got = 0;

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
    if (fork() == 0) {
        close(up[0]);
        close(up[1]);
        close(down[0]);
        for (int i = 0; i < COUNT; i++)
            write(down[1], &i, sizeof i);
        _exit(0);
    }
    close(down[0]);
    close(down[1]);
    close(up[1]);
    while (read(up[0], &n, sizeof n) == sizeof n) {
        assert(n == got * got);
        got++;
    }
    assert(got == COUNT);
    wait(NULL);
    wait(NULL);
    return 0;
}
