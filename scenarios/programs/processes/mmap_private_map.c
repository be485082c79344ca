//@ expect error assertion;
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <assert.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>

/* compute the first fibonacci numbers in a child process */

#define N 4

int main(void)
{
    int i;
    int *fib;
    pid_t pid;

    fib = mmap(NULL, N * sizeof(int), PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (fib == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }

    pid = fork();
    if (pid < 0) {
        perror("fork");
        exit(1);
    } else if (pid == 0) {
        fib[0] = 0;
        fib[1] = 1;
        for (i = 2; i < N; i++)
            fib[i] = fib[i - 1] + fib[i - 2];
        exit(0);
    }

    waitpid(pid, NULL, 0);
    for (i = 0; i < N; i++)
        printf("fib(%d) = %d\n", i, fib[i]);
    assert(fib[1] == 1);
    assert(fib[3] == 2);
    munmap(fib, N * sizeof(int));
    return 0;
}
