#ifndef POOL_H
#define POOL_H
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <assert.h>
#include <fcntl.h>
#include <unistd.h>
#include <stdatomic.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define POOL "/pool"
#define TOTAL 4
#define TAKE  2

struct pool {
    atomic_int ready;
    sem_t lock;
    int left;
    int done;
};

/* Whoever creates the object initialises it; the other one waits. */
static struct pool *pool_open(void)
{
    struct pool *p;
    struct stat st;
    int fd, creator = 1;

    fd = shm_open(POOL, O_CREAT | O_EXCL | O_RDWR, 0600);
    if (fd == -1 && errno == EEXIST) {
        creator = 0;
        fd = shm_open(POOL, O_RDWR, 0600);
    }
    if (fd == -1) {
        perror("shm_open");
        exit(1);
    }
    if (creator) {
        if (ftruncate(fd, sizeof(struct pool)) == -1) {
            perror("ftruncate");
            exit(1);
        }
    } else {
        do {
            if (fstat(fd, &st) == -1) {
                perror("fstat");
                exit(1);
            }
        } while (st.st_size < (off_t)sizeof(struct pool));
    }
    p = mmap(NULL, sizeof(struct pool), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    close(fd);
    if (creator) {
        if (sem_init(&p->lock, 1, 1) == -1) {
            perror("sem_init");
            exit(1);
        }
        p->left = TOTAL;
        p->done = 0;
        atomic_store(&p->ready, 1);
    } else {
        while (!atomic_load(&p->ready))
            ;
    }
    return p;
}
#endif
