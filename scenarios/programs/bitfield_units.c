/*
 * A device has two flags, each with a mutex of its own. The bit-field of
 * width 0 between them begins another storage unit, so that each flag is a
 * memory location of its own, and its own mutex is enough.
 */
//@ expect holds;

#include <assert.h>
#include <pthread.h>
#include <stdio.h>

struct device {
    unsigned received : 1;
    unsigned : 0;
    unsigned sent : 1;
    pthread_mutex_t receive_lock;
    pthread_mutex_t send_lock;
};

static struct device dev = {
    .receive_lock = PTHREAD_MUTEX_INITIALIZER,
    .send_lock = PTHREAD_MUTEX_INITIALIZER,
};

static void *receiver(void *arg)
{
    pthread_mutex_lock(&dev.receive_lock);
    dev.received = 1;
    pthread_mutex_unlock(&dev.receive_lock);
    return arg;
}

static void *sender(void *arg)
{
    pthread_mutex_lock(&dev.send_lock);
    dev.sent = 1;
    pthread_mutex_unlock(&dev.send_lock);
    return arg;
}

int main(void)
{
    pthread_t r, s;

    pthread_create(&r, NULL, receiver, NULL);
    pthread_create(&s, NULL, sender, NULL);
    pthread_join(r, NULL);
    pthread_join(s, NULL);
    assert(dev.received && dev.sent);
    printf("received %u, sent %u\n", dev.received, dev.sent);
    return 0;
}
