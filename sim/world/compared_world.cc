#include "sim/world/compared_world.h"

#include "sim/world/kernel_world.h"
#include "sim/world/lockstep_world.h"

namespace interleave {

std::unique_ptr<ComparedWorld> MakeComparedWorld(const Program& program,
                                                 const RealOptions& options) {
  if (program.forks()) return std::make_unique<KernelWorld>(program, options);
  return std::make_unique<LockstepWorld>(program, options);
}

}  // namespace interleave
