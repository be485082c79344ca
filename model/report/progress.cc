#include "model/report/progress.h"

#include <fmt/format.h>

#include "model/report/text_layout.h"

namespace interleave {

std::string BytesText(uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes);
  const char* unit = "B";
  for (const char* next : {"KiB", "MiB", "GiB", "TiB"}) {
    if (value < 1024) break;
    value /= 1024;
    unit = next;
  }
  return value < 10 ? fmt::format("{:.1f} {}", value, unit) : fmt::format("{:.0f} {}", value, unit);
}

std::string ProgressText(const CheckProgress& now, const CheckProgress& before,
                         uint64_t memory_limit_bytes) {
  const double seconds = now.seconds - before.seconds;
  std::string rate;
  if (seconds > 0 && now.transitions >= before.transitions) {
    const double per_second = static_cast<double>(now.transitions - before.transitions) / seconds;
    rate = fmt::format(", {}/s", Grouped(static_cast<uint64_t>(per_second)));
  }
  std::string memory = BytesText(now.memory_bytes);
  if (memory_limit_bytes != 0) memory += " of " + BytesText(memory_limit_bytes);
  return fmt::format("{} states, {} transitions{}, frontier {}, depth {}, {}, {:.0f} s",
                     Grouped(now.states), Grouped(now.transitions), rate, Grouped(now.frontier),
                     Grouped(now.depth), memory, now.seconds);
}

}  // namespace interleave
