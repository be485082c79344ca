#include "tools/interleave/progress.h"

#include <fmt/format.h>

#include <cstdio>

#include "model/report/progress.h"
#include "tools/interleave/terminal.h"

namespace interleave {
void ProgressLine::Show(const CheckProgress& progress) {
  const double interval = on_terminal_ ? (drawn_ ? 0.2 : 1.0) : 10.0;
  const double since = progress.seconds - last_shown_;
  if (since < interval) return;
  last_shown_ = progress.seconds;
  const std::string text = ProgressText(progress, before_, max_memory_bytes_);
  before_ = progress;
  PrintError("{}{}{}", on_terminal_ ? "\r\x1b[K" : "", text, on_terminal_ ? "" : "\n");
  std::fflush(stderr);
  drawn_ = on_terminal_;
}

void ProgressLine::Clear() {
  if (!drawn_) return;
  PrintError("\r\x1b[K");
  std::fflush(stderr);
  drawn_ = false;
}

}  // namespace interleave
