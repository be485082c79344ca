/*
 * A tiny cache of squares is guarded by a read-write lock: a look-up takes it
 * for reading, and a miss takes it for writing and looks again.
 * Each entry is filled at most once and all the answers are right.
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <stdbool.h>
#include <pthread.h>
#include <assert.h>

#define CACHE_SIZE 2
#define N_CLIENTS  2

struct entry {
    bool valid;
    int value;
};

static struct entry cache[CACHE_SIZE];
static int fills = 0;
static pthread_rwlock_t cache_lock = PTHREAD_RWLOCK_INITIALIZER;

static int slow_square(int x)
{
    return x * x;
}

static int lookup(int key)
{
    int result = -1;

    pthread_rwlock_rdlock(&cache_lock);
    if (cache[key].valid)
        result = cache[key].value;
    pthread_rwlock_unlock(&cache_lock);
    if (result >= 0)
        return result;

    pthread_rwlock_wrlock(&cache_lock);
    if (!cache[key].valid) {
        cache[key].value = slow_square(key);
        cache[key].valid = true;
        fills++;
    }
    result = cache[key].value;
    pthread_rwlock_unlock(&cache_lock);
    return result;
}

static void *client(void *arg)
{
    (void)arg;
    for (int key = 0; key < CACHE_SIZE; key++)
        assert(lookup(key) == key * key);
    return NULL;
}

int main(void)
{
    pthread_t t[N_CLIENTS];

    for (int i = 0; i < N_CLIENTS; i++)
        if (pthread_create(&t[i], NULL, client, NULL) != 0) {
            perror("pthread_create");
            exit(1);
        }
    for (int i = 0; i < N_CLIENTS; i++)
        pthread_join(t[i], NULL);

    printf("%d fills\n", fills);
    assert(fills == CACHE_SIZE);
    pthread_rwlock_destroy(&cache_lock);
    return 0;
}
