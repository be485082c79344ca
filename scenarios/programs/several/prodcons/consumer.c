/* Bounded buffer, consumer side */
#include <stdio.h>
#include <stdlib.h>
#include <assert.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <semaphore.h>
#include "common.h"

int main(void)
{
    sem_t *empty, *full, *mutex;
    shared_data *d;
    int fd, i, item, sum = 0;

    fd = shm_open(SHM_NAME, O_CREAT | O_RDWR, 0666);
    if (fd == -1) { perror("shm_open"); exit(1); }
    if (ftruncate(fd, sizeof(shared_data)) == -1) { perror("ftruncate"); exit(1); }
    d = mmap(NULL, sizeof(shared_data), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (d == MAP_FAILED) { perror("mmap"); exit(1); }
    close(fd);

    empty = sem_open(SEM_EMPTY, O_CREAT, 0666, BUFFER_SIZE);
    full  = sem_open(SEM_FULL,  O_CREAT, 0666, 0);
    mutex = sem_open(SEM_MUTEX, O_CREAT, 0666, 1);
    if (empty == SEM_FAILED || full == SEM_FAILED || mutex == SEM_FAILED) {
        perror("sem_open");
        exit(1);
    }

    for (i = 0; i < NITEMS; i++) {
        sem_wait(full);
        sem_wait(mutex);
        item = d->buffer[d->out];
        d->out = (d->out + 1) % BUFFER_SIZE;
        sem_post(mutex);
        sem_post(empty);
        printf("consumed %d\n", item);
        sum += item;
    }
    assert(sum == NITEMS * (NITEMS + 1) / 2);

    munmap(d, sizeof(shared_data));
    sem_close(empty);
    sem_close(full);
    sem_close(mutex);
    shm_unlink(SHM_NAME);
    sem_unlink(SEM_EMPTY);
    sem_unlink(SEM_FULL);
    sem_unlink(SEM_MUTEX);
    return 0;
}
