// Searches that are ended in the middle and gone on with: the same verdict, counts and warnings as
// in one go; also after kill -9. Checkpoints that are damaged or of something else are refused.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "model/search/check.h"
#include "model/search/checkpoint.h"
#include "tests/support/check_text.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "checkpoint_test.XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  std::string File(const char* name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

// Pointers, an assume, a queue, marks: what a search remembers beside its states.
constexpr const char* kScenario =
    "shared int x = 0;\n"
    "shared queue<int, 3> q;\n"
    "process p[2] {\n"
    "    int own = 0;\n"
    "    int *to = &own;\n"
    "    for (int i = 0; i < 11; i++) { x = x + 1; *to = i; }\n"
    "    assume (x > 2);\n"
    "    append(q, 7);\n"
    "    produced(7);\n"
    "}\n"
    "process r { repeat (2) { int v = take(q); consumed(v); } }\n"
    "property exactly_once;\n"
    "reachable all: x == 22;\n"
    "invariant few: x > 100 => items == 0;\n";

// In as many parts as it takes when each ends after `progress_calls` looks at the progress.
CheckResult InParts(const Program& program, CheckOptions options, const std::string& file,
                    int progress_calls, int& parts) {
  options.checkpoint = file;
  for (parts = 1;; ++parts) {
    std::atomic<bool> stop = false;
    int left = progress_calls;
    options.stop = &stop;
    options.progress = [&](const CheckProgress&) { stop = --left <= 0; };
    CheckResult result = Check(program, options);
    if (result.incomplete_reason != "an interrupt") return result;
    REQUIRE(parts < 500);
    if (fs::exists(file)) options.resume = file;
  }
}

TEST_CASE("A search in parts finds what it finds in one go") {
  const Folder folder;
  const LoadedScenario loaded = LoadScenario(kScenario);
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  struct Mode {
    const char* name;
    ExplorerKind explorer;
    Engine engine;
    Reductions reduce;
    std::size_t threads;
  };
  const Mode modes[] = {
      {"interpreted", ExplorerKind::kBreadthFirst, Engine::kInterpreted, {}, 1},
      {"depth first", ExplorerKind::kDepthFirst, Engine::kInterpreted, {}, 1},
      {"reduced", ExplorerKind::kBreadthFirst, Engine::kInterpreted, {true, true}, 1},
      {"compiled", ExplorerKind::kBreadthFirst, Engine::kNative, {}, 1},
      {"compiled, reduced, two threads", ExplorerKind::kBreadthFirst, Engine::kNative, {true}, 2},
  };
  for (const Mode& mode : modes) {
    CAPTURE(mode.name);
    CheckOptions options;
    options.explorer = mode.explorer;
    options.engine.engine = mode.engine;
    options.engine.compile_at = 30;
    options.engine.threads = mode.threads;
    options.reduce = mode.reduce;
    options.vacuity_is_error = true;
    const CheckResult whole = Check(*loaded, options);
    int parts = 0;
    // The interpreted search looks after 1, 2, 4, ... states, the compiled one after thousands.
    const CheckResult result = InParts(*loaded, options, folder.File(mode.name), 8, parts);
    CHECK(TextOf(result) == TextOf(whole));
    CHECK(result.is_native == whole.is_native);
    CHECK(parts > 1);
    MESSAGE(std::string(mode.name) << ": " << whole.states << " states in " << parts << " parts");
  }
}

std::string Contents(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// What is said when a search goes on with a file of this content.
std::string Refusal(const Program& program, const std::string& file, const std::string& content,
                    ExplorerKind explorer = ExplorerKind::kBreadthFirst) {
  std::ofstream(file, std::ios::binary) << content;
  CheckOptions options;
  options.explorer = explorer;
  options.resume = file;
  try {
    Check(program, options);
  } catch (const CheckpointError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("A checkpoint that is damaged or of something else is refused") {
  const Folder folder;
  const LoadedScenario loaded = LoadScenario(kScenario);
  REQUIRE(loaded);
  CheckOptions options;
  options.engine.engine = Engine::kInterpreted;
  options.max_states = 100;
  options.checkpoint = folder.File("good");
  CHECK(Check(*loaded, options).verdict == Verdict::kIncomplete);
  const std::string good = Contents(options.checkpoint);
  REQUIRE(good.size() > 1000);
  const std::string file = folder.File("other");
  const auto has = [&](const std::string& text, const char* part) {
    CHECK_MESSAGE(text.find(part) != std::string::npos, text);
  };
  CHECK(Refusal(*loaded, file, good).empty());
  has(Refusal(*loaded, file, ""), "is no checkpoint");
  has(Refusal(*loaded, file, "something else, long enough to be one"), "is no checkpoint");
  for (const std::size_t length :
       {std::size_t{24}, std::size_t{30}, good.size() / 2, good.size() - 1}) {
    has(Refusal(*loaded, file, good.substr(0, length)), "is damaged");
  }
  has(Refusal(*loaded, file, good + "x"), "is damaged");
  std::mt19937 random(1);
  for (int k = 0; k < 200; ++k) {
    std::string bad = good;
    const std::size_t at = 24 + random() % (bad.size() - 24);
    bad[at] = static_cast<char>(bad[at] ^ (1 << random() % 8));
    has(Refusal(*loaded, file, bad), "is damaged");
  }
  has(Refusal(*loaded, file, good, ExplorerKind::kDepthFirst), "another --explorer");
  std::string text = kScenario;
  text.replace(text.find("x > 100"), 7, "x > 101");
  const LoadedScenario other = LoadScenario(text);
  REQUIRE(other);
  has(Refusal(*other, file, good), "another scenario");
  CHECK_THROWS_AS(CheckpointReader(folder.File("missing")), CheckpointError);
  CHECK_THROWS_AS(CheckpointWriter(folder.File("no/such/folder")), CheckpointError);
}

// The output of the program, and how it ended; killed after `seconds`, if that is positive.
std::string Call(std::vector<std::string> arguments, const std::string& output, double seconds,
                 int signal, int& status) {
  arguments.insert(arguments.begin(), INTERLEAVE_BINARY);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const int out = open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(out, STDOUT_FILENO);
    std::vector<char*> words;
    for (std::string& argument : arguments) words.push_back(argument.data());
    words.push_back(nullptr);
    execv(words[0], words.data());
    _exit(127);
  }
  if (seconds > 0) {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    kill(child, signal);
  }
  REQUIRE(waitpid(child, &status, 0) == child);
  return Contents(output);
}

TEST_CASE("After kill -9 at any time a search goes on to the same counts") {
  const Folder folder;
  const std::string scenario =
      std::string(INTERLEAVE_SOURCE_DIR) + "/scenarios/synchronization/counter.scn";
  const std::string checkpoint = folder.File("checkpoint");
  std::mt19937 random(7);
  for (const char* engine : {"interpreted", "native"}) {
    CAPTURE(engine);
    const std::vector<std::string> call = {"check", scenario,   "--define", "K=3",      "--define",
                                           "R=6",   "--reduce", "none",     "--engine", engine};
    int status = 0;
    const std::string whole = Call(call, folder.File("whole"), 0, 0, status);
    REQUIRE(whole.find("HOLDS") == 0);
    int kills = 0;
    for (int round = 0; round < 3; ++round) {
      fs::remove(checkpoint);
      for (int k = 0;; ++k) {
        std::vector<std::string> again = call;
        again.insert(again.end(), {"--checkpoint", checkpoint, "--checkpoint-every", "0.01"});
        if (fs::exists(checkpoint)) again.insert(again.end(), {"--resume", checkpoint});
        const double seconds = k < 8 ? 0.02 + 0.0001 * static_cast<double>(random() % 2000) : 0;
        const bool gently = random() % 3 == 0;
        const std::string output =
            Call(again, folder.File("part"), seconds, gently ? SIGTERM : SIGKILL, status);
        if (WIFSIGNALED(status)) {
          ++kills;
          continue;
        }
        if (WEXITSTATUS(status) == 20) continue;  // ended gently, incomplete
        CHECK(WEXITSTATUS(status) == 0);
        CHECK(output == whole);
        break;
      }
    }
    CHECK(kills > 0);
  }
}

}  // namespace
}  // namespace interleave
