// POSIX read-write locks that processes share: pthread_rwlock_init(3), pthread_rwlock_rdlock(3).
#include <pthread.h>

struct real {
  pthread_rwlock_t lock;
};

static int real_init(struct real *real) {
  pthread_rwlockattr_t attributes;
  if (pthread_rwlockattr_init(&attributes) != 0 ||
      pthread_rwlockattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) != 0) {
    return 1;
  }
  return pthread_rwlock_init(&real->lock, &attributes);
}

static int real_read_lock(struct real *real) {
  pthread_rwlock_rdlock(&real->lock);
  return REAL_DONE;
}

static int real_try_read_lock(struct real *real) {
  return pthread_rwlock_tryrdlock(&real->lock) == 0 ? REAL_DONE : REAL_BLOCKS;
}

static int real_tryread_lock(struct real *real, _Bool *result) {
  *result = pthread_rwlock_tryrdlock(&real->lock) == 0;
  return REAL_DONE;
}

// Without a time to wait, so that the model and this one give up alike.
static int real_timedread_lock(struct real *real, _Bool *result) {
  return real_tryread_lock(real, result);
}

static int real_write_lock(struct real *real) {
  pthread_rwlock_wrlock(&real->lock);
  return REAL_DONE;
}

static int real_try_write_lock(struct real *real) {
  return pthread_rwlock_trywrlock(&real->lock) == 0 ? REAL_DONE : REAL_BLOCKS;
}

static int real_trywrite_lock(struct real *real, _Bool *result) {
  *result = pthread_rwlock_trywrlock(&real->lock) == 0;
  return REAL_DONE;
}

static int real_timedwrite_lock(struct real *real, _Bool *result) {
  return real_trywrite_lock(real, result);
}

static int real_unlock(struct real *real) {
  pthread_rwlock_unlock(&real->lock);
  return REAL_DONE;
}

static void real_observe(struct real *real) { (void)real; }
