// The soup grows from a grammar: a statement is drawn with the depth that is
// left, an expression with the names in scope. Values written to shared memory
// are mostly cut to two bits, which keeps state spaces small; loops have bounds
// unless they wait for somebody. Whether a scenario may fail at run time
// (index, division, overflow, pointers, loops without end) is drawn once for
// the whole of it: where every second line may fail, nothing deep is ever
// reached.
//
// The other themes are textbook programs with a part left out or exchanged.
// Grammars seldom write a lock, and what explorers get wrong is at the end of
// long runs.
//
// std::mt19937_64 is the same everywhere; the standard's distributions are not,
// so draws are taken modulo.

#include "tests/support/random_program.h"

#include <fmt/args.h>
#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <random>
#include <utility>
#include <vector>

namespace interleave {
namespace {

using Strings = std::vector<std::string>;

// A piece of text for Fill: a string or a number.
struct Piece {
  Piece(const char* value) : text(value) {}
  Piece(std::string value) : text(std::move(value)) {}
  Piece(int value) : text(fmt::to_string(value)) {}
  std::string text;
};

// fmt::format, but with the pieces in a list: there, and only there, C++
// evaluates from left to right, so that draws come in the same order with every
// compiler.
std::string Fill(const char* pattern, std::initializer_list<Piece> pieces) {
  fmt::dynamic_format_arg_store<fmt::format_context> store;
  for (const Piece& piece : pieces) store.push_back(piece.text);
  return fmt::vformat(pattern, store);
}

class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}
  // 0 .. n - 1.
  int Below(int n) { return static_cast<int>(engine_() % static_cast<uint64_t>(n)); }
  int Between(int low, int high) { return low + Below(high - low + 1); }
  bool Percent(int percent) { return Below(100) < percent; }
  template <class List>
  const auto& Of(const List& list) {
    return list[static_cast<std::size_t>(Below(static_cast<int>(list.size())))];
  }
  std::string Word(std::initializer_list<const char*> words) {
    return *(words.begin() + Below(static_cast<int>(words.size())));
  }

 private:
  std::mt19937_64 engine_;
};

// A scenario in parts, so that processes can change places.
struct Parts {
  std::string head;
  Strings processes;
  std::string tail;

  std::string Join(bool reversed) const {
    std::string text = head;
    Strings in_order = processes;
    if (reversed) std::reverse(in_order.begin(), in_order.end());
    for (const std::string& process : in_order) text += process;
    return text + tail;
  }
};

class Soup {
 public:
  Soup(Dice& dice, std::string prefix) : dice_(dice), prefix_(std::move(prefix)) {}

  Parts Make() {
    risky_ = dice_.Percent(30);
    may_diverge_ = risky_ && dice_.Percent(40);
    wide_ = dice_.Percent(20);
    Globals();
    Functions();
    const int processes = dice_.Of(std::vector<int>{1, 2, 2, 2, 2, 2, 3, 3, 4});
    for (int left = processes, number = 0; left > 0; ++number) {
      const int copies = left > 1 && dice_.Percent(30) ? 2 : 1;
      parts_.processes.push_back(Process(number, copies, processes));
      left -= copies;
    }
    Properties();
    return std::move(parts_);
  }

 private:
  struct Place {
    std::string name;
    int size = 0;               // elements; 0: a scalar
    bool is_pointable = false;  // an int
  };
  struct ProcessInfo {
    std::string name;
    int copies = 1;
    Strings locals, labels, sections;
    // "p0" or "p1[1]"
    std::string Reference(Dice& dice) const {
      return copies == 1 ? name : Fill("{}[{}]", {name, dice.Below(copies)});
    }
  };

  std::string Name(const char* kind) { return Fill("{}{}{}", {prefix_, kind, names_++}); }

  // --- what is declared outside

  std::string ScalarType() {
    return dice_.Word({"int", "int", "int", "char", "bool", "unsigned", "uint8_t", "int8_t",
                       "int16_t", "uint16_t", "int64_t", "uint64_t", "enum color"});
  }

  void Globals() {
    std::string& out = parts_.head;
    out += Fill("#define LIMIT {}\n", {dice_.Between(1, 2)});
    out += "enum color { RED, GREEN, BLUE };\n";
    const bool unwritten = dice_.Percent(15);
    const int scalars = dice_.Between(1, 3);
    for (int i = 0; i < scalars; ++i) {
      const std::string type = ScalarType();
      const std::string name = Name("x");
      std::string start = unwritten && dice_.Percent(50) ? "" : Fill(" = {}", {dice_.Below(2)});
      if (type == "enum color" && !start.empty()) start = " = GREEN";
      out += Fill("shared {}{} {}{};\n", {dice_.Percent(10) ? "atomic " : "", type, name, start});
      shared_.push_back({name, 0, type == "int"});
    }
    if (dice_.Percent(50)) {
      const int size = dice_.Between(2, 3);
      const std::string name = Name("a");
      const std::string type = dice_.Word({"int", "char", "uint8_t"});
      out += Fill("shared {} {}[{}]{};\n",
                  {type, name, size,
                   unwritten && dice_.Percent(50) ? "" : dice_.Word({" = {}", " = {1}"})});
      shared_.push_back({name, size, type == "int"});
    }
    if (dice_.Percent(20)) {
      const std::string name = Name("q");
      bounded_ = dice_.Percent(60);
      if (bounded_) {
        out += Fill("shared queue<int, {}> {};\n", {dice_.Between(1, 2), name});
      } else {
        out += Fill("option queue_cap = {};\nshared queue<uint8_t> {};\n",
                    {dice_.Between(1, 3), name});
      }
      queue_ = name;
    }
    if (dice_.Percent(15)) {
      pair_ = Name("s");
      out += Fill(
          "struct pair {{ int first; char second; }};\nshared struct "
          "pair {} = {{1, 'a'}};\n",
          {pair_});
      if (dice_.Percent(50))
        out += Fill("shared struct pair {}b = {{}};\n", {pair_});
      else
        out += Fill("shared struct pair {}b;\n", {pair_});
    }
    if (dice_.Percent(40)) {
      ghost_ = Name("g");
      out += Fill("ghost int {} = 0;\n", {ghost_});
    }
    if (may_diverge_ && dice_.Percent(50)) out += "option local_limit = 600;\n";
    marks_ = dice_.Percent(25);
    if (marks_ && dice_.Percent(30)) {
      out += Fill("option outstanding = {};\n", {dice_.Between(1, 2)});
    }
    if (dice_.Percent(15)) out += "const int TWO = 2;\n", constants_.push_back("TWO");
    constants_.push_back("LIMIT");
  }

  void Functions() {
    if (dice_.Percent(25)) {
      function_ = Name("f");
      Strings locals = {"v"};
      std::swap(locals, locals_);
      in_function_ = true;
      std::string body = Fill("    if ({}) return {};\n", {Condition(1), Value(1)});
      if (dice_.Percent(50)) body += "    " + Store() + ";\n";
      parts_.head += Fill("int {}(int v) {{\n{}    return {};\n}}\n", {function_, body, Value(2)});
      in_function_ = false;
      std::swap(locals, locals_);
    }
    if (dice_.Percent(15)) {
      procedure_ = Name("f");
      Strings locals = {"v"};
      std::swap(locals, locals_);
      in_function_ = true;
      parts_.head += Fill("void {}(int v) {{\n    {};\n    {};\n}}\n",
                          {procedure_, Store(), dice_.Percent(50) ? Store() : "step"});
      in_function_ = false;
      std::swap(locals, locals_);
    }
    if (dice_.Percent(15)) {
      pure_ = Name("f");
      parts_.head +=
          Fill("bool {}(int v) {{ int w = v + 1; return {} == (w & 1); }}\n", {pure_, Shared(0)});
    }
  }

  // --- expressions

  // A shared scalar or an element, readable and writable.
  std::string Shared(int depth) {
    const Place& place = dice_.Of(shared_);
    if (!pair_.empty() && dice_.Percent(15)) {
      return Fill("{}{}{}", {pair_, dice_.Word({"", "b"}), dice_.Word({".first", ".second"})});
    }
    return place.size == 0 ? place.name : Element(place, depth);
  }

  std::string Element(const Place& array, int depth) {
    std::string index = std::to_string(dice_.Below(array.size));
    if (dice_.Percent(60)) {
      const std::string inner = depth > 0 ? Value(depth - 1) : Leaf();
      index = risky_ && dice_.Percent(40) ? inner
              : array.size == 2           ? Fill("({}) & 1", {inner})
                                          : Fill("(({}) & 3) % 3", {inner});
    }
    return Fill("{}[{}]", {array.name, index});
  }

  std::string Leaf() {
    const int kind = dice_.Below(10);
    if (kind < 3 && !locals_.empty()) return dice_.Of(locals_);
    if (kind < 4 && !constants_.empty() && !looking_) return dice_.Of(constants_);
    if (kind < 5 && !in_function_ && !looking_) return "self";
    if (risky_ && dice_.Percent(5)) return dice_.Word({"2147483647", "-1", "300", "4294967295u"});
    return std::to_string(dice_.Below(4));
  }

  std::string Value(int depth) {
    if (depth <= 0) return dice_.Percent(45) ? Shared(0) : Leaf();
    const std::string a = Value(depth - 1);
    switch (dice_.Below(risky_ ? 16 : 13)) {
      case 0: return Fill("({}) + {}", {a, Leaf()});
      case 1: return Fill("({}) - ({})", {a, Value(depth - 1)});
      case 2: return Fill("(({}) & 7) * {}", {a, Leaf()});
      case 3: return Fill("({}) % 3", {a});
      case 4: return Fill("({}) ^ {}", {a, dice_.Below(4)});
      case 5: return Fill("({}) | ({})", {a, Leaf()});
      case 6: return Fill("(({}) & 3) << {}", {a, dice_.Below(3)});
      case 7: return Fill("({}) >> 1", {a});
      case 8: return Fill("{} ? {} : {}", {Condition(depth - 1), a, Leaf()});
      case 9: return Fill("({})({})", {dice_.Word({"char", "uint8_t", "unsigned", "int64_t"}), a});
      case 10: return Fill("~({})", {a});
      case 11: return Fill("({})", {Condition(depth - 1)});
      case 12: return a;
      case 13: return Fill("{} / ({})", {Leaf(), a});
      case 14: return Fill("({}) % ({})", {a, Leaf()});
      default: return Fill("({}) * ({})", {a, Leaf()});
    }
  }

  std::string Condition(int depth) {
    if (!pure_.empty() && !in_function_ && dice_.Percent(6)) {
      return Fill("{}({})", {pure_, Leaf()});
    }
    const std::string compare = dice_.Word({"==", "!=", "<", ">=", ">", "<="});
    switch (depth > 0 ? dice_.Below(8) : 7) {
      case 0: return Fill("({}) && ({})", {Condition(depth - 1), Condition(depth - 1)});
      case 1: return Fill("({}) || ({})", {Condition(depth - 1), Condition(depth - 1)});
      case 2: return Fill("!({})", {dice_.Percent(50) ? Condition(depth - 1) : Shared(0)});
      case 3: return Shared(0);
      case 4: return Fill("({}) {} ({})", {Value(depth - 1), compare, Value(depth - 1)});
      default: return Fill("{} {} {}", {Shared(0), compare, Leaf()});
    }
  }

  // What is stored: mostly two bits of it.
  std::string Cut(const std::string& value) {
    if (risky_ && dice_.Percent(30)) return value;
    const int bits = wide_ ? 7 : dice_.Of(std::vector<int>{1, 3, 3});
    return Fill("({}) & {}", {value, bits});
  }

  // --- statements

  std::string Store() {
    const std::string place = Shared(1);
    switch (dice_.Below(8)) {
      case 0: return Fill("{} ^= {}", {place, dice_.Between(1, 3)});
      case 1: return Fill("{} &= {}", {place, Leaf()});
      case 2: return risky_ || wide_ ? place + dice_.Word({"++", "--"}) : place + " = 1";
      case 3: return Fill("{} = {}", {place, dice_.Below(3)});
      default: return Fill("{} = {}", {place, Cut(Value(dice_.Between(0, 2)))});
    }
  }

  std::string Indent(int level) const {
    return std::string(static_cast<std::size_t>(level) * 4, ' ');
  }

  std::string Block(int level, int depth, int statements) {
    std::string text = "{\n";
    const std::size_t locals = locals_.size();
    for (int i = 0; i < statements; ++i) text += Statement(level + 1, depth - 1);
    locals_.resize(locals);
    return text + Indent(level) + "}\n";
  }

  std::string Loop(int level, int depth) {
    const std::string in = Indent(level);
    ++loops_;
    std::string text;
    switch (dice_.Below(5)) {
      case 0:
        text = Fill("{}repeat ({}) {}", {in, dice_.Between(1, 2), Block(level, depth, 1)});
        break;
      case 1: {
        const std::string i = Name("i");
        locals_.push_back(i);
        text = Fill(
            "{}for (int {} = 0; {} < {}; {}++) {}",
            {in, i, i, dice_.Word({"2", "LIMIT"}), i, Block(level, depth, dice_.Between(1, 2))});
        locals_.pop_back();
        break;
      }
      case 2:
        text =
            Fill("{}while ({}) {}", {in, Condition(1), Block(level, depth, dice_.Between(1, 2))});
        break;
      case 3: {
        const std::string n = Name("n");
        text = Fill("{}int {} = {};\n{}do {}{}while (--{} > 0{});\n",
                    {in, n, dice_.Between(1, 2), in, Block(level, depth, 1), in, n,
                     dice_.Percent(30) ? " && " + Shared(0) : ""});
        break;
      }
      default:
        if (depth > 1 || !dice_.Percent(30)) {
          text = Fill("{}while ({})\n{}    ;\n", {in, Condition(dice_.Below(2)), in});
        } else {
          text = Fill("{}for (;;) {}", {in, Block(level, depth, 2)});
        }
    }
    --loops_;
    return text;
  }

  // What may stand inside `atomic`: nothing that blocks, no sections, no loops
  // without end.
  std::string AtomicBody(int level) {
    std::string text;
    if (dice_.Percent(50)) text += Fill("{}await ({});\n", {Indent(level), Condition(1)});
    const int statements = dice_.Between(1, 2);
    for (int i = 0; i < statements; ++i) {
      switch (dice_.Below(5)) {
        case 0: text += Fill("{}if ({}) {};\n", {Indent(level), Condition(1), Store()}); break;
        case 1:
          text += Fill("{}if ({}) {} = {};\n", {Indent(level), Condition(0), AnyLocal(), Value(1)});
          break;
        default: text += Indent(level) + Store() + ";\n";
      }
    }
    return text;
  }

  std::string AnyLocal() {
    return base_locals_[static_cast<std::size_t>(
        dice_.Below(static_cast<int>(base_locals_.size())))];
  }

  std::string Select(int level, int depth) {
    const std::string in = Indent(level);
    std::string text = in + "select {\n";
    const int alternatives = dice_.Between(1, 3);
    for (int i = 0; i < alternatives; ++i) {
      text += Fill("{}    when ({}) ", {in, Condition(1)});
      if (dice_.Percent(40))
        text += Fill("atomic {{ {}; }}\n", {Store()});
      else if (depth > 1)
        text += Block(level + 1, depth - 1, 1);
      else
        text += Fill("{};\n", {Store()});
    }
    if (dice_.Percent(25)) text += Fill("{}    else {};\n", {in, dice_.Percent(50) ? "" : Store()});
    return text + in + "}\n";
  }

  std::string Switch(int level, int depth) {
    const std::string in = Indent(level);
    std::string text = Fill("{}switch ({}) {{\n", {in, Value(1)});
    const int cases = dice_.Between(1, 2);
    ++switches_;
    for (int i = 0; i < cases; ++i) {
      text += Fill("{}case {}:\n{}", {in, i, Statement(level + 1, depth - 1)});
      if (dice_.Percent(70)) text += in + "    break;\n";
    }
    if (dice_.Percent(60)) text += Fill("{}default: {};\n", {in, dice_.Percent(50) ? "" : Store()});
    --switches_;
    return text + in + "}\n";
  }

  std::string Pointer(int level) {
    const std::string in = Indent(level);
    std::vector<const Place*> targets;
    for (const Place& place : shared_) {
      if (place.is_pointable) targets.push_back(&place);
    }
    const std::string p = Name("p");
    std::string text;
    if (targets.empty() || dice_.Percent(25)) {
      // A local whose address is taken.
      const std::string v = Name("v");
      text = Fill("{}int {} = {};\n{}int *{} = &{};\n", {in, v, dice_.Below(3), in, p, v});
    } else {
      const Place& target = *dice_.Of(targets);
      const std::string of = target.size == 0 ? "&" + target.name : target.name;
      text = Fill("{}int *{} = {};\n", {in, p, risky_ && dice_.Percent(20) ? "NULL" : of});
      if (target.size > 1) {
        text += Fill("{}{} += {};\n", {in, p, risky_ ? dice_.Below(4) : dice_.Below(2)});
      }
    }
    text += Fill("{}*{} = {};\n", {in, p, Cut(Value(1))});
    if (dice_.Percent(50)) text += Fill("{}{} = *{} & 3;\n", {in, AnyLocal(), p});
    return text;
  }

  std::string Statement(int level, int depth) {
    const std::string in = Indent(level);
    const int kind = dice_.Below(100);
    if (depth > 0) {
      if (kind < 12) {
        std::string text = Fill("{}if ({}) {}", {in, Condition(1), Block(level, depth, 1)});
        if (dice_.Percent(40)) text += Fill("{}else {}", {in, Block(level, depth, 1)});
        return text;
      }
      if (kind < 24) return Loop(level, depth);
      if (kind < 27) return Select(level, depth);
      if (kind < 29) return Switch(level, depth);
      if (kind < 31 && sections_allowed_) {
        const std::string section = Name("S");
        current_->sections.push_back(section);
        return Fill("{}section {} {}", {in, section, Block(level, depth, 1)});
      }
    }
    if (kind < 40) return Fill("{}atomic {{\n{}{}}}\n", {in, AtomicBody(level + 1), in});
    if (kind < 44) return Fill("{}await ({});\n", {in, Condition(1)});
    if (kind < 48) return Fill("{}{} = choose (0 .. {});\n", {in, AnyLocal(), dice_.Between(1, 2)});
    if (kind < 51)
      return Fill("{}{} ({});\n",
                  {in, "assert", Fill("({}) || {} < 2", {Condition(1), Shared(0)})});
    if (kind < 53) return Fill("{}assume ({});\n", {in, Condition(0)});
    if (kind < 57 && !ghost_.empty()) {
      return Fill("{}ghost {} = ({} + {}) & 3;\n", {in, ghost_, ghost_, Shared(0)});
    }
    if (kind < 64 && marks_) {
      return Fill("{}{}({});\n", {in, dice_.Word({"produced", "produced", "consumed"}),
                                  dice_.Percent(60) ? "1" : Value(0)});
    }
    if (kind < 70 && !queue_.empty()) {
      switch (dice_.Below(4)) {
        case 0: return Fill("{}append({}, {});\n", {in, queue_, Cut(Value(1))});
        case 1: return Fill("{}{} = take({});\n", {in, AnyLocal(), queue_});
        case 2: {
          const std::string local = AnyLocal();
          return Fill("{}atomic {{ {} = ({} + take({})) & 3; {}; }}\n",
                      {in, local, local, queue_, Store()});
        }
        default: return Fill("{}if (!empty({})) {};\n", {in, queue_, Store()});
      }
    }
    if (kind < 72) return in + "step;\n";
    if (kind < 74 && (loops_ > 0 || switches_ > 0))
      return Fill("{}if ({}) break;\n", {in, Condition(0)});
    if (kind < 76 && loops_ > 0) return Fill("{}if ({}) continue;\n", {in, Condition(0)});
    if (kind < 77) return Fill("{}if ({}) return;\n", {in, Condition(0)});
    if (kind < 80 && !current_->labels.empty()) {
      return Fill("{}if ({}) goto {};\n", {in, Condition(1), dice_.Of(current_->labels)});
    }
    if (kind < 83 && !function_.empty()) {
      return Fill("{}{} = {}({}) & 3;\n", {in, AnyLocal(), function_, Value(1)});
    }
    if (kind < 85 && !procedure_.empty()) return Fill("{}{}({});\n", {in, procedure_, Value(1)});
    if (kind < 88 && level == 1) return Pointer(level);
    if (kind < 89 && !pair_.empty()) return Fill("{}{}b = {};\n", {in, pair_, pair_});
    if (kind < 90 && may_diverge_) {
      return dice_.Percent(60)
                 ? Fill("{}while ({} == {})\n{}    ;\n", {in, AnyLocal(), dice_.Below(2), in})
                 : Fill("{}for (int k = 0; k < 700; k++)\n{}    ;\n", {in, in});
    }
    if (kind < 92 && level == 1) {
      const std::string local = Name("l");
      const std::string value = Value(1);
      locals_.push_back(local);
      return Fill("{}{} {} = {};\n",
                  {in, dice_.Word({"int", "char", "unsigned", "int64_t"}), local, value});
    }
    if (kind < 94) return Fill("{}{} = {};\n", {in, AnyLocal(), Cut(Value(2))});
    return in + Store() + ";\n";
  }

  std::string Process(int number, int copies, int processes) {
    infos_.emplace_back();
    current_ = &infos_.back();
    current_->name = Fill("{}p{}", {prefix_, number});
    current_->copies = copies;
    locals_.clear();
    const bool daemon = dice_.Percent(10);
    std::string text = Fill("{}process {}{} {{\n", {daemon ? "daemon " : "", current_->name,
                                                    copies > 1 ? Fill("[{}]", {copies}) : ""});
    for (int i = dice_.Between(1, 2); i > 0; --i) {
      const std::string local = Name("l");
      text +=
          Fill("    int {} = {};\n", {local, dice_.Percent(15)   ? "choose (0 .. 1)"
                                             : dice_.Percent(15) ? Shared(0)
                                                                 : std::to_string(dice_.Below(2))});
      locals_.push_back(local);
      current_->locals.push_back(local);
    }
    base_locals_ = locals_;
    static constexpr int kStatements[] = {0, 10, 6, 4, 3};
    int statements = dice_.Between(1, kStatements[processes]);
    const bool again = dice_.Percent(20);
    if (again) statements = std::min(statements, 3);
    // Labels stand at the outermost level; their gotos go backwards, so that
    // they close loops.
    const int label_at = dice_.Percent(30) ? dice_.Below(statements) : -1;
    sections_allowed_ = true;
    if (again)
      text += daemon || dice_.Percent(50) ? "    for (;;) {\n" : "    repeat (LIMIT) {\n", ++loops_;
    for (int i = 0; i < statements; ++i) {
      if (i == label_at) {
        const std::string label = Name("L");
        current_->labels.push_back(label);
        text += Fill("{}:\n", {label});
        text += "    " + Store() + ";\n";
        continue;
      }
      text += Statement(again ? 2 : 1, processes <= 2 ? 2 : 1);
    }
    if (again) text += "    }\n", --loops_;
    return text + "}\n";
  }

  // --- properties

  std::string Watched() {
    const ProcessInfo& process = dice_.Of(infos_);
    const std::string p = process.Reference(dice_);
    switch (dice_.Below(10)) {
      case 0: return Fill("done({})", {p});
      case 1: return Fill("waiting({})", {p});
      case 2: return Fill("blocked({})", {p});
      case 3:
        if (!process.labels.empty()) return Fill("{} @ {}", {p, process.labels[0]});
        break;
      case 4:
        if (!process.sections.empty()) return Fill("{} in section {}", {p, process.sections[0]});
        break;
      case 5:
        if (!ghost_.empty()) return Fill("{} < {}", {ghost_, dice_.Between(1, 3)});
        break;
      case 6:
        if (marks_) return Fill("items <= {}", {dice_.Between(0, 2)});
        break;
      case 7: {
        const ProcessInfo& other = infos_.back();
        if (other.copies > 1) {
          return Fill("{} (k : 0 .. {}) {}[k].{} == {}",
                      {dice_.Word({"forall", "exists"}), other.copies - 1, other.name,
                       other.locals[0], dice_.Below(2)});
        }
        break;
      }
      case 8: {
        const Place& place = dice_.Of(shared_);
        if (place.size == 2) return Fill("{} != {{{}, _}}", {place.name, dice_.Below(2)});
        return Fill("!unwritten({})", {place.size == 0 ? place.name : place.name + "[1]"});
      }
      default: return Fill("{}.{} <= {}", {p, process.locals[0], dice_.Between(0, 3)});
    }
    return Condition(1);
  }

  void Properties() {
    looking_ = true;
    locals_.clear();
    std::string& out = parts_.tail;
    const auto fact = [&] {
      return Fill("({}) || ({})", {Watched(), dice_.Percent(50) ? Watched() : Condition(0)});
    };
    if (dice_.Percent(35)) out += Fill("invariant I: {};\n", {fact()});
    if (dice_.Percent(15)) out += Fill("invariant J: {} => {};\n", {Condition(0), Watched()});
    if (dice_.Percent(20))
      out += Fill("never N: ({}) && ({}) && {} > 1;\n", {Watched(), Condition(1), Shared(0)});
    if (dice_.Percent(15))
      out += Fill("reachable R: ({}) && {} == {};\n", {Watched(), Shared(0), dice_.Below(4)});
    if (marks_ && dice_.Percent(50)) out += "property fifo;\n";
    if (marks_ && dice_.Percent(50)) out += "property exactly_once;\n";
    if (dice_.Percent(12)) {
      for (const Place& place : shared_) {
        if (place.size > 0) out += Fill("property slots ({});\n", {place.name});
      }
    }
    if (dice_.Percent(15)) out += "property race;\n";
  }

  Dice& dice_;
  const std::string prefix_;
  Parts parts_;
  bool risky_ = false, may_diverge_ = false, wide_ = false, marks_ = false, bounded_ = false;
  bool in_function_ = false, looking_ = false, sections_allowed_ = false;
  int names_ = 0, loops_ = 0, switches_ = 0;
  std::vector<Place> shared_;
  std::vector<ProcessInfo> infos_;
  ProcessInfo* current_ = nullptr;
  std::string queue_, pair_, ghost_, function_, procedure_, pure_;
  Strings constants_, locals_, base_locals_;
};

// The circular buffer, with something missing or out of order.
Parts MakeRing(Dice& dice, const std::string& p) {
  Parts parts;
  const int producers = dice.Percent(25) ? 2 : 1;
  const int consumers = dice.Percent(20) ? 2 : 1;
  const int items = dice.Between(1, producers + consumers > 2 ? 1 : 3);
  const bool daemon = dice.Percent(15);
  const bool counted = dice.Percent(25);
  parts.head = Fill("#define SIZE {}\n", {dice.Between(2, 3)});
  const std::string in = p + "in", out = p + "out", buffer = p + "buffer", count = p + "count";
  parts.head += Fill("shared char {}[SIZE]{};\nshared {} {} = 0, {} = 0{};\n",
                     {buffer, dice.Percent(50) ? "" : " = {}", dice.Word({"int", "uint8_t"}), in,
                      out, counted ? ", " + count + " = 0" : ""});
  const int mistake = dice.Percent(45) ? 0 : dice.Between(1, 6);
  std::string full = Fill("({} + 1) % SIZE == {}", {in, out});
  std::string empty = Fill("{} == {}", {in, out});
  if (counted) {
    full = count + " == SIZE";
    empty = count + " == 0";
  }
  if (mistake == 1) full = "false";
  if (mistake == 2) empty = "false";
  if (mistake == 3) full = Fill("({} + 2) % SIZE == {}", {in, out});
  const bool await = dice.Percent(25);
  const auto hold = [&](const std::string& condition) {
    return await ? Fill("        await (!({}));\n", {condition})
                 : Fill("        while ({})\n            ;\n", {condition});
  };
  const std::string put = Fill("        {}[{}] = item;\n", {buffer, in});
  const std::string publish = mistake == 4 && dice.Percent(50)
                                  ? Fill("        {} = ({} + 2) % SIZE;\n", {in, in})
                                  : Fill("        {} = ({} + 1) % SIZE;\n", {in, in});
  const std::string up = counted ? Fill("        {}++;\n", {count}) : "";
  const std::string down = counted ? Fill("        {}--;\n", {count}) : "";
  parts.processes.push_back(
      Fill("process {}producer{} {{\n    for (char item = 'a'; item < 'a' + "
           "{}; item++) {{\n{}{}{}{}        "
           "produced(item);\n    }}\n}}\n",
           {p, producers > 1 ? "[2]" : "", items, hold(full), mistake == 4 ? publish : put,
            mistake == 4 ? put : publish, up}));
  const int taken = producers == 2 && consumers == 1 && dice.Percent(70)   ? items * 2
                    : producers == 1 && consumers == 2 && dice.Percent(50) ? 1
                                                                           : items;
  parts.processes.push_back(
      Fill("{}process {}consumer{} {{\n    {} {{\n{}        char item = "
           "{}[{}];\n        {} = ({} + 1) % "
           "SIZE;\n{}{}    }}\n}}\n",
           {daemon ? "daemon " : "", p, consumers > 1 ? "[2]" : "",
            daemon ? "for (;;)" : Fill("repeat ({})", {mistake == 5 ? taken + 1 : taken}),
            hold(empty), buffer, out, out, out, down,
            mistake == 6 && dice.Percent(50) ? "        if (item != 'a') consumed(item);\n"
                                             : "        consumed(item);\n"}));
  if (dice.Percent(60)) parts.tail += "property fifo;\n";
  if (dice.Percent(30)) parts.tail += "property exactly_once;\n";
  if (dice.Percent(50)) parts.tail += Fill("property slots ({});\n", {buffer});
  if (dice.Percent(20)) parts.tail += "property race;\n";
  if (dice.Percent(40))
    parts.tail += Fill("invariant range: 0 <= {} && {} < SIZE && items < SIZE;\n", {in, in});
  if (counted) parts.tail += Fill("never more: {} > SIZE;\n", {count});
  if (dice.Percent(20)) parts.tail += Fill("reachable full: items == {};\n", {dice.Between(1, 3)});
  return parts;
}

// Critical sections: each process takes one or two locks, works on a counter,
// lets go.
Parts MakeMutex(Dice& dice, const std::string& p) {
  Parts parts;
  const int processes = dice.Of(std::vector<int>{2, 2, 2, 3, 3, 4});
  const int locks = dice.Between(1, 2);
  const int kind = dice.Below(5);
  const std::string lock = p + "lock", count = p + "count", flag = p + "flag", turn = p + "turn";
  parts.head = Fill(
      "shared int {}[2] = {{1, 1}}, {} = 0;\nshared bool {}[4] = {{}};\n"
      "shared atomic int {} = 0;\nghost int {}inside = 0;\n",
      {lock, count, flag, turn, p});
  const auto take = [&](int which, int self) -> std::string {
    switch (kind) {
      case 0:
        return Fill("    atomic {{ await ({}[{}] > 0); {}[{}]--; }}\n", {lock, which, lock, which});
      case 1:
        return Fill("    while ({}[{}] == 0)\n        ;\n    {}[{}] = 0;\n",
                    {lock, which, lock, which});
      case 2:
        return Fill(
            "    for (;;) {{\n        int got = 0;\n        atomic {{ if "
            "({}[{}] > 0) {{ {}[{}] = 0; got = 1; }} }}\n"
            "        if (got) break;\n    }}\n",
            {lock, which, lock, which});
      case 3:
        return Fill("    {}[{}] = 1;\n{}    while ({}[{}]{})\n        ;\n",
                    {flag, self % 4,
                     dice.Percent(80) ? Fill("    {} = {};\n", {turn, (self + 1) % processes}) : "",
                     flag, (self + 1) % processes,
                     dice.Percent(80) ? Fill(" && {} == {}", {turn, (self + 1) % processes}) : ""});
      default: return "";
    }
  };
  const auto let_go = [&](int which, int self) -> std::string {
    if (kind == 3) return Fill("    {}[{}] = 0;\n", {flag, self % 4});
    if (kind == 4) return "";
    if (kind == 0) return Fill("    atomic {{ {}[{}]++; }}\n", {lock, which});
    return Fill("    {}[{}] = 1;\n", {lock, which});
  };
  const int rounds = processes == 2 ? dice.Between(1, 2) : 1;
  for (int i = 0; i < processes; ++i) {
    const int first = locks == 1 ? 0 : dice.Below(2);
    std::string body = take(first, i);
    if (locks == 2 && kind < 3) body += take(1 - first, i);
    body += Fill(
        "    section critical {{\n        ghost {}inside++;\n        "
        "ghost assert ({}inside <= {});\n",
        {p, p, dice.Percent(50) ? 1 : processes});
    body += dice.Percent(50) ? Fill("        {}++;\n", {count})
                             : Fill("        int c = {};\n        {} = c + 1;\n", {count, count});
    body += Fill("        ghost {}inside--;\n    }}\n", {p});
    if (dice.Percent(90)) body += let_go(first, i);
    if (locks == 2 && kind < 3) body += let_go(1 - first, i);
    if (rounds > 1) body = Fill("    repeat ({}) {{\n{}    }}\n", {rounds, body});
    if (dice.Percent(15)) body += Fill("    assert ({} >= 1);\n", {count});
    parts.processes.push_back(Fill("process {}p{} {{\n{}}}\n", {p, i, body}));
  }
  if (dice.Percent(50)) {
    parts.tail +=
        Fill("never both: {}p0 in section critical && {}p1 in section critical;\n", {p, p});
  }
  if (dice.Percent(40)) {
    parts.tail += Fill("invariant counted: (done({}p0) && done({}p1)) => {} >= {};\n",
                       {p, p, count, 2 * rounds});
  }
  if (dice.Percent(25)) parts.tail += "property race;\n";
  return parts;
}

// Stages: each takes from one queue and appends to the next.
Parts MakeQueues(Dice& dice, const std::string& p) {
  Parts parts;
  const int stages = dice.Between(1, 3);
  const int sources = dice.Between(1, 2);
  const int items = stages + sources > 3 ? 1 : dice.Between(1, 3);
  const bool bounded = dice.Percent(60);
  if (!bounded) parts.head += Fill("option queue_cap = {};\n", {dice.Between(1, 4)});
  if (dice.Percent(20)) parts.head += Fill("option outstanding = {};\n", {dice.Between(1, 3)});
  for (int i = 0; i < stages; ++i) {
    parts.head += Fill("shared queue<int{}> {}q{};\n",
                       {bounded ? Fill(", {}", {dice.Between(1, 2)}) : "", p, i});
  }
  parts.head += Fill("shared int {}sum = 0;\n", {p});
  parts.processes.push_back(
      Fill("process {}source{} {{\n    for (int i = 1; i <= {}; i++) {{\n      "
           "  int item = {};\n        append({}q0, item);\n"
           "        produced(item);\n    }}\n}}\n",
           {p, sources > 1 ? "[2]" : "", items,
            dice.Percent(30) ? "choose (1 .. 2)" : (dice.Percent(50) ? "i" : "i + self * 4"), p}));
  for (int i = 0; i < stages; ++i) {
    const bool last = i + 1 == stages;
    const bool forever = dice.Percent(50);
    std::string body = Fill("        int item = take({}q{});\n", {p, i});
    if (last) {
      body += dice.Percent(85) ? "        consumed(item);\n"
                               : "        if (item > 1) consumed(item);\n";
      body += Fill("        {}sum = ({}sum + item) & 3;\n", {p, p});
    } else if (dice.Percent(20)) {
      body += Fill("        if ({}sum < 3) append({}q{}, item);\n", {p, p, i + 1});
    } else {
      body += Fill("        append({}q{}, item);\n", {p, i + 1});
    }
    parts.processes.push_back(Fill(
        "{}process {}stage{}{} {{\n    {} {{\n{}    }}\n}}\n",
        {forever && dice.Percent(85) ? "daemon " : "", p, i, last && dice.Percent(25) ? "[2]" : "",
         forever ? std::string("for (;;)")
                 : Fill("repeat ({})", {items * sources + (dice.Percent(20) ? 1 : 0)}),
         body}));
  }
  if (dice.Percent(60)) parts.tail += "property fifo;\n";
  if (dice.Percent(50)) parts.tail += "property exactly_once;\n";
  if (dice.Percent(30)) parts.tail += Fill("invariant few: items <= {};\n", {dice.Between(1, 4)});
  if (dice.Percent(30)) parts.tail += Fill("reachable some: {}sum == {};\n", {p, dice.Below(4)});
  return parts;
}

}  // namespace

const char* ThemeName(RandomTheme theme) {
  switch (theme) {
    case RandomTheme::kSoup: return "soup";
    case RandomTheme::kRing: return "ring";
    case RandomTheme::kMutex: return "mutex";
    case RandomTheme::kQueues: return "queues";
  }
  return "";
}

RandomScenario MakeRandomScenario(uint64_t seed, const RandomStyle& style) {
  Dice dice(seed);
  RandomScenario scenario;
  const int drawn = dice.Below(100);
  Parts parts;
  if (drawn < 60) {
    parts = Soup(dice, style.prefix).Make();
  } else if (drawn < 75) {
    scenario.theme = RandomTheme::kRing;
    parts = MakeRing(dice, style.prefix);
  } else if (drawn < 88) {
    scenario.theme = RandomTheme::kMutex;
    parts = MakeMutex(dice, style.prefix);
  } else {
    scenario.theme = RandomTheme::kQueues;
    parts = MakeQueues(dice, style.prefix);
  }
  scenario.text = parts.Join(style.reversed);
  return scenario;
}

}  // namespace interleave
