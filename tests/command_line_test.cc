// The program as a user calls it: exit codes and what stands on which stream.

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/scratch.h"

namespace interleave {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHolds =
    "shared int x = 0;\n"
    "process p { x = 1; }\n"
    "invariant i: x < 2;\n"
    "schedule \"all\" { run p; expect x == 1; }\n"
    "expect holds states 2 transitions 1;\n";
// Two steps by hand: p reads 0 and writes 1.
constexpr const char* kBreaks =
    "#define TOP 1\n"
    "shared int x = 0;\n"
    "process p { x = x + 1; }\n"
    "invariant small: x < TOP;\n"
    "expect violates small in 2 steps;\n";
constexpr const char* kDeadlock = "shared int x = 0;\nprocess p { await (x == 1); }\n";
constexpr const char* kError = "shared int x = 0;\nprocess p { x = 1 / x; }\n";
constexpr const char* kRace = "shared int x = 0;\nprocess p[2] { x = 1; }\nproperty race;\n";
constexpr const char* kMistake = "shared int x = 0;\nprocess p { y = 1; }\n";
constexpr const char* kVacuous =
    "shared int x = 0;\nprocess p { x = 1; int k = x; assume (k == 7); x = 2; }\n";
constexpr const char* kWarned =
    "shared int x = 0;\nprocess p { x = 1; }\ninvariant i: x == 9 => x == 8;\n";
// Far too many states to finish.
constexpr const char* kHuge =
    "shared unsigned a = 0, b = 0, c = 0;\n"
    "process p { for (;;) a = a + 1; }\n"
    "process q { for (;;) b = b + 1; }\n"
    "process r { for (;;) c = c + 1; }\n"
    "invariant i: a + 1 > 0 || b >= 0;\n";

TEST_CASE("Exit codes say what came of a check") {
  const Scratch scratch;
  const struct {
    const char* text;
    int code;
    const char* first;  // how standard output begins
  } cases[] = {
      {kHolds, 0, "HOLDS"},      {kBreaks, 12, "VIOLATED"}, {kDeadlock, 11, "DEADLOCK"},
      {kError, 14, "ERROR"},     {kRace, 15, "RACE"},       {kMistake, 2, ""},
      {kVacuous, 10, "VACUOUS"}, {kWarned, 0, "HOLDS"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.text);
    scratch.Write("s.scn", c.text);
    for (const char* explorer : {"bfs", "dfs"}) {
      const auto output = scratch.Call({"check", "--explorer", explorer, "s.scn"});
      CHECK(output.code == c.code);
      CHECK(output.out.rfind(c.first, 0) == 0);
      CHECK(output.out.empty() == (c.code == 2));
      CHECK((c.code != 2 || Has(output.err, "s.scn:2:13: error: ")));
    }
  }
}

TEST_CASE("A wrong call is exit code 1, explained on standard error") {
  const Scratch scratch;
  scratch.Write("s.scn", kHolds);
  scratch.Write("empty.sched", "");
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{}, "no command"},
      {{"chekc"}, "there is no command `chekc`; did you mean `check`?"},
      {{"check"}, "no FILE"},
      {{"check", "missing.scn"}, "missing.scn: No such file or directory"},
      {{"check", "."}, ".: Is a directory"},
      {{"check", "--bogus", "s.scn"}, "there is no option `--bogus`\n"},
      {{"check", "--max-state", "3", "s.scn"},
       "there is no option `--max-state`; did you mean `--max-states`?"},
      {{"check", "--memory", "3", "s.scn"}, "; did you mean `--max-memory` or `--memory-model`?"},
      {{"check", "--jsno", "s.scn"}, "there is no option `--jsno`; did you mean `--json`?\n"},
      {{"check", "--JSON", "s.scn"}, "there is no option `--JSON`; did you mean `--json`?\n"},
      {{"run", "--reduce", "none", "s.scn"}, "there is no option `--reduce`"},
      {{"check", "--max-states", "0", "s.scn"}, "--max-states takes a number"},
      {{"check", "--max-states", "x", "s.scn"}, "--max-states takes a number"},
      {{"check", "--max-memory", "4Q", "s.scn"}, "--max-memory takes a size"},
      {{"check", "--max-time", "-1", "s.scn"}, "--max-time takes a time"},
      {{"check", "--define", "N", "s.scn"}, "--define takes NAME=VALUE"},
      {{"check", "--granularity", "acess", "s.scn"}, "did you mean `access`?"},
      {{"check", "--memory-model", "tso", "s.scn"}, "--memory-model tso is not there yet"},
      {{"check", "--explorer", "parallel", "s.scn"}, "--explorer parallel is not there yet"},
      {{"check", "--explorer", "random", "s.scn"}, "--explorer random is not there yet"},
      {{"check", "--reduce", "most", "s.scn"}, "--reduce takes none, por, symmetry, all"},
      {{"check", "--threads", "0", "s.scn"}, "--threads"},
      {{"check", "--color", "pink", "s.scn"}, "--color takes auto, always, never"},
      {{"check", "--schedule", "x", "s.scn", "s.scn"}, "give one FILE"},
      {{"check", "--json", "s.scn", "s.scn"}, "give one FILE"},
      {{"check", "--schedule", "no/such/folder/x.sched", "s.scn"}, ""},
      {{"run"}, "no FILE"},
      {{"run", "s.scn", "s.scn"}, "one FILE is expected, not 2"},
      {{"run", "--random", "1", "--interactive", "s.scn"}, "only one of"},
      {{"run", "--random", "one", "s.scn"}, "--random takes a number"},
      {{"run", "--steps", "5", "--interactive", "s.scn"}, "--steps goes with --random"},
      {{"run", "--schedule", "al", "s.scn"}, "did you mean \"all\"?"},
      {{"run", "--schedule", "quite different", "s.scn"}, "it has \"all\""},
      {{"run", "--world", "reel", "s.scn"}, "did you mean `real`?"},
      {{"run", "--interactive", "-"}, "the scenario needs a file"},
      {{"replay", "s.scn"}, "a scenario and a schedule are expected"},
      {{"replay", "s.scn", "missing.sched"}, "missing.sched: No such file or directory"},
      {{"replay", "--region", "paper", "s.scn", "empty.sched"}, "--region takes anonymous, shm"},
      {{"conform"}, "no FILE"},
      {{"conform", "--engine", "interpreted", "--plant-fault", "stale-local", "s.scn"},
       "--plant-fault"},
      {{"test"}, "no PATH"},
      {{"show"}, "no FILE"},
      {{"fmt", "--check", "-i", "s.scn"}, "not with --in-place"},
      {{"fmt", "-i", "-"}, "standard input cannot be replaced"},
  };
  for (const auto& [arguments, message] : cases) {
    std::string call;
    for (const std::string& argument : arguments) call += " " + argument;
    CAPTURE(call);
    const auto output = scratch.Call(arguments);
    CHECK(output.code == 1);
    CHECK_MESSAGE(Has(output.err, message), output.err);
    CHECK(output.out.empty());
  }
}

TEST_CASE("Where a file cannot be written is said before anything is done") {
  const Scratch scratch;
  scratch.Write("s.scn", kBreaks);
  scratch.Write("folder/s.scn", kBreaks);
  REQUIRE(mkfifo(scratch.Path("fifo").c_str(), 0600) == 0);
  fs::create_symlink("s.scn", scratch.Path("link"));
  const std::vector<std::string> options[] = {
      {"check", "s.scn", "--schedule"},
      {"check", "s.scn", "--checkpoint"},
      {"run", "s.scn", "--save"},
      {"conform", "s.scn", "--schedule"},
      {"test", "s.scn", "--junit"},
      {"graph", "s.scn", "--format", "json", "-o"},
      {"check", "--world", "real", "s.scn", "--schedule"},
  };
  const std::pair<const char*, const char*> paths[] = {
      {"no/such/x", "cannot write no/such/x: No such file or directory"},
      {"folder", "cannot write folder: Is a directory"},
      {"s.scn/x", "cannot write s.scn/x: Not a directory"},
      {"s.scn", "s.scn would be replaced, and is read"},
      {"link", "link would be replaced, and is read"},
  };
  for (const std::vector<std::string>& call : options) {
    for (const auto& one : paths) {
      const auto& path = one.first;
      const auto& message = one.second;
      CAPTURE(call.front());
      CAPTURE(path);
      std::vector<std::string> words = call;
      words.emplace_back(path);
      const auto output = scratch.Call(words);
      CHECK(output.code == 1);
      CHECK(output.out == "");
      CHECK_MESSAGE(Has(output.err, message), output.err);
    }
  }
  for (const char* path : {"fifo", "/dev/null", "/dev/stdout", "-"}) {
    CAPTURE(path);
    const auto output = scratch.Call({"check", "s.scn", "--checkpoint", path});
    CHECK(output.code == 1);
    CHECK(output.out == "");
    CHECK(Has(output.err, "which is no regular file"));
  }
  CHECK(fs::is_fifo(scratch.Path("fifo")));
  CHECK(ReadWhole(scratch.Path("s.scn")) == kBreaks);
}

TEST_CASE("A file that cannot be written in the end does not cost the result") {
  const Scratch scratch;
  scratch.Write("s.scn", kBreaks);
  if (!fs::exists("/dev/full")) return;
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"check", "s.scn", "--schedule", "/dev/full"}, "VIOLATED  invariant small"},
      {{"check", "--json", "s.scn", "--schedule", "/dev/full"}, "\"exit_code\": 1"},
      {{"check", "--world", "real", "s.scn", "--schedule", "/dev/full"}, "on real processes: "},
      {{"run", "s.scn", "--save", "/dev/full"}, "VIOLATED  invariant small"},
      {{"run", "s.scn", "--random", "1", "--save", "/dev/full"}, "VIOLATED  invariant small"},
      {{"test", "s.scn", "--junit", "/dev/full"}, "1 file: 1 passed, 0 failed\n"},
  };
  for (const auto& one : cases) {
    const auto& call = one.first;
    const auto& result = one.second;
    CAPTURE(call[1]);
    const auto output = scratch.Call(call);
    CHECK(output.code == 1);
    CHECK_MESSAGE(Has(output.out, result), output.out);
    CHECK_MESSAGE(Has(output.err, "cannot write /dev/full: No space left on device"), output.err);
  }
}

TEST_CASE("A limit on the size of files leaves what was there") {
  const Scratch scratch;
  std::string ugly = "shared   int x=0;\n";
  for (int k = 0; k < 400; ++k) ugly += "// comment\n";
  ugly += "process p{x=1;}\n";
  scratch.Write("ugly.scn", ugly);
  const auto output = scratch.CallProgram(
      "bash", {"-c", fmt::format("ulimit -f 1; exec \"{}\" fmt -i ugly.scn", INTERLEAVE_BINARY)});
  CHECK(output.code == 1);
  CHECK(Has(output.err, "cannot write ugly.scn: File too large"));
  CHECK(ReadWhole(scratch.Path("ugly.scn")) == ugly);
  // Nothing else is left: the file, and those of this test.
  CHECK(std::distance(fs::directory_iterator(scratch.Path(".")), {}) == 4);
}

TEST_CASE("Control characters of a file's name do not reach the terminal") {
  const Scratch scratch;
  const std::string name = "a\x1b[31m.scn";
  scratch.Write(name, kBreaks);
  const auto output = scratch.Call({"check", name});
  CHECK(output.code == 12);
  CHECK(Has(output.out, "a?[31m.scn:4"));
  CHECK(Has(output.out, "interleave check $'a\\x1b[31m.scn' --schedule $'a\\x1b[31m.sched'"));
  CHECK_FALSE(Has(output.out, "\x1b"));
  scratch.Write("b\x1b[31m.scn", kMistake);
  for (const char* call : {"check", "test", "graph", "fmt"}) {
    for (const char* file : {"a\x1b[31m.scn", "b\x1b[31m.scn", "missing\x1b[31m"}) {
      CAPTURE(call);
      const auto other = scratch.Call({call, file});
      CHECK_FALSE(Has(other.out + other.err, "\x1b"));
    }
  }
}

TEST_CASE("A file that cannot be written is said, not ignored") {
  const Scratch scratch;
  scratch.Write("s.scn", kBreaks);
  if (fs::exists("/dev/full")) {
    const auto shell = scratch.CallProgram(
        "sh", {"-c", std::string("exec \"") + INTERLEAVE_BINARY + "\" check s.scn > /dev/full"});
    CHECK(shell.code == 1);
    CHECK(Has(shell.err, "No space left on device"));
    // Nowhere to say it: the exit code remains.
    for (const char* call : {"chekc s.scn", "check missing.scn", "check --no-such-option s.scn"}) {
      CAPTURE(call);
      const auto mute = scratch.CallProgram(
          "sh", {"-c", fmt::format("exec \"{}\" {} 2> /dev/full", INTERLEAVE_BINARY, call)});
      CHECK(mute.code == 1);
    }
  }
}

TEST_CASE("A reader that goes away ends the tool without a word, as SIGPIPE does others") {
  const Scratch scratch;
  scratch.Write("s.scn", kHolds);
  for (const char* call :
       {"check s.scn", "show s.scn", "--help", "graph s.scn --format json -o -"}) {
    CAPTURE(call);
    const auto output = scratch.CallProgram(
        "bash",
        {"-c", fmt::format("exec 3> >(:); wait $!; exec \"{}\" {} >&3", INTERLEAVE_BINARY, call)});
    CHECK(output.code == 141);
    CHECK(output.err == "");
  }
}

TEST_CASE("Files that are no scenarios are refused with exit code 2") {
  const Scratch scratch;
  const std::pair<std::string, const char*> cases[] = {
      {"", "the file is empty"},
      {std::string("\x7f"
                   "ELF\0\0",
                   6),
       "not a text file"},
      {std::string(10'000'000, 'a'), "this file has 10000000 bytes"},
      {"process p {\n", "error: "},
  };
  for (const auto& [text, message] : cases) {
    scratch.Write("s.scn", text);
    for (const char* command : {"check", "run", "show", "fmt", "test"}) {
      CAPTURE(command);
      const auto output = scratch.Call({command, "s.scn"});
      CHECK(output.code == 2);
      const std::string& stream = std::string(command) == "test" ? output.out : output.err;
      CHECK_MESSAGE(Has(stream, message), stream);
    }
  }
}

TEST_CASE("A file that may not be read is said") {
  const Scratch scratch;
  const std::string path = scratch.Write("s.scn", kHolds);
  REQUIRE(chmod(path.c_str(), 0) == 0);
  if (access(path.c_str(), R_OK) == 0) return;  // the superuser reads everything
  const auto output = scratch.Call({"check", "s.scn"});
  CHECK(output.code == 1);
  CHECK(Has(output.err, "s.scn: Permission denied"));
}

TEST_CASE("Every command explains itself") {
  const Scratch scratch;
  for (const char* command : {"check", "run", "replay", "test", "show", "fmt"}) {
    CAPTURE(command);
    for (const char* word : {"--help", "-h"}) {
      const auto output = scratch.Call({command, word});
      CHECK(output.code == 0);
      CHECK(output.err == "");
      CHECK(output.out.rfind(std::string("usage: interleave ") + command, 0) == 0);
      CHECK(Has(output.out, "exit codes: "));
      CHECK(Has(output.out, "--help"));
    }
  }
  for (const char* word : {"--help", "-h", "help"}) {
    const auto output = scratch.Call({word});
    CHECK(output.code == 0);
    for (const char* command : {"check", "run", "replay", "test", "show", "fmt"}) {
      CHECK(Has(output.out, std::string("\n  ") + command));
    }
  }
  const auto version = scratch.Call({"--version"});
  CHECK(version.code == 0);
  CHECK(version.out.rfind("interleave ", 0) == 0);
}

TEST_CASE("Standard input is a scenario, too") {
  const Scratch scratch;
  CHECK(scratch.Call({"check", "-"}, kHolds).code == 0);
  CHECK(scratch.Call({"check", "-"}, kBreaks).code == 12);
  const auto output = scratch.Call({"check", "-"}, kMistake);
  CHECK(output.code == 2);
  CHECK(output.err.rfind("<stdin>:2:13: error: ", 0) == 0);
}

TEST_CASE("Of several files the first that fails gives the exit code") {
  const Scratch scratch;
  scratch.Write("a.scn", kHolds);
  scratch.Write("b.scn", kDeadlock);
  scratch.Write("c.scn", kBreaks);
  CHECK(scratch.Call({"check", "a.scn", "a.scn"}).code == 0);
  CHECK(scratch.Call({"check", "a.scn", "b.scn", "c.scn"}).code == 11);
  CHECK(scratch.Call({"check", "c.scn", "b.scn"}).code == 12);
}

TEST_CASE("Settings of the command line win over those of the file") {
  const Scratch scratch;
  scratch.Write("s.scn", kBreaks);
  CHECK(scratch.Call({"check", "s.scn", "--define", "TOP=2"}).code == 0);
  CHECK(scratch.Call({"check", "s.scn", "-D", "TOP=2"}).code == 0);
  CHECK(scratch.Call({"check", "s.scn", "--granularity", "statement"}).code == 12);
  const auto unknown = scratch.Call({"check", "s.scn", "--define", "TIP=2"});
  CHECK(unknown.code == 2);
  CHECK(Has(unknown.err, "did you mean `TOP`?"));
}

TEST_CASE("What a value of --define breaks is said of the option, with where it is used") {
  const Scratch scratch;
  scratch.Write("s.scn",
                "#define N 2\n"
                "#define CELLS (N + 1)\n"
                "shared int a[CELLS] = {};\n"
                "process p[N] { a[self] = 1; }\n");
  CHECK(scratch.Call({"check", "s.scn", "-D", "N=3"}).code == 0);
  const auto word = scratch.Call({"check", "s.scn", "-D", "N=abc"});
  CHECK(word.code == 2);
  CHECK(word.err ==
        "s.scn: error: --define N=abc: `abc` is not declared\n"
        "s.scn:3:14: note: `N` is used here\n"
        "shared int a[CELLS] = {};\n"
        "             ^~~~~\n");
  const auto many = scratch.Call({"check", "s.scn", "-D", "N=65"});
  CHECK(many.code == 2);
  CHECK(many.err ==
        "s.scn: error: --define N=65: 65 processes: 1 to 64 are possible\n"
        "hint: two or three show the same mistakes, and sooner\n"
        "s.scn:4:11: note: `N` is used here\n"
        "process p[N] { a[self] = 1; }\n"
        "          ^\n");
  const auto fraction = scratch.Call({"check", "s.scn", "-D", "N=1.5"});
  CHECK(fraction.code == 2);
  CHECK(Has(fraction.err, "s.scn: error: --define N=1.5: "));
  struct Flawed {
    std::string setting;
    std::string flaw;
  };
  for (const Flawed& value :
       std::vector<Flawed>{{"N=", "the value is missing"},
                           {"N=(1", "the brackets do not match"},
                           {"N=1)", "the brackets do not match"},
                           {"N=1;", "a value has no `;`"},
                           {"N=1 +", "a value does not end with an operator"}}) {
    const auto output = scratch.Call({"check", "s.scn", "-D", value.setting});
    CHECK(output.code == 2);
    CHECK_MESSAGE(output.err.starts_with("s.scn: error: --define " + value.setting + ": " +
                                         value.flaw + "\n"),
                  output.err);
  }
  // What the file itself has there is no flaw.
  scratch.Write("odd.scn",
                "#define NOTHING\n"
                "#define OPEN {\n"
                "#define LAST step;\n"
                "#define POINTER int\n"
                "shared int x = 0;\n"
                "process p OPEN NOTHING x = sizeof(POINTER); LAST }\n");
  CHECK(scratch
            .Call({"check", "odd.scn", "-D", "NOTHING=", "-D", "OPEN={ x = 2;", "-D", "LAST=x = 3;",
                   "-D", "POINTER=int *"})
            .code == 2);
  CHECK(scratch
            .Call({"check", "odd.scn", "-D", "NOTHING=", "-D", "OPEN={", "-D", "LAST=x = 3;", "-D",
                   "POINTER=int *"})
            .code == 0);
}

TEST_CASE("Limits end a search honestly with exit code 20") {
  const Scratch scratch;
  scratch.Write("s.scn", kHuge);
  const std::vector<std::string> cases[] = {
      {"--max-states", "500"}, {"--max-memory", "1M"}, {"--max-time", "0.05"}};
  for (const std::vector<std::string>& limit : cases) {
    CAPTURE(limit[0]);
    for (const char* explorer : {"bfs", "dfs"}) {
      const auto output =
          scratch.Call({"check", "s.scn", "--explorer", explorer, limit[0], limit[1]});
      CHECK(output.code == 20);
      CHECK(output.out.rfind("INCOMPLETE", 0) == 0);
    }
  }
}

TEST_CASE("A program whose interleavings are too many is looked at in scopes that grow") {
  const Scratch scratch;
  // After many rounds two locks are taken in two orders.
  scratch.Write("far.c",
                "#include <pthread.h>\n"
                "pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;\n"
                "int done[4];\n"
                "void *work(void *arg) {\n"
                "  int *mine = arg;\n"
                "  for (int i = 0; i < 60; i++) {\n"
                "    pthread_mutex_lock(&a);\n"
                "    (*mine)++;\n"
                "    pthread_mutex_unlock(&a);\n"
                "  }\n"
                "  pthread_mutex_lock(mine == done ? &b : &a);\n"
                "  pthread_mutex_lock(mine == done ? &a : &b);\n"
                "  pthread_mutex_unlock(&a);\n"
                "  pthread_mutex_unlock(&b);\n"
                "  return NULL;\n"
                "}\n"
                "int main(void) {\n"
                "  pthread_t t[4];\n"
                "  for (int i = 0; i < 4; i++) pthread_create(&t[i], NULL, work, &done[i]);\n"
                "  for (int i = 0; i < 4; i++) pthread_join(t[i], NULL);\n"
                "  return 0;\n"
                "}\n");
  const auto found = scratch.Call({"check", "far.c"});
  CHECK(found.code == 11);
  const std::string words = std::regex_replace(found.out, std::regex("\\s+"), " ");
  CHECK(words.find("; found among the runs where processes take turns and 1 is passed over; no run "
                   "with fewer fails") != std::string::npos);
  // A caller's limit is the only one.
  const auto limited = scratch.Call({"check", "--max-states", "500", "far.c"});
  CHECK(limited.code == 20);
  CHECK(limited.out.find("the limit of 500 states") != std::string::npos);
  CHECK(limited.out.find("Bounded") == std::string::npos);
  // More memory than there is for it, unless a number is smaller.
  const char* const stack =
      "#include <stdlib.h>\n"
      "#define DEEP 20\n"
      "struct node { struct node *next; };\n"
      "int main(void) {\n"
      "  struct node *top = NULL;\n"
      "  for (int i = 0; i < DEEP; i++) {\n"
      "    struct node *n = malloc(sizeof *n);\n"
      "    n->next = top;\n"
      "    top = n;\n"
      "  }\n";
  scratch.Write("holds.c", std::string(stack) + "  return 0;\n}\n");
  const auto bounded = scratch.Call({"check", "holds.c"});
  CHECK(bounded.code == 20);
  CHECK(bounded.out.find("Bounded: where `DEEP` is 3 instead of 20, all holds") !=
        std::string::npos);
  scratch.Write("breaks.c", std::string(stack) + "  free(top);\n  free(top);\n  return 0;\n}\n");
  const auto broken = scratch.Call({"check", "breaks.c"});
  CHECK(broken.code == 14);
  CHECK(broken.out.find("It breaks where `DEEP` is 2 instead of 20:") != std::string::npos);
}

TEST_CASE("A program in C is given arguments") {
  const Scratch scratch;
  scratch.Write("argument.c",
                "#include <assert.h>\n"
                "#include <stdlib.h>\n"
                "int main(int argc, char **argv) {\n"
                "  assert(argc > 1 && atoi(argv[1]) != 3);\n"
                "  return 0;\n"
                "}\n");
  CHECK(scratch.Call({"check", "argument.c"}).code == 0);
  CHECK(scratch.Call({"check", "--arg", "4", "argument.c"}).code == 0);
  const auto broken =
      scratch.Call({"check", "--arg", "3", "--schedule", "argument.sched", "argument.c"});
  CHECK(broken.code == 14);
  CHECK(broken.out.find("replay argument.c argument.sched --arg 3\n") != std::string::npos);
  CHECK(scratch.Call({"replay", "argument.c", "argument.sched", "--arg", "3"}).code == 14);
  CHECK(scratch.Call({"replay", "argument.c", "argument.sched"}).code == 14);
}

TEST_CASE("A program in C may call functions of others that change nothing") {
  const Scratch scratch;
  scratch.Write("beep.c", "void beep(int);\nint main(void) { beep(1); return 0; }\n");
  const auto refused = scratch.Call({"check", "beep.c"});
  CHECK(refused.code == 2);
  CHECK(refused.err.find("`--stub beep`") != std::string::npos);
  CHECK(scratch.Call({"check", "--stub", "beep", "beep.c"}).code == 0);
  CHECK(scratch.Call({"check", "--stub", "be ep", "beep.c"}).code == 1);
  scratch.Write("s.scn", kHolds);
  const auto no_program = scratch.Call({"check", "--stub", "beep", "s.scn"});
  CHECK(no_program.code == 2);
  CHECK(no_program.err.find("--stub: only a program in C") != std::string::npos);
}

TEST_CASE("A graph without a state says why there is none") {
  const Scratch scratch;
  scratch.Write("long.scn",
                "shared int x = 0;\n"
                "option local_limit = 1000;\n"
                "process p { int n = 0; for (int i = 0; i < 100000; i++) n ^= i; x = n; }\n");
  scratch.Write("cut.scn", "shared int x = 0;\nprocess p { assume (1 > 2); x = 1; }\n");
  for (const char* minimize : {"strong", "branching", "trace"}) {
    const auto made = scratch.Call({"graph", "long.scn", "--minimize", minimize, "-o", "out.aut"});
    CHECK(made.code == 20);
    CHECK_MESSAGE(Has(made.err, "there is no state: a limit on local work in one step"), made.err);
  }
  const auto cut = scratch.Call({"graph", "cut.scn", "-o", "out.aut"});
  CHECK_MESSAGE(Has(cut.err, "there is no state: no run survives an assume"), cut.err);
}

TEST_CASE("An interrupt ends a search with what it has") {
  const Scratch scratch;
  scratch.Write("s.scn", kHuge);
  for (const char* signal : {"INT", "TERM", "HUP"}) {
    // The signal is not sent before the program catches it: bits 0 (SIGHUP), 1 (SIGINT) and 14
    // (SIGTERM) of the mask. Should it be lost all the same, --max-time ends the search, with
    // another reason.
    const std::string script =
        std::string("set -m; \"") + INTERLEAVE_BINARY +
        "\" check s.scn --max-time 60 > out & p=$!; "
        "while ! grep -q SigCgt:.*[4-7c-f]..[37bf]$ /proc/$p/status 2>/dev/null && "
        "kill -0 $p 2>/dev/null; do :; done; kill -" +
        signal + " $p; wait $p";
    const auto output = scratch.CallProgram("bash", {"-c", script});
    CHECK(output.code == 20);
    const std::string text = ReadWhole(scratch.Path("out"));
    CHECK(text.rfind("INCOMPLETE", 0) == 0);
    CHECK(Has(text, "interrupt"));
  }
}

// Starts `call` in the background, waits until it catches signals and `ready` is true, and sends
// SIGINT. Should the first one be lost, the second, much later, is another exit code.
std::string InterruptScript(const std::string& call, const std::string& ready) {
  return fmt::format(
      "set -m; \"{}\" {} & p=$!; "
      "until grep -q 'SigCgt:.*[4-7c-f]..[37bf]$' /proc/$p/status 2>/dev/null && {}; do "
      "kill -0 $p 2>/dev/null || break; done; "
      "kill -INT $p; (sleep 60; kill -INT $p; kill -9 $p) 2>/dev/null & w=$!; "
      "wait $p; code=$?; kill $w; exit $code",
      INTERLEAVE_BINARY, call, ready);
}

TEST_CASE("One Ctrl-C ends what waits for its input") {
  const Scratch scratch;
  scratch.Write("s.scn", kHolds);
  REQUIRE(mkfifo(scratch.Path("fifo").c_str(), 0600) == 0);
  // Nobody writes to the FIFO; or somebody holds it open and writes nothing.
  for (const char* call : {"check fifo", "check - <> fifo", "test fifo", "run fifo <> fifo"}) {
    CAPTURE(call);
    const auto output =
        scratch.CallProgram("bash", {"-c", InterruptScript(std::string(call) + " > out", "true")});
    CHECK(output.code == 20);
    CHECK(Has(ReadWhole(scratch.Path("out")), "interrupt"));
  }
  // A FIFO can be read all the same, and written where it is.
  const auto written = scratch.CallProgram(
      "bash",
      {"-c", fmt::format("(cat s.scn > fifo &); exec \"{}\" check fifo", INTERLEAVE_BINARY)});
  CHECK(written.code == 0);
}

TEST_CASE("One Ctrl-C at the prompt ends an interactive run as quit does, with what it has") {
  const Scratch scratch;
  scratch.Write("s.scn", "shared int x = 0;\nprocess p { x = 1; x = 2; }\n");
  REQUIRE(mkfifo(scratch.Path("in").c_str(), 0600) == 0);
  const auto output = scratch.CallProgram(
      "bash", {"-c", "exec 3<> in; echo 1 >&3; " +
                         InterruptScript("run s.scn --interactive --save x.sched < in > out",
                                         "grep -q 'step 1' out")});
  CHECK(output.code == 0);
  const std::string text = ReadWhole(scratch.Path("out"));
  CHECK(Has(text, "> \nRAN  --interactive"));
  CHECK(Has(ReadWhole(scratch.Path("x.sched")), "\np  # 1: x = 1\n"));
  CHECK(scratch.Call({"replay", "s.scn", "x.sched"}).code == 0);
}

TEST_CASE("An interrupted drawing is incomplete, as everything else is") {
  const Scratch scratch;
  scratch.Write("s.scn", kHolds);
  scratch.Write("bin/dot", "#!/bin/sh\ntouch started\nsleep 1000\n");
  fs::permissions(scratch.Path("bin/dot"), fs::perms::owner_all);
  for (const char* out : {"x.svg", "x.html"}) {
    CAPTURE(out);
    fs::remove(scratch.Path("started"));
    const auto output = scratch.CallProgram(
        "bash",
        {"-c", "PATH=$PWD/bin:$PATH; " +
                   InterruptScript(fmt::format("graph s.scn -o {}", out), "[ -e started ]")});
    CHECK(output.code == 20);
    CHECK_FALSE(fs::exists(scratch.Path(out)));
  }
}

TEST_CASE("A compiler that hangs keeps nobody from ending") {
  const Scratch scratch;
  scratch.Write("s.scn", kHuge);
  scratch.Write("small.scn", kHolds);
  fs::create_directory(scratch.Path("tmp"));
  scratch.Write("bin/cc",
                "#!/bin/sh\ntouch started\necho x > \"$TMPDIR/cc.s\"\nsleep 1000 & wait\n");
  fs::permissions(scratch.Path("bin/cc"), fs::perms::owner_all);
  const std::string environment = "export TMPDIR=$PWD/tmp CC=$PWD/bin/cc; ";
  for (const char* call :
       {"check s.scn --engine native", "conform small.scn", "stress small.scn"}) {
    CAPTURE(call);
    fs::remove(scratch.Path("started"));
    const auto output =
        scratch.CallProgram("bash", {"-c", environment + InterruptScript(call, "[ -e started ]")});
    CHECK(output.code == 20);
    CHECK(Has(output.out, "INCOMPLETE  an interrupt"));
  }
  const auto limited = scratch.CallProgram(
      "bash",
      {"-c", environment + fmt::format("exec \"{}\" check s.scn --engine native --max-time 3",
                                       INTERLEAVE_BINARY)});
  CHECK(limited.code == 20);
  CHECK(Has(limited.out, "the limit of 3 seconds"));
  while (!fs::is_empty(scratch.Path("tmp"))) usleep(1000);
}

TEST_CASE("A check that checks nothing is an error when asked") {
  const Scratch scratch;
  scratch.Write("s.scn", kWarned);
  CHECK(scratch.Call({"check", "s.scn"}).code == 0);
  CHECK(scratch.Call({"check", "s.scn", "--vacuity", "error"}).code == 10);
  scratch.Write("h.scn", kHolds);
  CHECK(scratch.Call({"check", "h.scn", "--vacuity", "error"}).code == 0);
}

TEST_CASE("JSON stands alone on standard output") {
  const Scratch scratch;
  for (const char* text :
       {kHolds, kBreaks, kDeadlock, kError, kRace, kVacuous, kMistake, kWarned}) {
    CAPTURE(text);
    scratch.Write("s.scn", text);
    const auto plain = scratch.Call({"check", "s.scn"});
    const auto output = scratch.Call({"check", "--json", "s.scn"});
    CHECK(output.code == plain.code);
    const auto json = nlohmann::json::parse(output.out, nullptr, false);
    REQUIRE(!json.is_discarded());
    CHECK(json.contains("schema_version"));
    CHECK(json.value("exit_code", -1) == output.code);
  }
}

TEST_CASE("JSON has what compiling warned of, and what checks nothing is a failure there, too") {
  const Scratch scratch;
  scratch.Write("s.scn",
                "shared unsigned x = 0;\nprocess p { x == 1; x = 1; }\ninvariant c: x >= 0;\n");
  const auto warned = scratch.Call({"check", "--json", "s.scn"});
  CHECK(warned.code == 0);
  const auto json = nlohmann::json::parse(warned.out);
  REQUIRE(json["diagnostics"].size() == 2);
  CHECK(json["diagnostics"][0]["severity"] == "warning");
  CHECK(json["diagnostics"][0]["line"] == 2);
  CHECK(json["diagnostics"][0]["checks_nothing"] == false);
  CHECK(json["diagnostics"][1]["message"] == "always true: unsigned holds 0 to 4294967295");
  CHECK(json["diagnostics"][1]["checks_nothing"] == true);
  const auto failed = scratch.Call({"check", "--json", "--vacuity", "error", "s.scn"});
  CHECK(failed.code == 10);
  CHECK(nlohmann::json::parse(failed.out)["verdict"] == "vacuous");
  // A warning of something else is none of what checks nothing.
  scratch.Write("s.scn", "shared int x = 0;\nprocess p { x == 1; x = 1; }\ninvariant c: x >= 0;\n");
  CHECK(scratch.Call({"check", "--vacuity", "error", "s.scn"}).code == 0);
}

TEST_CASE("Colour is used off a terminal only when it is asked for") {
  const Scratch scratch;
  scratch.Write("s.scn", kBreaks);
  CHECK(!Has(scratch.Call({"check", "s.scn"}).out, "\x1b["));
  CHECK(Has(scratch.Call({"check", "s.scn", "--color", "always"}).out, "\x1b["));
  CHECK(!Has(scratch.Call({"check", "s.scn", "--color", "never"}).out, "\x1b["));
}

TEST_CASE("A written counterexample is replayed, also under the settings it was found with") {
  const Scratch scratch;
  scratch.Write("s.scn", kBreaks);
  const std::vector<std::string> cases[] = {
      {}, {"--granularity", "statement"}, {"--define", "TOP=0"}};
  for (const std::vector<std::string>& settings : cases) {
    std::vector<std::string> check = {"check", "s.scn", "--schedule", "x.sched"};
    check.insert(check.end(), settings.begin(), settings.end());
    const auto checked = scratch.Call(check);
    CHECK(checked.code == 12);
    CHECK(Has(checked.out, "interleave replay s.scn x.sched"));
    for (const std::vector<std::string>& replay :
         {std::vector<std::string>{"replay", "s.scn", "x.sched"},
          std::vector<std::string>{"replay", "--world", "simulated", "s.scn", "x.sched"},
          std::vector<std::string>{"run", "s.scn", "--schedule", "x.sched"}}) {
      const auto output = scratch.Call(replay);
      CHECK_MESSAGE(output.code == 12, output.err);
      CHECK(output.out.rfind("VIOLATED", 0) == 0);
    }
  }
}

TEST_CASE("A schedule of another program, or none at all, is not replayed") {
  const Scratch scratch;
  scratch.Write("s.scn", kBreaks);
  REQUIRE(scratch.Call({"check", "s.scn", "--schedule", "x.sched"}).code == 12);
  // Comments and layout do not matter.
  scratch.Write("s.scn", std::string("// a comment\n\n") + kBreaks);
  CHECK(scratch.Call({"replay", "s.scn", "x.sched"}).code == 12);
  scratch.Write("s.scn", kHolds);
  const auto other = scratch.Call({"replay", "s.scn", "x.sched"});
  CHECK(other.code == 2);
  CHECK(Has(other.err, "x.sched:2:9: error: this schedule was made for another program"));
  scratch.Write("x.sched", "");
  CHECK(scratch.Call({"replay", "s.scn", "x.sched"}).code == 2);
  scratch.Write("x.sched", std::string(1000, '\0'));
  CHECK(scratch.Call({"replay", "s.scn", "x.sched"}).code == 2);
}

TEST_CASE("No counterexample, no schedule") {
  const Scratch scratch;
  scratch.Write("s.scn", kHolds);
  const auto output = scratch.Call({"check", "s.scn", "--schedule", "x.sched"});
  CHECK(output.code == 0);
  CHECK(Has(output.err, "x.sched is not written"));
  CHECK(!fs::exists(scratch.Path("x.sched")));
}

TEST_CASE("A schedule of the file is run by its name") {
  const Scratch scratch;
  scratch.Write("s.scn",
                "shared int x = 0;\n"
                "process p { x = 1; x = 2; }\n"
                "invariant i: x < 2;\n"
                "schedule \"good\" { step p; expect x == 1; }\n"
                "schedule \"false\" { step p; expect x == 0; }\n"
                "schedule \"broken\" { run p; }\n");
  const auto good = scratch.Call({"run", "s.scn", "--schedule", "good", "--save", "x.sched"});
  CHECK(good.code == 0);
  CHECK(Has(good.out, "RAN  schedule \"good\""));
  CHECK(Has(good.out, "x = 1"));
  CHECK(scratch.Call({"replay", "s.scn", "x.sched"}).code == 0);
  const auto wrong = scratch.Call({"run", "s.scn", "--schedule", "false"});
  CHECK(wrong.code == 3);
  CHECK(Has(wrong.out, "FAILED  schedule \"false\""));
  CHECK(Has(wrong.err, "s.scn:5:28: error: `x == 0` is false: x is 1"));
  const auto broken = scratch.Call({"run", "s.scn", "--schedule", "broken"});
  CHECK(broken.code == 12);
  CHECK(broken.out.rfind("VIOLATED", 0) == 0);
}

TEST_CASE("A random run names its seed and is made again by it") {
  const Scratch scratch;
  scratch.Write("s.scn",
                "shared int x = 0;\n"
                "process p[3] { int k = choose (1 .. 9); x = x + k; }\n");
  const auto first = scratch.Call({"run", "s.scn", "--random", "42"});
  CHECK(first.code == 0);
  CHECK(first.out.rfind("RAN  --random 42: 6 steps, complete, nothing broke\n", 0) == 0);
  CHECK(scratch.Call({"run", "s.scn", "--random", "42"}).out == first.out);
  CHECK(scratch.Call({"run", "s.scn", "--random", "43"}).out != first.out);
  const auto standard = scratch.Call({"run", "s.scn"});
  CHECK(standard.out == scratch.Call({"run", "s.scn", "--random", "1"}).out);
  const auto cut = scratch.Call({"run", "s.scn", "--random", "42", "--steps", "2"});
  CHECK(cut.out.rfind("RAN  --random 42: 2 steps, not complete, nothing broke\n", 0) == 0);
}

TEST_CASE("A random run ends where it breaks") {
  const Scratch scratch;
  const std::pair<const char*, int> cases[] = {{kBreaks, 12}, {kDeadlock, 11}, {kError, 14}};
  for (const auto& [text, code] : cases) {
    scratch.Write("s.scn", text);
    CHECK(scratch.Call({"run", "s.scn", "--random", "5"}).code == code);
  }
}

TEST_CASE("A person steps through a scenario over a pipe") {
  const Scratch scratch;
  scratch.Write("s.scn",
                "shared int x = 0;\n"
                "process p { x = 1; x = 2; }\n"
                "process q { await (x == 2); x = 7; }\n"
                "invariant i: x < 7;\n");
  // Ends at the end of the input as after q.
  for (const char* end : {"", "q\n"}) {
    const auto output =
        scratch.Call({"run", "s.scn", "--interactive"}, std::string("1\ns\n1\nu\n") + end);
    CHECK(output.code == 0);
    CHECK(output.err == "");
    CHECK(Has(output.out, "1  p  line 2: x = 1;"));
    CHECK(Has(output.out, "q is blocked at line 3"));
    CHECK(Has(output.out, "step 1  p  x = 1"));
    CHECK(Has(output.out, "  x = 1\n"));
    CHECK(Has(output.out, "step 2  p  x = 2"));
    CHECK(Has(output.out, "RAN  --interactive"));
  }
  // What breaks is said, can be taken back, and decides the exit code.
  const auto broken = scratch.Call({"run", "s.scn", "--interactive"}, "1\n1\n1\n1\n");
  CHECK(broken.code == 12);
  CHECK(Has(broken.out, "p is done"));
  CHECK(Has(broken.out, "BROKEN"));
  CHECK(scratch.Call({"run", "s.scn", "--interactive"}, "1\n1\n1\n1\nu\n").code == 0);
  // What is no choice is said.
  const auto wrong =
      scratch.Call({"run", "s.scn", "--interactive"}, "0\n2\nx\n\n?\nu\n99999999999999999999\n");
  CHECK(wrong.code == 0);
  CHECK(Has(wrong.out, "a number from 1 to 1 is expected"));
  CHECK(Has(wrong.out, "this is the start"));
  CHECK(Has(wrong.out, "NUMBER  take that step"));
}

TEST_CASE(
    "A person steps by the names of processes, goes on with Enter, and is told what happens") {
  const Scratch scratch;
  scratch.Write("s.scn",
                "shared char buffer[1];\n"
                "shared int in = 0, out = 0;\n"
                "void put(char c) { buffer[in] = c; }\n"
                "process left { put('a'); }\n"
                "process right { put('b'); await (in == 1); }\n"
                "option draw = ring (buffer, out, in);\n");
  const auto output = scratch.Call({"run", "s.scn", "--interactive"},
                                   "\nleft\n\nrigth\nright\n\nleft\nright\nu\n\ns\nq\n");
  CHECK(output.code == 0);
  CHECK(Has(output.out, "nobody has moved"));
  CHECK(Has(output.out, "  buffer [-]  in 0  out 0\n"));
  CHECK(Has(output.out, "1  left   line 4: put('a'), line 3: buffer[in] = c;  (reads in = 0)"));
  CHECK(Has(output.out,
            "step 2  left  put('a'): buffer[0] = 'a'\n        changed  buffer[0] - -> 'a'\n"));
  CHECK(Has(output.out, "there is no process `rigth`; did you mean `right`?"));
  CHECK(Has(output.out,
            "step 4  right  put('b'): buffer[0] = 'b'\n"
            "        ^ overwrites 'a' of step 2, which nobody had read\n"
            "        changed  buffer[0] 'a' -> 'b'\n"
            "\n  buffer [b]  in 0  out 0\n"));
  CHECK(Has(output.out, "left has no step here: left is done"));
  CHECK(Has(output.out, "right has no step here: right is blocked at line 5: await (in == 1)"));
  // Taken back twice: by u, and by Enter behind it.
  CHECK(Has(output.out, "  right: before line 5: put('b'), line 3: buffer[in] = c;"));
}

TEST_CASE("A person picks the start and the outcome of a step") {
  const Scratch scratch;
  scratch.Write("s.scn",
                "shared int x = 0;\n"
                "process p { int k = choose (1 .. 3); x = k; int l = choose (0 .. 1); x = l; }\n"
                "never bad: x == 3;\n");
  const auto output =
      scratch.Call({"run", "s.scn", "--interactive", "--save", "x.sched"}, "3\n2\n");
  CHECK(output.code == 12);
  CHECK(Has(output.out, "p starts in 3 ways"));
  CHECK(Has(output.out, "choosing 1"));
  CHECK(Has(ReadWhole(scratch.Path("x.sched")), "start p choosing 3\np choosing 1"));
  CHECK(scratch.Call({"replay", "s.scn", "x.sched"}).code == 12);
  CHECK(scratch.Call({"run", "s.scn", "--interactive"}, "").code == 0);
}

TEST_CASE("Show prints the program and fmt its layout") {
  const Scratch scratch;
  scratch.Write("s.scn", kHolds);
  const auto shown = scratch.Call({"show", "s.scn"});
  CHECK(shown.code == 0);
  CHECK(shown.out.rfind("program ", 0) == 0);
  CHECK(scratch.Call({"show", "s.scn", "--granularity", "statement"}).out != shown.out);

  scratch.Write("ugly.scn", "shared   int x=0;  // kept\nprocess p{x=1;}\n");
  const auto pretty = scratch.Call({"fmt", "ugly.scn"});
  CHECK(pretty.code == 0);
  CHECK(Has(pretty.out, "// kept"));
  CHECK(scratch.Call({"fmt", "-"}, pretty.out).out == pretty.out);
  const auto differs = scratch.Call({"fmt", "--check", "ugly.scn"});
  CHECK(differs.code == 3);
  CHECK(differs.out == "ugly.scn\n");
  CHECK(scratch.Call({"fmt", "-i", "ugly.scn"}).code == 0);
  CHECK(ReadWhole(scratch.Path("ugly.scn")) == pretty.out);
  CHECK(scratch.Call({"fmt", "--check", "ugly.scn"}).code == 0);
  scratch.Write("mistake.scn", "process p {\n");
  CHECK(scratch.Call({"fmt", "-i", "mistake.scn"}).code == 2);
  CHECK(ReadWhole(scratch.Path("mistake.scn")) == "process p {\n");
}

TEST_CASE("Progress is printed when asked, on standard error") {
  const Scratch scratch;
  scratch.Write("s.scn", kHolds);
  CHECK(scratch.Call({"check", "s.scn", "--progress", "always"}).out ==
        scratch.Call({"check", "s.scn", "--progress", "never"}).out);
  CHECK(scratch.Call({"check", "s.scn"}).err == "");
}

TEST_CASE("Real processes repeat a counterexample, and a planted fault is exit code 17") {
  const Scratch scratch;
  scratch.Write("s.scn", kBreaks);
  REQUIRE(scratch.Call({"check", "s.scn", "--schedule", "s.sched"}).code == 12);
  for (const char* region : {"anonymous", "shm", "file"}) {
    CAPTURE(region);
    const auto real =
        scratch.Call({"replay", "--world", "both", "--region", region, "s.scn", "s.sched"});
    CHECK(real.code == 12);
    CHECK(Has(real.out, "after 2 steps"));
    CHECK(Has(real.out, "real processes: 3 comparisons with the simulated ones, none differs"));
  }
  const auto conforms = scratch.Call({"conform", "s.scn"});
  CHECK(conforms.code == 0);
  CHECK(Has(conforms.out, "2 of 2 transitions in 3 states"));
  CHECK(
      scratch
          .Call({"replay", "--world", "real", "--plant-fault", "dropped-store", "s.scn", "s.sched"})
          .code == 17);
  // Every fault has a place here.
  scratch.Write(
      "f.scn",
      "shared int x = 0, y = 7;\nshared int pair[2] = {1, 2};\n"
      "process p { for (int i = 0; i < 2; i++) { int a = x; int b = y; pair[0] = -1; x = a + i; "
      "y = b - i; } }\n"
      "process q { x = x + 2; }\nprocess w { await (y == 6); x = 9; }\n");
  CHECK(scratch.Call({"conform", "f.scn"}).code == 0);
  for (const char* fault :
       {"dropped-store", "swapped-pair", "wrong-width", "stale-local", "ignored-wait"}) {
    CAPTURE(fault);
    const auto differs = scratch.Call({"conform", "--plant-fault", fault, "f.scn"});
    CHECK(differs.code == 17);
    CHECK(Has(differs.out, "real"));
  }
  const auto plumbing = scratch.Call({"conform", "--engine", "interpreted", "s.scn"});
  CHECK(plumbing.code == 0);
  CHECK(Has(plumbing.out, "plumbing only"));
}

TEST_CASE("The engine changes nothing that is shown") {
  const Scratch scratch;
  for (const char* text : {kHolds, kBreaks, kDeadlock, kError}) {
    scratch.Write("s.scn", text);
    const auto interpreted = scratch.Call({"check", "--engine", "interpreted", "s.scn"});
    const auto native = scratch.Call({"check", "--engine", "native", "s.scn"});
    CHECK(native.code == interpreted.code);
    CHECK(native.out == interpreted.out);
    CHECK(native.err == "");
  }
}

TEST_CASE("Running free and exploring for real have the exit codes of what they find") {
  const Scratch scratch;
  scratch.Write("s.scn", kBreaks);
  scratch.Write("h.scn", kHolds);
  scratch.Write("d.scn", kDeadlock);
  scratch.Write("e.scn", kError);
  scratch.Write("daemon.scn", "shared int x = 0;\ndaemon process p { for (;;) x = 1; }\n");
  CHECK(scratch.Call({"check", "--world", "real", "h.scn"}).code == 0);
  CHECK(scratch.Call({"check", "--world", "real", "s.scn"}).code == 12);
  CHECK(scratch.Call({"check", "--world", "real", "d.scn"}).code == 11);
  CHECK(scratch.Call({"check", "--world", "real", "e.scn"}).code == 14);
  CHECK(scratch.Call({"check", "--world", "real", "--max-states", "1", "h.scn"}).code == 20);
  CHECK(scratch.Call({"check", "--world", "real", "--json", "s.scn"}).code == 1);
  const auto free = scratch.Call({"stress", "--runs", "50", "s.scn"});
  CHECK(free.code == 0);  // invariants in mid-run are not judged
  CHECK(Has(free.out, "STRESSED  50 runs"));
  CHECK(Has(free.out, "sequentially consistent accesses, 1 process; a run"));
  CHECK(Has(free.out, "100.000%  Always     ####################  x = 1"));
  CHECK(Has(free.out, "1 of the 1 final state of the model was reached"));
  CHECK(scratch.Call({"stress", "--runs", "1", "d.scn"}).code == 11);
  CHECK(scratch.Call({"stress", "--runs", "50", "e.scn"}).code == 14);
  const auto statement = scratch.Call({"stress", "--granularity", "statement", "s.scn"});
  CHECK(statement.code == 1);
  CHECK(Has(statement.err, "a statement is no unit of a processor"));
  const auto endless = scratch.Call({"stress", "daemon.scn"});
  CHECK(endless.code == 1);
  CHECK(Has(endless.err, "--steps"));
  CHECK(scratch.Call({"stress", "--runs", "10", "--steps", "100", "daemon.scn"}).code == 0);
}

TEST_CASE("Running free says how often in one word, and of which runs") {
  const Scratch scratch;
  // By hand: q never sees 2, and may see 0 or 1; the item is lost where it does not see 1.
  scratch.Write("never.scn",
                "shared int x = 0, seen = 0;\nprocess p { x = 1; produced(1); }\n"
                "process q { if (x == 1) { seen = 1; consumed(1); } }\n");
  const auto never = scratch.Call({"stress", "--runs", "1", "never.scn"});
  CHECK(never.code == 0);
  CHECK(Has(never.out, "STRESSED  1 run,"));
  CHECK(Has(never.out, "  100.000%  Always     ####################  x = 1"));
  CHECK(Has(never.out, "    0.000%  Never      " + std::string(20, ' ') + "  x = 1"));
  CHECK(Has(never.out, "item invented              Never      in 0 of 1 run\n"));
  // The consumer waits for an item that it never gets: such runs did not end.
  scratch.Write("stuck.scn",
                "shared int x = 0;\nprocess p { x = 1; produced(1); produced(2); }\n"
                "process c { x = 1; consumed(1); await (x == 2); }\nproperty fifo;\n");
  const auto stuck = scratch.Call({"stress", "--runs", "2", "stuck.scn"});
  CHECK(stuck.code == 11);
  CHECK(Has(stuck.out, "item left when stuck       Always     in 2 of 2 runs that were stuck\n"));
  CHECK_FALSE(Has(stuck.out, "item lost"));
}

TEST_CASE("Running free ends by its time, or after its runs, whichever is asked for") {
  const Scratch scratch;
  scratch.Write("s.scn", "shared int x = 0;\nprocess p[2] { x = x + 1; }\n");
  const auto timed = scratch.Call({"stress", "--max-time", "0.05", "s.scn"});
  CHECK((timed.code == 0 || Has(timed.out, "INCOMPLETE  0 runs  s.scn")));
  const auto late = scratch.Call({"stress", "--max-time", "0.05", "--runs", "1000000000", "s.scn"});
  CHECK(late.code == 20);
  CHECK(Has(late.out, "    cut short: the limit of 0.05 seconds\n"));
  // Not a second, and no rate, where there was no run.
  const auto none =
      scratch.Call({"stress", "--max-time", "0.000001", "--runs", "1000000000", "s.scn"});
  CHECK(none.code == 20);
  CHECK(Has(none.out, "    cut short: the limit of 1e-06 seconds\n"));
  CHECK(Has(none.out, "INCOMPLETE  0 runs  s.scn\n") ==
        Has(none.out, "    no run came to its end, nothing is known\n"));
}

TEST_CASE("Too few descriptors are no difference between the worlds") {
  const Scratch scratch;
  scratch.Write("s.scn", kHolds);
  for (const char* command :
       {"conform --engine interpreted --region file", "stress --runs 2 --region shm"}) {
    int served = 0;
    // From where the program can just be loaded to where it has enough.
    for (int descriptors = 8; descriptors <= 20; ++descriptors) {
      CAPTURE(command);
      CAPTURE(descriptors);
      const auto tried = scratch.CallProgram(
          "/bin/sh", {"-c", fmt::format("ulimit -n {}; exec {} {} s.scn", descriptors,
                                        INTERLEAVE_BINARY, command)});
      CHECK((tried.code == 0 || tried.code == 1));
      CHECK((tried.code == 0) == tried.err.empty());
      served += tried.code == 0;
    }
    CHECK(served > 0);
  }
}

}  // namespace
}  // namespace interleave
