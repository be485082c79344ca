/*
 * The sum of an array by as many threads as the first argument says: each
 * writes its own cell, and main adds them up after it joined all.
 */
//@ expect holds;

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <assert.h>

#define N 6

struct part {
    int first, last;
    long sum;
};

static int numbers[N] = {1, 2, 3, 4, 5, 6};

static void *add_up(void *arg)
{
    struct part *p = arg;

    p->sum = 0;
    for (int i = p->first; i < p->last; i++)
        p->sum += numbers[i];
    return NULL;
}

int main(int argc, char *argv[])
{
    long total = 0;

    if (argc != 2) {
        fprintf(stderr, "usage: %s threads\n", argv[0]);
        exit(EXIT_FAILURE);
    }
    int threads = atoi(argv[1]);
    pthread_t *thread = malloc(threads * sizeof(pthread_t));
    struct part *parts = malloc(threads * sizeof(struct part));

    for (int i = 0; i < threads; i++) {
        parts[i].first = i * N / threads;
        parts[i].last = (i + 1) * N / threads;
        pthread_create(&thread[i], NULL, add_up, &parts[i]);
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(thread[i], NULL);
        total += parts[i].sum;
    }
    assert(total == 21);
    free(thread);
    free(parts);
    return 0;
}
