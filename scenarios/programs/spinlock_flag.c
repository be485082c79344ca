/*
 * A spin lock made of one atomic_flag protects a balance that two threads
 * change, one of them by deposits and the other one by withdrawals.
 * The flag is taken with acquire and cleared with release order, so the plain
 * balance is never accessed by both at once.
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <assert.h>

typedef struct {
    atomic_flag held;
} spinlock_t;

static spinlock_t lock = { ATOMIC_FLAG_INIT };
static int balance = 10;

static inline void spin_lock(spinlock_t *l)
{
    while (atomic_flag_test_and_set_explicit(&l->held, memory_order_acquire))
        ;   /* spin */
}

static inline void spin_unlock(spinlock_t *l)
{
    atomic_flag_clear_explicit(&l->held, memory_order_release);
}

static void *deposit(void *arg)
{
    int amount = *(int *)arg;

    for (int i = 0; i < 2; i++) {
        spin_lock(&lock);
        balance += amount;
        spin_unlock(&lock);
    }
    return NULL;
}

static void *withdraw(void *arg)
{
    int amount = *(int *)arg;

    for (int i = 0; i < 2; i++) {
        spin_lock(&lock);
        balance -= amount;
        spin_unlock(&lock);
    }
    return NULL;
}

int main(void)
{
    pthread_t d, w;
    int five = 5, three = 3;

    if (pthread_create(&d, NULL, deposit, &five) != 0) {
        perror("pthread_create");
        exit(1);
    }
    if (pthread_create(&w, NULL, withdraw, &three) != 0) {
        perror("pthread_create");
        exit(1);
    }
    pthread_join(d, NULL);
    pthread_join(w, NULL);
    assert(balance == 14);
    return 0;
}
