#include "model/liveness/automaton.h"

#include <algorithm>
#include <map>
#include <utility>

#include "model/liveness/normal_form.h"

namespace interleave {
namespace {

// What holds now, and what must hold of the rest.
struct Alternative {
  AutomatonLabel label;
  std::vector<int> next;  // ascending
  uint32_t put_off = 0;

  bool operator==(const Alternative&) const = default;
};

class Tableau {
 public:
  explicit Tableau(const NormalForms& forms) : forms_(forms) {
    for (std::size_t f = 0; f < forms.size(); ++f) {
      if (forms[static_cast<int>(f)].kind == Normal::Kind::kUntil)
        mark_.emplace(static_cast<int>(f), static_cast<uint32_t>(mark_.size()));
    }
  }

  std::optional<Automaton> Run(int formula) {
    if (mark_.size() > kMostMarks) return std::nullopt;
    const uint32_t all_marks = (uint32_t{1} << mark_.size()) - 1;
    Automaton automaton;
    automaton.marks = mark_.size();
    std::map<std::vector<int>, uint32_t> number_of;
    std::vector<std::vector<int>> states = {{formula}};
    number_of.emplace(states.front(), 0);
    for (std::size_t s = 0; s < states.size(); ++s) {
      if (states.size() > kMostAutomatonStates) return std::nullopt;
      alternatives_.clear();
      TakeApart(states[s], {}, {});
      if (alternatives_.size() > kMostAutomatonStates) return std::nullopt;
      std::vector<AutomatonTransition> transitions;
      for (const Alternative& alternative : alternatives_) {
        const auto [found, is_new] =
            number_of.emplace(alternative.next, static_cast<uint32_t>(states.size()));
        if (is_new) states.push_back(alternative.next);
        transitions.push_back({found->second, alternative.label, all_marks & ~alternative.put_off});
      }
      automaton.states.push_back(WithoutWeaker(std::move(transitions)));
    }
    return automaton;
  }

 private:
  // A transition that another one covers: that fits wherever this does, and carries all its marks.
  static std::vector<AutomatonTransition> WithoutWeaker(std::vector<AutomatonTransition> all) {
    const auto covers = [](const AutomatonTransition& a, const AutomatonTransition& b) {
      const auto within = [](uint64_t x, uint64_t y) { return (x & ~y) == 0; };
      return a.to == b.to && within(a.label.atoms, b.label.atoms) &&
             within(a.label.not_atoms, b.label.not_atoms) && within(a.label.moved, b.label.moved) &&
             within(a.label.not_moved, b.label.not_moved) && within(b.marks, a.marks);
    };
    std::vector<AutomatonTransition> kept;
    for (std::size_t i = 0; i < all.size(); ++i) {
      bool is_needed = true;
      for (std::size_t k = 0; k < all.size() && is_needed; ++k) {
        if (k != i && covers(all[k], all[i]) && (k < i || !covers(all[i], all[k])))
          is_needed = false;
      }
      if (is_needed) kept.push_back(all[i]);
    }
    return kept;
  }

  // `todo`: what is still to be taken apart; `done`: what was.
  void TakeApart(std::vector<int> todo, std::vector<int> done, Alternative so_far) {
    if (alternatives_.size() > kMostAutomatonStates) return;
    while (!todo.empty()) {
      const int number = todo.back();
      todo.pop_back();
      if (std::find(done.begin(), done.end(), number) != done.end()) continue;
      done.push_back(number);
      const Normal& f = forms_[number];
      switch (f.kind) {
        case Normal::Kind::kTrue: break;
        case Normal::Kind::kFalse: return;
        case Normal::Kind::kAtom:
        case Normal::Kind::kMoved: {
          const uint64_t bit = uint64_t{1} << f.number;
          AutomatonLabel& label = so_far.label;
          if (f.kind == Normal::Kind::kAtom) {
            (f.is_negated ? label.not_atoms : label.atoms) |= bit;
          } else {
            (f.is_negated ? label.not_moved : label.moved) |= bit;
          }
          if (!label.is_possible()) return;
          break;
        }
        case Normal::Kind::kAnd:
          todo.push_back(f.right);
          todo.push_back(f.left);
          break;
        case Normal::Kind::kOr: {
          std::vector<int> other = todo;
          other.push_back(f.right);
          todo.push_back(f.left);
          TakeApart(std::move(other), done, so_far);
          break;
        }
        case Normal::Kind::kNext: Later(f.left, so_far); break;
        case Normal::Kind::kUntil: {
          std::vector<int> fulfils = todo;
          fulfils.push_back(f.right);
          TakeApart(std::move(fulfils), done, so_far);
          todo.push_back(f.left);
          so_far.put_off |= uint32_t{1} << mark_.at(number);
          Later(number, so_far);
          break;
        }
        case Normal::Kind::kRelease: {
          std::vector<int> ends = todo;
          ends.push_back(f.right);
          ends.push_back(f.left);
          TakeApart(std::move(ends), done, so_far);
          todo.push_back(f.right);
          Later(number, so_far);
          break;
        }
      }
    }
    if (std::find(alternatives_.begin(), alternatives_.end(), so_far) == alternatives_.end())
      alternatives_.push_back(std::move(so_far));
  }

  static void Later(int number, Alternative& alternative) {
    std::vector<int>& next = alternative.next;
    const auto at = std::lower_bound(next.begin(), next.end(), number);
    if (at == next.end() || *at != number) next.insert(at, number);
  }

  const NormalForms& forms_;
  std::map<int, uint32_t> mark_;  // by U
  std::vector<Alternative> alternatives_;
};

}  // namespace

int FormulaBuilder::Atom(int atom) {
  FormulaPart part{FormulaPart::Kind::kAtom};
  part.atom = atom;
  return Add(part);
}

int FormulaBuilder::Finally(int operand) {
  const int yes = True();
  return Add({FormulaPart::Kind::kUntil, yes, operand});
}

int FormulaBuilder::Globally(int operand) {
  const int no = False();
  return Add({FormulaPart::Kind::kRelease, no, operand});
}

std::optional<Automaton> MakeAutomaton(const Formula& formula, bool negated) {
  NormalForms forms;
  const int whole = forms.Make(formula, static_cast<int>(formula.size()) - 1, negated);
  return Tableau(forms).Run(whole);
}

// It accepts something if a state that is reached lies on a cycle through every mark: in the
// relation "reaches", taken as it is, since automata are small.
bool Automaton::is_empty() const {
  const std::size_t n = states.size();
  const auto reached_from = [&](std::size_t first) {
    std::vector<bool> reached(n, false);
    std::vector<std::size_t> todo = {first};
    while (!todo.empty()) {
      const std::size_t s = todo.back();
      todo.pop_back();
      for (const AutomatonTransition& t : states[s]) {
        if (reached[t.to]) continue;
        reached[t.to] = true;
        todo.push_back(t.to);
      }
    }
    return reached;
  };
  std::vector<std::vector<bool>> reaches;
  for (std::size_t s = 0; s < n; ++s) reaches.push_back(reached_from(s));
  const uint32_t all_marks = (uint32_t{1} << marks) - 1;
  for (std::size_t s = 0; s < n; ++s) {
    if ((s != 0 && !reaches[0][s]) || !reaches[s][s]) continue;
    uint32_t found = 0;
    for (std::size_t a = 0; a < n; ++a) {
      if (!reaches[s][a] || !reaches[a][s]) continue;
      for (const AutomatonTransition& t : states[a]) {
        if (reaches[t.to][s] || t.to == s) found |= t.marks;
      }
    }
    if (found == all_marks) return false;
  }
  return true;
}

}  // namespace interleave
