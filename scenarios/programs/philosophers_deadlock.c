/*
 * Three dining philosophers each take the left fork first and then the right
 * fork, where every fork is a mutex.
 * If all of them have the left fork at the same moment, nobody can go on.
 */
//@ expect deadlock;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <unistd.h>

#define N 3
#define LEFT(i)  (i)
#define RIGHT(i) (((i) + 1) % N)

pthread_mutex_t fork_lock[N];
pthread_t phil[N];

void think(int i)
{
    printf("philosopher %d thinks\n", i);
    usleep(10);
}

void eat(int i)
{
    printf("philosopher %d eats\n", i);
}

void *philosopher(void *num)
{
    int i = *(int *)num;

    think(i);
    pthread_mutex_lock(&fork_lock[LEFT(i)]);
    pthread_mutex_lock(&fork_lock[RIGHT(i)]);
    eat(i);
    pthread_mutex_unlock(&fork_lock[RIGHT(i)]);
    pthread_mutex_unlock(&fork_lock[LEFT(i)]);
    return NULL;
}

int main(void)
{
    int i;
    int ids[N];

    for (i = 0; i < N; i++)
        pthread_mutex_init(&fork_lock[i], NULL);

    for (i = 0; i < N; i++) {
        ids[i] = i;
        if (pthread_create(&phil[i], NULL, philosopher, &ids[i]) != 0) {
            perror("pthread_create");
            exit(1);
        }
    }
    for (i = 0; i < N; i++)
        pthread_join(phil[i], NULL);

    printf("everybody has eaten\n");
    return 0;
}
