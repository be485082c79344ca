#include "tools/interleave/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

namespace interleave {

std::size_t OutputWidth() {
  winsize size = {};
  if (isatty(STDOUT_FILENO) != 1 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 80;
  // Wider tables are harder to read, not easier.
  return size.ws_col == 0 ? 80 : std::clamp<std::size_t>(size.ws_col, 40, 160);
}

std::size_t ErrorWidth() {
  winsize size = {};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return std::max<std::size_t>(size.ws_col, 20);
}

}  // namespace interleave
