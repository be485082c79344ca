#include <stdio.h>
#include <stdlib.h>
#include <assert.h>
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
    char c;

    fd = shm_open(SHM_BUF, O_CREAT | O_RDWR, 0666);
    if (fd == -1) { perror("shm_open"); exit(1); }
    if (ftruncate(fd, sizeof(struct buf)) == -1) { perror("ftruncate"); exit(1); }
    b = mmap(NULL, sizeof(struct buf), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (b == MAP_FAILED) { perror("mmap"); exit(1); }

    empty = sem_open(S_EMPTY, O_CREAT, 0666, 0);
    if (empty == SEM_FAILED) { perror("sem_open"); exit(1); }
    full = sem_open(S_FULL, O_CREAT, 0666, 0);
    if (full == SEM_FAILED) { perror("sem_open"); exit(1); }

    for (i = 0; i < ITEMS; i++) {
        sem_wait(full);
        c = b->item[i % SIZE];
        sem_post(empty);
        printf("%c\n", c);
        assert(c == 'a' + i);
    }
    munmap(b, sizeof(struct buf));
    sem_close(empty);
    sem_close(full);
    shm_unlink(SHM_BUF);
    sem_unlink(S_EMPTY);
    sem_unlink(S_FULL);
    return 0;
}
