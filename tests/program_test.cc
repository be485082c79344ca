// The programs in C of scenarios/programs: every engine, reduction and explorer against the
// reference explorer, as agreement_test.cc does it with scenarios; and the C compiler takes each of
// them as it is. What verdict each has, `interleave test scenarios` compares with what it expects.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "model/search/check.h"
#include "tests/support/reference_explorer.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

#ifdef INTERLEAVE_SANITIZED
constexpr std::size_t kProgramCap = 1'500;
#else
constexpr std::size_t kProgramCap = 20'000;
#endif

Verdict VerdictOfReference(const Program& program, const ReferenceResult& reference) {
  if (reference.breaks.empty()) return Verdict::kHolds;
  int first = reference.breaks.begin()->first;
  for (const auto& [rank, found] : reference.breaks) {
    if (found.length < reference.breaks.at(first).length) first = rank;
  }
  if (first == kErrorRank) return Verdict::kError;
  if (first == kDeadlockRank) return Verdict::kDeadlock;
  return program.properties[static_cast<std::size_t>(first)].kind == PropertyKind::kRace
             ? Verdict::kRace
             : Verdict::kViolated;
}

TEST_CASE("Programs in C: every engine and reduction agrees with the reference explorer") {
  const std::vector<std::string> files = ProgramFiles();
  CHECK(files.size() >= 50);
  int compared = 0;
  for (const std::string& file : files) {
    const LoadedScenario loaded = LoadScenarioFile(file);
    INFO(file << "\n" << loaded.diagnostics);
    REQUIRE(loaded);
    const ReferenceResult reference = ExploreByReference(*loaded, kProgramCap);
    if (reference.too_large) continue;
    ++compared;
    const Verdict expected = VerdictOfReference(*loaded, reference);
    for (const bool is_native : {false, true}) {
      for (const bool is_reduced : {false, true}) {
        for (const ExplorerKind explorer :
             {ExplorerKind::kBreadthFirst, ExplorerKind::kDepthFirst}) {
          if (is_native && explorer == ExplorerKind::kDepthFirst) continue;
          CheckOptions options;
          options.explorer = explorer;
          options.reduce.partial_order = options.reduce.symmetry = is_reduced;
          options.engine.engine = is_native ? Engine::kNative : Engine::kInterpreted;
          const CheckResult result = Check(*loaded, options);
          INFO("native " << is_native << ", reduced " << is_reduced << ", explorer "
                         << static_cast<int>(explorer));
          CHECK(static_cast<int>(result.verdict) == static_cast<int>(expected));
          if (expected == Verdict::kHolds && !is_reduced) {
            CHECK(result.states == reference.states);
            CHECK(result.transitions == reference.transitions);
          }
        }
      }
    }
  }
#ifndef INTERLEAVE_SANITIZED
  CHECK(compared >= 50);
#endif
}

TEST_CASE("Programs in C are what the C compiler takes") {
  const char* const command = "cd " INTERLEAVE_SOURCE_DIR
                              " && cc -std=gnu11 -w -pthread -fsyntax-only"
                              " $(find scenarios/programs -name '*.c')";
  CHECK(std::system(command) == 0);
}

// As the system's preprocessor leaves a program: its headers' types, prototypes and assertions.
constexpr const char* kPreprocessed = R"c(
typedef unsigned long int pthread_t;
typedef union { char __size[56]; long int __align; } pthread_attr_t;
struct __list { struct __list *__prev; };
typedef union {
  struct { int __lock; __extension__ union { int __kind; long double __pad; }; } __data;
  char __size[40];
} pthread_mutex_t;
typedef __builtin_va_list __gnuc_va_list;
extern int printf (const char *__restrict __format, ...);
extern int pthread_create (pthread_t *__restrict __newthread, const pthread_attr_t *__restrict __attr,
      void *(*__start_routine) (void *), void *__restrict __arg)
     __attribute__ ((__nothrow__)) __attribute__ ((__nonnull__ (1, 3)));
extern int pthread_join (pthread_t __th, void **__thread_return);
extern int pthread_mutex_lock (pthread_mutex_t *__mutex) __attribute__ ((__nothrow__ , __leaf__));
extern int pthread_mutex_unlock (pthread_mutex_t *__mutex);
extern char *strcpy (char *__restrict __dest, const char *__restrict __src);
extern long double strtold (const char *__restrict __nptr, char **__restrict __endptr);
extern void __assert_fail (const char *__assertion, const char *__file, unsigned int __line,
      const char *__function) __attribute__ ((__noreturn__));
static __inline unsigned int __swap (unsigned int __x) { return __builtin_bswap32 (__x); }
pthread_mutex_t m = { { 0, { 0 } } };
int x;
char text[4];
void *worker(void *arg)
{
  (void) arg;
  pthread_mutex_lock(&m);
  x++;
  pthread_mutex_unlock(&m);
  return 0;
}
int main()
{
  pthread_t t;
  strcpy(text, "ab");
  pthread_create(&t, ((void *)0), worker, ((void *)0));
  worker(0);
  pthread_join(t, ((void *)0));
  ((void) sizeof ((text[1] == 'b') ? 1 : 0), __extension__ ({ if (text[1] == 'b') ; else __assert_fail ("text[1] == 'b'", "x.c", 1, __extension__ __PRETTY_FUNCTION__); }));
  ((x == LIMIT) ? (void) (0) : __assert_fail ("x == LIMIT", "x.c", 2, __extension__ __PRETTY_FUNCTION__));
  return 0;
}
)c";

TEST_CASE("A program that the system's preprocessor has been over is read") {
  for (const auto& [limit, verdict] :
       {std::pair("2", Verdict::kHolds), std::pair("1", Verdict::kError)}) {
    std::string text = kPreprocessed;
    for (std::size_t at = text.find("LIMIT"); at != std::string::npos; at = text.find("LIMIT", at))
      text.replace(at, 5, limit);
    const LoadedScenario loaded = LoadScenario(text, {}, {}, "x.i");
    REQUIRE_MESSAGE(bool(loaded), loaded.diagnostics);
    CHECK(Check(*loaded, {}).verdict == verdict);
  }
}

// A preprocessed text declares whatever its headers do.
TEST_CASE("What cancels threads is there for those who call it alone") {
  const std::string declarations =
      "typedef unsigned long int pthread_t;\n"
      "typedef unsigned int pthread_key_t;\n"
      "extern int pthread_cancel (pthread_t __th);\n"
      "extern int pthread_key_create (pthread_key_t *__key, void (*__destr) (void *));\n"
      "extern int pthread_join (pthread_t __th, void **__thread_return);\n"
      "extern int pthread_create (pthread_t *__t, const void *__a, void *(*__s) (void *),\n"
      "     void *__arg);\n"
      "extern unsigned int sleep (unsigned int __seconds);\n"
      "static void *worker(void *arg) { sleep(1); return arg; }\n"
      "int main(void)\n{\n  pthread_t t;\n  pthread_create(&t, ((void *)0), worker, ((void "
      "*)0));\n";
  const std::string end = "  pthread_join(t, ((void *)0));\n  return 0;\n}\n";
  const auto has = [](const LoadedScenario& loaded, const std::string& name) {
    return std::any_of(loaded.scenario->memory.begin(), loaded.scenario->memory.end(),
                       [&](const Symbol* symbol) { return symbol->name == name; });
  };
  const LoadedScenario mere = LoadScenario(declarations + end, {}, {}, "x.i");
  REQUIRE_MESSAGE(bool(mere), mere.diagnostics);
  CHECK(has(mere, "the_program"));
  CHECK_FALSE(has(mere, "the_cancellation"));
  CHECK_FALSE(has(mere, "the_keys"));
  const LoadedScenario used =
      LoadScenario(declarations + "  pthread_cancel(t);\n" + end, {}, {}, "x.i");
  REQUIRE_MESSAGE(bool(used), used.diagnostics);
  CHECK(has(used, "the_cancellation"));
  CHECK_FALSE(has(used, "the_keys"));
  CHECK(Check(*used, {}).verdict == Verdict::kHolds);
}

}  // namespace
}  // namespace interleave
