/* Lab 1, exercise 1: the exit code of a child */
//@ expect holds;
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int status;
    pid_t pid = fork();

    if (pid < 0) {
        perror("fork");
        exit(1);
    }
    if (pid == 0) {
        /* child */
        exit(7);
    }

    /* parent */
    pid_t done = waitpid(pid, &status, 0);
    assert(done == pid);
    assert(WIFEXITED(status));
    assert(!WIFSIGNALED(status));
    assert(WEXITSTATUS(status) == 7);
    printf("child left with code %d\n", WEXITSTATUS(status));
    return 0;
}
