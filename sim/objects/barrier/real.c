// POSIX barriers that processes share: pthread_barrier_init(3), pthread_barrier_wait(3). To arrive and to
// pass is one call: so these are for processes that run free.
#include <pthread.h>

struct real {
  pthread_barrier_t barrier;
};

static int make_barrier(struct real *real, unsigned count) {
  pthread_barrierattr_t attributes;
  if (count == 0) return 0;  // comes later, with init_count
  if (pthread_barrierattr_init(&attributes) != 0 ||
      pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) != 0) {
    return 1;
  }
  return pthread_barrier_init(&real->barrier, &attributes, count);
}

static int real_init(struct real *real) { return make_barrier(real, REAL_INITIAL(count)); }

static int real_init_count(struct real *real, unsigned n) {
  make_barrier(real, n);
  return REAL_DONE;
}

static int real_wait(struct real *real) {
  pthread_barrier_wait(&real->barrier);
  return REAL_DONE;
}

static int real_wait_serially(struct real *real, _Bool *result) {
  *result = pthread_barrier_wait(&real->barrier) == PTHREAD_BARRIER_SERIAL_THREAD;
  return REAL_DONE;
}

static void real_observe(struct real *real) { (void)real; }
