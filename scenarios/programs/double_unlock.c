/*
 * Two threads buy tickets under a mutex, and the branch for "sold out"
 * unlocks the mutex although the common exit unlocks it a second time.
 * With one ticket for two buyers the second buyer always gets into that
 * branch and unlocks a mutex that it does not hold.
 */
//@ expect error misuse;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>

static int tickets = 1;
static pthread_mutex_t box_office = PTHREAD_MUTEX_INITIALIZER;

static int buy(void)
{
    int ok = 0;

    pthread_mutex_lock(&box_office);
    if (tickets == 0) {
        printf("sold out\n");
        pthread_mutex_unlock(&box_office);
        goto out;
    }
    tickets--;
    ok = 1;
out:
    pthread_mutex_unlock(&box_office);
    return ok;
}

static void *buyer(void *arg)
{
    int *got = arg;

    *got = buy();
    return NULL;
}

int main(void)
{
    pthread_t t1, t2;
    int got1, got2;

    pthread_create(&t1, NULL, buyer, &got1);
    pthread_create(&t2, NULL, buyer, &got2);
    pthread_join(t1, NULL);
    pthread_join(t2, NULL);
    printf("bought: %d\n", got1 + got2);
    return 0;
}
