#include <errno.h>
#include <semaphore.h>

struct real {
  sem_t semaphore;
};

static int real_init(struct real *real) { return sem_init(&real->semaphore, 1, 0); }

static int real_post(struct real *real) {
  sem_post(&real->semaphore);
  return REAL_DONE;
}

static int real_try_wait(struct real *real) {
  return sem_trywait(&real->semaphore) == 0 ? REAL_DONE : REAL_BLOCKS;
}

static int real_wait(struct real *real) {
  while (sem_wait(&real->semaphore) != 0 && errno == EINTR) {
  }
  return REAL_DONE;
}

static int real_get(struct real *real, int *result) {
  sem_getvalue(&real->semaphore, result);
  return REAL_DONE;
}

static void real_observe(struct real *real) {
  int value = 0;
  sem_getvalue(&real->semaphore, &value);
  REAL_CELL(value, value);
}
