/* Parent and child swap a number. Each has one pipe to write to. */
//@ expect deadlock;
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/wait.h>

static int swap_value(int in, int out, int mine)
{
    int theirs;
    if (read(in, &theirs, sizeof theirs) != sizeof theirs) {
        perror("read");
        exit(1);
    }
    if (write(out, &mine, sizeof mine) != sizeof mine) {
        perror("write");
        exit(1);
    }
    return theirs;
}

int main(void)
{
    int down[2], up[2];
    if (pipe(down) == -1 || pipe(up) == -1) {
        perror("pipe");
        exit(1);
    }

    pid_t pid = fork();
    if (pid == -1) {
        perror("fork");
        exit(1);
    }
    if (pid == 0) {
        close(down[1]);
        close(up[0]);
        int v = swap_value(down[0], up[1], 2);
        assert(v == 1);
        exit(0);
    }

    close(down[0]);
    close(up[1]);
    int v = swap_value(up[0], down[1], 1);
    assert(v == 2);
    wait(NULL);
    printf("swapped\n");
    return 0;
}
