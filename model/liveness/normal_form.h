#pragma once
// Formulas in negation normal form: "not" stands at conditions and steps alone. Equal formulas are
// one, and each stands behind its operands.

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "sim/language/syntax.h"

namespace interleave {

struct Normal {
  enum class Kind : uint8_t { kTrue, kFalse, kAtom, kMoved, kAnd, kOr, kNext, kUntil, kRelease };
  Kind kind = Kind::kTrue;
  bool is_negated = false;  // kAtom, kMoved
  int left = -1, right = -1;
  int number = -1;  // kAtom, kMoved: of the atom, of the process

  auto operator<=>(const Normal&) const = default;
  // Whether it speaks of the rest of the run.
  bool is_temporal() const {
    return kind == Kind::kNext || kind == Kind::kUntil || kind == Kind::kRelease;
  }
};

class NormalForms {
 public:
  // The number of the part of `formula` that stands at `at`, or of its negation.
  int Make(const Formula& formula, int at, bool negated);
  // The same as a part with U: (false U part).
  int Lasting(int part);
  const Normal& operator[](int number) const { return all_[static_cast<std::size_t>(number)]; }
  std::size_t size() const { return all_.size(); }

 private:
  int MakeNew(const Formula& formula, int at, bool negated);
  bool Is(int number, Normal::Kind kind) const { return (*this)[number].kind == kind; }
  int Join(bool is_and, int left, int right);
  int Next(int operand);
  int Lasting(bool is_until, int left, int right);
  int Intern(const Normal& formula);

  std::vector<Normal> all_;
  std::map<Normal, int> number_;
  std::map<std::pair<int, bool>, int> made_;
};

}  // namespace interleave
