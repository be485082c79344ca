// Programs in C of several files: headers of their own and several units, and where things are said
// to be.

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "model/report/text.h"
#include "model/search/check.h"
#include "sim/language/gather_c.h"
#include "tests/support/scenario_loader.h"
#include "tests/support/scratch.h"

namespace interleave {
namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

Verdict VerdictOf(const LoadedScenario& loaded) {
  INFO(loaded.diagnostics);
  REQUIRE(loaded);
  return Check(*loaded, {}).verdict;
}

std::string ReportOf(const LoadedScenario& loaded) {
  INFO(loaded.diagnostics);
  REQUIRE(loaded);
  return RenderText(*loaded, *loaded.source, Check(*loaded, {}), {});
}

TEST_CASE("An offset into a source of several files has a place in its file") {
  const Source source({{"d/a.c", "x\ny"}, {"d/a.h", "z\n"}, {"d/b.h", ""}, {"e/b.h", "w"}});
  CHECK(source.text() == "x\ny\nz\n\n\nw");
  CHECK(source.name() == "d/a.c");
  struct Case {
    uint32_t offset;
    const char* file;
    uint32_t line, column;
    const char* name;
  };
  for (const Case& c :
       {Case{0, "d/a.c", 1, 1, "1"}, Case{2, "d/a.c", 2, 1, "2"}, Case{3, "d/a.c", 2, 2, "2"},
        Case{4, "d/a.h", 1, 1, "a.h:1"}, Case{5, "d/a.h", 1, 2, "a.h:1"},
        Case{6, "d/a.h", 2, 1, "a.h:2"}, Case{7, "d/b.h", 1, 1, "d/b.h:1"},
        Case{8, "e/b.h", 1, 1, "e/b.h:1"}, Case{99, "e/b.h", 1, 2, "e/b.h:1"}}) {
    CAPTURE(c.offset);
    CHECK(source.FileAt(c.offset).name == c.file);
    CHECK(source.Locate(c.offset).line == c.line);
    CHECK(source.Locate(c.offset).column == c.column);
    CHECK(source.LineName(c.offset) == c.name);
  }
  CHECK(source.Line(source.LineIndex(4)) == "z");
  CHECK(source.Slice({2, 6}) == "y");
}

constexpr const char* kCounterHeader =
    "#ifndef COUNTER_H\n"
    "#define COUNTER_H\n"
    "#include <pthread.h>\n"
    "#define ROUNDS 1\n"
    "static int count;\n"
    "static void add(void)\n"
    "{\n"
    "    count++;\n"
    "}\n"
    "#endif\n";
constexpr const char* kCounterMain =
    "#include \"counter.h\"\n"
    "#include \"counter.h\"\n"
    "static void *work(void *arg)\n"
    "{\n"
    "    for (int i = 0; i < ROUNDS; i++)\n"
    "        add();\n"
    "    return arg;\n"
    "}\n"
    "int main(void)\n"
    "{\n"
    "    pthread_t a, b;\n"
    "    pthread_create(&a, NULL, work, NULL);\n"
    "    pthread_create(&b, NULL, work, NULL);\n"
    "    pthread_join(a, NULL);\n"
    "    pthread_join(b, NULL);\n"
    "    return 0;\n"
    "}\n";

TEST_CASE("A header of the program's own is read once, and its lines are its own") {
  const LoadedScenario loaded =
      LoadFiles({{"d/main.c", kCounterMain}, {"d/counter.h", kCounterHeader}});
  const std::string report = ReportOf(loaded);
  INFO(report);
  CHECK(Has(report, "RACE"));
  CHECK(Has(report, "d/main.c:9\n"));  // the race is a property of the program
  CHECK(Has(report, " in line counter.h:8: "));
}

TEST_CASE("Headers are found beside who includes them, then beside the program") {
  const std::string main = "#include \"lib/a.h\"\nint main(void) { return A + B + C + D - 10; }\n";
  const Files files = {{"p/main.c", main},
                       {"p/lib/a.h", "#include \"b.h\"\n#include \"c.h\"\n#define A 1\n"},
                       {"p/lib/b.h", "#pragma once\n#include \"../d.h\"\n#define B 2\n"},
                       {"p/c.h", "#include \"lib/b.h\"\n#define C 3\n"},
                       {"p/d.h", "#include \"main.c\"\n#define D 4\n"}};
  // Which includes main.c again: `main` stands there twice.
  CHECK_FALSE(LoadFiles(files));
  Files right = files;
  right[4].second = "#define D 4\n";
  const LoadedScenario loaded = LoadFiles(right);
  INFO(loaded.diagnostics);
  CHECK(loaded);
}

TEST_CASE("What is wrong with a header is said with its place") {
  struct Case {
    std::string main;
    std::string header;
    std::string says;
  };
  const std::string main = "#include \"own.h\"\nint main(void) { return 0; }\n";
  for (const Case& c : {
           Case{"\n  #include \"other.h\"\nint main(void) { return 0; }\n", "",
                "d/main.c:2:3: error: there is no file `other.h`\n"
                "  #include \"other.h\"\n"
                "  ^~~~~~~~~~~~~~~~~~\n"
                "hint: looked in the folder `d`\n"},
           Case{main, "#include \"x/other.h\"\n",
                "d/own.h:1:1: error: there is no file `x/other.h`\n"
                "#include \"x/other.h\"\n"
                "^~~~~~~~~~~~~~~~~~~~\n"
                "hint: looked in the folder `d/x`\n"},
           Case{"#include HEADER\nint main(void) { return 0; }\n", "",
                "d/main.c:1:1: error: this does not say what is included\n"},
           Case{main, "int x;\n#include \"own.h\"\n",
                "d/own.h:2:1: error: `own.h` includes itself again and again\n"
                "#include \"own.h\"\n"
                "^~~~~~~~~~~~~~~~\n"
                "hint: begin it with `#pragma once`, or with `#ifndef NAME` and `#define NAME`\n"},
           Case{main, "#include \"own.h\"\n#include \"own.h\"\n",
                "includes itself again and again"},
           Case{main, "#include \"main.c\"\n",
                "d/own.h:1:1: error: `main.c` includes itself again and again\n"},
           Case{main, "\n#ifdef X\n",
                "d/own.h:2:1: error: this condition is never closed\n"
                "#ifdef X\n"
                "^~~~~~~~\n"
                "hint: end it with `#endif`\n"},
           Case{"#if 1\n#include \"own.h\"\n#endif\nint main(void) { return 0; }\n", "#endif\n",
                "d/own.h:1:1: error: `#endif` without `#if`\n"},
           Case{"#include \"own.h\"\nint main(void) { return f(); }\n",
                "int f(void)\n{\n    return y;\n}\n", "d/own.h:3:12: error: `y` is not declared\n"},
           Case{main, "\n#error no\n", "d/own.h:2:1: error: #error no\n"},
           Case{main, std::string("a\0", 2), "d/own.h:1:2: error: this is not a text file"},
           Case{main, "\xff\xfe", "d/own.h:1:1: error: this file is UTF-16\n"},
           Case{main, std::string((std::size_t{1} << 20) + 1, ' '),
                "d/own.h:1:1: error: this file has 1048577 bytes"},
       }) {
    CAPTURE(c.main);
    CAPTURE(c.header.substr(0, 200));
    const LoadedScenario loaded = LoadFiles({{"d/main.c", c.main}, {"d/own.h", c.header}});
    CHECK_FALSE(loaded);
    CHECK_MESSAGE(Has(loaded.diagnostics, c.says), loaded.diagnostics);
  }
}

TEST_CASE("A header of the library may stand in quotes, and nobody reads what nobody asked for") {
  CHECK(LoadFiles({{"main.c", "#include \"pthread.h\"\nint main(void) { return 0; }\n"}}));
  CHECK(LoadFiles(
      {{"main.c", "#if 0\n#include \"gone.h\"\n#endif\nint main(void) { return 0; }\n"}}));
  // A source that nobody gathered has no files but itself.
  CHECK_FALSE(
      LoadScenario("#include \"main.c\"\nint main(void) { return 0; }\n", {}, {}, "main.c"));
}

TEST_CASE("A function of a header that nobody calls need not be understood") {
  const std::string header =
      "long double now(void) { return 1; }\nvoid spin(int d) { while (now() < d) ; }\n"
      "static inline int one(void) { return 1; }\nstatic inline int two(void) { return one() + 1; "
      "}\n";
  const std::string main = "#include \"own.h\"\nint main(void) { return two() - 2; }\n";
  CHECK(VerdictOf(LoadFiles({{"main.c", main}, {"own.h", header}})) == Verdict::kHolds);
  // A program may be included as a whole.
  CHECK(LoadFiles({{"all.c", "#include \"main.c\"\n"}, {"main.c", main}, {"own.h", header}}));
  // In a unit it is.
  CHECK_FALSE(LoadFiles({{"main.c", header + "int main(void) { return 0; }\n"}}));
}

constexpr const char* kStart = "int main(void) { put(1); return total - 1; }\n";

TEST_CASE("Units are one program") {
  const std::string header =
      "#pragma once\ntypedef struct { int a; } pair_t;\nenum { ON = 1 };\n"
      "extern int total;\nvoid put(int);\n"
      "static inline int twice(int x) { return 2 * x; }\n";
  const std::string unit =
      "#include \"own.h\"\n#define SIZE 3\nint total;\nvoid put(int x) { total += twice(x) - ON; "
      "}\n";
  const std::string main =
      "#include \"own.h\"\n#ifdef SIZE\n#error a macro of another file\n#endif\n" +
      std::string(kStart);
  for (const bool is_first : {true, false}) {
    const Files files = is_first ? Files{{"main.c", main}, {"unit.c", unit}, {"own.h", header}}
                                 : Files{{"unit.c", unit}, {"main.c", main}, {"own.h", header}};
    const LoadedScenario loaded = LoadFiles(files, 2);
    CHECK(loaded.source->name() == "main.c");
    CHECK(VerdictOf(loaded) == Verdict::kHolds);
  }
  const Files with = {
      {"d/main.c", "//@ with \"unit.c\";\n" + main}, {"d/unit.c", unit}, {"d/own.h", header}};
  CHECK(VerdictOf(LoadFiles(with)) == Verdict::kHolds);
  const LoadedScenario missing =
      LoadFiles({{"main.c", "//@ with \"gone.c\";\nint main(void) {}\n"}});
  CHECK(missing.diagnostics ==
        "main.c:1:10: error: there is no file `gone.c`\n"
        "//@ with \"gone.c\";\n"
        "         ^~~~~~~~\n"
        "hint: looked in the folder `.`\n");
}

TEST_CASE("What is a unit's own is another thing in another unit") {
  const std::string unit =
      "struct node { long count; };\n"
      "static int count = 5;\n"
      "static int next(void) { struct node n = {1}; return count + (int)n.count; }\n"
      "int total(void) { return next(); }\n";
  const std::string main =
      "#include <assert.h>\n"
      "int total(void);\n"
      "struct node { int a, b; };\n"
      "static int count = 1;\n"
      "static int next(void) { struct node n = {1, 2}; return count + n.b; }\n"
      "int main(void) { count++; assert(next() == 4); assert(total() == 6); return 0; }\n";
  const LoadedScenario loaded = LoadFiles({{"main.c", main}, {"a/unit.c", unit}}, 2);
  CHECK(VerdictOf(loaded) == Verdict::kHolds);
  // A variable of a header is one for each unit that includes it.
  const Files twice = {
      {"main.c",
       "#include \"own.h\"\n#include <assert.h>\nint other(void);\nint main(void)\n{\n"
       "    add(); assert(other() == 1); assert(n == 1); return 0;\n}\n"},
      {"unit.c", "#include \"own.h\"\nint other(void) { return add(); }\n"},
      {"own.h", "static int n;\nstatic int add(void) { return ++n; }\n"}};
  CHECK(VerdictOf(LoadFiles(twice, 2)) == Verdict::kHolds);
}

TEST_CASE("What units cannot share is said with both places") {
  struct Case {
    Files files;
    std::string says;
  };
  for (const Case& c : {
           Case{{{"a.c", "int x = 1;\nint main(void) { return x; }\n"}, {"b.c", "\nint x = 2;\n"}},
                "b.c:2:5: error: `x` is defined in two files\nint x = 2;\n    ^\n"
                "hint: declare it `extern` in one of them, or `static` in each if it is meant to "
                "be two\n"
                "a.c:1:5: note: defined here, too\nint x = 1;\n    ^\n"},
           Case{{{"a.c", "void f(void) {}\nint main(void) { return 0; }\n"},
                 {"b.c", "void f(void) {}\n"}},
                "b.c:1:6: error: `f` is defined in two files\n"},
           Case{{{"a.c", "int f(void) { return 0; }\n"}, {"b.c", "int x;\n"}},
                "a.c:1:1: error: this program has no `main`, so nothing runs\n"},
           Case{{{"a.c", "int main(void) { return 0; }\n"}, {"b.c", "void f(void) {\n"}},
                "b.c:1:14: error: this `{` is never closed in its file\n"},
       }) {
    const LoadedScenario loaded = LoadFiles(c.files, 2);
    CHECK_FALSE(loaded);
    CHECK_MESSAGE(Has(loaded.diagnostics, c.says), loaded.diagnostics);
  }
  const Files header = {{"a.c", "#include \"o.h\"\nint main(void) { return x; }\n"},
                        {"b.c", "#include \"o.h\"\n"},
                        {"o.h", "int x;\n"}};
  const LoadedScenario loaded = LoadFiles(header, 2);
  CHECK(loaded.diagnostics ==
        "o.h:1:5: error: `x` is defined in a header that several files include\nint x;\n    ^\n"
        "hint: declare it `extern` here, and define it in one of the files\n");
}

TEST_CASE("Every command takes a program of several files") {
  const Scratch scratch;
  scratch.Write("p/main.c",
                "#include <pthread.h>\n#include \"own.h\"\n"
                "static void *work(void *a) { add(); return a; }\n"
                "int main(void)\n{\n"
                "    pthread_t t;\n    pthread_create(&t, NULL, work, NULL);\n    add();\n"
                "    pthread_join(t, NULL);\n    return 0;\n}\n"
                "//@ with \"own.c\";\n//@ expect race on count;\n");
  scratch.Write("p/own.h", "void add(void);\n");
  scratch.Write("p/own.c",
                "#include \"own.h\"\nstatic int count;\nvoid add(void)\n{\n    count++;\n}\n");
  const auto tested = scratch.Call({"test", "p"});
  CHECK(tested.code == 0);
  CHECK(tested.out == "p/main.c: 1 passed\n1 file: 1 passed, 0 failed\n");
  CHECK(scratch.Call({"test", "p/own.c", "p/main.c"}).code == 0);
  for (const std::vector<std::string>& files :
       {std::vector<std::string>{"p/main.c"}, {"p/own.c", "p/main.c"}, {"p/main.c", "p/own.c"}}) {
    const auto call = [&](std::vector<std::string> words, const std::vector<std::string>& more) {
      words.insert(words.end(), files.begin(), files.end());
      words.insert(words.end(), more.begin(), more.end());
      return scratch.Call(words);
    };
    const auto checked = call({"check"}, {"--schedule", "x.sched"});
    CHECK(checked.code == 15);
    CHECK(Has(checked.out, " in line own.c:5: "));
    CHECK(call({"replay"}, {"x.sched"}).code == 15);
    CHECK(call({"graph", "--of", "schedule"}, {"x.sched"}).code == 0);
    CHECK(call({"show"}, {}).code == 0);
    CHECK(call({"graph"}, {}).code == 0);
    CHECK(call({"graph", "--by", "count"}, {}).code == 0);
    CHECK(call({"run", "--random", "1"}, {}).code != 2);
    CHECK(Has(call({"check", "--json"}, {}).out, "\"file\": \"p/own.c\""));
    CHECK(Has(call({"graph", "--format", "html"}, {}).out, "[\"own.c\","));
  }
  CHECK(scratch.Call({"check", "p/own.c"}).code == 2);
  scratch.Write("q/main.c", "int main(void) { return 0; }\n");
  CHECK(scratch.Call({"check", "p/main.c", "q/main.c"}).code == 2);
  scratch.Write("a.scn", "shared int x = 0;\nprocess p { x = 1; }\n");
  CHECK(scratch.Call({"show", "a.scn", "p/main.c"}).code == 1);
}

}  // namespace
}  // namespace interleave
