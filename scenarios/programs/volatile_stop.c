/*
 * A worker counts until main sets the volatile variable stop.
 * In C11 volatile does not make an access atomic and does not synchronise, so
 * this is a data race all the same.
 */
//@ expect race;

#include <stdio.h>
#include <stdbool.h>
#include <pthread.h>
#include <unistd.h>

static volatile bool stop = false;

static void *poller(void *arg)
{
    bool odd = false;

    (void)arg;
    while (!stop)
        odd = !odd;
    printf("stopped (%s)\n", odd ? "odd" : "even");
    return NULL;
}

int main(void)
{
    pthread_t p;

    pthread_create(&p, NULL, poller, NULL);
    usleep(1000);
    stop = true;
    pthread_join(p, NULL);
    return 0;
}
