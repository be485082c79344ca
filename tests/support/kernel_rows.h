#pragma once
// Small programs in C with assertions about the kernel, each the body of `main`: what they say has
// to hold in the model and on the real kernel.

#include <string>
#include <vector>

#include "tests/support/scenario_loader.h"

namespace interleave {

inline constexpr const char* kKernelHeaders =
    "#include <assert.h>\n#include <errno.h>\n#include <fcntl.h>\n#include <semaphore.h>\n"
    "#include <signal.h>\n#include <stdbool.h>\n#include <stdio.h>\n#include <stdlib.h>\n"
    "#include <string.h>\n#include <sys/mman.h>\n#include <sys/stat.h>\n#include "
    "<sys/types.h>\n#include <sys/wait.h>\n"
    "#include <unistd.h>\n";

// Runs each body in a process of its own, with 16 descriptors, of which 0 and 1 are /dev/null.
// Tells how each ends: "" by itself, else the name of its signal. What is named "/il_..." has other
// names in a run, and none is left.
std::vector<std::string> EndsOnRealKernel(const std::vector<std::string>& bodies);

// The last `assert` the other way round.
std::string WithLastAssertionWrong(std::string body);

LoadedScenario LoadRow(const std::string& body);

}  // namespace interleave
