/*
 * Two threads share a message that malloc gave. Each drops its reference; the
 * last one shall free the message. The count is read in a step of its own, so
 * both can see 0, and both free.
 */
//@ expect error misuse;
//@ option heap = 2;

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct message {
    int body;
};

static atomic_int references = 2;

static void drop(struct message *m)
{
    atomic_fetch_sub(&references, 1);
    if (atomic_load(&references) == 0)
        free(m);
}

static void *reader(void *arg)
{
    struct message *m = arg;

    drop(m);
    return NULL;
}

int main(void)
{
    pthread_t a, b;
    struct message *m = malloc(sizeof *m);

    if (m == NULL)
        return 1;
    m->body = 42;
    pthread_create(&a, NULL, reader, m);
    pthread_create(&b, NULL, reader, m);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
