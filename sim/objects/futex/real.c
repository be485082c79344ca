// futex(2) of Linux, between processes. To look at the word and fall asleep is one call: so these are for
// processes that run free.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

struct real {
  int word;
};

static int real_init(struct real *real) {
  real->word = REAL_INITIAL(value);
  return 0;
}

static int real_load(struct real *real, int *result) {
  *result = __atomic_load_n(&real->word, __ATOMIC_SEQ_CST);
  return REAL_DONE;
}

static int real_store(struct real *real, int to) {
  __atomic_store_n(&real->word, to, __ATOMIC_SEQ_CST);
  return REAL_DONE;
}

static int real_swap(struct real *real, int to, int *result) {
  *result = __atomic_exchange_n(&real->word, to, __ATOMIC_SEQ_CST);
  return REAL_DONE;
}

static int real_cas(struct real *real, int expected, int to, int *result) {
  __atomic_compare_exchange_n(&real->word, &expected, to, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  *result = expected;
  return REAL_DONE;
}

static int real_add(struct real *real, int by, int *result) {
  *result = __atomic_fetch_add(&real->word, by, __ATOMIC_SEQ_CST);
  return REAL_DONE;
}

static int real_futex_wait(struct real *real, int expected, int *result) {
  long woken;
  do {
    woken = syscall(SYS_futex, &real->word, FUTEX_WAIT, expected, NULL, NULL, 0);
  } while (woken != 0 && errno == EINTR);
  *result = woken == 0 ? 0 : -errno;
  return REAL_DONE;
}

static int real_futex_wake(struct real *real, int most, int *result) {
  *result = (int)syscall(SYS_futex, &real->word, FUTEX_WAKE, most, NULL, NULL, 0);
  return REAL_DONE;
}

static void real_observe(struct real *real) { REAL_CELL(value, real->word); }
