#pragma once
// The types of the scenario language, after gcc on x86-64 Linux, and how many cells they take.
//
// A *cell* is one scalar: one unit of access, whatever its width. Structs and arrays are flattened
// into consecutive cells, members and elements in order.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace interleave {

enum class TypeKind : uint8_t {
  kError,  // after a diagnostic; converts to anything silently
  kVoid,
  kInt,    // every integer type, bool, char and enums included
  kFloat,  // float and double, in programs in C
  kPointer,
  kArray,
  kStruct,
  kFunction,  // what a pointer to a function leads to: `element` is the type of its result
  kObject,  // an instance of a kind: it has members as a struct has, which only its operations see
};

struct Type;
struct ObjectKind;

struct Member {
  std::string name;
  const Type* type = nullptr;
  int cell_offset = 0;
  int byte_offset = 0;
  // Of a program in C, what is not cells of its own:
  const Type* unit = nullptr;  // the type of the cell that it is in; null: its cells are its own
  uint8_t bit_offset = 0;      // of a bit-field, in that cell
  uint8_t bit_width = 0;       // of a bit-field; 0: it is none
  // Of a union whose members do not share cells: what the union's first cell holds while this is
  // the member in use. 0: it does not matter.
  int number = 0;
};

struct Type {
  TypeKind kind = TypeKind::kError;
  // kInt, kFloat
  uint8_t bits = 32;  // 1 for bool, else 8, 16, 32, 64
  bool is_signed = true;
  bool is_bool = false;
  bool is_char = false;     // plain char: drawn as a character
  bool is_process = false;  // `process_id`: 1 + the number of a process, or 0; drawn as its name
  int enum_index = -1;      // into TypeTable::enums(), -1: not an enum
  // `_Atomic T`, a scalar: T, which a value of it has. Null: it is not atomic.
  const Type* plain = nullptr;
  // kPointer, kArray, kFunction
  const Type* element = nullptr;
  int64_t count = 0;  // kArray: elements
  // kObject
  const ObjectKind* object = nullptr;
  // kStruct, kObject
  std::vector<Member> members;  // what its cells are
  // What its names mean, where those are not `members`: with bit-fields, and of a union.
  std::vector<Member> views;
  bool is_union = false;
  int flexible_bytes = 0;  // of the elements that its last member `x[]` has here; not in `bytes`
  bool complete = true;
  std::string name;  // of a struct, enum, as written: "struct item", "int", "uint8_t"
  int cells = 1;     // how many scalars it flattens into
  int bytes = 4;     // what sizeof gives
  int alignment =
      1;  // kStruct, kObject: of its members; others have that of their size, or of their element

  bool is_scalar() const { return is_arithmetic() || is_pointer(); }
  bool is_arithmetic() const { return is_integer() || is_floating(); }
  bool is_integer() const { return kind == TypeKind::kInt; }
  bool is_floating() const { return kind == TypeKind::kFloat; }
  bool is_pointer() const { return kind == TypeKind::kPointer; }
  bool is_function_pointer() const { return is_pointer() && element->kind == TypeKind::kFunction; }
  bool is_atomic() const { return plain != nullptr; }
  const std::vector<Member>& named() const { return views.empty() ? members : views; }
  bool has_members() const { return kind == TypeKind::kStruct || kind == TypeKind::kObject; }
};

struct Enumerator {
  std::string name;
  int64_t value = 0;
};

struct EnumType {
  std::string name;
  std::vector<Enumerator> enumerators;
};

// Owns every type of one scenario. Equal scalar, pointer and array types are the same object.
class TypeTable {
 public:
  TypeTable();
  TypeTable(const TypeTable&) = delete;
  TypeTable& operator=(const TypeTable&) = delete;

  const Type* Error() const { return error_; }
  const Type* Void() const { return void_; }
  const Type* Bool() const { return bool_; }
  const Type* Char() const { return char_; }
  const Type* ProcessId() const { return process_id_; }
  const Type* Int() const { return Integer(32, true); }
  const Type* UnsignedInt() const { return Integer(32, false); }
  const Type* Long() const { return Integer(64, true); }
  const Type* Float() const { return float_; }
  const Type* Double() const { return double_; }
  // bits: 8, 16, 32 or 64. 8 signed is `signed char` / `int8_t`, distinct from char.
  const Type* Integer(int bits, bool is_signed) const;
  const Type* PointerTo(const Type* element);
  // Functions are told apart by their results alone: what they take is seen where they are called.
  const Type* FunctionOf(const Type* result);
  const Type* ArrayOf(const Type* element, int64_t count);
  // C17 6.2.5, 6.7.2.4: the type must be an integer or a pointer.
  const Type* AtomicOf(const Type* type);
  // Without `_Atomic`, be it of the type or of what it points to.
  const Type* Plain(const Type* type);
  const Type* NewEnum(EnumType definition, bool any_negative);
  Type* NewStruct(std::string name);  // incomplete until its members are set
  Type* NewObject(std::string name);  // likewise

  const std::vector<EnumType>& enums() const { return enums_; }

 private:
  Type* Add(Type type);
  // The one type derived from `type.element` with this kind and count.
  const Type* Derived(Type type);

  std::vector<std::unique_ptr<Type>> types_;
  // Looked up, never walked: the order of addresses does not matter.
  std::map<std::tuple<TypeKind, const Type*, int64_t>, const Type*> derived_;
  std::map<const Type*, const Type*> atomic_;  // by the plain type; looked up, never walked
  std::vector<EnumType> enums_;
  const Type* error_;
  const Type* void_;
  const Type* bool_;
  const Type* char_;
  const Type* process_id_;
  const Type* float_;
  const Type* double_;
  const Type* integers_[4][2];
};

// The type of the elements of an array, of arrays of arrays and so on; any other type is itself.
const Type* InnermostElement(const Type* type);

// Whether it is an object of some kind, or holds one: then it is shared and never copied.
bool HoldsObject(const Type& type);

// An object that holds objects, as a monitor does: people see its members as those of a struct.
bool IsComposite(const Type& type);

// As a user writes it: "int", "char", "struct item *", "int [3]".
std::string TypeName(const Type& type);

// C's integer promotion: what is narrower than int becomes int.
const Type* Promoted(const Type* type, const TypeTable& types);
// C's usual arithmetic conversions of two arithmetic types.
const Type* CommonType(const Type* a, const Type* b, const TypeTable& types);

}  // namespace interleave
