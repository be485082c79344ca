// `interleave test` as a user calls it: what it says of a file, and what makes it fail.

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <regex>
#include <string>

#include "tests/support/scratch.h"

namespace interleave {
namespace {

constexpr const char* kGoodFile =
    "shared int x = 0;\n"
    "process p { x = 1; }\n"
    "invariant i: x < 2;\n"
    "schedule \"all\" { run p; expect x == 1; }\n"
    "expect holds states 2 transitions 1;\n";
// Two steps by hand: p reads 0 and writes 1.
constexpr const char* kBreakingFile =
    "#define TOP 1\n"
    "shared int x = 0;\n"
    "process p { x = x + 1; }\n"
    "invariant small: x < TOP;\n";
// An implication whose left side is never true.
constexpr const char* kVacuousFile =
    "shared int x = 0;\n"
    "process p { x = 1; }\n"
    "invariant c: x == 9 => x == 8;\n";
// The type decides the condition: known when the file is compiled.
constexpr const char* kDecidedFile =
    "shared unsigned x = 0;\n"
    "process p { x = 1; }\n"
    "invariant c: x >= 0;\n";
// Far too many states to finish.
constexpr const char* kEndlessFile =
    "shared unsigned a = 0, b = 0, c = 0;\n"
    "process p { for (;;) a = a + 1; }\n"
    "process q { for (;;) b = b + 1; }\n"
    "process r { for (;;) c = c + 1; }\n"
    "invariant i: a + 1 > 0 || b >= 0 || a == b;\n";
constexpr const char* kNothingFile = "shared int x = 0;\nprocess p { x = 1; }\n";
constexpr const char* kMistakenFile = "shared int x = 0;\nprocess p { y = 1; }\n";

TEST_CASE("Tests say what passed, and what did not with its place") {
  const Scratch scratch;
  scratch.Write("t/good.scn", kGoodFile);
  scratch.Write("t/deep/also.scn", std::string(kBreakingFile) + "expect violates small;\n");
  scratch.Write("t/none.scn", kNothingFile);
  scratch.Write("t/notes.txt", "no scenario");
  const auto good = scratch.Call({"test", "t"});
  CHECK(good.code == 0);
  CHECK(good.out ==
        "t/deep/also.scn: 1 passed\n"
        "t/good.scn: 2 passed\n"
        "t/none.scn: nothing to test: no schedule, no expectation\n"
        "3 files: 3 passed, 0 failed, 1 with nothing to test\n");
  scratch.Write("t/mistake.scn", kMistakenFile);
  const auto mistake = scratch.Call({"test", "t"});
  CHECK(mistake.code == 2);
  CHECK(Has(mistake.out, "t/mistake.scn: errors\n"));
  CHECK(Has(mistake.out, "1 with errors"));
  CHECK(Has(scratch.Call({"test", "-v", "t/good.scn"}).out, "  passed  schedule \"all\"\n"));
}

TEST_CASE("A failed expectation says what broke and how to see it") {
  const Scratch scratch;
  scratch.Write("a b.scn", std::string(kBreakingFile) +
                               "expect holds for TOP = 1 .. 2, granularity = access;\n");
  const auto broken = scratch.Call({"test", "a b.scn"});
  CHECK(broken.code == 3);
  CHECK(broken.out ==
        "a b.scn: 1 passed, 1 FAILED\n"
        "FAILED  holds for TOP = 1, granularity = access\n"
        "a b.scn:5:1: error: expected holds, found violates small in 2 steps\n"
        "expect holds for TOP = 1 .. 2, granularity = access;\n"
        "^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n"
        "a b.scn:4:1: note: invariant small: x < TOP is false: x = 1\n"
        "invariant small: x < TOP;\n"
        "^~~~~~~~~~~~~~~~~~~~~~~~\n"
        "to see more: interleave check 'a b.scn' --granularity access --define TOP=1\n"
        "1 file: 1 passed, 1 failed\n");
  // The command is one that a shell takes.
  const std::string rest = broken.out.substr(broken.out.find("interleave check") + 10);
  const auto again = scratch.CallProgram(
      "sh",
      {"-c", fmt::format("exec \"{}\" {}", INTERLEAVE_BINARY, rest.substr(0, rest.find('\n')))});
  CHECK(again.code == 12);

  scratch.Write("s.scn", std::string(kGoodFile) + "expect deadlock;\nexpect holds states 3;\n");
  const auto other = scratch.Call({"test", "s.scn"});
  CHECK(other.code == 3);
  CHECK(Has(other.out,
            "s.scn:6:1: error: expected deadlock, found holds\nexpect deadlock;\n"
            "^~~~~~~~~~~~~~~\n"
            "found: nothing broke in any interleaving (2 states)\n"
            "to see more: interleave check s.scn\n"));
  CHECK(Has(other.out, "to see more: interleave check s.scn --reduce none\n"));
  scratch.Write("r.scn",
                "shared int x = 0;\nprocess p { x = 1; }\n"
                "schedule \"it's so\" { run p; expect x == 2; }\n");
  const auto run = scratch.Call({"test", "r.scn"});
  CHECK(run.code == 3);
  CHECK(Has(run.out, "r.scn:3:29: error: `x == 2` is false: x is 1\n"));
  CHECK(Has(run.out, "to see more: interleave run r.scn --schedule 'it'\\''s so'\n"));
}

TEST_CASE("Warnings are shown, and fail the test of a file on request") {
  const Scratch scratch;
  for (const char* text : {kVacuousFile, kDecidedFile}) {
    CAPTURE(text);
    scratch.Write("s.scn", std::string(text) + "expect holds;\n");
    const auto warned = scratch.Call({"test", "s.scn"});
    CHECK(warned.code == 0);
    CHECK(warned.out.rfind("s.scn: 1 passed, 1 warning\ns.scn:3:14: warning: ", 0) == 0);
    CHECK(Has(warned.out, "1 file: 1 passed, 0 failed, 1 warning\n"));
    const auto failed = scratch.Call({"test", "--vacuity", "error", "s.scn"});
    CHECK(failed.code == 10);
    CHECK(failed.out.rfind("s.scn: 1 passed, 1 FAILED, 1 warning\nFAILED  vacuity\n"
                           "s.scn:3:14: error: ",
                           0) == 0);
    // As `check` has it.
    CHECK(scratch.Call({"check", "s.scn"}).code == 0);
    const auto check = scratch.Call({"check", "--vacuity", "error", "s.scn"});
    CHECK(check.code == 10);
    CHECK(check.out.rfind("VACUOUS", 0) == 0);
  }
  // What is not as expected weighs more.
  scratch.Write("s.scn", std::string(kVacuousFile) + "expect deadlock;\n");
  CHECK(scratch.Call({"test", "--vacuity", "error", "s.scn"}).code == 3);
  // A warning of something else is shown and fails nothing.
  scratch.Write("s.scn",
                "shared int x = 0;\nprocess p { x == 1; x = 1; }\ninvariant i: x < 2;\n"
                "expect holds;\n");
  const auto other = scratch.Call({"test", "--vacuity", "error", "s.scn"});
  CHECK(other.code == 0);
  CHECK(Has(other.out, "s.scn:2:13: warning: this compares"));
  // Once each, with the settings that it is about.
  scratch.Write("s.scn",
                "#define N 1\nshared int x = 0;\n"
                "process p { for (int i = 0; i < N; i++) x = i; x = 0; }\n"
                "invariant c: x > 1 => x < 9;\nexpect holds for N = 0 .. 3;\n");
  const auto some = scratch.Call({"test", "s.scn"});
  CHECK(some.code == 0);
  CHECK(Has(some.out, "warning: this is never reached (for N = 0)\n"));
  CHECK(Has(some.out, "warning: `c` checks nothing: this is never true (for N = 0; and 2 more)\n"));
  CHECK(Has(some.out, "1 file: 4 passed, 0 failed, 2 warnings\n"));
}

TEST_CASE("Nothing to test is a failure") {
  const Scratch scratch;
  std::filesystem::create_directory(scratch.Path("empty"));
  const auto folder = scratch.Call({"test", "empty"});
  CHECK(folder.code == 10);
  CHECK(Has(folder.out, "empty: nothing to test: no *.scn in this folder\n"));
  scratch.Write("none.scn", kNothingFile);
  CHECK(scratch.Call({"test", "none.scn"}).code == 10);
  scratch.Write("good.scn", kGoodFile);
  CHECK(scratch.Call({"test", "none.scn", "good.scn"}).code == 0);
  CHECK(scratch.Call({"test", "--vacuity", "error", "none.scn", "good.scn"}).code == 10);
  CHECK(scratch.Call({"test", "empty", "good.scn"}).code == 10);
}

TEST_CASE("A file without end fails in its time, and the next has its turn") {
  const Scratch scratch;
  scratch.Write("t/a.scn", std::string(kEndlessFile) +
                               "expect incomplete;\nexpect holds for granularity = statement;\n");
  scratch.Write("t/b.scn", kGoodFile);
  scratch.Write("t/c.scn",
                "shared unsigned long a = 0, b = 0;\n"
                "process p { for (;;) { a = a + 1; if (a > 1000) { a = 0; b = b + 1; } } }\n"
                "schedule \"on and on\" { run p until b == 1000; }\n");
  const auto output = scratch.Call({"test", "--max-time", "2", "t"});
  CHECK(output.code == 3);
  CHECK(Has(output.out,
            "FAILED  incomplete\n"
            "t/a.scn:6:1: error: not judged: the limit of 2 seconds for a file was met\n"
            "expect incomplete;\n"
            "^~~~~~~~~~~~~~~~~\n"
            "to see more: interleave check t/a.scn --max-time 60\n"
            "not judged: 1 more, for the same reason\n"));
  CHECK(Has(output.out, "t/b.scn: 2 passed\n"));
  CHECK(Has(output.out, "t/c.scn: 0 passed, 1 FAILED\n"));
  CHECK(Has(scratch.Call({"test", "--help"}).out, "A file has 60 seconds"));
}

TEST_CASE("What cannot be read is said, and the rest is tested") {
  const Scratch scratch;
  scratch.Write("t/good.scn", kGoodFile);
  std::filesystem::create_symlink("nowhere", scratch.Path("t/link.scn"));
  const auto output = scratch.Call({"test", "missing", "t", "--junit", "out.xml"});
  CHECK(output.code == 1);
  CHECK(output.err ==
        "interleave: missing: No such file or directory\n"
        "interleave: t/link.scn: No such file or directory\n");
  CHECK(output.out == "t/good.scn: 2 passed\n1 file: 2 passed, 0 failed, 2 not readable\n");
  CHECK(Has(ReadWhole(scratch.Path("out.xml")), "tests=\"4\" failures=\"0\" errors=\"2\""));
  const std::string closed = scratch.Path("t/closed");
  scratch.Write("t/closed/s.scn", kGoodFile);
  REQUIRE(chmod(closed.c_str(), 0) == 0);
  if (access(closed.c_str(), R_OK) != 0) {  // the superuser reads everything
    const auto denied = scratch.Call({"test", "t/closed", "t"});
    CHECK(denied.code == 1);
    CHECK(Has(denied.err, "interleave: t/closed: Permission denied\n"));
    CHECK(Has(denied.out, "t/good.scn: 2 passed\n"));
  }
  REQUIRE(chmod(closed.c_str(), 0700) == 0);
}

TEST_CASE("Files tested side by side are told as they are one after the other") {
  const Scratch scratch;
  const char* texts[] = {kGoodFile, kVacuousFile, kNothingFile, kMistakenFile, kDecidedFile};
  for (int i = 0; i < 15; ++i) {
    scratch.Write(fmt::format("t/{:02}.scn", i),
                  fmt::format("{}{}", texts[i % 5], i % 2 == 0 ? "expect holds;\n" : ""));
  }
  std::filesystem::create_symlink("nowhere", scratch.Path("t/07b.scn"));
  const auto one = scratch.Call({"test", "t", "missing", "t/00.scn", "--junit", "one.xml"});
  CHECK(one.code == 1);
  CHECK(Has(one.out, "16 files: "));
  // Without the times.
  const auto plain = [&](const char* name) {
    return std::regex_replace(ReadWhole(scratch.Path(name)), std::regex(" time=\"[0-9.]*\""), "");
  };
  for (const char* jobs : {"2", "7", "200"}) {
    CAPTURE(jobs);
    const auto many =
        scratch.Call({"test", "t", "missing", "t/00.scn", "--junit", "many.xml", "--jobs", jobs});
    CHECK(many.code == one.code);
    CHECK(many.out == one.out);
    CHECK(many.err == one.err);
    CHECK(plain("many.xml") == plain("one.xml"));
  }
  CHECK(scratch.Call({"test", "--jobs", "0", "t"}).code == 1);
}

TEST_CASE("A lost process costs one file its test") {
  const Scratch scratch;
  for (const char* name : {"t/b.scn", "t/c.scn", "t/d.scn"}) scratch.Write(name, kGoodFile);
  scratch.Write("t/z.scn", std::string(kEndlessFile) + "expect holds;\n");
  // Once the others are told, who is left is the one at the endless file, or has ended already: so
  // children are killed until none comes any more. The leak sanitizer is off: it looks for leaks
  // from a child of its own, and waits for that child for ever when it is killed.
  const std::string script = fmt::format(
      "ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 \"{}\" test --jobs 2 --max-time 10m t > out 2> "
      "err & p=$!\n"
      "until grep -q d.scn out; do\n"
      "  kill -0 $p || exit 99\n"
      "done\n"
      "while kill -0 $p 2>/dev/null; do\n"
      "  kill -KILL $(cat /proc/$p/task/$p/children 2>/dev/null) 2>/dev/null; sleep 0.02\n"
      "done\n"
      "wait $p",
      INTERLEAVE_BINARY);
  const auto output = scratch.CallProgram("bash", {"-c", script});
  CHECK(output.code == 1);
  const std::string said = ReadWhole(scratch.Path("err"));
  CHECK(Has(said, "interleave: t/z.scn: "));
  CHECK(Has(said, "was ended by signal 9\n"));
  CHECK(ReadWhole(scratch.Path("out")) ==
        "t/b.scn: 2 passed\nt/c.scn: 2 passed\nt/d.scn: 2 passed\n"
        "3 files: 6 passed, 0 failed, 1 not readable\n");
}

TEST_CASE("JUnit XML is well formed and counts the same") {
  const Scratch scratch;
  scratch.Write("t/good.scn", kGoodFile);
  scratch.Write("t/odd.scn",
                std::string(kGoodFile) + "schedule \"<&> 'odd' ]]>\" { expect x < 0 && x > 1; }\n");
  scratch.Write("t/mistake.scn", kMistakenFile);
  scratch.Write("t/none.scn", kNothingFile);
  scratch.Write("t/vacuous.scn", std::string(kVacuousFile) + "expect holds;\nexpect deadlock;\n");
  const auto output = scratch.Call({"test", "t", "--junit", "out.xml"});
  CHECK(output.code == 2);
  const auto count = [&] {
    return scratch.CallProgram(
        "python3",
        {"-c",
         "import xml.dom.minidom as m; d = m.parse('out.xml');"
         "print(*(len(d.getElementsByTagName(n)) for n in ('testcase', 'failure', 'error',"
         " 'skipped', 'system-out')))"});
  };
  // By hand: 2 + 3 + 1 + 1 + 2 cases, of which the odd one and one of the vacuous file fail, the
  // mistake is an error, and nothing to test is skipped; the vacuous file has a warning.
  CHECK(count().out == "9 2 1 1 1\n");
  const std::string xml = ReadWhole(scratch.Path("out.xml"));
  CHECK(Has(xml,
            "<failure type=\"expectation\" message=\"expected deadlock, found holds; nothing broke "
            "in any interleaving (2 states)\">t/vacuous.scn:5:1: error: "));
  CHECK(Has(xml, "<error type=\"errors\" message=\"the scenario has errors\">"));
  // On standard output nothing else.
  const auto mixed = scratch.Call({"test", "t", "--junit", "-", "--vacuity", "error"});
  CHECK(mixed.code == 2);
  scratch.Write("out.xml", mixed.out);
  CHECK(count().out == "10 4 1 0 0\n");
  CHECK(Has(mixed.err,
            "5 files: 5 passed, 4 failed, 1 with errors, 1 with nothing to test, 1 "
            "warning\n"));
}

}  // namespace
}  // namespace interleave
