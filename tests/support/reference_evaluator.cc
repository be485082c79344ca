#include "tests/support/reference_evaluator.h"

#include <algorithm>
#include <utility>

namespace interleave {
namespace {

__extension__ typedef unsigned __int128 UnsignedInt128;

struct Failure {
  ErrorKind kind;
  SourceRange range;
};
struct NotCovered {
  std::string what;
};

// More rounds of quantifiers and loops are left to the limit of local work.
constexpr int64_t kMostRounds = 50'000;

int64_t CellsOf(const Type& type) {
  if (type.kind == TypeKind::kArray) return type.count * CellsOf(*type.element);
  if (!type.has_members()) return 1;
  int64_t cells = 0;
  for (const Member& member : type.members) cells += CellsOf(*member.type);
  return cells;
}

int64_t CellsBefore(const Type& type, std::size_t member) {
  int64_t cells = 0;
  for (std::size_t i = 0; i < member; ++i) cells += CellsOf(*type.members[i].type);
  return cells;
}

Int128 PowerOfTwo(int exponent) { return static_cast<Int128>(1) << exponent; }
Int128 LeastOf(const Type& type) { return type.is_signed ? -PowerOfTwo(type.bits - 1) : 0; }
Int128 MostOf(const Type& type) { return PowerOfTwo(type.bits - (type.is_signed ? 1 : 0)) - 1; }

// The number of the type that differs from `number` by a multiple of two to the number of its bits.
Int128 Wrapped(Int128 number, const Type& type) {
  const Int128 all = PowerOfTwo(type.bits);
  Int128 rest = number % all;
  if (rest < 0) rest += all;
  return rest > MostOf(type) ? rest - all : rest;
}

// What an operator of C gives: an unsigned type wraps, a signed one has to hold it.
Int128 Fitting(Int128 number, const Type& type, SourceRange range) {
  if (!type.is_signed) return Wrapped(number, type);
  if (number < LeastOf(type) || number > MostOf(type)) throw Failure{ErrorKind::kOverflow, range};
  return number;
}

bool IsComparison(Op op) {
  return op == Op::kEq || op == Op::kNe || op == Op::kLt || op == Op::kLe || op == Op::kGt ||
         op == Op::kGe;
}

bool Compares(Op op, Int128 a, Int128 b) {
  switch (op) {
    case Op::kEq: return a == b;
    case Op::kNe: return a != b;
    case Op::kLt: return a < b;
    case Op::kLe: return a <= b;
    case Op::kGt: return a > b;
    default: return a >= b;
  }
}

Int128 Shifted(Op op, Int128 number, Int128 count, const Type& type, SourceRange range) {
  if (count < 0 || count >= type.bits) throw Failure{ErrorKind::kOverflow, range};
  const Int128 factor = PowerOfTwo(static_cast<int>(count));
  if (op == Op::kShr) {  // towards minus infinity, as gcc does
    const Int128 quotient = number / factor;
    return number % factor < 0 ? quotient - 1 : quotient;
  }
  if (type.is_signed && number < 0) throw Failure{ErrorKind::kOverflow, range};
  // A number of 64 bits times 2^63 is less than 2^127.
  return Fitting(number * factor, type, range);
}

Int128 Calculated(Op op, Int128 a, Int128 b, const Type& type, SourceRange range) {
  switch (op) {
    case Op::kAdd: return Fitting(a + b, type, range);
    case Op::kSub: return Fitting(a - b, type, range);
    case Op::kMul:
      // The product of two unsigned longs needs 128 bits without a sign.
      if (!type.is_signed) {
        return static_cast<Int128>(static_cast<UnsignedInt128>(a) * static_cast<UnsignedInt128>(b) &
                                   static_cast<UnsignedInt128>(MostOf(type)));
      }
      return Fitting(a * b, type, range);
    case Op::kDiv:
    case Op::kRem:
      if (b == 0) throw Failure{ErrorKind::kDivision, range};
      Fitting(a / b, type, range);  // C17 6.5.5: of both, the quotient must be representable
      return op == Op::kDiv ? a / b : a % b;
    // The digits of the endless two's complement.
    case Op::kAnd: return Wrapped(a & b, type);
    case Op::kOr: return Wrapped(a | b, type);
    case Op::kXor: return Wrapped(a ^ b, type);
    default: throw NotCovered{"an operator"};
  }
}

}  // namespace

ReferenceEvaluator::ReferenceEvaluator(const Program& program, Ask waits, Ask is_blocked)
    : program_(program), waits_(std::move(waits)), is_blocked_(std::move(is_blocked)) {}

ReferenceOutcome ReferenceEvaluator::Evaluate(const Expr& e, const int64_t* state) {
  state_ = state;
  rounds_ = 0;
  bound_.clear();
  owner_ = {};
  ReferenceOutcome outcome;
  try {
    const Value value = Of(e);
    outcome.truth = value.truth();
    outcome.value = value.unknown ? 0 : static_cast<int64_t>(value.number);
  } catch (const Failure& failure) {
    outcome.error = failure.kind;
    outcome.range = failure.range;
  } catch (const NotCovered& not_covered) {
    outcome.covered = false;
    outcome.not_covered = not_covered.what;
  }
  return outcome;
}

ReferenceOutcome ReferenceEvaluator::EvaluateProperty(std::size_t property, const int64_t* state) {
  return Evaluate(*program_.scenario->syntax->properties[property].expression, state);
}

ReferenceEvaluator::Value ReferenceEvaluator::Of(const Expr& e) {
  switch (e.kind) {
    case ExprKind::kInteger: return {e.value};
    case ExprKind::kSizeof: return {*e.constant};
    case ExprKind::kName:
      if (const auto known = bound_.find(e.symbol); known != bound_.end()) return known->second;
      if (e.symbol->kind == SymbolKind::kConstant) return Decoded(*e.symbol->constant, *e.type);
      return Read(PlaceOf(e));
    case ExprKind::kIndex:
    case ExprKind::kMember: return Read(PlaceOf(e));
    case ExprKind::kUnary: return OfUnary(e);
    case ExprKind::kBinary: return OfBinary(e);
    case ExprKind::kConditional: return Of(*e.operands[Of(*e.operands[0]).truth() ? 1 : 2]);
    case ExprKind::kCall: return e.intrinsic != 0 ? OfIntrinsic(e) : OfCall(e);
    case ExprKind::kAssign:
    case ExprKind::kIncrement: return OfAssignment(e);
    case ExprKind::kCast: {
      const Expr& inner = *e.operands[0];
      if (inner.type->kind == TypeKind::kArray) {
        const Place place = PlaceOf(inner);
        if (place.object < 0) throw NotCovered{"the address of a local"};
        return {place.cell, place.object};
      }
      Value value = Of(inner);
      if (value.unknown || e.type->kind == TypeKind::kVoid || e.type->is_pointer()) return value;
      if (e.type->is_bool) return {value.truth() ? 1 : 0};
      value.number = Wrapped(value.number, *e.type);
      return value;
    }
    case ExprKind::kQuantifier: return OfQuantifier(e);
    case ExprKind::kAtLabel: {
      // A label that nobody asks for has no register.
      const int process = ProcessOf(*e.operands[0]);
      const ProcessCode& code = program_.CodeOf(process);
      const auto begin = code.label_registers.begin();
      const auto before = std::count_if(begin, begin + e.id, [](uint32_t reg) { return reg != 0; });
      return {state_[Instance(process).spill_base + static_cast<std::size_t>(before)]};
    }
    case ExprKind::kInSection: {
      const int process = ProcessOf(*e.operands[0]);
      const int64_t point = state_[Instance(process).point_slot];
      return {program_.CodeOf(process)
                      .points[static_cast<std::size_t>(point)]
                      .sections[static_cast<std::size_t>(e.id)]
                  ? 1
                  : 0};
    }
    default: throw NotCovered{"an expression"};
  }
}

ReferenceEvaluator::Value ReferenceEvaluator::OfUnary(const Expr& e) {
  if (e.op == Op::kAddressOf) return AddressOf(*e.operands[0], e.range);
  if (e.op == Op::kDereference) return Read(PlaceOf(e));
  Value value = Of(*e.operands[0]);
  // Of an unwritten x the value of `!x` is false, but as a part of `&&` and `||` it decides as true
  // (Lowering::Branch): the two disagree, so neither is the language.
  if (e.op == Op::kNot && value.unknown) throw NotCovered{"`!` of what was never written"};
  if (e.op == Op::kNot) return {value.truth() ? 0 : 1};
  if (value.unknown) return value;
  if (e.op == Op::kNegate) value.number = Fitting(-value.number, *e.type, e.range);
  if (e.op == Op::kBitNot) value.number = Wrapped(-value.number - 1, *e.type);
  return value;
}

ReferenceEvaluator::Value ReferenceEvaluator::OfBinary(const Expr& e) {
  const Expr& first = *e.operands[0];
  const Expr& second = *e.operands[1];
  switch (e.op) {
    case Op::kLogicalAnd: return {Of(first).truth() && Of(second).truth() ? 1 : 0};
    case Op::kLogicalOr: return {Of(first).truth() || Of(second).truth() ? 1 : 0};
    case Op::kImplies: return {!Of(first).truth() || Of(second).truth() ? 1 : 0};
    case Op::kComma: Of(first); return Of(second);
    default: break;
  }
  if (second.kind == ExprKind::kInitializer) return OfList(e);
  const Value a = Of(first);
  const Value b = Of(second);
  const bool unknown = a.unknown || b.unknown;
  if (first.type->is_pointer()) {
    const bool equality = e.op == Op::kEq || e.op == Op::kNe;
    if (unknown && !equality) throw Failure{ErrorKind::kPointer, e.range};
    if (unknown) return {0};
    if (equality) {
      const bool same = a.object == b.object && a.number == b.number;
      return {same == (e.op == Op::kEq) ? 1 : 0};
    }
    // `p - n` is `p + (0 - n)`, and that difference is a long.
    if (e.op == Op::kSub && second.type->is_integer() && b.number == INT64_MIN)
      throw Failure{ErrorKind::kOverflow, e.range};
    if (!second.type->is_pointer())
      return Moved(a, e.op == Op::kAdd ? b.number : -b.number, *first.type->element, e.range);
    if (a.object != b.object) throw Failure{ErrorKind::kPointer, e.range};
    if (e.op == Op::kSub) return {(a.number - b.number) / CellsOf(*first.type->element)};
    return {Compares(e.op, a.number, b.number) ? 1 : 0};
  }
  if (unknown) return {0, -1, !IsComparison(e.op)};
  if (IsComparison(e.op)) return {Compares(e.op, a.number, b.number) ? 1 : 0};
  if (e.op == Op::kShl || e.op == Op::kShr)
    return {Shifted(e.op, a.number, b.number, *e.type, e.range)};
  return {Calculated(e.op, a.number, b.number, *e.type, e.range)};
}

// array == { ... }: all cells are equal to what is listed.
ReferenceEvaluator::Value ReferenceEvaluator::OfList(const Expr& e) {
  Place cell = PlaceOf(*e.operands[0]);
  cell.type = cell.type->element;
  bool equal = true;
  for (const ExprPtr& item : e.operands[1]->operands) {
    if (equal && item->kind != ExprKind::kWildcard) {
      const Value held = Read(cell);
      const Value listed = Of(*item);
      equal = !held.unknown && !listed.unknown && held.object == listed.object &&
              held.number == listed.number;
    }
    ++cell.cell;
  }
  return {equal == (e.op == Op::kEq) ? 1 : 0};
}

ReferenceEvaluator::Value ReferenceEvaluator::OfQuantifier(const Expr& e) {
  const Value from = Of(*e.operands[0]);
  const Value to = Of(*e.operands[1]);
  if (from.unknown || to.unknown) throw NotCovered{"an unwritten bound"};
  int64_t count = 0;
  for (Int128 i = from.number; i <= to.number; ++i) {
    if (++rounds_ > kMostRounds) throw NotCovered{"many rounds"};
    bound_[e.symbol] = {i};
    const bool holds = Of(*e.operands[2]).truth();
    if (e.op == Op::kForall && !holds) return {0};
    if (e.op == Op::kExists && holds) return {1};
    count += holds ? 1 : 0;
  }
  if (e.op == Op::kCount) return {count};
  return {e.op == Op::kForall ? 1 : 0};
}

ReferenceEvaluator::Value ReferenceEvaluator::OfCall(const Expr& e) {
  const Function* function = e.function != nullptr ? e.function : e.symbol->function;
  if (function->type->kind != TypeKind::kVoid && !function->type->is_scalar())
    throw NotCovered{"a result of many cells"};
  Place owner = owner_;
  if (e.names_object) owner = PlaceOf(*e.operands[0]);
  const std::size_t first = e.names_object ? 1 : 0;
  std::map<const Symbol*, Value> arguments;
  for (std::size_t i = first; i < e.operands.size(); ++i) {
    if (!e.operands[i]->type->is_scalar()) throw NotCovered{"an argument of many cells"};
    arguments[function->parameter_symbols[i - first]] = Of(*e.operands[i]);
  }
  std::swap(owner, owner_);
  std::swap(arguments, bound_);
  Value result;  // one that ends without `return` gives 0
  Run(*function->body, result);
  std::swap(arguments, bound_);
  std::swap(owner, owner_);
  return result;
}

ReferenceEvaluator::Value ReferenceEvaluator::OfAssignment(const Expr& e) {
  const Expr& target = *e.operands[0];
  const auto local = target.kind == ExprKind::kName ? bound_.find(target.symbol) : bound_.end();
  if (local == bound_.end()) throw NotCovered{"an assignment to more than a local"};
  if (e.kind == ExprKind::kAssign && e.op == Op::kAssign) {
    const Value value = Of(*e.operands[1]);
    return bound_[target.symbol] = value;
  }
  const Type& type = *target.type;
  if (!type.is_integer()) throw NotCovered{"a pointer that moves"};
  const Value old = local->second;
  // C17 6.5.16.2: as `x = x op y`; `++` is `+= 1`.
  const bool counts = e.kind == ExprKind::kIncrement;
  const Value by = counts ? Value{1} : Of(*e.operands[1]);
  const bool shifts = e.op == Op::kShl || e.op == Op::kShr;
  const TypeTable& types = program_.scenario->types;
  const Type& common = !counts && !shifts ? *e.operands[1]->type
                       : type.bits < 32   ? *types.Int()
                                          : type;
  Value value;
  value.unknown = old.unknown || by.unknown;
  if (!value.unknown) {
    const Int128 left = Wrapped(old.number, common);
    value.number = shifts ? Shifted(e.op, left, by.number, common, e.range)
                          : Calculated(e.op, left, by.number, common, e.range);
    value.number = type.is_bool ? (value.number != 0 ? 1 : 0) : Wrapped(value.number, type);
  }
  bound_[target.symbol] = value;
  return counts && !e.is_prefix ? old : value;
}

ReferenceEvaluator::Flow ReferenceEvaluator::Run(const Stmt& s, Value& result) {
  switch (s.kind) {
    case StmtKind::kEmpty: return Flow::kOn;
    case StmtKind::kExpression: Of(*s.condition); return Flow::kOn;
    case StmtKind::kDeclaration:
      for (const Declarator& declarator : s.declaration->declarators) {
        if (declarator.symbol->kind == SymbolKind::kConstant) continue;
        if (!declarator.symbol->type->is_scalar()) throw NotCovered{"a local of many cells"};
        bound_[declarator.symbol] = declarator.initializer ? Of(*declarator.initializer) : Value{};
      }
      return Flow::kOn;
    case StmtKind::kBlock:
      for (const StmtPtr& inner : s.body_list) {
        if (const Flow flow = Run(*inner, result); flow != Flow::kOn) return flow;
      }
      return Flow::kOn;
    case StmtKind::kIf:
      if (Of(*s.condition).truth()) return Run(*s.body, result);
      return s.else_body ? Run(*s.else_body, result) : Flow::kOn;
    case StmtKind::kWhile:
    case StmtKind::kDo:
    case StmtKind::kFor: return RunLoop(s, result);
    case StmtKind::kBreak: return Flow::kBreak;
    case StmtKind::kContinue: return Flow::kContinue;
    case StmtKind::kReturn:
      if (s.condition) result = Of(*s.condition);
      return Flow::kReturn;
    default: throw NotCovered{"a statement"};
  }
}

ReferenceEvaluator::Flow ReferenceEvaluator::RunLoop(const Stmt& s, Value& result) {
  if (s.init) Run(*s.init, result);
  for (bool is_first = true;; is_first = false) {
    const bool is_asked = s.condition && !(s.kind == StmtKind::kDo && is_first);
    if (is_asked && !Of(*s.condition).truth()) return Flow::kOn;
    if (++rounds_ > kMostRounds) throw NotCovered{"many rounds"};
    const Flow flow = Run(*s.body, result);
    if (flow == Flow::kReturn) return flow;
    if (flow == Flow::kBreak) return Flow::kOn;
    if (s.step) Of(*s.step);
  }
}

ReferenceEvaluator::Value ReferenceEvaluator::OfIntrinsic(const Expr& e) {
  switch (static_cast<Intrinsic>(e.intrinsic)) {
    case Intrinsic::kItems: return {state_[program_.items_slot]};
    case Intrinsic::kDone:
      return {state_[Instance(ProcessOf(*e.operands[0])).point_slot] == 0 ? 1 : 0};
    case Intrinsic::kWaiting:
    case Intrinsic::kBlocked: {
      const bool waiting = static_cast<Intrinsic>(e.intrinsic) == Intrinsic::kWaiting;
      const Ask& ask = waiting ? waits_ : is_blocked_;
      if (!ask) throw NotCovered{"waiting and blocked"};
      const int process = ProcessOf(*e.operands[0]);
      // "A process that is blocked waits."
      const bool blocked = is_blocked_ && is_blocked_(state_, process);
      return {blocked || ask(state_, process) ? 1 : 0};
    }
    case Intrinsic::kUnwritten: {
      Place place = PlaceOf(*e.operands[0]);
      if (place.object < 0) throw NotCovered{"whether a local is written"};
      const MemoryObject& object = program_.objects[static_cast<std::size_t>(place.object)];
      if (object.written_base == 0) return {0};
      return {state_[object.written_base + static_cast<std::size_t>(place.cell)] == 0 ? 1 : 0};
    }
    default: throw NotCovered{"a call"};
  }
}

int ReferenceEvaluator::ProcessOf(const Expr& e) {
  int64_t index = 0;
  if (e.kind == ExprKind::kIndex) {
    const Value value = Of(*e.operands[1]);
    const int count = program_.scenario->processes[static_cast<std::size_t>(e.process)].count;
    if (value.unknown || value.number < 0 || value.number >= count)
      throw Failure{ErrorKind::kIndex, e.range};
    index = static_cast<int64_t>(value.number);
  }
  for (int p = 0; p < program_.process_count(); ++p) {
    if (Instance(p).code == e.process && Instance(p).index == index) return p;
  }
  throw NotCovered{"a process"};
}

int ReferenceEvaluator::ObjectOf(const Symbol& symbol) const {
  for (std::size_t i = 0; i < program_.objects.size(); ++i) {
    if (program_.objects[i].symbol == &symbol) return static_cast<int>(i);
  }
  throw NotCovered{"a name"};
}

ReferenceEvaluator::Place ReferenceEvaluator::PlaceOf(const Expr& e) {
  switch (e.kind) {
    case ExprKind::kName: {
      Place place;
      place.type = e.type;
      if (e.symbol->kind != SymbolKind::kField) {
        place.object = ObjectOf(*e.symbol);
        return place;
      }
      place = owner_;
      if (place.type == nullptr) throw NotCovered{"a field"};
      place.cell += CellsBefore(*place.type, static_cast<std::size_t>(e.symbol->field));
      place.type = e.type;
      return place;
    }
    case ExprKind::kConditional: return PlaceOf(*e.operands[Of(*e.operands[0]).truth() ? 1 : 2]);
    case ExprKind::kCast: return PlaceOf(*e.operands[0]);
    case ExprKind::kUnary: return Followed(Of(*e.operands[0]), *e.type, e.range);
    case ExprKind::kIndex: {
      const Expr& base = *e.operands[0];
      if (!base.type->is_pointer()) return ElementOf(e, false);
      const Value pointer = Of(base);
      const Value by = Of(*e.operands[1]);
      if (by.unknown) throw Failure{ErrorKind::kPointer, e.range};
      return Followed(Moved(pointer, by.number, *e.type, e.range), *e.type, e.range);
    }
    case ExprKind::kMember: {
      if (e.process >= 0) return PlaceOfProcessLocal(e);
      const Expr& base = *e.operands[0];
      Place place = e.is_arrow ? Followed(Of(base), *base.type->element, e.range) : PlaceOf(base);
      std::size_t member = 0;
      while (place.type->members[member].name != e.name) ++member;
      place.cell += CellsBefore(*place.type, member);
      place.type = place.type->members[member].type;
      return place;
    }
    default: throw NotCovered{"a place"};
  }
}

// `one_past`: the end of the array counts as an element.
ReferenceEvaluator::Place ReferenceEvaluator::ElementOf(const Expr& e, bool one_past) {
  Place place = PlaceOf(*e.operands[0]);
  const Value index = Of(*e.operands[1]);
  const int64_t count = place.type->count + (one_past ? 1 : 0);
  if (index.unknown || index.number < 0 || index.number >= count)
    throw Failure{ErrorKind::kIndex, e.range};
  place.type = place.type->element;
  place.cell += index.number * CellsOf(*place.type);
  return place;
}

ReferenceEvaluator::Place ReferenceEvaluator::PlaceOfProcessLocal(const Expr& e) {
  Place place;
  place.process = ProcessOf(*e.operands[0]);
  place.type = e.type;
  const auto& locals = program_.CodeOf(place.process).locals;
  int found = 0;
  for (std::size_t i = 0; i < locals.size(); ++i) {
    if (locals[i].symbol->name != e.name) continue;
    place.local = i;
    ++found;
  }
  if (found != 1) throw NotCovered{"a name of several locals"};
  return place;
}

ReferenceEvaluator::Value ReferenceEvaluator::AddressOf(const Expr& e, SourceRange range) {
  // Nothing is followed, and of an array also the address one past its end may be taken.
  if (e.kind == ExprKind::kUnary) return Of(*e.operands[0]);
  if (e.kind == ExprKind::kIndex && e.operands[0]->type->is_pointer()) {
    const Value pointer = Of(*e.operands[0]);
    const Value by = Of(*e.operands[1]);
    if (by.unknown) throw Failure{ErrorKind::kPointer, range};
    return Moved(pointer, by.number, *e.type, range);
  }
  const Place place = e.kind == ExprKind::kIndex ? ElementOf(e, true) : PlaceOf(e);
  if (place.object < 0) throw NotCovered{"the address of a local"};
  return {place.cell, place.object};
}

ReferenceEvaluator::Value ReferenceEvaluator::Moved(const Value& pointer, Int128 by,
                                                    const Type& element, SourceRange range) const {
  if (pointer.unknown) throw Failure{ErrorKind::kPointer, range};
  if (by == 0) return pointer;
  if (pointer.object < 0) throw Failure{ErrorKind::kPointer, range};
  Value moved = pointer;
  moved.number += by * CellsOf(element);
  const auto& object = program_.objects[static_cast<std::size_t>(pointer.object)];
  if (moved.number < 0 || moved.number > CellsOf(*object.symbol->type))
    throw Failure{ErrorKind::kPointer, range};
  return moved;
}

ReferenceEvaluator::Place ReferenceEvaluator::Followed(const Value& pointer, const Type& type,
                                                       SourceRange range) const {
  if (pointer.unknown || pointer.object < 0) throw Failure{ErrorKind::kPointer, range};
  const auto& object = program_.objects[static_cast<std::size_t>(pointer.object)];
  if (pointer.number + CellsOf(type) > CellsOf(*object.symbol->type))
    throw Failure{ErrorKind::kPointer, range};
  Place place;
  place.object = pointer.object;
  place.cell = pointer.number;
  place.type = &type;
  return place;
}

ReferenceEvaluator::Value ReferenceEvaluator::Read(const Place& place) const {
  if (!place.type->is_scalar()) throw NotCovered{"a value of many cells"};
  const auto cell = static_cast<std::size_t>(place.cell);
  if (place.process < 0) {
    const MemoryObject& object = program_.objects[static_cast<std::size_t>(place.object)];
    Value value = Decoded(state_[object.base + cell], *place.type);
    value.unknown = object.written_base != 0 && state_[object.written_base + cell] == 0;
    return value;
  }
  // Out of its scope a local reads as 0.
  const ProcessInstance& process = Instance(place.process);
  const ProcessCode& code = program_.CodeOf(place.process);
  const LocalVariable& local = code.locals[place.local];
  const ProgramPoint& point = code.points[static_cast<std::size_t>(state_[process.point_slot])];
  if (local.is_own) {
    for (const OwnRange& dead : point.dead) {
      if (dead.offset == local.own_offset) return {0};
    }
    return Decoded(state_[process.own_base + local.own_offset + cell], *place.type);
  }
  const int offset = point.local_offsets[place.local];
  if (offset < 0) return {0};
  return Decoded(state_[process.spill_base + static_cast<std::size_t>(offset) + cell], *place.type);
}

// A slot of the state holds 64 bits of a number, or the slot that a pointer leads to.
ReferenceEvaluator::Value ReferenceEvaluator::Decoded(int64_t bits, const Type& type) const {
  if (!type.is_pointer())
    return {Wrapped(bits, type.is_bool ? *program_.scenario->types.Int() : type)};
  if (bits == 0) return {};
  for (std::size_t i = 0; i < program_.objects.size(); ++i) {
    const MemoryObject& object = program_.objects[i];
    if (bits >= object.base && bits <= int64_t{object.base} + object.cells)
      return {bits - object.base, static_cast<int>(i)};
  }
  throw NotCovered{"a pointer into the memory of a process"};
}

}  // namespace interleave
