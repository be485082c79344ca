// What would surprise: a library that lacks a symbol, or whose states have another number of words,
// is an error like a compiler that fails; the search stays interpreted then.

#include "model/native/native_steps.h"

#include <stdexcept>

namespace interleave {

NativeSteps::NativeSteps(const Program& program, const FieldLayout& layout,
                         const std::vector<NativeObserver>& observers,
                         const PartialOrder* partial_order, SearchFault fault,
                         const std::atomic<bool>* cancel) {
  library_ = std::make_unique<CompiledLibrary>(
      sandbox_, FindCompiler(),
      std::vector{EmitSearch(program, layout, observers, partial_order, fault)},
      CompileOptions{.optimization = "-O2", .cancel = cancel});
  expand_ = reinterpret_cast<Step>(library_->Find("il_expand"));
  steps_ = static_cast<const Step*>(library_->Find("il_steps"));
  judge_ = reinterpret_cast<uint64_t (*)(const uint64_t*)>(library_->Find("il_judge"));
  if (partial_order != nullptr) {
    closed_ = reinterpret_cast<uint64_t (*)(const uint64_t*)>(library_->Find("il_closed"));
  }
  const auto* words = static_cast<const unsigned*>(library_->Find("il_words"));
  if (expand_ == nullptr || steps_ == nullptr || judge_ == nullptr || words == nullptr ||
      (partial_order != nullptr && closed_ == nullptr) || *words != layout.words()) {
    throw std::runtime_error("what the C compiler made of the steps is not what was written");
  }
}

NativeFacts NativeSteps::facts() const {
  const auto bytes = [&](const char* name) {
    return static_cast<const uint8_t*>(library_->Find(name));
  };
  NativeFacts facts;
  facts.seen = bytes("il_seen");
  facts.passed = bytes("il_passed");
  facts.cut = bytes("il_cut");
  facts.own = bytes("il_own");
  facts.reached = bytes("il_reached");
  facts.antecedent = bytes("il_antecedent");
  facts.saw_mark = *bytes("il_saw_mark") != 0;
  return facts;
}

}  // namespace interleave
