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
#include <string_view>
#include <thread>
#include <vector>

#include "model/graph/state_space.h"
#include "model/property/judge.h"
#include "model/search/check.h"
#include "model/search/checkpoint.h"
#include "model/search/state_bounds.h"
#include "tests/support/check_text.h"
#include "tests/support/random_program.h"
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

// --- Made up ---

// With the hash that fits.
std::string Rehashed(std::string content) {
  content.resize(content.size() - sizeof(uint64_t));
  const uint64_t hash = XXH3_64bits(content.data(), content.size());
  content.append(reinterpret_cast<const char*>(&hash), sizeof hash);
  return content;
}

std::string Written(const Program& program, CheckOptions options, const std::string& file,
                    int progress_calls) {
  std::atomic<bool> stop = false;
  options.checkpoint = file;
  options.stop = &stop;
  options.progress = [&](const CheckProgress&) { stop = --progress_calls <= 0; };
  CHECK(Check(program, options).incomplete_reason == "an interrupt");
  return Contents(file);
}

// Where in a checkpoint of the interpreted search this state stands: behind its length.
std::size_t PlaceOf(const std::string& content, const std::vector<int64_t>& state) {
  std::vector<uint64_t> words = {state.size()};
  words.insert(words.end(), state.begin(), state.end());
  const std::string_view bytes(reinterpret_cast<const char*>(words.data()), words.size() * 8);
  const std::size_t at = content.rfind(bytes);
  REQUIRE(at != std::string::npos);
  return at + 8;
}

// Locals and temporaries of all kinds that are kept in a state while an access is made.
constexpr const char* kKept =
    "struct pair { int a; int b; };\n"
    "shared int x = 0;\n"
    "shared int cells[3] = {0};\n"
    "shared struct pair s[2] = {};\n"
    "shared int *to = &x;\n"
    "process p {\n"
    "    int own[4] = {0}; int k = 0; int *mine = &k; struct pair *q = &s[1];\n"
    "    for (char c = 0; c < 3; c++) {\n"
    "        own[c % 4] = x; cells[own[x % 4] % 3] = x + cells[x % 3];\n"
    "        q->b = *mine + s[x % 2].a; *mine = (*to) % 100; to = &cells[c % 3];\n"
    "        x = (x + 1) % 4;\n"
    "    }\n"
    "}\n"
    "process r { x = (x + 2) % 4; }\n"
    "invariant small: x < 4;\n"
    "reachable too_large: x == 4;\n";

TEST_CASE("What a search stored is within the bounds of states") {
  // The bounds must hold all that is reachable, or a whole checkpoint would be refused.
  for (const std::string& file : ScenarioFiles()) {
    CAPTURE(file);
    const LoadedScenario loaded = LoadScenarioFile(file);
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    const Judge judge(*loaded);
    const StateBounds bounds(*loaded, judge.layouts());
    StateSpaceOptions options;
    options.max_states = 2'000;
    StateSpace space(*loaded, *loaded.source);
    space.Explore(options);
    for (uint32_t n = 0; n < space.states(); ++n) REQUIRE(bounds.Holds(space.Get(n)));
  }
  for (uint64_t seed = 0; seed < 150; ++seed) {
    CAPTURE(seed);
    const LoadedScenario loaded = LoadScenario(MakeRandomScenario(seed).text);
    if (!loaded) continue;
    const Judge judge(*loaded);
    const StateBounds bounds(*loaded, judge.layouts());
    StateSpaceOptions options;
    options.max_states = 300;
    StateSpace space(*loaded, *loaded.source);
    space.Explore(options);
    for (uint32_t n = 0; n < space.states(); ++n) REQUIRE(bounds.Holds(space.Get(n)));
  }
}

TEST_CASE("A state that cannot be one is refused") {
  const LoadedScenario loaded = LoadValid(kKept);
  const Judge judge(*loaded);
  const StateBounds bounds(*loaded, judge.layouts());
  StateSpaceOptions options;
  options.max_states = 200;
  StateSpace space(*loaded, *loaded.source);
  space.Explore(options);
  for (uint32_t n = 0; n < space.states(); ++n) {
    const std::vector<int64_t> state = space.Get(n);
    REQUIRE(bounds.Holds(state));
    for (std::size_t slot = 0; slot < state.size(); ++slot) {
      for (const int64_t value : {int64_t{1} << 40, INT64_MIN, INT64_MAX, int64_t{-1} << 40}) {
        std::vector<int64_t> changed = state;
        changed[slot] = value;
        CHECK_FALSE(bounds.Holds(changed));
      }
    }
  }
}

TEST_CASE("A checkpoint that was made up does no harm and gives no verdict of its own") {
  const Folder folder;
  const LoadedScenario loaded = LoadValid(kKept);
  CheckOptions options;
  options.engine.engine = Engine::kInterpreted;
  const std::string file = folder.File("made up");
  const CheckResult whole = Check(*loaded, options);
  REQUIRE(whole.verdict == Verdict::kViolated);  // `too_large` is never reached
  const std::string good = Written(*loaded, options, folder.File("good"), 7);
  CHECK(Refusal(*loaded, file, good).empty());
  std::mt19937 random(5);
  for (int k = 0; k < 300; ++k) {
    std::string bad = good;
    const std::size_t at = 40 + random() % (bad.size() - 48);
    bad[at] = static_cast<char>(bad[at] ^ (1 << random() % 8));
    std::ofstream(file, std::ios::binary) << Rehashed(bad);
    options.resume = file;
    try {
      const CheckResult result = Check(*loaded, options);
      CHECK(result.verdict == whole.verdict);
    } catch (const CheckpointError&) {
    }
  }
}

TEST_CASE("What is said of an instruction must be possible") {
  // Each zero near the start, one after the other, becomes "an assume passed and cut, and an access
  // went to own memory".
  const Folder folder;
  const LoadedScenario loaded = LoadValid(kKept);
  CheckOptions options;
  options.engine.engine = Engine::kInterpreted;
  const std::string good = Written(*loaded, options, folder.File("good"), 3);
  int refused = 0;
  for (std::size_t at = 40; at + 16 <= good.size() && at < 8 * 300; at += 8) {
    if (good.compare(at, 8, std::string(8, '\0')) != 0) continue;
    std::string bad = good;
    bad[at] = 7;
    const std::string why = Refusal(*loaded, folder.File("bad"), Rehashed(bad));
    refused += why.find("what cannot be") != std::string::npos;
  }
  CHECK(refused > 20);
}

TEST_CASE("A state that nobody reaches is no violation") {
  const Folder folder;
  const LoadedScenario loaded = LoadValid(
      "shared int x = 0, y = 0;\n"
      "process p { x = 1; x = 2; x = 3; y = 1; y = 2; y = 3; }\n"
      "process q { if (x == 9) { y = 1 / (x - 9); } }\n");
  CheckOptions options;
  options.engine.engine = Engine::kInterpreted;
  CHECK(Check(*loaded, options).verdict == Verdict::kHolds);
  const std::string good = Written(*loaded, options, folder.File("good"), 3);
  // In a state that is still to be expanded x becomes 9: then q divides by zero.
  StateSpace space(*loaded, *loaded.source);
  space.Explore({});
  const uint32_t slot = loaded->objects[0].base;
  int refused = 0;
  for (uint32_t n = 1; n < space.states(); ++n) {
    const std::vector<int64_t> state = space.Get(n);
    std::vector<uint64_t> words = {state.size()};
    words.insert(words.end(), state.begin(), state.end());
    const std::string bytes(reinterpret_cast<const char*>(words.data()), words.size() * 8);
    if (good.rfind(bytes) == std::string::npos) continue;
    std::string bad = good;
    bad[PlaceOf(good, state) + slot * 8] = 9;
    const std::string why = Refusal(*loaded, folder.File("bad"), Rehashed(bad));
    refused += why.find("is damaged") != std::string::npos;
  }
  CHECK(refused > 0);
}

TEST_CASE("A checkpoint of compiled steps that was made up does no harm") {
  const Folder folder;
  const LoadedScenario loaded = LoadValid(kScenario);
  CheckOptions options;
  options.engine.engine = Engine::kNative;
  options.engine.compile_at = 30;
  const CheckResult whole = Check(*loaded, options);
  if (!whole.is_native) return;  // no C compiler
  const std::string good = Written(*loaded, options, folder.File("good"), 8);
  const std::string file = folder.File("made up");
  std::mt19937 random(3);
  for (int k = 0; k < 12; ++k) {
    std::string bad = good;
    const std::size_t at = 40 + random() % (bad.size() - 48);
    bad[at] = static_cast<char>(bad[at] ^ (1 << random() % 8));
    std::ofstream(file, std::ios::binary) << Rehashed(bad);
    options.resume = file;
    try {
      CHECK(Check(*loaded, options).verdict == whole.verdict);
    } catch (const CheckpointError&) {
    }
  }
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
