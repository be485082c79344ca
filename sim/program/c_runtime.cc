// What the emitted C stands on: taking turns, decisions, pointers, marks. Kept as text: it is
// compiled by the compiler of the machine where real processes run. No header is included, so that
// a compiler without the C library's headers is enough.

#include "sim/program/emit_c.h"

namespace interleave {

const char* const kCRuntime = R"c(
extern long syscall(long, ...);
extern int sched_yield(void);
extern void _exit(int);
#define IL_LIKELY(c) __builtin_expect(!!(c), 1)
#define IL_UNLIKELY(c) __builtin_expect(!!(c), 0)
#define IL_SYS_FUTEX 202

/* --- Turns --- */

static void il_hand_over(struct il *il) {
  struct il_turn *t = il->turn;
  __atomic_store_n(&t->done, t->done + 1, __ATOMIC_SEQ_CST);
  syscall(IL_SYS_FUTEX, &t->done, 1 /* FUTEX_WAKE */, 1, 0, 0, 0);
  while (__atomic_load_n(&t->turn, __ATOMIC_SEQ_CST) == il->seen) {
    syscall(IL_SYS_FUTEX, &t->turn, 0 /* FUTEX_WAIT */, il->seen, 0, 0, 0);
  }
  il->seen = __atomic_load_n(&t->turn, __ATOMIC_SEQ_CST);
  if (t->command == IL_EXIT) _exit(0);
  t->status = IL_OK;
  t->error = 0;
  t->taken = 0;
  t->events = 0;
  t->real_decided = 0;
  il->work = 0;
}

static __attribute__((unused)) void il_event(struct il *il, int kind, unsigned address, long value,
                                             long old) {
  struct il_turn *t = il->turn;
  if (t->events < IL_MAX_EVENTS) {
    struct il_event *e = &t->event[t->events];
    e->kind = kind;
    e->address = address;
    e->value = value;
    e->old = old;
  }
  ++t->events;
}

static __attribute__((unused)) void il_operation(struct il *il, int operation, unsigned address,
                                                 long value, long a, long b, long c) {
  struct il_turn *t = il->turn;
  il_event(il, IL_EV_OPERATION, address, value, 0);
  if (t->events <= IL_MAX_EVENTS) {
    struct il_event *e = &t->event[t->events - 1];
    e->operation = operation;
    e->arguments[0] = a;
    e->arguments[1] = b;
    e->arguments[2] = c;
  }
}

/* Which of `count` ways to go; `first` is the value of the first where values are numbers in a row
   (choose), and only_index is set where they are not (select). Returns the index, or -1. */
static __attribute__((unused)) long il_decide(struct il *il, unsigned count, long first) {
  struct il_turn *t = il->turn;
  unsigned n = t->taken;
  long index = 0;
  if (n >= IL_MAX_DECISIONS) return -1;
  if (n < t->given) index = t->give_index ? t->give[n] : t->give[n] - first;
  if (index < 0 || index >= (long)count) return -2;
  t->took[n].index = (unsigned)index;
  t->took[n].count = count;
  t->took[n].value = first + index;
  t->taken = n + 1;
  return index;
}

/* --- Real things behind objects --- */

/* That of element `element` of object `object`. */
static __attribute__((unused)) void *il_real_thing(struct il *il, int object,
                                                   unsigned long element) {
  return il->memory + il->real_at[object] + element * il->real_size[object];
}

/* Returns 1: there is a difference. */
static __attribute__((unused)) int il_differ(struct il *il, int what, int operation,
                                             unsigned address, long model, long real) {
  struct il_difference *d = &il->turn->difference;
  il->turn->status = IL_DIFFERS;
  d->what = what;
  d->operation = operation;
  d->address = address;
  d->model = model;
  d->real = real;
  return 1;
}

/* The way that the real thing chose, which has to be one of `count`; else as il_decide. Once it
   chose something else than was given, what was given behind it means nothing. */
static __attribute__((unused)) long il_decide_real(struct il *il, unsigned count, long first) {
  struct il_turn *t = il->turn;
  long value;
  if (il->real.used >= il->real.chosen) return il_decide(il, count, first);
  value = il->real.choice[il->real.used++];
  if (value < first || value - first >= (long)count) return -3;
  if (t->taken >= IL_MAX_DECISIONS) return -1;
  if (t->taken < t->given && t->give[t->taken] != (t->give_index ? value - first : value)) {
    t->given = t->taken + 1;
  }
  t->real_decided = 1;
  t->took[t->taken].index = (unsigned)(value - first);
  t->took[t->taken].count = (unsigned)(value - first) + 1;
  t->took[t->taken].value = value;
  ++t->taken;
  return value - first;
}

/* After an operation: what the real thing said of it, against the model. Returns whether they
   differ. `model`: the result, null where there is none. */
static __attribute__((unused)) int il_compare(struct il *il, int operation, unsigned address,
                                              const long *model,
                                              void (*observe)(void *, struct il_observation *),
                                              void *thing) {
  struct il_observation seen = {0};
  if (il->real.said == REAL_BLOCKS) {
    return il_differ(il, IL_DIFFERS_SHUT, operation, address, 0, 0);
  }
  if (il->real.said == REAL_LIMIT) {
    return il_differ(il, IL_DIFFERS_LIMIT, operation, address, 0, 0);
  }
  if (il->real.used < il->real.chosen) {
    return il_differ(il, IL_DIFFERS_CHOICE, operation, address, 0,
                     il->real.choice[il->real.used]);
  }
  if (model != 0 && *model != il->real.result) {
    return il_differ(il, IL_DIFFERS_RESULT, operation, address, *model, il->real.result);
  }
  seen.cells = il->memory + il_offset[address];
  observe(thing, &seen);
  if (!seen.differs) return 0;
  il->turn->difference.offset = seen.offset;
  return il_differ(il, IL_DIFFERS_CELL, operation, address, seen.model, seen.real);
}

/* --- Memory by the number of a slot --- */

static __attribute__((unused)) long il_get(const char *at, unsigned char type) {
  switch (type) {
    case 0: return __atomic_load_n((const unsigned char *)at, IL_ORDER) != 0;
    case 1: return __atomic_load_n((const signed char *)at, IL_ORDER);
    case 2: return __atomic_load_n((const unsigned char *)at, IL_ORDER);
    case 3: return __atomic_load_n((const short *)at, IL_ORDER);
    case 4: return __atomic_load_n((const unsigned short *)at, IL_ORDER);
    case 5: return __atomic_load_n((const int *)at, IL_ORDER);
    case 6:
    case 9: return __atomic_load_n((const unsigned *)at, IL_ORDER);
    default: return __atomic_load_n((const long *)at, IL_ORDER);
  }
}

static __attribute__((unused)) void il_put(char *at, unsigned char type, long value) {
  switch (type) {
    case 0:
    case 1:
    case 2: __atomic_store_n((char *)at, (char)value, IL_ORDER); break;
    case 3:
    case 4: __atomic_store_n((short *)at, (short)value, IL_ORDER); break;
    case 5:
    case 6:
    case 9: __atomic_store_n((int *)at, (int)value, IL_ORDER); break;
    default: __atomic_store_n((long *)at, value, IL_ORDER); break;
  }
}

#define IL_IS_OWN(p) ((p) >= il->own_base && (p) < il->own_end)

/* --- Pointers: the number of a slot, 0 is null --- */

static __attribute__((unused)) unsigned il_object(long p) {
  if (p <= 0 || p > IL_SLOTS) return 0;
  if (p < IL_SLOTS && il_object_of[p] != 0) return il_object_of[p];
  return il_object_of[p - 1];
}

static __attribute__((unused)) int il_pointer_add(long p, long by, long stride, long *result) {
  unsigned o = il_object(p);
  long offset, sum;
  if (by == 0) {
    *result = p;
    return 1;
  }
  if (o == 0 || __builtin_mul_overflow(by, stride, &offset) ||
      __builtin_add_overflow(p, offset, &sum) || sum < il_begin[o] || sum > il_end[o]) {
    return 0;
  }
  *result = sum;
  return 1;
}

static __attribute__((unused)) int il_same_object(long a, long b) {
  unsigned x = il_object(a), y = il_object(b);
  return x == y && (x != 0 || a == b);
}

/* `at`: the instruction, to see whether a block has ended. */
static __attribute__((unused)) int il_may_follow(struct il *il, long p, long cells, unsigned at) {
  unsigned o = il_object(p);
  if (p == 0 || o == 0 || p < il_begin[o] || p + cells > il_end[o]) return 0;
  if (il_owner[o] >= 0 &&
      (il_owner[o] != il->process || at < il_scope_begin[o] || at >= il_scope_end[o])) {
    return 0;
  }
  return 1;
}

#ifdef IL_FREE
/* --- Running free --- */

static __attribute__((unused)) void il_pause(struct il *il, unsigned *spins) {
  if (++*spins % il->free->spins != 0) {
    __builtin_ia32_pause();
  } else {
    sched_yield();
  }
}

static __attribute__((unused)) int il_take_lock(struct il *il) {
  unsigned spins = 0;
  while (__atomic_exchange_n(&il->free->lock, 1, __ATOMIC_ACQUIRE) != 0) {
    if (__atomic_load_n(&il->free->abandon, __ATOMIC_RELAXED) == il->number) return 0;
    il_pause(il, &spins);
  }
  il->has_lock = 1;
  return 1;
}

static __attribute__((unused)) void il_drop_lock(struct il *il) {
  il->has_lock = 0;
  __atomic_store_n(&il->free->lock, 0, __ATOMIC_RELEASE);
}

/* Before each access: the odds of a race are raised here. Returns 0 where the run ends. */
static inline int il_access(struct il *il) {
  struct il_free *f = il->free;
  if (IL_UNLIKELY(++il->accesses > f->max_accesses)) {
    il->outcome->status = IL_STEPS;
    return 0;
  }
  if (IL_UNLIKELY((f->yield_one_in | f->delay_one_in) != 0)) {
    unsigned long x = il->random;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    il->random = x;
    if (f->yield_one_in != 0 && (x >> 8) % f->yield_one_in == 0) sched_yield();
    if (f->delay_one_in != 0 && (x >> 24) % f->delay_one_in == 0) {
      unsigned rounds = (unsigned)((x >> 40) % (f->delay_rounds + 1));
      while (rounds-- != 0) __builtin_ia32_pause();
    }
  }
  return 1;
}

static __attribute__((unused)) void il_mark(struct il *il, int kind, long value) {
  unsigned n = il->outcome->marks++;
  if (n >= il->free->max_marks) return;
  il->marks[n].kind = kind;
  il->marks[n].value = value;
}

static __attribute__((unused)) int il_abandoned(struct il *il) {
  return __atomic_load_n(&il->free->abandon, __ATOMIC_RELAXED) == il->number;
}
#endif
)c";

}  // namespace interleave
