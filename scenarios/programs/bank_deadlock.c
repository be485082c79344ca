/*
 * Two threads transfer money between the same two accounts in opposite
 * directions, and each account has its own lock.
 * A transfer locks the source first and the destination second, so the
 * threads can each hold one lock and wait for the other one.
 */
//@ expect deadlock;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <assert.h>

struct account {
    int id;
    int balance;
    pthread_mutex_t lock;
};

struct job {
    struct account *from;
    struct account *to;
    int amount;
};

static struct account alice = { .id = 1, .balance = 100, .lock = PTHREAD_MUTEX_INITIALIZER };
static struct account bob   = { .id = 2, .balance = 100, .lock = PTHREAD_MUTEX_INITIALIZER };

static int transfer(struct account *from, struct account *to, int amount)
{
    int ok = 0;

    pthread_mutex_lock(&from->lock);
    pthread_mutex_lock(&to->lock);
    if (from->balance >= amount) {
        from->balance -= amount;
        to->balance += amount;
        ok = 1;
    }
    pthread_mutex_unlock(&to->lock);
    pthread_mutex_unlock(&from->lock);
    return ok;
}

static void *teller(void *arg)
{
    struct job *j = (struct job *)arg;

    if (!transfer(j->from, j->to, j->amount))
        printf("account %d: not enough money\n", j->from->id);
    return NULL;
}

int main(void)
{
    pthread_t t1, t2;
    struct job j1 = { &alice, &bob, 30 };
    struct job j2 = { &bob, &alice, 50 };

    if (pthread_create(&t1, NULL, teller, &j1) || pthread_create(&t2, NULL, teller, &j2)) {
        perror("pthread_create");
        return 1;
    }
    pthread_join(t1, NULL);
    pthread_join(t2, NULL);

    printf("alice %d, bob %d\n", alice.balance, bob.balance);
    assert(alice.balance + bob.balance == 200);
    return 0;
}
