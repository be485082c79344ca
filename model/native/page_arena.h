#pragma once
// Memory for a few large arrays that grow one after the other: neighbours in one range of addresses
// that huge pages back, so that the processor finds their pages quickly although each array is
// small. First fit: what a grown array leaves is soon where the next ones grow.

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <map>
#include <mutex>
#include <new>

namespace interleave {

class PageArena {
 public:
  PageArena() {
    // Addresses only, no memory; four times what the machine has, or what we are given.
    reserved_ = static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) *
                static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) * 4;
    for (;; reserved_ /= 2) {
      mapped_ = mmap(nullptr, reserved_ + kHugePage, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      if (mapped_ != MAP_FAILED) break;
      if (reserved_ < kHugePage) throw std::bad_alloc();
    }
    const auto address = reinterpret_cast<uintptr_t>(mapped_);
    base_ = static_cast<uint8_t*>(mapped_) + (kHugePage - address % kHugePage) % kHugePage;
  }
  ~PageArena() { munmap(mapped_, reserved_ + kHugePage); }
  PageArena(const PageArena&) = delete;
  PageArena& operator=(const PageArena&) = delete;

  // What an array of `bytes` takes.
  static std::size_t Rounded(std::size_t bytes) {
    return (bytes + kGranule - 1) / kGranule * kGranule;
  }

  // `bytes`, rounded, all zero. By several threads.
  uint8_t* Allocate(std::size_t bytes) {
    uint8_t* const at = base_ + Take(Rounded(bytes));
    std::memset(at, 0, bytes);
    return at;
  }
  void Free(uint8_t* at, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    auto begin = static_cast<std::size_t>(at - base_);
    std::size_t end = begin + Rounded(bytes);
    auto next = holes_.lower_bound(begin);
    if (next != holes_.end() && next->first == end) {
      end = next->second;
      next = holes_.erase(next);
    }
    if (next != holes_.begin() && std::prev(next)->second == begin) {
      begin = std::prev(next)->first;
      holes_.erase(std::prev(next));
    }
    holes_.emplace(begin, end);
    // Whole pages go back to the system, if they are many: not the few where arrays grow.
    const std::size_t first = (begin + kHugePage - 1) / kHugePage * kHugePage;
    const std::size_t last = end / kHugePage * kHugePage;
    if (last >= first + std::max(kFewPages, used_ / 32)) {
      madvise(base_ + first, last - first, MADV_DONTNEED);
    }
  }

 private:
  static constexpr std::size_t kHugePage = std::size_t{1} << 21;
  static constexpr std::size_t kFewPages = 2 * kHugePage;
  static constexpr std::size_t kGranule = std::size_t{1} << 12;

  // Where a hole of this size was.
  std::size_t Take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    auto hole = std::find_if(holes_.begin(), holes_.end(), [&](const auto& range) {
      return range.second - range.first >= bytes;
    });
    if (hole == holes_.end()) hole = Extend(bytes);
    const auto [begin, end] = *hole;
    holes_.erase(hole);
    if (end - begin > bytes) holes_.emplace(begin + bytes, end);
    return begin;
  }

  std::map<std::size_t, std::size_t>::iterator Extend(std::size_t bytes) {
    std::size_t begin = used_;
    if (!holes_.empty() && std::prev(holes_.end())->second == used_) {
      begin = std::prev(holes_.end())->first;
    }
    const std::size_t end = (begin + bytes + kHugePage - 1) / kHugePage * kHugePage;
    if (end > reserved_ || mprotect(base_ + used_, end - used_, PROT_READ | PROT_WRITE) != 0) {
      throw std::bad_alloc();
    }
    madvise(base_ + used_, end - used_, MADV_HUGEPAGE);
    used_ = end;
    return holes_.insert_or_assign(begin, end).first;
  }

  std::mutex mutex_;
  void* mapped_ = nullptr;
  std::size_t reserved_ = 0;
  uint8_t* base_ = nullptr;
  std::size_t used_ = 0;                      // what lies behind was never used
  std::map<std::size_t, std::size_t> holes_;  // end by begin
};

}  // namespace interleave
