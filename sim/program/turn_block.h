#pragma once
// What a real process and whoever gives it turns tell each other, in memory that both map. Written
// once: compiled here, and as text (kTurnBlockText) part of the C that the processes run.
//
// One turn: the scheduler writes `command` and what shall be decided, raises `turn` (a futex) and
// waits for `done` (a futex); the process makes one step and answers with what it did, where it
// stands, and the registers and own memory that are alive there. IL_TRY: it makes the step, takes
// it back, and answers whether there was one.
//
// An operation on an object that has a real thing behind it (real.c of its kind) is made on both.
// What a form of the real thing was called with and what it said is an il_real; an il_observation
// goes through the cells that the real thing tells, to compare them with the model's or, where
// `told` counts them, to put them into the model's. The first disagreement is IL_DIFFERS and an
// il_difference.
//
// Running free there are no turns: a process goes through the instances of a batch on its own, with
// a barrier before each, and leaves for each how it ended and what it marked.

#include <cstdint>

namespace interleave {

#define INTERLEAVE_TURN_BLOCK                               \
  enum { IL_MAX_DECISIONS = 256, IL_MAX_EVENTS = 1024 };    \
  enum { IL_MAX_ARGUMENTS = 3 };                            \
  enum { IL_MAX_CHOICES = 16 };                             \
  enum { REAL_DONE, REAL_BLOCKS, REAL_LIMIT, REAL_MISUSE }; \
  enum { IL_STEP, IL_EXIT, IL_TRY };                        \
  enum {                                                    \
    IL_OK,                                                  \
    IL_BLOCKED,                                             \
    IL_OPEN,                                                \
    IL_CUT,                                                 \
    IL_ERROR,                                               \
    IL_LOCAL_LIMIT,                                         \
    IL_OBJECT_LIMIT,                                        \
    IL_NOT_DECIDED,                                         \
    IL_STUCK,                                               \
    IL_STEPS,                                               \
    IL_DIFFERS                                              \
  };                                                        \
  enum {                                                    \
    IL_DIFFERS_SHUT,                                        \
    IL_DIFFERS_OPEN,                                        \
    IL_DIFFERS_LIMIT,                                       \
    IL_DIFFERS_RESULT,                                      \
    IL_DIFFERS_CELL,                                        \
    IL_DIFFERS_CHOICE                                       \
  };                                                        \
  enum {                                                    \
    IL_EV_READ,                                             \
    IL_EV_WRITE,                                            \
    IL_EV_OPERATION,                                        \
    IL_EV_STEP,                                             \
    IL_EV_ATOMIC,                                           \
    IL_EV_PRODUCED,                                         \
    IL_EV_CONSUMED,                                         \
    IL_EV_CHOSE,                                            \
    IL_EV_ALTERNATIVE                                       \
  };                                                        \
  struct il_event {                                         \
    int kind;                                               \
    unsigned address;                                       \
    long value;                                             \
    long old;                                               \
    long operation;                                         \
    long arguments[IL_MAX_ARGUMENTS];                       \
  };                                                        \
  struct il_decision {                                      \
    long value;                                             \
    unsigned index;                                         \
    unsigned count;                                         \
  };                                                        \
  struct il_difference {                                    \
    int what;                                               \
    int operation;                                          \
    unsigned address;                                       \
    unsigned offset;                                        \
    long model;                                             \
    long real;                                              \
  };                                                        \
  struct il_real {                                          \
    long arguments[IL_MAX_ARGUMENTS];                       \
    long result;                                            \
    int called;                                             \
    int said;                                               \
    unsigned chosen;                                        \
    unsigned used;                                          \
    long choice[IL_MAX_CHOICES];                            \
  };                                                        \
  struct il_observation {                                   \
    char* cells;                                            \
    unsigned* told;                                         \
    int differs;                                            \
    unsigned offset;                                        \
    long model;                                             \
    long real;                                              \
  };                                                        \
  struct il_turn {                                          \
    unsigned turn;                                          \
    unsigned pad0[15];                                      \
    unsigned done;                                          \
    unsigned pad1[15];                                      \
    int command;                                            \
    int give_index;                                         \
    unsigned given;                                         \
    int status;                                             \
    int error;                                              \
    unsigned error_at;                                      \
    unsigned taken;                                         \
    unsigned events;                                        \
    long address;                                           \
    long point;                                             \
    long give[IL_MAX_DECISIONS];                            \
    struct il_decision took[IL_MAX_DECISIONS];              \
    struct il_event event[IL_MAX_EVENTS];                   \
    int real_decided;                                       \
    struct il_difference difference;                        \
  };                                                        \
  struct il_mark {                                          \
    int kind;                                               \
    int pad;                                                \
    long value;                                             \
  };                                                        \
  struct il_outcome {                                       \
    int status;                                             \
    int error;                                              \
    unsigned error_at;                                      \
    unsigned marks;                                         \
  };                                                        \
  struct il_free {                                          \
    unsigned arrived;                                       \
    unsigned pad0[15];                                      \
    unsigned phase;                                         \
    unsigned pad1[15];                                      \
    unsigned lock;                                          \
    unsigned pad2[15];                                      \
    unsigned abandon;                                       \
    unsigned pad3[15];                                      \
    unsigned processes;                                     \
    unsigned spins;                                         \
    unsigned instances;                                     \
    unsigned yield_one_in;                                  \
    unsigned delay_one_in;                                  \
    unsigned delay_rounds;                                  \
    unsigned max_marks;                                     \
    unsigned long max_accesses;                             \
    unsigned long instance_bytes;                           \
  };                                                        \
  struct il {                                               \
    struct il_turn* turn;                                   \
    long* slots;                                            \
    char* memory;                                           \
    struct il_free* free;                                   \
    struct il_outcome* outcome;                             \
    struct il_mark* marks;                                  \
    long* own;                                              \
    const unsigned long* real_at;                           \
    const unsigned long* real_size;                         \
    struct il_real real;                                    \
    long self;                                              \
    long own_base;                                          \
    long own_end;                                           \
    long process;                                           \
    long work;                                              \
    unsigned long accesses;                                 \
    unsigned long random;                                   \
    unsigned seen;                                          \
    unsigned number;                                        \
    int has_lock;                                           \
    int last_error;                                         \
  };

extern "C" {
INTERLEAVE_TURN_BLOCK
}

#define INTERLEAVE_TEXT_OF(...) #__VA_ARGS__
#define INTERLEAVE_TEXT(x) INTERLEAVE_TEXT_OF(x)
inline constexpr const char* kTurnBlockText = INTERLEAVE_TEXT(INTERLEAVE_TURN_BLOCK);

}  // namespace interleave
