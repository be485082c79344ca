#pragma once
// A run as one list of accesses, and questions about it: who wrote what somebody read, what was
// changed in between, and whether a value that was read can have reached what was done with it.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "sim/program/program.h"
#include "sim/world/trace.h"

namespace interleave {

struct Access {
  int step = 0;  // 1-based; 0: before the first step
  int process = 0;
  std::size_t index = 0;  // in the list
  Event event;
};

// Whether what was read at one location of a process's code can reach another. Static, without
// regard to the order of control: "no" is certain, "yes" means that the code may carry it there.
// Values do not travel through shared memory.
class Flow {
 public:
  explicit Flow(const Code& code) : code_(code) {}

  bool ToValue(uint32_t read_location,
               uint32_t write_location);  // what is written, appended or marked
  bool ToAddress(uint32_t read_location, uint32_t access_location);  // which cell is accessed
  bool ToBranch(uint32_t read_location, uint32_t branch_location);
  bool ToRegister(uint32_t read_location, uint32_t reg) { return Reached(read_location)[reg]; }
  bool ToWait(uint32_t read_location);  // what the process waits for before it goes on

 private:
  const std::vector<bool>& Reached(uint32_t read_location);

  const Code& code_;
  std::map<uint32_t, std::vector<bool>> reached_;  // registers, by location of the read
};

// P read a cell, Q changed it, P wrote it from what it had read: Q's update is lost.
struct LostUpdate {
  const Access* read = nullptr;
  const Access* lost = nullptr;
  const Access* write = nullptr;
};

// P decided a branch, or went on after a wait, by what it had read; then others changed the cell.
// With what stands there since `change` it would have decided otherwise.
struct StaleRead {
  const Access* read = nullptr;
  const Access* change = nullptr;
  const Access* test = nullptr;  // the branch; the read itself where it waited
  bool read_again = false;       // P has read it since, but not to decide a branch
};

class History {
 public:
  History(const Program& program, const Trace& trace);
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  const std::vector<Access>& accesses() const { return accesses_; }
  Flow& FlowOf(int process);

  // The access that comes last before (first after) `order` and satisfies the test; null: none.
  template <class Test>
  const Access* LastBefore(std::size_t order, Test test) const {
    for (std::size_t i = order; i-- > 0;) {
      if (test(accesses_[i])) return &accesses_[i];
    }
    return nullptr;
  }
  template <class Test>
  const Access* FirstAfter(std::size_t order, Test test) const {
    for (std::size_t i = order + 1; i < accesses_.size(); ++i) {
      if (test(accesses_[i])) return &accesses_[i];
    }
    return nullptr;
  }
  const Access* LastWrite(uint32_t address, std::size_t before) const;
  // The next write to the cell that `write` wrote, when nobody reads it in between.
  const Access* OverwrittenBy(const Access& write) const;
  // The read whose value decided which cell `access` went to (the index of an array).
  const Access* IndexRead(const Access& access);

  // In the order of the write that loses them.
  std::vector<LostUpdate> LostUpdates();
  // By which of the cells that `process` had read before `before` it decided to go on, when what
  // others wrote there makes it decide otherwise from some moment between that until `until`: its
  // last such read of each cell, latest first.
  std::vector<StaleRead> StaleReads(int process, std::size_t before, std::size_t until);

 private:
  const Program& program_;
  const Trace& trace_;
  std::vector<Access> accesses_;
  std::map<int, Flow> flows_;
};

}  // namespace interleave
