// What programs in C print is told in traces, and changes nothing else.

#include <doctest/doctest.h>

#include <string>

#include "model/report/text.h"
#include "model/search/check.h"
#include "tests/support/scenario_loader.h"
#include "tests/support/scratch.h"

namespace interleave {
namespace {

std::string PrintedReport(const std::string& text) {
  const LoadedScenario loaded = LoadScenario(text, {}, {}, "prints.c");
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  TextOptions wide;
  wide.width = 200;
  return RenderText(*loaded, *loaded.source, Check(*loaded, {}), wide);
}

// In `main`, behind a step of its own, so that it is in a row of the trace.
std::string PrintsOf(const std::string& statements) {
  return PrintedReport(
      "#include <assert.h>\n#include <stdio.h>\n#include <string.h>\n#include <stdatomic.h>\n"
      "atomic_int step;\nint main(void)\n{\n    step = 1;\n    " +
      statements + "\n    assert(0);\n}\n");
}

TEST_CASE("A format and its values are printed as C prints them") {
  struct Case {
    const char* statements;
    const char* says;
  };
  for (const Case& c : {
           Case{"printf(\"%d %i\\n\", -5, 7);", R"(prints "-5 7\n")"},
           Case{"unsigned u = 4000000000u; printf(\"%u %x %X %o\", u, 255, 255, 8);",
                R"(prints "4000000000 ff FF 10")"},
           Case{"int n = -1; printf(\"%u\", n);", R"(prints "4294967295")"},
           Case{"long l = -3; unsigned long m = -1; printf(\"%ld %lu\", l, m);",
                R"(prints "-3 18446744073709551615")"},
           Case{"printf(\"%5d|%-4d|%03d|%+d\", 1, 2, 3, 4);", R"(prints "    1|2   |003|+4")"},
           Case{"printf(\"%*d|\", 4, 7);", R"(prints "7|")"},
           Case{"double x = 1.5; float f = 0.25f; printf(\"%.2f %g %5.1lf\", x, f, x);",
                R"(prints "1.50 0.25   1.5")"},
           Case{"char c = 'z'; printf(\"%c%c\", c, 65);", R"(prints "zA")"},
           Case{"char t[4] = \"hi\"; printf(\"<%s> %s\", t, \"there\");", R"(prints "<hi> there")"},
           Case{"printf(\"100%%\");", R"(prints "100%")"},
           Case{"puts(\"line\");", R"(prints "line\n")"},
           Case{"char t[4] = \"hi\"; puts(t);", R"(prints "hi\n")"},
           Case{"putchar('x'); putchar('\\n');", R"(prints "x\n")"},
           Case{"fputs(\"a\", stdout); fprintf(stderr, \"b%d\", 1);", R"(prints "ab1")"},
           Case{"int x = 3; int *p = &x; printf(\"%d\", *p);", R"(prints "3")"},
           Case{"printf(\"a \\\"quoted\\\" one\");", R"(prints "a \"quoted\" one")"},
       }) {
    const std::string report = PrintsOf(c.statements);
    INFO(std::string(c.statements));
    CHECK_MESSAGE(Has(report, c.says), report);
  }
}

// A value that nobody needs any more is no part of the state, and printed all the same.
TEST_CASE("What is printed costs no states, and is printed though it is dead") {
  const auto text = [](const std::string& print) {
    return "#include <assert.h>\n#include <pthread.h>\n#include <stdio.h>\n#include <stdatomic.h>\n"
           "atomic_int a, b;\n"
           "static void *work(void *arg)\n{\n"
           "    int seen = a;\n    b++;\n    b++;\n    " +
           print +
           "\n    b++;\n    return arg;\n}\n"
           "int main(void)\n{\n    pthread_t t;\n    pthread_create(&t, NULL, work, NULL);\n"
           "    a = 4;\n    pthread_join(t, NULL);\n    return 0;\n}\n";
  };
  const LoadedScenario silent = LoadScenario(text(""), {}, {}, "prints.c");
  const LoadedScenario prints =
      LoadScenario(text("printf(\"seen %d\", seen);"), {}, {}, "prints.c");
  REQUIRE_MESSAGE(prints, prints.diagnostics);
  const CheckResult without = Check(*silent, {});
  const CheckResult with = Check(*prints, {});
  CHECK(with.verdict == Verdict::kHolds);
  CHECK(with.states == without.states);
  CHECK(with.transitions == without.transitions);
  const std::string report = PrintedReport(
      "#include <assert.h>\n#include <stdio.h>\n#include <stdatomic.h>\natomic_int a = 4, b;\n"
      "int main(void)\n{\n    int seen = a;\n    b++;\n    b++;\n    printf(\"seen %d\", seen);\n"
      "    b++;\n    assert(0);\n}\n");
  CHECK_MESSAGE(Has(report, R"(prints "seen 4")"), report);
}

TEST_CASE("A child prints what it has from before it was forked") {
  const std::string report = PrintedReport(
      "#include <assert.h>\n#include <stdio.h>\n#include <sys/wait.h>\n#include <unistd.h>\n"
      "int main(void)\n{\n    for (int i = 0; i < 2; i++) {\n        if (fork() == 0) {\n"
      "            printf(\"I am %d\", i + 6);\n            assert(i != 1);\n            return "
      "0;\n"
      "        }\n    }\n    return 0;\n}\n");
  CHECK_MESSAGE(Has(report, R"(prints "I am 7")"), report);
}

TEST_CASE("A text in memory that processes share is read as it is printed") {
  const std::string report = PrintedReport(
      "#include <stdio.h>\n#include <string.h>\n#include <sys/mman.h>\n#include <unistd.h>\n"
      "int main(void)\n{\n"
      "    char *t = mmap(NULL, 4, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);\n"
      "    if (fork() == 0) {\n        strcpy(t, \"ab\");\n        return 0;\n    }\n"
      "    printf(\"%s\\n\", t);\n    return 0;\n}\n");
  CHECK_MESSAGE(Has(report, "RACE"), report);
  CHECK_MESSAGE(Has(report, "main[0] reads `heap[0][0]` in line 12: `t`"), report);
}

}  // namespace
}  // namespace interleave
