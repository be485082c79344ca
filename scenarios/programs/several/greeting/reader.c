#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <assert.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <semaphore.h>

#define NAME  "/os"
#define READY "/ready"
#define SIZE  32

int main(void)
{
    int shm_fd;
    char *ptr;
    sem_t *ready;

    ready = sem_open(READY, O_CREAT, 0666, 0);
    if (ready == SEM_FAILED) {
        perror("sem_open");
        exit(EXIT_FAILURE);
    }

    /* open and map the shared memory object */
    shm_fd = shm_open(NAME, O_RDONLY, 0666);
    ptr = mmap(0, SIZE, PROT_READ, MAP_SHARED, shm_fd, 0);

    /* wait for the message */
    sem_wait(ready);
    printf("%s\n", ptr);
    assert(strcmp(ptr, "Hello") == 0);

    shm_unlink(NAME);
    sem_unlink(READY);
    return 0;
}
