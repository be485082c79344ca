// Kinds of objects: that a folder is all that a kind needs, that an operation is one step, and that
// what a kind declares about its operations is so. StateCounts of objects are compared with those
// of the same scenario in plain code, where an operation is an atomic block.

#include <doctest/doctest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "model/conform/conform.h"
#include "model/conform/stress.h"
#include "model/search/check.h"
#include "sim/objects/kinds.h"
#include "sim/program/build.h"
#include "sim/program/emit_real.h"
#include "sim/program/stepper.h"
#include "sim/program/words.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

namespace fs = std::filesystem;

const char* const kToyFolder = INTERLEAVE_SOURCE_DIR "/tests/objects";

// The kinds that are compiled in, and those of tests/objects.
const KindLibrary& WithToys() {
  static const auto* const kLibrary = [] {
    auto* library = new KindLibrary;
    for (const auto& [name, files] : CompiledInKinds()) library->Add(name, files);
    library->AddFolders(kToyFolder);
    return library;
  }();
  return *kLibrary;
}

struct WithToyKinds {
  explicit WithToyKinds(const std::string& text, const OptionOverrides& options = {})
      : source("test.scn", text),
        built(BuildProgram(source, {}, options, diagnostics, WithToys())) {}
  std::string Said() const { return diagnostics.Render(source); }

  Source source;
  Diagnostics diagnostics;
  BuiltProgram built;
};

struct StateCounts {
  Verdict verdict = Verdict::kHolds;
  uint64_t states = 0, transitions = 0;
  bool operator==(const StateCounts&) const = default;
};

StateCounts CountsOf(const std::string& text, const char* granularity) {
  const WithToyKinds built(text, {{"granularity", granularity}});
  REQUIRE_MESSAGE(built.built.program != nullptr, built.Said());
  const CheckResult result = Check(*built.built.program, {});
  return {result.verdict, result.states, result.transitions};
}

// A scenario with objects, and the same in plain code.
struct Twins {
  const char* name;
  std::string objects, plain;
};

const std::string kVisitors =
    "process guard { repeat (2) OPEN; }\n"
    "process visitor[3] { int number; PUSH; served = number; }\n"
    "invariant order: served <= 2;\n";

std::string Replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

std::vector<Twins> AllTwins() {
  const std::string toy =
      "shared turnstile gate;\nshared int served = 0;\n" +
      Replaced(Replaced(kVisitors, "OPEN", "unlock(gate)"), "PUSH", "number = push(gate)");
  const std::string toy_plain =
      "shared int passed = 0; shared bool open = 0;\nshared int served = 0;\n" +
      Replaced(Replaced(kVisitors, "OPEN", "open = true"), "PUSH",
               "atomic { await (open); open = false; passed++; number = passed; }");
  return {
      {"a toy kind of its own folder", toy, toy_plain},
      {"a kind of the scenario's own, with a function of several steps",
       "object counter {\n"
       "    int value, most;\n"
       "    op void add(int n) { value = value + n; note(); }\n"
       "    op int get() { return value; }\n"
       "    op void note() { if (value > most) most = value; }\n"
       "    void add_twice(int n) { add(n); add(n); }\n"
       "}\n"
       "shared counter c[2];\n"
       "process p[2] { add_twice(c[self], 1); int x = get(c[1 - self]); add(c[0], x); }\n",
       "shared int value[2] = {}, most[2] = {};\n"
       "void add(int i, int n) { atomic { value[i] = value[i] + n;\n"
       "  if (value[i] > most[i]) most[i] = value[i]; } }\n"
       "process p[2] { add(self, 1); add(self, 1); int x;\n"
       "  atomic { x = value[1 - self]; } add(0, x); }\n"},
      {"a parameter that the operation changes",
       "object cell { int value; op void put(int n) { while (n > 3) n = n - 3; value = n; } }\n"
       "shared cell c;\n"
       "process p { for (int i = 0; i < 9; i++) put(c, i); }\n"
       "process q { put(c, 100); }\n",
       "shared int value = 0;\n"
       "process p { for (int i = 0; i < 9; i++)\n"
       "  atomic { int n = i; while (n > 3) n = n - 3; value = n; } }\n"
       "process q { atomic { int n = 100; while (n > 3) n = n - 3; value = n; } }\n"},
      {"an operation as the first of an atomic block, and inside a guard",
       "shared turnstile gate;\nshared int served = 0;\n"
       "process guard { unlock(gate); await (!is_open(gate)); unlock(gate); }\n"
       "process visitor[2] { atomic { int n = push(gate); served = served + n; } }\n",
       "shared int passed = 0; shared bool open = 0;\nshared int served = 0;\n"
       "process guard { open = true; await (!open); open = true; }\n"
       "process visitor[2] { atomic { await (open); open = false; passed++;\n"
       "  served = served + passed; } }\n"},
  };
}

TEST_CASE("A folder of kinds that is not there is named") {
  KindLibrary library;
  CHECK_THROWS_WITH(library.AddFolders("/no/such/folder"),
                    "/no/such/folder: cannot be read: No such file or directory");
}

TEST_CASE("An operation is one step: objects have the counts of the same atomic blocks") {
  for (const Twins& pair : AllTwins()) {
    for (const char* granularity : {"access", "statement"}) {
      CAPTURE(pair.name);
      CAPTURE(granularity);
      const StateCounts objects = CountsOf(pair.objects, granularity);
      const StateCounts plain = CountsOf(pair.plain, granularity);
      CHECK(objects.states == plain.states);
      CHECK(objects.transitions == plain.transitions);
      CHECK(objects.verdict == plain.verdict);
      CHECK(objects.states > 5);
    }
  }
}

TEST_CASE("An object's type is named as it is written, and has a cell for each scalar") {
  const WithToyKinds built(
      "shared queue<int> unbounded; shared queue<char, 4> bounded[2]; shared turnstile gate;\n"
      "process p { append(unbounded, 1); append(bounded[1], 'c'); unlock(gate); }\n");
  REQUIRE_MESSAGE(built.built.program != nullptr, built.Said());
  const Program& program = *built.built.program;
  CHECK(TypeName(*program.objects[0].symbol->type) == "queue<int>");
  CHECK(program.objects[0].cells == 65);
  CHECK(TypeName(*program.objects[1].symbol->type) == "queue<char, 4> [2]");
  CHECK(program.objects[1].cells == 10);
  CHECK(program.objects[1].stride == 5);
  CHECK(TypeName(*program.objects[2].symbol->type) == "turnstile");
  CHECK(SlotName(program, program.objects[1].base + 5) == "bounded[1].length");
  CHECK(SlotName(program, program.objects[1].base + 7) == "bounded[1].1");
  CHECK(PlaceName(program, program.objects[1].base + 5) == "bounded[1]");
  CHECK(SlotName(program, program.objects[2].base + 1) == "gate.open");
}

TEST_CASE("An operation tells one event with its arguments and its result") {
  const WithToyKinds built(
      "shared queue<int, 2> q; shared turnstile gate;\n"
      "process p { append(q, 7); int x = take(q); unlock(gate); x = push(gate); }\n");
  REQUIRE_MESSAGE(built.built.program != nullptr, built.Said());
  const Program& program = *built.built.program;
  Stepper stepper(program);
  std::vector<int64_t> state = program.initial;
  REQUIRE(stepper.Start(state.data(), 0) == StepStatus::kOk);
  std::vector<Event> events;
  stepper.set_log(&events);
  struct Expected {
    const char* operation;
    const char* text;
    int64_t value, argument;
    const char* object_after;
  };
  const std::vector<Expected> all = {
      {"append", "appends 7", 7, 7, "[7]"},
      {"take", "takes 7", 7, 0, "[]"},
      {"unlock", "unlocks", 0, 0, "{passed = 0, open = 1}"},
      {"push", "goes through as visitor 1", 1, 0, "{passed = 1, open = 0}"},
  };
  for (const Expected& expected : all) {
    events.clear();
    REQUIRE(stepper.Step(state.data(), 0) == StepStatus::kOk);
    REQUIRE(events.size() == 1);
    CHECK(events[0].kind == Event::Kind::kOperation);
    const Operation& operation = program.operations[events[0].operation];
    CHECK(operation.name() == expected.operation);
    CHECK(events[0].value == expected.value);
    CHECK(events[0].arguments[0] == expected.argument);
    CHECK(TextOf(program, events[0]).Parts().front() == expected.text);
    CHECK(ObjectText(program, state.data(), events[0].address) == expected.object_after);
  }
}

// What the files words.json declare of operations that commute, tried out on all contents of small
// objects: in either order both lead to the same state, neither disables the other, and the member
// that counts moves one way only.
TEST_CASE("Operations that are declared to commute do so on every content of small objects") {
  int compared = 0;
  for (int capacity = 1; capacity <= 4; ++capacity) {
    const WithToyKinds built(
        "shared queue<int, " + std::to_string(capacity) +
        "> q;\nprocess a { append(q, 1); }\nprocess b { int x = take(q); append(q, "
        "x); }\n");
    REQUIRE_MESSAGE(built.built.program != nullptr, built.Said());
    const Program& program = *built.built.program;
    REQUIRE(program.operations[0].group == Operation::Group::kFirst);
    REQUIRE(program.operations[1].group == Operation::Group::kSecond);
    const uint32_t base = program.objects[0].base;
    std::vector<int64_t> start = program.initial;
    Stepper stepper(program);
    for (int p = 0; p < 2; ++p) REQUIRE(stepper.Start(start.data(), p) == StepStatus::kOk);
    int contents = 1;
    for (int length = 0; length <= capacity; ++length, contents *= 3) {
      for (int number = 0; number < contents; ++number) {
        std::vector<int64_t> state = start;
        state[base] = length;
        for (int k = 0, rest = number; k < length; ++k, rest /= 3) {
          state[base + 1 + static_cast<uint32_t>(k)] = rest % 3;
        }
        const auto step = [&](std::vector<int64_t> from, int p) {
          const int64_t before = from[base];
          const StepStatus status = stepper.Step(from.data(), p);
          if (status == StepStatus::kOk) {
            CHECK((p == 0 ? from[base] >= before : from[base] <= before));
          }
          return std::make_pair(status, from);
        };
        const auto a = step(state, 0);
        const auto b = step(state, 1);
        if (a.first != StepStatus::kOk || b.first != StepStatus::kOk) continue;
        const auto ab = step(a.second, 1);
        const auto ba = step(b.second, 0);
        CHECK(ab.first == StepStatus::kOk);
        CHECK(ba.first == StepStatus::kOk);
        CHECK(ab.second == ba.second);
        ++compared;
      }
    }
  }
  CHECK(compared == 0 + 3 + (3 + 9) + (3 + 9 + 27));  // neither empty nor full, items 0 to 2
  const WithToyKinds unbounded("shared queue<int> q;\nprocess a { append(q, 1); }\n");
  REQUIRE(unbounded.built.program != nullptr);
  CHECK(unbounded.built.program->operations[0].group == Operation::Group::kNone);
}

TEST_CASE("wait and signal of a semaphore commute wherever both are enabled") {
  int compared = 0;
  for (int64_t value = 0; value < 6; ++value) {
    const Source source("test.scn",
                        "semaphore s = 1;\nprocess a { signal(s); }\nprocess b { wait(s); }\n");
    Diagnostics diagnostics;
    const BuiltProgram library = BuildProgram(source, {}, {}, diagnostics);
    REQUIRE_MESSAGE(library.program != nullptr, diagnostics.Render(source));
    const Program& program = *library.program;
    REQUIRE(program.operations[0].group == Operation::Group::kFirst);
    REQUIRE(program.operations[1].group == Operation::Group::kSecond);
    Stepper stepper(program);
    std::vector<int64_t> state = program.initial;
    for (int p = 0; p < 2; ++p) REQUIRE(stepper.Start(state.data(), p) == StepStatus::kOk);
    state[program.objects[0].base] = value;
    const auto run = [&](std::initializer_list<int> order) {
      std::vector<int64_t> at = state;
      for (const int p : order) {
        if (stepper.Step(at.data(), p) != StepStatus::kOk) at.clear();
        if (at.empty()) break;
      }
      return at;
    };
    if (run({0}).empty() || run({1}).empty()) continue;
    CHECK(run({0, 1}) == run({1, 0}));
    CHECK_FALSE(run({0, 1}).empty());
    ++compared;
  }
  CHECK(compared == 5);
}

TEST_CASE("The library's kinds mean what atomic blocks in plain code mean") {
  const std::string plain =
      "void take(int *s) { atomic { await (*s > 0); *s = *s - 1; } }\n"
      "void give(int *s) { atomic { *s = *s + 1; } }\n";
  const std::string user =
      "shared int x = 0;\nprocess p[2] { GET; x = x + 1; PUT; }\nprocess q { GET; PUT; }\n";
  const auto with = [&](const std::string& get, const std::string& put) {
    return Replaced(Replaced(user, "GET", get), "PUT", put);
  };
  const StateCounts by_hand =
      CountsOf("shared int s = 1;\n" + plain + with("take(&s)", "give(&s)"), "access");
  CHECK(by_hand.states > 20);
  CHECK(by_hand.verdict == Verdict::kHolds);
  const std::vector<std::string> others = {
      "semaphore s = 1;\n" + with("wait(s)", "signal(s)"),
      "mutex s;\n" + with("lock(s)", "unlock(s)"),
      "spinlock s;\n" + with("lock(&s)", "unlock(&s)"),
      "rwlock s;\n" + with("write_lock(s)", "unlock(s)"),
      "#include <semaphore.h>\nsem_t s = 1;\n" + with("sem_wait(&s)", "sem_post(&s)"),
      "#include <pthread.h>\npthread_mutex_t s;\n" +
          with("pthread_mutex_lock(&s)", "pthread_mutex_unlock(&s)"),
      "#include <pthread.h>\nstruct { int n; pthread_spinlock_t lock_; } s[2];\n" +
          with("pthread_spin_lock(&s[1].lock_)", "pthread_spin_unlock(&s[1].lock_)"),
  };
  for (const std::string& text : others) {
    const Source source("test.scn", text);
    Diagnostics diagnostics;
    const BuiltProgram built = BuildProgram(source, {}, {}, diagnostics);
    REQUIRE_MESSAGE(built.program != nullptr, diagnostics.Render(source));
    CHECK_MESSAGE(diagnostics.Render(source).empty(), diagnostics.Render(source));
    const CheckResult result = Check(*built.program, {});
    CAPTURE(text);
    CHECK(result.states == by_hand.states);
    CHECK(result.transitions == by_hand.transitions);
    CHECK(result.verdict == by_hand.verdict);
  }
}

TEST_CASE("What is wrong with an object is said with its place") {
  struct Case {
    const char* text;
    const char* said;
  };
  const std::string process = "process p { step; }\n";
  const std::vector<Case> cases = {
      {"object o { int v; op void f() { v = 1; await (v > 0); } }\nshared o x;\n",
       "`await` stands in `atomic` only as the first statement"},
      {"object o { int v; op void f() { v = w; } }\nshared o x;\n", "`w` is not declared"},
      {"object o { }\nshared o x;\n", "an object needs members"},
      {"object o { int v; op void f(); }\nshared o x;\n", "has its body here"},
      {"object o { int v; }\nprocess q { o x; }\n", "a o is always shared"},
      {"object o { int v; }\nghost o x;\n", "a o is always shared"},
      {"object o { int v; }\nshared o x = {1};\n", "a o has no initialiser"},
      {"shared queue<int, 0> q;\n", "the capacity of a queue is 1 to 1024, not 0"},
      {"shared queue<int, 2, 3> q;\n", "a queue takes 2 arguments, 3 given"},
      {"shared turnstile gate;\nprocess q { gate = gate; }\n", "a turnstile"},
      {"shared turnstile gate;\nprocess q { unlock(gate, 1); }\n",
       "`unlock` takes 1 argument, 2 given"},
      {"shared int x = 0;\nprocess q { unlock(x); }\n",
       "`unlock` needs a mutex, an rwlock, an rwlock_writers_first, a spinlock or a turnstile, "
       "this "
       "is int"},
      {"shared turnstile gate;\ninvariant i: push(gate) == 1;\n", "`push` in a property"},
      {"shared turnstile gate;\nprocess q { atomic { unlock(gate); int n = push(gate); } }\n",
       "`push` may block: in `atomic` only as the first statement"},
      {"shared turnstile gate;\nghost int g = 0;\nprocess q { step; ghost unlock(gate); }\n",
       "a ghost statement must not change a turnstile"},
      {"process q { limit (1); }\n", "there is no function `limit`"},
      {"object o { int v; op void f() { f(); } }\nshared o x;\nprocess q { f(x); }\n",
       "`f` calls itself"},
  };
  for (const Case& one : cases) {
    const WithToyKinds built(one.text + process);
    CAPTURE(one.text);
    CAPTURE(built.Said());
    CHECK(built.built.program == nullptr);
    CHECK(built.Said().find(one.said) != std::string::npos);
  }
}

// Runs the tool with the kinds of tests/objects; what it prints.
struct ToolOutput {
  int code = -1;
  std::string out;
};

ToolOutput RunWithToys(const std::string& arguments, const fs::path& folder) {
  const std::string command = "cd '" + folder.string() + "' && INTERLEAVE_OBJECTS='" + kToyFolder +
                              "' '" INTERLEAVE_BINARY "' " + arguments + " 2>&1";
  ToolOutput ran;
  FILE* const pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 4096> block{};
  for (std::size_t n; (n = fread(block.data(), 1, block.size(), pipe)) > 0;) {
    ran.out.append(block.data(), n);
  }
  const int status = pclose(pipe);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

TEST_CASE("Every command knows a kind of a folder that it is told of") {
  std::string pattern = (fs::temp_directory_path() / "interleave_objects_XXXXXX").string();
  REQUIRE(mkdtemp(pattern.data()) != nullptr);
  const fs::path folder = pattern;
  std::ofstream(folder / "toy.scn")
      << "shared turnstile gate;\nshared int served = 0;\n"
         "process guard { unlock(gate); await (!is_open(gate)); unlock(gate); }\n"
         "process visitor[2] { int number = push(gate); served = number; }\n"
         "never two: served == 2;\n";
  struct Call {
    const char* arguments;
    int code;
    const char* said;
  };
  const std::vector<Call> calls = {
      {"check toy.scn --schedule toy.sched", 12, "goes through as visitor 2"},
      {"check toy.scn --json", 12, "\"kind\": \"push\""},
      {"check toy.scn --keep-going --reduce none --engine native", 12, "VIOLATED"},
      {"check toy.scn --reduce all", 12, "VIOLATED"},
      {"replay toy.scn toy.sched", 12, "unlocks the gate"},
      {"replay toy.scn toy.sched --world both", 12, "none differs"},
      {"run toy.scn --random 1", -1, "gate"},
      {"conform toy.scn", 0, "no mismatch"},
      {"check toy.scn --world real", -1, "on real processes"},
      {"stress toy.scn --runs 200", -1, "under one lock: gate"},
      {"graph toy.scn --format aut", 0, "goes through as visitor 1"},
      {"graph toy.scn --format dot", 0, "gate"},
      {"graph toy.scn --of program --format dot", 0, "pushes"},
      {"graph toy.scn --of schedule toy.sched --format dot", 0, "push 1"},
      {"graph toy.scn --format html -o toy.html", 0, ""},
      {"show toy.scn", 0, "begin of turnstile.push"},
      {"show --library", 0, "unlocks the OBJECT"},
      {"show --library", 0, "(a real thing is behind it)"},
      {"show --library semaphore", 0, "sem_trywait"},
      {"show --library nothing", 1, "there is no kind `nothing`"},
      {"fmt toy.scn", 0, "shared turnstile gate;"},
      {"test toy.scn", -1, ""},
  };
  for (const Call& call : calls) {
    const ToolOutput ran = RunWithToys(call.arguments, folder);
    CAPTURE(call.arguments);
    CAPTURE(ran.out);
    if (call.code >= 0) CHECK(ran.code == call.code);
    CHECK(ran.out.find(call.said) != std::string::npos);
  }
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

// --- Real things ---

std::string TextOf(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The toy kinds, of which that of `kind` has `what` of its real.c replaced.
KindLibrary WithFault(const std::string& kind, const std::string& what, const std::string& by) {
  KindLibrary library;
  library.AddFolders(kToyFolder);
  const std::string real = library.Find(kind)->real;
  REQUIRE(real.find(what) != std::string::npos);
  library.Add(kind, {{"model.scn", library.Find(kind)->model},
                     {"words.json", TextOf(fs::path(kToyFolder) / kind / "words.json")},
                     {"real.c", Replaced(real, what, by)}});
  return library;
}

ConformResult ConformWith(const std::string& text, const KindLibrary& library) {
  const Source source("test.scn", text);
  Diagnostics diagnostics;
  const BuiltProgram built = BuildProgram(source, {}, {}, diagnostics, library);
  REQUIRE_MESSAGE(built.program != nullptr, diagnostics.Render(source));
  return Conform(*built.program, {});
}

const std::string kPasses =
    "shared semaphore s[2];\nshared int x = 0;\n"
    "process a { wait(s[1]); x = get(s[1]); post(s[0]); }\n"
    "process b[2] { post(s[1]); if (get(s[0]) == 1) x = 5; }\n";
const std::string kStreams =
    "shared stream s;\nshared int got = 0;\n"
    "process a { send(s, 3); send(s, 1); }\n"
    "process b { int n = receive(s, 2); got = n; n = receive(s, 2); got = got + n; }\n";

TEST_CASE("The real thing behind a kind agrees with its model in every transition") {
  const ConformResult result = ConformWith(kPasses, WithToys());
  CHECK_MESSAGE(result.conforms, result.difference);
  CHECK(result.complete);
  CHECK(result.covered == result.required);
  CHECK(result.blocked > 0);
  const ConformResult queue = ConformWith(
      "shared queue<char, 2> q; shared queue<int> u;\n"
      "process p { append(q, 'a'); append(q, 'b'); append(q, 'c'); append(u, 7); }\n"
      "process c { repeat (3) { char x = take(q); } int y = take(u); if (empty(u)) y = 1; }\n",
      WithToys());
  CHECK_MESSAGE(queue.conforms, queue.difference);
  CHECK(queue.complete);
  CHECK(queue.blocked > 0);
}

// Every operation of the library's kinds that has a real form.
const std::string kLibrary =
    "semaphore s = 2; mutex m; spinlock l; rwlock w;\nshared int x = 0;\n"
    "process a[2] { wait(s); lock(m); x = get_value(s); unlock(m); signal(s); }\n"
    "process b { if (trywait(s)) signal(s); lock(l); unlock(l); read_lock(w); unlock(w); }\n"
    "process c { write_lock(w); unlock(w); if (trylock(m)) unlock(m); if (trylock(l)) unlock(l); "
    "}\n";
const std::string kSleepers =
    "mutex m; condition c; barrier b = 2;\nshared bool ready = false;\n"
    "process waiter { lock(m); while (!ready) wait(c, &m); unlock(m); wait(b); }\n"
    "process setter { lock(m); ready = true; signal(c); unlock(m); wait(b); }\n";

TEST_CASE("The library's kinds agree with POSIX's in every transition") {
  for (const std::string& text : {kLibrary, kSleepers}) {
    const ConformResult result = ConformWith(text, KindLibrary::Default());
    CHECK_MESSAGE(result.conforms, result.difference);
    CHECK(result.complete);
    CHECK(result.covered == result.required);
    CHECK(result.blocked > 0);
  }
  // A semaphore that starts with another value than the model's.
  KindLibrary faulty;
  for (auto [name, files] : CompiledInKinds()) {
    if (name == "semaphore")
      files["real.c"] = Replaced(files["real.c"], "REAL_INITIAL(value)", "0");
    faulty.Add(name, files);
  }
  const ConformResult differs =
      ConformWith("semaphore s = 1;\nprocess p { wait(s); signal(s); }\n", faulty);
  CHECK_FALSE(differs.conforms);
  CHECK(differs.difference.find("semaphore") != std::string::npos);
}

TEST_CASE("What the real thing chooses is matched with an outcome of the model") {
  const ConformResult result = ConformWith(kStreams, WithToys());
  CHECK_MESSAGE(result.conforms, result.difference);
  CHECK(result.complete);
  CHECK(result.left > 0);  // it never gives one byte the first time
  CHECK(result.covered + result.left == result.required);
  CHECK(result.covered > 10);
}

TEST_CASE("A real thing that does something else than its model is found, and the words say what") {
  struct Fault {
    const char* kind;
    const char* what;
    const char* by;
    std::vector<const char*> said;
  };
  const std::vector<Fault> faults = {
      {"semaphore",
       "sem_getvalue(&real->semaphore, result);\n",
       "*result = 4;\n",
       {"`get` of s[", "which is a semaphore", "the model:      gives ",
        "the real thing: gives 4"}},
      {"semaphore",
       "sem_post(&real->semaphore);\n",
       "sem_post(&real->semaphore); sem_post(&real->semaphore);\n",
       {"`post` of s[", "leaves s[1].value = 1", "leaves s[1].value = 2"}},
      {"semaphore",
       "return sem_trywait(&real->semaphore) == 0 ? REAL_DONE : REAL_BLOCKS;",
       "return REAL_BLOCKS;",
       {"`wait` of s[1]", "the model:      is made", "the real thing: would block"}},
      {"semaphore",
       "return sem_trywait(&real->semaphore) == 0 ? REAL_DONE : REAL_BLOCKS;",
       "sem_trywait(&real->semaphore); return REAL_DONE;",
       {"`wait` of s[1]", "the model:      is blocked", "the real thing: is made"}},
      {"stream",
       "real_chose(bytes);",
       "real_chose(bytes + 2);",
       {"`receive` of s", "cannot choose so", "chooses 4"}},
      {"stream",
       "*result = bytes;",
       "*result = bytes + 1;",
       {"`receive` of s", "gives 2", "gives 3"}},
  };
  for (const Fault& fault : faults) {
    CAPTURE(fault.by);
    const ConformResult result =
        ConformWith(fault.kind == std::string("stream") ? kStreams : kPasses,
                    WithFault(fault.kind, fault.what, fault.by));
    CHECK_FALSE(result.conforms);
    for (const char* said : fault.said) {
      CHECK_MESSAGE(result.difference.find(said) != std::string::npos, result.difference);
    }
  }
}

TEST_CASE("Processes that run free make real calls, and their ends are judged") {
  const std::string text = kPasses;
  const WithToyKinds built(text);
  REQUIRE_MESSAGE(built.built.program != nullptr, built.Said());
  CHECK(RunsFreeOnRealThing(*built.built.program)[0]);
  StressOptions options;
  options.runs = 3000;
  const StressResult result = Stress(*built.built.program, options);
  CHECK(result.runs == 3000);
  CHECK(result.is_judged);
  CHECK(result.unreachable == 0);
  CHECK(result.stuck == 0);
  CHECK_FALSE(result.finals.empty());

  // A post that is forgotten: the real call blocks for ever, and the run is given up.
  const KindLibrary faulty =
      WithFault("semaphore", "sem_post(&real->semaphore);\n", "(void)real;\n");
  const Source source("test.scn",
                      "shared semaphore s;\nprocess a { wait(s); }\nprocess b { post(s); }\n");
  Diagnostics diagnostics;
  const BuiltProgram stuck = BuildProgram(source, {}, {}, diagnostics, faulty);
  REQUIRE(stuck.program != nullptr);
  options.runs = 2;
  options.stuck_seconds = 0.1;
  const StressResult given_up = Stress(*stuck.program, options);
  CHECK(given_up.runs == 2);
  CHECK(given_up.stuck == 2);

  // The library's.
  const Source locks("test.scn", kLibrary);
  const BuiltProgram real = BuildProgram(locks, {}, {}, diagnostics);
  REQUIRE_MESSAGE(real.program != nullptr, diagnostics.Render(locks));
  for (std::size_t i = 0; i < 4; ++i) CHECK(RunsFreeOnRealThing(*real.program)[i]);
  options = {};
  options.runs = 2000;
  const StressResult on_locks = Stress(*real.program, options);
  CHECK(on_locks.runs == 2000);
  CHECK(on_locks.is_judged);
  CHECK(on_locks.unreachable == 0);
  CHECK(on_locks.stuck == 0);

  // A function of several steps is one real call, where all its objects are real.
  for (const auto& [text_of, is_real] :
       {std::pair(kSleepers, true), std::pair(kSleepers + "process d { atomic { if "
                                                          "(trylock(m)) unlock(m); } }\n",
                                              false)}) {
    const Source sleepers("test.scn", text_of);
    const BuiltProgram whole = BuildProgram(sleepers, {}, {}, diagnostics);
    REQUIRE_MESSAGE(whole.program != nullptr, diagnostics.Render(sleepers));
    const std::vector<bool> runs = RunsFreeOnRealThing(*whole.program);
    CHECK(runs[0] == is_real);  // the mutex
    CHECK(runs[1] == is_real);  // the condition, which needs it
    CHECK(runs[2]);             // the barrier
    CHECK(TakesTurnsOnRealThing(*whole.program) == std::vector<bool>{true, false, false, false});
    options.runs = 500;
    const StressResult free = Stress(*whole.program, options);
    CHECK(free.runs == 500);
    CHECK(free.unreachable == 0);
    CHECK(free.stuck == 0);
  }
  // What the model forbids ends a run before the real call.
  for (const char* wrong : {"mutex m;\nprocess p { unlock(m); }\n",
                            "mutex m; condition c;\nprocess p { wait(c, &m); }\n",
                            "mutex m;\nprocess p { lock(m); destroy(m); }\n"}) {
    const Source misused("test.scn", wrong);
    const BuiltProgram forbidden = BuildProgram(misused, {}, {}, diagnostics);
    REQUIRE(forbidden.program != nullptr);
    options.runs = 10;
    const StressResult ended = Stress(*forbidden.program, options);
    CHECK(ended.errors.size() == 1);
    CHECK(ended.unreachable == 0);
  }
  options.runs = 500;
  // One that does not wait is noticed.
  KindLibrary hasty;
  for (auto [name, files] : CompiledInKinds()) {
    if (name == "barrier")
      files["real.c"] =
          Replaced(files["real.c"], "  pthread_barrier_wait(&real->barrier);\n", "  (void)real;\n");
    hasty.Add(name, files);
  }
  const Source meeting("test.scn",
                       "barrier b = 2;\nshared int x = 0, seen = 9;\n"
                       "process p { for (int i = 0; i < 200; i++) step; x = 1; wait(b); }\n"
                       "process q { wait(b); seen = x; }\n");
  const BuiltProgram early = BuildProgram(meeting, {}, {}, diagnostics, hasty);
  REQUIRE(early.program != nullptr);
  CHECK(Stress(*early.program, options).unreachable > 0);

  // What atomic code works on too stays under the one lock.
  const WithToyKinds locked(
      "shared semaphore s;\nprocess a { atomic { wait(s); } }\nprocess b { post(s); }\n");
  REQUIRE_MESSAGE(locked.built.program != nullptr, locked.Said());
  CHECK_FALSE(RunsFreeOnRealThing(*locked.built.program)[0]);
}

TEST_CASE("What is wrong with a real thing is said when its folder is loaded, with its place") {
  const std::string model = "object gate { int n; op void pass() { await (n > 0); n--; } }\n";
  const std::string whole =
      "struct real { int n; };\nstatic int real_init(struct real *r) { return 0; }\n"
      "static void real_observe(struct real *r) { /* real_none() { */ }\n";
  const auto said = [&](const std::string& real) -> std::string {
    KindLibrary library;
    try {
      library.Add("gate", {{"model.scn", model}, {"real.c", real}});
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  };
  CHECK(said(whole).empty());
  CHECK(said("int x;\n").find("gate/real.c:1:1: `struct real` is missing") == 0);
  CHECK(said("struct real { int n; };\n").find("`real_init` is missing") != std::string::npos);
  const std::string unknown = said(whole + "  static int real_pas(void) { return 0; }\n");
  CHECK(unknown.find("gate/real.c:4:14: `real_pas`: gate has no operation `pas`") == 0);
  CHECK(unknown.find("its operations are pass") != std::string::npos);
  CHECK(said(whole + "static int real_try_pass(struct real *r) { return 0; }\n")
            .find("`real_pass`, which may block, is missing") != std::string::npos);

  // What needs the checked model is said where the kind is used.
  KindLibrary library;
  library.Add("gate", {{"model.scn", model},
                       {"real.c", whole + "static int real_pass(struct real *r) { return 0; }\n"}});
  const Source source("test.scn", "shared gate g;\nprocess p { pass(g); }\n");
  Diagnostics diagnostics;
  CHECK(BuildProgram(source, {}, {}, diagnostics, library).program == nullptr);
  CHECK(diagnostics.Render(source).find("`pass` may block, and has no form that does not") !=
        std::string::npos);
}

}  // namespace
}  // namespace interleave
