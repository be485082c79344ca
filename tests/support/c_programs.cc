// One C file holds all programs, each behind its own `#line`, so that the sanitizer's reports name
// the program. The file's main forks: a child runs programs one after the other and dies at the
// first report; the next child goes on behind it. Results go through a shared mapping to a file.

#include "tests/support/c_programs.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "sim/language/source.h"
#include "sim/program/build.h"

namespace interleave {
namespace {

constexpr const char* kPrologue = R"(#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#define shared
static long result[kCells] __attribute__((aligned(4096)));
)";

constexpr const char* kEpilogue = R"(
enum { kPrograms = sizeof programs / sizeof *programs };
struct area {
  int next;
  char finished[kPrograms];
  long result[kPrograms][kCells];
};
int main(int argc, char **argv) {
  struct area *area = mmap(0, sizeof *area, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  // The children's `result` is this process's too: what a program wrote before it died counts.
  void *at = mmap(result, sizeof result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (argc != 2 || area == MAP_FAILED || at == MAP_FAILED) return 1;
  while (area->next < kPrograms) {
    int status;
    const pid_t child = fork();
    if (child < 0) return 1;
    if (child == 0) {
      while (area->next < kPrograms) {
        const int program = area->next++;
        alarm(10);
        memset(result, 0, sizeof result);
        programs[program]();
        memcpy(area->result[program], result, sizeof result);
        area->finished[program] = 1;
      }
      _exit(0);
    }
    waitpid(child, &status, 0);
    if (status != 0) memcpy(area->result[area->next - 1], result, sizeof result);
  }
  FILE *out = fopen(argv[1], "wb");
  if (!out || fwrite(area->finished, 1, kPrograms, out) != kPrograms) return 1;
  if (fwrite(area->result, sizeof *area->result, kPrograms, out) != kPrograms) return 1;
  return fclose(out) != 0;
}
)";

// Removed with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    const char* base = std::getenv("TMPDIR");
    path_ = std::string(base != nullptr ? base : "/tmp") + "/interleave-XXXXXX";
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no temporary folder: " + path_);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    for (const char* name : {"programs.c", "programs", "log", "reports", "results"})
      unlink(File(name).c_str());
    rmdir(path_.c_str());
  }
  std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

ErrorKind KindOf(const std::string& report) {
  const auto says = [&](const char* words) { return report.find(words) != std::string::npos; };
  if (says("division by zero")) return ErrorKind::kDivision;
  if (says("out of bounds")) return ErrorKind::kIndex;
  if (says("null pointer")) return ErrorKind::kPointer;
  // "signed integer overflow", "negation of", "division of .. by -1", "shift exponent", "left
  // shift"
  if (says("cannot be represented") || says("shift")) return ErrorKind::kOverflow;
  return ErrorKind::kNone;
}

// "p17:4:12: runtime error: division by zero"
void ReadReports(const std::string& text, std::vector<Compiled>& programs) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    unsigned program = 0;
    LineColumn at;
    int length = 0;
    if (std::sscanf(line.c_str(), "p%u:%u:%u: runtime error: %n", &program, &at.line, &at.column,
                    &length) != 3)
      continue;
    if (length == 0 || program >= programs.size() || !programs[program].report.empty()) continue;
    programs[program].report = line.substr(static_cast<std::size_t>(length));
    programs[program].position = at;
    programs[program].kind = KindOf(programs[program].report);
  }
}

}  // namespace

std::vector<Compiled> CompileAndRun(const std::vector<std::string>& texts,
                                    const std::string& flags) {
  const TemporaryFolder folder;
  {
    std::ofstream file(folder.File("programs.c"));
    file << "enum { kCells = " << CProgram::kResultCells << " };\n" << kPrologue;
    for (std::size_t i = 0; i < texts.size(); ++i)
      file << "#line 1 \"p" << i << "\"\n" << texts[i] << "\n";
    file << "#line 1 \"main\"\nstatic void (*const programs[])(void) = {";
    for (std::size_t i = 0; i < texts.size(); ++i) file << "p" << i << ", ";
    file << "};\n" << kEpilogue;
  }
  const std::string compile = "gcc -std=gnu17 -w " + flags + " -o '" + folder.File("programs") +
                              "' '" + folder.File("programs.c") + "' 2> '" + folder.File("log") +
                              "'";
  if (std::system(compile.c_str()) != 0) {
    throw std::runtime_error("gcc does not compile the programs: " +
                             ReadFile(folder.File("log")).substr(0, 2000));
  }
  const std::string run = "UBSAN_OPTIONS= '" + folder.File("programs") + "' '" +
                          folder.File("results") + "' 2> '" + folder.File("reports") + "'";
  if (std::system(run.c_str()) != 0) throw std::runtime_error("the compiled programs do not run");
  std::vector<Compiled> programs(texts.size());
  const std::string results = ReadFile(folder.File("results"));
  if (results.size() != texts.size() * (1 + sizeof(Results)))
    throw std::runtime_error("the results are incomplete");
  for (std::size_t i = 0; i < texts.size(); ++i) {
    programs[i].finished = results[i] != 0;
    std::memcpy(programs[i].results.data(), results.data() + texts.size() + i * sizeof(Results),
                sizeof(Results));
  }
  ReadReports(ReadFile(folder.File("reports")), programs);
  return programs;
}

Interpreted Interpret(const std::string& scenario, Granularity granularity,
                      const std::string& name) {
  constexpr int kMaxSteps = 100'000;
  Interpreted out;
  const Source source(name, scenario);
  Diagnostics diagnostics;
  const OptionOverrides options = {
      {"granularity", granularity == Granularity::kAccess ? "access" : "statement"}};
  const BuiltProgram built = BuildProgram(source, {}, options, diagnostics);
  const Program* program = built.program.get();
  if (program == nullptr) {
    out.problem = diagnostics.Render(source);
    return out;
  }
  std::vector<int64_t> state = program->initial;
  const uint32_t point = program->processes[0].point_slot;
  StepStatus status = StepStatus::kOk;
  bool has_started = false;
  while (status == StepStatus::kOk && (!has_started || state[point] != 0) &&
         out.steps < kMaxSteps) {
    // A new one for every step: whatever goes from one to the next is in the state.
    Stepper stepper(*program);
    status = has_started ? stepper.Step(state.data(), 0) : stepper.Start(state.data(), 0);
    if (status == StepStatus::kError) out.error = stepper.error();
    has_started = true;
    ++out.steps;
  }
  if (status != StepStatus::kOk && status != StepStatus::kError) {
    out.problem = "it stops with status " + std::to_string(static_cast<int>(status));
  } else if (status == StepStatus::kOk && state[point] != 0) {
    out.problem = "it does not end";
  }
  for (const MemoryObject& object : program->objects) {
    if (object.symbol->name != "result") continue;
    for (std::size_t i = 0; i < out.results.size(); ++i) out.results[i] = state[object.base + i];
  }
  return out;
}

std::string Difference(const Results& interpreted, const Results& compiled) {
  for (std::size_t i = 0; i < interpreted.size(); ++i) {
    if (interpreted[i] == compiled[i]) continue;
    return "result[" + std::to_string(i) + "]: interpreter " + std::to_string(interpreted[i]) +
           ", gcc " + std::to_string(compiled[i]);
  }
  return "";
}

}  // namespace interleave
