// The interpreter's loop. A step runs from one program point to the next; the live registers are
// loaded from the state at its start and stored at its end, everything else in the process's part
// of the state is zeroed, so that equal situations are equal vectors.

#include "sim/program/stepper.h"
#include "sim/program/words.h"

#include <fmt/format.h>
#include <fmt/printf.h>

#include <algorithm>
#include <cassert>
#include <cstring>

namespace interleave {
namespace {

// Conditions of one step that are logged at its start, and of those behind them, at its end.
constexpr std::size_t kBranchesKept = 1024;

// Each outcome runs the step from its start, so a loop that may choose to go on costs the square.
constexpr std::size_t kMaxDecisionsOfOutcome = 4096;

// C17 7.21.6.1: a value by a conversion such as "%5d", whose length modifiers say what its type
// says.
std::string PrintedNumber(const std::string& conversion, IntType type, int64_t value) {
  std::string plain;
  for (const char c : conversion) {
    if (std::string_view("hlLjzt").find(c) == std::string_view::npos) plain += c;
  }
  const char what = plain.back();
  try {
    if (IsFloating(type)) {
      const double number = type == IntType::kF32 ? RealOf<float>(value) : RealOf<double>(value);
      return fmt::sprintf(plain, number);
    }
    if (what == 'c') return std::string(1, static_cast<char>(value));
    const bool is_unsigned = std::string_view("uxXo").find(what) != std::string_view::npos;
    const bool is_long = type == IntType::kI64 || type == IntType::kU64;
    if (what == 'p') return fmt::sprintf("%p", reinterpret_cast<void*>(value));
    if (is_unsigned && is_long) return fmt::sprintf(plain, static_cast<uint64_t>(value));
    if (is_unsigned) return fmt::sprintf(plain, static_cast<uint32_t>(value));
    return is_long ? fmt::sprintf(plain, value) : fmt::sprintf(plain, static_cast<int32_t>(value));
  } catch (const fmt::format_error&) {
    return "?";  // a value of another type than the conversion's
  }
}

}  // namespace

Stepper::Stepper(const Program& program) : program_(program), forks_(program.forks()) {
  for (const ProcessCode& code : program.codes) {
    std::vector<int64_t> r(code.register_count, 0);
    for (const auto& [reg, value] : code.constants) r[reg] = value;
    registers_.push_back(std::move(r));
    assumes_.emplace_back(code.instructions.size());
    own_uses_.emplace_back(code.instructions.size(), false);
  }
}

bool Stepper::NextOutcome() {
  while (!outcomes_.decisions.empty() &&
         outcomes_.decisions.back().index + 1 >= outcomes_.decisions.back().count)
    outcomes_.decisions.pop_back();
  if (outcomes_.decisions.empty()) return false;
  outcomes_.all_decisions += outcomes_.decided;
  if (outcomes_.gives_up || outcomes_.all_decisions >= kMaxDecisions) {
    outcomes_.left_out = true;
    return false;
  }
  ++outcomes_.decisions.back().index;
  return true;
}

// Some milliseconds of work lie between two questions.
void Stepper::Ask(uint32_t work) {
  constexpr uint32_t kAskEvery = 1U << 14;
  unasked_ += work;
  if (unasked_ < kAskEvery) return;
  work_ += unasked_;
  unasked_ = 0;
  if (may_go_on_ && !may_go_on_()) throw StepStopped();
}

std::vector<int64_t> Stepper::decided() const {
  std::vector<int64_t> values;
  for (std::size_t i = 0; i < outcomes_.decided; ++i)
    values.push_back(outcomes_.decisions[i].value);
  return values;
}

int64_t Stepper::Decide(uint32_t count) {
  if (outcomes_.decided == outcomes_.decisions.size()) outcomes_.decisions.push_back({0, count, 0});
  ++unasked_;
  return outcomes_.decisions[outcomes_.decided++].index;
}

StepStatus Stepper::Fail(const Code& code, const Instruction& i, ErrorKind kind,
                         std::string message, std::string hint) {
  error_.kind = kind;
  error_.message = std::move(message);
  error_.hint = std::move(hint);
  return FailHere(code, i);
}

StepStatus Stepper::FailHere(const Code& code, const Instruction& i) {
  const CodeLocation& location = code.locations[i.location];
  error_.range = location.range;
  error_.statement = location.statement;
  error_.call = location.call;
  return StepStatus::kError;
}

StepStatus Stepper::FailFreed(const Code& code, const Instruction& i, int64_t address) {
  const auto slot = static_cast<uint32_t>(address);
  if (program_.ObjectOf(slot)->symbol->alive != nullptr) {
    return Fail(code, i, ErrorKind::kPointer,
                fmt::format("{} is used after the function that it is a local of has returned",
                            SlotName(program_, slot)),
                "make it `static`, take memory from `malloc`, or return when nobody uses it");
  }
  if (program_.ObjectOf(slot)->kind != nullptr) {
    return Fail(code, i, ErrorKind::kPointer,
                fmt::format("{} lies behind the end of the file, which is empty: SIGBUS",
                            SlotName(program_, slot)),
                "give it its size with `ftruncate` or `write` before anybody uses it");
  }
  if (program_.ObjectOf(slot)->symbol->is_of_segment) {
    return Fail(code, i, ErrorKind::kPointer,
                fmt::format("{} lies behind the end of the shared memory object: SIGBUS",
                            SlotName(program_, slot)),
                "give it its size with `ftruncate` before anybody uses it");
  }
  return Fail(
      code, i, ErrorKind::kPointer,
      fmt::format("{} is memory that is free: it is used after `free`", SlotName(program_, slot)));
}

StepStatus Stepper::FailMapped(const Code& code, const Instruction& i, int64_t address,
                               int64_t rights) {
  const std::string name = SlotName(program_, static_cast<uint32_t>(address));
  if ((rights & Mapping::kTakenAway) != 0) {
    return Fail(code, i, ErrorKind::kPointer,
                fmt::format("{} is used after `munmap` took it away: SIGSEGV", name),
                "call `munmap` when this process uses the memory no more");
  }
  if ((rights & Mapping::kIsThere) == 0) {
    return Fail(code, i, ErrorKind::kPointer,
                fmt::format("{} is not mapped in this process, which has the pointer from another "
                            "one: SIGSEGV",
                            name),
                "map it here, too; each process has it at another address, so keep offsets in it");
  }
  if (i.opcode == Opcode::kStore && (rights & Mapping::kReads) != 0) {
    return Fail(code, i, ErrorKind::kPointer,
                fmt::format("{} is mapped to be read only, and written: SIGSEGV", name),
                "map it with PROT_READ | PROT_WRITE");
  }
  return Fail(code, i, ErrorKind::kPointer,
              fmt::format("{} is mapped with PROT_NONE: SIGSEGV", name),
              "map it with PROT_READ, or PROT_READ | PROT_WRITE");
}

StepStatus Stepper::GiveUp() {
  error_.kind = ErrorKind::kNone;
  outcomes_.gives_up = true;
  return StepStatus::kLocalLimit;
}

StepStatus Stepper::GiveUpAt(const Code& code, const Instruction& i) {
  const StepStatus status = GiveUp();
  Fail(code, i, ErrorKind::kDiverges,
       fmt::format("this goes on for more than {} local operations", program_.local_limit),
       "`option local_limit = N;` follows more of them; an access or `step;` in it ends a step");
  return status;
}

bool Stepper::IsOwn(int64_t address, const ProcessInstance& process) const {
  return address >= process.own_base && address < process.end;
}

bool Stepper::IsNoAccess(int64_t address, const ProcessInstance& process) const {
  if (IsOwn(address, process)) return true;
  return forks_ && IsMemory(address) &&
         program_.ObjectOf(static_cast<uint32_t>(address))->symbol->kind == SymbolKind::kTable;
}

bool Stepper::IsMemory(int64_t address) const {
  return address >= 0 && address < static_cast<int64_t>(program_.slots.size()) &&
         program_.slots[static_cast<std::size_t>(address)].kind == SlotKind::kMemory;
}

bool Stepper::Repeats(const int64_t* state, const ProcessInstance& process,
                      const std::vector<int64_t>& r, uint32_t target, bool atomic) {
  // Outside atomic blocks only the process's own memory can change without an access.
  const int64_t* memory = atomic ? state : state + process.own_base;
  const std::size_t words = atomic ? program_.state_size() : process.end - process.own_base;
  if (!snapshot_.empty() && snapshot_target_ == target && snapshot_.size() == r.size() + words &&
      std::equal(r.begin(), r.end(), snapshot_.begin()) &&
      std::equal(memory, memory + words,
                 snapshot_.begin() + static_cast<std::ptrdiff_t>(r.size()))) {
    return true;
  }
  if (back_jumps_ >= next_snapshot_) {
    next_snapshot_ = back_jumps_ * 2;
    snapshot_target_ = target;
    snapshot_.assign(r.begin(), r.end());
    snapshot_.insert(snapshot_.end(), memory, memory + words);
  }
  return false;
}

void Stepper::ForgetBranches() {
  const std::size_t first = std::min(log_begin_ + kBranchesKept, log_->size());
  const std::size_t last = log_->size() - std::min(log_->size() - first, kBranchesKept);
  const auto at = [&](std::size_t n) { return log_->begin() + static_cast<std::ptrdiff_t>(n); };
  log_->erase(std::remove_if(at(first), at(last),
                             [](const Event& e) { return e.kind == Event::Kind::kBranch; }),
              at(last));
  forget_at_ = 2 * log_->size() + 2 * kBranchesKept;
}

void Stepper::Stop(int64_t* state, const ProcessInstance& process, const ProcessCode& code,
                   uint32_t point, const int64_t* r) {
  int64_t* spill = state + process.spill_base;
  std::fill(spill, spill + code.spill_count, 0);
  const ProgramPoint& at = code.points[point];
  for (const Spill& live : at.live) spill[live.offset] = r[live.reg];
  // Labels stand first in the spill area, in their order.
  uint32_t label_offset = 0;
  for (const uint32_t reg : code.label_registers) {
    if (reg != 0) spill[label_offset++] = r[reg];
  }
  for (const OwnRange& dead : at.dead) {
    int64_t* own = state + process.own_base + dead.offset;
    std::fill(own, own + dead.cells, 0);
  }
  state[process.point_slot] = point;
}

void Stepper::Fork(int64_t* state, const ProcessInstance& parent, const ProcessCode& code,
                   const Instruction& i, const int64_t* r) {
  const ProcessInstance& child = program_.processes[static_cast<std::size_t>(r[i.a] - 1)];
  assert(child.code == parent.code && "a process forks one of its own code");
  // An address of the parent's memory means the same place in the child's.
  const auto moved = [&](int64_t value) {
    return IsOwn(value, parent) ? value - parent.own_base + child.own_base : value;
  };
  for (uint32_t k = 0; k < parent.end - parent.own_base; ++k) {
    const Slot& slot = program_.slots[parent.own_base + k];
    const int64_t value = state[parent.own_base + k];
    const bool is_pointer = slot.type != nullptr && slot.type->is_pointer();
    state[child.own_base + k] = is_pointer ? moved(value) : value;
  }
  const auto behind = static_cast<std::size_t>(&i - code.instructions.data()) + 1;
  const uint32_t point = code.point_of[behind];
  std::fill_n(state + child.spill_base, code.spill_count, 0);
  for (const Spill& live : code.points[point].live) {
    const int64_t value = live.reg == i.dst ? 0 : r[live.reg];
    state[child.spill_base + live.offset] = code.holds_pointer[live.reg] ? moved(value) : value;
  }
  state[child.point_slot] = point;
  // What has an element for each process.
  const int distance = child.index - parent.index;
  for (const MemoryObject& object : program_.objects) {
    const Symbol& symbol = *object.symbol;
    if (symbol.shared_by == Symbol::SharedBy::kOne) continue;
    const bool is_of_all = symbol.shared_by == Symbol::SharedBy::kMe;
    const int mine =
        is_of_all ? static_cast<int>(&parent - program_.processes.data()) : parent.index;
    const int cells = static_cast<int>(symbol.type->element->cells);
    for (int k = 0; k < cells; ++k) {
      const uint32_t from = object.base + static_cast<uint32_t>(mine * cells + k);
      const uint32_t to = from + static_cast<uint32_t>(distance * cells);
      state[to] = state[from];
      if (program_.slots[to].written != 0)
        state[program_.slots[to].written] = state[program_.slots[from].written];
    }
  }
  changed_shared_ = true;
}

StepStatus Stepper::Start(int64_t* state, int process) {
  const ProcessInstance& instance = program_.processes[static_cast<std::size_t>(process)];
  std::vector<int64_t>& r = registers_[static_cast<std::size_t>(instance.code)];
  const ProcessCode& code = program_.CodeOf(process);
  std::fill(r.begin(), r.end(), 0);
  for (const auto& [reg, value] : code.constants) r[reg] = value;
  return RunAny(state, process, 0, false);
}

StepStatus Stepper::Step(int64_t* state, int process) {
  constexpr std::size_t kCells = 512;  // a large state is copied, packed and compared
  Ask(1 + static_cast<uint32_t>(program_.state_size() / kCells));
  const ProcessInstance& instance = program_.processes[static_cast<std::size_t>(process)];
  const ProcessCode& code = program_.CodeOf(process);
  const auto point = static_cast<std::size_t>(state[instance.point_slot]);
  assert(point != 0 && "a process that is done takes no step");
  const ProgramPoint& at = code.points[point];
  int64_t* r = registers_[static_cast<std::size_t>(instance.code)].data();
  const int64_t* spill = state + instance.spill_base;
  for (const Spill& live : at.live) r[live.reg] = spill[live.offset];
  for (const uint32_t reg : code.label_registers) {
    if (reg != 0) r[reg] = 0;
  }
  return RunAny(state, process, at.instruction, true);
}

StepStatus Stepper::Operate(int64_t* state, int process, uint32_t at, int64_t address) {
  const ProcessInstance& instance = program_.processes[static_cast<std::size_t>(process)];
  const ProcessCode& code = program_.CodeOf(process);
  std::vector<int64_t>& r = registers_[static_cast<std::size_t>(instance.code)];
  std::fill(r.begin(), r.end(), 0);
  for (const auto& [reg, value] : code.constants) r[reg] = value;
  const Instruction& begin = code.instructions[at];
  if (begin.a != kZeroRegister) r[begin.a] = address - begin.c;
  only_operation_ = true;
  const StepStatus status = RunAny(state, process, at, true);
  only_operation_ = false;
  return status;
}

// What an operation did, when it is over.
void Stepper::LogOperation(const int64_t* state, const int64_t* r, const Code& code,
                           const Instruction& i) {
  const OperationUse& use = code.operations[i.b];
  const Operation& operation = program_.operations[use.operation];
  if ((i.flags & kQuiet) != 0 || operation.is_query) return;
  Event event;
  event.kind = Event::Kind::kOperation;
  event.in_atomic = (i.flags & kInAtomic) != 0;
  event.operation = static_cast<uint16_t>(use.operation);
  event.address = static_cast<uint32_t>(r[i.a] + i.c);
  event.location = i.location;
  const std::size_t told = std::min<std::size_t>(use.argument_count, OperationUse::kToldArguments);
  for (std::size_t k = 0; k < told; ++k) event.arguments[k] = r[use.arguments[k]];
  event.value = operation.has_result() ? r[use.result] : event.arguments[0];
  const auto& parameters = operation.function->parameter_symbols;
  for (std::size_t k = 0; k < told; ++k) {
    const Type* const type = parameters[k]->type;
    if (!type->is_pointer() || !type->element->is_char) continue;
    const auto first = static_cast<std::size_t>(event.arguments[k]);
    for (std::size_t at = first; at - first < Event::kMostText; ++at) {
      if (at >= program_.slots.size()) break;
      const Type* const cell = program_.slots[at].type;
      if (cell == nullptr || !cell->is_char) break;
      event.text += static_cast<char>(state[at]);
    }
    break;
  }
  log_->push_back(event);
}

// One text for what is printed in a row.
void Stepper::LogPrint(const int64_t* state, const int64_t* r, const Code& code,
                       const Instruction& i) {
  const auto cell = [&](std::size_t k) -> char {
    const auto at = static_cast<std::size_t>(r[i.a]) + k;
    const bool is_char = at < program_.slots.size() && program_.slots[at].type != nullptr &&
                         program_.slots[at].type->is_integer() &&
                         program_.slots[at].type->bits == 8;
    return is_char ? static_cast<char>(state[at]) : '\0';
  };
  std::string text;
  switch (static_cast<Printed>(i.b)) {
    case Printed::kLiteral: text = code.texts[i.c - 1]; break;
    case Printed::kNumber: text = PrintedNumber(code.texts[i.c - 1], i.type, r[i.a]); break;
    case Printed::kText:
      for (std::size_t k = 0; k < Event::kMostText && cell(k) != '\0'; ++k) text += cell(k);
      break;
  }
  auto last = log_->rbegin();
  const auto first = log_->rend() - static_cast<std::ptrdiff_t>(log_begin_);
  while (last != first && last->kind == Event::Kind::kBranch) ++last;
  if (last != first && last->kind == Event::Kind::kPrinted) {
    if (last->text.size() < Event::kMostText) last->text += text;
    return;
  }
  Event event;
  event.kind = Event::Kind::kPrinted;
  event.location = i.location;
  event.text = text;
  log_->push_back(event);
}

void Stepper::Watch(const int64_t* state, const int64_t* r, const Code& code,
                    const Instruction& i) const {
  const OperationUse& use = code.operations[i.b];
  OperationMoment moment;
  moment.operation = use.operation;
  moment.is_over = i.opcode == Opcode::kOperationEnd;
  if (moment.is_over && program_.operations[use.operation].has_result())
    moment.result = r[use.result];
  moment.argument_count = use.argument_count;
  for (uint32_t k = 0; k < use.argument_count; ++k) moment.arguments[k] = r[use.arguments[k]];
  moment.state = state;
  watcher_(moment);
}

StepStatus Stepper::RunAny(int64_t* state, int process, uint32_t at, bool may_access) {
  if (footprint_ != nullptr) {
    return log_ != nullptr ? Run<true, true>(state, process, at, may_access)
                           : Run<false, true>(state, process, at, may_access);
  }
  return log_ != nullptr ? Run<true, false>(state, process, at, may_access)
                         : Run<false, false>(state, process, at, may_access);
}

template <bool kLog, bool kTouch>
StepStatus Stepper::Run(int64_t* state, int process, uint32_t at, bool may_access) {
  const ProcessInstance& instance = program_.processes[static_cast<std::size_t>(process)];
  const ProcessCode& code = program_.CodeOf(process);
  std::vector<int64_t>& file = registers_[static_cast<std::size_t>(instance.code)];
  int64_t* const r = file.data();
  r[kSelfRegister] = instance.index;
  r[kFrameRegister] = instance.own_base;
  const Slot* const slots = program_.slots.data();
  const bool goes_on = program_.granularity == Granularity::kStatement;
  outcomes_.decided = 0;
  changed_shared_ = false;
  back_jumps_ = 0;
  next_snapshot_ = 256;
  snapshot_.clear();
  if constexpr (kLog) {
    log_begin_ = log_->size();
    forget_at_ = log_begin_ + 4 * kBranchesKept;
  }
  int64_t local_work = 0;
  bool atomic = false;

  const auto log = [&](Event::Kind kind, const Instruction& i, int64_t address, int64_t value,
                       int64_t old) {
    if constexpr (kLog) {
      if ((i.flags & kQuiet) != 0) return;
      Event event;
      event.kind = kind;
      event.in_atomic = (i.flags & kInAtomic) != 0;
      event.address = static_cast<uint32_t>(address);
      event.location = i.location;
      event.value = value;
      event.old = old;
      log_->push_back(event);
      if (kind == Event::Kind::kBranch && log_->size() >= forget_at_) ForgetBranches();
    }
  };

  const auto touch = [&](void (FootprintUnits::*how)(uint64_t, Footprint&) const, int64_t slot) {
    if constexpr (kTouch) (units_->*how)(static_cast<uint64_t>(slot), *footprint_);
  };

  const Instruction* const first = code.instructions.data();
  const auto number_of = [&](const Instruction& i) { return static_cast<uint32_t>(&i - first); };
  for (const Instruction* here = first + at;; ++here) {
    const Instruction& i = *here;
    if ((i.flags & kStops) != 0 && !may_access) {
      const bool own = (i.flags & kMayBeOwn) != 0 && IsNoAccess(r[i.a] + i.c, instance);
      if (!own) {
        Stop(state, instance, code, code.point_of[number_of(i)], r);
        return StepStatus::kOk;
      }
    }
    const Instruction* target = nullptr;  // what leaves the switch jumps there
    switch (i.opcode) {
      case Opcode::kMove: r[i.dst] = r[i.a]; continue;
      case Opcode::kBinary:
        if (!ApplyBinaryOperator(i, r, &error_)) [[unlikely]]
          return FailHere(code, i);
        continue;
      case Opcode::kUnary:
        if (!ApplyUnaryOperator(i, r, &error_)) [[unlikely]]
          return FailHere(code, i);
        continue;
      case Opcode::kConvert: r[i.dst] = ConvertTo(i.type, r[i.a]); continue;
      case Opcode::kJump: target = first + i.c; break;
      case Opcode::kBranchFalse:
        log(Event::Kind::kBranch, i, 0, r[i.a] != 0, 0);
        if (r[i.a] != 0) continue;
        target = first + i.c;
        break;
      case Opcode::kBranchTrue:
        log(Event::Kind::kBranch, i, 0, r[i.a] != 0, 0);
        if (r[i.a] == 0) continue;
        target = first + i.c;
        break;
      case Opcode::kIndex:
        if (!ApplyIndex(i, r, &error_)) [[unlikely]]
          return FailHere(code, i);
        continue;
      case Opcode::kRegisterLoad: ApplyRegisterLoad(i, r); continue;
      case Opcode::kRegisterStore: ApplyRegisterStore(i, r); continue;
      case Opcode::kPointerAdd:
        if (!ApplyPointerAdd(program_, i, r, &error_)) return FailHere(code, i);
        continue;
      case Opcode::kPointerSub:
        if (!ApplyPointerSub(program_, i, r, &error_)) return FailHere(code, i);
        continue;
      case Opcode::kPointerOrder:
        if (!ApplyPointerOrder(program_, i, r, &error_)) return FailHere(code, i);
        continue;
      case Opcode::kPointerCheck:
        if (!ApplyPointerCheck(program_, i, r, {process, number_of(i)}, &error_))
          return FailHere(code, i);
        continue;
      case Opcode::kChoose: {
        if (r[i.a] > r[i.b]) {
          return Fail(code, i, ErrorKind::kIndex,
                      fmt::format("nothing to choose: {} .. {} is empty", r[i.a], r[i.b]));
        }
        const uint64_t most = static_cast<uint64_t>(r[i.b]) - static_cast<uint64_t>(r[i.a]);
        if (most >= 65536 || outcomes_.decided >= kMaxDecisionsOfOutcome) return GiveUp();
        const int64_t value = r[i.a] + Decide(static_cast<uint32_t>(most) + 1);
        outcomes_.decisions[outcomes_.decided - 1].value = value;
        r[i.dst] = value;
        log(Event::Kind::kChose, i, 0, value, 0);
        continue;
      }
      case Opcode::kAssert:
        if (r[i.a] == 0) {
          return Fail(code, i, i.b == 0 ? ErrorKind::kAssertion : ErrorKind::kMisuse,
                      i.c == 0 ? "the assertion fails" : code.texts[i.c - 1]);
        }
        continue;
      case Opcode::kAssume: {
        AssumeUse& use = assumes_[static_cast<std::size_t>(instance.code)][number_of(i)];
        (r[i.a] == 0 ? use.cut : use.passed) = true;
        if (r[i.a] == 0) return StepStatus::kCut;
        continue;
      }
      case Opcode::kPeek:
        touch(&FootprintUnits::Read, r[i.a] + i.c);
        r[i.dst] = state[r[i.a] + i.c];
        continue;
      case Opcode::kPoke:
        touch(&FootprintUnits::Write, r[i.a] + i.c);
        state[r[i.a] + i.c] = r[i.b];
        continue;
      case Opcode::kProduced:
      case Opcode::kConsumed: {
        const bool produced = i.opcode == Opcode::kProduced;
        saw_mark_ = true;
        if constexpr (kTouch) units_->Mark(*footprint_);
        if (program_.items_slot != 0) state[program_.items_slot] += produced ? 1 : -1;
        log(produced ? Event::Kind::kProduced : Event::Kind::kConsumed, i, 0, r[i.a], 0);
        continue;
      }
      case Opcode::kEndExpression: may_access = false; continue;
      case Opcode::kAtomicEnd:
        may_access = false;
        atomic = false;
        continue;
      case Opcode::kBlockUnless:
        if (r[i.a] == 0) return StepStatus::kBlocked;
        continue;
      case Opcode::kSelect: {
        const SelectTable& table = code.selects[i.c];
        uint32_t count = 0;
        for (const auto& [reg, where] : table.alternatives) count += r[reg] != 0;
        if (count == 0) {
          if (table.else_target < 0) return StepStatus::kBlocked;
          target = first + table.else_target;
          break;
        }
        int64_t skip = count > 1 ? Decide(count) : 0;
        for (std::size_t k = 0; k < table.alternatives.size(); ++k) {
          if (r[table.alternatives[k].first] == 0 || skip-- > 0) continue;
          target = first + table.alternatives[k].second;
          if (count > 1) outcomes_.decisions[outcomes_.decided - 1].value = static_cast<int64_t>(k);
          log(Event::Kind::kAlternative, i, 0, static_cast<int64_t>(k), 0);
          break;
        }
        break;
      }
      case Opcode::kLoad: {
        const int64_t address = r[i.a] + i.c;
        if ((i.flags & kMayBeOwn) != 0 && IsNoAccess(address, instance)) {
          r[i.dst] = state[address];
          own_uses_[static_cast<std::size_t>(instance.code)][number_of(i)] = true;
          continue;
        }
        if ((i.flags & kMayBeOwn) != 0 && !IsMemory(address)) [[unlikely]] {
          return Fail(code, i, ErrorKind::kPointer, "the pointer leads to no object");
        }
        if ((i.flags & kCovered) == 0) touch(&FootprintUnits::Read, address);
        log(Event::Kind::kRead, i, address, state[address],
            0);  // also of a read that fails: it is a footprint
        if ((i.flags & kMayBeOwn) != 0) {
          const int64_t rights = RightsTo(state, slots[address], instance, code);
          if ((rights & Mapping::kReads) == 0) [[unlikely]]
            return FailMapped(code, i, address, rights);
          if (IsFreed(state, slots[address])) [[unlikely]]
            return FailFreed(code, i, address);
        }
        const uint32_t written = slots[address].written;
        if (written != 0 && state[written] == 0) [[unlikely]] {
          return Fail(code, i, ErrorKind::kUnwritten,
                      fmt::format("{} is read before anybody wrote it",
                                  SlotName(program_, static_cast<uint32_t>(address))),
                      "write `= 0` or `= {}` if you mean the zero of a fresh mapping");
        }
        r[i.dst] = state[address];
        may_access = goes_on;
        continue;
      }
      case Opcode::kStore: {
        const int64_t address = r[i.a] + i.c;
        if ((i.flags & kMayBeOwn) != 0) {
          if (IsOwn(address, instance)) {
            state[address] = r[i.b];
            own_uses_[static_cast<std::size_t>(instance.code)][number_of(i)] = true;
            continue;
          }
          if (!IsMemory(address)) [[unlikely]] {
            return Fail(code, i, ErrorKind::kPointer, "the pointer leads to no object");
          }
          if (program_.objects[static_cast<std::size_t>(slots[address].object)].symbol->is_const) {
            return Fail(
                code, i, ErrorKind::kPointer,
                fmt::format("{} is const", SlotName(program_, static_cast<uint32_t>(address))));
          }
        }
        if ((i.flags & kCovered) == 0) touch(&FootprintUnits::Write, address);
        const int64_t old = state[address];
        const int64_t value = r[i.b];
        if ((i.flags & kMayBeOwn) != 0) {
          const int64_t rights = RightsTo(state, slots[address], instance, code);
          const bool is_forbidden = (rights & Mapping::kWrites) == 0;
          if (is_forbidden || IsFreed(state, slots[address])) [[unlikely]] {
            log(Event::Kind::kWrite, i, address, value, old);
            return is_forbidden ? FailMapped(code, i, address, rights)
                                : FailFreed(code, i, address);
          }
        }
        state[address] = value;
        changed_shared_ |= old != value;
        const uint32_t written = slots[address].written;
        const int64_t is_written = (i.flags & kForgets) == 0;
        if (written != 0 && state[written] != is_written) {
          state[written] = is_written;
          changed_shared_ = true;
        }
        log(Event::Kind::kWrite, i, address, value, old);
        may_access = goes_on;
        continue;
      }
      case Opcode::kAtomicBegin:
        atomic = true;
        log(Event::Kind::kAtomic, i, 0, 0, 0);
        may_access = goes_on;
        continue;
      case Opcode::kStep:
        log(i.b == 0 ? Event::Kind::kStep : Event::Kind::kBegin, i, 0, 0, 0);
        may_access = goes_on;
        continue;
      case Opcode::kPrint:
        if constexpr (kLog) LogPrint(state, r, code, i);
        continue;
      case Opcode::kFork:
        Fork(state, instance, code, i, r);
        r[i.dst] = r[i.a];
        target = first + i.c;
        break;
      case Opcode::kOperationBegin:
        atomic = true;
        if constexpr (kLog) {
          if (watcher_) Watch(state, r, code, i);
        }
        if constexpr (kTouch) {
          const Operation& operation = program_.operations[code.operations[i.b].operation];
          if ((i.flags & kCovered) == 0) {
            if (operation.group == Operation::Group::kFirst)
              touch(&FootprintUnits::First, r[i.a] + i.c);
            if (operation.group == Operation::Group::kSecond)
              touch(&FootprintUnits::Second, r[i.a] + i.c);
          }
        }
        may_access = goes_on;
        continue;
      case Opcode::kOperationEnd:
        if (only_operation_) return StepStatus::kOk;
        atomic = (i.flags & (kInAtomic | kInOperation)) != 0;
        if constexpr (kLog) {
          LogOperation(state, r, code, i);
          if (watcher_) Watch(state, r, code, i);
        }
        may_access = goes_on;
        continue;
      case Opcode::kLimit:
        if (r[i.a] != 0) continue;
        Fail(code, i, ErrorKind::kNone, code.texts[i.c - 1]);
        return StepStatus::kObjectLimit;
      case Opcode::kHalt: Stop(state, instance, code, 0, r); return StepStatus::kOk;
      case Opcode::kProcessDone:
      case Opcode::kProcessBlocked:
      case Opcode::kProcessWaiting:
      case Opcode::kProcessInSection:
      case Opcode::kProcessAtLabel:
      case Opcode::kProcessLocal:
      case Opcode::kIsUnwritten:
        assert(false && "an instruction of properties in a process");
        continue;
    }
    if (target <= here) {
      local_work += here - target + 1;
      if (++back_jumps_ >= 256) {
        if (Repeats(state, instance, file, number_of(*target), atomic)) {
          outcomes_.gives_up = true;
          return Fail(code, i, ErrorKind::kDiverges,
                      atomic ? "the atomic block never ends: nothing in it can change the condition"
                             : "this loop never ends and touches nothing shared",
                      atomic ? "to wait for another process, use `await (...)` as the first "
                               "statement of the block"
                             : "");
        }
        if (local_work > program_.local_limit) return GiveUpAt(code, i);
        Ask(1);
      }
    }
    here = target - 1;
  }
}

}  // namespace interleave
