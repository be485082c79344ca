// The flow is a fixpoint over the registers of a process's code, so its cost is instructions times
// the longest chain of moves; codes are small and each location is asked for once.

#include "model/report/history.h"

#include <algorithm>
#include <set>

#include "model/report/what_if.h"
#include "sim/program/liveness.h"

namespace interleave {

const std::vector<bool>& Flow::Reached(uint32_t read_location) {
  const auto found = reached_.find(read_location);
  if (found != reached_.end()) return found->second;
  std::vector<bool> reached(code_.register_count, false);
  bool in_own_memory = false;
  for (bool changed = true; changed;) {
    changed = false;
    const auto mark = [&](uint32_t reg) {
      if (reached[reg]) return;
      reached[reg] = true;
      changed = true;
    };
    for (const Instruction& i : code_.instructions) {
      if (i.opcode == Opcode::kLoad) {
        if (i.location == read_location) mark(i.dst);
        continue;  // the address is not the value
      }
      if (i.opcode == Opcode::kPoke && reached[i.b] && !in_own_memory)
        in_own_memory = changed = true;
      if (i.opcode == Opcode::kPeek) {
        if (in_own_memory) mark(i.dst);
        continue;
      }
      if (i.opcode == Opcode::kRegisterStore) {
        if (reached[i.dst] || reached[i.a]) {
          for (uint32_t k = 0; k < i.b; ++k) mark(i.c + k);
        }
        continue;
      }
      bool carries = false;
      VisitRegisters(
          i, code_,
          [&](uint32_t reg, uint32_t count) {
            for (uint32_t k = 0; k < count; ++k) carries = carries || reached[reg + k];
          },
          [](uint32_t, uint32_t) {});
      if (!carries) continue;
      VisitRegisters(
          i, code_, [](uint32_t, uint32_t) {},
          [&](uint32_t reg, uint32_t count) {
            for (uint32_t k = 0; k < count; ++k) mark(reg + k);
          });
    }
  }
  return reached_.emplace(read_location, std::move(reached)).first->second;
}

bool Flow::ToValue(uint32_t read_location, uint32_t write_location) {
  const std::vector<bool>& reached = Reached(read_location);
  for (const Instruction& i : code_.instructions) {
    if (i.location != write_location) continue;
    if (i.opcode == Opcode::kStore && reached[i.b]) return true;
    const bool mark = i.opcode == Opcode::kProduced || i.opcode == Opcode::kConsumed;
    if (mark && reached[i.a]) return true;
  }
  return false;
}

bool Flow::ToAddress(uint32_t read_location, uint32_t access_location) {
  const std::vector<bool>& reached = Reached(read_location);
  for (const Instruction& i : code_.instructions) {
    if (i.location != access_location) continue;
    const bool access = i.opcode == Opcode::kLoad || i.opcode == Opcode::kStore ||
                        i.opcode == Opcode::kOperationBegin;
    const bool inside = (i.flags & kInOperation) != 0 && i.opcode != Opcode::kOperationBegin;
    if (access && !inside && reached[i.a]) return true;
  }
  return false;
}

bool Flow::ToBranch(uint32_t read_location, uint32_t branch_location) {
  const std::vector<bool>& reached = Reached(read_location);
  for (const Instruction& i : code_.instructions) {
    const bool branch = i.opcode == Opcode::kBranchFalse || i.opcode == Opcode::kBranchTrue;
    if (branch && i.location == branch_location && reached[i.a]) return true;
  }
  return false;
}

bool Flow::ToWait(uint32_t read_location) {
  const std::vector<bool>& reached = Reached(read_location);
  return std::any_of(
      code_.instructions.begin(), code_.instructions.end(), [&](const Instruction& i) {
        return i.opcode == Opcode::kBlockUnless && (i.flags & kInOperation) == 0 && reached[i.a];
      });
}

History::History(const Program& program, const Trace& trace) : program_(program), trace_(trace) {
  const auto add = [&](int step, int process, const std::vector<Event>& events) {
    for (const Event& event : events) accesses_.push_back({step, process, accesses_.size(), event});
  };
  for (std::size_t p = 0; p < trace.initial_events.size(); ++p) {
    add(0, static_cast<int>(p), trace.initial_events[p]);
  }
  for (std::size_t i = 0; i < trace.steps.size(); ++i) {
    add(static_cast<int>(i) + 1, trace.steps[i].process, trace.steps[i].events);
  }
}

Flow& History::FlowOf(int process) {
  const int code = program_.processes[static_cast<std::size_t>(process)].code;
  return flows_.try_emplace(code, program_.codes[static_cast<std::size_t>(code)]).first->second;
}

const Access* History::LastWrite(uint32_t address, std::size_t before) const {
  return LastBefore(before, [&](const Access& a) {
    return a.event.kind == Event::Kind::kWrite && a.event.address == address;
  });
}

const Access* History::OverwrittenBy(const Access& write) const {
  const Access* next = FirstAfter(write.index, [&](const Access& a) {
    return (a.event.kind == Event::Kind::kWrite || a.event.kind == Event::Kind::kRead) &&
           a.event.address == write.event.address;
  });
  return next != nullptr && next->event.kind == Event::Kind::kWrite ? next : nullptr;
}

const Access* History::IndexRead(const Access& access) {
  Flow& flow = FlowOf(access.process);
  return LastBefore(access.index, [&](const Access& a) {
    return a.process == access.process && a.event.kind == Event::Kind::kRead &&
           flow.ToAddress(a.event.location, access.event.location);
  });
}

std::vector<LostUpdate> History::LostUpdates() {
  std::vector<LostUpdate> lost;
  // By cell and process: its last read that no write of its own has followed; by cell: the last
  // change.
  std::map<std::pair<uint32_t, int>, const Access*> reads;
  std::map<uint32_t, const Access*> changes;
  for (const Access& access : accesses_) {
    const auto key = std::make_pair(access.event.address, access.process);
    if (access.event.kind == Event::Kind::kRead) reads[key] = &access;
    if (access.event.kind != Event::Kind::kWrite) continue;
    const auto read = reads.find(key);
    const auto change = changes.find(access.event.address);
    if (read != reads.end() && change != changes.end() &&
        change->second->process != access.process && change->second->index > read->second->index &&
        FlowOf(access.process).ToValue(read->second->event.location, access.event.location)) {
      lost.push_back({read->second, change->second, &access});
    }
    reads.erase(key);
    if (access.event.value != access.event.old) changes[access.event.address] = &access;
  }
  return lost;
}

std::vector<StaleRead> History::StaleReads(int process, std::size_t before, std::size_t until) {
  std::vector<StaleRead> stale;
  std::set<uint32_t> seen;
  Flow& flow = FlowOf(process);
  WhatIf what_if(program_, trace_);
  // Each read looks at all that follow it: in a very long run only the end is looked at.
  constexpr std::size_t kFarthest = 10'000;
  const std::size_t last = std::min(before, accesses_.size());
  const std::size_t first = last > kFarthest ? last - kFarthest : 0;
  for (std::size_t i = last; i-- > first;) {
    const Access& read = accesses_[i];
    if (read.process != process || read.event.kind != Event::Kind::kRead || read.step == 0)
      continue;
    if (seen.count(read.event.address) == 1) continue;
    StaleRead found{&read, nullptr, nullptr, false};
    const Access* test = read.event.in_atomic && flow.ToWait(read.event.location) ? &read : nullptr;
    std::vector<const Access*> changes;  // by others, up to its own next write
    bool ends = false;
    for (std::size_t k = i + 1; k < std::min(until, accesses_.size()); ++k) {
      const Access& later = accesses_[k];
      const bool own = later.process == process;
      if (own && later.event.kind == Event::Kind::kBranch && test == nullptr &&
          flow.ToBranch(read.event.location, later.event.location)) {
        test = &later;
      }
      if (later.event.address != read.event.address) continue;
      if (own && later.event.kind == Event::Kind::kRead) found.read_again = true;
      if (later.event.kind != Event::Kind::kWrite || ends) continue;
      if (own) {
        ends = true;
      } else if (later.event.value != later.event.old) {
        changes.push_back(&later);
      }
    }
    if (test == nullptr) continue;
    seen.insert(read.event.address);
    // The first of the writes since which it would always have decided otherwise.
    for (std::size_t k = changes.size();
         k-- > 0 && what_if.GoesAnotherWay(read, *test, changes[k]->event.value);) {
      found.change = changes[k];
    }
    found.test = test;
    if (found.change != nullptr) stale.push_back(found);
  }
  return stale;
}

}  // namespace interleave
