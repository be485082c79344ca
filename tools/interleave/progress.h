#pragma once
// How far a search is, on standard error.

#include <cstdint>

#include "model/report/progress.h"
#include "model/search/check.h"

namespace interleave {

// On a terminal one line, drawn anew several times a second once a search takes longer than one;
// elsewhere a line every ten seconds.
class ProgressLine {
 public:
  ProgressLine(bool on_terminal, uint64_t max_memory_bytes)
      : on_terminal_(on_terminal), teller_(max_memory_bytes) {}
  ~ProgressLine() { Clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void Show(const CheckProgress& progress);
  // Takes the line away.
  void Clear();

 private:
  bool on_terminal_;
  ProgressTeller teller_;
  double last_shown_ = 0;
  bool drawn_ = false;
};

}  // namespace interleave
