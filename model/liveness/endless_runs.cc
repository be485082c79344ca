#include "model/liveness/endless_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "model/explore/state_graph.h"
#include "model/liveness/automaton.h"
#include "model/liveness/lasso.h"
#include "model/liveness/waiting_watcher.h"
#include "sim/program/clock.h"
#include "sim/program/evaluate.h"

namespace interleave {
namespace {

constexpr std::size_t kMostBits = 64;  // atoms, processes

uint64_t BitOf(int number) { return number < 0 ? 0 : uint64_t{1} << number; }

// What is to be shown of one process, or of all.
struct Claim {
  int process = -1;  // whose waiting it is about; -1: nobody's
  Formula formula;
};

// The textbook's sense, after A. Silberschatz, P. B. Galvin and G. Gagne, "Operating System
// Concepts", 6.2. A process that is done has given up, and waits no more.
std::vector<Claim> ClaimsOf(const Property& property) {
  std::vector<Claim> claims;
  switch (property.kind) {
    case PropertyKind::kTermination: {
      FormulaBuilder make;
      int all = make.True();
      for (const SectionMember& member : property.members)
        all = make.And(all, make.Atom(member.done));
      make.Finally(all);
      claims.push_back({-1, make.Take()});
      break;
    }
    case PropertyKind::kStarvationFree:
    case PropertyKind::kProgress:
      for (const SectionMember& member : property.members) {
        if (member.at_entry < 0) continue;
        FormulaBuilder make;
        const int asks = make.Atom(member.at_entry);
        const int over = make.Or(make.Atom(member.inside), make.Atom(member.done));
        int served = make.Finally(over);
        if (property.kind == PropertyKind::kProgress) {
          int any = make.False();
          for (const SectionMember& other : property.members)
            any = make.Or(any, make.Atom(other.inside));
          served = make.Or(served, make.Globally(make.Finally(any)));
        }
        make.Globally(make.Or(make.Not(asks), served));
        claims.push_back({member.process, make.Take()});
      }
      break;
    default: claims.push_back({-1, property.formula}); break;
  }
  return claims;
}

class EndlessJudge {
 public:
  EndlessJudge(const Program& program, const EndlessLimits& limits)
      : program_(program), limits_(limits), graph_(program), evaluator_(program) {}

  EndlessVerdict Run(bool all) {
    Build();
    for (std::size_t i = 0; i < program_.properties.size() && verdict_.incomplete_reason.empty();
         ++i) {
      if (!program_.properties[i].row().is_about_runs()) continue;
      Judge(static_cast<int>(i));
      if (!all && !verdict_.findings.empty()) break;
    }
    return std::move(verdict_);
  }

 private:
  void Incomplete(std::string reason) {
    if (verdict_.incomplete_reason.empty()) verdict_.incomplete_reason = std::move(reason);
  }

  bool GoesOn() {
    if (limits_.stop != nullptr && limits_.stop->load(std::memory_order_relaxed)) {
      Incomplete("an interrupt");
    } else if (limits_.max_seconds > 0 && ElapsedSeconds() - started_ > limits_.max_seconds) {
      Incomplete(fmt::format("the limit of {:g} seconds", limits_.max_seconds));
    }
    return verdict_.incomplete_reason.empty();
  }

  void Build() {
    if (program_.processes.size() > kMostBits) {
      Incomplete("runs without an end are judged of at most 64 processes");
      return;
    }
    GraphLimits limits;
    limits.max_states = limits_.max_states;
    limits.max_memory_bytes = limits_.max_memory_bytes;
    limits.stop = limits_.stop;
    limits.max_seconds = limits_.max_seconds;
    limits.progress = limits_.progress;
    graph_ = BuildStateGraph(program_, limits);
    if (!graph_.incomplete_reason.empty()) {
      Incomplete(graph_.incomplete_reason);
      return;
    }
    const uint32_t size = graph_.store.size();
    verdict_.states = size;
    runs_.first_step.assign(size + 1, 0);
    enabled_.assign(size, 0);
    std::size_t next = 0;
    for (uint32_t state = 0; state < size; ++state) {
      runs_.first_step[state] = runs_.steps.size();
      for (; next < graph_.edges.size() && graph_.edges[next].from == state; ++next) {
        const GraphEdge& edge = graph_.edges[next];
        if (edge.is_error) continue;
        const int process = edge.choice.actor.process();
        enabled_[state] |= BitOf(process);
        runs_.steps.push_back({edge.to, process, edge.choice.outcome});
      }
    }
    runs_.first_step[size] = runs_.steps.size();
    graph_.edges = {};
    for (const GraphStart& start : graph_.starts) runs_.starts.push_back(start.state);
    runs_.truth.resize(size);
    runs_.owed.resize(size);
  }

  // False: a limit, or judging an atom fails, which is noted.
  bool FillIn(int number) {
    const Property& property = program_.properties[static_cast<std::size_t>(number)];
    ever_true_ = 0;
    std::vector<int64_t> state(program_.state_size());
    for (uint32_t s = 0; s < runs_.size(); ++s) {
      if (s % 4096 == 0 && !GoesOn()) return false;
      graph_.store.Get(s, state.data());
      uint64_t truth = 0;
      for (std::size_t a = 0; a < property.atoms.size(); ++a) {
        const auto value = evaluator_.Evaluate(property.atoms[a], state.data());
        if (!value) {
          Failed(number, s);
          return false;
        }
        if (*value != 0) truth |= uint64_t{1} << a;
      }
      uint64_t may_stay = 0;
      for (const auto& [process, atom] : property.remainders) {
        if ((truth & BitOf(atom)) != 0) may_stay |= BitOf(process);
      }
      runs_.truth[s] = truth;
      runs_.owed[s] = enabled_[s] & ~may_stay;
      ever_true_ |= truth;
    }
    runs_.fairness = FairnessFor(program_, property);
    return true;
  }

  // Judging an atom in the state fails: an error of the scenario, with a shortest run to it.
  void Failed(int number, uint32_t state) {
    if (evaluator_.error().kind == ErrorKind::kDiverges) {
      Incomplete(evaluator_.error().message);
      return;
    }
    Violation violation;
    violation.kind = Violation::Kind::kError;
    violation.property = number;
    violation.error = evaluator_.error();
    // What is asked of the run is nothing but to come there.
    struct Anything : RunWatcher {
      uint32_t size() const override { return 1; }
      void Next(uint32_t, uint32_t, uint32_t, uint64_t, std::vector<Follow>& next) const override {
        next.push_back({0, 0});
      }
    };
    runs_.fairness.assign(program_.processes.size(), Fairness::kNone);
    const Anything watcher;
    RunProduct product(runs_, watcher);
    if (!product.Explore([this] { return GoesOn(); })) return;
    for (uint32_t node = 0; node < product.size(); ++node) {
      if (product.state(node) == state) return Found(std::move(violation), product, node);
    }
  }

  void Judge(int number) {
    const Property& property = program_.properties[static_cast<std::size_t>(number)];
    if (property.atoms.size() > kMostBits) {
      Incomplete(fmt::format("`{}` asks for more than 64 conditions", property.name));
      return;
    }
    if (!FillIn(number)) return;
    if (property.kind == PropertyKind::kBoundedWaiting) {
      JudgeWaiting(number);
    } else {
      JudgeClaims(number);
    }
  }

  void Vacuous(int number, std::string message) {
    verdict_.vacuities.push_back({number, std::move(message)});
  }

  void JudgeClaims(int number) {
    const Property& property = program_.properties[static_cast<std::size_t>(number)];
    NoteUnused(number);
    std::optional<EndlessFinding> best;
    for (const Claim& claim : ClaimsOf(property)) {
      if (property.kind == PropertyKind::kLtl) NoteConstant(number, claim.formula);
      LassoLimits limits;
      limits.goes_on = [this] { return GoesOn(); };
      const LassoSearch search = FindLasso(runs_, claim.formula, limits);
      verdict_.nodes += search.nodes;
      if (!search.complete) {
        Incomplete(fmt::format("`{}` is too large: {}", property.name, search.refusal));
        return;
      }
      if (!search.lasso) continue;
      EndlessFinding finding = FindingOf(number, claim, *search.lasso);
      const bool is_better = !best || finding.choices.size() < best->choices.size() ||
                             (finding.choices.size() == best->choices.size() &&
                              *finding.loop_start < *best->loop_start);
      if (is_better) best = std::move(finding);
    }
    if (best) verdict_.findings.push_back(std::move(*best));
  }

  EndlessFinding FindingOf(int number, const Claim& claim, const Lasso& lasso) const {
    EndlessFinding finding;
    finding.violation.property = number;
    finding.violation.starving = claim.process;
    finding.is_shortest = lasso.is_shortest;
    finding.initial.resize(program_.state_size());
    graph_.store.Get(lasso.start, finding.initial.data());
    AddChoices(lasso.stem, finding.choices);
    finding.loop_start = finding.choices.size();
    AddChoices(lasso.loop, finding.choices);
    return finding;
  }

  void AddChoices(const std::vector<uint64_t>& steps, std::vector<Choice>& choices) const {
    for (const uint64_t step : steps) {
      if (step == kNoStep) continue;
      const GraphStep& taken = runs_.steps[step];
      choices.push_back({Actor::OfProcess(taken.process), taken.outcome});
    }
  }

  void Found(Violation violation, const RunProduct& product, uint32_t node) {
    EndlessFinding finding;
    finding.violation = std::move(violation);
    finding.is_shortest = true;
    const RunStem stem = StemFinder(product, product.depth(node)).BestTo(node);
    finding.initial.resize(program_.state_size());
    graph_.store.Get(stem.start, finding.initial.data());
    AddChoices(stem.steps, finding.choices);
    verdict_.findings.push_back(std::move(finding));
  }

  void JudgeWaiting(int number) {
    const Property& property = program_.properties[static_cast<std::size_t>(number)];
    NoteUnused(number);
    // The shortest run over all who can wait: each is followed for itself.
    std::optional<std::pair<uint32_t, int>> best;  // depth, member
    for (const bool shows : {false, true}) {
      for (std::size_t m = 0; m < property.members.size(); ++m) {
        if (shows && (!best || best->second != static_cast<int>(m))) continue;
        const SectionMember& waits = property.members[m];
        if (waits.at_entry < 0) continue;
        WaitingWatcher::Member member;
        member.at_entry = BitOf(waits.at_entry);
        member.blocked = BitOf(waits.blocked);
        member.inside = BitOf(waits.inside);
        member.done = BitOf(waits.done);
        for (const SectionMember& other : property.members) {
          if (other.process != waits.process) member.others_inside |= BitOf(other.inside);
        }
        const WaitingWatcher watcher(runs_, member, property.bound);
        RunProduct product(runs_, watcher);
        if (!product.Explore([this] { return GoesOn(); })) return;
        verdict_.nodes += product.size();
        for (uint32_t node = 0; node < product.size(); ++node) {
          if (!watcher.IsBroken(product.memory(node))) continue;
          if (!best || product.depth(node) < best->first)
            best = {product.depth(node), static_cast<int>(m)};
          if (shows) {
            Violation violation;
            violation.property = number;
            violation.starving = waits.process;
            Found(std::move(violation), product, node);
          }
          break;
        }
      }
    }
  }

  // What is asked of nobody.
  void NoteUnused(int number) {
    const Property& property = program_.properties[static_cast<std::size_t>(number)];
    bool has_entry = false, is_asked = false;
    for (const SectionMember& member : property.members) {
      has_entry = has_entry || member.at_entry >= 0;
      is_asked = is_asked || (ever_true_ & BitOf(member.at_entry)) != 0;
    }
    if (has_entry && !is_asked) {
      Vacuous(number,
              fmt::format("`{}` checks nothing: nobody ever asks to come in", property.name));
    }
    // p -> q, p leads_to q: p is never true.
    for (const FormulaPart& part : property.formula) {
      if (part.kind != FormulaPart::Kind::kOr) continue;
      const FormulaPart& left = property.formula[static_cast<std::size_t>(part.left)];
      if (left.kind != FormulaPart::Kind::kNot) continue;
      const FormulaPart& cause = property.formula[static_cast<std::size_t>(left.left)];
      if (cause.kind != FormulaPart::Kind::kAtom || (ever_true_ & BitOf(cause.atom)) != 0) continue;
      Vacuous(number, fmt::format("`{}` checks nothing: what its implication asks for first is "
                                  "never true",
                                  property.name));
      break;
    }
  }

  void NoteConstant(int number, const Formula& formula) {
    const Property& property = program_.properties[static_cast<std::size_t>(number)];
    const auto is_never = [&](bool negated) {
      const std::optional<Automaton> automaton = MakeAutomaton(formula, negated);
      return automaton && automaton->is_empty();
    };
    if (is_never(true)) {
      Vacuous(number, fmt::format("`{}` is true of every run of every program: it checks nothing",
                                  property.name));
    } else if (is_never(false)) {
      Vacuous(number, fmt::format("`{}` is false of every run of every program", property.name));
    }
  }

  const Program& program_;
  const EndlessLimits& limits_;
  const double started_ = ElapsedSeconds();
  StateGraph graph_;
  Evaluator evaluator_;
  RunGraph runs_;
  std::vector<uint64_t> enabled_;  // by state: a bit for each process that can move
  uint64_t ever_true_ = 0;         // atoms of the property that is judged
  EndlessVerdict verdict_;
};

const char* FairnessName(Fairness fairness) {
  switch (fairness) {
    case Fairness::kUnsaid:
    case Fairness::kNone: return "no";
    case Fairness::kWeak: return "weak";
    case Fairness::kStrong: return "strong";
  }
  return "";
}

}  // namespace

EndlessVerdict JudgeEndlessRuns(const Program& program, const EndlessLimits& limits, bool all) {
  return EndlessJudge(program, limits).Run(all);
}

bool SpeaksOfEndlessRuns(const Program& program) {
  return std::any_of(program.properties.begin(), program.properties.end(),
                     [](const Property& property) { return property.row().is_about_runs(); });
}

std::vector<Fairness> FairnessFor(const Program& program, const Property& property) {
  std::vector<Fairness> fairness;
  for (int p = 0; p < program.process_count(); ++p) {
    const Fairness own = program.CodeOf(p).source->fairness;
    fairness.push_back(property.fairness != Fairness::kUnsaid ? property.fairness
                       : own != Fairness::kUnsaid             ? own
                                                              : program.scenario->options.fairness);
  }
  return fairness;
}

std::string FairnessText(const Program& program, const Property& property) {
  const std::vector<Fairness> all = FairnessFor(program, property);
  const Fairness usual = property.fairness != Fairness::kUnsaid
                             ? property.fairness
                             : program.scenario->options.fairness;
  const bool is_one = std::all_of(all.begin(), all.end(), [&](Fairness f) { return f == all[0]; });
  std::string text =
      fmt::format("{} fairness", FairnessName(is_one && !all.empty() ? all[0] : usual));
  if (is_one) return text;
  for (const Fairness other : {Fairness::kNone, Fairness::kWeak, Fairness::kStrong}) {
    if (other == usual) continue;
    std::vector<std::string> names;
    for (std::size_t p = 0; p < all.size(); ++p) {
      if (all[p] == other) names.push_back(program.processes[p].name);
    }
    if (!names.empty())
      text += fmt::format(", {} for {}", FairnessName(other), fmt::join(names, ", "));
  }
  return text;
}

}  // namespace interleave
