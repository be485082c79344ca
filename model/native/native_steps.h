#pragma once
// Compiled steps: the C of emit_search.h on its way to code, made beside the search by the system's
// compiler, and called by it.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/native/emit_search.h"
#include "sim/host/compiled_library.h"

namespace interleave {

// What happened since the code was loaded (the counterpart of Stepper's and the probe's facts).
struct NativeFacts {
  const uint8_t* seen = nullptr;    // by program point, FactOffsets::points
  const uint8_t* passed = nullptr;  // by instruction, FactOffsets::instructions
  const uint8_t* cut = nullptr;
  const uint8_t* own = nullptr;
  const uint8_t* reached = nullptr;     // by property
  const uint8_t* antecedent = nullptr;  // by property
  bool saw_mark = false;
};

class NativeSteps {
 public:
  // Compiles and loads. Throws std::runtime_error when there is no compiler or it fails, or when
  // `cancel`, which may be null, was set meanwhile.
  NativeSteps(const Program& program, const FieldLayout& layout,
              const std::vector<NativeObserver>& observers,
              const PartialOrder* partial_order = nullptr, SearchFault fault = SearchFault::kNone,
              const std::atomic<bool>* cancel = nullptr);

  using Step = unsigned (*)(const uint64_t* state, uint64_t* out, unsigned room, NativeInfo* info);

  unsigned Expand(const uint64_t* state, uint64_t* out, unsigned room, NativeInfo* info) const {
    return expand_(state, out, room, info);
  }
  Step step(int process) const { return steps_[process]; }
  // The properties that a state breaks, a bit each (PropertyBit), or kAskInterpreter.
  uint64_t Broken(const uint64_t* state) const { return judge_(state); }
  // With partial order: PartialOrder::ClosedGates.
  uint64_t ClosedGates(const uint64_t* state) const { return closed_(state); }
  NativeFacts facts() const;

 private:
  Sandbox sandbox_;
  std::unique_ptr<CompiledLibrary> library_;
  Step expand_ = nullptr;
  const Step* steps_ = nullptr;
  uint64_t (*judge_)(const uint64_t*) = nullptr;
  uint64_t (*closed_)(const uint64_t*) = nullptr;
};

}  // namespace interleave
