/*
 * A ticket lock is made of two atomic counters, one for the next ticket and
 * one for the ticket that is being served.
 * Three threads use it for a plain counter, one time each, and mutual
 * exclusion holds.
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <assert.h>

#define THREADS 3

struct ticket_lock {
    atomic_uint next_ticket;
    atomic_uint now_serving;
};

struct ticket_lock tl;
int inside = 0;
int total = 0;

void ticket_lock(struct ticket_lock *l)
{
    unsigned int my = atomic_fetch_add(&l->next_ticket, 1);

    while (atomic_load(&l->now_serving) != my)
        ;
}

void ticket_unlock(struct ticket_lock *l)
{
    atomic_fetch_add(&l->now_serving, 1);
}

void *customer(void *arg)
{
    (void)arg;
    ticket_lock(&tl);
    inside++;
    assert(inside == 1);
    total++;
    inside--;
    ticket_unlock(&tl);
    return NULL;
}

int main(void)
{
    pthread_t t[THREADS];

    atomic_init(&tl.next_ticket, 0);
    atomic_init(&tl.now_serving, 0);

    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&t[i], NULL, customer, NULL) != 0)
            exit(1);
    for (int i = 0; i < THREADS; i++)
        pthread_join(t[i], NULL);
    printf("served %d customers\n", total);
    assert(total == THREADS);
    return 0;
}
