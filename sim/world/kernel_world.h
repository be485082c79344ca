#pragma once
// A program that forks, simulated, and real processes that make each call of its kernel, which are
// compared call by call.
//
// What is real is the kernel: processes, descriptors, pipes, FIFOs, files, names, and sizes of
// shared memory objects. The program's own memory and control stay in the model, which also says
// when a call is made and with what. Compared are of each call whether it waits, its result with
// `errno`, and the bytes that it brought; after each step the descriptors of all processes, what
// they lead to, offsets and flags, how much is in each pipe, and what has a name, of files with
// content.
//
// Tested by tests/kernel_world_test.cc.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/world/callers.h"
#include "sim/world/compared_world.h"
#include "sim/world/kernel_calls.h"
#include "sim/world/kernel_view.h"
#include "sim/world/mapped_files.h"
#include "sim/world/simulated_world.h"

namespace interleave {

class KernelWorld : public ComparedWorld {
 public:
  // `program` is kept by the caller. REQUIRES: it forks. Throws std::runtime_error where an
  // operation that it uses has no real call.
  KernelWorld(const Program& program, const RealOptions& options = {});

  const Program& program() const override { return simulated_.program(); }
  std::vector<EnabledChoice> InitialOutcomes(int process) const override {
    return simulated_.InitialOutcomes(process);
  }
  std::vector<EnabledChoice> EnabledOf(int process) const override {
    return simulated_.EnabledOf(process);
  }
  std::span<const int64_t> Observe() const override { return simulated_.Observe(); }
  std::vector<StepResult> Start(const std::vector<EnabledChoice>& outcomes) override;
  StepResult Step(const EnabledChoice& choice) override;
  // Of calls that may wait: whether they do. open() and blocked() count these.
  void TryAll() override;

  uint64_t calls() const { return calls_; }  // made by real processes, with none that differs

 private:
  using ModelThing = std::pair<std::string_view, int64_t>;
  using RealThing = std::pair<std::string_view, uint64_t>;

  // One call as the model made it.
  struct ModelCall {
    uint32_t operation = 0;
    uint32_t address = 0;
    const KernelCall* real = nullptr;
    std::vector<int64_t> arguments;
    std::vector<std::vector<char>> before;  // by argument: what a pointer leads to
    std::vector<std::vector<char>> after;
    int64_t result = 0;
    bool is_over = false;
  };

  void Watch(const OperationMoment& moment);
  // By argument, of pointers the bytes up to the end of their object.
  std::vector<std::vector<char>> BytesOf(const ModelCall& call, const int64_t* state) const;
  // The calls of one outcome of the next step of `process` from `state`, into calls_made_.
  StepStatus Record(const std::vector<int64_t>& state, int process, uint32_t outcome);
  void Prepare(int process, const ModelCall& call);
  void Make(int process, const ModelCall& call);
  // Of a call that mapped a regular file for all.
  void NoteMapping(int process, const ModelCall& call);
  bool IsSame(const ModelCall& call, const Callers::Answer& answer, const CallBlock& block);
  void CompareThings();
  void CompareDescriptors(int process, std::string& text);
  void CompareNames(std::string& text);
  std::string Text(const ModelCall& call, const std::string& value) const;
  std::string ResultText(const ModelCall& call, int64_t result) const;
  // What the call brought: as many bytes as its result says, where there are others now.
  std::string BytesText(const ModelCall& call, int64_t result, const char* bytes) const;
  std::string ModelText(const ModelCall& call) const;
  std::string RealText(const ModelCall& call, const Callers::Answer& answer,
                       const CallBlock& block) const;
  std::string NameOf(int process) const;

  SimulatedWorld simulated_;
  const MemoryObject& object_;
  const KernelView view_;
  Callers callers_;
  MappedFiles mapped_;
  bool has_names_ = false;  // the program uses some
  Stepper stepper_;
  std::vector<Event> log_;
  std::vector<int64_t> scratch_;
  std::vector<ModelCall> calls_made_;
  // What the model numbers, and what is it in this run; both ways.
  std::map<ModelThing, RealThing> identities_;
  std::map<RealThing, ModelThing> numbers_;
  // Of what is open in one state.
  std::map<int64_t, std::pair<uint64_t, uint64_t>> seen_as_;
  std::map<std::pair<uint64_t, uint64_t>, int64_t> models_;
  uint64_t step_ = 0;
  uint64_t calls_ = 0;
};

}  // namespace interleave
