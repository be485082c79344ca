/*
 * A device has two flags, each with a mutex of its own. Both flags are
 * bit-fields of one storage unit, which C calls one memory location: whoever
 * sets one of them reads and writes the other one, too.
 * The mutexes are different ones, so this is a data race, and one of the
 * flags can get lost.
 */
//@ expect race on dev;

#include <pthread.h>
#include <stdio.h>

struct device {
    unsigned received : 1;
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
    printf("received %u, sent %u\n", dev.received, dev.sent);
    return 0;
}
