/*
 * A producer and two consumers use a stack of items with a mutex and a
 * condition variable, but the consumer tests the state with if and not while.
 * A consumer that was signalled can find the stack empty again because the
 * other consumer came in between, and then the assertion fails.
 */
//@ expect error assertion;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <assert.h>

#define MAX 4

int stack[MAX];
int top = 0;

pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t  c = PTHREAD_COND_INITIALIZER;

void *producer(void *arg)
{
    int i;

    (void)arg;
    for (i = 0; i < 2; i++) {
        pthread_mutex_lock(&m);
        stack[top++] = i;
        pthread_cond_signal(&c);
        pthread_mutex_unlock(&m);
    }
    return NULL;
}

void *consumer(void *arg)
{
    const char *name = (const char *)arg;
    int v;

    pthread_mutex_lock(&m);
    if (top == 0)                       /* BUG: should be while */
        pthread_cond_wait(&c, &m);
    assert(top > 0);
    v = stack[--top];
    pthread_mutex_unlock(&m);

    printf("%s got %d\n", name, v);
    return NULL;
}

int main(void)
{
    pthread_t p, c1, c2;

    pthread_create(&c1, NULL, consumer, "A");
    pthread_create(&c2, NULL, consumer, "B");
    pthread_create(&p, NULL, producer, NULL);

    pthread_join(p, NULL);
    pthread_join(c1, NULL);
    pthread_join(c2, NULL);
    return 0;
}
