/*
 * A waiter sleeps on a condition variable until the plain variable done is
 * set, and it reads the variable under the mutex.
 * The setter writes it without taking the mutex, which is a data race (and
 * the wakeup can be lost as well).
 */
//@ expect race;

#include <stdio.h>
#include <pthread.h>
#include <unistd.h>

int done = 0;
pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t cv = PTHREAD_COND_INITIALIZER;

void *setter(void *p) {
    (void)p;
    sleep(1);
    done = 1;
    pthread_cond_signal(&cv);
    return NULL;
}

void *waiter(void *p) {
    (void)p;
    pthread_mutex_lock(&m);
    while (done == 0)
        pthread_cond_wait(&cv, &m);
    pthread_mutex_unlock(&m);
    puts("waiter is through");
    return NULL;
}

int main(void) {
    pthread_t s, w;
    pthread_create(&w, NULL, waiter, NULL);
    pthread_create(&s, NULL, setter, NULL);
    pthread_join(s, NULL);
    pthread_join(w, NULL);
    return 0;
}
