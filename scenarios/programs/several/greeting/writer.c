/* The reader does not ask whether shm_open and mmap failed. Where it is started first, they did. */
//@ with "reader.c";
//@ expect error pointer;
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
    const char *message = "Hello";
    int shm_fd;
    char *ptr;
    sem_t *ready;

    ready = sem_open(READY, O_CREAT, 0666, 0);
    if (ready == SEM_FAILED) {
        perror("sem_open");
        exit(EXIT_FAILURE);
    }

    shm_fd = shm_open(NAME, O_CREAT | O_RDWR, 0666);
    if (shm_fd == -1) {
        perror("shm_open");
        exit(EXIT_FAILURE);
    }
    if (ftruncate(shm_fd, SIZE) == -1) {
        perror("ftruncate");
        exit(EXIT_FAILURE);
    }
    ptr = mmap(0, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, shm_fd, 0);
    if (ptr == MAP_FAILED) {
        perror("mmap");
        exit(EXIT_FAILURE);
    }

    strcpy(ptr, message);
    sem_post(ready);
    printf("writer: done\n");
    return 0;
}
