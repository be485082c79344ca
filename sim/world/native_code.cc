#include "sim/world/native_code.h"

#include <fmt/format.h>

#include <array>
#include <stdexcept>

namespace interleave {

namespace {

std::vector<std::string> Together(const std::string& first, std::vector<std::string> rest) {
  rest.insert(rest.begin(), first);
  return rest;
}

}  // namespace

NativeCode::NativeCode(Sandbox& sandbox, const std::string& text,
                       const std::vector<std::string>& real_things,
                       const std::string& without_compiler, const std::atomic<bool>* cancel)
    : library_(sandbox, FindCompiler(without_compiler), Together(text, real_things),
               {.cancel = cancel}) {
  const auto* sizes = static_cast<const unsigned long*>(library_.Find("il_sizes"));
  const std::array<std::size_t, 5> expected = {sizeof(il_turn), sizeof(il_free), sizeof(il),
                                               sizeof(il_outcome), sizeof(il_mark)};
  bool same = sizes != nullptr;
  for (std::size_t i = 0; same && i < expected.size(); ++i) same = sizes[i] == expected[i];
  run_ = reinterpret_cast<int (*)(il*, unsigned)>(library_.Find("il_run"));
  if (!same || run_ == nullptr) {
    throw std::runtime_error("the C compiler does not lay out structs as this program was built");
  }
}

void* NativeCode::Find(const std::string& name) const {
  void* const found = library_.Find(name);
  if (found == nullptr)
    throw std::runtime_error(fmt::format("{} is missing in compiled code", name));
  return found;
}

}  // namespace interleave
