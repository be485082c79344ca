// POSIX mutexes that processes share: pthread_mutex_init(3), pthread_mutexattr_setpshared(3),
// pthread_mutexattr_settype(3). Who holds one cannot be asked for; whether somebody does shows when the
// next one tries.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

struct real {
  pthread_mutex_t mutex;
};

static int make_mutex(struct real *real, int type) {
  pthread_mutexattr_t attributes;
  if (pthread_mutexattr_init(&attributes) != 0 ||
      pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) != 0 ||
      pthread_mutexattr_settype(&attributes, type) != 0) {
    return 1;
  }
  return pthread_mutex_init(&real->mutex, &attributes);
}

static int real_init(struct real *real) { return make_mutex(real, REAL_INITIAL(type)); }

static int real_lock(struct real *real, int *result) {
  *result = pthread_mutex_lock(&real->mutex);
  return REAL_DONE;
}

// A time that has passed: gives up instead of waiting, and finds the errors that lock finds.
static int lock_without_waiting(struct real *real) {
  const struct timespec past = {0, 0};
  return pthread_mutex_timedlock(&real->mutex, &past);
}

static int real_try_lock(struct real *real, int *result) {
  *result = lock_without_waiting(real);
  return *result == ETIMEDOUT ? REAL_BLOCKS : REAL_DONE;
}

static int real_trylock(struct real *real, _Bool *result) {
  *result = pthread_mutex_trylock(&real->mutex) == 0;
  return REAL_DONE;
}

static int real_timedlock(struct real *real, int *result) {
  *result = lock_without_waiting(real);
  return REAL_DONE;
}

// glibc notes who locked it, but looks only where the type asks for it.
static int is_misused(const struct real *real) {
  return real->mutex.__data.__kind % 4 == PTHREAD_MUTEX_NORMAL &&
         real->mutex.__data.__owner != gettid();
}

static int real_unlock(struct real *real, int *result) {
  if (is_misused(real)) return REAL_MISUSE;
  *result = pthread_mutex_unlock(&real->mutex);
  return REAL_DONE;
}

static int real_unlock_to_sleep(struct real *real) {
  if (is_misused(real)) return REAL_MISUSE;
  pthread_mutex_unlock(&real->mutex);
  return REAL_DONE;
}

static int real_destroy(struct real *real) {
  return real->mutex.__data.__owner == 0 ? REAL_DONE : REAL_MISUSE;
}

static int real_set_type(struct real *real, int to) {
  if (real->mutex.__data.__owner != 0) return REAL_MISUSE;
  make_mutex(real, to);
  return REAL_DONE;
}

static void real_observe(struct real *real) { (void)real; }
