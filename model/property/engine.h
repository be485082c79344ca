#pragma once
// How steps are executed.

#include <cstdint>

namespace interleave {

enum class Engine : uint8_t {
  kAuto,         // interpreted, and compiled when the search has grown
  kInterpreted,  // the definition
  kNative,       // compiled as soon as it is known how wide the fields of a state are
};

}  // namespace interleave
