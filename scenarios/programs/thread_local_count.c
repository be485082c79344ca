/*
 * Each thread counts in a variable of its own (__thread), and adds what it
 * counted to the total at the end, under a lock.
 */
//@ expect holds;

#include <pthread.h>
#include <assert.h>

static __thread int count;
static int total;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *counter(void *arg)
{
    int rounds = *(int *)arg;

    for (int i = 0; i < rounds; i++)
        count++;
    pthread_mutex_lock(&lock);
    total += count;
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t a, b;
    int two = 2, three = 3;

    pthread_create(&a, NULL, counter, &two);
    pthread_create(&b, NULL, counter, &three);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    assert(count == 0);
    assert(total == 5);
    return 0;
}
