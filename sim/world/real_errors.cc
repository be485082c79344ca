#include "sim/world/real_errors.h"

namespace interleave {

void ThrowEnd(const Children::Exit& exit, const std::string& who, const std::string& where) {
  const std::string text = who + " " + exit.HowText() + where;
  switch (exit.how) {
    case Children::Exit::How::kReturned:
    case Children::Exit::How::kFaulted: throw RealWorldError(text);
    case Children::Exit::How::kKilled: throw ProcessLost(text);
    case Children::Exit::How::kFailed: break;
  }
  throw std::runtime_error(text);
}

}  // namespace interleave
