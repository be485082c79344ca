/*
 * Three threads draw a number from a function that keeps the next number in a
 * static local variable.
 * The function has a static local mutex as well, so all the numbers are
 * different.
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <assert.h>

#define N 3

int next_id(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static int id = 0;
    int result;

    pthread_mutex_lock(&lock);
    result = ++id;
    pthread_mutex_unlock(&lock);
    return result;
}

void *draw(void *arg)
{
    *(int *)arg = next_id();
    return NULL;
}

int main(void)
{
    pthread_t t[N];
    int number[N];
    int i, j;

    for (i = 0; i < N; i++)
        if (pthread_create(&t[i], NULL, draw, &number[i]) != 0) {
            perror("pthread_create");
            exit(1);
        }
    for (i = 0; i < N; i++)
        pthread_join(t[i], NULL);

    for (i = 0; i < N; i++) {
        printf("thread %d has number %d\n", i, number[i]);
        assert(number[i] >= 1 && number[i] <= N);
        for (j = 0; j < i; j++)
            assert(number[i] != number[j]);
    }
    return 0;
}
