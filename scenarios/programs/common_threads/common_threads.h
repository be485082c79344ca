/*
 * What all programs of a course begin with: the calls of pthreads that must
 * not fail, with a capital letter, each with an assertion around it.
 */
#ifndef COMMON_THREADS_H
#define COMMON_THREADS_H

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define Thread_create(thread, function, argument) \
    assert(pthread_create(thread, NULL, function, argument) == 0)
#define Thread_join(thread, result) assert(pthread_join(thread, result) == 0)

#define Mutex_init(mutex)   assert(pthread_mutex_init(mutex, NULL) == 0)
#define Mutex_lock(mutex)   assert(pthread_mutex_lock(mutex) == 0)
#define Mutex_unlock(mutex) assert(pthread_mutex_unlock(mutex) == 0)

#endif
