/*
 * An object that is made when the first thread needs it. pthread_once sees to
 * it that it is made once, and that the others wait for it.
 */
//@ expect holds;

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <assert.h>

struct config {
    char name[8];
    int level;
};

static struct config *config;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make(void)
{
    struct config *c = malloc(sizeof(struct config));

    memset(c, 0, sizeof(*c));
    snprintf(c->name, sizeof(c->name), "log%d", 7);
    c->level = 3;
    config = c;
}

static void *user(void *arg)
{
    pthread_once(&once, make);
    assert(config->level == 3);
    return NULL;
}

int main(void)
{
    pthread_t a, b;

    pthread_create(&a, NULL, user, NULL);
    pthread_create(&b, NULL, user, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    assert(strcmp(config->name, "log7") == 0);
    free(config);
    return 0;
}
