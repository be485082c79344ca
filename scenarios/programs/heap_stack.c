/*
 * A stack of nodes that malloc gives, under one mutex. Two threads push one
 * number each and pop one; what comes out is what went in, and main frees
 * nothing, since the stack is empty at the end.
 */
//@ expect holds;

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <assert.h>

struct node {
    int value;
    struct node *next;
};

static struct node *top;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void push(int value)
{
    struct node *n = malloc(sizeof(struct node));

    if (n == NULL) {
        perror("malloc");
        exit(1);
    }
    n->value = value;
    pthread_mutex_lock(&lock);
    n->next = top;
    top = n;
    pthread_mutex_unlock(&lock);
}

static int pop(void)
{
    struct node *n;
    int value;

    pthread_mutex_lock(&lock);
    n = top;
    assert(n != NULL);
    top = n->next;
    pthread_mutex_unlock(&lock);
    value = n->value;
    free(n);
    return value;
}

static void *worker(void *arg)
{
    push((int)(long)arg);
    return (void *)(long)pop();
}

int main(void)
{
    pthread_t a, b;
    void *x, *y;

    pthread_create(&a, NULL, worker, (void *)1);
    pthread_create(&b, NULL, worker, (void *)2);
    pthread_join(a, &x);
    pthread_join(b, &y);
    assert((long)x + (long)y == 3);
    assert(top == NULL);
    return 0;
}
