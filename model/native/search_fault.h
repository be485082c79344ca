#pragma once
// Mistakes in compiled steps, and around them, that are made on purpose, to see that a test notices
// them. Apart from emit_search.h, so that who only chooses an engine does not include the emitter.

#include <cstdint>

namespace interleave {

enum class SearchFault : uint8_t {
  kNone,
  kDroppedStore,  // the first store of the program does not happen
  kTruncation,    // a value that does not fit its field loses bits
  kBlindJudge,    // no property is ever judged
  kNoThread,      // the system gives no thread for the compiler
};

}  // namespace interleave
