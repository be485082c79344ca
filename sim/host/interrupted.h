#pragma once
// The exception for work that was given up because whoever asked for it asked to stop.

#include <stdexcept>

namespace interleave {

class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted") {}
};

}  // namespace interleave
