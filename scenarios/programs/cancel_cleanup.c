/*
 * main cancels a worker that may be asleep with the mutex in its hands.
 * sleep is a cancellation point: the worker ends there, but before that it
 * calls what it pushed, which unlocks the mutex.
 */
//@ expect holds;

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int count;

static void unlock(void *mutex)
{
    pthread_mutex_unlock(mutex);
}

static void *worker(void *arg)
{
    for (;;) {
        pthread_mutex_lock(&lock);
        pthread_cleanup_push(unlock, &lock);
        count = 1;
        sleep(1);
        pthread_cleanup_pop(1);
    }
    return arg;
}

int main(void)
{
    pthread_t thread;
    void *result;

    pthread_create(&thread, NULL, worker, NULL);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    assert(result == PTHREAD_CANCELED);
    pthread_mutex_lock(&lock);
    printf("count: %d\n", count);
    pthread_mutex_unlock(&lock);
    return 0;
}
