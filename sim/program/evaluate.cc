// Evaluation of conditions, and the solo exploration behind `waiting`.
//
// A value read from a cell that was never written is unknown; what is computed from it is unknown
// too; a comparison with it, and a condition that it decides, is false.

#include "sim/program/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <map>

#include "sim/language/scenario.h"

namespace interleave {

namespace {

// Where steps log their events, for as long as this is there.
class LogOf {
 public:
  LogOf(Stepper& stepper, std::vector<Event>* log) : stepper_(stepper) { stepper.set_log(log); }
  ~LogOf() { stepper_.set_log(nullptr); }
  LogOf(const LogOf&) = delete;
  LogOf& operator=(const LogOf&) = delete;

 private:
  Stepper& stepper_;
};

}  // namespace

Evaluator::Evaluator(const Program& program) : program_(program), stepper_(program) {
  scratch_.resize(program.state_size());
  goes_on_.resize(program.processes.size());
}

bool Evaluator::IsBlocked(const int64_t* state, int process) {
  if (!program_.HasSteps(state, process)) return false;
  stepper_.FirstOutcome();
  do {
    std::copy(state, state + program_.state_size(), scratch_.begin());
    if (stepper_.Step(scratch_.data(), process) != StepStatus::kBlocked) return false;
  } while (stepper_.NextOutcome());
  return true;
}

// Depth-first over the process's solo states. Where it finds a way on, the path to it is
// remembered: whoever stands there does not wait either, as long as the memory around it is the
// same. Without that a search over a process that reads for long and writes nothing is quadratic in
// its length.
bool Evaluator::ExplainWait(const int64_t* state, int process, WaitReason* reason) {
  if (!program_.HasSteps(state, process)) return false;
  const ProcessInstance& instance = program_.processes[static_cast<std::size_t>(process)];
  // Shared memory cannot change, so a solo state is what the process owns.
  using Own = std::vector<int64_t>;
  const auto key = [&](const int64_t* from) {
    return Own(from + instance.point_slot, from + instance.end);
  };
  GoesOn& goes_on = goes_on_[static_cast<std::size_t>(process)];
  const std::size_t shared = program_.processes.front().point_slot;
  if (!std::equal(goes_on.shared.begin(), goes_on.shared.end(), state, state + shared)) {
    goes_on.shared.assign(state, state + shared);
    goes_on.own.clear();
  }
  const auto is_known_to_go_on = [&](const Own& own) {
    return reason == nullptr && goes_on.own.contains(own);
  };
  if (is_known_to_go_on(key(state))) return false;

  struct Reached {
    const Own* from;  // null: the start
    uint32_t number;
  };
  std::map<Own, Reached> reached;  // each visited solo state
  std::vector<const Own*> work = {&reached.emplace(key(state), Reached{nullptr, 0}).first->first};
  std::vector<int64_t> from(state, state + program_.state_size());
  std::vector<Event> events;
  const LogOf log(stepper_, reason != nullptr ? &events : nullptr);
  const Own* way_on = nullptr;  // where the process can go on, or nobody can say
  while (!work.empty() && way_on == nullptr) {
    const Own* const own = work.back();
    work.pop_back();
    std::copy(own->begin(), own->end(), from.begin() + instance.point_slot);
    bool survives = false;  // a run that an assume cuts is none
    stepper_.FirstOutcome();
    do {
      std::copy(from.begin(), from.end(), scratch_.begin());
      events.clear();
      const StepStatus status = stepper_.Step(scratch_.data(), process);
      const auto note = [&](uint32_t to) {
        if (reason == nullptr) return;
        const auto point = static_cast<uint32_t>(from[instance.point_slot]);
        reason->steps.push_back({reached.at(*own).number, to, point, events});
      };
      if (status == StepStatus::kCut) continue;
      survives = true;
      if (status == StepStatus::kBlocked) {
        note(SoloStep::kBlocked);
        continue;
      }
      if (status != StepStatus::kOk || stepper_.changed_shared() ||
          scratch_[instance.point_slot] == 0) {
        way_on = own;
        break;
      }
      const auto [next, is_new] = reached.emplace(
          key(scratch_.data()), Reached{own, static_cast<uint32_t>(reached.size())});
      note(next->second.number);
      if (!is_new) continue;
      if (is_known_to_go_on(next->first)) {
        way_on = own;
        break;
      }
      if (reached.size() > (met_solo_limit_ ? 1 : kSoloLimit)) {
        met_solo_limit_ = true;
        if (reason != nullptr) reason->incomplete = true;
        return false;
      }
      work.push_back(&next->first);
    } while (stepper_.NextOutcome());
    if (!survives) way_on = own;
  }
  if (goes_on.own.size() > kSoloLimit) goes_on.own.clear();
  for (const Own* own = way_on; own != nullptr; own = reached.at(*own).from)
    goes_on.own.insert(*own);
  if (reason != nullptr) reason->waits = way_on == nullptr;
  return way_on == nullptr;
}

void Evaluator::NextAccesses(const int64_t* state, int process, std::vector<Event>& events) {
  if (!program_.HasSteps(state, process)) return;
  const LogOf log(stepper_, &events);
  stepper_.FirstOutcome();
  do {
    std::copy(state, state + program_.state_size(), scratch_.begin());
    stepper_.Step(scratch_.data(), process);
  } while (stepper_.NextOutcome());
}

std::optional<int64_t> Evaluator::Fail(const Code& code, const Instruction& i, ErrorKind kind,
                                       std::string message) {
  error_.kind = kind;
  error_.message = std::move(message);
  error_.hint.clear();
  return FailHere(code, i);
}

std::optional<int64_t> Evaluator::FailHere(const Code& code, const Instruction& i) {
  error_.range = code.locations[i.location].range;
  error_.statement = code.locations[i.location].statement;
  error_.call = code.locations[i.location].call;
  return std::nullopt;
}

void Evaluator::LookAtCalls(const Code& code, uint32_t at) {
  for (std::size_t k = 0; k < code.calls.size(); ++k) {
    const InlinedCall& call = code.calls[k];
    if (call.end != at || call.function == nullptr || !call.function->type->is_scalar()) continue;
    Look look;
    look.kind = Look::Kind::kCall;
    look.unknown = unknown_[call.result];
    look.value = registers_[call.result];
    look.call = static_cast<int>(k);
    for (const uint32_t argument : call.arguments) look.arguments.push_back(registers_[argument]);
    looks_->push_back(std::move(look));
  }
}

std::optional<int64_t> Evaluator::Evaluate(const Code& code, const int64_t* state) {
  registers_.assign(code.register_count, 0);
  unknown_.assign(code.register_count, false);
  for (const auto& [reg, value] : code.constants) registers_[reg] = value;
  int64_t* const r = registers_.data();
  uint32_t at = 0;
  int64_t work = 0;
  for (;;) {
    if (looks_ != nullptr) LookAtCalls(code, at);
    const Instruction& i = code.instructions[at];
    uint32_t next = at + 1;
    // Of the operations that ask about a process; the registers of others hold any values.
    const auto process = [&] { return static_cast<int>(i.c) + static_cast<int>(r[i.a]); };
    const auto look = [&](Look::Kind kind, int64_t address) {
      if (looks_ == nullptr) return;
      const bool of_process = kind == Look::Kind::kProcess;
      looks_->push_back({kind,
                         unknown_[i.dst],
                         of_process ? process() : -1,
                         0,
                         0,
                         static_cast<uint32_t>(address),
                         i.location,
                         r[i.dst],
                         -1,
                         {}});
    };
    switch (i.opcode) {
      case Opcode::kMove:
        r[i.dst] = r[i.a];
        unknown_[i.dst] = unknown_[i.a];
        break;
      case Opcode::kBinary: {
        if (unknown_[i.a] || unknown_[i.b]) {
          const bool comparison = i.op >= Op::kEq && i.op <= Op::kGe;
          r[i.dst] = 0;
          unknown_[i.dst] = !comparison;
          break;
        }
        unknown_[i.dst] = false;
        if (!ApplyBinaryOperator(i, r, &error_)) return FailHere(code, i);
        break;
      }
      case Opcode::kUnary:
        unknown_[i.dst] = unknown_[i.a] && i.op != Op::kNot;
        if (unknown_[i.a]) {
          r[i.dst] = 0;
          break;
        }
        if (!ApplyUnaryOperator(i, r, &error_)) return FailHere(code, i);
        break;
      case Opcode::kConvert:
        r[i.dst] = ConvertTo(i.type, r[i.a]);
        unknown_[i.dst] = unknown_[i.a];
        break;
      case Opcode::kJump: next = i.c; break;
      case Opcode::kBranchFalse:
        if (r[i.a] == 0 || unknown_[i.a]) next = i.c;
        break;
      case Opcode::kBranchTrue:
        if (r[i.a] != 0 && !unknown_[i.a]) next = i.c;
        break;
      case Opcode::kIndex:
        if (unknown_[i.a]) return Fail(code, i, ErrorKind::kIndex, "the index was never written");
        unknown_[i.dst] = false;
        if (!ApplyIndex(i, r, &error_)) return FailHere(code, i);
        break;
      case Opcode::kRegisterLoad:
        unknown_[i.dst] = unknown_[i.c + static_cast<std::size_t>(r[i.a])];
        ApplyRegisterLoad(i, r);
        break;
      case Opcode::kRegisterStore:
        unknown_[i.c + static_cast<std::size_t>(r[i.a])] = unknown_[i.dst];
        ApplyRegisterStore(i, r);
        break;
      case Opcode::kPointerAdd:
      case Opcode::kPointerSub:
      case Opcode::kPointerOrder: {
        if (unknown_[i.a] || unknown_[i.b])
          return Fail(code, i, ErrorKind::kPointer, "the pointer was never written");
        if (i.opcode != Opcode::kPointerOrder) unknown_[i.dst] = false;
        const bool good = i.opcode == Opcode::kPointerAdd ? ApplyPointerAdd(program_, i, r, &error_)
                          : i.opcode == Opcode::kPointerSub
                              ? ApplyPointerSub(program_, i, r, &error_)
                              : ApplyPointerOrder(program_, i, r, &error_);
        if (!good) return FailHere(code, i);
        break;
      }
      case Opcode::kPointerCheck:
        if (unknown_[i.a])
          return Fail(code, i, ErrorKind::kPointer, "the pointer was never written");
        if (!ApplyPointerCheck(program_, i, r, {}, &error_)) return FailHere(code, i);
        break;
      case Opcode::kPeek: {
        const int64_t address = r[i.a] + i.c;
        const uint32_t written = program_.slots[static_cast<std::size_t>(address)].written;
        r[i.dst] = state[address];
        unknown_[i.dst] = written != 0 && state[written] == 0;
        look(Look::Kind::kCell, address);
        break;
      }
      case Opcode::kIsUnwritten: {
        const uint32_t written = program_.slots[static_cast<std::size_t>(r[i.a])].written;
        const int64_t address = r[i.a];
        r[i.dst] = written != 0 && state[written] == 0;
        look(Look::Kind::kWritten, address);
        break;
      }
      case Opcode::kProcessDone:
        r[i.dst] = IsDone(state, process());
        look(Look::Kind::kProcess, 0);
        break;
      case Opcode::kProcessBlocked:
        r[i.dst] = IsBlocked(state, process());
        look(Look::Kind::kProcess, 0);
        break;
      case Opcode::kProcessWaiting:
        r[i.dst] = Waits(state, process());
        look(Look::Kind::kProcess, 0);
        break;
      case Opcode::kProcessInSection:
      case Opcode::kProcessAtLabel: {
        const ProcessInstance& instance = program_.processes[static_cast<std::size_t>(process())];
        const ProcessCode& process_code = program_.CodeOf(process());
        if (i.opcode == Opcode::kProcessInSection) {
          r[i.dst] = process_code.points[static_cast<std::size_t>(state[instance.point_slot])]
                         .sections[i.b];
        } else {
          uint32_t place = 0;
          for (uint32_t l = 0; l < i.b; ++l) place += process_code.label_registers[l] != 0;
          r[i.dst] = state[instance.spill_base + place];
        }
        look(Look::Kind::kProcess, 0);
        break;
      }
      case Opcode::kProcessLocal: {
        const int owner = static_cast<int>(i.c >> 16) + static_cast<int>(r[i.a]);
        const uint32_t local = i.c & 0xffff;
        const ProcessInstance& instance = program_.processes[static_cast<std::size_t>(owner)];
        const ProcessCode& process_code = program_.CodeOf(owner);
        const LocalVariable& variable = process_code.locals[local];
        const ProgramPoint& point =
            process_code.points[static_cast<std::size_t>(state[instance.point_slot])];
        // A name may stand for several variables; the one alive here is meant.
        int64_t value = 0;
        bool alive = false;
        for (std::size_t k = local; k < process_code.locals.size() && !alive; ++k) {
          const LocalVariable& candidate = process_code.locals[k];
          if (candidate.symbol->name != variable.symbol->name) continue;
          if (candidate.is_own) {
            alive = std::none_of(point.dead.begin(), point.dead.end(), [&](const OwnRange& dead) {
              return dead.offset == candidate.own_offset;
            });
            if (alive) value = state[instance.own_base + candidate.own_offset + r[i.b]];
          } else if (point.local_offsets[k] >= 0) {
            alive = true;
            value =
                state[instance.spill_base + static_cast<uint32_t>(point.local_offsets[k]) + r[i.b]];
          }
        }
        if (looks_ != nullptr) {
          looks_->push_back({Look::Kind::kLocal,
                             !alive,
                             owner,
                             local,
                             static_cast<uint32_t>(r[i.b]),
                             0,
                             i.location,
                             value,
                             -1,
                             {}});
        }
        r[i.dst] = value;
        unknown_[i.dst] = false;
        break;
      }
      case Opcode::kHalt:
        if (unknown_[i.a]) return 0;
        return r[i.a];
      case Opcode::kAssert:
      case Opcode::kAssume:
      case Opcode::kChoose:
      case Opcode::kPoke:
      case Opcode::kProduced:
      case Opcode::kConsumed:
      case Opcode::kEndExpression:
      case Opcode::kAtomicEnd:
      case Opcode::kBlockUnless:
      case Opcode::kSelect:
      case Opcode::kLoad:
      case Opcode::kStore:
      case Opcode::kAtomicBegin:
      case Opcode::kFork:
      case Opcode::kStep:
      case Opcode::kPrint:
      case Opcode::kLimit:
      case Opcode::kOperationBegin:
      case Opcode::kOperationEnd: assert(false && "properties only look"); break;
    }
    if (next <= at) {
      work += at - next + 1;
      if (work > program_.local_limit)
        return Fail(code, i, ErrorKind::kDiverges,
                    fmt::format("judging this takes more than {} operations (`option local_limit`)",
                                program_.local_limit));
    }
    at = next;
  }
}

}  // namespace interleave
