// Any bytes as a checkpoint: it is refused, or the search goes on and ends. Behind a first byte
// below 128 the input is a list of changes to a checkpoint that a search wrote, four bytes each,
// and the checksum is made to fit, or nothing would come past it; behind any other the input is the
// file itself. Fails when a sanitizer or an assertion does.
//
// Left out: searches with compiled steps, which run a C compiler.
//
// Run: checkpoint tests/fuzz/corpus/checkpoint
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/search/check.h"
#include "model/search/checkpoint.h"
#include "sim/language/checker.h"
#include "sim/language/parser.h"
#include "sim/language/source.h"
#include "sim/program/compile.h"

namespace interleave {
namespace {

// Small, so that all of it is searched in a moment, also where a limit is changed away.
constexpr const char* kScenario =
    "shared int x = 0;\n"
    "shared uint8_t raw[2];\n"
    "shared bool lock = false;\n"
    "shared queue<char, 2> q;\n"
    "ghost int seen = 0;\n"
    "process p[2] {\n"
    "    int own = choose (0 .. 1);\n"
    "    atomic { await (!lock); lock = true; }\n"
    "    x = x + 1;\n"
    "    atomic { lock = false; assume (x > own); raw[1] = own; }\n"
    "    produced(own); append(q, own);\n"
    "}\n"
    "process r {\n"
    "    char v = take(q); consumed(v); ghost seen++;\n"
    "    char own[2] = {0}; char *to = &own[x % 2]; *to = x % 100; x = own[x % 2]; v = raw[1];\n"
    "}\n"
    "property exactly_once;\n"
    "property slots (raw);\n"
    "reachable all: x == 2;\n"
    "invariant few: x > 2 => items == 0;\n";

// The magic, the hash of program and properties, and the flags, of which only whether the search is
// depth-first is kept.
constexpr std::size_t kMagicBytes = 24;
constexpr std::size_t kFlagsAt = kMagicBytes + 8;
constexpr std::size_t kHeadBytes = kFlagsAt + 8;
constexpr uint64_t kMaxStates = 100;

struct Subject {
  Subject() : source("fuzz.scn", kScenario) {
    Diagnostics diagnostics;
    std::unique_ptr<ScenarioSyntax> syntax = Parse(source, {}, diagnostics);
    if (!diagnostics.has_errors()) scenario = Check(std::move(syntax), {}, diagnostics);
    if (!diagnostics.has_errors()) program = Compile(*scenario, diagnostics);
    if (program == nullptr) {
      std::fputs(diagnostics.Render(source).c_str(), stderr);
      std::abort();
    }
    for (int mode = 0; mode < 4; ++mode) written[mode] = Written(mode);
  }

  // Of a search that was ended early: depth-first, reduced.
  static CheckOptions OptionsOf(int mode) {
    CheckOptions options;
    options.explorer = (mode & 1) != 0 ? ExplorerKind::kDepthFirst : ExplorerKind::kBreadthFirst;
    options.engine.engine = Engine::kInterpreted;
    options.reduce.partial_order = (mode & 2) != 0;
    options.max_states = kMaxStates;
    return options;
  }

  std::string Written(int mode) const {
    std::string path = "/tmp/interleave_fuzz.XXXXXX";
    const int file = mkstemp(path.data());
    if (file < 0) std::abort();
    close(file);
    CheckOptions options = OptionsOf(mode);
    options.max_states = 20;
    options.checkpoint = path;
    Check(*program, options);
    std::ifstream in(path, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(in), {}};
    unlink(path.c_str());
    if (bytes.size() <= kHeadBytes) std::abort();  // Nothing to start from.
    return bytes;
  }

  const Source source;
  std::unique_ptr<Scenario> scenario;
  std::unique_ptr<Program> program;
  std::string written[4];  // by mode
};

// A checkpoint is numbers of eight bytes behind its head: changes one, or leaves one out, or adds
// one.
void Change(const uint8_t* change, std::vector<int64_t>& numbers) {
  if (numbers.empty()) return;
  const std::size_t at = (change[1] | std::size_t{change[2]} << 8) % numbers.size();
  const auto value = static_cast<int8_t>(change[3]);
  const auto place = numbers.begin() + static_cast<std::ptrdiff_t>(at);
  switch (change[0] % 5) {
    case 0: *place = value; break;
    case 1: *place = static_cast<int64_t>(uint64_t{1} << (change[3] % 64)); break;
    case 2: *place = static_cast<int64_t>(static_cast<uint64_t>(*place) + change[3]); break;
    case 3: numbers.erase(place); break;
    default: numbers.insert(place, value); break;
  }
}

void CheckCheckpoint(const uint8_t* data, std::size_t size) {
  static const Subject subject;
  if (size == 0) return;
  const int mode = data[0] % 4;
  std::string bytes;
  if (data[0] >= 128) {
    bytes.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
  } else {
    const std::string& written = subject.written[mode];
    std::vector<int64_t> numbers((written.size() - kHeadBytes) / 8 - 1);
    std::memcpy(numbers.data(), written.data() + kHeadBytes, numbers.size() * 8);
    for (std::size_t at = 1; at + 4 <= size; at += 4) Change(data + at, numbers);
    if (!numbers.empty()) numbers[0] = 0;  // Not one with compiled steps.
    bytes = written.substr(0, kHeadBytes);
    bytes.append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * 8);
    const uint64_t hash = XXH3_64bits(bytes.data(), bytes.size());
    bytes.append(reinterpret_cast<const char*>(&hash), sizeof hash);
  }
  static const int file = memfd_create("checkpoint", 0);
  if (file < 0 || ftruncate(file, 0) != 0 ||
      pwrite(file, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    std::abort();
  }
  CheckOptions options = Subject::OptionsOf(mode);
  options.resume = "/proc/self/fd/" + std::to_string(file);
  try {
    const CheckResult result = Check(*subject.program, options);
    // Whatever broke has a run from the start. (Depth-first a limit may be met on the way there.)
    const bool is_shown = result.counterexamples.empty() ||
                          options.explorer == ExplorerKind::kDepthFirst ||
                          result.counterexamples.front().is_shortest;
    if (!is_shown) std::abort();
  } catch (const CheckpointError&) {
  }
}

}  // namespace
}  // namespace interleave

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  interleave::CheckCheckpoint(data, size);
  return 0;
}
