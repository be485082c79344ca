/*
 * Two threads share a message that malloc gave. Each drops its reference; the
 * last one shall free the message. The count is looked at after the lock was
 * given back, so both can see 0, and both free.
 */
//@ expect error misuse;
//@ option heap = 2;

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct message {
    atomic_int references;
    int body;
};

static void drop(struct message *m)
{
    atomic_fetch_sub(&m->references, 1);
    if (atomic_load(&m->references) == 0)
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
    atomic_store(&m->references, 2);
    m->body = 42;
    pthread_create(&a, NULL, reader, m);
    pthread_create(&b, NULL, reader, m);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
