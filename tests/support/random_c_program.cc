#include "tests/support/random_c_program.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/random_c.h"

namespace interleave {
namespace {

// A line with a mistake: `kBad` mistaken `kGood` mended line.
constexpr char kBad = '\x01';
constexpr char kGood = '\x02';

// Once for all programs of a file: all NaNs are one.
constexpr const char* kHelpers = R"(#ifndef HELPERS
#define HELPERS
static unsigned long bits_of(double x)
{
    union { double number; unsigned long bits; } both;
    both.number = x != x ? 1.5 : x;
    return both.bits;
}
#endif
)";

class ProgramGenerator {
 public:
  ProgramGenerator(uint64_t seed, int number)
      : seed_(seed), number_(number), random_(seed), suffix_("_" + std::to_string(number)) {}

  WholeProgram Generate(bool with_mistake) {
    program_.seed = seed_;
    DeclareTypes();
    DeclareFunctions();
    DeclareGlobals();
    DeclareChanges();
    std::vector<Part> parts = {
        &ProgramGenerator::Statements, &ProgramGenerator::List,       &ProgramGenerator::HeapArray,
        &ProgramGenerator::Tree,       &ProgramGenerator::Recursion,  &ProgramGenerator::Values,
        &ProgramGenerator::Texts,      &ProgramGenerator::Machine,    &ProgramGenerator::Matrix,
        &ProgramGenerator::Calls,      &ProgramGenerator::Statements, &ProgramGenerator::Blocks,
    };
    std::shuffle(parts.begin(), parts.end(), random_);
    parts.resize(2 + Below(3));
    const std::size_t where = Below(parts.size());
    if (with_mistake) parts[where] = &ProgramGenerator::Mistake;
    // Calls are inlined, `free` says each block that it may be, and deep calls are followed only
    // where there is not much code yet.
    const auto use_heap = [](Part part) {
      return part == &ProgramGenerator::List || part == &ProgramGenerator::HeapArray ||
             part == &ProgramGenerator::Texts || part == &ProgramGenerator::Calls;
    };
    const auto has = [&](Part part) { return std::ranges::find(parts, part) != parts.end(); };
    if (with_mistake)
      std::ranges::replace(parts, &ProgramGenerator::Tree, &ProgramGenerator::Matrix);
    int heaps = has(&ProgramGenerator::Tree) ? 2 : with_mistake ? 1 : 0;
    for (Part& part : parts) {
      if (use_heap(part) && ++heaps > 2) part = &ProgramGenerator::Blocks;
      if (part == &ProgramGenerator::Recursion && has(&ProgramGenerator::Tree))
        part = &ProgramGenerator::Machine;
    }
    for (const Part first :
         {&ProgramGenerator::List, &ProgramGenerator::Recursion, &ProgramGenerator::Tree})
      std::stable_partition(parts.begin(), parts.end(), [&](Part part) { return part == first; });
    std::string body;
    for (const Part part : parts) {
      out_.clear();
      indent_ = 4;
      (this->*part)();
      for (const Place& global : globals_) {
        if (OneIn(4)) Fold(global);
      }
      Line("result[" + std::to_string(program_.results++) + "] = (long)sum;");
      body += out_;
    }
    out_.clear();
    for (const Place& global : globals_) {
      Fold(global);
      Line("result[" + std::to_string(program_.results++) + "] = (long)sum;");
    }
    const std::string marked = kHelpers + outside_ + "static void p" + std::to_string(number_) +
                               "(void)\n{\n    unsigned long sum = " + Literal() + ";\n" + body +
                               out_ + "}\n";
    Render(marked);
    return std::move(program_);
  }

 private:
  using Words = std::vector<std::string>;
  using Part = void (ProgramGenerator::*)();

  struct Member;
  struct Type {
    enum class Kind { kInteger, kReal, kStruct, kUnion, kArray, kLink, kFunction };
    Kind kind = Kind::kInteger;
    std::string name;  // "unsigned char", "struct s0_7"; of a link: what it leads to
    bool is_signed = false;
    int bits = 32;
    int width = 0;  // of a bit-field
    int length = 0;
    std::vector<Type> element;    // of an array, one
    std::vector<Member> members;  // of a union the first one has all bytes
    bool has_pointers = false;    // which are never NULL
  };
  struct Member {
    std::string name;
    Type type;
  };
  struct Place {
    std::string text;
    Type type;
    bool is_pointer = false;  // `text` leads to it
  };
  struct Counter {
    std::string name;
    int end = 0;
  };

  // --- draws
  uint64_t Below(uint64_t n) { return random_() % n; }
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  std::string Number(uint64_t from, uint64_t to) {
    return std::to_string(from + Below(to - from + 1));
  }
  template <class T>
  const T& Any(const std::vector<T>& list) {
    return list[Below(list.size())];
  }
  std::string Pick(const Words& words) { return Any(words); }
  std::string Literal() {
    return Pick({"0u", "1u", "2u", "3u", "7u", "10u", "255u", "1000003u", "65537ul", "4294967295u",
                 "0x80000000u", "123456789ul", "0x8000000000000000ul", "18446744073709551615ul"});
  }
  std::string Fresh(const std::string& stem) { return stem + std::to_string(next_++); }
  std::string Global(const std::string& stem) { return Fresh(stem) + suffix_; }

  // --- text
  void Line(const std::string& text) {
    out_ += std::string(static_cast<std::size_t>(indent_), ' ') + text + "\n";
  }
  void Open(const std::string& head) {
    Line(head + " {");
    indent_ += 4;
  }
  void Close(const std::string& tail = "") {
    indent_ -= 4;
    Line("}" + tail);
  }
  void Outside(const std::string& text) { outside_ += text; }
  // A whole function at file scope, its body written by `body`.
  template <class Body>
  void Function(const std::string& head, Body body) {
    std::string saved = std::move(out_);
    const int saved_indent = std::exchange(indent_, 4);
    out_ = "static " + head + "\n{\n";
    body();
    outside_ += out_ + "}\n";
    out_ = std::move(saved);
    indent_ = saved_indent;
  }

  // --- types
  Type Integer() {
    struct Row {
      const char* name;
      bool is_signed;
      int bits;
    };
    static constexpr Row kRows[] = {
        {"int", true, 32},        {"int", true, 32},
        {"unsigned", false, 32},  {"char", true, 8},
        {"signed char", true, 8}, {"unsigned char", false, 8},
        {"short", true, 16},      {"unsigned short", false, 16},
        {"long", true, 64},       {"unsigned long", false, 64},
        {"int32_t", true, 32},    {"uint8_t", false, 8},
        {"uint16_t", false, 16},  {"size_t", false, 64},
        {"bool", false, 1},       {"int64_t", true, 64},
    };
    const Row& row = kRows[Below(std::size(kRows))];
    Type type;
    type.name = row.name;
    type.is_signed = row.is_signed;
    type.bits = row.bits;
    return type;
  }
  Type Named(const char* name, bool is_signed, int bits) {
    Type type;
    type.name = name;
    type.is_signed = is_signed;
    type.bits = bits;
    return type;
  }
  Type Real() {
    Type type;
    type.kind = Type::Kind::kReal;
    type.name = Pick({"double", "float"});
    return type;
  }
  Type Scalar() { return OneIn(5) ? Real() : Integer(); }
  Type ArrayOf(const Type& element, int length) {
    Type type;
    type.kind = Type::Kind::kArray;
    type.length = length;
    type.element = {element};
    type.has_pointers = element.has_pointers;
    return type;
  }
  Type RandomMember() {
    Type type = Scalar();
    switch (Below(12)) {
      case 0:
      case 1: return ArrayOf(type, 2 + static_cast<int>(Below(3)));
      case 2: return ArrayOf(ArrayOf(Integer(), 2), 2 + static_cast<int>(Below(2)));
      case 3:
      case 4:
        if (structs_.empty()) return type;
        return OneIn(3) ? ArrayOf(Any(structs_), 2) : Any(structs_);
      case 5:
        if (structs_.empty()) return type;
        type = Any(structs_);
        type.kind = Type::Kind::kLink;
        type.has_pointers = true;
        return type;
      case 6:
        type.kind = Type::Kind::kFunction;
        type.has_pointers = true;
        return type;
      case 7:
        if (unions_.empty()) return type;
        return Any(unions_);
      default: return type;
    }
  }
  std::string Declaration(const Type& type, const std::string& name) {
    switch (type.kind) {
      case Type::Kind::kArray: {
        // The lengths are in order, outermost first, behind the name.
        return Declaration(type.element[0], name + "[" + std::to_string(type.length) + "]");
      }
      case Type::Kind::kLink: return type.name + " *" + name;
      case Type::Kind::kFunction: return "int (*" + name + ")(int, int)";
      default:
        return type.name + " " + name + (type.width > 0 ? " : " + std::to_string(type.width) : "");
    }
  }

  void DeclareTypes() {
    if (OneIn(2)) {
      Type both;
      both.kind = Type::Kind::kUnion;
      both.name = "union " + Global("u");
      const bool is_wide = OneIn(2);
      both.members.push_back(
          {"all", is_wide ? Named("unsigned long", false, 64) : Named("unsigned", false, 32)});
      Words others = {"char", "short", "int", "unsigned char", "float"};
      if (is_wide) others = {"char", "long", "int", "unsigned short", "float", "double"};
      for (const std::string& name : others) {
        if (OneIn(2)) continue;
        Type type = Named("", true, 0);
        type.name = name;
        if (name == "float" || name == "double") type.kind = Type::Kind::kReal;
        type.bits = name == "long" || name == "double" ? 64
                    : name == "int" || name == "float" ? 32
                                                       : 8;  // or more
        type.is_signed = !name.starts_with("unsigned");
        both.members.push_back({Fresh("as"), type});
      }
      std::string text = both.name + " {\n";
      for (const Member& member : both.members)
        text += "    " + Declaration(member.type, member.name) + ";\n";
      Outside(text + "};\n");
      unions_.push_back(both);
    }
    for (uint64_t n = 2 + Below(2); n > 0; --n) {
      Type type;
      type.kind = Type::Kind::kStruct;
      const std::string tag = Global("s");
      const bool is_typedef = OneIn(3);
      type.name = is_typedef ? tag + "_t" : "struct " + tag;
      for (uint64_t m = 2 + Below(4); m > 0; --m) {
        if (OneIn(4)) {
          for (uint64_t fields = 1 + Below(3); fields > 0; --fields) {
            const bool is_signed = OneIn(3);
            Type field = Named(is_signed ? "int" : "unsigned", is_signed, 32);
            field.width = 1 + static_cast<int>(Below(20));
            field.bits = field.width;
            type.members.push_back({Fresh("f"), field});
          }
          continue;
        }
        type.members.push_back({Fresh("m"), RandomMember()});
        type.has_pointers = type.has_pointers || type.members.back().type.has_pointers;
      }
      std::string text = (is_typedef ? "typedef struct " : "struct ") + tag + " {\n";
      for (const Member& member : type.members)
        text += "    " + Declaration(member.type, member.name) + ";\n";
      Outside(text + (is_typedef ? "} " + type.name + ";\n" : "};\n"));
      structs_.push_back(type);
    }
  }

  // --- places
  std::string Dot(const Place& place, const std::string& member) {
    return place.text + (place.is_pointer ? "->" : ".") + member;
  }
  std::string AddressOf(const Place& place) {
    return place.is_pointer ? place.text : "&" + place.text;
  }
  std::string ValueOf(const Place& place) {
    return place.is_pointer ? "*" + place.text : place.text;
  }
  std::string Index(int length, int depth) {
    for (const Counter& counter : counters_) {
      if (counter.end <= length && OneIn(2)) return counter.name;
    }
    if (depth <= 0 || OneIn(2)) return Number(0, static_cast<uint64_t>(length) - 1);
    return Word(depth - 1) + " % " + std::to_string(length);
  }
  // A part of it that is neither array nor struct; of a link, sometimes what it leads to.
  Place Leaf(Place place, int depth) {
    for (;;) {
      switch (place.type.kind) {
        case Type::Kind::kStruct: {
          const Member member = Any(place.type.members);
          place = {Dot(place, member.name), member.type, false};
          continue;
        }
        case Type::Kind::kArray: {
          Type element = place.type.element[0];
          place = {place.text + "[" + Index(place.type.length, depth) + "]", element, false};
          continue;
        }
        case Type::Kind::kLink: {
          if (OneIn(4)) return place;
          place.type = StructNamed(place.type.name);
          place.is_pointer = true;
          continue;
        }
        default: return place;
      }
    }
  }
  Type StructNamed(const std::string& name) {
    return *std::find_if(structs_.begin(), structs_.end(),
                         [&](const Type& type) { return type.name == name; });
  }
  // A global, a local or part of one that is a struct of this name.
  Place StructPlace(const Type& type) {
    std::vector<Place> found;
    for (const Place& place : Everything()) {
      if (place.type.name == type.name && place.type.kind == Type::Kind::kStruct)
        found.push_back(place);
      if (place.type.kind == Type::Kind::kArray && place.type.element[0].name == type.name &&
          place.type.element[0].kind == Type::Kind::kStruct)
        found.push_back({place.text + "[" + Index(place.type.length, 0) + "]", type, false});
    }
    return Any(found);
  }
  std::vector<Place> Everything() {
    std::vector<Place> all = globals_;
    all.insert(all.end(), locals_.begin(), locals_.end());
    return all;
  }
  bool FindLeaf(Type::Kind kind, int depth, Place& found) {
    const std::vector<Place> all = Everything();
    for (int tries = 0; tries < 6 && !all.empty(); ++tries) {
      found = Leaf(Any(all), depth);
      if (found.type.kind == kind) return true;
    }
    return false;
  }

  // --- expressions
  // An unsigned value, in brackets where it needs them.
  std::string Word(int depth) {
    if (depth <= 0 || OneIn(6)) {
      Place place;
      if (!counters_.empty() && OneIn(4)) return "(unsigned)" + Any(counters_).name;
      if (OneIn(3) || !FindLeaf(Type::Kind::kInteger, depth, place)) return Literal();
      return Pick({"(unsigned)", "(unsigned long)"}) + place.text;
    }
    const std::string a = Word(depth - 1);
    switch (Below(16)) {
      case 0: return "(" + a + " / (" + Word(depth - 1) + " | 1u))";
      case 1: return "(" + a + " % (" + Word(depth - 1) + " | 1u))";
      case 2: return "(" + a + Pick({" << ", " >> "}) + "(" + Word(depth - 1) + " & 15u))";
      case 3:
        return "(unsigned)(" + a + Pick({" < ", " <= ", " == ", " != ", " > "}) + Word(depth - 1) +
               ")";
      case 4: return "(unsigned)(" + a + Pick({" && ", " || "}) + Word(depth - 1) + ")";
      case 5: return "(" + a + " ? " + Word(depth - 1) + " : " + Word(depth - 1) + ")";
      case 6: return "(" + Pick({"~", "(unsigned)!", "-"}) + a + ")";
      case 7:
        return "(unsigned)((int)(" + a + " % 1000u) * ((int)(" + Word(depth - 1) + " % 99u) - 50))";
      case 8: return "bits_of(" + RealValue(depth - 1) + ")";
      case 9:
        return "(unsigned)" + Callee(depth) + "((int)" + a + ", (int)" + Word(depth - 1) + ")";
      case 10: return "(unsigned long)sizeof(" + Any(structs_).name + ")";
      case 11: {
        Place place;
        if (!FindLeaf(Type::Kind::kUnion, depth, place)) return a;
        const Member& member = Any(place.type.members);
        const std::string text = Dot(place, member.name);
        return member.type.kind == Type::Kind::kReal ? "bits_of(" + text + ")"
                                                     : "(unsigned long)" + text;
      }
      case 12: return "(unsigned)(" + Pick({"char", "short", "signed char", "bool"}) + ")" + a;
      default:
        return "(" + a + Pick({" + ", " - ", " * ", " ^ ", " & ", " | "}) + Word(depth - 1) + ")";
    }
  }
  std::string Callee(int depth) {
    Place place;
    if (OneIn(4) && FindLeaf(Type::Kind::kFunction, 0, place)) return place.text;
    if (OneIn(3) && !table_.empty()) return table_ + "[" + Index(table_length_, depth - 1) + "]";
    return Pick(operations_);
  }
  std::string RealValue(int depth) {
    if (depth <= 0 || OneIn(5)) {
      Place place;
      if (OneIn(2) && FindLeaf(Type::Kind::kReal, 0, place)) return place.text;
      return Pick({"0.5", "1.0", "-2.25", "0.1", "3e5", "0.1f", "1e10", "-7.0f"});
    }
    switch (Below(6)) {
      case 0: return "(double)(int)" + Word(depth - 1);
      case 1: return "(" + RealValue(depth - 1) + " / " + Number(2, 9) + ")";
      case 2:
        return "(" + RealValue(depth - 1) + Pick({" < ", " >= "}) + RealValue(depth - 1) + " ? " +
               RealValue(depth - 1) + " : " + RealValue(depth - 1) + ")";
      default:
        return "(" + RealValue(depth - 1) + Pick({" + ", " - ", " * "}) + RealValue(depth - 1) +
               ")";
    }
  }
  // Neither infinite nor none.
  std::string FiniteValue() { return "(double)(int)" + Word(2) + " / " + Number(2, 5); }

  // --- values of whole types
  std::string Constant(const Type& type) {
    if (type.kind == Type::Kind::kReal)
      return Pick({"0.5", "-1.5", "2", "1e3", "0.1", "-0.0", "7.25f"});
    if (type.bits == 1 && !type.is_signed) return Number(0, 1);
    if (type.width > 0 || type.bits <= 8) {
      const int bits =
          std::min(type.width > 0 ? type.width : type.bits, 16) - (type.is_signed ? 1 : 0);
      return (type.is_signed && OneIn(2) ? "-" : "") + Number(0, (uint64_t{1} << bits) - 1);
    }
    if (type.is_signed) return Pick({"0", "-1", "5", "100", "-32768", "'a'", "0x7f", "1 << 4"});
    return Pick({"0", "1", "077", "65535", "3u * 7", "'z'"});
  }
  // In braces where the type has parts. `deep`: values that are no constants.
  std::string Initializer(const Type& type, bool deep) {
    switch (type.kind) {
      case Type::Kind::kInteger:
        return deep && OneIn(2) ? "(" + type.name + ")" + Word(1) : Constant(type);
      case Type::Kind::kReal: return deep && OneIn(2) ? FiniteValue() : Constant(type);
      case Type::Kind::kUnion: return "{ ." + type.members[0].name + " = " + Literal() + " }";
      case Type::Kind::kFunction: return Pick({"", "&"}) + Pick(operations_);
      case Type::Kind::kLink: return AddressOf(StructPlace(StructNamed(type.name)));
      case Type::Kind::kArray: {
        std::string text;
        const bool all = type.has_pointers || OneIn(2);
        for (int i = 0; i < type.length; ++i) {
          if (!all && OneIn(2)) continue;
          if (!text.empty()) text += ", ";
          if (!all || OneIn(4)) text += "[" + std::to_string(i) + "] = ";
          text += Initializer(type.element[0], deep);
        }
        return text.empty() ? "{ 0 }" : "{ " + text + " }";
      }
      case Type::Kind::kStruct: break;
    }
    std::string text;
    const bool designated = OneIn(2);
    for (const Member& member : type.members) {
      if (designated && !member.type.has_pointers && OneIn(3)) continue;
      if (!text.empty()) text += ", ";
      if (designated) text += "." + member.name + " = ";
      text += Initializer(member.type, deep);
    }
    if (text.empty()) {
      const Member& first = type.members[0];
      text = "." + first.name + " = " + Initializer(first.type, deep);
    }
    return "{ " + text + " }";
  }

  // All of it goes into the sum.
  void Fold(const Place& place) {
    switch (place.type.kind) {
      case Type::Kind::kInteger:
        Line("sum = sum * 31u + (unsigned long)" + place.text + ";");
        return;
      case Type::Kind::kReal: Line("sum = sum * 33u + bits_of(" + place.text + ");"); return;
      case Type::Kind::kUnion:
        Line("sum = sum * 35u + " + Dot(place, place.type.members[0].name) + ";");
        return;
      case Type::Kind::kFunction: Line("sum += (unsigned)" + place.text + "(3, 4);"); return;
      case Type::Kind::kLink: Line("sum += (unsigned long)(" + place.text + " != NULL);"); return;
      case Type::Kind::kStruct:
        Line("sum = " + FoldName(place.type) + "(" + AddressOf(place) + ", sum);");
        return;
      case Type::Kind::kArray: {
        const std::string i = Fresh("i");
        Open("for (int " + i + " = 0; " + i + " < " + std::to_string(place.type.length) + "; " + i +
             "++)");
        Fold({place.text + "[" + i + "]", place.type.element[0], false});
        Close();
        return;
      }
    }
  }
  std::string FoldName(const Type& type) {
    std::string name = type.name;
    if (name.starts_with("struct ")) name.erase(0, 7);
    return "fold_" + name;
  }

  // --- file scope
  void DeclareFunctions() {
    for (uint64_t n = 2 + Below(3); n > 0; --n) {
      const std::string name = Global("op");
      const std::string factor = Number(2, 40);
      const std::string body = Pick({
          "return (int)((unsigned)a * " + factor + "u + (unsigned)b);",
          "return a > b ? a : b;",
          "return (a ^ b) & 0xfff;",
          "static unsigned calls;\n    return (int)((unsigned)a - (unsigned)b);",
          "if (b == 0) return " + factor + ";\n    return (a & 0xffff) / b;",
          "switch (a & 3) {\n    case 0: return b;\n    case 1: a = a / 2;\n    default: return "
          "a;\n"
          "    }",
      });
      Outside("static int " + name + "(int a, int b)\n{\n    " + body + "\n}\n");
      operations_.push_back(name);
    }
    table_length_ = static_cast<int>(operations_.size());
    table_ = Global("table");
    std::string list;
    const bool designated = OneIn(2);
    for (int i = table_length_ - 1; i >= 0; --i) {
      list += list.empty() ? "" : ", ";
      if (designated) list += "[" + std::to_string(i) + "] = ";
      list += Pick(operations_);
    }
    Outside(Pick({"static int (*const " + table_ + "[])(int, int) = { " + list + " };\n",
                  "typedef int (*" + table_ + "_f)(int, int);\nstatic " + table_ + "_f " + table_ +
                      "[" + std::to_string(table_length_) + "] = { " + list + " };\n"}));
    for (const Type& type : structs_) {
      Function(
          "unsigned long " + FoldName(type) + "(const " + type.name + " *p, unsigned long sum)",
          [&] {
            const Place place{"p", type, true};
            for (const Member& member : type.members)
              Fold({Dot(place, member.name), member.type, false});
            Line("return sum;");
          });
    }
  }
  void DeclareGlobals() {
    for (const Type& type : structs_) {
      for (uint64_t n = 1 + Below(2); n > 0; --n) {
        const std::string name = Global("g");
        const bool is_array = n > 1 && OneIn(2);
        const Type whole = is_array ? ArrayOf(type, 2 + static_cast<int>(Below(2))) : type;
        const bool is_zero = !whole.has_pointers && OneIn(4);
        Outside("static " + Declaration(whole, name) +
                (is_zero ? "" : " = " + Initializer(whole, false)) + ";\n");
        globals_.push_back({name, whole, false});
      }
    }
    for (uint64_t n = 1 + Below(3); n > 0; --n) {
      const Type type = OneIn(2) ? Scalar() : ArrayOf(Scalar(), 2 + static_cast<int>(Below(4)));
      const std::string name = Global("v");
      Outside("static " + Declaration(type, name) +
              (OneIn(3) ? "" : " = " + Initializer(type, false)) + ";\n");
      globals_.push_back({name, type, false});
    }
  }
  // A function for each struct that changes one, and one that makes one.
  void DeclareChanges() {
    for (const Type& type : structs_) {
      const std::string change = Global("change");
      Function("void " + change + "(" + type.name + " *p, unsigned n)", [&] {
        locals_ = {{"p", type, true}, {"n", Named("unsigned", false, 32), false}};
        const int statements = 1 + static_cast<int>(Below(3));
        for (int i = 0; i < statements; ++i) AssignTo(Leaf({"p", type, true}, 1));
        if (OneIn(2)) Line("if (n & 1u) return;");
        Statement(1);
        locals_.clear();
      });
      changes_.push_back(change);
      const std::string make = Global("make");
      Function(type.name + " " + make + "(unsigned n)", [&] {
        locals_ = {{"n", Named("unsigned", false, 32), false}};
        if (OneIn(2)) {
          Line("return (" + type.name + ")" + Initializer(type, true) + ";");
        } else {
          Line(type.name + " made = " + Initializer(type, true) + ";");
          locals_.push_back({"made", type, false});
          AssignTo(Leaf({"made", type, false}, 1));
          Line("return made;");
        }
        locals_.clear();
      });
      makers_.push_back(make);
    }
  }

  // --- statements
  void AssignTo(const Place& place) {
    const Type& type = place.type;
    const std::string& text = place.text;
    switch (type.kind) {
      case Type::Kind::kInteger:
        if (type.name == "bool") return Line(text + " = " + Word(2) + " != 0;");
        if (OneIn(2)) return Line(text + " = (" + type.name + ")" + Word(3) + ";");
        if (OneIn(4) && (!type.is_signed || type.bits < 32))
          return Line(OneIn(2) ? text + Pick({"++;", "--;"}) : Pick({"++", "--"}) + text + ";");
        if (OneIn(4) && !type.is_signed) return Line(text + " <<= " + Word(1) + " & 3u;");
        if (OneIn(4))
          return Line(text + Pick({" /= ", " %= "}) + "(unsigned long)(" + Word(1) + " | 1u);");
        return Line(text + Pick({" += ", " -= ", " *= ", " ^= ", " |= ", " &= "}) +
                    "(unsigned long)" + Word(2) + ";");
      case Type::Kind::kReal:
        return Line(text + Pick({" = ", " = ", " += ", " -= "}) + RealValue(2) + ";");
      case Type::Kind::kUnion: {
        // C leaves open what the other bytes hold once a smaller member was written.
        std::vector<Member> members = type.members;
        std::erase_if(members,
                      [&](const Member& m) { return m.type.bits < type.members[0].type.bits; });
        const Member& member = Any(members);
        const std::string value = member.type.kind == Type::Kind::kReal ? FiniteValue() : Word(2);
        return Line(Dot(place, member.name) + " = (" + member.type.name + ")(" + value + ");");
      }
      case Type::Kind::kFunction: return Line(text + " = " + Pick(operations_) + ";");
      case Type::Kind::kLink: {
        if (OneIn(2) || changes_.size() < structs_.size()) {
          std::vector<Place> saved = std::exchange(locals_, {});  // they end before the pointer
          Line(text + " = " + AddressOf(StructPlace(StructNamed(type.name))) + ";");
          locals_ = std::move(saved);
          return;
        }
        return Line("*" + text + " = " + Maker(StructNamed(type.name)) + "(" + Word(1) + ");");
      }
      default: return;
    }
  }
  std::size_t StructIndex(const Type& type) {
    std::size_t i = 0;
    while (structs_[i].name != type.name) ++i;
    return i;
  }
  std::string Maker(const Type& type) { return makers_[StructIndex(type)]; }
  void Assign() { AssignTo(Leaf(Any(Everything()), 2)); }
  void AssignStruct() {
    const Type type = Any(structs_);
    const Place to = StructPlace(type);
    const Place from = StructPlace(type);
    switch (Below(6)) {
      case 0: return Line(ValueOf(to) + " = " + ValueOf(from) + ";");
      case 1:
        return Line("memcpy(" + AddressOf(to) + ", " + AddressOf(from) + ", sizeof(" + type.name +
                    "));");
      case 2:
        if (type.has_pointers) break;
        return Line("memset(" + AddressOf(to) + ", 0, sizeof " + ValueOf(to) + ");");
      case 3: return Line(ValueOf(to) + " = (" + type.name + ")" + Initializer(type, true) + ";");
      case 4:
        if (makers_.size() < structs_.size()) break;
        return Line(ValueOf(to) + " = " + Maker(type) + "((unsigned)" + Word(1) + ");");
      default: break;
    }
    if (makers_.size() < structs_.size()) return Assign();
    Line(changes_[StructIndex(type)] + "(" + AddressOf(to) + ", (unsigned)" + Word(1) + ");");
  }
  void Statement(int depth) {
    if (depth <= 0) return OneIn(5) ? AssignStruct() : Assign();
    switch (Below(12)) {
      case 0:
      case 1: {
        Open("if (" + Word(2) + ")");
        Statement(depth - 1);
        if (OneIn(2)) {
          Close(" else {");
          indent_ += 4;
          Statement(depth - 1);
        }
        return Close();
      }
      case 2:
      case 3:
      case 4: return Loop(depth);
      case 5:
      case 6: {
        Open("switch (" + Word(2) + " % 5u)");
        for (uint64_t n = 1 + Below(3), label = Below(2); n > 0; --n) {
          Line(n == 1 && OneIn(2) ? "default:" : "case " + std::to_string(label) + ":");
          label += 1 + Below(2);
          Statement(depth - 1);
          if (!OneIn(3)) Line("break;");
        }
        return Close();
      }
      case 7: {  // a local struct
        const Type type = Any(structs_);
        Open("");
        const std::string name = Fresh("local");
        Line(type.name + " " + name + " = " +
             (OneIn(2) ? ValueOf(StructPlace(type)) : Initializer(type, true)) + ";");
        locals_.push_back({name, type, false});
        if (OneIn(2)) {
          const std::string pointer = Fresh("at");
          Line(type.name + " *" + pointer + " = &" + name + ";");
          locals_.push_back({pointer, type, true});
          AssignTo(Leaf(locals_.back(), 1));
          locals_.pop_back();
        }
        Statement(depth - 1);
        AssignTo(Leaf(locals_.back(), 1));
        locals_.pop_back();
        if (OneIn(2)) Line(ValueOf(StructPlace(type)) + " = " + name + ";");
        return Close();
      }
      case 8: {  // a pointer to a global
        const Type type = Any(structs_);
        Open("");
        const std::string name = Fresh("at");
        Line(type.name + " *" + name + " = " + AddressOf(StructPlace(type)) + ";");
        locals_.push_back({name, type, true});
        AssignTo(Leaf(locals_.back(), 1));
        Statement(depth - 1);
        locals_.pop_back();
        return Close();
      }
      default: return OneIn(3) ? AssignStruct() : Assign();
    }
  }
  void Loop(int depth) {
    const Counter counter{Fresh("i"), 2 + static_cast<int>(Below(3))};
    const std::string& i = counter.name;
    const std::string end = std::to_string(counter.end);
    const uint64_t kind = Below(3);
    if (kind == 0) Open("for (int " + i + " = 0; " + i + " < " + end + "; " + i + "++)");
    if (kind == 1) Open("for (unsigned " + i + " = " + end + "; " + i + "-- > 0;)");
    if (kind == 2) {
      Line("int " + i + " = 0;");
      Open("do");
    }
    counters_.push_back(counter);
    Statement(depth - 1);
    if (OneIn(3))
      Line("if (" + Word(1) + " % 3u == 0) " + (kind == 2 ? "break" : Pick({"break", "continue"})) +
           ";");
    if (OneIn(2)) Statement(depth - 1);
    counters_.pop_back();
    Close(kind == 2 ? " while (++" + i + " < " + end + ");" : "");
  }
  void Statements() {
    for (uint64_t n = 3 + Below(3); n > 0; --n) Statement(2);
  }

  // --- parts
  void DeclareList() {
    if (!node_.empty()) return;
    node_ = "struct " + Global("node");
    const bool next_first = OneIn(3);
    const Type key = Named(OneIn(2) ? "int" : "long", true, 32);
    const Type more = OneIn(2) ? Any(structs_) : Scalar();
    node_more_ = {"more", more, false};
    Outside(node_ + " {\n" + (next_first ? "    " + node_ + " *next;\n" : "") + "    " +
            Declaration(key, "key") + ";\n    " + Declaration(more, "more") + ";\n" +
            (next_first ? "" : "    " + node_ + " *next;\n") + "};\n");
    const std::string n = "_node" + suffix_;
    // A new one.
    const std::string member = more.kind == Type::Kind::kStruct
                                   ? OneIn(2) && !more.has_pointers
                                         ? "memset(&node->more, 0, sizeof node->more);"
                                         : "node->more = " + Maker(more) + "((unsigned)key);"
                                   : "node->more = key % 100;";
    const std::string make =
        more.kind == Type::Kind::kStruct || OneIn(2)
            ? "    node->key = key;\n    node->next = next;\n    " + member + "\n"
            : "    *node = (" + node_ + "){ .key = key, .next = next };\n";
    Outside("static " + node_ + " *new" + n + "(int key, " + node_ + " *next)\n{\n    " + node_ +
            " *node = malloc(sizeof" + Pick({"(" + node_ + ")", " *node", "(*node)"}) + ");\n" +
            (OneIn(2) ? "    if (node == NULL) return NULL;\n" : "") + make +
            "    return node;\n}\n");
    Outside("static void insert" + n + "(" + node_ + " **at, int key)\n{\n    while (" +
            Pick({"*at != NULL", "*at"}) + " && (*at)->key < key)\n        at = &(*at)->next;\n" +
            "    *at = new" + n + "(key, *at);\n}\n");
    Outside(
        "static " + node_ + " *find" + n + "(" + node_ + " *list, long key)\n{\n    " +
        Pick({"for (; list; list = list->next)\n        if (list->key == key) return list;\n"
              "    return NULL;",
              "while (list != NULL && list->key != key) list = list->next;\n    return list;"}) +
        "\n}\n");
    Outside("static " + node_ + " *reverse" + n + "(" + node_ + " *list)\n{\n    " + node_ +
            " *done = NULL;\n    while (list) {\n        " + node_ +
            " *next = list->next;\n        list->next = done;\n        done = list;\n        list "
            "= next;\n    }\n    return done;\n}\n");
    Outside(
        "static void remove" + n + "(" + node_ + " **at, int bit)\n{\n    while (*at) {\n" +
        "        " + node_ +
        " *node = *at;\n        if (node->key & bit) {\n            *at = node->next;\n" +
        "            free(node);\n        } else {\n            at = &node->next;\n        }\n" +
        "    }\n}\n");
    Outside("static unsigned long depth" + n + "(const " + node_ + " *list)\n{\n    return " +
            Pick({"list == NULL", "!list"}) + " ? " + Number(0, 9) + " : (unsigned long)list->key" +
            Pick({" * 3u", ""}) + " + 7u * depth" + n + "(list->next);\n}\n");
    Outside("static void drop" + n + "(" + node_ + " *list)\n{\n    while (list) {\n        " +
            node_ + " *next = list->next;\n        free(list);\n        list = next;\n    }\n}\n");
  }
  void BuildList(const std::string& list) {
    const std::string n = "_node" + suffix_;
    Line(node_ + " *" + list + " = NULL;");
    const std::string i = Fresh("i");
    const std::string key = "(" + i + " * " + Number(3, 7) + " + " + Number(0, 5) + ") % 11 - 2";
    Open("for (int " + i + " = 0; " + i + " < " + Number(2, 5) + "; " + i + "++)");
    Line(OneIn(2) ? list + " = new" + n + "(" + key + ", " + list + ");"
                  : "insert" + n + "(&" + list + ", " + key + ");");
    Close();
    if (OneIn(2)) Line("insert" + n + "(&" + list + ", " + Number(0, 9) + ");");
  }
  void FoldList(const std::string& list) {
    const std::string node = Fresh("node");
    Open("for (const " + node_ + " *" + node + " = " + list + "; " + node + "; " + node + " = " +
         node + "->next)");
    Line("sum = sum * 5u + (unsigned long)" + node + "->key;");
    Fold({node + "->more", node_more_.type, false});
    Close();
  }
  void List() {
    DeclareList();
    const std::string n = "_node" + suffix_;
    const std::string list = Fresh("list");
    BuildList(list);
    if (OneIn(2)) Line("sum += depth" + n + "(" + list + ");");
    FoldList(list);
    for (uint64_t i = 1 + Below(3); i > 0; --i) {
      switch (Below(4)) {
        case 0: Line(list + " = reverse" + n + "(" + list + ");"); break;
        case 1: Line("remove" + n + "(&" + list + ", " + Number(1, 2) + ");"); break;
        case 2: {
          const std::string found = Fresh("found");
          Line(node_ + " *" + found + " = find" + n + "(" + list + ", " + Number(0, 20) + ");");
          Line("if (" + found + " != NULL) " + found + "->key += 100;");
          break;
        }
        default: Line("insert" + n + "(&" + list + ", " + Number(0, 20) + ");"); break;
      }
    }
    FoldList(list);
    Line("drop" + n + "(" + list + ");");
  }

  void HeapArray() {
    const Type type = OneIn(3) ? Any(structs_) : Scalar();
    const std::string a = Fresh("a");
    const int length = 3 + static_cast<int>(Below(5));
    const std::string end = std::to_string(length);
    const std::string i = Fresh("i");
    const std::string size = "sizeof" + Pick({" *" + a, "(" + type.name + ")"});
    if (OneIn(3) && !type.has_pointers) {
      Line(type.name + " *" + a + " = calloc(" + end + ", " + size + ");");
    } else {
      Line(type.name + " *" + a + " = " + (OneIn(3) ? "(" + type.name + " *)" : "") + "malloc(" +
           end + " * " + size + ");");
      Open("for (int " + i + " = 0; " + i + " < " + end + "; " + i + "++)");
      counters_.push_back({i, length});
      if (type.kind == Type::Kind::kStruct) {
        Line(a + "[" + i + "] = " + Maker(type) + "((unsigned)" + i + ");");
      } else {
        Line("*(" + a + " + " + i + ") = (" + type.name + ")(" +
             (type.kind == Type::Kind::kReal ? FiniteValue() : Word(2)) + ");");
      }
      counters_.pop_back();
      Close();
    }
    locals_.push_back({a, ArrayOf(type, length), false});
    for (uint64_t k = 1 + Below(2); k > 0; --k) Statement(2);
    AssignTo(Leaf(locals_.back(), 2));
    int now = length;
    if (OneIn(2)) {
      const int longer = OneIn(3) ? length - 1 : length + 1 + static_cast<int>(Below(3));
      Line(a + " = realloc(" + a + ", " + std::to_string(longer) + " * " + size + ");");
      for (int k = length; k < longer; ++k) {
        const std::string element = a + "[" + std::to_string(k) + "]";
        Line(element + " = " + a + "[" + Number(0, static_cast<uint64_t>(length) - 1) + "];");
      }
      now = longer;
    }
    locals_.pop_back();
    const std::string p = Fresh("p");
    Open("for (" + type.name + " *" + p + " = " + a + "; " + p + Pick({" < ", " != "}) + a + " + " +
         std::to_string(now) + "; " + p + "++)");
    if (type.kind == Type::Kind::kStruct) {
      Fold({p, type, true});
    } else {
      Fold({"*" + p, type, false});
    }
    Line("sum += (unsigned long)(" + p + " - " + a + ");");
    Close();
    Line("free(" + a + ");");
  }

  void Tree() {
    if (tree_.empty()) {
      tree_ = "struct " + Global("tree");
      const std::string n = "_tree" + suffix_;
      const bool in_array = OneIn(2);
      const std::string left = in_array ? "child[0]" : "left";
      const std::string right = in_array ? "child[1]" : "right";
      Outside(tree_ + " {\n    " + (in_array ? tree_ + " *child[2];" : tree_ + " *left, *right;") +
              "\n    short key;\n    unsigned count : 5;\n};\n");
      Outside("static " + tree_ + " *add" + n + "(" + tree_ + " *tree, int key)\n{\n    " + tree_ +
              " **at = &tree;\n    while (*at && (*at)->key != key)\n        at = " +
              (in_array ? "&(*at)->child[key > (*at)->key]"
                        : "key < (*at)->key ? &(*at)->left : &(*at)->right") +
              ";\n    if (*at) {\n        (*at)->count++;\n        return tree;\n    }\n" +
              Pick({"    *at = calloc(1, sizeof **at);\n",
                    "    *at = malloc(sizeof(" + tree_ + "));\n    (*at)->" + left + " = (*at)->" +
                        right + " = NULL;\n    (*at)->count = 0;\n"}) +
              "    (*at)->key = (short)key;\n    return tree;\n}\n");
      Outside("static unsigned long sum" + n + "(const " + tree_ +
              " *t, unsigned level)\n{\n    if (!t) return level;\n    unsigned long sum = sum" +
              n + "(t->" + left +
              ", level + 1);\n    sum = sum * 11u + (unsigned)t->key + t->count;"
              "\n    return sum ^ sum" +
              n + "(t->" + right + ", level + 2);\n}\n");
      Outside("static void drop" + n + "(" + tree_ + " *t)\n{\n    if (t != NULL) {\n        drop" +
              n + "(t->" + left + ");\n        drop" + n + "(t->" + right +
              ");\n        free(t);\n    }\n}\n");
    }
    const std::string n = "_tree" + suffix_;
    const std::string t = Fresh("t");
    Line(tree_ + " *" + t + " = NULL;");
    std::string keys;
    const uint64_t count = 2 + Below(3);
    for (uint64_t i = 0; i < count; ++i)
      keys += (i > 0 ? ", " : "") + Pick({"", "-"}) + Number(0, 9);
    const std::string i = Fresh("i");
    Line("const int keys" + i + "[] = { " + keys + " };");
    Line("for (size_t " + i + " = 0; " + i + " < sizeof keys" + i + " / sizeof *keys" + i + "; ++" +
         i + ") " + t + " = add" + n + "(" + t + ", keys" + i + "[" + i + "]);");
    Line("sum += sum" + n + "(" + t + ", 1);");
    Line("drop" + n + "(" + t + ");");
  }

  void Recursion() {
    const std::string f = Global("down");
    const std::string c = Number(2, 19);
    switch (Below(3)) {
      case 0:
        Outside("static unsigned " + f +
                "(int n, unsigned x)\n{\n    unsigned part[2] = { x, x * " + c +
                "u };\n    if (n <= 0) return x;\n    part[n % 2] ^= " + f +
                "(n - 1, x + (unsigned)n);\n    return part[0] - part[1];\n}\n");
        return Line("sum = sum * 31u + " + f + "(" + Number(1, 12) + ", (unsigned)" + Word(1) +
                    ");");
      case 1:
        Outside("static int " + f +
                "(int n, int *calls)\n{\n    ++*calls;\n    return n < 2 ? n : " + f +
                "(n - 1, calls) + " + f + "(n - 2, calls);\n}\n");
        Open("");
        Line("int calls = 0;");
        Line("sum += (unsigned)" + f + "(" + Number(1, 5) + ", &calls) * " + c + "u;");
        Line("sum = sum * 31u + (unsigned)calls;");
        return Close();
      default:
        Outside("static int odd" + f + "(unsigned n);\nstatic int even" + f +
                "(unsigned n)\n{\n    return n == 0 ? 1 : odd" + f + "(n - 1);\n}\nstatic int odd" +
                f + "(unsigned n)\n{\n    if (n == 0) return 0;\n    return even" + f +
                "(n - 1) * " + c + " % 7;\n}\n");
        return Line("sum = sum * 31u + (unsigned)even" + f + "(" + Number(0, 12) + ");");
    }
  }

  // Structs by value, and values without a name.
  void Values() {
    const Type type = Any(structs_);
    const std::string mix = Global("mix");
    Function(type.name + " " + mix + "(" + type.name + " a, const " + type.name + " *b)", [&] {
      locals_ = {{"a", type, false}};
      AssignTo(Leaf(locals_[0], 1));
      const Member& member = Any(type.members);
      if (member.type.kind != Type::Kind::kArray)
        Line("a." + member.name + " = b->" + member.name + ";");
      Line("return " + Pick({"a", "*b", "a"}) + ";");
      locals_.clear();
    });
    const std::string literal = "(" + type.name + ")" + Initializer(type, true);
    Open("");
    Line(type.name + " value = " + mix + "(" + Pick({literal, ValueOf(StructPlace(type))}) + ", " +
         Pick({"&" + literal, AddressOf(StructPlace(type))}) + ");");
    Fold({"value", type, false});
    Line("sum ^= " + FoldName(type) + "(&" + literal + ", 5u);");
    if (OneIn(2)) {
      Line(ValueOf(StructPlace(type)) + " = value;");
      Line("const int *numbers = (int[]){ " + Number(0, 9) + ", " + Number(0, 9) + ", 3 };");
      Line("for (int i = 0; i < 3; i++) sum = sum * 3u + (unsigned)numbers[i];");
    }
    Close();
  }

  void FoldText(const std::string& text) {
    const std::string c = Fresh("c");
    Line("for (const char *" + c + " = " + text + "; *" + c + "; " + c +
         "++) sum = sum * 31u + (unsigned char)*" + c + ";");
  }
  void Texts() {
    const std::string words = Global("words");
    Outside("static const char *" + words +
            "[] = { \"one\", \"\", \"three\\n\", [3] = \"on\" };\n");
    const std::string text = Fresh("text");
    Line("char " + text + "[64] = \"" + Pick({"", "x", "abc", "tab\\tend"}) + "\";");
    for (uint64_t i = 2 + Below(3); i > 0; --i) {
      const std::string word = words + "[" + Word(1) + " % 4u]";
      switch (Below(8)) {
        case 0: Line("strcpy(" + text + ", " + word + ");"); break;
        case 1: Line("if (strlen(" + text + ") < 50) strcat(" + text + ", " + word + ");"); break;
        case 2: Line("sum = sum * 3u + (unsigned)(strcmp(" + text + ", " + word + ") < 0);"); break;
        case 3:
          Line("sum += (unsigned)snprintf(" + text + ", " + Pick({"sizeof " + text, "7"}) +
               ", \"%d:%s|%u%c\", (int)" + Word(1) + ", " + word + ", (unsigned)" + Word(1) +
               ", 'a' + (int)(" + Word(1) + " % 26u));");
          break;
        case 4:
          Line("sum += (unsigned)sprintf(" + text + ", \"%" +
               (OneIn(2) ? Pick({"05d", "3d", "d"}) + "/%lu\", (int)"
                         : Pick({"x", "4u", "08x"}) + "/%lu\", (unsigned)") +
               Word(1) + ", (unsigned long)" + Word(1) + ");");
          break;
        case 5: {
          const std::string copy = Fresh("copy");
          Line("char *" + copy + " = strdup(" + word + ");");
          Line("if (*" + copy + ") " + copy + "[0] = 'Z';");
          FoldText(copy);
          Line("free(" + copy + ");");
          break;
        }
        case 6:
          Line("sum += strchr(" + text + ", '" + Pick({"o", "a", "1", ":"}) +
               "') != NULL ? 5u : 9u;");
          break;
        default: Line("memset(" + text + ", '" + Pick({"a", "z"}) + "', 2);"); break;
      }
      FoldText(text);
    }
    Line("sum += (unsigned)(strncmp(" + text + ", \"abz\", 2) == 0) + strlen(" + text + ");");
  }

  // A machine with a stack: an enumeration, a constant table, a switch in a loop.
  void Machine() {
    const std::string e = Global("code");
    const auto name = [&](const std::string& code) { return code + "_" + e; };
    Outside("enum " + e + " { " + name("PUSH") + ", " + name("ADD") + ", " + name("MUL") + " = " +
            Number(5, 9) + ", " + name("DUP") + ", " + name("SWAP") + ", " + name("END") + " };\n");
    std::string list;
    int depth = 0;
    for (uint64_t n = 4 + Below(8); n > 0; --n) {
      if (depth < 2 || (depth < 7 && OneIn(3))) {
        const bool push = depth == 0 || OneIn(2);
        list += push ? "{ " + name("PUSH") + ", " + Pick({"", "-"}) + Number(0, 99) + " }, "
                     : "{ .code = " + name("DUP") + " }, ";
        ++depth;
        continue;
      }
      const std::string code = Pick({"ADD", "MUL", "SWAP"});
      if (code != "SWAP") --depth;
      list += "{ " + name(code) + " }, ";
    }
    const std::string run = Global("run");
    Outside("static const struct { enum " + e + " code; signed char operand; } " + run +
            "_code[] = { " + list + "{ .code = " + name("END") + " } };\n");
    Outside("static int " + run +
            "(void)\n{\n    unsigned stack[8];\n    int top = 0;\n"
            "    for (size_t pc = 0;; pc++) {\n        switch (" +
            run +
            "_code[pc].code) {\n"
            "        case " +
            name("PUSH") + ":\n            stack[top++] = (unsigned)" + run +
            "_code[pc].operand;\n            break;\n        case " + name("ADD") +
            ":\n            top--;\n            stack[top - 1] += stack[top];\n            break;\n"
            "        case " +
            name("MUL") +
            ":\n            --top;\n            stack[top - 1] *= stack[top];\n"
            "            break;\n        case " +
            name("DUP") +
            ":\n            stack[top] = stack[top - 1];\n            top++;\n            break;\n"
            "        case " +
            name("SWAP") +
            ": {\n            unsigned *a = &stack[top - 1], *b = a - 1, t = *a;\n"
            "            *a = *b;\n            *b = t;\n            break;\n        }\n        "
            "default:\n"
            "            return (int)stack[top - 1] ^ top;\n        }\n    }\n}\n");
    Line("sum = sum * 31u + (unsigned)" + run + "();");
  }

  void Matrix() {
    const Type element = OneIn(2) ? Real() : Integer();
    const int rows = 2 + static_cast<int>(Below(2));
    const int columns = 2 + static_cast<int>(Below(3));
    const std::string r = std::to_string(rows);
    const std::string c = std::to_string(columns);
    const Type type = ArrayOf(ArrayOf(element, columns), rows);
    const std::string m = Fresh("m");
    const std::string f = Global("rows");
    Function("unsigned long " + f + "(" + element.name + " " + "m[][" + c +
                 "], int rows, unsigned long sum)",
             [&] {
               Open("for (int i = 0; i < rows; i++)");
               Open("for (int j = 0; j < " + c + "; j++)");
               Line("if (i == j) continue;");
               Fold({"m[i][j]", element, false});
               Close();
               Close();
               Line("return sum;");
             });
    Line(Declaration(type, m) + " = " + Initializer(type, true) + ";");
    locals_.push_back({m, type, false});
    const std::string i = Fresh("i");
    const std::string j = Fresh("j");
    Open("for (int " + i + " = 0; " + i + " < " + r + "; " + i + "++)");
    counters_.push_back({i, rows});
    Open("for (int " + j + " = 0; " + j + " < " + c + "; " + j + "++)");
    counters_.push_back({j, columns});
    AssignTo({m + "[" + i + "][" + j + "]", element, false});
    counters_.resize(counters_.size() - 2);
    Close();
    Close();
    locals_.pop_back();
    Line("sum = " + f + "(" + m + ", " + r + ", sum);");
  }

  // Statics, functions that take functions, and jumps to the end of a function.
  void Calls() {
    const std::string next = Global("next");
    Outside("static unsigned " + next + "(void)\n{\n    static unsigned state = " + Number(1, 99) +
            ";\n    static int calls[3] = { [1] = 4 };\n    state = state * 1103515245u + 12345u;\n"
            "    calls[state % 3u]++;\n    return (state >> 8) + (unsigned)calls[1];\n}\n");
    const std::string each = Global("each");
    Outside("static int " + each +
            "(int (*f)(int, int), const int *list, size_t n)\n{\n"
            "    int value = " +
            Number(0, 9) + ";\n    while (n-- > 0) value = " + Pick({"f", "(*f)"}) +
            "(value, *list++);\n    return value;\n}\n");
    const std::string check = Global("check");
    Outside("static int " + check +
            "(unsigned n)\n{\n    int status = -1;\n    int *p = "
            "malloc(sizeof *p), *q = NULL;\n    *p = (int)(n % 10u);\n    if (n & 1u) goto out;\n"
            "    q = p;\n    status = *q + 5;\nout:\n    free(p);\n    return status;\n}\n");
    Open("for (int i = 0; i < " + Number(1, 4) + "; i++)");
    Line("sum = sum * 31u + " + next + "();");
    Close();
    Line("sum += (unsigned)" + each + "(" + Callee(1) + ", (const int[]){ 3, -1, " + Number(0, 50) +
         " }, 3);");
    Line("sum ^= (unsigned)" + check + "((unsigned)" + Word(1) + ");");
  }

  // memset and memcpy of arrays, pointers into them.
  void Blocks() {
    const Type type = Integer();
    const std::string a = Fresh("a");
    const std::string b = Fresh("b");
    const std::string p = Fresh("p");
    Line(type.name + " " + a + "[6] = " + Initializer(ArrayOf(type, 6), true) + ", " + b + "[6];");
    Line("memcpy(" + b + ", " + a + ", sizeof " + b + ");");
    const std::string n = Number(1, 3);
    switch (Below(3)) {
      case 0: Line("memset(" + a + ", 0, sizeof(" + a + "));"); break;
      case 1: Line("memmove(&" + a + "[1], " + a + ", " + n + " * sizeof " + a + "[0]);"); break;
      default:
        Line("memcpy(" + b + " + 2, &" + a + "[" + Number(0, 3) + "], " + n + " * sizeof(" +
             type.name + "));");
        break;
    }
    Line(type.name + " *" + p + " = " + b + " + " + Number(2, 4) + ";");
    locals_.push_back({a, ArrayOf(type, 6), false});
    AssignTo({p + Pick({"[-1]", "[1]", "[-2]"}), type, false});
    AssignTo({"*" + p, type, false});
    Line("sum += (unsigned long)(" + p + " - " + b + ") + (unsigned long)(" + p + " > " + b + ");");
    Line("sum += (unsigned long)*" + p + "++;");
    locals_.pop_back();
    Fold({a, ArrayOf(type, 6), false});
    Fold({b, ArrayOf(type, 6), false});
    Line("sum += (unsigned long)(*--" + p + " == " + b + "[3]);");
  }

  // --- mistakes
  void Plant(ErrorKind kind, const char* mistake, const std::string& bad,
             const std::string& good = "") {
    program_.error = kind;
    program_.mistake = mistake;
    program_.results_before = program_.results;
    Line(kBad + bad + kGood + good);
  }
  // `bad` here, or the same with `pointer` in a function of its own.
  void PlantUse(ErrorKind kind, const char* mistake, const std::string& type,
                const std::string& pointer, const std::string& use) {
    if (OneIn(2)) return Plant(kind, mistake, "sum += (unsigned long)" + pointer + use + ";");
    const std::string look = Global("look");
    Function("unsigned long " + look + "(" + type + " *p)", [&] {
      Line("unsigned long got = 3;");
      Plant(kind, mistake, "got += (unsigned long)p" + use + ";");
      Line("return got;");
    });
    Line("sum += " + look + "(" + pointer + ");");
  }
  void Mistake() {
    DeclareList();
    const std::string n = "_node" + suffix_;
    const std::string list = Fresh("list");
    BuildList(list);
    FoldList(list);
    const std::string old = Fresh("old");
    switch (Below(9)) {
      case 0: {  // use after free
        Line(node_ + " *" + old + " = " + list + ";");
        Line(list + " = " + old + "->next;");
        Line("free(" + old + ");");
        PlantUse(ErrorKind::kPointer, "use after free", node_, old, "->key");
        break;
      }
      case 1: {  // the list is freed, and its end has another name
        Line(node_ + " *" + old + " = " + list + ";");
        Line("while (" + old + "->next) " + old + " = " + old + "->next;");
        Line("drop" + n + "(" + list + ");");
        Line(list + " = NULL;");
        Plant(ErrorKind::kPointer, "write after free", old + "->key = 5;");
        break;
      }
      case 2:
        Line(node_ + " *" + old + " = " + list + ";");
        Line(list + " = " + list + "->next;");
        Line("free(" + old + ");");
        Plant(ErrorKind::kMisuse, "double free", "free(" + old + ");");
        break;
      case 3:
        Line(node_ + " *" + old + " = find" + n + "(" + list + ", 1000);");
        PlantUse(ErrorKind::kPointer, "null", node_, old, "->key");
        break;
      case 4: {  // behind the end of the list
        Line(node_ + " *" + old + " = " + list + ";");
        Line("while (" + old + ") " + old + " = " + old + "->next;");
        Plant(ErrorKind::kPointer, "null", old + "->next = NULL;");
        break;
      }
      case 5:
        Line(node_ + " *" + old + " = malloc(sizeof *" + old + ");");
        Line(old + "->next = NULL;");
        PlantUse(ErrorKind::kUnwritten, "unwritten", node_, old, "->key");
        Line("free(" + old + ");");
        break;
      case 6: {
        const std::string length = Number(2, 9);
        const std::string i = Fresh("i");
        const Type type = Integer();
        Line(type.name + " *" + old + " = malloc(" + length + " * sizeof *" + old + ");");
        Open("for (int " + i + " = 0; " + i + " < " + length + " - 1; " + i + "++)");
        Line(old + "[" + i + "] = (" + type.name + ")" + i + ";");
        Close();
        if (OneIn(2)) {
          PlantUse(ErrorKind::kUnwritten, "unwritten", type.name, old, "[" + length + " - 1]");
        } else {
          Line(old + "[" + length + " - 1] = 1;");
          PlantUse(ErrorKind::kPointer, "bounds", type.name, old, "[" + length + "]");
        }
        Line("free(" + old + ");");
        break;
      }
      case 7: {  // an index behind or before an array, through a pointer
        const Type type = Integer();
        const std::string array = Global("array");
        Outside("static " + type.name + " " + array + "[4] = { 1, 0, 1 };\n");
        Line(type.name + " *" + old + " = " + array + " + 1;");
        if (OneIn(2)) {
          PlantUse(ErrorKind::kPointer, "bounds", type.name, old, Pick({"[3]", "[-2]"}));
        } else {
          const std::string i = Fresh("i");
          Open("for (int " + i + " = 0; " + i + " <= 3; " + i + "++)");
          Plant(ErrorKind::kPointer, "bounds", old + "[" + i + "] = 0;",
                "if (" + i + " < 3) " + old + "[" + i + "] = 0;");
          Close();
        }
        break;
      }
      default: {  // the old name of a block that has moved
        Line("int *" + old + " = calloc(3, sizeof(int)), *more" + old + ";");
        Line("more" + old + " = realloc(" + old + ", 5 * sizeof(int));");
        Line("more" + old + "[4] = 1;");
        PlantUse(ErrorKind::kPointer, "use after realloc", "int", old, "[1]");
        Line("free(more" + old + ");");
        break;
      }
    }
    Line("drop" + n + "(" + list + ");");
  }

  void Render(const std::string& marked) {
    int line = 1;
    bool in_bad = false;
    bool in_good = false;
    for (const char c : marked) {
      if (c == kBad) {
        in_bad = true;
        program_.planted_line = line;
        continue;
      }
      if (c == kGood) {
        in_bad = false;
        in_good = true;
        continue;
      }
      if (c == '\n') {
        in_good = false;
        ++line;
      }
      if (!in_good) program_.text += c;
      if (!in_bad) program_.mended += c;
    }
  }

  uint64_t seed_;
  int number_;
  std::mt19937_64 random_;
  std::string suffix_;
  int next_ = 0;
  int indent_ = 0;
  std::string outside_;
  std::string out_;
  WholeProgram program_;
  std::vector<Type> structs_, unions_;
  std::vector<Place> globals_, locals_;
  std::vector<Counter> counters_;
  Words operations_, changes_, makers_;
  std::string table_;
  int table_length_ = 0;
  std::string node_, tree_;
  Place node_more_;
};

}  // namespace

WholeProgram RandomWholeProgram(uint64_t seed, int number) {
  return ProgramGenerator(seed, number).Generate(false);
}

WholeProgram RandomMistakenProgram(uint64_t seed, int number) {
  return ProgramGenerator(seed, number).Generate(true);
}

}  // namespace interleave
