// The program is compiled once; the table of its calls is put into its memory. Turns are those of
// the real processes, each as many steps as the call takes.

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "sim/program/build.h"
#include "sim/program/stepper.h"
#include "tests/support/kernel_calls.h"

namespace interleave {
namespace {

constexpr std::size_t kColumns = 5;  // of the table
constexpr std::size_t kTold = 4;     // of what is told of a call: over, result, errno, more
constexpr std::size_t kIds = CallSequence::kMostCalls * kTold;
constexpr int64_t kFirstId = 1000;  // of a process

uint64_t Mixed(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15U;
  return hash ^ (hash >> 29U);
}

}  // namespace

ModelCalls::ModelCalls(const KindLibrary& library) {
  program_.source =
      std::make_unique<Source>("kernel_calls.c", ReadCheckoutFile("tests/support/kernel_calls.c"));
  Diagnostics diagnostics;
  BuiltProgram built = BuildProgram(*program_.source, {}, {}, diagnostics, library);
  program_.scenario = std::move(built.scenario);
  program_.program = std::move(built.program);
  if (!program_) throw std::runtime_error(diagnostics.Render(*program_.source));
  for (const MemoryObject& object : program_->objects) {
    if (object.kind != nullptr && object.kind->name == "kernel") {
      kernel_ = object.base;
      kernel_end_ = object.base + object.cells;
    } else if (told_ == 0 && object.kind == nullptr &&
               object.cells >= kIds + CallSequence::kMostProcesses) {
      told_ = object.base;
    }
  }
  const ProcessInstance& first = program_->processes[0];
  for (const OwnObject& own : program_->CodeOf(0).own_objects) {
    if (own.symbol->name == "calls") table_ = first.own_base + own.offset;
  }
  if (kernel_ == 0 && kernel_end_ == 0) throw std::runtime_error("there is no kernel");
  if (table_ == 0 || told_ == 0) throw std::runtime_error("there is no table");
}

// All that the call can come to, if it chooses.
std::vector<ModelCalls::Outcome> ModelCalls::Make(std::vector<int64_t> state, int process,
                                                  std::size_t call, CallKind kind) const {
  Stepper stepper(*program_);
  std::vector<Outcome> all;
  for (;;) {
    Outcome out;
    const bool has_steps = program_->HasSteps(state.data(), process);
    if (kind == CallKind::kExit ? !has_steps : Told(state, call * kTold) != 0) {
      const auto told = [&](std::size_t k) {
        return static_cast<int>(Told(state, call * kTold + k));
      };
      out.answer = {told(1), told(2), told(3)};
      out.state = std::move(state);
      return {out};
    }
    if (!has_steps) {
      out.problem = "the process is over";
      return {out};
    }
    std::vector<std::vector<int64_t>> nexts;
    stepper.FirstOutcome();
    do {
      std::vector<int64_t> next = state;
      const StepStatus status = stepper.Step(next.data(), process);
      if (status == StepStatus::kOk) {
        nexts.push_back(std::move(next));
        continue;
      }
      out.state = state;
      const std::string& message = stepper.error().message;
      if (status == StepStatus::kBlocked) {
        out.end = CallEnd::kBlocks;
      } else if (status == StepStatus::kError && message.find("SIGPIPE") != std::string::npos) {
        out.end = CallEnd::kKills;
      } else {
        out.problem = status == StepStatus::kError ? message : "a limit is met";
      }
      all.push_back(out);
    } while (stepper.NextOutcome());
    if (nexts.size() == 1 && all.empty()) {
      state = std::move(nexts[0]);
      continue;
    }
    for (std::vector<int64_t>& next : nexts) {
      for (Outcome& outcome : Make(std::move(next), process, call, kind))
        all.push_back(std::move(outcome));
    }
    return all;
  }
}

std::string ModelCalls::Difference(const CallSequence& sequence,
                                   std::unordered_set<uint64_t>* pairs) const {
  std::vector<int64_t> state = program_->initial;
  Stepper first(*program_);
  if (first.Start(state.data(), 0) != StepStatus::kOk) return "main does not start";
  for (std::size_t i = 0; i < CallSequence::kMostCalls; ++i) {
    const TableCall call = i < sequence.calls.size() ? sequence.calls[i] : TableCall();
    const int row[kColumns] = {call.who, static_cast<int>(call.kind), call.a, call.b, call.c};
    for (std::size_t k = 0; k < kColumns; ++k) state[table_ + i * kColumns + k] = row[k];
  }
  for (std::size_t i = 0; i < sequence.turns.size(); ++i) {
    const CallTurn& turn = sequence.turns[i];
    const TableCall& call = sequence.calls[turn.call];
    const int process =
        call.who == 0
            ? 0
            : static_cast<int>(Told(state, kIds + static_cast<std::size_t>(call.who)) - kFirstId);
    if (pairs != nullptr) {
      uint64_t hash = static_cast<uint64_t>(process);
      for (const int value : {static_cast<int>(call.kind), call.a, call.b, call.c})
        hash = Mixed(hash, static_cast<uint64_t>(value));
      for (std::size_t k = kernel_; k < kernel_end_; ++k)
        hash = Mixed(hash, static_cast<uint64_t>(state[k]));
      pairs->insert(hash);
    }
    std::string said;
    bool agrees = false;
    for (Outcome& outcome : Make(state, process, turn.call, call.kind)) {
      if (outcome.problem.empty() && outcome.end == turn.end &&
          (turn.end != CallEnd::kReturns || outcome.answer == turn.answer)) {
        agrees = true;
        state = std::move(outcome.state);
        break;
      }
      const char* const end = outcome.end == CallEnd::kBlocks ? "it blocks" : "it is killed";
      said += !outcome.problem.empty() ? outcome.problem
              : outcome.end != CallEnd::kReturns
                  ? end
                  : fmt::format("{}, errno {}, more {}", outcome.answer.result,
                                outcome.answer.error, outcome.answer.more);
      said += "; ";
    }
    if (!agrees)
      return fmt::format("seed {}, the last of:\n{}the model: {}", sequence.seed,
                         sequence.Text(i + 1, 100), said);
  }
  return "";
}

}  // namespace interleave
