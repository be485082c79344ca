#include "model/report/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

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

std::string ProgressTeller::Text(const CheckProgress& now, std::size_t width) {
  struct Part {
    std::string text;
    int rank;  // the highest is left out first
  };
  std::vector<Part> parts = {{Grouped(now.states) + " states", 0},
                             {Grouped(now.transitions) + " transitions", 4}};
  const double seconds = now.seconds - before_.seconds;
  if (seconds > 0 && now.transitions >= before_.transitions) {
    const double per_second = static_cast<double>(now.transitions - before_.transitions) / seconds;
    parts.push_back({Grouped(static_cast<uint64_t>(per_second)) + "/s", 3});
  }
  parts.push_back({"frontier " + Grouped(now.frontier), 6});
  parts.push_back({"depth " + Grouped(now.depth), 5});
  std::string memory = BytesText(now.memory_bytes);
  if (memory_limit_bytes_ != 0) memory += " of " + BytesText(memory_limit_bytes_);
  parts.push_back({std::move(memory), 2});
  parts.push_back({fmt::format("{:.0f} s", now.seconds), 1});
  std::string stage(now.stage);
  if (!stage.empty()) stage += now.states < most_states_ ? ", from the start: " : ": ";
  most_states_ = std::max(most_states_, now.states);
  before_ = now;
  for (;;) {
    std::string text = stage;
    for (const Part& part : parts) {
      if (&part != &parts.front()) text += ", ";
      text += part.text;
    }
    if (width == 0 || DisplayWidth(text) <= width) return text;
    if (parts.size() == 1) return Shorten(text, width);
    parts.erase(std::max_element(parts.begin(), parts.end(),
                                 [](const Part& a, const Part& b) { return a.rank < b.rank; }));
  }
}

}  // namespace interleave
