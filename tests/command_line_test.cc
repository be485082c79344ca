// The program as a user calls it: exit codes and what stands on which stream.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace interleave {
namespace {

namespace fs = std::filesystem;

std::string ReadWhole(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// A folder of its own, with the scenarios that the tests use; gone at the end.
class Scratch {
 public:
  Scratch() {
    std::string pattern = (fs::temp_directory_path() / "interleave_test_XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  std::string Path(const std::string& name) const { return (path_ / name).string(); }
  std::string Write(const std::string& name, const std::string& text) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
    return Path(name);
  }

  struct Output {
    int code = -1;
    std::string out;
    std::string err;
  };

  // Runs interleave in the folder. Files instead of pipes: nobody has to read while it writes.
  Output Call(const std::vector<std::string>& arguments, const std::string& input = "") const {
    return CallProgram(INTERLEAVE_BINARY, arguments, input);
  }

  Output CallProgram(const std::string& program, const std::vector<std::string>& arguments,
                     const std::string& input = "") const {
    Write(".in", input);
    const pid_t child = fork();
    if (child == 0) {
      if (chdir(path_.c_str()) != 0) _exit(126);
      const auto redirect = [](const char* name, int flags, int descriptor) {
        const int opened = open(name, flags, 0600);
        if (opened < 0 || dup2(opened, descriptor) < 0) _exit(126);
      };
      redirect(".in", O_RDONLY, 0);
      redirect(".out", O_WRONLY | O_CREAT | O_TRUNC, 1);
      redirect(".err", O_WRONLY | O_CREAT | O_TRUNC, 2);
      std::vector<char*> words = {const_cast<char*>(program.c_str())};
      for (const std::string& argument : arguments)
        words.push_back(const_cast<char*>(argument.c_str()));
      words.push_back(nullptr);
      execvp(program.c_str(), words.data());
      _exit(127);
    }
    REQUIRE(child > 0);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    Output output;
    output.code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
    output.out = ReadWhole(path_ / ".out");
    output.err = ReadWhole(path_ / ".err");
    return output;
  }

 private:
  fs::path path_;
};

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

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
      {{"check", "--bogus", "s.scn"}, "--bogus"},
      {{"check", "--max-state", "3", "s.scn"}, "--max-state"},
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
      {{"test", "missing"}, "missing: No such file or directory"},
      {{"show"}, "no FILE"},
      {{"fmt", "--check", "-i", "s.scn"}, "not with --in-place"},
      {{"fmt", "-i", "-"}, "standard input cannot be replaced"},
  };
  for (const auto& [arguments, message] : cases) {
    std::string call;
    for (const std::string& argument : arguments) call += " " + argument;
    CAPTURE(call);
    const auto output = scratch.Call(arguments);
    // A counterexample that does not exist is not written, so this one holds.
    const bool nothing_to_write = Has(call, "no/such/folder");
    CHECK(output.code == (nothing_to_write ? 0 : 1));
    CHECK_MESSAGE(Has(output.err, message), output.err);
    CHECK((nothing_to_write || output.out.empty()));
  }
}

TEST_CASE("A file that cannot be written is said, not ignored") {
  const Scratch scratch;
  scratch.Write("s.scn", kBreaks);
  const auto output = scratch.Call({"check", "--schedule", "no/such/x.sched", "s.scn"});
  CHECK(output.code == 1);
  CHECK(Has(output.err, "no/such/x.sched: No such file or directory"));
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
  for (const char* signal : {"INT", "TERM"}) {
    // The signal is not sent before the program catches it: bits 1 (SIGINT) and 14 (SIGTERM) of the
    // mask. Should it be lost all the same, --max-time ends the search, with another reason.
    const std::string script =
        std::string("set -m; \"") + INTERLEAVE_BINARY +
        "\" check s.scn --max-time 60 > out & p=$!; "
        "while ! grep -q SigCgt:.*[4-7c-f]..[2367abef]$ /proc/$p/status 2>/dev/null && "
        "kill -0 $p 2>/dev/null; do :; done; kill -" +
        signal + " $p; wait $p";
    const auto output = scratch.CallProgram("bash", {"-c", script});
    CHECK(output.code == 20);
    const std::string text = ReadWhole(scratch.Path("out"));
    CHECK(text.rfind("INCOMPLETE", 0) == 0);
    CHECK(Has(text, "interrupt"));
  }
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

TEST_CASE("Tests say what passed, and what did not with its place") {
  const Scratch scratch;
  scratch.Write("t/good.scn", kHolds);
  scratch.Write("t/deep/also.scn", kBreaks);
  scratch.Write("t/none.scn", kDeadlock);
  scratch.Write("t/notes.txt", "no scenario");
  const auto good = scratch.Call({"test", "t"});
  CHECK(good.code == 0);
  CHECK(good.out ==
        "t/deep/also.scn: 1 passed\n"
        "t/good.scn: 2 passed\n"
        "t/none.scn: nothing to test: no schedule, no expectation\n"
        "3 files: 3 passed, 0 failed, 1 with nothing to test\n");
  scratch.Write("t/bad.scn", std::string(kHolds) + "expect deadlock;\n");
  const auto bad = scratch.Call({"test", "t/bad.scn"});
  CHECK(bad.code == 3);
  CHECK(Has(bad.out, "t/bad.scn: 2 passed, 1 FAILED\n"));
  CHECK(Has(bad.out, "t/bad.scn:6:1: error: expected deadlock, found holds\nexpect deadlock;\n"));
  CHECK(Has(bad.out, "1 file: 2 passed, 1 failed\n"));
  scratch.Write("t/mistake.scn", kMistake);
  const auto mistake = scratch.Call({"test", "t"});
  CHECK(mistake.code == 2);
  CHECK(Has(mistake.out, "t/mistake.scn: errors\n"));
  CHECK(Has(mistake.out, "1 with errors"));
  CHECK(Has(scratch.Call({"test", "-v", "t/good.scn"}).out, "  passed  schedule \"all\"\n"));
}

TEST_CASE("JUnit XML is well formed and counts the same") {
  const Scratch scratch;
  scratch.Write("t/good.scn", kHolds);
  scratch.Write("t/odd.scn",
                std::string(kHolds) + "schedule \"<&> 'odd' ]]>\" { expect x < 0 && x > 1; }\n");
  scratch.Write("t/mistake.scn", kMistake);
  const auto output = scratch.Call({"test", "t", "--junit", "out.xml"});
  CHECK(output.code == 2);
  const auto parsed = scratch.CallProgram(
      "python3",
      {"-c",
       "import xml.dom.minidom as m; d = m.parse('out.xml');"
       "print(len(d.getElementsByTagName('testcase')),"
       " len(d.getElementsByTagName('failure')), len(d.getElementsByTagName('error')))"});
  CHECK(parsed.code == 0);
  // By hand: 2 + 3 + 1 cases, of which the odd one fails and the mistake is an error.
  CHECK(parsed.out == "6 1 1\n");
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
  CHECK(Has(free.out, "100.000%  ####################  x = 1"));
  CHECK(Has(free.out, "1 of the 1 final states of the model were reached"));
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

}  // namespace
}  // namespace interleave
