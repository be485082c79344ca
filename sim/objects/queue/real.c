// The bounded buffer of the textbooks as a monitor (Silberschatz, Galvin, Gagne: Operating System
// Concepts, chapter 7.1.1; Andrews: Foundations of Multithreaded, Parallel, and Distributed Programming,
// chapter 5.2.1), with a mutex and two condition variables that processes share. A queue without a
// capacity of its own has as many slots as the model, and says where it would need more.
#include <pthread.h>

struct real {
  pthread_mutex_t mutex;
  pthread_cond_t not_full, not_empty;
  int in, count;
  T slots[capacity];
};

static int real_init(struct real *real) {
  pthread_mutexattr_t mutex;
  pthread_condattr_t condition;
  if (pthread_mutexattr_init(&mutex) != 0 || pthread_condattr_init(&condition) != 0 ||
      pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED) != 0 ||
      pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED) != 0) {
    return 1;
  }
  real->in = real->count = 0;
  return pthread_mutex_init(&real->mutex, &mutex) != 0 ||
         pthread_cond_init(&real->not_full, &condition) != 0 ||
         pthread_cond_init(&real->not_empty, &condition) != 0;
}

static int append(struct real *real, T item, int may_block) {
  int said = REAL_DONE;
  pthread_mutex_lock(&real->mutex);
  while (capacity_is_given && may_block && real->count == capacity) {
    pthread_cond_wait(&real->not_full, &real->mutex);
  }
  if (real->count == capacity) {
    said = capacity_is_given ? REAL_BLOCKS : REAL_LIMIT;
  } else {
    real->slots[real->in] = item;
    real->in = (real->in + 1) % capacity;
    ++real->count;
    pthread_cond_signal(&real->not_empty);
  }
  pthread_mutex_unlock(&real->mutex);
  return said;
}

static T oldest(const struct real *real, int behind) {
  return real->slots[(real->in - real->count + behind + capacity) % capacity];
}

static int take(struct real *real, T *result, int may_block) {
  int said = REAL_BLOCKS;
  pthread_mutex_lock(&real->mutex);
  while (may_block && real->count == 0) pthread_cond_wait(&real->not_empty, &real->mutex);
  if (real->count > 0) {
    *result = oldest(real, 0);
    --real->count;
    pthread_cond_signal(&real->not_full);
    said = REAL_DONE;
  }
  pthread_mutex_unlock(&real->mutex);
  return said;
}

static int real_append(struct real *real, T item) { return append(real, item, 1); }
static int real_try_append(struct real *real, T item) { return append(real, item, 0); }
static int real_take(struct real *real, T *result) { return take(real, result, 1); }
static int real_try_take(struct real *real, T *result) { return take(real, result, 0); }

static int real_empty(struct real *real, int *result) {
  pthread_mutex_lock(&real->mutex);
  *result = real->count == 0;
  pthread_mutex_unlock(&real->mutex);
  return REAL_DONE;
}

static void real_observe(struct real *real) {
  pthread_mutex_lock(&real->mutex);
  REAL_CELL(length, real->count);
  for (int i = 0; i < capacity; ++i) {
    REAL_CELL(cells[i], i < real->count ? oldest(real, i) : 0);
  }
  pthread_mutex_unlock(&real->mutex);
}
