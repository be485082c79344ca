// Why a run without an end breaks what is said of such runs: who waits in vain, who goes round, and
// why the run is fair all the same.

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/liveness/endless_runs.h"
#include "model/report/explain_parts.h"
#include "model/report/trace_view.h"
#include "sim/program/evaluate.h"

namespace interleave {
namespace {

class EndlessNarrator : public Narrator {
 public:
  explicit EndlessNarrator(ExplainContext& context)
      : Narrator(context), evaluator_(context.program) {}

  void Run() {
    if (property().kind == PropertyKind::kBoundedWaiting) return BoundedWaiting();
    if (!trace_.loop_start) return;
    loop_ = *trace_.loop_start;
    for (std::size_t s = loop_; s < trace_.steps.size(); ++s)
      movers_.insert(trace_.steps[s].process);
    Message();
    Loop();
    const std::size_t said = out_.why.size();
    for (int p = 0; p < program_.process_count(); ++p) {
      if (movers_.count(p) == 0) Idle(p);
    }
    if (out_.why.size() == said && movers_.size() > 1)
      Say("Everybody who is not done moves, so no fairness forbids it.");
  }

 private:
  bool Holds(int atom, std::size_t step) {
    const auto value = evaluator_.Evaluate(property().atoms[static_cast<std::size_t>(atom)],
                                           StateAfter(step).data());
    return value && *value != 0;
  }

  // How often a process comes in, in the steps behind `first` up to `last`.
  int Entries(const SectionMember& member, std::size_t first, std::size_t last) {
    int entries = 0;
    bool was_inside = Holds(member.inside, first);
    for (std::size_t s = first + 1; s <= last; ++s) {
      const bool is_inside = Holds(member.inside, s);
      if (is_inside && !was_inside) ++entries;
      was_inside = is_inside;
    }
    return entries;
  }

  static std::string Times(int count) {
    return count == 1 ? "once" : count == 2 ? "twice" : fmt::format("{} times", count);
  }

  void BoundedWaiting() {
    const std::string& who = Who(violation_.starving);
    const auto waits = std::find_if(
        property().members.begin(), property().members.end(),
        [&](const SectionMember& member) { return member.process == violation_.starving; });
    // As in model/liveness/waiting_watcher.h.
    std::size_t asked = 0;
    bool is_waiting = false;
    for (std::size_t s = 1; s <= trace_.steps.size(); ++s) {
      if (Holds(waits->inside, s) || Holds(waits->done, s)) {
        is_waiting = false;
      } else if (!is_waiting) {
        is_waiting =
            Holds(waits->at_entry, s) ? Holds(waits->blocked, s) : Holds(waits->at_entry, s - 1);
        if (is_waiting) asked = s;
      }
    }
    std::vector<std::string> others;
    int total = 0;
    for (const SectionMember& member : property().members) {
      if (member.process == violation_.starving) continue;
      const int entries = Entries(member, asked, trace_.steps.size());
      if (entries > 0) others.push_back(fmt::format("{} {}", Who(member.process), Times(entries)));
      total += entries;
    }
    out_.message =
        fmt::format("{} waits to come into {}, and meanwhile others come in {}; the bound is {}",
                    who, property().section, Times(total), property().bound);
    Say(fmt::format("{} asks to come in at step {}. Since then in came: {}.", who, asked,
                    fmt::join(others, ", ")));
  }

  void Message() {
    const std::string& section = property().section;
    switch (property().kind) {
      case PropertyKind::kTermination: {
        std::vector<int> left;
        for (const SectionMember& member : property().members) {
          if (!Holds(member.done, trace_.steps.size())) left.push_back(member.process);
        }
        out_.message = fmt::format("the run never ends: {} {} never done", List(left, "and"),
                                   left.size() == 1 ? "is" : "are");
        break;
      }
      case PropertyKind::kStarvationFree: {
        const std::string& who = Who(violation_.starving);
        out_.message = fmt::format("{} asks to come into {} and never comes in", who, section);
        Name("starvation");
        std::vector<std::string> others;
        for (const SectionMember& member : property().members) {
          const int entries = Entries(member, loop_, trace_.steps.size());
          if (entries > 0)
            others.push_back(fmt::format("{} comes in {}", Who(member.process), Times(entries)));
        }
        if (!others.empty()) {
          out_.message += fmt::format(", while {} in each round", fmt::join(others, " and "));
        }
        break;
      }
      case PropertyKind::kProgress:
        out_.message = fmt::format("{} asks to come into {}, and nobody ever comes in again",
                                   Who(violation_.starving), section);
        break;
      case PropertyKind::kEventually:
        out_.message = fmt::format("{} never becomes true", Formula());
        break;
      case PropertyKind::kAlwaysEventually:
        out_.message = fmt::format("from step {} on {} is never true again", loop_ + 1, Formula());
        break;
      default: out_.message = fmt::format("{} is false of this run", Formula()); break;
    }
    // All that move do so for nothing.
    if (property().kind == PropertyKind::kProgress && movers_.size() > 1) Name("livelock");
  }

  std::string Formula() const {
    const PropertySyntax& syntax =
        program_.scenario->syntax->properties[static_cast<std::size_t>(violation_.property)];
    return OneLine(source_, syntax.formula_range);
  }

  void Loop() {
    const std::size_t steps = trace_.steps.size();
    if (loop_ == steps) {
      Say("The run ends there, and its last state lasts for ever.");
      return;
    }
    const std::vector<int> movers(movers_.begin(), movers_.end());
    Say(loop_ + 1 == steps
            ? fmt::format("Step {} repeats for ever: {} goes round.", steps, List(movers, "and"))
            : fmt::format("Steps {} to {} repeat for ever: {} {} round.", loop_ + 1, steps,
                          List(movers, "and"), movers.size() == 1 ? "goes" : "go"));
  }

  bool CanMove(int process, std::size_t step) {
    const int64_t* state = StateAfter(step).data();
    return !evaluator_.IsDone(state, process) && !evaluator_.IsBlocked(state, process);
  }

  // Why one that never moves in the loop is owed nothing.
  void Idle(int process) {
    const std::size_t steps = trace_.steps.size();
    const std::string& who = Who(process);
    if (evaluator_.IsDone(StateAfter(loop_).data(), process)) return;
    std::size_t can = 0;
    std::optional<std::size_t> blocked;
    const std::size_t last = std::max(steps, loop_ + 1);
    for (std::size_t s = loop_; s < last; ++s) {
      if (CanMove(process, s)) {
        ++can;
      } else if (!blocked) {
        blocked = s;
      }
    }
    if (can == 0) {
      Say(fmt::format("{} cannot move.", who));
      return;
    }
    for (const auto& [other, atom] : property().remainders) {
      if (other == process && Holds(atom, loop_)) {
        Say(fmt::format("{} may stay in its remainder section for ever.", who));
        return;
      }
    }
    const Fairness fairness = FairnessFor(program_, property())[static_cast<std::size_t>(process)];
    if (fairness == Fairness::kNone) {
      Say(fmt::format("{} could move, but without fairness nothing says that it ever does.", who));
    } else if (blocked) {
      Say(fmt::format(
          "{} cannot move {}, so weak fairness does not owe it a step: whenever it could "
          "move, another is faster (`fair strong` would owe it one).",
          who, *blocked == 0 ? "at the start" : fmt::format("after step {}", *blocked)));
    }
  }

  Evaluator evaluator_;
  std::size_t loop_ = 0;
  std::set<int> movers_;
};

}  // namespace

void ExplainEndlessRun(ExplainContext& context) { EndlessNarrator(context).Run(); }

}  // namespace interleave
