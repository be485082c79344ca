// POSIX condition variables that processes share: pthread_cond_init(3), pthread_condattr_setpshared(3),
// pthread_cond_wait(3). To wait is one call, and who sleeps cannot be asked for: so these are for
// processes that run free.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

struct real {
  pthread_cond_t condition;
};

static int real_init(struct real *real) {
  pthread_condattr_t attributes;
  if (pthread_condattr_init(&attributes) != 0 ||
      pthread_condattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) != 0) {
    return 1;
  }
  return pthread_cond_init(&real->condition, &attributes);
}

// `m` is the real thing behind a mutex, which is a pthread_mutex_t and nothing else.
static int holds(const void *m) {
  return ((const pthread_mutex_t *)m)->__data.__owner == gettid();
}

static int real_wait(struct real *real, void *m) {
  if (!holds(m)) return REAL_MISUSE;
  pthread_cond_wait(&real->condition, m);
  return REAL_DONE;
}

static int real_timedwait(struct real *real, void *m, int *result) {
  struct timespec until;
  if (!holds(m)) return REAL_MISUSE;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += 100000;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  *result = pthread_cond_timedwait(&real->condition, m, &until);
  return REAL_DONE;
}

static int real_signal(struct real *real) {
  pthread_cond_signal(&real->condition);
  return REAL_DONE;
}

static int real_broadcast(struct real *real) {
  pthread_cond_broadcast(&real->condition);
  return REAL_DONE;
}

static int real_let_wake_spuriously(struct real *real) {
  (void)real;
  return REAL_DONE;
}

// At the end nobody sleeps any more.
static void real_observe(struct real *real) { (void)real; }
