// Each process gets a function of its own, so that where its fields lie and who it is are constants
// of the C. A step with decisions is run again for each outcome, as the interpreter does it.
//
// Tested by tests/native_test.cc: every scenario and random programs have the interpreter's counts.

#include "model/native/emit_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "sim/program/c_text.h"

namespace interleave {
namespace {

constexpr int kMaxDecisionsNative = 32;
constexpr int kMaxLocalWork = 100'000;

bool IsPointerWork(const Instruction& i) {
  switch (i.opcode) {
    case Opcode::kPointerAdd:
    case Opcode::kPointerSub:
    case Opcode::kPointerOrder:
    case Opcode::kPointerCheck: return true;
    default: return (i.flags & kMayBeOwn) != 0;
  }
}

class SearchEmitter {
 public:
  SearchEmitter(const Program& program, const FieldLayout& layout,
                const std::vector<NativeObserver>& observers, const PartialOrder* order,
                SearchFault fault)
      : program_(program),
        order_(order),
        fields_(layout.fields()),
        words_(layout.words()),
        observers_(observers),
        offsets_(OffsetsOfFacts(program)),
        fault_(fault) {}

  std::string Run() {
    for (int p = 0; p < program_.process_count(); ++p) Process(p);
    Expand();
    Judge();
    if (order_ != nullptr) ClosedGates();
    std::string body = std::move(text_);
    text_.clear();
    Line("typedef unsigned long u64;");
    Line("#define IL_LIKELY(c) __builtin_expect(!!(c), 1)");
    Line("#define IL_UNLIKELY(c) __builtin_expect(!!(c), 0)");
    Line("enum {{ W = {} }};", words_);
    Line("const unsigned il_words = W;");
    Line(
        "struct il_move {{ u64 reads, writes, first, second; unsigned point, outcomes; u64 "
        "visible; }};");
    Line("struct il_info {{ u64 slow, progress, broken; struct il_move *moves; }};");
    Line("unsigned char il_seen[{}], il_saw_mark;", offsets_.point_count + 1);
    Line("unsigned char il_passed[{}], il_cut[{}];", offsets_.instruction_count + 1,
         offsets_.instruction_count + 1);
    Line("unsigned char il_reached[{}], il_antecedent[{}];", program_.properties.size() + 1,
         program_.properties.size() + 1);
    if (needs_tables_) Tables();
    if (needs_units_) {
      text_ += "static const u64 il_unit[] = {";
      for (const uint8_t unit : order_->units().of_slot) {
        text_ += fmt::format("{}ul,", FootprintUnits::Bit(unit));
      }
      text_ += "};\n";
    }
    return text_ + body;
  }

 private:
  template <class... Arguments>
  void Line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    text_ += '\n';
  }

  // A fact from now on. Facts are shared by all threads: only ever written 1, and only once, lest
  // the line that holds them go to and fro between processors.
  void Fact(const std::string& name) { Line("    if (IL_UNLIKELY(!{})) {} = 1;", name, name); }

  // Fields that are found by the number of a slot.
  void Tables() {
    const auto table = [&](const char* type, const char* name, auto value) {
      text_ += fmt::format("static const {} {}[] = {{", type, name);
      for (const PackedField& field : fields_) text_ += value(field) + ",";
      text_ += "};\n";
    };
    table("unsigned", "il_word", [](const PackedField& f) { return fmt::format("{}", f.word); });
    table("unsigned char", "il_shift",
          [](const PackedField& f) { return fmt::format("{}", f.shift); });
    table("u64", "il_mask", [](const PackedField& f) { return fmt::format("{}ul", f.mask()); });
    table("long", "il_low", [](const PackedField& f) { return CLiteral(f.low); });
    text_ += R"c(
static inline long il_get(const u64 *n, long slot) {
  return (long)(((n[il_word[slot]] >> il_shift[slot]) & il_mask[slot]) + (u64)il_low[slot]);
}
static inline int il_put(u64 *n, long slot, long value) {
  u64 raw = (u64)value - (u64)il_low[slot];
  u64 *at = n + il_word[slot];
  if (raw & ~il_mask[slot]) return 0;
  *at = (*at & ~(il_mask[slot] << il_shift[slot])) | raw << il_shift[slot];
  return 1;
}
)c";
  }

  // --- Fields ---

  // One of `count` slots from `first` on: a fixed one, or by an index in C.
  struct Cell {
    uint32_t first = 0;
    uint32_t count = 1;
    std::string index;  // empty: the first
  };

  std::string Get(uint32_t slot, const char* state = "n") const {
    const PackedField& f = fields_[slot];
    if (f.width == 0) return CLiteral(f.low);
    const std::string raw =
        fmt::format("(long)(({}[{}] >> {}) & {}ul)", state, f.word, f.shift, f.mask());
    return f.low == 0 ? raw : fmt::format("((long)((u64){} + (u64){}))", raw, CLiteral(f.low));
  }

  // Whether the cells lie side by side and are alike.
  bool IsRegular(const Cell& cell) const {
    const PackedField& first = fields_[cell.first];
    for (uint32_t k = 0; k < cell.count; ++k) {
      const PackedField& f = fields_[cell.first + k];
      if (f.width != first.width || f.low != first.low) return false;
      if (f.width > 0 && (f.word != first.word || f.shift != first.shift + k * first.width)) {
        return false;
      }
    }
    return true;
  }

  std::string Get(const Cell& cell) {
    if (cell.index.empty()) return Get(cell.first);
    const PackedField& f = fields_[cell.first];
    if (!IsRegular(cell)) {
      needs_tables_ = true;
      return fmt::format("il_get(n, {} + {})", cell.first, cell.index);
    }
    if (f.width == 0) return CLiteral(f.low);
    return fmt::format("((long)(((n[{}] >> ({} + {} * ({}))) & {}ul) + (u64){}))", f.word, f.shift,
                       f.width, cell.index, f.mask(), CLiteral(f.low));
  }

  // A statement; what does not fit is for the interpreter.
  std::string Put(const Cell& cell, const std::string& value) {
    const PackedField& f = fields_[cell.first];
    if (!cell.index.empty() && !IsRegular(cell)) {
      needs_tables_ = true;
      return fmt::format("if (IL_UNLIKELY(!il_put(n, {} + {}, {}))) goto slow;", cell.first,
                         cell.index, value);
    }
    if (f.width == 0) {
      return fmt::format("if (IL_UNLIKELY({} != {})) goto slow;", value, CLiteral(f.low));
    }
    if (fault_ == SearchFault::kTruncation && cell.index.empty()) {
      return fmt::format("n[{}] = (n[{}] & ~({}ul << {})) | (((u64)({}) - (u64){}) & {}ul) << {};",
                         f.word, f.word, f.mask(), f.shift, value, CLiteral(f.low), f.mask(),
                         f.shift);
    }
    const std::string shift = cell.index.empty()
                                  ? fmt::format("{}", f.shift)
                                  : fmt::format("({} + {} * ({}))", f.shift, f.width, cell.index);
    return fmt::format(
        "{{ u64 raw = (u64)({}) - (u64){}; if (IL_UNLIKELY(raw > {}ul)) goto slow; n[{}] = (n[{}] "
        "& "
        "~({}ul << {})) | raw << {}; }}",
        value, CLiteral(f.low), f.mask(), f.word, f.word, f.mask(), shift, shift);
  }

  // --- Registers ---

  std::string R(uint32_t reg) const {
    if (const auto constant = Constant(reg)) return CLiteral(*constant);
    return uses_array_ ? fmt::format("r[{}]", reg) : fmt::format("r{}", reg);
  }
  std::optional<int64_t> Constant(uint32_t reg) const {
    for (const auto& [constant, value] : code_->constants) {
      if (constant == reg) return value;
    }
    if (process_ != nullptr && reg == kSelfRegister) return process_->index;
    if (process_ != nullptr && reg == kFrameRegister) return process_->own_base;
    return std::nullopt;
  }

  void Registers() {
    uses_array_ = std::any_of(
        code_->instructions.begin(), code_->instructions.end(), [](const Instruction& i) {
          return i.opcode == Opcode::kRegisterLoad || i.opcode == Opcode::kRegisterStore;
        });
    if (uses_array_) {
      Line("  long r[{}];", code_->register_count);
      for (uint32_t reg = 0; reg < code_->register_count; ++reg) {
        if (const auto constant = Constant(reg)) Line("  r[{}] = {};", reg, CLiteral(*constant));
      }
      return;
    }
    for (uint32_t reg = 0; reg < code_->register_count; ++reg) {
      if (!Constant(reg)) Line("  long r{} = 0;", reg);
    }
  }

  // The cell at c + r[a], one of the span that the instruction may lead to.
  Cell CellAt(const Instruction& i) const {
    if (const auto constant = Constant(i.a)) {
      return {static_cast<uint32_t>(*constant + i.c), 1, ""};
    }
    const Slot& slot = program_.slots[i.c];
    if (slot.kind != SlotKind::kMemory) return {i.c, 1, fmt::format("({})", R(i.a))};
    const MemoryObject& object = program_.objects[static_cast<std::size_t>(slot.object)];
    const uint32_t reach = std::min(i.span, object.base + object.cells - i.c);
    return {i.c, reach, fmt::format("({})", R(i.a))};
  }
  // The written flag of a cell; count 0 where it has none.
  Cell WrittenOf(const Cell& cell) const {
    const uint32_t first = program_.slots[cell.first].written;
    return first == 0 ? Cell{0, 0, ""} : Cell{first, cell.count, cell.index};
  }

  // --- Code that processes and properties share. False: not of this kind. ---

  bool EmitLocal(const Instruction& i, uint32_t at) {
    const auto jump = [&](const std::string& condition) {
      if (i.c <= at) {
        Line("  {}{{ if (IL_UNLIKELY((work += {}) > {})) goto slow; goto I{}; }}", condition,
             at + 1 - i.c, kMaxLocalWork, i.c);
      } else {
        Line("  {}goto I{};", condition, i.c);
      }
    };
    switch (i.opcode) {
      case Opcode::kJump: jump(""); return true;
      case Opcode::kBranchFalse: jump(fmt::format("if ({} == 0) ", R(i.a))); return true;
      case Opcode::kBranchTrue: jump(fmt::format("if ({} != 0) ", R(i.a))); return true;
      default: break;
    }
    const auto name = [this](uint32_t reg) { return R(reg); };
    const auto text = LocalInC(i, name, {"goto slow;", "goto slow;", "goto slow;"});
    if (text) Line("  {}", *text);
    return text.has_value();
  }

  // --- Processes ---

  void Process(int number) {
    process_ = &program_.processes[static_cast<std::size_t>(number)];
    const ProcessCode& code = program_.CodeOf(number);
    process_code_ = &code;
    code_ = &code;
    Line(
        "static unsigned il_step_{}(const u64 *s, u64 *out, unsigned room, struct il_info *info) "
        "{{",
        number);
    if (order_ != nullptr) {
      Line("  info->moves[{}].point = info->moves[{}].outcomes = 0;", number, number);
    }
    if (code.own_count > 0) {
      // Own memory: the interpreter's.
      Line("  const u64 *n = s;");
      Line("  if ({} != 0) info->slow |= 1ul << {};", Get(process_->point_slot), number);
      Line("  return 0;");
      Line("}}");
      return;
    }
    const bool decides =
        std::any_of(code.instructions.begin(), code.instructions.end(), [](const Instruction& i) {
          return i.opcode == Opcode::kChoose || i.opcode == Opcode::kSelect;
        });
    Line("  u64 n[W]; unsigned made = 0, work, changed; int lic;");
    if (decides) {
      Line("  unsigned decided, decisions = 0; struct {{ unsigned index, count; }} d[{}];",
           kMaxDecisionsNative);
    }
    if (order_ != nullptr)
      Line("  unsigned from; u64 rd = 0, wr = 0, first = 0, second = 0, visible = 0;");
    Registers();
    Line("again:;");
    Line("  for (unsigned w = 0; w < W; ++w) n[w] = s[w];");
    Line("  work = changed = 0; lic = 1;");
    if (decides) Line("  decided = 0;");
    if (order_ != nullptr) Line("  from = {};", Get(process_->point_slot));
    Line("  switch ({}) {{", Get(process_->point_slot));
    Line("    case 0: return 0;");
    for (std::size_t k = 1; k < code.points.size(); ++k) {
      std::string load;
      for (const Spill& live : code.points[k].live) {
        load += fmt::format("{} = {}; ", R(live.reg), Get(process_->spill_base + live.offset));
      }
      for (const uint32_t reg : code.label_registers) {
        if (reg != 0) load += fmt::format("{} = 0; ", R(reg));
      }
      Line("    case {}: {}goto A{};", k, load, code.points[k].instruction);
    }
    Line("    default: __builtin_unreachable();");
    Line("  }}");
    const std::vector<bool> is_target = JumpTargets(*code_);
    for (uint32_t at = 0; at < code.instructions.size(); ++at) {
      const Instruction& i = code.instructions[at];
      if (is_target[at]) Line("I{}:;", at);
      if ((i.flags & kStops) != 0) {
        const uint32_t point = code.point_of[at];
        if (point == 0) {
          Line("  goto slow;");  // never reached
          continue;
        }
        if (program_.granularity == Granularity::kStatement) {
          Line("  if (!lic) {{");
          Stop(point);
          Line("  }}");
        } else {
          Stop(point);
        }
        Line("A{}:;", at);
      }
      Emit(i, at);
    }
    Line("made_one:;");
    Line("  if (IL_UNLIKELY(made == room)) goto slow;");
    Line("  for (unsigned w = 0; w < W; ++w) out[made * W + w] = n[w];");
    Line("  ++made;");
    Line("  info->progress |= changed;");
    Line("next_outcome:;");
    if (decides) {
      Line(
          "  while (decisions != 0 && ++d[decisions - 1].index == d[decisions - 1].count) "
          "--decisions;");
      Line("  if (decisions != 0) goto again;");
    }
    if (order_ != nullptr) {
      Line("  info->moves[{}] = (struct il_move){{rd, wr, first, second, from, made, visible}};",
           number);
    }
    Line("  return made;");
    Line("slow:;");
    Line("  info->slow |= 1ul << {};", number);
    Line("  return 0;");
    Line("}}");
    process_ = nullptr;
  }

  // The step ends at a program point: what is alive goes to the state.
  void Stop(uint32_t point) {
    const ProcessCode& code = *process_code_;
    std::vector<std::string> value(code.spill_count);
    for (const Spill& live : code.points[point].live) value[live.offset] = R(live.reg);
    uint32_t label_place = 0;
    for (const uint32_t reg : code.label_registers) {
      if (reg != 0) value[label_place++] = R(reg);
    }
    std::vector<uint64_t> mask(words_, 0), fixed(words_, 0);
    std::vector<std::string> varying(words_);
    const PackedField& at = fields_[process_->point_slot];
    if (at.width > 0) {
      mask[at.word] |= at.mask() << at.shift;
      fixed[at.word] |= (point - static_cast<uint64_t>(at.low)) << at.shift;
    }
    for (uint32_t k = 0; k < code.spill_count; ++k) {
      const PackedField& f = fields_[process_->spill_base + k];
      const bool dead = value[k].empty();
      if (f.width == 0) {
        if (!dead || f.low != 0) {
          Line("    if (IL_UNLIKELY({} != {})) goto slow;", dead ? "0l" : value[k],
               CLiteral(f.low));
        }
        continue;
      }
      mask[f.word] |= f.mask() << f.shift;
      if (dead) {
        fixed[f.word] |= (0 - static_cast<uint64_t>(f.low)) << f.shift;
        continue;
      }
      const std::string raw = fmt::format("((u64){} - (u64){})", value[k], CLiteral(f.low));
      if (fault_ != SearchFault::kTruncation) {
        Line("    if (IL_UNLIKELY({} > {}ul)) goto slow;", raw, f.mask());
      }
      varying[f.word] += fmt::format(" | ({} & {}ul) << {}", raw, f.mask(), f.shift);
    }
    for (std::size_t w = 0; w < words_; ++w) {
      if (mask[w] == 0) continue;
      Line("    n[{}] = (n[{}] & {}ul) | {}ul{};", w, w, ~mask[w], fixed[w], varying[w]);
    }
    Fact(fmt::format("il_seen[{}]",
                     offsets_.points[static_cast<std::size_t>(process_->code)] + point));
    if (point == 0) Line("    changed = 1;");
    if (order_ != nullptr) CheckWay(point);
    Line("    goto made_one;");
  }

  // --- What partial order asks ---

  // PartialOrder::IsVisible and Check, of a step that ends at `to`.
  void CheckWay(uint32_t to) {
    const auto process = static_cast<int>(process_ - program_.processes.data());
    const std::size_t points = process_code_->points.size();
    std::string visible;
    for (uint32_t from = 1; from < points; ++from) {
      if (order_->IsVisible(process, from, to)) visible += fmt::format(" | (from == {})", from);
      const PointFacts& facts = order_->point(process, from);
      if (facts.counting.kind == Counting::Kind::kAdd) {
        Line("    if (from == {} && IL_UNLIKELY({} < {})) info->broken |= {};", from,
             Get(facts.counting.slot), Get(facts.counting.slot, "s"),
             static_cast<int>(PartialOrder::Broken::kCounter));
      }
      for (const PartialOrder::Claim& claim : order_->claims(process, from)) {
        if (claim.to != to) continue;
        Line("    if (from == {} && IL_UNLIKELY({} {}{} {})) info->broken |= {};", from,
             Get(claim.slot_after), claim.shrinks ? ">" : "<", claim.is_strict ? "=" : "",
             Get(claim.slot_before, "s"), static_cast<int>(PartialOrder::Broken::kLocal));
      }
    }
    if (!visible.empty()) Line("    visible |= 0{};", visible);
  }

  void Touch(const char* set, const Cell& cell) {
    if (order_ == nullptr) return;
    const FootprintUnits& units = order_->units();
    const uint64_t first = units.Of(cell.first);
    bool same = true;
    for (uint32_t k = 1; k < cell.count; ++k) same = same && units.Of(cell.first + k) == first;
    if (cell.index.empty() || same) {
      if (first != 0) Line("  {} |= {}ul;", set, first);
      return;
    }
    needs_units_ = true;
    Line("  {} |= il_unit[{} + {}];", set, cell.first, cell.index);
  }
  void TouchRead(const Cell& cell) {
    if (order_ == nullptr) return;
    Touch(order_->units().is_watched[cell.first] != 0 ? "wr" : "rd", cell);
  }

  void ClosedGates() {
    Line("u64 il_closed(const u64 *n) {{");
    Line("  u64 closed = 0;");
    for (std::size_t g = 0; g < order_->gates().size(); ++g) {
      const Gate& gate = order_->gates()[g];
      Line("  if (!({} {} {})) closed |= 1ul << {};", Get(gate.slot), OperatorText(gate.op),
           CLiteral(gate.bound), g);
    }
    Line("  return closed;");
    Line("}}");
  }

  bool IsWatched(const Cell& cell) const {
    const int object = program_.slots[cell.first].object;
    return std::any_of(observers_.begin(), observers_.end(), [&](const NativeObserver& observer) {
      return observer.kind == NativeObserver::Kind::kSlots && observer.object == object;
    });
  }

  void Licence() {
    if (program_.granularity == Granularity::kStatement) Line("  lic = 1;");
  }

  // dst = a way of `count`.
  void Decide(const std::string& dst, const std::string& count) {
    Line(
        "    if (decided == decisions) {{ if (decisions == {}) goto slow; d[decisions].index = 0; "
        "d[decisions++].count = {}; }}",
        kMaxDecisionsNative, count);
    Line("    {} = d[decided++].index;", dst);
  }

  void Emit(const Instruction& i, uint32_t at) {
    if (IsPointerWork(i)) {
      Line("  goto slow;");
      return;
    }
    if (EmitLocal(i, at)) return;
    switch (i.opcode) {
      case Opcode::kChoose:
        Line("  if (IL_UNLIKELY({} > {} || (u64){} - (u64){} > 65535ul)) goto slow;", R(i.a),
             R(i.b), R(i.b), R(i.a));
        Line("  {{ unsigned way;");
        Decide("way", fmt::format("(unsigned)({} - {} + 1)", R(i.b), R(i.a)));
        Line("    {} = {} + way; }}", R(i.dst), R(i.a));
        break;
      case Opcode::kAssert: Line("  if (IL_UNLIKELY({} == 0)) goto slow;", R(i.a)); break;
      case Opcode::kAssume: {
        const std::size_t fact =
            offsets_.instructions[static_cast<std::size_t>(process_->code)] + at;
        Line("  if ({} == 0) {{", R(i.a));
        Fact(fmt::format("il_cut[{}]", fact));
        Line("  goto next_outcome; }}");
        Fact(fmt::format("il_passed[{}]", fact));
        break;
      }
      case Opcode::kPeek:
        TouchRead(CellAt(i));
        Line("  {} = {};", R(i.dst), Get(CellAt(i)));
        break;
      case Opcode::kPoke:
        Touch("wr", CellAt(i));
        Line("  {}", Put(CellAt(i), R(i.b)));
        break;
      case Opcode::kProduced:
      case Opcode::kConsumed: Mark(i.opcode == Opcode::kProduced, R(i.a)); break;
      case Opcode::kEndExpression:
      case Opcode::kAtomicEnd: Line("  lic = 0;"); break;
      case Opcode::kBlockUnless: Line("  if ({} == 0) goto next_outcome;", R(i.a)); break;
      case Opcode::kSelect: Select(i); break;
      case Opcode::kLoad: {
        const Cell cell = CellAt(i);
        if (IsWatched(cell)) {
          Line("  goto slow;");
          break;
        }
        if ((i.flags & kCovered) == 0) TouchRead(cell);
        if (const Cell written = WrittenOf(cell); written.count != 0) {
          Line("  if (IL_UNLIKELY({} == 0)) goto slow;", Get(written));
        }
        Line("  {} = {};", R(i.dst), Get(cell));
        Licence();
        break;
      }
      case Opcode::kStore: {
        const Cell cell = CellAt(i);
        if (IsWatched(cell)) {
          Line("  goto slow;");
          break;
        }
        if (fault_ == SearchFault::kDroppedStore && !dropped_) {
          dropped_ = true;
          break;
        }
        if ((i.flags & kCovered) == 0) Touch("wr", cell);
        Line("  changed |= {} != {};", Get(cell), R(i.b));
        Line("  {}", Put(cell, R(i.b)));
        if (const Cell written = WrittenOf(cell); written.count != 0) {
          Line("  if ({} == 0) {{ changed = 1; {} }}", Get(written), Put(written, "1"));
        }
        Licence();
        break;
      }
      case Opcode::kAtomicBegin:
      case Opcode::kStep: Licence(); break;
      case Opcode::kOperationBegin: {
        if ((i.flags & kCovered) == 0) {
          const Operation& operation = program_.operations[code_->operations[i.b].operation];
          const Cell cell = CellAt(i);
          if (operation.group == Operation::Group::kFirst) Touch("first", cell);
          if (operation.group == Operation::Group::kSecond) Touch("second", cell);
        }
        Licence();
        break;
      }
      case Opcode::kOperationEnd: Licence(); break;
      case Opcode::kLimit: Line("  if (IL_UNLIKELY({} == 0)) goto slow;", R(i.a)); break;
      case Opcode::kHalt: Stop(0); break;
      default: Line("  goto slow;");
    }
  }

  void Mark(bool produced, const std::string& value) {
    Fact("il_saw_mark");
    if (order_ != nullptr) {
      if (const uint64_t unit = FootprintUnits::Bit(order_->units().marks); unit != 0) {
        Line("  wr |= {}ul;", unit);
      }
    }
    if (program_.items_slot != 0) {
      const std::string items = Get(program_.items_slot);
      Line("  {}", Put({program_.items_slot, 1, ""},
                       fmt::format("({} {} 1)", items, produced ? "+" : "-")));
    }
    for (const NativeObserver& observer : observers_) {
      if (observer.kind == NativeObserver::Kind::kOther) Line("  goto slow;");
      if (observer.kind != NativeObserver::Kind::kFifo) continue;
      const uint32_t items = observer.base + 1;
      const uint32_t most = observer.words - 1;
      const auto item = [&](const char* index) { return Cell{items, most, index}; };
      Line("  {{ long length = {};", Get(observer.base));
      if (produced) {
        Line("    if (IL_UNLIKELY(length == {})) goto slow;", most);
        Line("    {}", Put(item("length"), value));
        Line("    {}", Put({observer.base, 1, ""}, "(length + 1)"));
      } else {
        Line("    if (IL_UNLIKELY(length == 0 || {} != {})) goto slow;", Get(items), value);
        Line("    for (long k = 1; k < length; ++k) {{");
        Line("      long moved = {};", Get(item("k")));
        Line("      {}", Put(item("(k - 1)"), "moved"));
        Line("    }}");
        Line("    {}", Put(item("(length - 1)"), "0l"));
        Line("    {}", Put({observer.base, 1, ""}, "(length - 1)"));
      }
      Line("  }}");
    }
  }

  void Select(const Instruction& i) {
    const SelectTable& table = code_->selects[i.c];
    std::string count = "0";
    for (const auto& [reg, target] : table.alternatives)
      count += fmt::format(" + ({} != 0)", R(reg));
    Line("  {{ unsigned count = (unsigned)({}), skip = 0;", count);
    if (table.else_target >= 0) {
      Line("    if (count == 0) goto I{};", table.else_target);
    } else {
      Line("    if (count == 0) goto next_outcome;");
    }
    Line("    if (count > 1) {{");
    Decide("skip", "count");
    Line("    }}");
    for (const auto& [reg, target] : table.alternatives) {
      Line("    if ({} != 0 && skip-- == 0) goto I{};", R(reg), target);
    }
    Line("  }}");
  }

  void Expand() {
    Line("unsigned (*const il_steps[])(const u64 *, u64 *, unsigned, struct il_info *) = {{");
    for (int p = 0; p < program_.process_count(); ++p) Line("  il_step_{},", p);
    Line("}};");
    Line("unsigned il_expand(const u64 *s, u64 *out, unsigned room, struct il_info *info) {{");
    Line("  unsigned made = 0;");
    Line("  info->slow = info->progress = 0;");
    for (int p = 0; p < program_.process_count(); ++p) {
      Line("  made += il_step_{}(s, out + made * W, room - made, info);", p);
    }
    Line("  return made;");
    Line("}}");
  }

  // --- Properties ---

  static bool IsJudged(const Code& code) {
    return std::all_of(
        code.instructions.begin(), code.instructions.end(), [](const Instruction& i) {
          return i.opcode != Opcode::kProcessBlocked && i.opcode != Opcode::kProcessWaiting &&
                 i.opcode != Opcode::kProcessAtLabel && i.opcode != Opcode::kProcessLocal &&
                 i.opcode != Opcode::kIsUnwritten && !IsPointerWork(i);
        });
  }

  // The value of a condition: 0 or not; the interpreter's where it returns 2.
  void Condition(const std::string& name, const Code& code) {
    code_ = &code;
    process_ = nullptr;
    Line("static int {}(const u64 *n) {{", name);
    Line("  unsigned work = 0;");
    Registers();
    const std::vector<bool> is_target = JumpTargets(*code_);
    for (uint32_t at = 0; at < code.instructions.size(); ++at) {
      const Instruction& i = code.instructions[at];
      if (is_target[at]) Line("I{}:;", at);
      if (EmitLocal(i, at)) continue;
      switch (i.opcode) {
        case Opcode::kPeek: {
          const Cell cell = CellAt(i);
          if (const Cell written = WrittenOf(cell); written.count != 0) {
            Line("  if (IL_UNLIKELY({} == 0)) goto slow;", Get(written));
          }
          Line("  {} = {};", R(i.dst), Get(cell));
          break;
        }
        case Opcode::kProcessDone:
        case Opcode::kProcessInSection: OfProcess(i); break;
        case Opcode::kHalt: Line("  return {} != 0;", R(i.a)); break;
        default: Line("  goto slow;");
      }
    }
    Line("slow:;");
    Line("  return 2;");
    Line("}}");
  }

  // What is asked of where a process stands.
  void OfProcess(const Instruction& i) {
    Line("  switch ({} + {}) {{", i.c, R(i.a));
    for (std::size_t p = i.c; p < program_.processes.size(); ++p) {
      const ProcessInstance& process = program_.processes[p];
      if (process.code != program_.processes[i.c].code) break;
      const std::string point = Get(process.point_slot);
      std::string value = fmt::format("{} == 0", point);
      if (i.opcode == Opcode::kProcessInSection) {
        value = "0";
        const auto& points = program_.CodeOf(static_cast<int>(p)).points;
        for (std::size_t k = 0; k < points.size(); ++k) {
          if (points[k].sections[i.b]) value += fmt::format(" | {} == {}", point, k);
        }
      }
      Line("    case {}: {} = {}; break;", p, R(i.dst), value);
    }
    Line("    default: goto slow;");
    Line("  }}");
  }

  void Judge() {
    bool all = true;
    bool needs_completeness = false;
    std::string calls;
    for (std::size_t k = 0; k < program_.properties.size(); ++k) {
      const Property& property = program_.properties[k];
      switch (property.kind) {
        case PropertyKind::kInvariant:
        case PropertyKind::kNever:
        case PropertyKind::kReachable: break;
        case PropertyKind::kFifo:
        case PropertyKind::kExactlyOnce: needs_completeness = true; continue;
        case PropertyKind::kSlots: continue;
        case PropertyKind::kRace: all = false; continue;
      }
      if (!IsJudged(property.code) || (property.antecedent && !IsJudged(*property.antecedent))) {
        all = false;
        continue;
      }
      Condition(fmt::format("il_property_{}", k), property.code);
      if (property.kind == PropertyKind::kReachable) {
        calls += fmt::format(
            "  if (!il_reached[{}]) {{ int v = il_property_{}(n); if (v == 2) return 1; "
            "if (v) il_reached[{}] = 1; }}\n",
            k, k, k);
        continue;
      }
      if (property.antecedent) {
        Condition(fmt::format("il_antecedent_{}", k), *property.antecedent);
        calls += fmt::format(
            "  if (!il_antecedent[{}]) {{ int v = il_antecedent_{}(n); if (v == 2) return 1; "
            "if (v) il_antecedent[{}] = 1; }}\n",
            k, k, k);
      }
      calls += fmt::format("  if (IL_UNLIKELY(il_property_{}(n) != {})) return 1;\n", k,
                           property.kind == PropertyKind::kInvariant ? 1 : 0);
    }
    Line("int il_judge(const u64 *n) {{");
    if (fault_ == SearchFault::kBlindJudge) {
      Line("  return 0;");
    } else if (!all) {
      Line("  return 1;");
    } else {
      text_ += calls;
      if (needs_completeness) {
        std::string over = "1";
        for (int p = 0; p < program_.process_count(); ++p) {
          if (program_.IsDaemon(p)) continue;
          over += fmt::format(" && {} == 0",
                              Get(program_.processes[static_cast<std::size_t>(p)].point_slot));
        }
        Line("  if ({}) return 1;", over);
      }
      Line("  return 0;");
    }
    Line("}}");
  }

  const Program& program_;
  const PartialOrder* order_;  // may be null
  const std::vector<PackedField>& fields_;
  const std::size_t words_;
  const std::vector<NativeObserver>& observers_;
  const FactOffsets offsets_;
  const SearchFault fault_;
  bool dropped_ = false;  // the fault kDroppedStore was made
  std::string text_;
  const Code* code_ = nullptr;
  const ProcessCode* process_code_ = nullptr;
  const ProcessInstance* process_ = nullptr;  // null: a property
  bool uses_array_ = false;
  bool needs_tables_ = false;
  bool needs_units_ = false;
};

}  // namespace

bool HasNativeSteps(const Program& program) {
  std::size_t instructions = 0;
  for (int p = 0; p < program.process_count(); ++p) {
    instructions += program.CodeOf(p).instructions.size();
  }
  return program.process_count() <= kMaxNativeProcesses && instructions <= kMaxNativeInstructions &&
         program.slots.size() <= kMaxNativeSlots;
}

FactOffsets OffsetsOfFacts(const Program& program) {
  FactOffsets offsets;
  for (const ProcessCode& code : program.codes) {
    offsets.points.push_back(offsets.point_count);
    offsets.instructions.push_back(offsets.instruction_count);
    offsets.point_count += code.points.size();
    offsets.instruction_count += code.instructions.size();
  }
  return offsets;
}

std::string EmitSearch(const Program& program, const FieldLayout& layout,
                       const std::vector<NativeObserver>& observers, const PartialOrder* order,
                       SearchFault fault) {
  return SearchEmitter(program, layout, observers, order, fault).Run();
}

}  // namespace interleave
