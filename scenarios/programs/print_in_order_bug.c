/*
 * Three threads should write the letters a, b and c in this order, but the
 * second and the third one wait for the same semaphore.
 * The first thread posts it once for each of them, so c can come before b and
 * the final assertion fails.
 */
//@ expect error assertion;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <semaphore.h>
#include <assert.h>

#define N 3

static sem_t go;
static char text[N + 1];
static int pos;
static pthread_mutex_t text_lock = PTHREAD_MUTEX_INITIALIZER;

static void append(char c)
{
    pthread_mutex_lock(&text_lock);
    text[pos++] = c;
    pthread_mutex_unlock(&text_lock);
}

static void *write_letter(void *arg)
{
    char c = *(char *)arg;

    if (c != 'a')
        sem_wait(&go);
    append(c);
    if (c == 'a') {
        sem_post(&go);
        sem_post(&go);
    }
    return NULL;
}

int main(void)
{
    static char letters[N] = { 'a', 'b', 'c' };
    pthread_t t[N];

    sem_init(&go, 0, 0);
    for (int i = 0; i < N; i++)
        if (pthread_create(&t[i], NULL, write_letter, &letters[i]) != 0) {
            perror("pthread_create");
            exit(1);
        }
    for (int i = 0; i < N; i++)
        pthread_join(t[i], NULL);

    printf("%s\n", text);
    for (int i = 0; i < N; i++)
        assert(text[i] == 'a' + i);
    sem_destroy(&go);
    return 0;
}
