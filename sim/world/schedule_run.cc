// Commands of schedules, one after the other. Each fails with the values that its condition looked
// at, since that is what the reader wants to know first.

#include "sim/world/schedule_run.h"
#include "sim/program/words.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cassert>
#include <span>
#include <utility>

namespace interleave {
namespace {

// The text of `range` in one line.
std::string Quote(const Source& source, SourceRange range) {
  constexpr std::size_t kLongest = 120;
  std::string text;
  for (const char c : source.Slice(range)) {
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (blank && (text.empty() || text.back() == ' ')) continue;
    text += blank ? ' ' : c;
  }
  if (text.size() > kLongest) text = text.substr(0, kLongest) + " ...";
  return text;
}

SourceRange ConditionRange(const Code& code) {
  return code.locations[code.instructions.back().location].range;
}

// The cell type at `offset` of `type`.
const Type* CellType(const Type* type, uint32_t offset) {
  while (!type->is_scalar()) {
    if (type->kind == TypeKind::kArray) {
      const auto stride = static_cast<uint32_t>(type->element->cells);
      type = type->element;
      offset %= stride;
      continue;
    }
    if (type->kind != TypeKind::kStruct) return nullptr;
    const Member* found = nullptr;
    for (const Member& member : type->members) {
      if (static_cast<uint32_t>(member.cell_offset) <= offset) found = &member;
    }
    if (found == nullptr) return nullptr;
    offset -= static_cast<uint32_t>(found->cell_offset);
    type = found->type;
  }
  return type;
}

// "in is 2", or empty where there is nothing to say beyond the condition itself.
std::string LookText(const Look& look, const Program& program, const Source& source,
                     const Code& code) {
  const SourceRange range = code.locations[look.location].range;
  switch (look.kind) {
    case Look::Kind::kCell: {
      const std::string name = SlotName(program, look.address);
      if (look.unknown) return fmt::format("{} was never written", name);
      const Type* type = program.slots[look.address].type;
      return fmt::format("{} is {}", name, FormatValue(program, type, look.value));
    }
    case Look::Kind::kLocal: {
      const auto& process = program.processes[static_cast<std::size_t>(look.process)];
      const LocalVariable& local = program.CodeOf(look.process).locals[look.local];
      std::string name = process.name + "." + local.symbol->name;
      if (!local.symbol->type->is_scalar()) name = Quote(source, range);
      const Type* type = CellType(local.symbol->type, look.cell);
      return fmt::format("{} is {}", name, FormatValue(program, type, look.value));
    }
    case Look::Kind::kProcess: {
      const SourceRange whole = ConditionRange(code);
      if (range.begin == whole.begin && range.end == whole.end) return "";
      return fmt::format("{} is {}", Quote(source, range), look.value != 0 ? "true" : "false");
    }
    case Look::Kind::kWritten: return "";
    case Look::Kind::kCall: {
      const InlinedCall& call = code.calls[static_cast<std::size_t>(look.call)];
      if (call.outer >= 0 || look.unknown) return "";
      return fmt::format("{} is {}", CallText(program, call, look.arguments),
                         FormatValue(program, call.function->type, look.value));
    }
  }
  return "";
}

class ScheduleRunner {
 public:
  ScheduleRunner(Run& run, const Schedule& schedule, const Source& source)
      : run_(run), program_(run.program()), schedule_(schedule), source_(source) {}

  ScheduleResult Execute() {
    result_.range = schedule_.range;
    if (!Begin()) return std::move(result_);
    if (!run_.going()) return Stopped();
    for (std::size_t i = 0; i < schedule_.steps.size(); ++i) {
      const ScheduleStep& step = schedule_.steps[i];
      result_.command = static_cast<int>(i);
      result_.range = step.range;
      if (!Command(step)) return std::move(result_);
      if (!run_.going()) return Stopped();
    }
    result_.command = -1;
    result_.range = schedule_.range;
    return std::move(result_);
  }

 private:
  ScheduleResult Stopped() {
    result_.end = ScheduleResult::End::kStopped;
    return std::move(result_);
  }

  bool Fail(std::string message, std::string hint = {}) {
    result_.end = ScheduleResult::End::kFailed;
    result_.failure = {Severity::kError, result_.range, std::move(message), std::move(hint), false};
    return false;
  }

  const std::string& NameOf(int process) const {
    return program_.processes[static_cast<std::size_t>(process)].name;
  }

  bool Begin() {
    const std::optional<int> ambiguous = run_.StartIfUnambiguous();
    if (!ambiguous) return true;
    const std::vector<EnabledChoice> outcomes = run_.world().InitialOutcomes(*ambiguous);
    if (outcomes.empty()) {
      return Fail(fmt::format("{} cannot start: an assume cuts every way", NameOf(*ambiguous)));
    }
    return Fail(fmt::format("{} starts in {} ways: {}", NameOf(*ambiguous), outcomes.size(),
                            Possible(outcomes)),
                "put `step;` before what it chooses: then that is a step which `step ... choosing` "
                "can take");
  }

  // True: the command did what it says, or the run ended.
  bool Command(const ScheduleStep& step) {
    using Kind = ScheduleCommand::Kind;
    switch (step.kind) {
      case Kind::kRun:
      case Kind::kRunUntil:
      case Kind::kRunUntilAccess: return Go(step);
      case Kind::kStep: return Steps(step);
      case Kind::kExpect: return Expect(step);
    }
    return true;
  }

  // Whether the command's goal is reached: nothing after an error (reported).
  std::optional<bool> Reached(const ScheduleStep& step) {
    if (step.kind == ScheduleCommand::Kind::kRun) return false;
    if (step.kind == ScheduleCommand::Kind::kRunUntilAccess) return IsAboutTo(step);
    const std::optional<int64_t> value = run_.evaluator().Evaluate(step.code, run_.state().data());
    if (!value) return JudgingFailed();
    return *value != 0;
  }

  std::optional<bool> JudgingFailed() {
    const RunError& error = run_.evaluator().error();
    Fail("the condition cannot be judged here: " + error.message, error.hint);
    result_.failure.range = error.range;
    return std::nullopt;
  }

  std::optional<bool> IsAboutTo(const ScheduleStep& step) {
    const MemoryObject& object = program_.objects[static_cast<std::size_t>(step.object)];
    int64_t begin = object.base;
    int64_t end = begin + object.cells;
    if (!step.whole) {
      const auto address = run_.evaluator().Evaluate(step.code, run_.state().data());
      if (!address) return JudgingFailed();
      begin = *address;
      end = begin + 1;
    }
    std::vector<Event> events;
    run_.evaluator().NextAccesses(run_.state().data(), step.process, events);
    return std::any_of(events.begin(), events.end(), [&](const Event& event) {
      using Kind = Event::Kind;
      const bool reads =
          event.kind == Kind::kRead ||
          (event.kind == Kind::kOperation && program_.operations[event.operation].has_result());
      return (step.is_write ? event.may_change() : reads) && event.address >= begin &&
             event.address < end;
    });
  }

  // `run P`, with and without `until`.
  bool Go(const ScheduleStep& step) {
    const bool has_goal = step.kind != ScheduleCommand::Kind::kRun;
    RoundTrip round(run_.evaluator(), program_, step.process);
    for (;;) {
      const std::optional<bool> reached = Reached(step);
      if (!reached) return false;
      if (*reached) return true;
      const std::string& name = NameOf(step.process);
      if (run_.evaluator().IsDone(run_.state().data(), step.process)) {
        return !has_goal || Missed(step, fmt::format("{} is done", name));
      }
      const std::vector<EnabledChoice> choices = run_.world().EnabledOf(step.process);
      if (choices.empty()) {
        if (!run_.evaluator().IsBlocked(run_.state().data(), step.process)) return Cut(name);
        return !has_goal || Missed(step, fmt::format("{} is blocked", name));
      }
      if (round.Visit(run_.trace())) {
        if (!has_goal) return true;
        const bool waits = run_.evaluator().Waits(run_.state().data(), step.process);
        return Missed(step, fmt::format("{} {}", name, waits ? "waits" : "goes round for ever"));
      }
      if (choices.size() > 1) return Ambiguous(name, choices);
      run_.Take(choices.front());
      if (!run_.going()) return true;
    }
  }

  bool Missed(const ScheduleStep& step, const std::string& why) {
    if (step.kind == ScheduleCommand::Kind::kRunUntilAccess) {
      return Fail(fmt::format("{} before it comes to such an access", why));
    }
    const std::string text = ExplainCondition(run_.evaluator(), program_, source_, step.code,
                                              run_.state().data(), &result_.notes);
    return Fail(fmt::format("{}, and {}", why, text));
  }

  bool Cut(const std::string& name) {
    return Fail(fmt::format("an assume cuts every way that {} could go", name));
  }

  // "choosing 0; choosing 1"
  static std::string Possible(const std::vector<EnabledChoice>& choices) {
    constexpr std::size_t kMost = 8;
    std::string text;
    for (std::size_t i = 0; i < choices.size() && i < kMost; ++i) {
      if (i > 0) text += "; ";
      text += DecidedText(choices[i].decided);
    }
    if (choices.size() > kMost) text += fmt::format("; and {} more", choices.size() - kMost);
    return text;
  }

  bool Ambiguous(const std::string& name, const std::vector<EnabledChoice>& choices) {
    return Fail(fmt::format("the next step of {} has {} outcomes: {}", name, choices.size(),
                            Possible(choices)),
                fmt::format("take one with `step {} {};`", name, DecidedText(choices[0].decided)));
  }

  // `step P n choosing k, ...`: the values go to the steps that decide something, in order.
  bool Steps(const ScheduleStep& step) {
    const std::string& name = NameOf(step.process);
    std::span<const int64_t> left(step.choosing);
    for (int64_t n = 0; n < step.count; ++n) {
      const std::string done = n == 0 ? "" : fmt::format(" after {} of {} steps", n, step.count);
      if (run_.evaluator().IsDone(run_.state().data(), step.process)) {
        return Fail(fmt::format("{} is done{}", name, done));
      }
      const std::vector<EnabledChoice> choices = run_.world().EnabledOf(step.process);
      if (choices.empty()) {
        if (!run_.evaluator().IsBlocked(run_.state().data(), step.process)) return Cut(name);
        return Fail(fmt::format("{} is blocked{}", name, done));
      }
      const EnabledChoice* choice = choices.size() == 1 && left.empty() ? &choices[0] : nullptr;
      for (const EnabledChoice& possible : choices) {
        const std::vector<int64_t>& decided = possible.decided;
        if (decided.size() <= left.size() && (!left.empty() || choices.size() == 1) &&
            std::equal(decided.begin(), decided.end(), left.begin())) {
          choice = &possible;
        }
      }
      if (choice == nullptr) {
        if (left.empty()) return Ambiguous(name, choices);
        return Fail(
            fmt::format("the next step of {} cannot go so; possible: {}", name, Possible(choices)));
      }
      left = left.subspan(std::min(left.size(), choice->decided.size()));
      run_.Take(*choice);
      if (!run_.going()) return true;
    }
    if (left.empty()) return true;
    return Fail(fmt::format("nothing chooses {}: the step decides less", left[0]));
  }

  bool Expect(const ScheduleStep& step) {
    const auto value = run_.evaluator().Evaluate(step.code, run_.state().data());
    if (!value) {
      JudgingFailed();
      return false;
    }
    // Also where it is true: that may be so only because a dead local reads as 0.
    const std::string text = ExplainCondition(run_.evaluator(), program_, source_, step.code,
                                              run_.state().data(), &result_.notes);
    return *value != 0 || Fail(text);
  }

  Run& run_;
  const Program& program_;
  const Schedule& schedule_;
  const Source& source_;
  ScheduleResult result_;
};

}  // namespace

ScheduleResult RunSchedule(Run& run, const Schedule& schedule, const Source& source) {
  return ScheduleRunner(run, schedule, source).Execute();
}

std::string ExplainCondition(Evaluator& evaluator, const Program& program, const Source& source,
                             const Code& code, const int64_t* state,
                             std::vector<Diagnostic>* notes) {
  std::vector<Look> looks;
  evaluator.set_looks(&looks);
  evaluator.Evaluate(code, state);
  evaluator.set_looks(nullptr);
  std::vector<std::string> texts;
  for (const Look& look : looks) {
    std::string text = LookText(look, program, source, code);
    if (look.kind == Look::Kind::kLocal && look.unknown && notes != nullptr) {
      const SourceRange range = code.locations[look.location].range;
      const std::string& process = program.processes[static_cast<std::size_t>(look.process)].name;
      const std::string& name = program.CodeOf(look.process).locals[look.local].symbol->name;
      const bool known = std::any_of(notes->begin(), notes->end(), [&](const Diagnostic& note) {
        return note.range.begin == range.begin && note.range.end == range.end;
      });
      if (!known) {
        notes->push_back({Severity::kNote, range,
                          fmt::format("{}.{} is dead there: {} does not read it any more before it "
                                      "writes it, so it reads as 0",
                                      process, name, process),
                          "", true});
      }
    }
    if (text.empty() || std::find(texts.begin(), texts.end(), text) != texts.end()) continue;
    texts.push_back(std::move(text));
  }
  constexpr std::size_t kMost = 12;
  std::string out = fmt::format("`{}` is false", Quote(source, ConditionRange(code)));
  for (std::size_t i = 0; i < texts.size() && i < kMost; ++i) {
    out += (i == 0 ? ": " : ", ") + texts[i];
  }
  if (texts.size() > kMost) out += ", ...";
  return out;
}

std::string DecidedText(const std::vector<int64_t>& decided) {
  if (decided.empty()) return "";
  return fmt::format("choosing {}", fmt::join(decided, ", "));
}

RoundTrip::RoundTrip(Evaluator& evaluator, const Program& program, int process)
    : evaluator_(evaluator), program_(program), process_(process) {
  for (uint32_t s = 0; s < program.slots.size(); ++s) {
    const Slot& slot = program.slots[s];
    const bool memory = slot.kind == SlotKind::kMemory || slot.kind == SlotKind::kWritten;
    if (memory && program.objects[static_cast<std::size_t>(slot.object)].symbol->kind ==
                      SymbolKind::kShared) {
      shared_slots_.push_back(s);
    }
  }
}

const std::vector<int64_t>& RoundTrip::StateAt(const Trace& trace, std::size_t number) const {
  return number == 0 ? trace.initial : trace.steps[number - 1].state;
}

bool RoundTrip::Visit(const Trace& trace) {
  const std::size_t number = trace.steps.size();
  const std::vector<int64_t>& state = StateAt(trace, number);
  if (!first_) {
    const std::vector<int64_t>& before = StateAt(trace, number - 1);
    const bool changed = std::any_of(shared_slots_.begin(), shared_slots_.end(),
                                     [&](uint32_t s) { return state[s] != before[s]; });
    if (changed) own_.clear();
  }
  first_ = false;

  const uint64_t hash = XXH64(state.data(), state.size() * sizeof(int64_t), 0);
  for (auto [it, end] = whole_.equal_range(hash); it != end; ++it) {
    if (StateAt(trace, it->second) == state) return true;
  }
  whole_.emplace(hash, number);

  const ProcessInstance& process = program_.processes[static_cast<std::size_t>(process_)];
  const std::size_t size = process.end - process.point_slot;
  const int64_t* own = state.data() + process.point_slot;
  const uint64_t own_hash = XXH64(own, size * sizeof(int64_t), 0);
  for (auto [it, end] = own_.equal_range(own_hash); it != end; ++it) {
    const int64_t* other = StateAt(trace, it->second).data() + process.point_slot;
    if (std::equal(own, own + size, other)) return evaluator_.Waits(state.data(), process_);
  }
  own_.emplace(own_hash, number);
  return false;
}

uint64_t Draw::Below(uint64_t bound) {
  assert(bound > 0 && "there is nothing to draw from");
  // What is left over above the largest multiple of `bound` is drawn again.
  const uint64_t limit = UINT64_MAX - (UINT64_MAX % bound + 1) % bound;
  uint64_t value = generator_();
  while (value > limit) value = generator_();
  return value % bound;
}

bool RandomWalk(Run& run, uint64_t seed, uint64_t max_steps,
                const std::function<bool(const Trace&)>& enough) {
  Draw draw(seed);
  std::vector<EnabledChoice> start;
  for (int p = 0; p < run.program().process_count(); ++p) {
    std::vector<EnabledChoice> outcomes = run.world().InitialOutcomes(p);
    if (outcomes.empty()) return false;
    start.push_back(std::move(outcomes[draw.Below(outcomes.size())]));
  }
  run.Start(start);
  for (uint64_t n = 0; n < max_steps && run.going(); ++n) {
    if (enough && enough(run.trace())) break;
    std::vector<std::vector<EnabledChoice>> possible;
    for (int p = 0; p < run.program().process_count(); ++p) {
      possible.push_back(run.world().EnabledOf(p));
      if (possible.back().empty()) possible.pop_back();
    }
    if (possible.empty()) break;
    const std::vector<EnabledChoice>& of_process = possible[draw.Below(possible.size())];
    run.Take(of_process[draw.Below(of_process.size())]);
  }
  return true;
}

}  // namespace interleave
