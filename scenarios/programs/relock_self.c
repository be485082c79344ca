/*
 * The function add_twice locks a mutex and calls add, which locks the same
 * ordinary mutex again.
 * The thread waits for itself, so the program hangs in every run.
 */
//@ expect deadlock;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>

static int sum;
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;

static void add(int n)
{
    pthread_mutex_lock(&guard);
    sum += n;
    pthread_mutex_unlock(&guard);
}

static void add_twice(int n)
{
    pthread_mutex_lock(&guard);
    add(n);                         /* BUG: add takes the lock, too */
    add(n);
    pthread_mutex_unlock(&guard);
}

static void *worker(void *arg)
{
    add_twice((int)(long)arg);
    return NULL;
}

int main(void)
{
    pthread_t t1, t2;

    if (pthread_create(&t1, NULL, worker, (void *)1) ||
        pthread_create(&t2, NULL, worker, (void *)2)) {
        perror("pthread_create");
        exit(1);
    }
    pthread_join(t1, NULL);
    pthread_join(t2, NULL);
    printf("sum = %d\n", sum);
    return 0;
}
