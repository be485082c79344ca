#include "sim/program/program.h"

#include <algorithm>

namespace interleave {
namespace {

// The point beside "done" where a process of this code is so.
std::size_t PointWith(const ProcessCode& code, Standing standing) {
  const auto it = std::find_if(code.points.begin(), code.points.end(),
                               [&](const ProgramPoint& at) { return at.standing == standing; });
  assert(it != code.points.end() && "LetProcessesComeAndGo was called");
  return static_cast<std::size_t>(it - code.points.begin());
}

}  // namespace

void LetProcessesComeAndGo(Program& program) {
  for (ProcessCode& code : program.codes) {
    if (code.points.size() > code.access_points + std::size_t{1}) continue;
    // As at its end nothing of it is alive, and it is in no section.
    for (const Standing standing : {Standing::kNotStarted, Standing::kKilled}) {
      ProgramPoint point = code.points.front();
      point.standing = standing;
      code.points.push_back(std::move(point));
    }
  }
}

void Place(const Program& program, Standing standing, int process, int64_t* state) {
  const ProcessInstance& instance = program.processes[static_cast<std::size_t>(process)];
  // What nothing is alive of is zero, so that equal states are equal.
  std::fill(state + instance.point_slot, state + instance.end, 0);
  state[instance.point_slot] = static_cast<int64_t>(PointWith(program.CodeOf(process), standing));
}

}  // namespace interleave
