// Several programs in C beside each other: each with a `main`, each with memory of its own.

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "model/report/text.h"
#include "model/search/check.h"
#include "tests/support/check_text.h"
#include "tests/support/scenario_loader.h"
#include "tests/support/scratch.h"

namespace interleave {
namespace {

using ProgramFiles = std::vector<std::pair<std::string, std::string>>;

CheckResult CheckPrograms(const ProgramFiles& files, std::size_t units, Verdict verdict) {
  const LoadedScenario loaded = LoadFiles(files, units);
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  CheckOptions options;
  options.reduce = {.partial_order = true};
  options.max_states = 200'000;
  CheckResult result = Check(*loaded, options);
  const std::string report = RenderText(*loaded, *loaded.source, result, {});
  CHECK_MESSAGE(result.verdict == verdict, report);
  return result;
}

std::vector<std::string> ProcessNames(const LoadedScenario& loaded) {
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  std::vector<std::string> names;
  for (const ProcessInstance& process : loaded.program->processes) names.push_back(process.name);
  return names;
}

// Of a cell of the type CELL.
constexpr const char* kMapping =
    "#include <assert.h>\n#include <fcntl.h>\n#include <stdatomic.h>\n#include <sys/mman.h>\n"
    "#include <unistd.h>\nstatic CELL *Attach(void)\n{\n"
    "    int fd = shm_open(\"/cell\", O_CREAT | O_RDWR, 0600);\n"
    "    ftruncate(fd, sizeof(CELL));\n"
    "    return mmap(NULL, sizeof(CELL), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);\n}\n";

TEST_CASE("Programs have their own globals, functions and types of the same names") {
  const std::string first =
      "#include <assert.h>\nstruct pair { int a, b; };\nenum { SIZE = 2 };\nint x = 1;\n"
      "int next(void) { return ++x; }\n"
      "int main(void)\n{\n    struct pair p = {1, SIZE};\n"
      "    assert(next() == 2 && x == 2 && p.b == 2);\n    return 0;\n}\n";
  const std::string second =
      "#include <assert.h>\nstruct pair { long c; };\nenum { SIZE = 5 };\nint x = 7;\n"
      "int next(void) { x += 10; return x; }\n"
      "int main(void)\n{\n    struct pair p = {SIZE};\n"
      "    assert(next() == 17 && x == 17 && p.c == 5 && sizeof(struct pair) == 8);\n"
      "    return 0;\n}\n";
  CheckPrograms({{"one.c", first}, {"two.c", second}}, 2, Verdict::kHolds);
  CheckPrograms({{"two.c", second}, {"one.c", first}}, 2, Verdict::kHolds);
  // None of them is not looked at.
  for (const char* wrong : {"x == 17", "next() == 17", "p.c == 5"}) {
    std::string broken = second;
    broken.replace(broken.find(wrong), std::string(wrong).size(), "x == 3");
    CheckPrograms({{"one.c", first}, {"two.c", broken}}, 2, Verdict::kError);
    CheckPrograms({{"two.c", broken}, {"one.c", first}}, 2, Verdict::kError);
  }
}

TEST_CASE("Pointers to functions are a program's own, and members keep their names") {
  const std::string first =
      "#include <assert.h>\nstatic int one(int x) { return x; }\n"
      "static int (*fp)(int) = one;\ntypedef int (*cb_t)(int);\n"
      "static int (*table[2])(int) = {one, one};\nint len = 3;\n"
      "int main(void)\n{\n    cb_t c = one;\n"
      "    assert(fp(1) + c(2) + table[1](3) + len == 9);\n    return 0;\n}\n";
  const std::string second =
      "#include <assert.h>\n#include <stddef.h>\nstruct q { int a; int len; };\n"
      "static int len = 7;\nstatic int two(void) { return 2; }\nstatic int (*fp)(void) = two;\n"
      "typedef int (*cb_t)(void);\nstatic int (*table[2])(void) = {two, two};\n"
      "int main(void)\n{\n    cb_t c = two;\n"
      "    assert(fp() + c() + table[0]() + len == 13 && offsetof(struct q, len) == 4);\n"
      "    return 0;\n}\n";
  CheckPrograms({{"one.c", first}, {"two.c", second}}, 2, Verdict::kHolds);
  CheckPrograms({{"two.c", second}, {"one.c", first}}, 2, Verdict::kHolds);
}

TEST_CASE("What a header defines each program has for itself") {
  const std::string header = "int count;\nstatic int add(void)\n{\n    return ++count;\n}\n";
  const std::string text =
      "#include <assert.h>\n#include \"own.h\"\n"
      "int main(void)\n{\n    add();\n    assert(add() == 2 && count == 2);\n    return 0;\n}\n";
  CheckPrograms({{"a.c", text}, {"b.c", text}, {"own.h", header}}, 2, Verdict::kHolds);
}

TEST_CASE("Units without a main are part of each program") {
  const std::string unit = "static int n;\nint next(void) { return ++n; }\n";
  const std::string text =
      "#include <assert.h>\nint next(void);\n"
      "int main(void)\n{\n    next();\n    assert(next() == 2);\n    return 0;\n}\n";
  CheckPrograms({{"a.c", text}, {"b.c", text}, {"unit.c", unit}}, 3, Verdict::kHolds);
  CheckPrograms({{"unit.c", unit}, {"a.c", text}, {"b.c", text}}, 3, Verdict::kHolds);
  std::string third = text;
  third.replace(third.find("== 2"), 4, "== 3");
  CheckPrograms({{"a.c", text}, {"b.c", third}, {"unit.c", unit}}, 3, Verdict::kError);
}

TEST_CASE("What one program defines another has not") {
  const LoadedScenario loaded =
      LoadFiles({{"a.c", "int f(void) { return 1; }\nint main(void) { return f(); }\n"},
                 {"b.c", "int f(void);\nint main(void) { return f(); }\n"}},
                2);
  CHECK_FALSE(loaded);
  CHECK_MESSAGE(Has(loaded.diagnostics, "b.c:2:25: error: "), loaded.diagnostics);
}

TEST_CASE("Processes are called after the files of their programs") {
  const std::string text = "int main(void) { return 0; }\n";
  CHECK(ProcessNames(LoadFiles({{"d/producer.c", text}, {"e/consumer.c", text}}, 2)) ==
        std::vector<std::string>{"producer", "consumer"});
  CHECK(ProcessNames(LoadFiles({{"d/main.c", text}, {"e/main.c", text}}, 2)) ==
        std::vector<std::string>{"main", "main_"});
  CHECK(ProcessNames(LoadFiles({{"for.c", text}, {"process.c", text}, {"3-a.c", text}}, 3)) ==
        std::vector<std::string>{"for_", "process_", "__a"});
  // A program that is alone is called as ever.
  CHECK(ProcessNames(LoadFiles({{"producer.c", text}})) == std::vector<std::string>{"main"});
  // Who forks is a row.
  const std::string forks =
      "#include <unistd.h>\nint main(void)\n{\n    fork();\n    return 0;\n}\n";
  CHECK(ProcessNames(LoadFiles({{"a.c", text}, {"b.c", forks}}, 2)) ==
        std::vector<std::string>{"a", "b[0]", "b[1]"});
}

TEST_CASE("Programs meet in shared memory objects") {
  const auto writes = [](const std::string& cell) {
    return "#define CELL " + cell + "\n" + kMapping +
           "int main(void)\n{\n    CELL *cell = Attach();\n    *cell = 5;\n    return 0;\n}\n";
  };
  const auto reads = [](const std::string& cell, const std::string& condition) {
    return "#define CELL " + cell + "\n" + kMapping +
           "int main(void)\n{\n    CELL *cell = Attach();\n    int seen = *cell;\n    assert(" +
           condition + ");\n    return 0;\n}\n";
  };
  const std::string atomic = "atomic_int";
  CheckPrograms({{"a.c", writes(atomic)}, {"b.c", reads(atomic, "seen == 0 || seen == 5")}}, 2,
                Verdict::kHolds);
  for (const char* not_always : {"seen == 0", "seen == 5"}) {
    CheckPrograms({{"a.c", writes(atomic)}, {"b.c", reads(atomic, not_always)}}, 2,
                  Verdict::kError);
  }
  CheckPrograms({{"a.c", writes("int")}, {"b.c", reads("int", "seen == 0 || seen == 5")}}, 2,
                Verdict::kRace);
}

TEST_CASE("Each program forks processes of its own") {
  const auto text = [](int code) {
    return "#include <assert.h>\n#include <stdlib.h>\n#include <sys/wait.h>\n#include <unistd.h>\n"
           "int mine = " +
           std::to_string(code) +
           ";\n"
           "int main(void)\n{\n    if (fork() == 0)\n        exit(mine);\n    int s;\n"
           "    assert(wait(&s) > 0 && WEXITSTATUS(s) == " +
           std::to_string(code) + ");\n    assert(wait(&s) == -1);\n    return 0;\n}\n";
  };
  CheckPrograms({{"a.c", text(3)}, {"b.c", text(4)}}, 2, Verdict::kHolds);
  std::string wrong = text(4);
  wrong.replace(wrong.find("== 4"), 4, "== 3");
  CheckPrograms({{"a.c", text(3)}, {"b.c", wrong}}, 2, Verdict::kError);
}

TEST_CASE("What several programs may not have is said") {
  const std::string text = "int main(void) { return 0; }\n";
  ProgramFiles many;
  for (char name = 'a'; name <= 'i'; ++name) many.push_back({std::string(1, name) + ".c", text});
  LoadedScenario loaded = LoadFiles(many, many.size());
  CHECK_FALSE(loaded);
  CHECK_MESSAGE(Has(loaded.diagnostics, "at most 8 programs may run beside each other"),
                loaded.diagnostics);
  const std::string threads =
      "#include <pthread.h>\nstatic void *work(void *arg) { return arg; }\n"
      "int main(void)\n{\n    pthread_t t;\n    pthread_create(&t, NULL, work, NULL);\n"
      "    return pthread_join(t, NULL);\n}\n";
  loaded = LoadFiles({{"a.c", text}, {"b.c", threads}}, 2);
  CHECK_FALSE(loaded);
  CHECK_MESSAGE(Has(loaded.diagnostics, "of several programs none may start threads so far"),
                loaded.diagnostics);
}

TEST_CASE("On the command line") {
  const Scratch scratch;
  scratch.Write("a.c",
                "//@ with \"b.c\";\n//@ expect holds;\nint main(void)\n{\n    return 0;\n}\n");
  scratch.Write("b.c", "int main(void)\n{\n    return 1;\n}\n");
  CHECK(scratch.Call({"test", "."}).out == "./a.c: 1 passed\n1 file: 1 passed, 0 failed\n");
  CHECK(scratch.Call({"check", "a.c"}).code == 0);
  CHECK(scratch.Call({"check", "b.c", "a.c"}).code == 0);
  CHECK(scratch.Call({"check", "b.c"}).code == 0);
  const Scratch::Output twice = scratch.Call({"check", "b.c", "./b.c"});
  CHECK(twice.code == 1);
  CHECK(Has(twice.err, "./b.c is named twice"));
}

}  // namespace
}  // namespace interleave
