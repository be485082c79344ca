/*
 * One thread prints the odd numbers and one thread prints the even numbers,
 * and a turn variable under a mutex with a condition variable makes them
 * alternate.
 * The numbers come out in ascending order, which the threads check themselves.
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <assert.h>

#define MAX 4

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
int current = 1;

void *print_numbers(void *arg)
{
    int parity = *(int *)arg;       /* 1 for odd, 0 for even */
    int last = 0;

    for (;;) {
        pthread_mutex_lock(&lock);
        while (current <= MAX && current % 2 != parity)
            pthread_cond_wait(&cond, &lock);
        if (current > MAX) {
            pthread_mutex_unlock(&lock);
            break;
        }
        assert(current > last);
        last = current;
        printf("%s: %d\n", parity ? "odd" : "even", current);
        current++;
        pthread_cond_signal(&cond);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

int main(void)
{
    pthread_t odd, even;
    int one = 1, zero = 0;

    if (pthread_create(&odd, NULL, print_numbers, &one) != 0 ||
        pthread_create(&even, NULL, print_numbers, &zero) != 0) {
        perror("pthread_create");
        exit(1);
    }
    pthread_join(odd, NULL);
    pthread_join(even, NULL);
    assert(current == MAX + 1);
    return 0;
}
