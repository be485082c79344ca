/*
 * Three threads print the words one, two and three, and two semaphores force
 * that order whichever thread is started first.
 * The global string is built in the right order in every interleaving.
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <semaphore.h>
#include <assert.h>

sem_t first_done, second_done;
char order[4];
int len = 0;

void say(const char *word, char mark)
{
    printf("%s\n", word);
    order[len] = mark;
    len++;
}

void *first(void *arg)
{
    (void)arg;
    say("one", '1');
    sem_post(&first_done);
    return NULL;
}

void *second(void *arg)
{
    (void)arg;
    sem_wait(&first_done);
    say("two", '2');
    sem_post(&second_done);
    return NULL;
}

void *third(void *arg)
{
    (void)arg;
    sem_wait(&second_done);
    say("three", '3');
    return NULL;
}

int main(void)
{
    pthread_t t1, t2, t3;

    sem_init(&first_done, 0, 0);
    sem_init(&second_done, 0, 0);

    /* started in the reverse order on purpose */
    pthread_create(&t3, NULL, third, NULL);
    pthread_create(&t2, NULL, second, NULL);
    pthread_create(&t1, NULL, first, NULL);

    pthread_join(t1, NULL);
    pthread_join(t2, NULL);
    pthread_join(t3, NULL);

    assert(len == 3);
    assert(order[0] == '1' && order[1] == '2' && order[2] == '3');
    return 0;
}
