/* Two children add to a counter in shared memory. */
//@ expect race;
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN 2
#define TIMES    2

int main(void)
{
    int *counter = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (counter == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    *counter = 0;

    for (int c = 0; c < CHILDREN; c++) {
        pid_t pid = fork();
        if (pid < 0) {
            perror("fork");
            exit(1);
        }
        if (pid == 0) {
            for (int i = 0; i < TIMES; i++)
                (*counter)++;
            exit(0);
        }
    }

    for (int c = 0; c < CHILDREN; c++)
        wait(NULL);

    printf("counter is %d, should be %d\n", *counter, CHILDREN * TIMES);
    assert(*counter == CHILDREN * TIMES);
    munmap(counter, sizeof(int));
    return 0;
}
