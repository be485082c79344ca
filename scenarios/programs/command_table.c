/*
 * A calculator whose commands are a table of functions, used by two threads
 * that share the result. The second command forgets the lock.
 */
//@ expect race on result;

#include <pthread.h>
#include <stdio.h>

static int result;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void add(int x)
{
    pthread_mutex_lock(&lock);
    result += x;
    pthread_mutex_unlock(&lock);
}

static void subtract(int x)
{
    result -= x;
}

typedef void (*command_t)(int);

static const struct {
    const char *name;
    command_t run;
} commands[] = {
    {"add", add},
    {"subtract", subtract},
};

static void *client(void *arg)
{
    int which = (int)(long)arg;

    printf("%s\n", commands[which].name);
    commands[which].run(1);
    return NULL;
}

int main(void)
{
    pthread_t thread[2];

    for (long i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, client, (void *)i);
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    printf("%d\n", result);
    return 0;
}
