/*
 * Two workers have a small deque of tasks each, take tasks from the tail of
 * their own deque and steal from the head of the other one when theirs is
 * empty.
 * Each deque has a lock and only one lock is held at a time, so every task is
 * executed exactly once and nothing deadlocks.
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <assert.h>

#define WORKERS 2
#define MAXTASK 2
#define NO_TASK (-1)

typedef struct {
    int task[MAXTASK];
    int head;           /* thieves take here */
    int tail;           /* the owner takes here */
    pthread_mutex_t lock;
} deque_t;

static deque_t deques[WORKERS];
static int executed[WORKERS * MAXTASK];

static void push(deque_t *d, int task)
{
    pthread_mutex_lock(&d->lock);
    d->task[d->tail++] = task;
    pthread_mutex_unlock(&d->lock);
}

static int pop(deque_t *d)
{
    int t = NO_TASK;

    pthread_mutex_lock(&d->lock);
    if (d->head < d->tail)
        t = d->task[--d->tail];
    pthread_mutex_unlock(&d->lock);
    return t;
}

static int steal(deque_t *d)
{
    int t = NO_TASK;

    pthread_mutex_lock(&d->lock);
    if (d->head < d->tail)
        t = d->task[d->head++];
    pthread_mutex_unlock(&d->lock);
    return t;
}

static void *worker(void *arg)
{
    int me = *(int *)arg;
    int victim = (me + 1) % WORKERS;

    for (;;) {
        int t = pop(&deques[me]);
        if (t == NO_TASK)
            t = steal(&deques[victim]);
        if (t == NO_TASK)
            break;
        executed[t]++;
    }
    return NULL;
}

int main(void)
{
    pthread_t th[WORKERS];
    int ids[WORKERS];

    for (int i = 0; i < WORKERS; i++)
        pthread_mutex_init(&deques[i].lock, NULL);

    /* the load is uneven: worker 0 has two tasks, worker 1 has only one */
    push(&deques[0], 0);
    push(&deques[0], 1);
    push(&deques[1], 2);

    for (int i = 0; i < WORKERS; i++) {
        ids[i] = i;
        if (pthread_create(&th[i], NULL, worker, &ids[i]) != 0) {
            perror("pthread_create");
            exit(1);
        }
    }
    for (int i = 0; i < WORKERS; i++)
        pthread_join(th[i], NULL);

    for (int i = 0; i < 3; i++) {
        printf("task %d was executed %d time(s)\n", i, executed[i]);
        assert(executed[i] == 1);
    }
    return 0;
}
