// Tables of words and hints. A row has the words that share a hint; the first row that fits counts.

#include "sim/language/foreign_words.h"

#include <algorithm>
#include <array>
#include <span>

namespace interleave {
namespace {

struct ForeignRow {
  std::string_view words;  // between spaces; one that ends in `*` stands for all that begin so
  std::string_view hint;
};

constexpr auto kForeignWords = std::to_array<ForeignRow>({
    {"and", "`and` is written `&&`"},
    {"or", "`or` is written `||`"},
    {"not", "`not` is written `!`"},
    {"mod", "`mod` is written `%`"},
    {"div", "`div` is written `/`"},
    {"then", "C has no `then`: the statement follows the `)`"},
    {"elif", "`elif` is written `else if`"},
    {"elseif", "`elseif` is written `else if`"},
    {"elsif", "`elsif` is written `else if`"},
    {"begin", "`begin` is written `{`"},
    {"end", "`end` is written `}`"},
    {"endif", "`endif` is written `}`"},
    {"loop forever", "for ever is written `for (;;) { ... }`"},
    {"until", "a process waits with `await (condition);`"},
    {"unless", "`unless (c)` is written `if (!c)`"},
    {"at", "where a process stands is asked with `P @ LABEL`"},
    {"parbegin cobegin", "each `process` runs beside the others: write `process name { ... }`"},
    {"active", "all processes run: write `process name { ... }`"},
    {"procedure", "a function that gives nothing is written `void name() { ... }`"},
    {"function def", "a function is written with its type: `int name() { ... }`"},
    {"var let", "a variable is written with its type: `int x = 0;`"},
    {"print echo cout", "a trace shows every value; there is no output"},
    {"class", "C has no classes: write a `struct`, and functions beside it"},
    {"template", "C has no templates: `typedef` gives a type another name"},
    {"using", "C needs no `using`: leave it out"},
    {"namespace", "C has no namespaces: leave it out"},
});

constexpr auto kForeignTypes = std::to_array<ForeignRow>({
    {"Semaphore sema binary_semaphore", "it is written `semaphore s = 1;`"},
    {"Mutex mutex_t mtx_t lock_t Lock", "it is written `mutex m;`"},
    {"cond_t cnd_t Condition condition_variable", "it is written `condition c;`"},
    {"pthread_t thrd_t", "each `process` runs by itself: write `process name { ... }`"},
    {"pid_t", "each `process` is one already; its number is `self`"},
    {"boolean Boolean BOOL", "it is written `bool`"},
    {"byte", "it is written `unsigned char`"},
    {"uint", "it is written `unsigned`"},
    {"integer", "it is written `int`"},
    {"string", "an array holds characters: `char text[] = \"abc\";`"},
});

constexpr auto kForeignFunctions = std::to_array<ForeignRow>({
    {"printf fprintf puts putchar print println", "a trace shows every value; there is no output"},
    {"scanf getchar gets fgets", "free data is written `choose (a .. b)`; there is no input"},
    {"mutex_lock mtx_lock spin_lock", "a `mutex m;` is taken with `lock (m);`"},
    {"mutex_unlock mtx_unlock spin_unlock", "a `mutex m;` is given back with `unlock (m);`"},
    {"cnd_*", "a `condition c;` has `wait (c, &m);`, `signal (c);` and `broadcast (c);`"},
    {"pthread_create thrd_create", "each `process` runs by itself: write `process name { ... }`"},
    {"pthread_join thrd_join waitpid",
     "to wait for an end, set a shared flag there and `await` it"},
    {"pthread_self gettid getpid", "the number of the process is `self`"},
    {"pthread_* thrd_* mtx_*",
     "a scenario needs no library of threads: each `process` runs by itself"},
    {"semwait semWait sem_down", "a `semaphore s = 1;` is taken with `wait (s);`"},
    {"semsignal semSignal sem_up", "a `semaphore s = 1;` is given back with `signal (s);`"},
    {"sem_*", "declare `semaphore s = 1;`"},
    {"sleep usleep nanosleep delay Sleep msleep",
     "time is not part of a scenario: every order of steps is tried anyway"},
    {"sched_yield yield pause", "every order of steps is tried anyway"},
    {"exit abort _exit quit", "a process ends at the end of its body, or with `return`"},
    {"malloc calloc realloc free", "there is no heap: declare an array and hand out its elements"},
    {"memcpy memmove strcpy", "assign structs, or copy an array element by element"},
    {"memset", "assign element by element"},
    {"CAS cas compare_exchange atomic_compare_exchange*",
     "`compare_and_swap (&x, old, value)` gives what x was"},
    {"TestAndSet TSL tas atomic_flag_test_and_set", "`test_and_set (&x)` gives what x was"},
    {"xchg Swap atomic_exchange*", "`exchange (&x, value)` gives what x was"},
    {"FAA faa atomic_fetch_add", "`fetch_add (&x, value)` gives what x was"},
    {"atomic_load* atomic_store* READ_ONCE WRITE_ONCE",
     "each access is one step anyway: name the variable"},
    {"atomic_* __sync_* __atomic_*", "write it in `atomic { ... }`, which is one step"},
    {"fork", "each `process` is one already"},
    {"rand random", "free data is written `choose (a .. b)`"},
    {"sin cos tan asin acos atan atan2 sinh cosh tanh exp exp2 log log2 log10 cbrt hypot sinf cosf "
     "expf "
     "logf",
     "every C library gives it other last digits, so it has no one value here"},
    {"terminated finished ended exited", "whether a process has ended is `done(P)`"},
    {"always globally", "an `invariant` always holds: leave it out"},
    {"eventually sometimes", "what must be possible is `reachable name: condition;`"},
});

bool FitsForeign(std::string_view pattern, std::string_view word) {
  if (!pattern.ends_with('*')) return pattern == word;
  pattern.remove_suffix(1);
  return word.starts_with(pattern);
}

std::string_view FindForeign(std::span<const ForeignRow> rows, std::string_view word) {
  for (const ForeignRow& row : rows) {
    for (std::size_t at = 0; at < row.words.size();) {
      const std::size_t end = std::min(row.words.find(' ', at), row.words.size());
      if (FitsForeign(row.words.substr(at, end - at), word)) return row.hint;
      at = end + 1;
    }
  }
  return {};
}

}  // namespace

std::string_view HintForForeignWord(std::string_view word) {
  return FindForeign(kForeignWords, word);
}
std::string_view HintForForeignType(std::string_view name) {
  return FindForeign(kForeignTypes, name);
}
std::string_view HintForForeignFunction(std::string_view name) {
  return FindForeign(kForeignFunctions, name);
}

}  // namespace interleave
