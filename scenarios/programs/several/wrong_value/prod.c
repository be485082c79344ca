/* The value of a semaphore counts for whoever makes it, and here the two do not agree. */
//@ with "cons.c";
//@ expect deadlock;
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <semaphore.h>
#include "buf.h"

int main(void)
{
    struct buf *b;
    sem_t *empty, *full;
    int fd, i;

    fd = shm_open(SHM_BUF, O_CREAT | O_RDWR, 0666);
    if (fd == -1) { perror("shm_open"); exit(1); }
    if (ftruncate(fd, sizeof(struct buf)) == -1) { perror("ftruncate"); exit(1); }
    b = mmap(NULL, sizeof(struct buf), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (b == MAP_FAILED) { perror("mmap"); exit(1); }

    empty = sem_open(S_EMPTY, O_CREAT, 0666, SIZE);
    if (empty == SEM_FAILED) { perror("sem_open"); exit(1); }
    full = sem_open(S_FULL, O_CREAT, 0666, 0);
    if (full == SEM_FAILED) { perror("sem_open"); exit(1); }

    for (i = 0; i < ITEMS; i++) {
        sem_wait(empty);
        b->item[i % SIZE] = 'a' + i;
        sem_post(full);
    }
    munmap(b, sizeof(struct buf));
    sem_close(empty);
    sem_close(full);
    return 0;
}
