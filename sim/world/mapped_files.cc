#include "sim/world/mapped_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "sim/host/descriptor.h"

namespace interleave {
namespace {

constexpr std::size_t kPageBytes = 4096;

}  // namespace

void MappedFiles::Map(pid_t pid, int descriptor, int64_t number) {
  if (pages_.contains(number)) return;
  const std::string path = fmt::format("/proc/{}/fd/{}", pid, descriptor);
  const Descriptor file(open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!file.is_open()) ThrowSystemError(errno, "cannot open a file that is mapped");
  void* const page =
      mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.number(), 0);
  if (page == MAP_FAILED) ThrowSystemError(errno, "cannot map a file that is mapped");
  pages_[number] = static_cast<char*>(page);
}

// Of an empty file no page is there: to write it would be SIGBUS.
void MappedFiles::Write(const KernelView& view, const int64_t* state) const {
  for (const auto& [number, page] : pages_) {
    const std::string bytes = view.ContentOf(state, number);
    std::copy(bytes.begin(), bytes.end(), page);
  }
}

void MappedFiles::Forget() {
  for (const auto& [number, page] : pages_) munmap(page, kPageBytes);
  pages_.clear();
}

}  // namespace interleave
