#include <pthread.h>

/* `received` is not told: it is the model's own record. */
struct real {
  pthread_mutex_t mutex;
  pthread_cond_t sent;
  int held;
  int turns;
};

static int real_init(struct real *real) {
  pthread_mutexattr_t shared;
  pthread_condattr_t shared_too;
  pthread_mutexattr_init(&shared);
  pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
  pthread_condattr_init(&shared_too);
  pthread_condattr_setpshared(&shared_too, PTHREAD_PROCESS_SHARED);
  real->held = real->turns = 0;
  return pthread_mutex_init(&real->mutex, &shared) != 0 ||
         pthread_cond_init(&real->sent, &shared_too) != 0;
}

static int real_send(struct real *real, int bytes) {
  pthread_mutex_lock(&real->mutex);
  real->held += bytes;
  pthread_cond_broadcast(&real->sent);
  pthread_mutex_unlock(&real->mutex);
  return REAL_DONE;
}

/* Every other time it gives all that it may, else one byte. */
static int receive(struct real *real, int most, int *result, int may_block) {
  pthread_mutex_lock(&real->mutex);
  while (real->held == 0 && may_block) pthread_cond_wait(&real->sent, &real->mutex);
  const int has_some = real->held > 0;
  if (has_some) {
    const int all = real->held < most ? real->held : most;
    const int bytes = real->turns++ % 2 == 0 ? all : 1;
    real_chose(bytes);
    real->held -= bytes;
    *result = bytes;
  }
  pthread_mutex_unlock(&real->mutex);
  return has_some ? REAL_DONE : REAL_BLOCKS;
}

static int real_try_receive(struct real *real, int most, int *result) {
  return receive(real, most, result, 0);
}

static int real_receive(struct real *real, int most, int *result) {
  return receive(real, most, result, 1);
}

static void real_observe(struct real *real) {
  pthread_mutex_lock(&real->mutex);
  REAL_CELL(held, real->held);
  pthread_mutex_unlock(&real->mutex);
}
