#include "tools/interleave/progress.h"

#include <fmt/format.h>

#include <cstdio>

#include "tools/interleave/terminal.h"

namespace interleave {
void ProgressLine::Show(const CheckProgress& progress) {
  // Another search has begun.
  if (progress.seconds < last_shown_) last_shown_ = 0;
  const double interval = on_terminal_ ? (drawn_ ? 0.2 : 1.0) : 10.0;
  const double since = progress.seconds - last_shown_;
  if (since < interval) return;
  last_shown_ = progress.seconds;
  // A line that is as wide as the terminal wraps on some, and a wrapped one cannot be redrawn.
  const std::string text = teller_.Text(progress, on_terminal_ ? ErrorWidth() - 1 : 0);
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
