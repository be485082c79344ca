// The type table, the names of types in diagnostics, and C's conversions of operands
// (C17 6.3.1.1 and 6.3.1.8) for gcc's x86-64 data model: int 32, long 64, char signed.
//
// Sizes saturate instead of wrapping: `int a[2000000000][4]` must reach the checker's limit as a
// large number, not as a negative one.

#include "sim/language/types.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <set>
#include <utility>

namespace interleave {
namespace {

int SaturatedProduct(int64_t count, int each) {
  constexpr int64_t kMax = std::numeric_limits<int>::max();
  if (count <= 0 || each <= 0) return 0;
  return count > kMax / each ? static_cast<int>(kMax) : static_cast<int>(count * each);
}

int WidthIndex(int bits) {
  switch (bits) {
    case 8: return 0;
    case 16: return 1;
    case 32: return 2;
    default: assert(bits == 64 && "integer types have 8, 16, 32 or 64 bits"); return 3;
  }
}

Type IntegerType(int bits, bool is_signed, std::string name) {
  Type type;
  type.kind = TypeKind::kInt;
  type.bits = static_cast<uint8_t>(bits);
  type.is_signed = is_signed;
  type.name = std::move(name);
  type.bytes = bits / 8;
  return type;
}

Type FloatingType(int bits, std::string name) {
  Type type = IntegerType(bits, true, std::move(name));
  type.kind = TypeKind::kFloat;
  return type;
}

// `inner` is what stands where the declared name would: C's declarators grow from the name out.
std::string NameAround(const Type& type, const std::string& inner) {
  if (type.is_atomic()) {
    const std::string name = type.plain->is_pointer()
                                 ? "_Atomic(" + NameAround(*type.plain, "") + ")"
                                 : "_Atomic " + type.name;
    return inner.empty() ? name : name + " " + inner;
  }
  switch (type.kind) {
    case TypeKind::kPointer: {
      std::string star = "*" + inner;
      if (type.element->kind == TypeKind::kFunction)
        return NameAround(*type.element->element, "(" + star + ")()");
      if (type.element->kind == TypeKind::kArray) star = "(" + star + ")";
      return NameAround(*type.element, star);
    }
    case TypeKind::kArray:
      return NameAround(*type.element, inner + "[" + std::to_string(type.count) + "]");
    case TypeKind::kFunction: return NameAround(*type.element, inner + "()");
    case TypeKind::kError: return "<error>";
    case TypeKind::kVoid:
    case TypeKind::kInt:
    case TypeKind::kFloat:
    case TypeKind::kStruct:
    case TypeKind::kObject: break;
  }
  return inner.empty() ? type.name : type.name + " " + inner;
}

}  // namespace

TypeTable::TypeTable() {
  Type error;
  error.kind = TypeKind::kError;
  error_ = Add(error);

  Type void_type;
  void_type.kind = TypeKind::kVoid;
  void_type.name = "void";
  void_type.cells = 0;
  void_type.bytes = 1;  // gcc's sizeof (void)
  void_ = Add(void_type);

  Type bool_type = IntegerType(8, false, "bool");
  bool_type.bits = 1;
  bool_type.is_bool = true;
  bool_ = Add(bool_type);

  Type char_type = IntegerType(8, true, "char");
  char_type.is_char = true;
  char_ = Add(char_type);

  Type process_type = IntegerType(32, true, "process_id");
  process_type.is_process = true;
  process_id_ = Add(process_type);

  float_ = Add(FloatingType(32, "float"));
  double_ = Add(FloatingType(64, "double"));

  static constexpr const char* kNames[4][2] = {{"unsigned char", "signed char"},
                                               {"unsigned short", "short"},
                                               {"unsigned", "int"},
                                               {"unsigned long", "long"}};
  for (int width = 0; width < 4; ++width) {
    for (int is_signed = 0; is_signed < 2; ++is_signed) {
      integers_[width][is_signed] =
          Add(IntegerType(8 << width, is_signed != 0, kNames[width][is_signed]));
    }
  }
}

Type* TypeTable::Add(Type type) {
  types_.push_back(std::make_unique<Type>(std::move(type)));
  return types_.back().get();
}

const Type* TypeTable::Derived(Type type) {
  const auto key = std::make_tuple(type.kind, type.element, type.count);
  const auto found = derived_.find(key);
  if (found != derived_.end()) return found->second;
  const Type* added = Add(std::move(type));
  derived_.emplace(key, added);
  return added;
}

const Type* TypeTable::Integer(int bits, bool is_signed) const {
  return integers_[WidthIndex(bits)][is_signed ? 1 : 0];
}

const Type* TypeTable::PointerTo(const Type* element) {
  Type type;
  type.kind = TypeKind::kPointer;
  type.bits = 64;
  type.is_signed = false;
  type.element = element;
  type.bytes = 8;
  return Derived(std::move(type));
}

const Type* TypeTable::FunctionOf(const Type* result) {
  Type type;
  type.kind = TypeKind::kFunction;
  type.element = result;
  type.complete = false;
  type.cells = 0;
  type.bytes = 1;  // gcc's sizeof of a function
  return Derived(std::move(type));
}

const Type* TypeTable::AtomicOf(const Type* type) {
  assert(type->is_scalar() && "only scalars can be atomic");
  if (type->is_atomic()) return type;
  const Type*& atomic = atomic_[type];
  if (atomic == nullptr) {
    Type copy = *type;
    copy.plain = type;
    atomic = Add(std::move(copy));
  }
  return atomic;
}

const Type* TypeTable::Plain(const Type* type) {
  if (type->is_atomic()) type = type->plain;
  return type->is_pointer() ? PointerTo(Plain(type->element)) : type;
}

const Type* TypeTable::ArrayOf(const Type* element, int64_t count) {
  Type type;
  type.kind = TypeKind::kArray;
  type.element = element;
  type.count = count;
  type.complete = element->complete;
  type.cells = SaturatedProduct(count, element->cells);
  type.bytes = SaturatedProduct(count, element->bytes);
  return Derived(std::move(type));
}

// gcc gives an enum `unsigned`, `int` when a value is negative, and 64 bits when 32 do not hold it.
const Type* TypeTable::NewEnum(EnumType definition, bool any_negative) {
  bool is_wide = false;
  for (const Enumerator& item : definition.enumerators) {
    is_wide = is_wide || item.value < std::numeric_limits<int32_t>::min() ||
              item.value > (any_negative ? int64_t{std::numeric_limits<int32_t>::max()}
                                         : int64_t{std::numeric_limits<uint32_t>::max()});
  }
  Type type = IntegerType(is_wide ? 64 : 32, any_negative,
                          definition.name.empty() ? "enum" : "enum " + definition.name);
  type.enum_index = static_cast<int>(enums_.size());
  enums_.push_back(std::move(definition));
  return Add(std::move(type));
}

Type* TypeTable::NewObject(std::string name) {
  Type* type = NewStruct(std::move(name));
  type->kind = TypeKind::kObject;
  return type;
}

Type* TypeTable::NewStruct(std::string name) {
  Type type;
  type.kind = TypeKind::kStruct;
  type.complete = false;
  type.name = std::move(name);
  type.cells = 0;
  type.bytes = 0;
  return Add(std::move(type));
}

std::string TypeName(const Type& type) { return NameAround(type, ""); }

const Type* Promoted(const Type* type, const TypeTable& types) {
  if (type->kind != TypeKind::kInt) return type;
  if (type->bits < 32) return types.Int();
  // An enum takes part as the integer it is made of, so that equal types are one object.
  return types.Integer(type->bits, type->is_signed);
}

const Type* CommonType(const Type* a, const Type* b, const TypeTable& types) {
  if (!a->is_arithmetic() || !b->is_arithmetic()) return types.Error();
  const auto is_double = [](const Type* type) { return type->is_floating() && type->bits == 64; };
  if (is_double(a) || is_double(b)) return types.Double();
  if (a->is_floating() || b->is_floating()) return types.Float();
  const Type* left = Promoted(a, types);
  const Type* right = Promoted(b, types);
  // A wider signed type holds every value of a narrower unsigned one here, so width decides first.
  if (left->bits != right->bits) return left->bits > right->bits ? left : right;
  return left->is_signed ? right : left;
}

bool IsComposite(const Type& type) {
  return type.kind == TypeKind::kObject &&
         std::any_of(type.members.begin(), type.members.end(),
                     [](const Member& member) { return HoldsObject(*member.type); });
}

bool HoldsObject(const Type& type) {
  // Structs may hold structs twice, and these again: each type is looked at once.
  std::set<const Type*> seen;
  std::vector<const Type*> left = {&type};
  while (!left.empty()) {
    const Type* const next = InnermostElement(left.back());
    left.pop_back();
    if (next->kind == TypeKind::kObject) return true;
    if (next->kind != TypeKind::kStruct || !seen.insert(next).second) continue;
    for (const Member& member : next->members) left.push_back(member.type);
  }
  return false;
}

const Type* InnermostElement(const Type* type) {
  while (type->kind == TypeKind::kArray) type = type->element;
  return type;
}

}  // namespace interleave
