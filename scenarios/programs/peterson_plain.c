/*
 * Peterson's algorithm for two threads is written here with ordinary int
 * variables, as it is in many lecture notes.
 * In C11 the accesses to flag and turn are data races, and a compiler or a
 * processor may reorder them.
 */
//@ expect race;

#include <stdio.h>
#include <pthread.h>

int flag[2] = { 0, 0 };
int turn = 0;
int shared = 0;

void lock(int self)
{
    int other = 1 - self;

    flag[self] = 1;
    turn = other;
    while (flag[other] == 1 && turn == other)
        ;
}

void unlock(int self)
{
    flag[self] = 0;
}

void *func(void *s)
{
    int self = *(int *)s;

    lock(self);
    shared++;
    unlock(self);
    return NULL;
}

int main(void)
{
    pthread_t p0, p1;
    int zero = 0, one = 1;

    pthread_create(&p0, NULL, func, &zero);
    pthread_create(&p1, NULL, func, &one);
    pthread_join(p0, NULL);
    pthread_join(p1, NULL);
    printf("shared = %d\n", shared);
    return 0;
}
