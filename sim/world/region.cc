#include "sim/world/region.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <system_error>
#include <utility>

#include "sim/host/descriptor.h"
#include "sim/program/byte_layout.h"

namespace interleave {
namespace {

std::size_t RoundUpToPages(std::size_t bytes) {
  assert(bytes > 0 && bytes < std::size_t{1} << 46);
  return RoundUp(bytes, static_cast<std::size_t>(sysconf(_SC_PAGESIZE)));
}

std::string NameFor(Sandbox& sandbox, RegionKind kind) {
  switch (kind) {
    case RegionKind::kAnonymous: return "";
    case RegionKind::kShm: return sandbox.Name(fmt::format("region-{}", sandbox.TakeNumber()));
    case RegionKind::kFile:
      return fmt::format("{}/region-{}", sandbox.path(), sandbox.TakeNumber());
  }
  assert(false && "a kind of region without a name");
  return "";
}

}  // namespace

Region::Region(RegionKind kind, std::size_t bytes, std::string name)
    : owner_(getpid()), kind_(kind), bytes_(RoundUpToPages(bytes)), name_(std::move(name)) {}

Region::Region(Sandbox& sandbox, RegionKind kind, std::size_t bytes)
    : Region(kind, bytes, NameFor(sandbox, kind)) {
  if (kind == RegionKind::kAnonymous) {
    Map(-1);
  } else {
    const Descriptor descriptor(Open(O_CREAT | O_EXCL));
    // Not ftruncate, which leaves holes: where the file system is full, a write to one is SIGBUS.
    int error = 0;
    do {
      error = posix_fallocate(descriptor.number(), 0, static_cast<off_t>(bytes_));
    } while (error == EINTR);
    if (error != 0)
      ThrowSystemError(error, fmt::format("cannot reserve {} bytes for {}", bytes_, name_));
    Map(descriptor.number());
  }
  parent_address_ = address_;
}

Region::~Region() {
  Unmap();
  try {
    Unlink();
  } catch (const std::system_error&) {
    // The sandbox will try again.
  }
}

void* Region::AttachInChild(int index) {
  assert(index >= 0 && index < Sandbox::kMaxChildren);
  if (kind_ == RegionKind::kAnonymous) return address_;
  Unmap();
  const Descriptor descriptor(Open(0));
  MapApart(descriptor.number(), index);
  return address_;
}

void Region::Unlink() {
  if (name_.empty() || getpid() != owner_) return;
  const std::string name = std::exchange(name_, "");
  const int result = kind_ == RegionKind::kShm ? shm_unlink(name.c_str()) : unlink(name.c_str());
  if (result != 0 && errno != ENOENT) ThrowSystemError(errno, "cannot remove " + name);
}

int Region::Open(int flags) const {
  constexpr mode_t kMode = 0600;
  const bool shm = kind_ == RegionKind::kShm;
  // shm_open closes on exec and follows no links by itself.
  const int descriptor = shm ? shm_open(name_.c_str(), O_RDWR | flags, kMode)
                             : open(name_.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, kMode);
  if (descriptor < 0) {
    const int error = errno;
    ThrowSystemError(error, fmt::format("cannot open {}{}",
                                        shm ? "shared memory (is /dev/shm there?) " : "", name_));
  }
  return descriptor;
}

void Region::Unmap() {
  if (address_ != nullptr) munmap(address_, bytes_);
  address_ = nullptr;
}

void Region::Map(int descriptor) {
  void* const address = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                             MAP_SHARED | (descriptor < 0 ? MAP_ANONYMOUS : 0), descriptor, 0);
  if (address == MAP_FAILED) ThrowSystemError(errno, fmt::format("cannot map {} bytes", bytes_));
  address_ = address;
}

// The places are multiples of a stride below the parent's, which the kernel gives out downwards
// from the top of memory; the number of a place modulo kMaxChildren is the child's, so no two
// children ever try the same. The stride leaves room, because close by there are other mappings.
void Region::MapApart(int descriptor, int index) {
  constexpr std::size_t kMinStride = std::size_t{1} << 30;
  constexpr std::size_t kRounds = 64;
  const std::size_t stride = RoundUp(bytes_, kMinStride);
  const auto parent = reinterpret_cast<uintptr_t>(parent_address_);
  int error = ENOMEM;
  for (std::size_t round = 0; round < kRounds; ++round) {
    const std::size_t place = round * Sandbox::kMaxChildren + static_cast<std::size_t>(index) + 1;
    if (parent / stride <= place) break;
    void* const wanted = reinterpret_cast<void*>(parent - place * stride);
    void* const got = mmap(wanted, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE,
                           descriptor, 0);
    if (got == wanted) {
      address_ = got;
      return;
    }
    error = got == MAP_FAILED ? errno : EEXIST;
    // Linux before 4.17 takes the address as a hint only.
    if (got != MAP_FAILED) munmap(got, bytes_);
    if (error != EEXIST) break;
  }
  ThrowSystemError(error, fmt::format("cannot map {} at an address of its own", name_));
}

}  // namespace interleave
