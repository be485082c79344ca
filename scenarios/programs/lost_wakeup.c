/*
 * The main thread waits on a condition variable until a helper thread has set
 * the atomic flag ready.
 * The helper sets the flag and signals without holding the mutex, so both can
 * happen between the test of the flag and the wait; the signal is lost then
 * and main sleeps for ever.
 */
//@ expect deadlock;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

static atomic_bool ready = false;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

static void *helper(void *arg)
{
    (void)arg;
    printf("helper: preparing\n");
    atomic_store(&ready, true);
    pthread_cond_signal(&cond);     /* no lock here */
    return NULL;
}

int main(void)
{
    pthread_t t;

    if (pthread_create(&t, NULL, helper, NULL) != 0) {
        perror("pthread_create");
        return EXIT_FAILURE;
    }

    pthread_mutex_lock(&mutex);
    while (!atomic_load(&ready))
        pthread_cond_wait(&cond, &mutex);
    pthread_mutex_unlock(&mutex);

    printf("main: go\n");
    pthread_join(t, NULL);
    return EXIT_SUCCESS;
}
