/*
 * Main starts three threads and gives each of them the address of its own
 * loop variable as the thread number.
 * The threads read the variable while main increments it, so this is a data
 * race, and several threads may get the same number.
 */
//@ expect race;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>

#define NUM 3

void *hello(void *arg)
{
    int id = *(int *)arg;
    printf("Hello from thread %d\n", id);
    return NULL;
}

int main(void)
{
    pthread_t threads[NUM];
    int i;

    for (i = 0; i < NUM; i++) {
        int rc = pthread_create(&threads[i], NULL, hello, &i);  /* BUG */
        if (rc) {
            fprintf(stderr, "error %d\n", rc);
            exit(-1);
        }
    }
    for (i = 0; i < NUM; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
