/* The account of account.h. The lock is taken too late. */
#include <pthread.h>

#include "account.h"

int balance = 10;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void book(int amount)
{
    int after = balance + amount;
    pthread_mutex_lock(&lock);
    balance = after;
    pthread_mutex_unlock(&lock);
}
