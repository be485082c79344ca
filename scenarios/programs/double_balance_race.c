/*
 * A savings account in euros and cents, kept in a double. One thread pays
 * interest, another one withdraws, and nobody takes a lock: what one of them
 * does is lost when both have read the old balance.
 */
//@ expect race on balance;

#include <stdio.h>
#include <pthread.h>

static double balance = 1000.00;
static const double rate = 0.025;

static void *pay_interest(void *arg)
{
    (void)arg;
    balance = balance + balance * rate;
    return NULL;
}

static void *withdraw(void *arg)
{
    double amount = *(double *)arg;

    if (balance >= amount)
        balance -= amount;
    return NULL;
}

int main(void)
{
    pthread_t bank, customer;
    double amount = 99.95;

    pthread_create(&bank, NULL, pay_interest, NULL);
    pthread_create(&customer, NULL, withdraw, &amount);
    pthread_join(bank, NULL);
    pthread_join(customer, NULL);
    printf("balance: %.2f\n", balance);
    return 0;
}
