// Any bytes as a schedule of one fixed program. Text that begins as a schedule file does is parsed
// and replayed; any other text is the commands of a `schedule` block, which is checked, compiled
// and run. Fails when a sanitizer or an assertion does, or when a run that was replayed, written
// down and replayed again is another.
//
// Run: schedule tests/fuzz/corpus/schedule
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "sim/language/checker.h"
#include "sim/language/parser.h"
#include "sim/language/source.h"
#include "sim/program/compile.h"
#include "sim/program/show.h"
#include "sim/world/schedule_file.h"
#include "sim/world/schedule_run.h"
#include "sim/world/simulated_world.h"

namespace interleave {
namespace {

// A bit of everything that a schedule can meet: waiting, blocking, going round, decisions before
// and after the first access, a run that is cut, run-time errors. No process takes long.
constexpr const char* kProcesses =
    "#define FULL 3\n"
    "shared int turn = 0, x = 0, a[2] = {};\n"
    "shared int raw[2];\n"
    "shared queue<int, 2> q;\n"
    "ghost int rounds = 0;\n"
    "process ping { while (turn != 0) ; x = 1; turn = 1; while (turn != 0) ; x = 2; }\n"
    "process pong { await (turn == 1); x = 5; L: turn = 0; }\n"
    "process spin { while (x < 100) { ghost rounds = (rounds + 1) & 3; } }\n"
    "process pick { int k = choose (1 .. 3); section S { int l = choose (0 .. 1); x = k + l; } }\n"
    "process puts[2] { append(q, self); produced(self); append(q, 2); }\n"
    "process gets { select { when (x > 1) x = 0; when (a[0] == 0) { int v = take(q); consumed(v); "
    "} "
    "} }\n"
    "process fails { int i = x; x = a[i]; x = raw[0]; }\n"
    "process cuts { step; int k = choose (0 .. 1); assume (k > 0); x = x + 1; }\n";

[[noreturn]] void Fail(const char* what, const std::string& first, const std::string& second) {
  std::fprintf(stderr, "%s\n--- first\n%s\n--- second\n%s\n", what, first.c_str(), second.c_str());
  std::abort();
}

// A scenario with everything it points into; no program where it has errors.
struct Compiled {
  explicit Compiled(const std::string& text) : source("fuzz.scn", text) {
    std::unique_ptr<ScenarioSyntax> syntax = Parse(source, {}, diagnostics);
    if (!diagnostics.has_errors()) scenario = Check(std::move(syntax), {}, diagnostics);
    if (!diagnostics.has_errors()) program = Compile(*scenario, diagnostics);
    diagnostics.Render(source, true);
  }

  const Source source;
  Diagnostics diagnostics;
  std::unique_ptr<Scenario> scenario;
  std::unique_ptr<Program> program;
};

// The run of a schedule file as it is written down; nothing where it does not fit. The hash of the
// program is not for the fuzzer to guess.
std::optional<std::string> Replayed(const Program& program, const std::string& text) {
  const Source source("fuzz.sched", text);
  Diagnostics diagnostics;
  std::optional<ScheduleFile> file = ParseScheduleFile(source, diagnostics);
  std::optional<std::string> written;
  if (file) {
    file->program_hash = ProgramHash(program);
    SimulatedWorld world(program);
    Run run(world);
    if (Replay(run, *file, diagnostics)) {
      written = WriteScheduleFile(program, run.trace(), file->defines);
    }
  }
  diagnostics.Render(source, true);
  return written;
}

void CheckFile(const std::string& text) {
  static const Compiled fixed(kProcesses);
  const std::optional<std::string> once = Replayed(*fixed.program, text);
  if (!once) return;
  const std::optional<std::string> twice = Replayed(*fixed.program, *once);
  if (!twice) Fail("what was written down does not fit", text, *once);
  if (*once != *twice) Fail("the run is another", *once, *twice);
}

void CheckBlock(const std::string& commands) {
  const Compiled compiled(kProcesses + ("schedule \"s\" {\n" + commands) + "\n}\n");
  if (compiled.program == nullptr) return;
  for (const Schedule& schedule : compiled.program->schedules) {
    SimulatedWorld world(*compiled.program);
    Run run(world);
    const ScheduleResult result = RunSchedule(run, schedule, compiled.source);
    Diagnostics diagnostics;
    if (result.end == ScheduleResult::End::kFailed) {
      diagnostics.Error(result.failure.range, result.failure.message, result.failure.hint);
    }
    diagnostics.Render(compiled.source, true);
  }
}

}  // namespace
}  // namespace interleave

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (text.rfind("interleave schedule", 0) == 0) {
    interleave::CheckFile(text);
  } else {
    interleave::CheckBlock(text);
  }
  return 0;
}
