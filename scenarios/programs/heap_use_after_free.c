/*
 * The stack of heap_stack.c, but pop frees the node before it reads the value
 * of it: memory is used after it was freed.
 */
//@ expect error pointer;

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
    free(n);
    value = n->value;
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
