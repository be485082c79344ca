// POSIX spin locks that processes share: pthread_spin_init(3), pthread_spin_lock(3).
#include <pthread.h>

struct real {
  pthread_spinlock_t lock;
};

static int real_init(struct real *real) {
  return pthread_spin_init(&real->lock, PTHREAD_PROCESS_SHARED);
}

static int real_lock(struct real *real) {
  pthread_spin_lock(&real->lock);
  return REAL_DONE;
}

static int real_try_lock(struct real *real) {
  return pthread_spin_trylock(&real->lock) == 0 ? REAL_DONE : REAL_BLOCKS;
}

static int real_trylock(struct real *real, _Bool *result) {
  *result = pthread_spin_trylock(&real->lock) == 0;
  return REAL_DONE;
}

static int real_unlock(struct real *real) {
  pthread_spin_unlock(&real->lock);
  return REAL_DONE;
}

static void real_observe(struct real *real) { (void)real; }
