/*
 * Three philosophers share three forks, and each fork is a mutex.
 * The last philosopher takes the right fork first while all the others take
 * the left fork first, so a circular wait cannot arise.
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <assert.h>

#define PHILOSOPHERS 3

static pthread_mutex_t forks[PHILOSOPHERS];
static int meals[PHILOSOPHERS];

static void *dine(void *arg)
{
    int id = (int)(long)arg;
    int left = id;
    int right = (id + 1) % PHILOSOPHERS;

    if (id == PHILOSOPHERS - 1) {
        pthread_mutex_lock(&forks[right]);
        pthread_mutex_lock(&forks[left]);
    } else {
        pthread_mutex_lock(&forks[left]);
        pthread_mutex_lock(&forks[right]);
    }

    meals[id]++;
    printf("Philosopher %d is eating\n", id);

    pthread_mutex_unlock(&forks[left]);
    pthread_mutex_unlock(&forks[right]);
    return NULL;
}

int main(void)
{
    pthread_t t[PHILOSOPHERS];
    int total = 0;

    for (int i = 0; i < PHILOSOPHERS; i++)
        pthread_mutex_init(&forks[i], NULL);
    for (int i = 0; i < PHILOSOPHERS; i++) {
        if (pthread_create(&t[i], NULL, dine, (void *)(long)i) != 0) {
            perror("pthread_create");
            exit(EXIT_FAILURE);
        }
    }
    for (int i = 0; i < PHILOSOPHERS; i++)
        pthread_join(t[i], NULL);
    for (int i = 0; i < PHILOSOPHERS; i++) {
        total += meals[i];
        pthread_mutex_destroy(&forks[i]);
    }
    assert(total == PHILOSOPHERS);
    return 0;
}
