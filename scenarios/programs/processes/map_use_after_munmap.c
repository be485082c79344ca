//@ expect error pointer in 12 steps;
/* The result is read when the memory is gone. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int *sum = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (sum == MAP_FAILED)
        exit(1);
    if (fork() == 0) {
        for (int i = 1; i <= 3; i++)
            *sum += i;
        return 0;
    }
    wait(NULL);
    munmap(sum, sizeof(int));
    printf("%d\n", *sum);
    return 0;
}
