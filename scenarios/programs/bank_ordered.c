/*
 * Two threads transfer money between two accounts in opposite directions.
 * The transfer always locks the account with the smaller index first, so no
 * circular wait is possible, and the sum of the balances stays the same.
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <stdbool.h>
#include <assert.h>

#define N_ACCOUNTS 2
#define START      100

typedef struct {
    int balance;
    pthread_mutex_t lock;
} account_t;

typedef struct {
    int from, to, amount;
} order_t;

account_t accounts[N_ACCOUNTS];

bool transfer(int from, int to, int amount);
void *clerk(void *arg);

int main(void)
{
    pthread_t th[2];
    order_t orders[2] = {
        { .from = 0, .to = 1, .amount = 70 },
        { .from = 1, .to = 0, .amount = 120 },
    };

    for (int i = 0; i < N_ACCOUNTS; i++) {
        accounts[i].balance = START;
        pthread_mutex_init(&accounts[i].lock, NULL);
    }

    for (int i = 0; i < 2; i++) {
        int rc = pthread_create(&th[i], NULL, clerk, &orders[i]);
        if (rc != 0) {
            fprintf(stderr, "pthread_create failed: %d\n", rc);
            exit(EXIT_FAILURE);
        }
    }
    for (int i = 0; i < 2; i++)
        pthread_join(th[i], NULL);

    int total = 0;
    for (int i = 0; i < N_ACCOUNTS; i++) {
        printf("account %d: %d\n", i, accounts[i].balance);
        assert(accounts[i].balance >= 0);
        total += accounts[i].balance;
        pthread_mutex_destroy(&accounts[i].lock);
    }
    assert(total == N_ACCOUNTS * START);
    return EXIT_SUCCESS;
}

bool transfer(int from, int to, int amount)
{
    int first  = from < to ? from : to;
    int second = from < to ? to : from;
    bool done = false;

    pthread_mutex_lock(&accounts[first].lock);
    pthread_mutex_lock(&accounts[second].lock);
    if (accounts[from].balance >= amount) {
        accounts[from].balance -= amount;
        accounts[to].balance += amount;
        done = true;
    }
    pthread_mutex_unlock(&accounts[second].lock);
    pthread_mutex_unlock(&accounts[first].lock);
    return done;
}

void *clerk(void *arg)
{
    const order_t *o = arg;
    bool done = transfer(o->from, o->to, o->amount);

    printf("%d -> %d: %s\n", o->from, o->to, done ? "done" : "refused");
    return NULL;
}
