/*
 * Two threads call a function that locks a mutex and calls another function
 * that locks the same mutex again.
 * The mutex is of the recursive kind, so a thread may lock it twice, and the
 * sum is right at the end.
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <assert.h>

static int sum;
static pthread_mutex_t guard;

static void init_guard(void)
{
    pthread_mutexattr_t attr;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&guard, &attr);
    pthread_mutexattr_destroy(&attr);
}

static void add(int n)
{
    pthread_mutex_lock(&guard);
    sum += n;
    pthread_mutex_unlock(&guard);
}

static void *worker(void *arg)
{
    int n = (int)(long)arg;

    pthread_mutex_lock(&guard);
    int before = sum;
    add(n);
    add(n);
    assert(sum == before + 2 * n);
    pthread_mutex_unlock(&guard);
    return NULL;
}

int main(void)
{
    pthread_t t1, t2;

    init_guard();
    if (pthread_create(&t1, NULL, worker, (void *)1) ||
        pthread_create(&t2, NULL, worker, (void *)2)) {
        perror("pthread_create");
        exit(1);
    }
    pthread_join(t1, NULL);
    pthread_join(t2, NULL);
    assert(sum == 6);
    pthread_mutex_destroy(&guard);
    return 0;
}
