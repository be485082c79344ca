/* A counter with a lock of its own, which its functions take. */
#pragma once

#include "common_threads.h"

typedef struct {
    int value;
    pthread_mutex_t lock;
} counter_t;

static inline void counter_init(counter_t *counter)
{
    counter->value = 0;
    Mutex_init(&counter->lock);
}

static inline void counter_add(counter_t *counter, int amount)
{
    Mutex_lock(&counter->lock);
    counter->value += amount;
    Mutex_unlock(&counter->lock);
}

/* Without the lock: right only when nobody adds any more. */
static inline int counter_peek(counter_t *counter)
{
    return counter->value;
}
