// The automata of formulas against those of lbt, a translator that shares nothing with ours (M.
// Rönkkö's, after R. Gerth, D. Peled, M. Vardi and P. Wolper, "Simple on-the-fly automatic
// verification of linear temporal logic", 1995; Debian's package `lbt`).
//
// Of a formula and its negation each of the two makes an automaton. No word may be accepted by ours
// of the one and lbt's of the other, for all words at once, by emptiness of their product: so ours
// accept nothing that they should not. That they accept what they should is seen on every word of
// at most kMostLetters letters that comes round, and on random longer ones: each is a product, too.
//
// INTERLEAVE_LBT_FORMULAS is how many formulas, INTERLEAVE_LBT_SEED where they begin.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "model/liveness/automaton.h"
#include "tests/support/scratch.h"

namespace interleave {
namespace {

using LbtPart = FormulaPart::Kind;

constexpr int kAtoms = 2;
constexpr uint32_t kLetters = 1 << kAtoms;  // what is true at one moment
constexpr uint32_t kMostLetters = 3;

int NumberFrom(const char* variable, int usual) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? usual : std::atoi(text);
}

// A formula, and how lbt wants it: what joins stands in front of what is joined.
struct Spelled {
  Formula formula;
  std::string text;

  int Add(LbtPart kind, int left = -1, int right = -1, int atom = -1) {
    FormulaPart part;
    part.kind = kind;
    part.left = left;
    part.right = right;
    part.atom = atom;
    formula.push_back(part);
    return static_cast<int>(formula.size()) - 1;
  }
};

// The part's number and its text.
std::pair<int, std::string> RandomSpelled(std::mt19937& random, Spelled& spelled, int depth) {
  const uint32_t kind = depth == 0 ? 0 : static_cast<uint32_t>(random() % 14);
  if (kind == 0) {
    const int atom = static_cast<int>(random() % kAtoms);
    return {spelled.Add(LbtPart::kAtom, -1, -1, atom), fmt::format("p{}", atom)};
  }
  if (kind == 1) {
    const bool yes = random() % 2 == 0;
    return {spelled.Add(yes ? LbtPart::kTrue : LbtPart::kFalse), yes ? "t" : "f"};
  }
  const auto [left, left_text] = RandomSpelled(random, spelled, depth - 1);
  switch (kind) {
    case 2:
    case 3: return {spelled.Add(LbtPart::kNot, left), "! " + left_text};
    case 4:
    case 5: return {spelled.Add(LbtPart::kNext, left), "X " + left_text};
    case 6: {
      const int yes = spelled.Add(LbtPart::kTrue);
      return {spelled.Add(LbtPart::kUntil, yes, left), "F " + left_text};
    }
    case 7: {
      const int no = spelled.Add(LbtPart::kFalse);
      return {spelled.Add(LbtPart::kRelease, no, left), "G " + left_text};
    }
    default: break;
  }
  const auto [right, right_text] = RandomSpelled(random, spelled, depth - 1);
  const std::string both = " " + left_text + " " + right_text;
  switch (kind) {
    case 8: return {spelled.Add(LbtPart::kAnd, left, right), "&" + both};
    case 9: return {spelled.Add(LbtPart::kOr, left, right), "|" + both};
    case 10:
    case 11: return {spelled.Add(LbtPart::kUntil, left, right), "U" + both};
    default: return {spelled.Add(LbtPart::kRelease, left, right), "V" + both};
  }
}

// What both translators' automata are turned into. A run needs each mark again and again.
struct WordAutomaton {
  struct Edge {
    std::size_t to = 0;
    uint32_t letters = 0;  // a bit for each letter that it can read
    uint64_t marks = 0;
  };
  std::vector<std::vector<Edge>> states;
  std::vector<std::size_t> starts;
  std::size_t marks = 0;
};

WordAutomaton OfOurs(const Automaton& ours) {
  WordAutomaton made;
  made.marks = ours.marks;
  for (const std::vector<AutomatonTransition>& transitions : ours.states) {
    made.states.emplace_back();
    for (const AutomatonTransition& transition : transitions) {
      uint32_t letters = 0;
      for (uint32_t letter = 0; letter < kLetters; ++letter) {
        if (transition.label.Fits(letter, 0)) letters |= 1U << letter;
      }
      made.states.back().push_back({transition.to, letters, transition.marks});
    }
  }
  if (!made.states.empty()) made.starts = {0};
  return made;
}

// The letters that fit a condition of lbt's; reads it to its end.
uint32_t LettersOf(std::istream& condition) {
  constexpr uint32_t kAll = (1U << kLetters) - 1;
  std::string word;
  REQUIRE(static_cast<bool>(condition >> word));
  if (word == "t") return kAll;
  if (word == "f") return 0;
  if (word == "!") return kAll & ~LettersOf(condition);
  if (word == "&" || word == "|") {
    const uint32_t left = LettersOf(condition), right = LettersOf(condition);
    return word == "&" ? left & right : left | right;
  }
  REQUIRE(word[0] == 'p');
  const int atom = std::stoi(word.substr(1));
  uint32_t letters = 0;
  for (uint32_t letter = 0; letter < kLetters; ++letter) {
    if ((letter >> atom & 1) != 0) letters |= 1U << letter;
  }
  return letters;
}

// A line with how many states and sets there are, then each state with its sets and transitions;
// the sets are of the states that a run leaves.
WordAutomaton OfLbt(const std::string& text) {
  std::istringstream lines(text);
  WordAutomaton made;
  std::size_t states = 0;
  REQUIRE(static_cast<bool>(lines >> states >> made.marks));
  made.states.resize(states);
  for (std::size_t k = 0; k < states; ++k) {
    std::size_t state = 0;
    int is_first = 0, set = 0;
    uint64_t marks = 0;
    lines >> state >> is_first;
    REQUIRE(state < states);
    while (lines >> set && set >= 0) marks |= uint64_t{1} << set;
    if (is_first != 0) made.starts.push_back(state);
    int to = 0;
    while (lines >> to && to >= 0)
      made.states[state].push_back({static_cast<std::size_t>(to), LettersOf(lines), marks});
  }
  REQUIRE(!lines.fail());
  return made;
}

// letters[loop] follows the last one.
WordAutomaton OfWord(const std::vector<uint32_t>& letters, std::size_t loop) {
  WordAutomaton made;
  for (std::size_t i = 0; i < letters.size(); ++i)
    made.states.push_back({{i + 1 < letters.size() ? i + 1 : loop, 1U << letters[i], 0}});
  made.starts = {0};
  return made;
}

// Whether some word is accepted by both: some component of the product has all marks of both.
// Components by two passes in depth (S. R. Kosaraju's, M. Sharir, 1981).
bool HaveCommonWord(const WordAutomaton& a, const WordAutomaton& b) {
  const std::size_t width = b.states.size(), size = a.states.size() * width;
  const auto for_each = [&](std::size_t node, auto visit) {
    for (const auto& left : a.states[node / width]) {
      for (const auto& right : b.states[node % width]) {
        if ((left.letters & right.letters) != 0)
          visit(left.to * width + right.to, left.marks | right.marks << a.marks);
      }
    }
  };
  std::vector<std::vector<std::size_t>> forward(size), backward(size);
  std::vector<char> seen(size, 0);
  std::vector<std::size_t> finished;
  std::vector<std::pair<std::size_t, std::size_t>> path;  // a node, and how many ways on are taken
  const auto enter = [&](std::size_t node) {
    if (seen[node] != 0) return;
    seen[node] = 1;
    for_each(node, [&](std::size_t to, uint64_t) {
      forward[node].push_back(to);
      backward[to].push_back(node);
    });
    path.emplace_back(node, 0);
  };
  for (const std::size_t left : a.starts) {
    for (const std::size_t right : b.starts) {
      enter(left * width + right);
      while (!path.empty()) {
        auto& [node, taken] = path.back();
        if (taken < forward[node].size()) {
          enter(forward[node][taken++]);
        } else {
          finished.push_back(node);
          path.pop_back();
        }
      }
    }
  }
  constexpr std::size_t kNone = SIZE_MAX;
  std::vector<std::size_t> component(size, kNone);
  for (std::size_t i = finished.size(); i-- > 0;) {
    if (component[finished[i]] != kNone) continue;
    std::vector<std::size_t> members = {finished[i]};
    component[finished[i]] = i;
    for (std::size_t k = 0; k < members.size(); ++k) {
      for (const std::size_t from : backward[members[k]]) {
        if (component[from] != kNone) continue;
        component[from] = i;
        members.push_back(from);
      }
    }
    bool goes_round = false;
    uint64_t marks = 0;
    for (const std::size_t node : members) {
      for_each(node, [&](std::size_t to, uint64_t some) {
        if (component[to] != i) return;
        goes_round = true;
        marks |= some;
      });
    }
    if (goes_round && marks == (uint64_t{1} << (a.marks + b.marks)) - 1) return true;
  }
  return false;
}

// Mistakes that are planted in ours: the comparison has to see them.
enum class AutomatonFault : uint8_t {
  kNone,
  kMarksOnStates,   // a transition has the marks of all that leave the same state
  kNoMarks,         // every run is accepted
  kLabelForgotten,  // the first label asks for nothing
  kOneLess,         // the last transition of the first state that has two is not there
};

Automaton Mistaken(Automaton automaton, AutomatonFault fault) {
  for (std::vector<AutomatonTransition>& transitions : automaton.states) {
    uint32_t all = 0;
    for (const AutomatonTransition& transition : transitions) all |= transition.marks;
    for (AutomatonTransition& transition : transitions) {
      if (fault == AutomatonFault::kMarksOnStates) transition.marks = all;
      if (fault == AutomatonFault::kNoMarks) transition.marks = (1U << automaton.marks) - 1;
    }
  }
  for (std::vector<AutomatonTransition>& transitions : automaton.states) {
    if (fault == AutomatonFault::kLabelForgotten && !transitions.empty()) {
      transitions[0].label = {};
      break;
    }
    if (fault == AutomatonFault::kOneLess && transitions.size() > 1) {
      transitions.pop_back();
      break;
    }
  }
  return automaton;
}

// One formula, and what lbt makes of it and of its negation.
struct Judged {
  std::string text;
  Formula formula;
  WordAutomaton true_of_lbt, false_of_lbt;
};

// Of formulas that lbt translates, `count`; empty where lbt is not installed.
std::vector<Judged> JudgedByLbt(int count, uint32_t seed) {
  const Scratch scratch;
  std::mt19937 random(seed);
  std::vector<Judged> all;
  int too_large = 0;
  while (static_cast<int>(all.size()) < count) {
    Spelled spelled;
    Judged judged;
    judged.text = RandomSpelled(random, spelled, 1 + static_cast<int>(random() % 4)).second;
    judged.formula = std::move(spelled.formula);
    bool is_done = true;
    for (const bool negated : {false, true}) {
      const Scratch::Output output =
          scratch.CallProgram("timeout", {"5", "lbt"}, (negated ? "! " : "") + judged.text + "\n");
      if (output.code == 127) {
        MESSAGE("skipped: lbt is not installed (apt-get install lbt)");
        return {};
      }
      // It runs out of time, or of stack, or its automaton is too large to be compared.
      is_done = is_done && output.code == 0 && output.out.size() < 200'000;
      if (is_done) (negated ? judged.false_of_lbt : judged.true_of_lbt) = OfLbt(output.out);
    }
    if (is_done) {
      all.push_back(std::move(judged));
    } else {
      ++too_large;
    }
    // Else the comparison would be of little but small ones.
    REQUIRE(too_large <= 10 + static_cast<int>(all.size()) / 5);
  }
  MESSAGE(fmt::format("{} formulas from seed {}; {} more were too large for lbt", count, seed,
                      too_large));
  return all;
}

// What is wrong with ours; empty: nothing.
std::string WrongBesideLbt(const Judged& judged, std::mt19937& random,
                           AutomatonFault fault = AutomatonFault::kNone) {
  const std::optional<Automaton> is_true = MakeAutomaton(judged.formula, false);
  const std::optional<Automaton> is_false = MakeAutomaton(judged.formula, true);
  if (!is_true || !is_false) return "too large for ours";
  const WordAutomaton true_of_ours = OfOurs(Mistaken(*is_true, fault));
  const WordAutomaton false_of_ours = OfOurs(*is_false);
  if (HaveCommonWord(true_of_ours, judged.false_of_lbt)) return "ours accepts too much";
  if (HaveCommonWord(false_of_ours, judged.true_of_lbt)) return "the negation accepts too much";
  if (HaveCommonWord(true_of_ours, false_of_ours)) return "ours accept one word both";

  const auto wrong_at = [&](const std::vector<uint32_t>& letters, std::size_t loop) {
    const WordAutomaton word = OfWord(letters, loop);
    const bool expected = HaveCommonWord(judged.true_of_lbt, word);
    return HaveCommonWord(true_of_ours, word) != expected ||
           HaveCommonWord(false_of_ours, word) == expected ||
           HaveCommonWord(judged.false_of_lbt, word) == expected;
  };
  std::vector<uint32_t> letters;
  for (uint32_t length = 1; length <= kMostLetters; ++length) {
    for (uint32_t code = 0; code < 1U << (kAtoms * length); ++code) {
      letters.clear();
      for (uint32_t i = 0; i < length; ++i)
        letters.push_back(code >> (kAtoms * i) & (kLetters - 1));
      for (std::size_t loop = 0; loop < length; ++loop) {
        if (wrong_at(letters, loop)) return "another verdict on a short word";
      }
    }
  }
  for (int k = 0; k < 40; ++k) {
    letters.resize(kMostLetters + 1 + random() % 6);
    for (uint32_t& letter : letters) letter = static_cast<uint32_t>(random() % kLetters);
    if (wrong_at(letters, random() % letters.size())) return "another verdict on a long word";
  }
  return "";
}

#ifdef INTERLEAVE_SANITIZED
constexpr int kLbtFormulas = 40;
#else
constexpr int kLbtFormulas = 150;
#endif

TEST_CASE("an automaton accepts what lbt's accepts") {
  const uint32_t seed = static_cast<uint32_t>(NumberFrom("INTERLEAVE_LBT_SEED", 23));
  std::mt19937 random(seed);
  for (const Judged& judged :
       JudgedByLbt(NumberFrom("INTERLEAVE_LBT_FORMULAS", kLbtFormulas), seed)) {
    CAPTURE(judged.text);
    CHECK(WrongBesideLbt(judged, random) == "");
  }
}

TEST_CASE("lbt notices each mistake that is planted in an automaton") {
  const std::vector<Judged> all = JudgedByLbt(30, 24);
  if (all.empty()) return;
  for (const AutomatonFault fault : {AutomatonFault::kMarksOnStates, AutomatonFault::kNoMarks,
                                     AutomatonFault::kLabelForgotten, AutomatonFault::kOneLess}) {
    CAPTURE(static_cast<int>(fault));
    std::mt19937 random(25);
    int noticed = 0;
    for (const Judged& judged : all)
      noticed += WrongBesideLbt(judged, random, fault).empty() ? 0 : 1;
    CHECK(noticed > 0);
  }
}

}  // namespace
}  // namespace interleave
