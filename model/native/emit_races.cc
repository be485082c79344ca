// Races, which are about what processes do next: two next accesses to one plain cell, one of them a
// write, not both in atomic code (Judge::JudgeRaces).
//
// What would surprise: most states are cleared by two sets of objects a program point, what the
// next step may read and may write at most. Only where those meet are the steps made, to see the
// cells.

#include <fmt/format.h>

#include <set>
#include <utility>

#include "model/native/search_emitter.h"
#include "sim/program/liveness.h"

namespace interleave {
namespace {

// A bit an object; more of them share bits.
uint64_t BitOf(int object) { return uint64_t{1} << (object % 64); }

struct MayTouch {
  uint64_t reads = 0;
  uint64_t writes = 0;
};

// What a step from `point` may touch, whatever is decided in it.
MayTouch TouchedFrom(const Program& program, const ProcessCode& code, std::size_t point) {
  MayTouch touched;
  const bool goes_on = program.granularity == Granularity::kStatement;
  std::set<std::pair<uint32_t, bool>> met;  // an instruction, and whether it may be an access
  std::vector<std::pair<uint32_t, bool>> work = {{code.points[point].instruction, true}};
  while (!work.empty()) {
    const uint32_t at = work.back().first;
    bool may_access = work.back().second;
    work.pop_back();
    if (!met.insert({at, may_access}).second) continue;
    const Instruction& i = code.instructions[at];
    const bool through_pointer = (i.flags & kMayBeOwn) != 0;
    if ((i.flags & kStops) != 0 && !may_access && !through_pointer) continue;
    if (i.opcode == Opcode::kLoad || i.opcode == Opcode::kStore) {
      uint64_t& set = i.opcode == Opcode::kLoad ? touched.reads : touched.writes;
      set |= through_pointer ? UINT64_MAX : BitOf(program.slots[i.c].object);
    }
    if ((i.flags & kStops) != 0) may_access = goes_on;
    if (i.opcode == Opcode::kAtomicEnd || i.opcode == Opcode::kEndExpression) may_access = false;
    VisitSuccessors(code, at, [&](uint32_t next) { work.push_back({next, may_access}); });
  }
  return touched;
}

}  // namespace

void SearchEmitter::NoteAccess(const Instruction& i, const Cell& cell, bool is_write) {
  if (!has_races_ || (i.flags & kQuiet) != 0) return;
  const std::string address =
      fmt::format("{}{}", cell.first, cell.index.empty() ? "" : " + " + cell.index);
  std::string when = "info->log";
  bool any = false, all = true;
  for (uint32_t k = 0; k < cell.count; ++k) {
    const bool is_plain = program_.IsPlain(cell.first + k);
    any |= is_plain;
    all &= is_plain;
  }
  if (!IsAnywhere(cell) && !any) return;
  if (IsAnywhere(cell) || !all) when += fmt::format(" && il_is_plain[{}]", address);
  Line("  if (IL_UNLIKELY({})) il_note(info->log, {}, {}, {});", when, address, is_write ? 1 : 0,
       (i.flags & kInAtomic) != 0 ? 1 : 0);
}

void SearchEmitter::AccessLog() {
  text_ += "static const unsigned char il_is_plain[] = {";
  for (uint32_t slot = 0; slot < program_.slots.size(); ++slot) {
    text_ += program_.IsPlain(slot) ? "1," : "0,";
  }
  text_ += "};\n";
  text_ += R"c(
enum { NOTED = 32 };
struct il_log { unsigned count; struct { unsigned slot, write, atomic; } at[NOTED]; };
static void il_note(struct il_log *log, long slot, int write, int atomic) {
  for (unsigned k = 0; k < log->count; ++k) {
    if (log->at[k].slot == slot && log->at[k].write == write && log->at[k].atomic == atomic) return;
  }
  if (log->count == NOTED) return;
  log->at[log->count].slot = (unsigned)slot;
  log->at[log->count].write = (unsigned)write;
  log->at[log->count++].atomic = (unsigned)atomic;
}
)c";
}

void SearchEmitter::Races() {
  std::vector<std::size_t> first;
  std::string reads, writes;
  std::size_t count = 0;
  for (const ProcessCode& code : program_.codes) {
    first.push_back(count);
    count += code.points.size();
    for (std::size_t k = 0; k < code.points.size(); ++k) {
      const bool steps = code.points[k].standing == Standing::kAtAccess;
      const MayTouch touched = steps ? TouchedFrom(program_, code, k) : MayTouch{};
      reads += fmt::format("{}ul,", touched.reads);
      writes += fmt::format("{}ul,", touched.writes);
    }
  }
  Line("static const u64 il_may_read[] = {{{}}};", reads);
  Line("static const u64 il_may_write[] = {{{}}};", writes);
  Line("enum {{ ACTORS = {}, OUTCOMES = 16 }};", program_.process_count());
  Line("static int il_races(const u64 *n) {{");
  Line("  u64 reads = 0, writes = 0, meet = 0;");
  for (const ProcessInstance& process : program_.processes) {
    Line("  {{ long at = {} + {}; u64 r = il_may_read[at], w = il_may_write[at];",
         first[static_cast<std::size_t>(process.code)], Get(process.point_slot));
    Line("    meet |= (w & (reads | writes)) | (r & writes); reads |= r; writes |= w; }}");
  }
  text_ += R"c(  if (IL_LIKELY(meet == 0)) return 0;
  struct il_log logs[ACTORS];
  for (unsigned p = 0; p < ACTORS; ++p) {
    u64 out[OUTCOMES * W];
    struct il_log *log = logs + p;
    struct il_move moves[ACTORS];
    struct il_info info = {.moves = moves, .log = log};
    log->count = 0;
    il_steps[p](n, out, OUTCOMES, &info);
    if (info.slow != 0 || log->count == NOTED) return 1;
    for (unsigned q = 0; q < p; ++q) {
      for (unsigned a = 0; a < log->count; ++a) {
        for (unsigned b = 0; b < logs[q].count; ++b) {
          if (log->at[a].slot == logs[q].at[b].slot && (log->at[a].write | logs[q].at[b].write) &&
              !(log->at[a].atomic & logs[q].at[b].atomic)) return 1;
        }
      }
    }
  }
  return 0;
}
)c";
}

}  // namespace interleave
