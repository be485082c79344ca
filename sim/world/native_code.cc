#include "sim/world/native_code.h"

#include <fmt/format.h>

#include <array>
#include <stdexcept>

namespace interleave {

NativeCode::NativeCode(Sandbox& sandbox, const std::string& compiler, const std::string& text)
    : library_(sandbox, compiler, text, "-O1") {
  const auto* sizes = static_cast<const unsigned long*>(library_.Find("il_sizes"));
  const std::array<std::size_t, 5> expected = {sizeof(il_turn), sizeof(il_free), sizeof(il),
                                               sizeof(il_outcome), sizeof(il_mark)};
  bool same = sizes != nullptr;
  for (std::size_t i = 0; same && i < expected.size(); ++i) same = sizes[i] == expected[i];
  run_ = reinterpret_cast<int (*)(il*, unsigned)>(library_.Find("il_run"));
  if (!same || run_ == nullptr) {
    throw std::runtime_error(
        fmt::format("{} does not lay out structs as this program was built", compiler));
  }
}

}  // namespace interleave
