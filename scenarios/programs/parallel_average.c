/*
 * The average and the spread of an array: each thread sums up its part by
 * itself and adds it to the total under a mutex. All numbers are multiples
 * of a half, so their sums are exact in any order.
 */
//@ expect holds;

#include <stdio.h>
#include <pthread.h>
#include <assert.h>
#include <math.h>

#define N 6
#define THREADS 3

static const double numbers[N] = { 1.5, 2.0, 3.5, -4.0, 5.0, 1.0 };

struct total {
    pthread_mutex_t lock;
    double sum;
    double squares;
};

static struct total total = { PTHREAD_MUTEX_INITIALIZER, 0.0, 0.0 };

static void *add_part(void *arg)
{
    int part = (int)(long)arg;
    double sum = 0.0, squares = 0.0;

    for (int i = part * (N / THREADS); i < (part + 1) * (N / THREADS); i++) {
        sum += numbers[i];
        squares += numbers[i] * numbers[i];
    }

    pthread_mutex_lock(&total.lock);
    total.sum += sum;
    total.squares += squares;
    pthread_mutex_unlock(&total.lock);
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, add_part, (void *)(long)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);

    double average = total.sum / N;
    double spread = sqrt(total.squares / N - average * average);
    printf("average %g, spread %g\n", average, spread);
    assert(average == 1.5);
    assert(fabs(spread - 2.798809) < 1e-6);
    return 0;
}
