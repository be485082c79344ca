/*
 * Main creates a thread and joins it straight away in a loop, so there are
 * never two workers at the same time.
 * The global list of results needs no lock, and the program is correct
 * although it is not parallel.
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <assert.h>

#define JOBS 3

int log_entries[JOBS];
int n_entries = 0;

void *job(void *arg)
{
    log_entries[n_entries++] = *(int *)arg * 2;
    return NULL;
}

int main(void)
{
    for (int i = 0; i < JOBS; i++) {
        pthread_t t;
        int rc = pthread_create(&t, NULL, job, &i);

        if (rc != 0) {
            fprintf(stderr, "pthread_create: %s\n", strerror(rc));
            exit(EXIT_FAILURE);
        }
        pthread_join(t, NULL);
    }
    for (int i = 0; i < n_entries; i++)
        assert(log_entries[i] == 2 * i);
    assert(n_entries == JOBS);
    puts("ok");
    return 0;
}
