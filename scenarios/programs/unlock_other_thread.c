/*
 * Main locks a mutex before it starts the worker, and the worker unlocks it
 * to say that it has finished, as if the mutex were a semaphore.
 * A mutex must be unlocked by the thread that locked it, so the unlock in the
 * worker is undefined behaviour.
 */
//@ expect error misuse;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>

pthread_mutex_t finished = PTHREAD_MUTEX_INITIALIZER;

void *worker(void *arg)
{
    (void)arg;
    printf("worker: working\n");
    pthread_mutex_unlock(&finished);        /* BUG: not the owner */
    return NULL;
}

int main(void)
{
    pthread_t tid;

    pthread_mutex_lock(&finished);
    if (pthread_create(&tid, NULL, worker, NULL) != 0) {
        perror("pthread_create");
        exit(1);
    }
    pthread_mutex_lock(&finished);          /* wait for the worker */
    printf("main: the worker has finished\n");
    pthread_mutex_unlock(&finished);
    pthread_join(tid, NULL);
    return 0;
}
