#include "pool.h"

int main(void)
{
    struct pool *p = pool_open();
    int i, last;

    for (i = 0; i < TAKE; i++) {
        sem_wait(&p->lock);
        p->left--;
        printf("worker2: %d left\n", p->left);
        sem_post(&p->lock);
    }
    sem_wait(&p->lock);
    p->done++;
    last = (p->done == 2);
    if (last)
        assert(p->left == TOTAL - 2 * TAKE);
    sem_post(&p->lock);

    munmap(p, sizeof(struct pool));
    if (last)
        shm_unlink(POOL);
    return 0;
}
