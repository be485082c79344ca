#pragma once
// How steps are executed.

#include <cstddef>
#include <cstdint>

#include "model/native/search_fault.h"

namespace interleave {

enum class Engine : uint8_t {
  kAuto,         // interpreted, and compiled when the search has grown
  kInterpreted,  // the definition
  kNative,       // compiled as soon as it is known how wide the fields of a state are
};

// States of the interpreted search at which compiling begins, unless told otherwise.
inline constexpr uint64_t kCompileAt = 150'000;
inline constexpr uint64_t kCompileAtOnce = 50'000;  // Engine::kNative

struct EngineOptions {
  Engine engine = Engine::kAuto;
  uint64_t compile_at = 0;                 // states; 0: the constants above
  std::size_t threads = 1;                 // of the search with compiled steps
  SearchFault fault = SearchFault::kNone;  // in what is compiled, for tests
  // Of random runs that meet values before they are compiled for; 0: what is met later does not
  // fit.
  uint32_t scouted_steps = 60'000;
};

}  // namespace interleave
