//@ expect error assertion;
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <assert.h>
#include <sys/types.h>
#include <sys/wait.h>

#define N 2

/* Start N children, every one says hello, and collect them all. */
int main(void)
{
    int i, collected = 0;
    pid_t pid;

    for (i = 0; i < N; i++) {
        pid = fork();
        if (pid < 0) {
            perror("fork");
            exit(EXIT_FAILURE);
        }
        if (pid == 0) {
            printf("Hello from child %d\n", i);
            fflush(stdout);
        }
    }

    while (wait(NULL) > 0)
        collected++;

    printf("collected %d children\n", collected);
    assert(collected == N);
    return 0;
}
