/*
 * A pool of two threads with a list of tasks that malloc gives: each task is a
 * function and its argument. main submits two tasks and then closes the
 * pool; every task runs exactly once.
 */
//@ expect holds;

#include <pthread.h>
#include <stdlib.h>
#include <stdbool.h>
#include <assert.h>

struct task {
    void (*run)(void *);
    void *arg;
    struct task *next;
};

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct task *first;
    bool closed;
};

static struct pool pool = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .changed = PTHREAD_COND_INITIALIZER,
};
static int sum;
static pthread_mutex_t sum_lock = PTHREAD_MUTEX_INITIALIZER;

static void add(void *arg)
{
    pthread_mutex_lock(&sum_lock);
    sum += (int)(long)arg;
    pthread_mutex_unlock(&sum_lock);
}

static void add_twice(void *arg)
{
    add(arg);
    add(arg);
}

static void submit(void (*run)(void *), void *arg)
{
    struct task *t = malloc(sizeof(*t));

    t->run = run;
    t->arg = arg;
    pthread_mutex_lock(&pool.lock);
    t->next = pool.first;
    pool.first = t;
    pthread_cond_signal(&pool.changed);
    pthread_mutex_unlock(&pool.lock);
}

static void *worker(void *unused)
{
    for (;;) {
        struct task *t;

        pthread_mutex_lock(&pool.lock);
        while (pool.first == NULL && !pool.closed)
            pthread_cond_wait(&pool.changed, &pool.lock);
        t = pool.first;
        if (t != NULL)
            pool.first = t->next;
        pthread_mutex_unlock(&pool.lock);
        if (t == NULL)
            return NULL;
        t->run(t->arg);
        free(t);
    }
}

int main(void)
{
    pthread_t thread[2];

    for (int i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, worker, NULL);
    submit(add, (void *)1);
    submit(add_twice, (void *)2);
    pthread_mutex_lock(&pool.lock);
    pool.closed = true;
    pthread_cond_broadcast(&pool.changed);
    pthread_mutex_unlock(&pool.lock);
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    assert(sum == 5);
    return 0;
}
