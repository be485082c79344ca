// Composes a program, the observers its properties need, an explorer and the judge, and turns what
// the search found into verdict, counterexamples and warnings.
//
// Breadth-first the search stops when the level is finished in which something broke: then nothing
// shorter exists, and of all that broke at that depth the one declared first is reported. A
// violation found depth-first is looked up again breadth-first, bounded by the length found, so
// that every explorer shows the same counterexample.

#include "model/search/check.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "model/liveness/endless_runs.h"
#include "model/search/canonical.h"
#include "model/search/checkpoint.h"
#include "model/search/search.h"
#include "model/search/trace.h"
#include "sim/program/clock.h"
#include "sim/program/words.h"

namespace interleave {
namespace {

// The observer automaton behind the property that broke, or -1.
int ObserverOf(const Search& search, const Violation& violation) {
  if (violation.kind != Violation::Kind::kProperty) return -1;
  for (std::size_t k = 0; k < search.system.observers().size(); ++k) {
    if (search.judge.property_of_automaton(static_cast<int>(k)) == violation.property)
      return static_cast<int>(k);
  }
  return -1;
}

// The canonical run to `target` through what `search`, breadth-first, visited.
std::optional<CanonicalRun> FindRun(Search& search, const Found& found,
                                    const CanonicalTarget& target,
                                    const std::function<bool()>& keep_going) {
  OrderedExplorer* const ordered = search.native.ordered();
  if (ordered == nullptr) {
    return FindCanonical(search.system, *search.store, search.explorer.level_starts(), target,
                         keep_going);
  }
  // Of the states that were visited only those that lie on a shortest run to it are looked at.
  OrderedTarget wanted;
  wanted.length = target.length;
  wanted.is_deadlock = found.violation.kind == Violation::Kind::kDeadlock;
  wanted.is_state = target.is_state;
  wanted.leads = [&](const int64_t* state, bool is_last, const OrderedTarget::IsUseful& is_useful) {
    bool leads = false;
    search.system.ForEachSuccessor(state, [&](const int64_t* next, const Successor& successor) {
      const bool ends = is_last && target.is_step && target.is_step(successor);
      const bool goes_on = successor.status == StepStatus::kOk && successor.violated_observer < 0;
      leads = leads || ends || (goes_on && is_useful(next));
    });
    return leads;
  };
  wanted.keep_going = keep_going;
  const auto levels = ordered->Toward(wanted);
  const std::unique_ptr<StateStore> store = search.MakeStore();
  std::vector<uint32_t> level_starts;
  for (const auto& level : levels) {
    level_starts.push_back(store->size());
    for (const std::vector<int64_t>& state : level) store->Insert(state.data());
  }
  if (store->size() == 0) return std::nullopt;
  return FindCanonical(search.system, *store, level_starts, target, keep_going);
}

// As Canonical, below.
std::optional<Counterexample> MakeCanonical(const Program& program, Search& search,
                                            const Found& found, const CheckOptions& options,
                                            double started) {
  Counterexample counterexample;
  counterexample.violation = found.violation;
  if (!found.initial.empty()) {
    counterexample.is_shortest = true;
    counterexample.trace = BuildTrace(program, search.judge.automata(), found.initial, {}, true);
    return counterexample;
  }
  const int rank = found.violation.Rank();
  const int observer = ObserverOf(search, found.violation);
  CanonicalTarget target;
  target.length = found.length;
  std::vector<Violation> violations;
  if (found.violation.kind == Violation::Kind::kDeadlock) {
    target.is_state = [&](const int64_t* state) { return search.judge.IsDeadlock(state); };
  } else {
    target.is_state = [&](const int64_t* state) {
      violations.clear();
      search.judge.JudgeState(state, violations);
      return std::any_of(violations.begin(), violations.end(),
                         [&](const Violation& v) { return v.Rank() == rank; });
    };
    target.is_step = [&](const Successor& successor) {
      if (successor.status == StepStatus::kError)
        return found.violation.kind == Violation::Kind::kError;
      return successor.violated_observer >= 0 && observer >= 0 &&
             search.system.violated(static_cast<std::size_t>(observer));
    };
  }
  const auto keep_going = [&] {
    if (options.stop != nullptr && options.stop->load(std::memory_order_relaxed)) return false;
    return options.max_seconds <= 0 || ElapsedSeconds() - started < options.max_seconds;
  };
  const auto run = FindRun(search, found, target, keep_going);
  if (!run) return std::nullopt;
  counterexample.is_shortest = true;
  counterexample.trace = BuildTrace(program, search.judge.automata(), run->initial, run->choices);
  // The violation as this run shows it, which need not be the one the search met first.
  std::vector<Violation> last;
  const Trace& trace = counterexample.trace;
  if (found.violation.kind != Violation::Kind::kDeadlock && !run->choices.empty()) {
    const std::vector<int64_t>& before =
        trace.steps.size() > 1 ? trace.steps[trace.steps.size() - 2].state : trace.initial;
    const Choice choice = run->choices.back();
    search.system.ForEachOutcome(
        before.data(), choice.actor, [&](const int64_t*, const Successor& successor) {
          if (successor.choice.outcome != choice.outcome || !target.is_step(successor)) return;
          Violation violation = found.violation;
          violation.process = choice.actor.process();
          if (successor.status == StepStatus::kError)
            violation.error = search.system.error();
          else
            violation.explanation = search.system.explanation(static_cast<std::size_t>(observer));
          last.push_back(std::move(violation));
        });
  }
  if (last.empty() && found.violation.kind != Violation::Kind::kDeadlock) {
    search.judge.JudgeState(
        trace.steps.empty() ? trace.initial.data() : trace.steps.back().state.data(), last);
  }
  for (const Violation& violation : last) {
    if (violation.Rank() != rank) continue;
    counterexample.violation = violation;
    break;
  }
  return counterexample;
}

// The canonical counterexample for what `search`, breadth-first, found with this rank. Nothing: a
// limit was met meanwhile, or there is none.
std::optional<Counterexample> Canonical(const Program& program, Search& search, const Found& found,
                                        const CheckOptions& options, double started) {
  try {
    return MakeCanonical(program, search, found, options, started);
  } catch (const StepStopped&) {
    return std::nullopt;
  }
}

void CollectVacuities(const Program& program, Search& search, CheckResult& result) {
  const Scenario& scenario = *program.scenario;
  std::set<uint32_t> places;
  for (std::size_t c = 0; c < program.codes.size(); ++c) {
    const ProcessCode& code = program.codes[c];
    const auto& uses = search.system.stepper().assume_use(static_cast<int>(c));
    for (std::size_t i = 0; i < uses.size(); ++i) {
      // One with a text is the end of a program in C.
      const bool is_end = code.instructions[i].c != 0;
      if (uses[i].cut && !uses[i].passed && !is_end) {
        result.vacuities.push_back({code.locations[code.instructions[i].location].range,
                                    "no run survives this assume", true});
      }
    }
  }
  if (!result.complete || !result.counterexamples.empty()) return;
  for (std::size_t i = 0; i < program.properties.size(); ++i) {
    const Property& property = program.properties[i];
    if (property.antecedent && !search.judge.antecedent_held(i)) {
      result.vacuities.push_back(
          {property.antecedent_range,
           fmt::format("`{}` checks nothing: this is never true", property.name), false});
    }
    const bool order = property.row().follows_items;
    if (order && !scenario.has_marks) {
      result.vacuities.push_back(
          {property.range, fmt::format("`{}` checks nothing: no process has a mark", property.name),
           false});
    } else if (order && !search.system.stepper().saw_mark()) {
      result.vacuities.push_back(
          {property.range,
           fmt::format("`{}` checks nothing: no mark is ever reached", property.name), false});
    } else if (order && !search.judge.saw_complete_run()) {
      result.vacuities.push_back(
          {property.range,
           fmt::format("`{}`: no run is ever complete, so \"nothing lost\" was not checked",
                       property.name),
           false});
    }
    if (property.row().demand == PropertyRow::Demand::kOnceTrue) {
      const auto value = search.judge.evaluator().Evaluate(property.code, search.first.data());
      if (value && *value != 0) {
        result.vacuities.push_back(
            {property.range, fmt::format("`{}` is true at the start", property.name), false});
      }
    }
  }
  // Statements none of whose accesses was ever next, or went to own memory.
  std::map<std::pair<uint32_t, uint32_t>, bool> reached;
  for (std::size_t c = 0; c < program.codes.size(); ++c) {
    const ProcessCode& code = program.codes[c];
    for (std::size_t p = 1; p <= code.access_points; ++p) {
      const uint32_t at = code.points[p].instruction;
      const CodeLocation& location = code.locations[code.instructions[at].location];
      reached[{location.statement.begin, location.statement.end}] |=
          search.probe.seen()[c][p] || search.system.stepper().own_uses(static_cast<int>(c))[at];
    }
  }
  for (const auto& [range, was_reached] : reached) {
    // A program in C has much that is reached only when a call fails, and calls here do not.
    if (!was_reached && !program.scenario->syntax->is_c)
      result.vacuities.push_back({{range.first, range.second}, "this is never reached", false});
  }
}

std::vector<std::string> LargestSlots(const Program& program, const Search& search) {
  std::vector<std::pair<int, uint32_t>> widths;
  for (uint32_t slot = 0; slot < program.slots.size(); ++slot) {
    const int width =
        search.store != nullptr ? search.store->packer().width(slot) : search.native.width(slot);
    if (width > 0) widths.emplace_back(width, slot);
  }
  std::stable_sort(widths.begin(), widths.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> names;
  for (std::size_t i = 0; i < widths.size() && i < 5; ++i) {
    names.push_back(
        fmt::format("{} ({} bits)", SlotName(program, widths[i].second), widths[i].first));
  }
  return names;
}

// For a search that begins anew after another, which who watches is told.
CheckOptions Anew(const CheckOptions& options, std::string_view stage) {
  CheckOptions anew = options;
  if (options.progress) {
    anew.progress = [stage, tell = options.progress](CheckProgress now) {
      now.stage = stage;
      tell(now);
    };
  }
  return anew;
}

// What is broken of what the program says of its runs without an end. REQUIRES: `result` is that of
// a search that saw all states.
void AddEndlessRuns(const Program& program, const CheckOptions& options, double started,
                    CheckResult& result) {
  const bool fails = std::any_of(result.counterexamples.begin(), result.counterexamples.end(),
                                 [](const Counterexample& example) {
                                   return example.violation.kind == Violation::Kind::kError;
                                 });
  if (fails) return;
  EndlessLimits limits;
  limits.max_states = options.max_states;
  limits.max_memory_bytes = options.max_memory_bytes;
  limits.stop = options.stop;
  if (options.max_seconds > 0) {
    constexpr double kMoment = 1e-3;  // 0 would be no limit
    limits.max_seconds = std::max(options.max_seconds - (ElapsedSeconds() - started), kMoment);
  }
  if (options.progress) {
    limits.progress = [&](uint64_t states, uint64_t steps) {
      CheckProgress now;
      now.states = states;
      now.transitions = steps;
      now.seconds = ElapsedSeconds() - started;
      now.stage = "runs without an end";
      options.progress(now);
    };
  }
  EndlessVerdict verdict = JudgeEndlessRuns(program, limits, options.keep_going);
  for (EndlessFinding& finding : verdict.findings) {
    Counterexample example;
    example.violation = std::move(finding.violation);
    example.trace = BuildTrace(program, {}, finding.initial, finding.choices);
    example.trace.loop_start = finding.loop_start;
    example.is_shortest = finding.is_shortest;
    result.counterexamples.push_back(std::move(example));
  }
  for (const EndlessVerdict::Vacuity& vacuity : verdict.vacuities) {
    result.vacuities.push_back(
        {program.properties[static_cast<std::size_t>(vacuity.property)].range, vacuity.message,
         false});
  }
  if (verdict.incomplete_reason.empty()) return;
  result.complete = false;
  result.incomplete_reason = "runs without an end: " + verdict.incomplete_reason;
  result.is_cut_short = true;
}

}  // namespace

Verdict VerdictOf(const Program& program, const Violation& violation) {
  switch (violation.kind) {
    case Violation::Kind::kError: return Verdict::kError;
    case Violation::Kind::kDeadlock: return Verdict::kDeadlock;
    case Violation::Kind::kProperty: break;
  }
  const PropertyRow& row = program.properties[static_cast<std::size_t>(violation.property)].row();
  const bool is_race = row.judged_by == PropertyRow::JudgedBy::kNextAccesses;
  return is_race ? Verdict::kRace : Verdict::kViolated;
}

CheckResult Check(const Program& program, const CheckOptions& options) {
  const Order order =
      options.explorer == ExplorerKind::kBreadthFirst ? Order::kBreadthFirst : Order::kDepthFirst;
  CheckResult result;
  const double started = ElapsedSeconds();
  Reductions reduce = SoundOnes(program, options.reduce, result.refusals);
  std::unique_ptr<CheckpointReader> resumed;
  if (!options.resume.empty()) {
    resumed = std::make_unique<CheckpointReader>(options.resume);
    ReadHead(program, order, *resumed, reduce);
  }
  std::optional<Search> searched;
  searched.emplace(program, options, order, UINT64_MAX, reduce, options.engine, options.keep_going);
  searched->Run(resumed.get());
  resumed.reset();
  result.engine_failure = searched->native.failure();
  result.thread_shortage = searched->shortage;
  result.checkpoint_failure = searched->checkpoint_failure;
  // What is searched again is searched in the interpreter's order; by the interpreter alone where
  // compiled steps did not come to an end in that order either.
  CheckOptions again_options = options;
  again_options.checkpoint.clear();
  bool is_resumed = !options.resume.empty();  // what was found, was found on from a checkpoint
  while (searched->must_repeat) {
    is_resumed = false;
    const PartialOrder::Broken broken = searched->broken;
    const bool by_interpreter =
        searched->native.is_ordered() && broken == PartialOrder::Broken::kNothing;
    // What is broken is shown without reductions.
    if (searched->native.saw_violation()) reduce = {};
    if (broken == PartialOrder::Broken::kLocal) reduce.trusts_locals = false;
    if (broken == PartialOrder::Broken::kCounter) {
      result.refusals.push_back({"partial order", "a counter wraps around", {}});
      reduce.partial_order = false;
    }
    searched.emplace(program, Anew(again_options, reduce.any() ? "another reduction" : "in order"),
                     order, UINT64_MAX, reduce, by_interpreter ? kInterpretedOnly : options.engine,
                     true);
    searched->Run();
  }
  // What a reduced search found is shown by one that is not.
  if (reduce.any() && order == Order::kBreadthFirst && !searched->probe.found().empty()) {
    is_resumed = false;
    reduce = {};
    const CheckOptions shown = Anew(again_options, "without reduction");
    searched.emplace(program, shown, order, UINT64_MAX, reduce, options.engine, true);
    searched->Run();
    if (searched->must_repeat) {
      searched.emplace(program, shown, order, UINT64_MAX, reduce, kInterpretedOnly);
      searched->Run();
    }
  }
  result.reduced = reduce;
  Search& search = *searched;
  result.is_native = search.store == nullptr;
  result.interpreted_steps = search.interpreted_steps;
  result.interpreted_judgings = search.interpreted_judgings;
  result.seconds = search.seconds;
  result.elapsed_seconds = search.elapsed_seconds;
  result.states = search.states;
  result.transitions = search.transitions;
  result.depth = search.depth;
  result.state_bytes = search.state_bytes;
  result.memory_bytes = search.memory_bytes;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  result.peak_resident_bytes = static_cast<uint64_t>(usage.ru_maxrss) * 1024;
  result.complete = search.complete && search.probe.skipped().empty();
  if (!search.probe.limit().empty()) {
    result.incomplete_reason = search.probe.limit();
    result.is_cut_short = true;
  } else if (search.complete) {
    result.incomplete_reason = search.probe.skipped();
    result.incomplete_at = search.probe.skipped_at();
  }

  // Depth-first: what was found is looked up again, breadth-first, as far as it was away.
  std::optional<Search> again;
  if (order == Order::kDepthFirst && !search.probe.found().empty()) {
    CheckOptions bounded = options;
    bounded.progress = nullptr;
    bounded.checkpoint.clear();
    // Where steps are taken at once, the search does not know how many.
    const uint64_t bound = reduce.any() ? UINT64_MAX : search.FarthestFound();
    again.emplace(program, bounded, Order::kBreadthFirst, bound, Reductions{}, kInterpretedOnly);
    again->Run();
  }
  for (const auto& [rank, found] : search.probe.found()) {
    if (!options.keep_going && &found != &search.probe.Best()) continue;
    std::optional<Counterexample> counterexample;
    if (order == Order::kBreadthFirst) {
      counterexample = Canonical(program, search, found, options, started);
    } else {
      const auto same = again->probe.found().find(rank);
      if (!options.keep_going && !again->probe.found().empty()) {
        counterexample = Canonical(program, *again, again->probe.Best(), options, started);
      } else if (same != again->probe.found().end()) {
        counterexample = Canonical(program, *again, same->second, options, started);
      }
    }
    if (!counterexample) {
      // What was found has a run that leads there, unless what the search went on with was made up.
      const bool was_stopped =
          (options.stop != nullptr && options.stop->load(std::memory_order_relaxed)) ||
          (options.max_seconds > 0 && ElapsedSeconds() - started >= options.max_seconds) ||
          (again && !again->probe.limit().empty());
      if (is_resumed && !was_stopped) {
        throw CheckpointError(options.resume + " is damaged: no run leads to what it leads to");
      }
      counterexample.emplace();
      counterexample->violation = found.violation;
    }
    result.counterexamples.push_back(std::move(*counterexample));
  }
  // What was never reached is broken once everything was seen.
  if (result.complete) {
    for (std::size_t i = 0; i < program.properties.size(); ++i) {
      const bool is_wanted = program.properties[i].row().demand == PropertyRow::Demand::kOnceTrue;
      if (!is_wanted || search.judge.reached(i)) continue;
      if (!result.counterexamples.empty() && !options.keep_going) break;
      Counterexample missing;
      missing.violation.property = static_cast<int>(i);
      missing.violation.explanation = "no reachable state satisfies it";
      missing.is_shortest = true;
      result.counterexamples.push_back(std::move(missing));
    }
  }
  if (options.endless_runs && result.complete && SpeaksOfEndlessRuns(program) &&
      (result.counterexamples.empty() || options.keep_going)) {
    AddEndlessRuns(program, options, started, result);
  }
  CollectVacuities(program, search, result);
  const bool fatal = std::any_of(result.vacuities.begin(), result.vacuities.end(),
                                 [](const Vacuity& v) { return v.is_fatal; });
  if (!result.counterexamples.empty()) {
    result.verdict = VerdictOf(program, result.counterexamples.front().violation);
  } else if (result.complete &&
             (fatal || (options.vacuity_is_error &&
                        (options.compiled_vacuous || !result.vacuities.empty())))) {
    result.verdict = Verdict::kVacuous;
  } else {
    result.verdict = result.complete ? Verdict::kHolds : Verdict::kIncomplete;
  }
  if (result.verdict == Verdict::kIncomplete) result.largest = LargestSlots(program, search);
  return result;
}

int ExitCodeOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kHolds: return 0;
    case Verdict::kVacuous: return 10;
    case Verdict::kDeadlock: return 11;
    case Verdict::kViolated: return 12;
    case Verdict::kError: return 14;
    case Verdict::kRace: return 15;
    case Verdict::kIncomplete: return 20;
  }
  return 1;
}

const char* VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kHolds: return "holds";
    case Verdict::kViolated: return "violated";
    case Verdict::kDeadlock: return "deadlock";
    case Verdict::kRace: return "race";
    case Verdict::kError: return "error";
    case Verdict::kVacuous: return "vacuous";
    case Verdict::kIncomplete: return "incomplete";
  }
  return "";
}

}  // namespace interleave
