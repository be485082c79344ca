/*
 * Main starts a thread that computes a result and prints the result after a
 * sleep instead of a join.
 * Sleeping does not synchronise anything, so the read in main races with the
 * write of the thread.
 */
//@ expect race;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <unistd.h>

int result = 0;

void *compute(void *arg)
{
    int n = *(int *)arg;
    int i, f = 1;

    for (i = 2; i <= n; i++)
        f *= i;
    result = f;
    return NULL;
}

int main(void)
{
    pthread_t tid;
    int n = 3;

    if (pthread_create(&tid, NULL, compute, &n) != 0) {
        perror("pthread_create");
        exit(1);
    }
    sleep(1);       /* "one second should be enough" */
    printf("%d! = %d\n", n, result);
    return 0;
}
