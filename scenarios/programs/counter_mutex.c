/*
 * Three threads increment a global counter, each increment under one mutex.
 * The main thread joins all of them and checks the total, which is always
 * the number of threads times the number of rounds.
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <assert.h>

#define NUM_THREADS 3
#define ROUNDS      2

static int counter;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *increment(void *arg)
{
    int id = *(int *)arg;

    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&lock);
        counter = counter + 1;
        pthread_mutex_unlock(&lock);
    }
    printf("thread %d is done\n", id);
    pthread_exit(NULL);
}

int main(void)
{
    pthread_t tid[NUM_THREADS];
    int ids[NUM_THREADS];

    for (int i = 0; i < NUM_THREADS; i++) {
        ids[i] = i;
        if (pthread_create(&tid[i], NULL, increment, &ids[i])) {
            fprintf(stderr, "could not create thread %d\n", i);
            return EXIT_FAILURE;
        }
    }
    for (int i = 0; i < NUM_THREADS; i++)
        pthread_join(tid[i], NULL);

    printf("final value: %d\n", counter);
    assert(counter == NUM_THREADS * ROUNDS);
    return EXIT_SUCCESS;
}
