// POSIX mutexes that processes share: pthread_mutex_init(3), pthread_mutexattr_setpshared(3). Who holds
// one cannot be asked for; whether somebody does shows when the next one tries.
#include <pthread.h>

struct real {
  pthread_mutex_t mutex;
};

static int real_init(struct real *real) {
  pthread_mutexattr_t attributes;
  if (pthread_mutexattr_init(&attributes) != 0 ||
      pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) != 0) {
    return 1;
  }
  return pthread_mutex_init(&real->mutex, &attributes);
}

static int real_lock(struct real *real) {
  pthread_mutex_lock(&real->mutex);
  return REAL_DONE;
}

static int real_try_lock(struct real *real) {
  return pthread_mutex_trylock(&real->mutex) == 0 ? REAL_DONE : REAL_BLOCKS;
}

static int real_trylock(struct real *real, _Bool *result) {
  *result = pthread_mutex_trylock(&real->mutex) == 0;
  return REAL_DONE;
}

static int real_unlock(struct real *real) {
  pthread_mutex_unlock(&real->mutex);
  return REAL_DONE;
}

static int real_unlock_to_sleep(struct real *real) {
  pthread_mutex_unlock(&real->mutex);
  return REAL_DONE;
}

static int real_destroy(struct real *real) {
  (void)real;
  return REAL_DONE;
}

static void real_observe(struct real *real) { (void)real; }
