// What a constant added to an id gives is still an id, in another form; of two processes c - id is
// the id of the other one. Both only as long as nothing leaves the type or wraps around.

#include "model/reduce/abstract_value.h"

#include <iterator>

#include "sim/language/arithmetic.h"

namespace interleave {
namespace {

constexpr std::size_t kMaxConstants = 64;
constexpr std::size_t kMaxIds = 8;  // kinds of ids in one value

// Ids and constants plus `by`; with `sign` -1, `by` less them.
AbstractValue Added(const AbstractValue& a, int64_t by, int sign, IntType type) {
  AbstractValue result;
  result.plain = a.plain;
  result.address = a.address;
  for (const IdForm& id : a.ids) {
    // by - id: the other one of two.
    const int64_t offset = sign > 0 ? id.offset + by : by - id.offset - 1;
    result.ids.insert({id.code, offset});
  }
  for (const int64_t constant : a.constants) {
    result.constants.insert(ConvertTo(type, sign > 0 ? constant + by : by - constant));
  }
  return result;
}

}  // namespace

int64_t CountOf(const Program& program, int code) {
  return program.codes[static_cast<std::size_t>(code)].source->count;
}

bool IsTheIdOfOne(const Program& program, const IdForm& id, int64_t constant) {
  return constant >= id.offset && constant < id.offset + CountOf(program, id.code);
}

bool AreApart(const Program& program, const std::set<IdForm>& ids) {
  for (auto a = ids.begin(); a != ids.end(); ++a) {
    for (auto b = std::next(a); b != ids.end(); ++b) {
      if (a->code == b->code || (a->offset < b->offset + CountOf(program, b->code) &&
                                 b->offset < a->offset + CountOf(program, a->code))) {
        return false;
      }
    }
  }
  return true;
}

AbstractValue AbstractValue::Constant(int64_t value) {
  AbstractValue v;
  v.constants.insert(value);
  return v;
}

AbstractValue AbstractValue::Plain() {
  AbstractValue v;
  v.plain = true;
  return v;
}

std::optional<int64_t> AbstractValue::only() const {
  if (plain || has_ids() || constants.size() != 1) return std::nullopt;
  return *constants.begin();
}

void JoinInto(AbstractValue& into, const AbstractValue& from) {
  into.plain = into.plain || from.plain;
  into.address = into.address || from.address;
  for (const IdForm& id : from.ids) {
    if (into.ids.size() < kMaxIds)
      into.ids.insert(id);
    else if (!into.ids.contains(id))
      into.plain = true;
  }
  for (const int64_t constant : from.constants) {
    if (into.constants.size() < kMaxConstants)
      into.constants.insert(constant);
    else if (!into.constants.contains(constant))
      into.plain = true;
  }
}

AbstractValue AbstractConvert(const Instruction& i, const AbstractValue& a) {
  AbstractValue value = a;
  value.constants.clear();
  for (const int64_t constant : a.constants) value.constants.insert(ConvertTo(i.type, constant));
  return value;
}

AbstractValue AbstractUnary(const Instruction& i, const AbstractValue& a) {
  if (a.has_ids() && i.op == Op::kPlus) return a;
  int64_t result = 0;
  if (a.only() && ApplyUnary(i.op, i.type, *a.only(), &result) == ArithmeticError::kNone)
    return AbstractValue::Constant(result);
  return AbstractValue::Plain();
}

AbstractValue AbstractIndex(const AbstractValue& a) {
  if (!a.has_ids()) return AbstractValue::Plain();
  AbstractValue value = a;
  value.address = true;
  value.plain = false;
  value.constants.clear();
  return value;
}

std::optional<AbstractValue> Shifted(const Program& program, const Instruction& i,
                                     const AbstractValue& a, const AbstractValue& b) {
  if (i.op != Op::kAdd && i.op != Op::kSub) return std::nullopt;
  const AbstractValue& ids = a.has_ids() ? a : b;
  const std::optional<int64_t> by = (a.has_ids() ? b : a).only();
  if (!by || ids.plain || ids.address) return std::nullopt;
  constexpr int64_t kFar = 1 << 30;
  if (*by > kFar || *by < -kFar) return std::nullopt;
  const bool mirrored = i.op == Op::kSub && !a.has_ids();
  const int64_t shift = i.op == Op::kSub && !mirrored ? -*by : *by;
  for (const IdForm& id : ids.ids) {
    if (mirrored && CountOf(program, id.code) != 2) return std::nullopt;
    for (int64_t k = 0; k < CountOf(program, id.code); ++k) {
      const int64_t value = id.offset + k;
      const int64_t sum = mirrored ? *by - value : value + shift;
      if (ConvertTo(i.type, sum) != sum || ConvertTo(i.type, value) != value || sum > kFar ||
          sum < -kFar)
        return std::nullopt;
    }
  }
  for (const int64_t constant : ids.constants) {
    if (constant > kFar || constant < -kFar) return std::nullopt;
    const int64_t sum = mirrored ? *by - constant : constant + shift;
    if (ConvertTo(i.type, sum) != sum) return std::nullopt;
  }
  return Added(ids, mirrored ? *by : shift, mirrored ? -1 : 1, i.type);
}

bool IsAddressSum(const Instruction& i, const AbstractValue& a, const AbstractValue& b) {
  return i.op == Op::kAdd && i.type == IntType::kI64 && (a.address || b.address);
}

AbstractValue AbstractBinary(const Program& program, const Instruction& i, const AbstractValue& a,
                             const AbstractValue& b) {
  if (a == AbstractValue{} || b == AbstractValue{}) return {};  // nothing came here yet
  if (!a.has_ids() && !b.has_ids()) {
    const std::optional<int64_t> left = a.only();
    const std::optional<int64_t> right = b.only();
    int64_t result = 0;
    if (left && right &&
        ApplyBinary(i.op, i.type, *left, *right, &result) == ArithmeticError::kNone)
      return AbstractValue::Constant(result);
    return AbstractValue::Plain();
  }
  if (i.op >= Op::kEq && i.op <= Op::kGe) return AbstractValue::Plain();
  if (IsAddressSum(i, a, b)) {
    AbstractValue sum = a;
    JoinInto(sum, b);
    sum.constants.clear();
    sum.plain = false;
    sum.address = true;
    return sum;
  }
  if (const auto shifted = Shifted(program, i, a, b)) return *shifted;
  return AbstractValue::Plain();
}

}  // namespace interleave
