/*
 * Each thread has a mutex in its own structure and locks it before it changes
 * the common sum.
 * The mutexes are different ones, so they do not exclude the threads from
 * each other, and the accesses to the sum are a data race.
 */
//@ expect race;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>

typedef struct {
    pthread_mutex_t lock;
    int amount;
    int *sum;
} task_t;

static void *add_task(void *arg)
{
    task_t *t = (task_t *)arg;

    pthread_mutex_lock(&t->lock);
    *t->sum += t->amount;
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

int main(void)
{
    pthread_t th[2];
    task_t tasks[2];
    int sum = 0;

    for (int i = 0; i < 2; i++) {
        pthread_mutex_init(&tasks[i].lock, NULL);
        tasks[i].amount = i + 1;
        tasks[i].sum = &sum;
        if (pthread_create(&th[i], NULL, add_task, &tasks[i]) != 0) {
            perror("pthread_create");
            exit(1);
        }
    }
    for (int i = 0; i < 2; i++)
        pthread_join(th[i], NULL);
    printf("sum: %d\n", sum);
    return 0;
}
