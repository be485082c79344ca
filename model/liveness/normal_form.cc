#include "model/liveness/normal_form.h"

namespace interleave {

using Part = FormulaPart::Kind;

int NormalForms::Make(const Formula& formula, int at, bool negated) {
  const auto memo = made_.find({at, negated});
  if (memo != made_.end()) return memo->second;
  const int result = MakeNew(formula, at, negated);
  made_[{at, negated}] = result;
  return result;
}

int NormalForms::MakeNew(const Formula& formula, int at, bool negated) {
  const FormulaPart& part = formula[static_cast<std::size_t>(at)];
  const auto left = [&](bool turned) { return Make(formula, part.left, turned); };
  const auto right = [&](bool turned) { return Make(formula, part.right, turned); };
  switch (part.kind) {
    case Part::kTrue:
    case Part::kFalse:
      return Intern(
          {(part.kind == Part::kTrue) != negated ? Normal::Kind::kTrue : Normal::Kind::kFalse});
    case Part::kAtom: return Intern({Normal::Kind::kAtom, negated, -1, -1, part.atom});
    case Part::kMoved: return Intern({Normal::Kind::kMoved, negated, -1, -1, part.process});
    case Part::kNot: return left(!negated);
    case Part::kAnd:
    case Part::kOr:
      return Join((part.kind == Part::kAnd) != negated, left(negated), right(negated));
    case Part::kNext: return Next(left(negated));
    case Part::kUntil:
    case Part::kRelease: {
      const bool is_until = (part.kind == Part::kUntil) != negated;
      return Lasting(is_until, left(negated), right(negated));
    }
  }
  return -1;
}

int NormalForms::Lasting(int part) {
  const Normal::Kind kind = (*this)[part].kind;
  const bool is_so = kind == Normal::Kind::kUntil || kind == Normal::Kind::kRelease ||
                     kind == Normal::Kind::kTrue || kind == Normal::Kind::kFalse;
  return is_so ? part : Lasting(true, Intern({Normal::Kind::kFalse}), part);
}

int NormalForms::Join(bool is_and, int left, int right) {
  const Normal::Kind neutral = is_and ? Normal::Kind::kTrue : Normal::Kind::kFalse;
  const Normal::Kind decisive = is_and ? Normal::Kind::kFalse : Normal::Kind::kTrue;
  if (Is(left, neutral) || left == right) return right;
  if (Is(right, neutral)) return left;
  if (Is(left, decisive)) return left;
  if (Is(right, decisive)) return right;
  if (left > right) std::swap(left, right);
  return Intern({is_and ? Normal::Kind::kAnd : Normal::Kind::kOr, false, left, right});
}

int NormalForms::Next(int operand) {
  if (Is(operand, Normal::Kind::kTrue) || Is(operand, Normal::Kind::kFalse)) return operand;
  return Intern({Normal::Kind::kNext, false, operand});
}

int NormalForms::Lasting(bool is_until, int left, int right) {
  if (Is(right, Normal::Kind::kTrue) || Is(right, Normal::Kind::kFalse)) return right;
  // F F p is F p, G G p is G p.
  const Normal& inner = (*this)[right];
  const Normal::Kind kind = is_until ? Normal::Kind::kUntil : Normal::Kind::kRelease;
  if (inner.kind == kind && inner.left == left) return right;
  return Intern({kind, false, left, right});
}

int NormalForms::Intern(const Normal& formula) {
  const auto [found, is_new] = number_.emplace(formula, static_cast<int>(all_.size()));
  if (is_new) all_.push_back(formula);
  return found->second;
}

}  // namespace interleave
