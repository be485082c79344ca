#include "sim/world/kernel_world.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include "sim/language/characters.h"
#include "sim/program/words.h"

namespace interleave {
namespace {

constexpr std::string_view kKernelKind = "kernel";

const MemoryObject& KernelOf(const Program& program) {
  const auto found =
      std::find_if(program.objects.begin(), program.objects.end(), [](const MemoryObject& object) {
        return object.kind != nullptr && object.kind->name == kKernelKind;
      });
  if (found == program.objects.end())
    throw std::runtime_error("the program forks, but has no kernel");
  return *found;
}

// The processes that are there at the start, counted from 1.
std::vector<int> FirstsOf(const Program& program) {
  std::vector<int> firsts;
  for (int p = 0; p < program.process_count(); ++p) {
    if (program.processes[static_cast<std::size_t>(p)].index == 0) firsts.push_back(p + 1);
  }
  return firsts;
}

// Two things are the same one to both sides: true unless one of them is known as another one.
template <class Model, class Real>
bool Binds(std::map<Model, Real>& reals, std::map<Real, Model>& models, const Model& model,
           const Real& real) {
  return reals.emplace(model, real).first->second == real &&
         models.emplace(real, model).first->second == model;
}

std::string_view OpenText(bool is_open) { return is_open ? "open" : "closed"; }

std::string ThingText(const NamedThing& thing) {
  switch (thing.sort) {
    case NamedThing::Sort::kFile:
      return fmt::format("{} bytes: \"{}\"", thing.size, Printable(thing.content));
    case NamedThing::Sort::kFifo: return "FIFO";
    case NamedThing::Sort::kSharedMemory:
      return fmt::format("shared memory object, {} bytes", thing.size);
    case NamedThing::Sort::kSemaphore: break;
  }
  return "semaphore";
}

std::string WaitsText() { return "(it waits)"; }

std::string EndOfProcess(int signal) {
  return signal == 0 ? "(the process ends)"
                     : fmt::format("(SIG{} kills the process)", sigabbrev_np(signal));
}

}  // namespace

KernelWorld::KernelWorld(const Program& program, const RealOptions& options)
    : simulated_(program),
      object_(KernelOf(program)),
      view_(object_),
      callers_(program.process_count(), FirstsOf(program), options),
      stepper_(program) {
  for (const Operation& operation : program.operations) {
    if (operation.kind().name != kKernelKind) continue;
    const auto& parameters = operation.function->parameter_symbols;
    has_names_ = has_names_ || (!parameters.empty() && parameters[0]->type->is_pointer());
  }
  for (const char* const option : {"pipe_size", "pipe_buf"}) {
    const auto given = object_.kind->constants.find(option);
    if (given != object_.kind->constants.end() && given->second > 0) {
      throw std::runtime_error(
          fmt::format("`option {}`: there are no such pipes on this machine", option));
    }
  }
  stepper_.set_log(&log_);
  stepper_.set_watcher([this](const OperationMoment& moment) { Watch(moment); });
}

std::string KernelWorld::NameOf(int process) const {
  return program().processes[static_cast<std::size_t>(process)].name;
}

// --- what the model does

std::vector<std::vector<char>> KernelWorld::BytesOf(const ModelCall& call,
                                                    const int64_t* state) const {
  const auto& parameters = program().operations[call.operation].function->parameter_symbols;
  std::vector<std::vector<char>> bytes(call.arguments.size());
  for (std::size_t k = 0; k < call.arguments.size(); ++k) {
    const auto from = static_cast<uint32_t>(call.arguments[k]);
    if (!parameters[k]->type->is_pointer() || from == 0) continue;
    const auto belongs = [&](uint32_t slot) {
      const Slot& first = program().slots[from];
      const Slot& other = program().slots[slot];
      return other.kind == first.kind && other.object == first.object &&
             other.process == first.process;
    };
    for (uint32_t slot = from; slot < program().slots.size() && belongs(slot); ++slot)
      bytes[k].push_back(static_cast<char>(state[slot]));
  }
  return bytes;
}

void KernelWorld::Watch(const OperationMoment& moment) {
  const Operation& operation = program().operations[moment.operation];
  if (operation.kind().name != kKernelKind) return;
  if (!moment.is_over) {
    ModelCall call;
    call.operation = moment.operation;
    call.real = FindKernelCall(operation.name());
    call.arguments.assign(moment.arguments, moment.arguments + moment.argument_count);
    call.before = BytesOf(call, moment.state);
    calls_made_.push_back(std::move(call));
    return;
  }
  ModelCall& call = calls_made_.back();
  call.is_over = true;
  call.result = moment.result;
  call.after = BytesOf(call, moment.state);
}

StepStatus KernelWorld::Record(const std::vector<int64_t>& state, int process, uint32_t outcome) {
  uint32_t number = 0;
  stepper_.FirstOutcome();
  do {
    scratch_ = state;
    log_.clear();
    calls_made_.clear();
    const StepStatus status = stepper_.Step(scratch_.data(), process);
    if (status == StepStatus::kBlocked) continue;
    if (number == outcome) return status;
    ++number;
  } while (stepper_.NextOutcome());
  return StepStatus::kBlocked;
}

// --- what the kernel does

std::vector<StepResult> KernelWorld::Start(const std::vector<EnabledChoice>& outcomes) {
  step_ = 0;
  std::vector<StepResult> results = simulated_.Start(outcomes);
  mapped_.Forget();
  callers_.StartRun();
  identities_.clear();
  numbers_.clear();
  ++compared_;
  CompareThings();
  if (tries_ && results.back().status == StepStatus::kOk) TryAll();
  return results;
}

StepResult KernelWorld::Step(const EnabledChoice& choice) {
  ++step_;
  const int process = choice.choice.actor.process();
  Record({Observe().begin(), Observe().end()}, process, choice.choice.outcome);
  StepResult result = simulated_.Step(choice);
  // What meets a limit is no call of the model.
  const bool fails = result.status == StepStatus::kError;
  for (const ModelCall& call : calls_made_) {
    if (call.is_over || fails) Make(process, call);
  }
  if (calls_made_.empty()) mapped_.Write(view_, Observe().data());
  ++compared_;
  if (result.status != StepStatus::kOk) return result;
  CompareThings();
  if (tries_) TryAll();
  return result;
}

void KernelWorld::Prepare(int process, const ModelCall& call) {
  CallBlock& block = callers_.BlockOf(process + 1);
  block.arguments = {};
  std::copy(call.arguments.begin(), call.arguments.end(), block.arguments.begin());
  block.model_result = call.result;
  std::size_t at = 0;
  for (std::size_t k = 0; k < call.before.size(); ++k) {
    block.bytes_at[k] = at;
    block.byte_count[k] = std::min(call.before[k].size(), CallBlock::kMostOfOne);
    std::copy_n(call.before[k].begin(), block.byte_count[k],
                block.bytes.begin() + static_cast<std::ptrdiff_t>(at));
    at += call.before[k].empty() ? 0 : CallBlock::kMostOfOne;
  }
}

void KernelWorld::Make(int process, const ModelCall& call) {
  if (call.real == nullptr) {
    throw std::runtime_error(fmt::format("the kernel's operation `{}` has no real call so far",
                                         program().operations[call.operation].name()));
  }
  Prepare(process, call);
  const Callers::Answer answer =
      callers_.Call(process + 1, *call.real, call.real->ends || !call.is_over);
  const CallBlock& block = callers_.BlockOf(process + 1);
  if (!IsSame(call, answer, block)) {
    throw WorldsDiffer(fmt::format("at step {}, of {}\n  simulated: {}\n  real:      {}\n", step_,
                                   NameOf(process), ModelText(call),
                                   RealText(call, answer, block)));
  }
  NoteMapping(process, call);
  ++calls_;
}

void KernelWorld::NoteMapping(int process, const ModelCall& call) {
  constexpr int64_t kFirstFile = 16, kIsShared = 1;  // of the model's `map`
  if (program().operations[call.operation].name() != "map" || call.result < kFirstFile) return;
  if ((call.arguments[3] & kIsShared) == 0) return;
  mapped_.Map(callers_.PidOf(process + 1), static_cast<int>(call.arguments[0]),
              call.result - kFirstFile + 1);
}

bool KernelWorld::IsSame(const ModelCall& call, const Callers::Answer& answer,
                         const CallBlock& block) {
  if (!call.is_over) return answer.is_over && answer.killed_by != 0;
  if (call.real->ends) return answer.is_over && answer.killed_by == 0;
  if (answer.is_over || answer.is_blocked) return false;
  for (std::size_t k = 0; k < call.after.size(); ++k) {
    const char* const bytes = block.bytes.data() + block.bytes_at[k];
    if (!std::equal(bytes, bytes + block.byte_count[k], call.after[k].begin())) return false;
  }
  if (call.real->gives_argument) return answer.result == call.arguments[0];
  if (!program().operations[call.operation].has_result()) return true;
  if (answer.identity == 0 || call.result < 0 || answer.result < 0)
    return call.result == answer.result;
  const int64_t others = ~call.real->number_bits;
  return (call.result & others) == (answer.result & others) &&
         Binds(identities_, numbers_, ModelThing(call.real->numbers, call.result & ~others),
               RealThing(call.real->numbers, answer.identity));
}

void KernelWorld::TryAll() {
  const std::vector<int64_t> state(Observe().begin(), Observe().end());
  for (int p = 0; p < program().process_count(); ++p) {
    if (!program().HasSteps(state.data(), p)) continue;
    const StepStatus status = Record(state, p, 0);
    // What else it waits for, or does before, is the model's alone.
    if (calls_made_.empty()) continue;
    const ModelCall& call = calls_made_.front();
    if (call.real == nullptr || call.real->would_block == nullptr) continue;
    const bool is_blocked = status == StepStatus::kBlocked;
    if (is_blocked && (calls_made_.size() > 1 || call.is_over)) continue;
    Prepare(p, call);
    if (callers_.WouldBlock(p + 1, *call.real) != is_blocked) {
      const std::string goes_on = "(it does not wait)";
      throw WorldsDiffer(
          fmt::format("after step {}, the next call of {}\n  simulated: {}\n  real:      {}\n",
                      step_, NameOf(p), Text(call, is_blocked ? WaitsText() : goes_on),
                      Text(call, is_blocked ? goes_on : WaitsText())));
    }
    ++(is_blocked ? blocked_ : open_);
  }
}

// --- what can be seen

void KernelWorld::CompareThings() {
  seen_as_.clear();
  models_.clear();
  std::string text;
  for (int p = 0; p < program().process_count(); ++p) {
    if (callers_.IsAlive(p + 1)) CompareDescriptors(p, text);
  }
  if (has_names_) CompareNames(text);
  if (!text.empty()) throw WorldsDiffer(fmt::format("after step {}\n{}", step_, text));
}

void KernelWorld::CompareDescriptors(int process, std::string& text) {
  callers_.Settle(process + 1);
  const auto seen = callers_.LookAtDescriptors(process + 1);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const KernelView::Descriptor model =
        view_.DescriptorOf(Observe().data(), process + 1, static_cast<int>(i));
    const DescriptorSeen& real = seen[i];
    const auto differs = [&](const auto& simulated, const auto& is) {
      text += fmt::format("  descriptor {} of {}: simulated {}, real {}\n", i, NameOf(process),
                          simulated, is);
    };
    if (model.is_open != real.is_open) {
      differs(OpenText(model.is_open), OpenText(real.is_open));
      continue;
    }
    if (!model.is_open) continue;
    const auto access_text = [](int access) {
      return access == O_RDONLY ? "to read" : access == O_WRONLY ? "to write" : "to read and write";
    };
    const std::pair<uint64_t, uint64_t> thing = {real.device, real.inode};
    const bool is_known = seen_as_.count(model.object) != 0;
    const bool is_seen = models_.count(thing) != 0;
    if (!Binds(seen_as_, models_, model.object, thing)) {
      const char* const known = "on what another one is on";
      differs(is_known ? known : "on a thing of its own", !is_seen ? "on a thing of its own"
                                                          : is_known
                                                              ? "on what yet another one is on"
                                                              : known);
    }
    if (model.is_pipe != real.is_pipe)
      differs(model.is_pipe ? "a pipe" : "no pipe", real.is_pipe ? "a pipe" : "no pipe");
    if (model.access >= 0 && model.access != real.access)
      differs(access_text(model.access), access_text(real.access));
    if (model.access >= 0 && model.is_nonblocking != real.is_nonblocking)
      differs(model.is_nonblocking ? "with O_NONBLOCK" : "without O_NONBLOCK",
              real.is_nonblocking ? "with it" : "without it");
    if (model.access >= 0 && model.appends != real.appends)
      differs(model.appends ? "with O_APPEND" : "without O_APPEND",
              real.appends ? "with it" : "without it");
    if (model.is_regular && model.offset != real.offset)
      differs(fmt::format("at {}", model.offset), fmt::format("at {}", real.offset));
    // What nobody will read is there or not.
    if (real.is_pipe && real.access == O_WRONLY) continue;
    const int64_t bytes = real.is_pipe ? real.waiting : real.size;
    if (model.bytes != bytes)
      differs(fmt::format("{} bytes", model.bytes), fmt::format("{} bytes", bytes));
  }
}

void KernelWorld::CompareNames(std::string& text) {
  const auto list = [](const auto& names) {
    std::string all;
    for (const auto& name : names) {
      all +=
          fmt::format("{}{} ({})", all.empty() ? "" : ", ", Printable(name.name), ThingText(name));
    }
    return all.empty() ? std::string("none") : all;
  };
  const std::string model = list(view_.Names(Observe().data()));
  const std::string real = list(callers_.Names());
  if (model != real) text += fmt::format("  names: simulated {}, real {}\n", model, real);
}

// --- in words

std::string KernelWorld::Text(const ModelCall& call, const std::string& value) const {
  Event event;
  event.kind = Event::Kind::kOperation;
  event.operation = static_cast<uint16_t>(call.operation);
  event.address = object_.base;
  std::copy_n(call.arguments.begin(), std::min(call.arguments.size(), OperationUse::kToldArguments),
              event.arguments);
  EventText text = TextOf(program(), event);
  const OperationWords* const words = program().operations[call.operation].words;
  const std::string does =
      words != nullptr ? words->does : program().operations[call.operation].name();
  // Each side has a result of its own.
  const std::size_t result = does.find(" = ");
  if (result == std::string::npos) return text.Filled(does) + ": " + value;
  return text.Filled(does.substr(0, result)) + " = " + value;
}

std::string KernelWorld::ResultText(const ModelCall& call, int64_t result) const {
  if (call.real->gives == KernelCall::Gives::kChild && result >= 0) {
    if (result == 0) return "0 (none is over)";
    return fmt::format("process {}, status {}", result >> 16, result & 0xffff);
  }
  if (result < 0) {
    const char* const name = strerrorname_np(static_cast<int>(-result));
    return name != nullptr ? fmt::format("-1 {}", name) : fmt::format("{}", result);
  }
  if (call.real->gives == KernelCall::Gives::kEnds)
    return fmt::format("({}, {})", result & 255, result >> 8);
  return fmt::format("{}", result);
}

std::string KernelWorld::BytesText(const ModelCall& call, int64_t result, const char* bytes) const {
  if (result <= 0 || call.before.size() < 2 || call.before[1].empty()) return "";
  const std::vector<char>& before = call.before[1];
  const auto count = std::min(static_cast<std::size_t>(result), before.size());
  if (std::equal(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(count), bytes))
    return "";
  return fmt::format(" \"{}\"", Printable({bytes, count}));
}

std::string KernelWorld::ModelText(const ModelCall& call) const {
  if (!call.is_over) return Text(call, EndOfProcess(SIGPIPE));
  if (call.real->ends) return Text(call, EndOfProcess(0));
  return Text(call, ResultText(call, call.result) +
                        BytesText(call, call.result,
                                  call.after.size() < 2 ? nullptr : call.after[1].data()));
}

std::string KernelWorld::RealText(const ModelCall& call, const Callers::Answer& answer,
                                  const CallBlock& block) const {
  if (answer.is_over) return Text(call, EndOfProcess(answer.killed_by));
  if (answer.is_blocked) return Text(call, WaitsText());
  if (answer.identity != 0 && answer.result >= 0) {
    const auto known = numbers_.find({call.real->numbers, answer.identity});
    const std::string which = known == numbers_.end()
                                  ? "another"
                                  : fmt::format("number {}, a known", known->second.second);
    return Text(call, fmt::format("{} {}", which, call.real->numbers));
  }
  return Text(call, ResultText(call, answer.result) +
                        BytesText(call, answer.result, block.bytes.data() + block.bytes_at[1]));
}

}  // namespace interleave
