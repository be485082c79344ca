/*
 * A ring buffer for one producer and one consumer uses two ordinary int
 * indices, and the threads poll each other's index.
 * The polling reads race with the writes of the other thread, so the program
 * has no defined behaviour in C11.
 */
//@ expect race;

#include <stdio.h>
#include <pthread.h>

#define SIZE 4
#define N    2

int ring[SIZE];
int rd = 0;
int wr = 0;

void *produce(void *arg)
{
    int i;

    (void)arg;
    for (i = 0; i < N; i++) {
        while ((wr + 1) % SIZE == rd)
            ;                           /* full */
        ring[wr] = i;
        wr = (wr + 1) % SIZE;
    }
    return NULL;
}

void *consume(void *arg)
{
    int i;

    (void)arg;
    for (i = 0; i < N; i++) {
        while (rd == wr)
            ;                           /* empty */
        printf("%d\n", ring[rd]);
        rd = (rd + 1) % SIZE;
    }
    return NULL;
}

int main(void)
{
    pthread_t p, c;

    pthread_create(&p, NULL, produce, NULL);
    pthread_create(&c, NULL, consume, NULL);
    pthread_join(p, NULL);
    pthread_join(c, NULL);
    return 0;
}
