// A turn is a futex hand-over there and back. The child publishes where it stands and what is alive
// before it hands over, so the parent reads a finished answer; nobody else runs meanwhile.

#include "sim/world/real_world.h"

#include <fmt/format.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <climits>
#include <cstring>

#include "sim/host/interrupted.h"
#include "sim/program/clock.h"
#include "sim/program/emit_real.h"
#include "sim/program/words.h"
#include "sim/world/patience.h"

namespace interleave {
namespace {

long Futex(unsigned* word, int operation, unsigned value, const timespec* timeout) {
  return syscall(SYS_futex, word, operation, value, timeout, nullptr, 0);
}

Event::Kind KindOf(int kind) {
  static constexpr std::array<Event::Kind, 9> kKinds = {
      Event::Kind::kRead,     Event::Kind::kWrite,  Event::Kind::kOperation,
      Event::Kind::kStep,     Event::Kind::kAtomic, Event::Kind::kProduced,
      Event::Kind::kConsumed, Event::Kind::kChose,  Event::Kind::kAlternative};
  return kKinds.at(static_cast<std::size_t>(kind));
}

// What the children of an interpreted world answer with.
int KindNumber(Event::Kind kind) {
  switch (kind) {
    case Event::Kind::kRead: return IL_EV_READ;
    case Event::Kind::kWrite: return IL_EV_WRITE;
    case Event::Kind::kOperation: return IL_EV_OPERATION;
    case Event::Kind::kStep: return IL_EV_STEP;
    case Event::Kind::kAtomic: return IL_EV_ATOMIC;
    case Event::Kind::kProduced: return IL_EV_PRODUCED;
    case Event::Kind::kConsumed: return IL_EV_CONSUMED;
    case Event::Kind::kChose: return IL_EV_CHOSE;
    case Event::Kind::kAlternative: return IL_EV_ALTERNATIVE;
    case Event::Kind::kPrinted:
    case Event::Kind::kBegin:
    case Event::Kind::kBranch: break;
  }
  return -1;
}

// What a real process can tell of its own error; the simulated world has more words.
std::string ErrorText(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kIndex: return "an index is outside its array, or there is nothing to choose";
    case ErrorKind::kDivision: return "division by zero";
    case ErrorKind::kOverflow: return "the result does not fit into its type";
    case ErrorKind::kUnwritten: return "memory is read before anybody wrote it";
    case ErrorKind::kPointer: return "a pointer leads nowhere";
    case ErrorKind::kAssertion: return "the assertion fails";
    case ErrorKind::kDiverges: return "local work without end";
    case ErrorKind::kMisuse: return "an operation that its object does not permit";
    case ErrorKind::kNone: break;
  }
  return "";
}

constexpr std::size_t kLine = 64;  // bytes of a mapping that are compared at once

}  // namespace

RealWorld::RealWorld(const Program& program, const RealOptions& options)
    : program_(program),
      options_(options),
      layout_(LayOutBytes(program)),
      pids_(program.processes.size(), 0),
      state_(program.initial),
      stepper_(program),
      blocks_after_it_writes_(BlocksAfterItWrites(program).has_value()) {
  std::size_t most = 1;
  for (const ProcessInstance& process : program.processes) {
    most = std::max<std::size_t>(most, process.end - process.spill_base);
  }
  slots_of_line_.resize(layout_.bytes / kLine);
  for (uint32_t slot = 0; slot < program.slots.size(); ++slot) {
    if (layout_.offset_of[slot] != ByteLayout::kNowhere) {
      slots_of_line_[layout_.offset_of[slot] / kLine].push_back(slot);
    }
  }
  turn_bytes_ = RoundUp(sizeof(il_turn) + most * sizeof(int64_t), kLine);
  if (!options.interpreted) {
    EmitOptions emit;
    emit.fault = options.fault;
    code_ = std::make_unique<NativeCode>(
        sandbox_, EmitC(program, layout_, emit), EmitRealThings(program),
        " for the code of real processes; install one, or use --engine interpreted, which tests "
        "the plumbing only",
        options.stop);
    things_ = std::make_unique<RealThings>(program, layout_, *code_);
  }
  pinned_.emplace();
  turns_ = std::make_unique<Region>(sandbox_, RegionKind::kAnonymous,
                                    turn_bytes_ * program.processes.size());
  children_ = std::make_unique<Children>(sandbox_);
}

RealWorld::~RealWorld() = default;

std::string RealWorld::Who(int process) const {
  return program_.processes[static_cast<std::size_t>(process)].name;
}

il_turn* RealWorld::TurnOf(int process) const {
  return reinterpret_cast<il_turn*>(static_cast<char*>(turns_->parent_address()) +
                                    static_cast<std::size_t>(process) * turn_bytes_);
}

int64_t* RealWorld::SlotsOf(int process) const {
  return reinterpret_cast<int64_t*>(TurnOf(process) + 1);
}

// --- Turns ---

void RealWorld::Reset() {
  children_->KillAll();
  std::fill(pids_.begin(), pids_.end(), 0);
  memory_.reset();
  memory_ = std::make_unique<Region>(sandbox_, options_.region,
                                     things_ ? things_->bytes() : layout_.bytes);
  WriteInitial(static_cast<std::byte*>(memory_->parent_address()), layout_, program_);
  std::memset(turns_->parent_address(), 0, turn_bytes_ * program_.processes.size());
  state_ = program_.initial;
  const auto* const memory = static_cast<const std::byte*>(memory_->parent_address());
  seen_.assign(memory, memory + layout_.bytes);
}

int RealWorld::ChildMain(int process) {
  const ProcessInstance& instance = program_.processes[static_cast<std::size_t>(process)];
  il context{};
  context.turn = TurnOf(process);
  context.slots = reinterpret_cast<long*>(SlotsOf(process));
  context.memory = static_cast<char*>(memory_->AttachInChild(process));
  context.self = instance.index;
  context.own_base = instance.own_base;
  context.own_end = instance.end;
  context.process = process;
  context.turn->address = static_cast<long>(reinterpret_cast<uintptr_t>(context.memory));
  if (options_.interpreted) {
    InterpretTurns(process);
    return 0;
  }
  things_->Attach(context);
  const bool is_first =
      std::all_of(pids_.begin(), pids_.end(), [](pid_t other) { return other == 0; });
  if (is_first) things_->Make(context.memory);
  return code_->Run(&context, static_cast<unsigned>(process));
}

// The interpreter in a real process: shared memory is copied in before each step, and out after it.
void RealWorld::InterpretTurns(int process) {
  const ProcessInstance& instance = program_.processes[static_cast<std::size_t>(process)];
  // The mapping is where AttachInChild has put it.
  auto* const memory =
      reinterpret_cast<std::byte*>(static_cast<uintptr_t>(TurnOf(process)->address));
  il_turn* const turn = TurnOf(process);
  Stepper stepper(program_);
  std::vector<Event> events;
  stepper.set_log(&events);
  std::vector<int64_t> own = program_.initial;
  bool started = false;
  for (;;) {
    std::vector<int64_t> before = own;
    for (uint32_t slot = 0; slot < program_.slots.size(); ++slot) {
      if (layout_.offset_of[slot] != ByteLayout::kNowhere)
        before[slot] = ReadCell(memory, layout_, program_, slot);
    }
    std::vector<int64_t> next;
    StepStatus status = StepStatus::kOk;
    std::vector<int64_t> decided;
    bool fits = false;
    stepper.FirstOutcome();
    do {
      next = before;
      events.clear();
      status = started ? stepper.Step(next.data(), process) : stepper.Start(next.data(), process);
      decided = stepper.decided();
      fits = status == StepStatus::kBlocked;
      if (fits) break;
      fits = true;
      for (unsigned i = 0; i < turn->given && i < decided.size(); ++i) {
        fits = fits && decided[i] == turn->give[i];
      }
    } while (!fits && stepper.NextOutcome());
    started = true;
    turn->error =
        static_cast<int>(status == StepStatus::kError ? stepper.error().kind : ErrorKind::kNone);
    turn->events = 0;
    for (const Event& event : events) {
      const int kind = KindNumber(event.kind);
      if (kind < 0) continue;
      if (turn->events < IL_MAX_EVENTS) {
        il_event& to = turn->event[turn->events];
        to = {kind, event.address, event.value, event.old, event.operation, {}};
        std::copy(std::begin(event.arguments), std::end(event.arguments), to.arguments);
      }
      ++turn->events;
    }
    turn->taken = 0;
    for (const int64_t value : decided) {
      if (turn->taken < IL_MAX_DECISIONS) turn->took[turn->taken++] = {value, 0, 0};
    }
    switch (status) {
      case StepStatus::kOk: turn->status = IL_OK; break;
      case StepStatus::kBlocked: turn->status = IL_BLOCKED; break;
      case StepStatus::kCut: turn->status = IL_CUT; break;
      case StepStatus::kError: turn->status = IL_ERROR; break;
      case StepStatus::kLocalLimit: turn->status = IL_LOCAL_LIMIT; break;
      case StepStatus::kObjectLimit: turn->status = IL_OBJECT_LIMIT; break;
    }
    if (!fits) turn->status = IL_NOT_DECIDED;
    const bool tried = turn->command == IL_TRY;
    if (tried && status != StepStatus::kBlocked) turn->status = IL_OPEN;
    if (status != StepStatus::kBlocked && fits && !tried) {
      own = next;
      for (uint32_t slot = 0; slot < program_.slots.size(); ++slot) {
        if (layout_.offset_of[slot] != ByteLayout::kNowhere && next[slot] != before[slot])
          WriteCell(memory, layout_, program_, slot, next[slot]);
      }
      turn->point = own[instance.point_slot];
      std::copy(own.begin() + instance.spill_base, own.begin() + instance.end, SlotsOf(process));
    }
    const unsigned seen = __atomic_load_n(&turn->turn, __ATOMIC_SEQ_CST);
    __atomic_store_n(&turn->done, turn->done + 1, __ATOMIC_SEQ_CST);
    Futex(&turn->done, FUTEX_WAKE, 1, nullptr);
    while (__atomic_load_n(&turn->turn, __ATOMIC_SEQ_CST) == seen) {
      Futex(&turn->turn, FUTEX_WAIT, seen, nullptr);
    }
    if (turn->command == IL_EXIT) _exit(0);
  }
}

void RealWorld::Fork(int process) {
  const unsigned before = TurnOf(process)->done;
  CountTurn();
  pids_[static_cast<std::size_t>(process)] =
      children_->Start(process, [this, process] { return ChildMain(process); });
  ++starts_;
  WaitForAnswer(process, before);
  // All are attached: the name is not needed any more.
  if (process + 1 == program_.process_count()) memory_->Unlink();
}

void RealWorld::CountTurn() {
  ++steps_;
  if (options_.before_turn) options_.before_turn(steps_, pids_);
}

void RealWorld::GiveTurn(int process, int command) {
  CountTurn();
  il_turn* const turn = TurnOf(process);
  const unsigned before = __atomic_load_n(&turn->done, __ATOMIC_SEQ_CST);
  turn->command = command;
  __atomic_store_n(&turn->turn, turn->turn + 1, __ATOMIC_SEQ_CST);
  Futex(&turn->turn, FUTEX_WAKE, 1, nullptr);
  WaitForAnswer(process, before);
}

void RealWorld::WaitForAnswer(int process, unsigned before) {
  il_turn* const turn = TurnOf(process);
  const timespec look_around = {0, 50'000'000};
  std::optional<Patience> patience;
  while (__atomic_load_n(&turn->done, __ATOMIC_SEQ_CST) == before) {
    if (options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed)) {
      throw Interrupted();
    }
    if (Futex(&turn->done, FUTEX_WAIT, before, &look_around) == 0 || errno != ETIMEDOUT) continue;
    while (const auto exit = children_->Poll()) {
      ThrowEnd(*exit, "the process of " + Who(exit->index),
               fmt::format(", at turn {} ({} had it)", steps_, Who(process)));
    }
    if (!patience) {
      patience.emplace(pids_[static_cast<std::size_t>(process)], options_.hang_seconds);
    }
    switch (patience->Look()) {
      case Patience::Finding::kWait: break;
      case Patience::Finding::kHangs:
        throw RealWorldError(fmt::format("{} hangs: no answer for {:g} seconds, at turn {}",
                                         Who(process), options_.hang_seconds, steps_));
      case Patience::Finding::kLost:
        throw ProcessLost(
            fmt::format("the process of {} is stopped or does not get to run, at "
                        "turn {}",
                        Who(process), steps_));
    }
  }
}

StepStatus RealWorld::ReadAnswer(int process) {
  const il_turn* const turn = TurnOf(process);
  const ProcessCode& code = program_.CodeOf(process);
  events_.clear();
  const unsigned count = std::min<unsigned>(turn->events, IL_MAX_EVENTS);
  for (unsigned i = 0; i < count; ++i) {
    const il_event& from = turn->event[i];
    Event event;
    event.kind = KindOf(from.kind);
    event.address = from.address;
    event.value = from.value;
    event.old = from.old;
    if (event.kind == Event::Kind::kOperation) {
      event.operation = static_cast<uint16_t>(from.operation);
      std::copy(std::begin(from.arguments), std::end(from.arguments), event.arguments);
    }
    events_.push_back(event);
  }
  ReadState();
  error_ = {};
  switch (turn->status) {
    case IL_OK:
    case IL_OPEN: return StepStatus::kOk;
    case IL_BLOCKED: return StepStatus::kBlocked;
    case IL_CUT: return StepStatus::kCut;
    case IL_LOCAL_LIMIT: return StepStatus::kLocalLimit;
    case IL_OBJECT_LIMIT: return StepStatus::kObjectLimit;
    case IL_ERROR: {
      error_.kind = static_cast<ErrorKind>(turn->error);
      error_.message = ErrorText(error_.kind);
      if (!options_.interpreted && turn->error_at < code.instructions.size()) {
        const CodeLocation& location = code.locations[code.instructions[turn->error_at].location];
        error_.range = location.range;
        error_.statement = location.statement;
      }
      return StepStatus::kError;
    }
    case IL_DIFFERS: ThrowDifference(process);
    default: break;
  }
  throw RealWorldError(
      fmt::format("{} could not decide as it was told, at turn {}", Who(process), steps_));
}

void RealWorld::ThrowDifference(int process) const {
  const il_difference& difference = TurnOf(process)->difference;
  const Operation& operation = program_.operations[static_cast<std::size_t>(difference.operation)];
  const std::string object = PlaceName(program_, difference.address);
  std::string model;
  std::string real;
  switch (difference.what) {
    case IL_DIFFERS_SHUT:
      model = "is made";
      real = "would block";
      break;
    case IL_DIFFERS_OPEN:
      model = "is blocked";
      real = "is made";
      if (operation.has_result()) {
        real += " and gives " + FormatValue(program_, operation.function->type, difference.real);
      }
      break;
    case IL_DIFFERS_LIMIT:
      model = "is made";
      real = "holds no more";
      break;
    case IL_DIFFERS_RESULT:
      model = "gives " + FormatValue(program_, operation.function->type, difference.model);
      real = "gives " + FormatValue(program_, operation.function->type, difference.real);
      break;
    case IL_DIFFERS_CELL: {
      uint32_t slot = difference.address;
      const uint32_t byte = layout_.offset_of[slot] + difference.offset;
      while (layout_.offset_of[slot] != byte) ++slot;
      const std::string cell = SlotName(program_, slot);
      const Type* type = program_.slots[slot].type;
      model = fmt::format("leaves {} = {}", cell, FormatValue(program_, type, difference.model));
      real = fmt::format("leaves {} = {}", cell, FormatValue(program_, type, difference.real));
      break;
    }
    case IL_DIFFERS_CHOICE:
      model = "cannot choose so";
      real = fmt::format("chooses {}", difference.real);
      break;
    default: break;
  }
  throw RealThingDiffers(
      fmt::format("at turn {}, of {}", steps_, Who(process)),
      fmt::format("  `{}` of {}, which is {} {}:\n  the model:      {}\n  the real thing: {}\n",
                  operation.name(), object, operation.kind().kind->words.article,
                  operation.kind().name, model, real));
}

std::optional<EnabledChoice> RealWorld::MadeInstead(const EnabledChoice& planned,
                                                    const std::vector<int64_t>& before) const {
  const int process = planned.choice.actor.process();
  if (!IsDecidedByReal(process)) return std::nullopt;
  std::vector<DecisionTaken> taken;
  Taken(process, taken);
  std::vector<int64_t> decided;
  decided.reserve(taken.size());
  for (const DecisionTaken& decision : taken) decided.push_back(decision.value);
  if (decided == planned.decided) return std::nullopt;
  for (const EnabledChoice& outcome : ListOutcomes(stepper_, before, process, false)) {
    if (outcome.decided == decided) return outcome;
  }
  // An assume of the model cuts what the real thing chose.
  throw RealThingDiffers(fmt::format("at turn {}, of {}", steps_, Who(process)),
                         "  the real thing chooses what no step of the model does\n");
}

StepResult RealWorld::ReadResult(int process) {
  StepResult result;
  result.status = ReadAnswer(process);
  result.events = events_;
  result.error = error_;
  return result;
}

void RealWorld::ReadState() {
  const auto* const memory = static_cast<const std::byte*>(memory_->parent_address());
  for (std::size_t line = 0; line < slots_of_line_.size(); ++line) {
    const std::size_t at = line * kLine;
    if (std::memcmp(memory + at, &seen_[at], kLine) == 0) continue;
    std::memcpy(&seen_[at], memory + at, kLine);
    for (const uint32_t slot : slots_of_line_[line]) {
      state_[slot] = ReadCell(memory, layout_, program_, slot);
    }
  }
  for (int p = 0; p < program_.process_count(); ++p) {
    if (pids_[static_cast<std::size_t>(p)] == 0) continue;
    const ProcessInstance& instance = program_.processes[static_cast<std::size_t>(p)];
    state_[instance.point_slot] = TurnOf(p)->point;
    const int64_t* const slots = SlotsOf(p);
    std::copy(slots, slots + (instance.end - instance.spill_base),
              state_.begin() + instance.spill_base);
  }
}

// --- With decisions by their values ---

void RealWorld::Give(int process, const std::vector<int64_t>& values) {
  il_turn* const turn = TurnOf(process);
  if (values.size() > IL_MAX_DECISIONS) {
    throw RealWorldError(fmt::format("more than {} decisions in one step of {}",
                                     static_cast<int>(IL_MAX_DECISIONS), Who(process)));
  }
  turn->give_index = 0;
  turn->given = static_cast<unsigned>(values.size());
  std::copy(values.begin(), values.end(), turn->give);
}

void RealWorld::Give(int process, const std::vector<uint32_t>& indices) {
  Give(process, std::vector<int64_t>(indices.begin(), indices.end()));
  TurnOf(process)->give_index = 1;
}

void RealWorld::Taken(int process, std::vector<DecisionTaken>& taken) const {
  const il_turn* const turn = TurnOf(process);
  taken.clear();
  for (unsigned i = 0; i < turn->taken; ++i) {
    taken.push_back({turn->took[i].value, turn->took[i].index, turn->took[i].count});
  }
}

std::vector<EnabledChoice> RealWorld::InitialOutcomes(int process) const {
  return ListOutcomes(stepper_, program_.initial, process, true);
}

std::vector<EnabledChoice> RealWorld::EnabledOf(int process) const {
  if (!program_.HasSteps(state_.data(), process)) return {};
  return ListOutcomes(stepper_, state_, process, false);
}

std::vector<StepResult> RealWorld::Start(const std::vector<EnabledChoice>& outcomes) {
  assert(outcomes.size() == program_.processes.size() && "one outcome for each process");
  Reset();
  std::vector<StepResult> results;
  for (const EnabledChoice& outcome : outcomes) {
    const int process = outcome.choice.actor.process();
    Give(process, outcome.decided);
    Fork(process);
    results.push_back(ReadResult(process));
    if (results.back().status != StepStatus::kOk) break;
  }
  return results;
}

StepResult RealWorld::Step(const EnabledChoice& choice) {
  const int process = choice.choice.actor.process();
  std::vector<int64_t> before;
  if (has_real_things()) before = state_;
  Give(process, choice.decided);
  GiveTurn(process);
  StepResult result = ReadResult(process);
  result.made = MadeInstead(choice, before);
  return result;
}

bool RealWorld::Try(int process) {
  Give(process, std::vector<int64_t>{});
  GiveTurn(process, IL_TRY);
  return ReadAnswer(process) != StepStatus::kBlocked;
}

StepStatus RealWorld::StartBlind(int process, const std::vector<uint32_t>& indices,
                                 std::vector<DecisionTaken>& taken) {
  Give(process, indices);
  Fork(process);
  const StepStatus status = ReadAnswer(process);
  Taken(process, taken);
  return status;
}

StepStatus RealWorld::StepBlind(int process, const std::vector<uint32_t>& indices,
                                std::vector<DecisionTaken>& taken) {
  // Where a step may be blocked after an operation, it is tried first: what a real thing has done
  // is not taken back.
  if (has_real_things() && blocks_after_it_writes_) {
    Give(process, indices);
    GiveTurn(process, IL_TRY);
    if (ReadAnswer(process) == StepStatus::kBlocked) {
      taken.clear();
      return StepStatus::kBlocked;
    }
  }
  Give(process, indices);
  GiveTurn(process);
  const StepStatus status = ReadAnswer(process);
  Taken(process, taken);
  return status;
}

}  // namespace interleave
