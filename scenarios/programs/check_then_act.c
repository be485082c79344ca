/*
 * Two cash machines look at the balance in one critical section and take the
 * money out in a second one.
 * Every access is locked, so there is no data race, but both can pass the
 * test before either has paid out, and the balance becomes negative.
 */
//@ expect error assertion;

#include <stdio.h>
#include <stdlib.h>
#include <stdbool.h>
#include <pthread.h>
#include <assert.h>

#define PRICE 80

static int balance = 100;
static pthread_mutex_t bal_lock = PTHREAD_MUTEX_INITIALIZER;

static bool can_pay(int amount)
{
    bool ok;

    pthread_mutex_lock(&bal_lock);
    ok = (balance >= amount);
    pthread_mutex_unlock(&bal_lock);
    return ok;
}

static void pay(int amount)
{
    pthread_mutex_lock(&bal_lock);
    balance -= amount;
    pthread_mutex_unlock(&bal_lock);
}

static void *cash_machine(void *arg)
{
    (void)arg;
    if (can_pay(PRICE))
        pay(PRICE);
    return NULL;
}

int main(void)
{
    pthread_t m1, m2;

    pthread_create(&m1, NULL, cash_machine, NULL);
    pthread_create(&m2, NULL, cash_machine, NULL);
    pthread_join(m1, NULL);
    pthread_join(m2, NULL);

    printf("balance: %d\n", balance);
    assert(balance >= 0);
    return 0;
}
