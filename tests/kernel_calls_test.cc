// Random sequences of calls: what real processes get from the kernel, the model says, too.

#include <doctest/doctest.h>

#include <cerrno>
#include <map>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tests/support/kernel_calls.h"

namespace interleave {
namespace {

#ifdef INTERLEAVE_SANITIZED
constexpr bool kIsWhole = false;
#else
constexpr bool kIsWhole = true;
#endif
constexpr std::size_t kPairs = kIsWhole ? 20'000 : 2'000;

// What has to come of each call somewhere: all that the model knows of it.
const std::map<std::string, std::vector<int>> kErrorsOfCalls = {
    {"fork", {}},
    {"_exit", {}},
    {"getppid", {}},
    {"waitpid", {ECHILD}},
    {"signal", {}},
    {"pipe2", {EMFILE}},
    {"close", {EBADF}},
    {"dup", {EBADF, EMFILE}},
    {"dup2", {EBADF}},
    {"read", {EBADF, EAGAIN}},
    {"write", {EBADF, EPIPE}},
    {"F_GETFL", {EBADF}},
    {"F_SETFL", {EBADF}},
    {"shm_open", {ENOENT, EEXIST, EMFILE}},
    {"shm_unlink", {ENOENT}},
    {"ftruncate", {EBADF, EINVAL}},
    {"exchange", {EBADF, EACCES, ENODEV}},
    {"sem_open", {ENOENT, EEXIST}},
    {"sem_unlink", {ENOENT}},
    {"open", {ENOENT, EEXIST, EMFILE, ENXIO}},
    {"unlink", {ENOENT}},
    {"mkfifo", {EEXIST}},
    {"link", {ENOENT, EEXIST}},
    {"rename", {ENOENT}},
    {"access", {ENOENT}},
    {"lseek", {EBADF, EINVAL, ESPIPE}},
    {"pread", {EBADF, EINVAL, ESPIPE}},
    {"pwrite", {EBADF, EINVAL, ESPIPE}},
    {"fstat", {EBADF}},
};

TEST_CASE("Random calls give in the model what they give real processes") {
  const ModelCalls model(KindLibrary::Default());
  std::unordered_set<uint64_t> pairs;
  std::map<std::pair<std::string, std::string>, int> said;
  uint64_t seed = 0;
  for (; pairs.size() < kPairs; ++seed) {
    REQUIRE(seed < kPairs);
    const CallSequence sequence = MakeRealCalls(seed);
    CHECK(model.Difference(sequence, &pairs) == "");
    for (const CallTurn& turn : sequence.turns) ++said[sequence.Said(turn)];
  }
  MESSAGE(pairs.size() << " pairs of a state and a call in " << seed << " sequences");
  if (!kIsWhole) return;
  const auto was = [&](const std::string& call, const std::string& end) {
    INFO(call << " " << end);
    CHECK(said.contains({call, end}));
  };
  for (const auto& [call, errors] : kErrorsOfCalls) {
    was(call, "");
    for (const int error : errors) was(call, "errno " + std::to_string(error));
  }
  for (const char* const call : {"read", "waitpid"}) was(call, "blocks");
  was("write", "is killed");
}

}  // namespace
}  // namespace interleave
