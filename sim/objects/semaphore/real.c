// POSIX semaphores that processes share: sem_init(3), sem_wait(3), sem_timedwait(3), sem_post(3),
// sem_getvalue(3).
#include <semaphore.h>
#include <time.h>

struct real {
  sem_t semaphore;
};

static int real_init(struct real *real) {
  return sem_init(&real->semaphore, 1, REAL_INITIAL(value));
}

static int real_wait(struct real *real) {
  while (sem_wait(&real->semaphore) != 0) {
  }
  return REAL_DONE;
}

static int real_try_wait(struct real *real) {
  return sem_trywait(&real->semaphore) == 0 ? REAL_DONE : REAL_BLOCKS;
}

static int real_trywait(struct real *real, _Bool *result) {
  *result = sem_trywait(&real->semaphore) == 0;
  return REAL_DONE;
}

// Without a time to wait, so that the model and this one give up alike.
static int real_timedwait(struct real *real, _Bool *result) {
  const struct timespec past = {0, 0};
  *result = sem_timedwait(&real->semaphore, &past) == 0;
  return REAL_DONE;
}

static int real_signal(struct real *real) {
  sem_post(&real->semaphore);
  return REAL_DONE;
}

static int real_get_value(struct real *real, int *result) {
  sem_getvalue(&real->semaphore, result);
  return REAL_DONE;
}

static int real_init_value(struct real *real, unsigned n) {
  sem_init(&real->semaphore, 1, n);
  return REAL_DONE;
}

static void real_observe(struct real *real) {
  int value;
  sem_getvalue(&real->semaphore, &value);
  REAL_CELL(value, value);
}
