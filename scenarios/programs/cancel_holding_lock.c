/*
 * main cancels a worker that may be asleep with the mutex in its hands.
 * sleep is a cancellation point: the worker ends there, and nobody unlocks
 * the mutex, which main wants next.
 */
//@ expect deadlock;

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int count;

static void *worker(void *arg)
{
    for (;;) {
        pthread_mutex_lock(&lock);
        count = 1;
        sleep(1);
        pthread_mutex_unlock(&lock);
    }
    return arg;
}

int main(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, worker, NULL);
    pthread_cancel(thread);
    pthread_join(thread, NULL);
    pthread_mutex_lock(&lock);
    printf("count: %d\n", count);
    pthread_mutex_unlock(&lock);
    return 0;
}
