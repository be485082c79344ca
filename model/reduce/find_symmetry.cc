// Which values are ids, by data flow over the compiled code, whatever its order: every register,
// kind of cell and the items collect what may flow into them; what then treats an id as more than a
// name refuses its template, and the rest is looked at anew without it.
//
// What is in the state at the start needs no look: whether a cell that holds ids begins as the id
// of somebody, the state is one like any other. Constants in the code are another matter: they stay
// when processes change places.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "model/reduce/symmetry.h"
#include "sim/language/arithmetic.h"
#include "sim/program/liveness.h"

namespace interleave {
namespace {

constexpr std::size_t kMaxConstants = 64;
constexpr std::size_t kMaxIds = 4;  // kinds of ids in one place: two are too many already
constexpr std::size_t kMaxReasons = 4;
constexpr std::size_t kMaxTerms = 4;

struct Id {
  int code = -1;
  int64_t offset = 0;
  auto operator<=>(const Id&) const = default;
};

// What may be in a register or a cell.
struct Value {
  std::set<Id> ids;
  std::set<int64_t> constants;
  bool plain = false;    // anything that does not depend on ids
  bool address = false;  // `ids` say where a cell lies, and are not the value itself
  bool has_ids() const { return !ids.empty(); }
  std::optional<int64_t> only() const {
    if (plain || has_ids() || constants.size() != 1) return std::nullopt;
    return *constants.begin();
  }
  bool operator==(const Value&) const = default;
};

void JoinInto(Value& into, const Value& from) {
  into.plain = into.plain || from.plain;
  into.address = into.address || from.address;
  for (const Id& id : from.ids) {
    if (into.ids.size() < kMaxIds) into.ids.insert(id);
  }
  for (const int64_t constant : from.constants) {
    if (into.constants.size() < kMaxConstants)
      into.constants.insert(constant);
    else if (!into.constants.contains(constant))
      into.plain = true;
  }
}

// One dimension of an object, in all of its elements at once.
struct Level {
  uint32_t stride = 0;
  int64_t count = 0;
  Value index;
  SourceRange plain_range;  // where something else than an id is the index
  std::string plain_name;
};

struct CellInfo {
  std::size_t place = 0;                              // what it holds, into the values
  std::vector<std::pair<std::size_t, int64_t>> path;  // level, index; outermost first
  int64_t position = -1;                              // in its queue; -1: none, or the length
};

struct ObjectInfo {
  std::vector<Level> levels;
  std::vector<CellInfo> cells;
};

struct Dimension {
  uint32_t stride = 0;
  int64_t bound = 0;
  uint32_t reg = 0;
};

// Where an instruction's memory operand leads.
struct Address {
  int64_t base = 0;
  std::vector<Dimension> dimensions;
  bool own = false;
  bool unknown = false;
};

class Finder {
 public:
  Finder(const Program& program, const std::vector<ObserverLayout>& observers)
      : program_(program), observers_(observers) {}

  SymmetryFindings Run() {
    is_candidate_.assign(program_.codes.size(), false);
    reasons_.resize(program_.codes.size());
    int nodes = 0;
    for (std::size_t c = 0; c < program_.codes.size(); ++c) {
      const ProcessCode& code = program_.codes[c];
      if (code.source->count < 2) continue;
      is_candidate_[c] = true;
      nodes += code.source->count;
      for (const OwnObject& own : code.own_objects) {
        Refuse(static_cast<int>(c), own.symbol->range,
               fmt::format("`{}`, a local of {}, has an address", own.symbol->name, NameOf(c)));
      }
    }
    if (nodes == 0) return {};
    PrepareAll();
    RefusePointers();
    if (nodes > Symmetry::kMaxNodes) {
      for (std::size_t c = 0; c < is_candidate_.size(); ++c)
        Refuse(static_cast<int>(c), program_.codes[c].source->symbol->range, "too many processes");
    }
    DropRefused();
    while (std::find(is_candidate_.begin(), is_candidate_.end(), true) != is_candidate_.end()) {
      Infer();
      CheckAll();
      if (!DropRefused()) break;
    }
    SymmetryFindings findings;
    for (std::size_t c = 0; c < reasons_.size(); ++c) {
      for (SymmetryRefusal& reason : reasons_[c]) findings.refusals.push_back(std::move(reason));
    }
    if (std::find(is_candidate_.begin(), is_candidate_.end(), true) != is_candidate_.end())
      findings.plan = MakePlan();
    return findings;
  }

 private:
  // --- what does not change

  std::size_t NewPlace(std::string name) {
    place_names_.push_back(std::move(name));
    return place_names_.size() - 1;
  }

  void PrepareAll() {
    for (const ProcessCode& code : program_.codes) codes_.push_back(&code);
    for (const Property& property : program_.properties) {
      if (!property.code.instructions.empty()) codes_.push_back(&property.code);
      if (property.antecedent) codes_.push_back(property.antecedent.get());
    }
    for (const Code* code : codes_) Prepare(*code);
    for (const MemoryObject& object : program_.objects) PrepareObject(object);
    items_place_ = NewPlace("an item");
  }

  void Prepare(const Code& code) {
    register_base_.push_back(place_names_.size());
    const ProcessCode* process = nullptr;
    for (const ProcessCode& candidate : program_.codes) {
      if (&candidate == &code) process = &candidate;
    }
    std::vector<int> definitions(code.register_count, -1);
    for (std::size_t at = 0; at < code.instructions.size(); ++at) {
      const auto define = [&](uint32_t reg) {
        definitions[reg] = definitions[reg] == -1 ? static_cast<int>(at) : -2;
      };
      const Instruction& i = code.instructions[at];
      if (i.opcode == Opcode::kRegisterStore) {
        for (uint32_t r = i.c; r < i.c + i.b; ++r) definitions[r] = -2;
      }
      VisitRegisters(
          i, code, [](uint32_t, uint32_t) {},
          [&](uint32_t first, uint32_t count) {
            for (uint32_t r = first; r < first + count; ++r) define(r);
          });
    }
    definitions_.push_back(std::move(definitions));
    for (uint32_t r = 0; r < code.register_count; ++r) {
      const bool named = process != nullptr && r < process->register_names.size();
      NewPlace(named ? process->register_names[r] : "");
    }
    FindLiveRegisters(code, process);
  }

  // Registers that may be read before they are set, and are 0 then; moves to registers that nobody
  // reads behind them, as of the 0 that a declaration without initialiser sets.
  void FindLiveRegisters(const Code& code, const ProcessCode* process) {
    const std::size_t n = code.instructions.size();
    std::vector<bool> mentioned(code.register_count, false);
    if (process != nullptr) {
      for (const LocalVariable& local : process->locals) {
        if (!local.symbol->is_mentioned) continue;
        for (const uint32_t first : local.registers) {
          for (uint32_t k = 0; k < static_cast<uint32_t>(local.symbol->type->cells); ++k)
            mentioned[first + k] = true;
        }
      }
    }
    const auto behind = [&](const std::vector<std::vector<bool>>& live, uint32_t at) {
      std::vector<bool> row = mentioned;
      VisitSuccessors(code, at, [&](uint32_t to) {
        for (std::size_t r = 0; r < row.size(); ++r) row[r] = row[r] || live[to][r];
      });
      return row;
    };
    std::vector<std::vector<bool>> live(n, mentioned);
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t k = n; k-- > 0;) {
        const auto at = static_cast<uint32_t>(k);
        std::vector<bool> row = behind(live, at);
        const auto set = [&](bool value) {
          return [&row, value](uint32_t first, uint32_t count) {
            for (uint32_t r = first; r < first + count; ++r) row[r] = value;
          };
        };
        const auto nothing = [](uint32_t, uint32_t) {};
        VisitRegisters(code.instructions[at], code, nothing, set(false));
        VisitRegisters(code.instructions[at], code, set(true), nothing);
        if (row != live[at]) {
          live[at] = std::move(row);
          changed = true;
        }
      }
    }
    std::vector<bool> idle(n, false);
    for (uint32_t at = 0; at < n; ++at) {
      const Instruction& i = code.instructions[at];
      if (i.opcode == Opcode::kMove) idle[at] = !behind(live, at)[i.dst];
    }
    idle_.push_back(std::move(idle));
    std::vector<bool> zero(code.register_count, false);
    if (n > 0) zero = live[0];
    for (const auto& [reg, value] : code.constants) zero[reg] = false;
    zero_at_start_.push_back(std::move(zero));
  }

  void PrepareObject(const MemoryObject& object) {
    objects_.emplace_back();
    ObjectInfo& info = objects_.back();
    std::map<std::string, std::size_t> places;
    std::map<std::string, std::size_t> levels;
    for (uint32_t cell = 0; cell < object.cells; ++cell) {
      CellInfo at;
      std::string key = object.symbol->name;
      const Type* type = object.symbol->type;
      uint32_t rest = cell;
      while (type->kind == TypeKind::kArray || type->kind == TypeKind::kStruct) {
        if (type->kind == TypeKind::kArray) {
          const uint32_t stride = type->element->kind == TypeKind::kQueue
                                      ? object.queue_stride
                                      : StrideOf(*type->element, object);
          key += "[]";
          const auto [it, is_new] = levels.emplace(key, info.levels.size());
          if (is_new) info.levels.push_back({stride, type->count, {}, {}, {}});
          at.path.emplace_back(it->second, rest / stride);
          rest %= stride;
          type = type->element;
          continue;
        }
        const Member* member = &type->members.front();
        for (const Member& candidate : type->members) {
          if (static_cast<uint32_t>(candidate.cell_offset) <= rest) member = &candidate;
        }
        key += "." + member->name;
        rest -= static_cast<uint32_t>(member->cell_offset);
        type = member->type;
      }
      if (type->kind == TypeKind::kQueue) {
        if (rest > 0) at.position = rest - 1;
        key += rest == 0 ? " length" : "";
      }
      const auto it = places.find(key);
      at.place = it != places.end() ? it->second : NewPlace(key);
      places.emplace(key, at.place);
      info.cells.push_back(std::move(at));
    }
  }

  static uint32_t StrideOf(const Type& element, const MemoryObject& object) {
    const Type* inner = &element;
    uint32_t factor = 1;
    while (inner->kind == TypeKind::kArray) {
      factor *= static_cast<uint32_t>(inner->count);
      inner = inner->element;
    }
    if (inner->kind == TypeKind::kQueue) return factor * object.queue_stride;
    return static_cast<uint32_t>(element.cells);
  }

  void RefusePointers() {
    for (const Code* code : codes_) {
      for (const Instruction& i : code->instructions) {
        if (i.opcode != Opcode::kPointerAdd && i.opcode != Opcode::kPointerSub &&
            i.opcode != Opcode::kPointerOrder && i.opcode != Opcode::kPointerCheck)
          continue;
        RefuseAll(code->places[i.place].range, "a pointer may lead anywhere");
        return;
      }
    }
  }

  std::string NameOf(std::size_t code) const { return program_.codes[code].source->symbol->name; }
  int64_t CountOf(int code) const {
    return program_.codes[static_cast<std::size_t>(code)].source->count;
  }
  bool IsTheIdOfOne(const Id& id, int64_t constant) const {
    return constant >= id.offset && constant < id.offset + CountOf(id.code);
  }

  void Refuse(int code, SourceRange range, const std::string& reason) {
    if (!is_candidate_[static_cast<std::size_t>(code)]) return;
    std::vector<SymmetryRefusal>& reasons = reasons_[static_cast<std::size_t>(code)];
    for (const SymmetryRefusal& other : reasons) {
      if (other.reason == reason) return;
    }
    if (reasons.size() < kMaxReasons) reasons.push_back({code, reason, range});
  }
  void RefuseIds(const Value& value, SourceRange range, const std::string& reason) {
    for (const Id& id : value.ids) Refuse(id.code, range, reason);
  }
  void RefuseAll(SourceRange range, const std::string& reason) {
    for (std::size_t c = 0; c < is_candidate_.size(); ++c)
      Refuse(static_cast<int>(c), range, reason);
  }
  bool DropRefused() {
    bool any = false;
    for (std::size_t c = 0; c < is_candidate_.size(); ++c) {
      if (!is_candidate_[c] || reasons_[c].empty()) continue;
      is_candidate_[c] = false;
      any = true;
    }
    return any;
  }

  // --- inference

  Value& At(std::size_t code, uint32_t reg) { return values_[register_base_[code] + reg]; }

  // Joins; notes whether that changed anything.
  void Flow(std::size_t place, const Value& from) {
    const Value before = values_[place];
    JoinInto(values_[place], from);
    changed_ = changed_ || values_[place] != before;
  }

  // To a fixed point, twice or more: what is there at the start is a constant where it is no id,
  // and where ids are is known only behind the first time.
  void Infer() {
    std::vector<std::set<Id>> known(place_names_.size());
    for (bool first = true;; first = false) {
      values_.assign(place_names_.size(), {});
      for (ObjectInfo& object : objects_) {
        for (Level& level : object.levels) {
          level.index = {};
          level.plain_name.clear();
        }
      }
      Begin(first, known);
      do {
        changed_ = false;
        for (std::size_t c = 0; c < codes_.size(); ++c) {
          for (std::size_t at = 0; at < codes_[c]->instructions.size(); ++at) {
            if (!idle_[c][at]) Transfer(c, codes_[c]->instructions[at]);
          }
        }
      } while (changed_);
      bool more = first;
      for (std::size_t p = 0; p < known.size(); ++p) {
        for (const Id& id : values_[p].ids) more = known[p].insert(id).second || more;
      }
      if (!more) return;
    }
  }

  static Value Constant(int64_t value) {
    Value v;
    v.constants.insert(value);
    return v;
  }
  static Value Plain() {
    Value v;
    v.plain = true;
    return v;
  }

  void Begin(bool first, const std::vector<std::set<Id>>& known) {
    const auto begins_as = [&](std::size_t place, int64_t value) {
      for (const Id& id : known[place]) {
        if (IsTheIdOfOne(id, value)) return;
      }
      if (!first) JoinInto(values_[place], Constant(value));
    };
    for (std::size_t c = 0; c < codes_.size(); ++c) {
      for (const auto& [reg, value] : codes_[c]->constants) At(c, reg) = Constant(value);
      At(c, kZeroRegister) = Constant(0);
      Value& self = At(c, kSelfRegister);
      if (c < program_.codes.size() && is_candidate_[c])
        self.ids.insert({static_cast<int>(c), 0});
      else if (c < program_.codes.size() && program_.codes[c].source->count > 1)
        self.plain = true;
      else
        self = Constant(0);
      At(c, kFrameRegister).plain = true;
      for (uint32_t r = kFirstRegister; r < codes_[c]->register_count; ++r) {
        if (zero_at_start_[c][r]) begins_as(register_base_[c] + r, 0);
      }
    }
    for (std::size_t o = 0; o < objects_.size(); ++o) {
      const MemoryObject& object = program_.objects[o];
      for (uint32_t cell = 0; cell < object.cells; ++cell) {
        const std::size_t place = objects_[o].cells[cell].place;
        // A table is no part of what changes.
        const int64_t value = program_.initial[object.base + cell];
        if (object.symbol->kind == SymbolKind::kTable)
          JoinInto(values_[place], Constant(value));
        else if (objects_[o].cells[cell].position < 0 &&
                 program_.slots[object.base + cell].written == 0)
          begins_as(place, value);
      }
    }
  }

  Address Resolve(std::size_t c, uint32_t reg, int64_t base) const {
    Address address;
    address.base = base;
    Resolve(c, reg, address);
    return address;
  }
  void Resolve(std::size_t c, uint32_t reg, Address& address) const {
    const Code& code = *codes_[c];
    if (reg == kZeroRegister) return;
    if (reg == kFrameRegister) {
      address.own = true;
      return;
    }
    for (const auto& [constant, value] : code.constants) {
      if (constant != reg) continue;
      address.base += value;
      return;
    }
    const int at = definitions_[c][reg];
    if (at >= 0) {
      const Instruction& i = code.instructions[static_cast<std::size_t>(at)];
      if (i.opcode == Opcode::kIndex) {
        address.dimensions.push_back({i.c, i.b, i.a});
        return;
      }
      if (i.opcode == Opcode::kBinary && i.op == Op::kAdd && i.type == IntType::kI64) {
        Resolve(c, i.a, address);
        Resolve(c, i.b, address);
        return;
      }
    }
    address.unknown = true;
  }

  // The object that holds the cell an address begins at, or -1.
  int ObjectAtSlot(int64_t slot) const {
    for (std::size_t o = 0; o < program_.objects.size(); ++o) {
      const MemoryObject& object = program_.objects[o];
      if (slot >= object.base && slot < object.base + object.cells) return static_cast<int>(o);
    }
    return -1;
  }

  const CellInfo& CellAt(int object, int64_t slot) const {
    const auto o = static_cast<std::size_t>(object);
    return objects_[o].cells[static_cast<std::size_t>(slot - program_.objects[o].base)];
  }

  // A name for what an index is, as far as there is one.
  std::string NameOfRegister(std::size_t c, uint32_t reg) const {
    for (int hops = 0; hops < 8; ++hops) {
      const std::string& name = place_names_[register_base_[c] + reg];
      if (!name.empty()) return "`" + name + "`";
      const int at = definitions_[c][reg];
      if (at < 0) break;
      const Instruction& i = codes_[c]->instructions[static_cast<std::size_t>(at)];
      if (i.opcode == Opcode::kLoad || i.opcode == Opcode::kPeek) {
        const int object = ObjectAtSlot(Resolve(c, i.a, i.c).base);
        if (object < 0) break;
        return "`" + program_.objects[static_cast<std::size_t>(object)].symbol->name + "`";
      }
      if (i.opcode != Opcode::kMove && i.opcode != Opcode::kConvert) break;
      reg = i.a;
    }
    return "something";
  }

  // Notes by what the object is indexed. Returns the place of the cells, if any.
  std::optional<std::size_t> Access(std::size_t c, const Instruction& i, int64_t base) {
    const Address address = Resolve(c, i.a, base);
    if (address.own || address.unknown) return std::nullopt;
    const int number = ObjectAtSlot(address.base);
    if (number < 0) return std::nullopt;
    ObjectInfo& object = objects_[static_cast<std::size_t>(number)];
    const CellInfo& cell = CellAt(number, address.base);
    const SourceRange range = codes_[c]->places[i.place].range;
    std::vector<bool> met(cell.path.size(), false);
    for (const Dimension& dimension : address.dimensions) {
      const std::optional<std::size_t> at = LevelOf(object, cell, dimension);
      if (!at) {  // ids: refused by CheckAddress
        for (const auto& [level, index] : cell.path) {
          NoteIndex(object.levels[level], At(c, dimension.reg), range,
                    NameOfRegister(c, dimension.reg));
        }
        continue;
      }
      met[*at] = true;
      NoteIndex(object.levels[cell.path[*at].first], At(c, dimension.reg), range,
                NameOfRegister(c, dimension.reg));
    }
    for (std::size_t k = 0; k < met.size(); ++k) {
      if (!met[k]) {
        NoteIndex(object.levels[cell.path[k].first], Constant(cell.path[k].second), range,
                  fmt::format("`{}`", cell.path[k].second));
      }
    }
    return cell.place;
  }

  // The one level of a cell's path with this stride and bound.
  static std::optional<std::size_t> LevelOf(const ObjectInfo& object, const CellInfo& cell,
                                            const Dimension& dimension) {
    std::optional<std::size_t> found;
    for (std::size_t k = 0; k < cell.path.size(); ++k) {
      const Level& level = object.levels[cell.path[k].first];
      if (level.stride != dimension.stride) continue;
      if (found || level.count != dimension.bound) return std::nullopt;
      found = k;
    }
    return found;
  }

  void NoteIndex(Level& level, const Value& index, SourceRange range, const std::string& name) {
    const Value before = level.index;
    JoinInto(level.index, index);
    if (level.index == before) return;
    changed_ = true;
    if ((index.plain || !index.has_ids()) && level.plain_name.empty()) {
      level.plain_range = range;
      level.plain_name = name;
    }
  }

  Value Added(const Value& a, int64_t by, int sign, IntType type) const {
    Value result;
    result.plain = a.plain;
    result.address = a.address;
    for (const Id& id : a.ids) {
      // by - id: the other one of two.
      const int64_t offset = sign > 0 ? id.offset + by : by - id.offset - 1;
      result.ids.insert({id.code, offset});
    }
    for (const int64_t constant : a.constants) {
      result.constants.insert(ConvertTo(type, sign > 0 ? constant + by : by - constant));
    }
    return result;
  }

  // What adding, or subtracting from, a constant makes of ids; nothing: it is no such operation, or
  // it leaves the type.
  std::optional<Value> Shifted(const Instruction& i, const Value& a, const Value& b) const {
    if (i.op != Op::kAdd && i.op != Op::kSub) return std::nullopt;
    const Value& ids = a.has_ids() ? a : b;
    const std::optional<int64_t> by = (a.has_ids() ? b : a).only();
    if (!by || ids.plain || ids.address) return std::nullopt;
    constexpr int64_t kFar = 1 << 30;
    if (*by > kFar || *by < -kFar) return std::nullopt;
    const bool mirrored = i.op == Op::kSub && !a.has_ids();
    const int64_t shift = i.op == Op::kSub && !mirrored ? -*by : *by;
    for (const Id& id : ids.ids) {
      if (mirrored && CountOf(id.code) != 2) return std::nullopt;
      for (int64_t k = 0; k < CountOf(id.code); ++k) {
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

  static bool IsAddressSum(const Instruction& i, const Value& a, const Value& b) {
    return i.op == Op::kAdd && i.type == IntType::kI64 && (a.address || b.address);
  }

  Value BinaryOf(const Instruction& i, const Value& a, const Value& b) const {
    if (a == Value{} || b == Value{}) return {};  // nothing came here yet
    if (!a.has_ids() && !b.has_ids()) {
      const std::optional<int64_t> left = a.only();
      const std::optional<int64_t> right = b.only();
      int64_t result = 0;
      if (left && right &&
          ApplyBinary(i.op, i.type, *left, *right, &result) == ArithmeticError::kNone)
        return Constant(result);
      return Plain();
    }
    if (i.op >= Op::kEq && i.op <= Op::kGe) return Plain();
    if (IsAddressSum(i, a, b)) {
      Value sum = a;
      JoinInto(sum, b);
      sum.constants.clear();
      sum.plain = false;
      sum.address = true;
      return sum;
    }
    if (const auto shifted = Shifted(i, a, b)) return *shifted;
    return Plain();
  }

  void Transfer(std::size_t c, const Instruction& i) {
    const auto reg = [&](uint32_t r) -> const Value& { return At(c, r); };
    const auto flow = [&](const Value& value) { Flow(register_base_[c] + i.dst, value); };
    switch (i.opcode) {
      case Opcode::kMove: flow(Value(reg(i.a))); break;
      case Opcode::kConvert: {
        Value value = reg(i.a);
        value.constants.clear();
        for (const int64_t constant : reg(i.a).constants)
          value.constants.insert(ConvertTo(i.type, constant));
        flow(value);
        break;
      }
      case Opcode::kUnary: {
        const Value& a = reg(i.a);
        int64_t result = 0;
        if (a.has_ids() && i.op == Op::kPlus)
          flow(Value(a));
        else if (a.only() && ApplyUnary(i.op, i.type, *a.only(), &result) == ArithmeticError::kNone)
          flow(Constant(result));
        else
          flow(Plain());
        break;
      }
      case Opcode::kBinary: flow(BinaryOf(i, reg(i.a), reg(i.b))); break;
      case Opcode::kIndex: {
        Value value = reg(i.a);
        if (value.has_ids()) {
          value.address = true;
          value.plain = false;
          value.constants.clear();
          flow(value);
        } else {
          flow(Plain());
        }
        break;
      }
      case Opcode::kRegisterLoad: {
        Value value;
        for (uint32_t r = i.c; r < i.c + i.b; ++r) JoinInto(value, reg(r));
        flow(value);
        break;
      }
      case Opcode::kRegisterStore:
        for (uint32_t r = i.c; r < i.c + i.b; ++r) Flow(register_base_[c] + r, Value(reg(i.dst)));
        break;
      case Opcode::kPeek:
      case Opcode::kLoad: {
        const auto place = Access(c, i, i.c);
        flow(place ? Value(values_[*place]) : Plain());
        // A ghost that looks at a cell that nobody has written sees 0. Properties know better.
        const bool looks = i.opcode == Opcode::kPeek && c < program_.codes.size();
        if (place && looks && MayBeUnwritten(c, i)) flow(Constant(0));
        break;
      }
      case Opcode::kPoke:
      case Opcode::kStore: {
        const auto place = Access(c, i, i.c);
        if (place) Flow(*place, Value(reg(i.b)));
        break;
      }
      case Opcode::kAppend:
      case Opcode::kTake: {
        Access(c, i, i.c);
        const std::optional<std::size_t> items = QueueItems(c, i);
        if (!items) {
          if (i.opcode == Opcode::kTake) flow(Plain());
        } else if (i.opcode == Opcode::kAppend) {
          Flow(*items, Value(reg(i.b)));
        } else {
          flow(Value(values_[*items]));
        }
        break;
      }
      case Opcode::kQueueEmpty:
        Access(c, i, i.c);
        flow(Plain());
        break;
      case Opcode::kIsUnwritten:
        Access(c, i, 0);
        flow(Plain());
        break;
      case Opcode::kProduced:
      case Opcode::kConsumed: Flow(items_place_, Value(reg(i.a))); break;
      case Opcode::kProcessLocal: {
        flow(Constant(0));  // where it is dead
        const auto owner =
            static_cast<std::size_t>(program_.processes[static_cast<std::size_t>(i.c >> 16)].code);
        const ProcessCode& code = program_.codes[owner];
        const std::string& name = code.locals[i.c & 0xffff].symbol->name;
        for (const LocalVariable& local : code.locals) {
          if (local.symbol->name != name) continue;
          if (local.is_own) flow(Plain());
          for (const uint32_t first : local.registers) {
            for (uint32_t k = 0; k < static_cast<uint32_t>(local.symbol->type->cells); ++k)
              flow(Value(At(owner, first + k)));
          }
        }
        break;
      }
      case Opcode::kChoose:
      case Opcode::kPointerAdd:
      case Opcode::kPointerSub:
      case Opcode::kProcessDone:
      case Opcode::kProcessBlocked:
      case Opcode::kProcessWaiting:
      case Opcode::kProcessInSection:
      case Opcode::kProcessAtLabel: flow(Plain()); break;
      case Opcode::kJump:
      case Opcode::kBranchFalse:
      case Opcode::kBranchTrue:
      case Opcode::kPointerOrder:
      case Opcode::kPointerCheck:
      case Opcode::kAssert:
      case Opcode::kAssume:
      case Opcode::kEndExpression:
      case Opcode::kAtomicEnd:
      case Opcode::kBlockUnless:
      case Opcode::kSelect:
      case Opcode::kAtomicBegin:
      case Opcode::kStep:
      case Opcode::kHalt: break;
    }
  }

  bool MayBeUnwritten(std::size_t c, const Instruction& i) const {
    const int object = ObjectAtSlot(Resolve(c, i.a, i.c).base);
    return object >= 0 && program_.objects[static_cast<std::size_t>(object)].written_base != 0;
  }

  // The place of what a queue holds.
  std::optional<std::size_t> QueueItems(std::size_t c, const Instruction& i) const {
    const Address address = Resolve(c, i.a, i.c);
    const int object = ObjectAtSlot(address.base);
    if (address.own || address.unknown || object < 0) return std::nullopt;
    return CellAt(object, address.base + 1).place;
  }

  // --- what ids are used for

  void CheckAll() {
    for (std::size_t c = 0; c < codes_.size(); ++c) {
      for (const Instruction& i : codes_[c]->instructions) CheckInstruction(c, i);
    }
    for (std::size_t o = 0; o < objects_.size(); ++o) CheckObject(o);
    // What is left: a place for ids of two kinds, or for ids and other things.
    for (std::size_t c = 0; c < codes_.size(); ++c) {
      for (uint32_t r = 0; r < codes_[c]->register_count; ++r) {
        if (!values_[register_base_[c] + r].has_ids()) continue;
        const int at = definitions_[c][r];
        SourceRange range;
        for (const Instruction& i : codes_[c]->instructions) {
          bool writes = false;
          VisitRegisters(
              i, *codes_[c], [](uint32_t, uint32_t) {},
              [&](uint32_t first, uint32_t count) {
                writes = writes || (r >= first && r < first + count);
              });
          if (writes) range = codes_[c]->places[i.place].range;
          if (writes && at >= 0) break;
        }
        CheckPlace(register_base_[c] + r, range);
      }
    }
    for (std::size_t o = 0; o < objects_.size(); ++o) {
      for (const CellInfo& cell : objects_[o].cells)
        CheckPlace(cell.place, program_.objects[o].symbol->range);
    }
    for (const Property& property : program_.properties) {
      if (property.kind == PropertyKind::kFifo || property.kind == PropertyKind::kExactlyOnce)
        CheckPlace(items_place_, property.range);
    }
  }

  std::string OwnersOf(const Value& value) const {
    std::string names;
    std::set<int> seen;
    for (const Id& id : value.ids) {
      if (!seen.insert(id.code).second) continue;
      names += (names.empty() ? "" : " and ") + NameOf(static_cast<std::size_t>(id.code));
    }
    return names;
  }

  void CheckPlace(std::size_t place, SourceRange range) {
    const Value& value = values_[place];
    if (!value.has_ids() || value.address) return;
    const std::string name =
        place_names_[place].empty() ? "a value" : "`" + place_names_[place] + "`";
    if (value.ids.size() > 1) {
      RefuseIds(
          value, range,
          std::set<int>{value.ids.begin()->code, value.ids.rbegin()->code}.size() > 1
              ? fmt::format("{} holds ids of {}", name, OwnersOf(value))
              : fmt::format("{} holds ids of {} in more than one form", name, OwnersOf(value)));
      return;
    }
    const Id& id = *value.ids.begin();
    if (value.plain) {
      Refuse(id.code, range,
             fmt::format("{} holds ids of {} and other values", name, OwnersOf(value)));
    }
    for (const int64_t constant : value.constants) {
      if (!IsTheIdOfOne(id, constant)) continue;
      Refuse(id.code, range,
             fmt::format("{} holds ids of {}, and the constant {}, which is one of them", name,
                         OwnersOf(value), constant));
      return;
    }
  }

  void CheckObject(std::size_t o) {
    const MemoryObject& object = program_.objects[o];
    const std::string& name = object.symbol->name;
    std::size_t dimensions = 0;
    for (const Level& level : objects_[o].levels) {
      const Value& index = level.index;
      if (!index.has_ids()) continue;
      if (++dimensions > kMaxTerms)
        RefuseIds(index, object.symbol->range, fmt::format("`{}` has too many dimensions", name));
      const Id id = *index.ids.begin();
      if (index.ids.size() > 1 || index.address) {
        RefuseIds(index, object.symbol->range,
                  fmt::format("`{}` is indexed by ids of {} in more than one form", name,
                              OwnersOf(index)));
        continue;
      }
      if (index.plain) {
        Refuse(id.code, level.plain_range,
               fmt::format("`{}` is indexed by {}, which is no id of {}", name, level.plain_name,
                           OwnersOf(index)));
        continue;
      }
      for (const int64_t constant : index.constants) {
        if (!IsTheIdOfOne(id, constant)) continue;
        Refuse(id.code, level.plain_range,
               fmt::format("`{}` is indexed by the constant {}, which is one id of {}", name,
                           constant, OwnersOf(index)));
        break;
      }
      if (id.offset < 0 || id.offset + CountOf(id.code) > level.count) {
        Refuse(
            id.code, object.symbol->range,
            fmt::format("`{}` is indexed by ids of {} that lie outside it", name, OwnersOf(index)));
      }
      if (object.symbol->kind == SymbolKind::kTable) {
        Refuse(id.code, object.symbol->range,
               fmt::format("`{}`, which never changes, is indexed by ids of {}", name,
                           OwnersOf(index)));
      }
    }
  }

  void CheckTruth(std::size_t c, const Instruction& i, const Value& value) {
    const SourceRange range = codes_[c]->places[i.place].range;
    for (const Id& id : value.ids) {
      if (value.address || IsTheIdOfOne(id, 0)) {
        Refuse(id.code, range,
               fmt::format("an id of {} is tested for 0, which is one of them", OwnersOf(value)));
      }
    }
  }

  // Where ids say which cell is meant.
  void CheckAddress(std::size_t c, const Instruction& i, int64_t base) {
    const SourceRange range = codes_[c]->places[i.place].range;
    const Address address = Resolve(c, i.a, base);
    if (address.unknown) {
      RefuseAll(range, "a pointer may lead anywhere");
      return;
    }
    const int number = address.own ? -1 : ObjectAtSlot(address.base);
    for (const Dimension& dimension : address.dimensions) {
      const Value& index = At(c, dimension.reg);
      if (!index.has_ids()) continue;
      if (number < 0 || address.dimensions.size() > kMaxTerms ||
          !LevelOf(objects_[static_cast<std::size_t>(number)], CellAt(number, address.base),
                   dimension)) {
        RefuseIds(index, range, fmt::format("an index depends on ids of {} here", OwnersOf(index)));
      }
    }
  }

  void CheckNoAddress(std::size_t c, const Instruction& i, const Value& value) {
    if (!value.address) return;
    RefuseIds(value, codes_[c]->places[i.place].range,
              fmt::format("the address of a cell that belongs to one {} is a value here",
                          OwnersOf(value)));
  }

  void CheckBinary(std::size_t c, const Instruction& i) {
    const Value& a = At(c, i.a);
    const Value& b = At(c, i.b);
    if (!a.has_ids() && !b.has_ids()) return;
    if (IsAddressSum(i, a, b)) return;  // used as an address only, or refused there
    CheckNoAddress(c, i, a);
    CheckNoAddress(c, i, b);
    const SourceRange range = codes_[c]->places[i.place].range;
    Value both = a;
    JoinInto(both, b);
    if (i.op == Op::kEq || i.op == Op::kNe) {
      const Id id = *both.ids.begin();
      if (both.ids.size() > 1) {
        RefuseIds(both, range,
                  fmt::format("ids of {} in different forms are compared", OwnersOf(both)));
      } else if (both.plain) {
        const bool left = a.plain;
        Refuse(id.code, range,
               fmt::format("an id of {} is compared with {}, which is none", OwnersOf(both),
                           NameOfRegister(c, left ? i.a : i.b)));
      } else {
        for (const int64_t constant : both.constants) {
          if (!IsTheIdOfOne(id, constant)) continue;
          Refuse(id.code, range,
                 fmt::format("an id of {} is compared with the constant {}, which is one of them",
                             OwnersOf(both), constant));
          return;
        }
      }
      return;
    }
    if (i.op >= Op::kEq && i.op <= Op::kGe) {
      RefuseIds(both, range,
                fmt::format("ids of {} are compared by their order (`{}`)", OwnersOf(both),
                            OperatorText(i.op)));
      return;
    }
    if (!Shifted(i, a, b)) {
      RefuseIds(both, range,
                fmt::format("`{}` computes with ids of {}", OperatorText(i.op), OwnersOf(both)));
    }
  }

  // A process that a property names.
  void CheckProcess(std::size_t c, const Instruction& i, int process) {
    const int code = program_.processes[static_cast<std::size_t>(process)].code;
    if (!is_candidate_[static_cast<std::size_t>(code)] || i.a == kZeroRegister) {
      // Of another template: then no id may say which.
      if (i.a != kZeroRegister) CheckNoAddress(c, i, At(c, i.a));
      return;
    }
    const Address address = Resolve(c, i.a, 0);
    bool fits =
        !address.unknown && !address.own && address.base == 0 && address.dimensions.size() == 1;
    if (fits) {
      Value expected;
      expected.ids.insert({code, 0});
      fits = At(c, address.dimensions[0].reg) == expected;
    }
    if (!fits) {
      Refuse(code, codes_[c]->places[i.place].range,
             fmt::format("a property names one {}", NameOf(static_cast<std::size_t>(code))));
    }
  }

  void CheckInstruction(std::size_t c, const Instruction& i) {
    const SourceRange range = codes_[c]->places[i.place].range;
    const auto reg = [&](uint32_t r) -> const Value& { return At(c, r); };
    switch (i.opcode) {
      case Opcode::kMove:
      case Opcode::kProduced:
      case Opcode::kConsumed: CheckNoAddress(c, i, reg(i.a)); break;
      case Opcode::kConvert:
        CheckNoAddress(c, i, reg(i.a));
        for (const Id& id : reg(i.a).ids) {
          const int64_t last = id.offset + CountOf(id.code) - 1;
          if (ConvertTo(i.type, id.offset) != id.offset || ConvertTo(i.type, last) != last) {
            Refuse(id.code, range,
                   fmt::format("an id of {} does not fit its type here", OwnersOf(reg(i.a))));
          }
        }
        break;
      case Opcode::kUnary:
        CheckNoAddress(c, i, reg(i.a));
        if (i.op == Op::kNot) {
          CheckTruth(c, i, reg(i.a));
        } else if (i.op != Op::kPlus) {
          RefuseIds(
              reg(i.a), range,
              fmt::format("`{}` computes with ids of {}", OperatorText(i.op), OwnersOf(reg(i.a))));
        }
        break;
      case Opcode::kBinary: CheckBinary(c, i); break;
      case Opcode::kBranchFalse:
      case Opcode::kBranchTrue:
      case Opcode::kAssert:
      case Opcode::kAssume:
      case Opcode::kBlockUnless: CheckTruth(c, i, reg(i.a)); break;
      case Opcode::kHalt:
        if (c >= program_.codes.size()) CheckTruth(c, i, reg(i.a));
        break;
      case Opcode::kSelect:
        for (const auto& [condition, target] : codes_[c]->selects[i.c].alternatives)
          CheckTruth(c, i, reg(condition));
        break;
      case Opcode::kIndex: CheckNoAddress(c, i, reg(i.a)); break;
      case Opcode::kRegisterLoad:
      case Opcode::kRegisterStore:
        if (i.opcode == Opcode::kRegisterStore) {
          CheckNoAddress(c, i, reg(i.dst));
          // Where a property forgets which values were never written.
          if (c >= program_.codes.size()) {
            RefuseIds(reg(i.dst), range,
                      fmt::format("a property keeps ids of {} in an array", OwnersOf(reg(i.dst))));
          }
        }
        RefuseIds(reg(i.a), range,
                  fmt::format("a local array is indexed by ids of {}", OwnersOf(reg(i.a))));
        break;
      case Opcode::kChoose:
        RefuseIds(reg(i.a), range,
                  fmt::format("what is chosen depends on ids of {}", OwnersOf(reg(i.a))));
        RefuseIds(reg(i.b), range,
                  fmt::format("what is chosen depends on ids of {}", OwnersOf(reg(i.b))));
        break;
      case Opcode::kPoke:
      case Opcode::kStore:
      case Opcode::kAppend:
        CheckNoAddress(c, i, reg(i.b));
        CheckAddress(c, i, i.c);
        if (Resolve(c, i.a, i.c).own) {
          RefuseIds(reg(i.b), range,
                    fmt::format("an id of {} is stored in a local that has an address",
                                OwnersOf(reg(i.b))));
        }
        break;
      case Opcode::kPeek:
      case Opcode::kLoad:
      case Opcode::kTake:
      case Opcode::kQueueEmpty: CheckAddress(c, i, i.c); break;
      case Opcode::kIsUnwritten: CheckAddress(c, i, 0); break;
      case Opcode::kProcessDone:
      case Opcode::kProcessBlocked:
      case Opcode::kProcessWaiting:
      case Opcode::kProcessInSection:
      case Opcode::kProcessAtLabel: CheckProcess(c, i, static_cast<int>(i.c)); break;
      case Opcode::kProcessLocal:
        CheckProcess(c, i, static_cast<int>(i.c >> 16));
        CheckNoAddress(c, i, reg(i.b));
        break;
      case Opcode::kPointerAdd:
      case Opcode::kPointerSub:
      case Opcode::kPointerOrder:
      case Opcode::kPointerCheck: RefuseAll(range, "a pointer may lead anywhere"); break;
      case Opcode::kJump:
      case Opcode::kEndExpression:
      case Opcode::kAtomicEnd:
      case Opcode::kAtomicBegin:
      case Opcode::kStep: break;
    }
  }

  // --- the plan

  std::optional<IdField> FieldOf(std::size_t c, uint32_t reg, uint32_t offset,
                                 const std::vector<int>& group_of) {
    const Value& value = At(c, reg);
    if (!value.has_ids()) return std::nullopt;
    IdField field;
    field.offset = offset;
    const auto term = [&](const Value& of, uint32_t stride) {
      const Id& id = *of.ids.begin();
      field.terms.push_back({group_of[static_cast<std::size_t>(id.code)], id.offset, stride});
    };
    if (!value.address) {
      term(value, 1);
      field.inner = {1};
      return field;
    }
    Address address = Resolve(c, reg, 0);
    std::sort(address.dimensions.begin(), address.dimensions.end(),
              [](const Dimension& a, const Dimension& b) { return a.stride > b.stride; });
    for (const Dimension& dimension : address.dimensions) {
      field.inner.push_back(dimension.stride);
      if (At(c, dimension.reg).has_ids()) term(At(c, dimension.reg), dimension.stride);
    }
    return field;
  }

  std::unique_ptr<SymmetryPlan> MakePlan() {
    auto plan = std::make_unique<SymmetryPlan>();
    std::vector<int> group_of(program_.codes.size(), -1);
    for (std::size_t p = 0; p < program_.processes.size(); ++p) {
      const ProcessInstance& process = program_.processes[p];
      const auto code = static_cast<std::size_t>(process.code);
      if (!is_candidate_[code] || process.index != 0) continue;
      group_of[code] = static_cast<int>(plan->groups.size());
      const auto count = static_cast<int>(CountOf(process.code));
      plan->groups.push_back({process.code, static_cast<int>(p), count, plan->nodes,
                              process.point_slot, process.end - process.point_slot});
      plan->nodes += count;
    }
    plan->fields.resize(program_.codes.size());
    for (std::size_t c = 0; c < program_.codes.size(); ++c) {
      for (const ProgramPoint& point : program_.codes[c].points) {
        std::vector<IdField>& fields = plan->fields[c].emplace_back();
        for (const Spill& live : point.live) {
          auto field = FieldOf(c, live.reg, 1 + live.offset, group_of);
          if (field) fields.push_back(std::move(*field));
        }
        std::sort(fields.begin(), fields.end(),
                  [](const IdField& a, const IdField& b) { return a.offset < b.offset; });
      }
    }
    for (std::size_t o = 0; o < objects_.size(); ++o) {
      for (uint32_t cell = 0; cell < program_.objects[o].cells; ++cell)
        AddCell(*plan, o, cell, group_of);
    }
    auto words = static_cast<uint32_t>(program_.state_size());
    for (const ObserverLayout& observer : observers_) {
      AddObserver(*plan, observer, words, group_of);
      words += observer.words;
    }
    plan->words = words;
    return plan;
  }

  // Who owns a cell, and the slot of the same cell with all owners' numbers 0.
  SharedSite OwnersOfCell(const SymmetryPlan& plan, std::size_t o, uint32_t cell, uint32_t base,
                          const std::vector<int>& group_of) const {
    SharedSite site;
    site.slot = site.label = base + cell;
    for (const auto& [number, at] : objects_[o].cells[cell].path) {
      const Level& level = objects_[o].levels[number];
      if (!level.index.has_ids()) continue;
      const Id id = *level.index.ids.begin();
      const int64_t index = at - id.offset;
      if (index < 0 || index >= CountOf(id.code)) continue;
      const SymmetricGroup& group =
          plan.groups[static_cast<std::size_t>(group_of[static_cast<std::size_t>(id.code)])];
      site.owners.emplace_back(group.node + static_cast<int>(index), level.stride);
      site.label -= static_cast<uint32_t>(index) * level.stride;
    }
    return site;
  }

  void AddCell(SymmetryPlan& plan, std::size_t o, uint32_t cell, const std::vector<int>& group_of) {
    const MemoryObject& object = program_.objects[o];
    const CellInfo& info = objects_[o].cells[cell];
    SharedSite site = OwnersOfCell(plan, o, cell, object.base, group_of);
    const Value& value = values_[info.place];
    if (value.has_ids()) {
      site.group = group_of[static_cast<std::size_t>(value.ids.begin()->code)];
      site.offset = value.ids.begin()->offset;
      if (info.position >= 0) {
        site.guard = site.slot - 1 - static_cast<uint32_t>(info.position);
        site.above = info.position;
      } else {
        site.guard = program_.slots[site.slot].written;
      }
    }
    if (site.group >= 0 || !site.owners.empty()) plan.sites.push_back(site);
    if (object.written_base != 0 && !site.owners.empty())
      plan.sites.push_back(OwnersOfCell(plan, o, cell, object.written_base, group_of));
  }

  void AddObserver(SymmetryPlan& plan, const ObserverLayout& observer, uint32_t base,
                   const std::vector<int>& group_of) const {
    if (observer.kind == ObserverLayout::Kind::kSlots) {
      for (uint32_t cell = 0; cell < observer.words; ++cell) {
        SharedSite site =
            OwnersOfCell(plan, static_cast<std::size_t>(observer.object), cell, base, group_of);
        if (!site.owners.empty()) plan.sites.push_back(std::move(site));
      }
      return;
    }
    const Value& items = values_[items_place_];
    if (!items.has_ids()) return;
    const bool sorted = observer.kind == ObserverLayout::Kind::kExactlyOnce;
    for (uint32_t k = 0; k + 1 < observer.words; ++k) {
      SharedSite site;
      site.slot = base + 1 + k;
      site.group = group_of[static_cast<std::size_t>(items.ids.begin()->code)];
      site.offset = items.ids.begin()->offset;
      site.guard = base;
      site.above = k;
      site.label = sorted ? base : site.slot;
      plan.sites.push_back(std::move(site));
    }
    if (sorted) plan.sorted.emplace_back(base, observer.words - 1);
  }

  const Program& program_;
  const std::vector<ObserverLayout>& observers_;
  std::vector<const Code*> codes_;  // of processes, then of properties
  // Places: registers of each code, kinds of cells, the items. A level's index is beside them.
  std::vector<std::string> place_names_;
  std::vector<std::size_t> register_base_;  // by code
  std::vector<std::vector<int>>
      definitions_;  // by code, register: the instruction; -1 none, -2 many
  std::vector<std::vector<bool>> zero_at_start_;  // by code, register
  std::vector<std::vector<bool>> idle_;           // by code, instruction: it sets what nobody reads
  std::vector<ObjectInfo> objects_;
  std::size_t items_place_ = 0;
  std::vector<bool> is_candidate_;  // by code
  std::vector<std::vector<SymmetryRefusal>> reasons_;
  std::vector<Value> values_;
  bool changed_ = false;
};

}  // namespace

SymmetryFindings FindSymmetry(const Program& program,
                              const std::vector<ObserverLayout>& observers) {
  return Finder(program, observers).Run();
}

}  // namespace interleave
