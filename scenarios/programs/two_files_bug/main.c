/*
 * Two threads book on one account. The balance is read without the lock in
 * account.c, so that one booking may be lost.
 */
//@ with "account.c";
//@ expect race on balance;

#include <assert.h>
#include <pthread.h>

#include "account.h"

static void *pay(void *arg)
{
    book(-2);
    return arg;
}

static void *earn(void *arg)
{
    book(5);
    return arg;
}

int main(void)
{
    pthread_t one, two;

    pthread_create(&one, NULL, pay, NULL);
    pthread_create(&two, NULL, earn, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    assert(balance == 13);
    return 0;
}
