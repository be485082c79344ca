/*
 * Main waits for a worker in an empty loop on an ordinary global variable.
 * The read in the loop and the write in the worker are a data race, and an
 * optimising compiler may even read the variable only once.
 */
//@ expect race;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>

int flag = 0;

void *worker(void *arg)
{
    (void)arg;
    printf("worker has started\n");
    flag = 1;
    return NULL;
}

int main(void)
{
    pthread_t t;

    if (pthread_create(&t, NULL, worker, NULL) != 0) {
        perror("pthread_create");
        exit(1);
    }
    while (!flag)
        ;
    printf("main has seen the flag\n");
    pthread_join(t, NULL);
    return 0;
}
