// Events and states to rows. A row tells the accesses of its step and the conditions they decided;
// local work in between is told only where a condition contains what was read: everything else can
// be read off the source line.
//
// The drawing marks a cell as taken when somebody has read it since it was last written and it lies
// outside out .. in - 1. (By the indices alone an item that is stored before `in` moves would look
// taken, and a full ring with in == out empty.)

#include "model/report/trace_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "model/report/history.h"
#include "model/report/values.h"

namespace interleave {
namespace {

using Kind = Event::Kind;

std::string Tie(std::string text) {
  std::replace(text.begin(), text.end(), ' ', kTied);
  return text;
}

bool Contains(SourceRange outer, SourceRange inner) {
  return outer.begin <= inner.begin && inner.end <= outer.end;
}

bool IsAccess(Kind kind) {
  return kind == Kind::kRead || kind == Kind::kWrite || kind == Kind::kOperation ||
         kind == Kind::kStep || kind == Kind::kBegin || kind == Kind::kAtomic;
}

const Type* ElementOf(const Type* type) {
  return type->kind == TypeKind::kArray ? type->element : type;
}

// Which cells of the ring were written in this run, and read since.
struct RingHistory {
  std::vector<bool> written, read;
};

class ViewBuilder {
 public:
  ViewBuilder(const Program& program, const Source& source)
      : program_(program), source_(source), evaluator_(program) {
    for (const PropertySyntax& property : program.scenario->syntax->properties) {
      if (!property.expression) continue;
      VisitExpressions(*property.expression, [&](const Expr& expr) {
        if (static_cast<Intrinsic>(expr.intrinsic) == Intrinsic::kItems) tells_items_ = true;
      });
    }
    if (program.drawing.object < 0) return;
    const MemoryObject& ring = program.objects[static_cast<std::size_t>(program.drawing.object)];
    if (ring.kind != nullptr || ring.symbol->type->kind != TypeKind::kArray) return;
    ring_ = &ring;
    stride_ = static_cast<uint32_t>(ElementOf(ring.symbol->type)->cells);
    history_.written.assign(ring.cells, false);
    history_.read.assign(ring.cells, false);
    const DrawOption& draw = program.scenario->options.draw;
    out_slot_ = IndexSlot(draw.out);
    in_slot_ = IndexSlot(draw.in);
  }

  bool has_drawing() const { return ring_ != nullptr; }
  const MemoryObject* ring() const { return ring_; }

  ViewRow Start(const Trace& trace) {
    ViewRow row;
    std::vector<std::string> parts;
    for (std::size_t p = 0; p < trace.initial_events.size(); ++p) {
      bool chose = false;
      const ProcessCode& code = program_.CodeOf(static_cast<int>(p));
      for (const Event& event : trace.initial_events[p]) {
        NoteForRing(event);
        ViewAccess access = Access(code, event, trace.initial);
        if (event.kind == Kind::kChose) {
          if (chose) {
            parts.push_back(access.value);
          } else {
            parts.push_back(program_.processes[p].name + Tie(" " + access.Parts().front()));
          }
          chose = true;
        }
        if (event.kind == Kind::kPrinted) {
          parts.push_back(fmt::format("{} {} {}", program_.processes[p].name, access.verb(),
                                      Tie(access.Parts().front())));
        }
        if (event.kind == Kind::kProduced || event.kind == Kind::kConsumed) {
          row.marks.push_back(access.Parts().front());
          parts.push_back(program_.processes[p].name + " " + Tie(row.marks.back()));
        }
        if (event.kind != Kind::kBranch) row.accesses.push_back(std::move(access));
      }
    }
    row.words = "(start)";
    if (!parts.empty()) row.words += fmt::format(" {}", fmt::join(parts, ", "));
    row.brief = row.words;
    if (has_drawing()) row.drawn = Draw(trace.initial);
    row.drawn.changed = true;
    return row;
  }

  ViewRow Step(const TraceStep& step, const std::vector<int64_t>& before, int number,
               const RunError* error) {
    ViewRow row;
    row.first_step = row.last_step = number;
    row.process = step.process;
    row.decided = step.decided;
    const ProcessCode& code = program_.CodeOf(step.process);
    bool has_place = false;
    const auto place = [&](const CodeLocation& at) {
      if (has_place) return;
      has_place = true;
      row.range = at.range;
      row.statement = at.statement;
      row.calls = code.CallsTo(at);
      row.line = source_.LineIndex(code.InOwnText(at).range.begin);
      row.line_name = source_.NameOfLine(row.line);
    };
    const auto point_before = static_cast<std::size_t>(before[PointSlot(step.process)]);
    const CodeLocation& stood_at =
        code.locations[code.instructions[code.points[point_before].instruction].location];
    const Event* last_read = nullptr;
    for (const Event& event : step.events) {
      NoteForRing(event);
      if (event.kind == Kind::kRead) last_read = &event;
      const CodeLocation& at = code.locations[event.location];
      if (IsAccess(event.kind)) place(at);
      if (event.kind == Kind::kBranch) {
        ViewCondition condition{at.range, OneLine(source_, at.range), event.value != 0, false,
                                false,    row.accesses.size()};
        for (const ViewAccess& access : row.accesses) {
          condition.is_of_access = condition.is_of_access ||
                                   (access.kind == Kind::kRead && Contains(at.range, access.range));
        }
        const bool first = row.conditions.empty();
        condition.follows = first && last_read != nullptr && !condition.is_of_access &&
                            FlowOf(step.process).ToBranch(last_read->location, event.location);
        row.conditions.push_back(std::move(condition));
      } else {
        row.accesses.push_back(Access(code, event, before));
        row.accesses.back().woken = WokenBy(event, step.process);
      }
      if (event.kind == Kind::kProduced || event.kind == Kind::kConsumed) {
        row.marks.push_back(row.accesses.back().Parts().front());
      }
    }
    if (error != nullptr) {
      row.failed = true;
      place({error->range, error->statement, error->call});
      // The failing read is the last event; what it read is not a value.
      const bool unwritten = error->kind == ErrorKind::kUnwritten && !row.accesses.empty();
      if (unwritten && row.accesses.back().kind == Kind::kRead) row.accesses.back().value = "-";
    }
    if (!has_place) {  // a step without events: an access to own memory alone
      place(stood_at);
    }
    row.changes = Changes(before, step.state);
    NoteSleepers(before, step.state, step.process);
    if (has_drawing()) row.drawn = Draw(step.state);
    const auto point = static_cast<std::size_t>(step.state[PointSlot(step.process)]);
    row.done = program_.StandingOf(step.state.data(), step.process) == Standing::kDone;
    if (program_.HasSteps(step.state.data(), step.process)) {
      row.stands_at =
          code.locations[code.instructions[code.points[point].instruction].location].range;
    }
    row.words = Words(row, error, false);
    row.brief = row.did = Words(row, error, true);
    if (!row.calls.empty()) {
      std::string calls;
      for (const SourceRange& call : row.calls) {
        calls += (calls.empty() ? "" : " > ") + OneLine(source_, call);
      }
      row.words = Tie(calls) + ": " + row.words;
      row.brief = calls.substr(0, calls.find('(')) + ": " + row.brief;
    }
    return row;
  }

  std::string IndexName(const Expr* expr, const char* otherwise) const {
    if (expr == nullptr) return otherwise;
    const std::string text = OneLine(source_, expr->range);
    return text.size() <= 10 ? text : otherwise;
  }

 private:
  uint32_t PointSlot(int process) const {
    return program_.processes[static_cast<std::size_t>(process)].point_slot;
  }

  Flow& FlowOf(int process) {
    const int code = program_.processes[static_cast<std::size_t>(process)].code;
    return flows_.try_emplace(code, program_.CodeOf(process)).first->second;
  }

  uint32_t IndexSlot(const Expr* expr) {
    if (expr == nullptr) return 0;
    return Condition(program_, program_.initial.data(), -1).SlotOf(*expr).value_or(0);
  }

  void NoteForRing(const Event& event) {
    if (!has_drawing() || (event.kind != Kind::kRead && event.kind != Kind::kWrite)) return;
    if (event.address < ring_->base || event.address >= ring_->base + ring_->cells) return;
    const std::size_t cell = event.address - ring_->base;
    if (event.kind == Kind::kWrite) history_.written[cell] = true;
    history_.read[cell] = event.kind == Kind::kRead;
  }

  // Who changed the cells of objects, last and before that; -1: nobody did.
  struct Changers {
    int last = -1;
    int before = -1;
  };

  void NoteSleepers(const std::vector<int64_t>& before, const std::vector<int64_t>& after,
                    int process) {
    for (const MemoryObject& object : program_.objects) {
      if (object.symbol->kind == SymbolKind::kTable) continue;
      for (uint32_t slot = object.base; slot < object.base + object.cells; ++slot) {
        if (before[slot] == after[slot]) continue;
        Changers& changers = changers_[slot];
        changers = {process, changers.last};
      }
    }
  }

  // Of an operation that ends a sleep: who changed the cell that says that the process sleeps,
  // since it fell asleep. Empty where that is not known, as of a step that is told alone.
  std::string WokenBy(const Event& event, int process) const {
    if (event.kind != Kind::kOperation) return {};
    const Operation& operation = program_.operations[event.operation];
    if (operation.words == nullptr || operation.words->woken.empty()) return {};
    const Member* const sleeps = operation.kind().FindMember(operation.kind().kind->words.set);
    if (sleeps == nullptr) return {};
    const auto me = static_cast<uint32_t>(process) + 1;
    const auto found =
        changers_.find(event.address + static_cast<uint32_t>(sleeps->cell_offset) + me);
    if (found == changers_.end()) return {};
    const Changers& changers = found->second;
    if (changers.last == process) return operation.words->unwoken;
    if (changers.before != process) return {};
    const auto waker = static_cast<std::size_t>(changers.last);
    return operation.words->woken + " " + program_.processes[waker].name;
  }

  ViewAccess Access(const Code& code, const Event& event, const std::vector<int64_t>& before) {
    ViewAccess access;
    static_cast<EventText&>(access) = TextOf(program_, event);
    access.in_atomic = event.in_atomic;
    access.range = code.locations[event.location].range;
    if (event.kind == Kind::kWrite) {
      // In one step nobody else writes: it is unwritten if it was before and this is the first.
      const uint32_t written = program_.slots[event.address].written;
      if (written != 0 && before[written] == 0 && event.old == before[event.address]) {
        access.old = "-";
      }
    }
    return access;
  }

  // The event in words, tied where a line must not be broken.
  static std::string Tied(const EventText& text) {
    std::string line;
    for (const std::string& part : text.Parts()) line += (line.empty() ? "" : " ") + Tie(part);
    return line;
  }

  std::vector<ViewChange> Changes(const std::vector<int64_t>& before,
                                  const std::vector<int64_t>& after) const {
    std::vector<ViewChange> changes;
    for (uint32_t slot = 1; slot < program_.state_size(); ++slot) {
      const Slot& info = program_.slots[slot];
      if (info.kind == SlotKind::kItems && tells_items_ && before[slot] != after[slot]) {
        changes.push_back({slot, "items", fmt::format("{}", before[slot]),
                           fmt::format("{}", after[slot]), true, false});
      }
      if (info.kind != SlotKind::kMemory) continue;
      const MemoryObject& object = program_.objects[static_cast<std::size_t>(info.object)];
      const bool is_ghost = object.symbol->kind == SymbolKind::kGhost;
      if (StartsObject(program_, slot)) {
        const auto first = static_cast<std::ptrdiff_t>(slot);
        const uint32_t cells = CellsOfPlace(program_, slot);
        if (std::equal(before.begin() + first, before.begin() + first + cells,
                       after.begin() + first)) {
          slot += cells - 1;
          continue;
        }
        std::string old_text = ObjectText(program_, before.data(), slot);
        std::string new_text = ObjectText(program_, after.data(), slot);
        // What changed is perhaps no part of the picture.
        if (old_text != new_text)
          changes.push_back({slot, PlaceName(program_, slot), std::move(old_text),
                             std::move(new_text), is_ghost, false});
        slot += cells - 1;
        continue;
      }
      const bool first_write = info.written != 0 && before[info.written] != after[info.written];
      if (before[slot] == after[slot] && !first_write) continue;
      const bool in_ring =
          ring_ != nullptr && slot >= ring_->base && slot < ring_->base + ring_->cells;
      const bool is_drawn = in_ring || (has_drawing() && (slot == out_slot_ || slot == in_slot_));
      changes.push_back({slot, PlaceName(program_, slot), CellText(program_, before.data(), slot),
                         CellText(program_, after.data(), slot), is_ghost, is_drawn});
    }
    return changes;
  }

  // What a cell of the ring holds: in full, and as it is drawn, a character without its quotes.
  void SetDrawn(const std::vector<int64_t>& state, uint32_t first, DrawnCell& drawn) const {
    for (uint32_t k = 0; k < stride_; ++k) {
      const std::string cell =
          FormatValue(program_, program_.slots[first + k].type, state[first + k]);
      const bool is_quoted = cell.size() == 3 && cell.front() == '\'';
      drawn.value += (k == 0 ? "" : ",") + cell;
      drawn.text += (k == 0 ? "" : ",") + (is_quoted ? cell.substr(1, 1) : cell);
    }
  }

  Drawn Draw(const std::vector<int64_t>& state) {
    Drawn drawn;
    const auto out = evaluator_.Evaluate(program_.drawing.out, state.data());
    const auto in = evaluator_.Evaluate(program_.drawing.in, state.data());
    if (out) drawn.out = fmt::format("{}", *out);
    if (in) drawn.in = fmt::format("{}", *in);
    const uint32_t count = ring_->cells / stride_;
    std::vector<bool> live(count, false);
    if (out && in && *out >= 0 && *in >= 0 && count > 0) {
      for (auto i = static_cast<uint64_t>(*out) % count; i != static_cast<uint64_t>(*in) % count;
           i = (i + 1) % count) {
        live[i] = true;
      }
    }
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t first = ring_->base + i * stride_;
      bool written = false, never = true, read = true, zero = true;
      for (uint32_t k = 0; k < stride_; ++k) {
        const uint32_t bit = program_.slots[first + k].written;
        written = written || history_.written[i * stride_ + k];
        never = never && bit != 0 && state[bit] == 0;
        read = read && history_.read[i * stride_ + k];
        zero = zero && state[first + k] == 0;
      }
      DrawnCell cell;
      SetDrawn(state, first, cell);
      if (never || (!written && zero)) {
        cell.state = DrawnCell::State::kUnwritten;
        cell.text = "-";
      } else {
        cell.state = read && !live[i] ? DrawnCell::State::kTaken : DrawnCell::State::kLive;
      }
      drawn.cells.push_back(std::move(cell));
    }
    return drawn;
  }

  // "atomic", "await" or "select", by the source text.
  std::string BlockWord(SourceRange range) const {
    const std::string text = OneLine(source_, range);
    for (const char* word : {"atomic", "await", "select"}) {
      if (text.rfind(word, 0) == 0) return word;
    }
    return "atomic";
  }

  // What `malloc` and `free` of a program in C did, or a call with its locals; empty: that is not
  // in this step.
  std::string LifetimeWords(const ViewRow& row) const {
    const Symbol* const allocated = program_.scenario->allocated;
    std::string locals;
    bool begin = false;
    if (!program_.has_lifetimes) return "";
    std::string call;  // `ftruncate` gives memory, too
    for (const ViewAccess& access : row.accesses) {
      if (access.kind == Kind::kOperation) call = fmt::format("{}", fmt::join(access.Parts(), " "));
      if (access.kind != Kind::kWrite) continue;
      if (allocated != nullptr && access.place.starts_with(allocated->name)) {
        if (!call.empty()) return call;
        return fmt::format("{} heap{}", access.value == "0" ? "gives back" : "is given",
                           access.place.substr(allocated->name.size()));
      }
      const std::size_t name = access.place.find(kIsThere);
      if (name == std::string::npos) continue;
      begin = access.value != "0";
      locals += (locals.empty() ? "" : ", ") + access.place.substr(0, name) +
                access.place.substr(name + kIsThere.size());
    }
    return locals.empty() ? "" : fmt::format("{} {}", locals, begin ? "begins" : "ends");
  }

  std::string Words(const ViewRow& row, const RunError* error, bool brief) const {
    std::vector<std::string> parts;   // joined by "; "
    std::vector<std::string> shared;  // what one verb is said of, joined by ", "
    std::string_view verb;
    std::string block;
    const auto flush = [&] {
      if (!shared.empty()) parts.push_back(fmt::format("{} {}", verb, fmt::join(shared, ", ")));
      shared.clear();
    };
    // `x--` in an atomic block: what it writes says enough, unless a condition looks at it.
    const auto is_told_by_write = [&](std::size_t read) {
      const bool is_tested = std::any_of(
          row.conditions.begin(), row.conditions.end(), [&](const ViewCondition& condition) {
            return condition.at > read && (condition.is_of_access || condition.follows);
          });
      if (is_tested) return false;
      for (std::size_t i = read; i < row.accesses.size(); ++i) {
        const ViewAccess& later = row.accesses[i];
        if (later.kind == Kind::kWrite && later.place == row.accesses[read].place) return true;
      }
      return false;
    };
    // Conditions that more accesses follow stand where they were tested.
    const auto tell_conditions = [&](std::size_t at) {
      for (const ViewCondition& condition : row.conditions) {
        if (condition.at != at || block == "await") continue;
        if (!condition.is_of_access && (!condition.follows || brief)) continue;
        const bool of_read = !shared.empty() && condition.is_of_access;
        flush();
        const std::string truth = condition.value ? "true" : "false";
        if (brief) {
          parts.push_back(Tie("test " + truth));
        } else if (of_read) {
          parts.back() += fmt::format(": {} is {}", condition.text, truth);
        } else {
          parts.push_back(fmt::format("{} is {}", condition.text, truth));
        }
      }
    };
    for (std::size_t i = 0; i < row.accesses.size(); ++i) {
      const ViewAccess& access = row.accesses[i];
      tell_conditions(i);
      std::string words = Tied(access);
      if (!access.verb().empty()) {
        if (!block.empty() && is_told_by_write(i)) continue;
        if (!shared.empty() && verb != access.verb()) flush();
        verb = access.verb();
        if (std::find(shared.begin(), shared.end(), words) == shared.end()) {
          shared.push_back(std::move(words));
        }
        continue;
      }
      if (access.kind == Kind::kBranch) continue;
      flush();
      if (access.kind == Kind::kAtomic) {
        block = BlockWord(access.range);
      } else {
        parts.push_back(std::move(words));
      }
    }
    flush();
    std::string text = fmt::format("{}", fmt::join(parts, "; "));
    if (const std::string heap = LifetimeWords(row); !heap.empty()) {
      text = heap;
      block.clear();
    }
    if (block == "await") {
      const std::string condition = OneLine(source_, row.range);
      if (parts.empty()) return Tie("await") + " passes";
      return (brief ? "await passes; " : "passes " + Tie(condition) + "; ") + text;
    }
    if (!block.empty()) text = text.empty() ? block : block + ": " + text;
    // The other conditions, as far as this step's reads are part of them.
    std::vector<const ViewCondition*> told;
    for (const ViewCondition& condition : row.conditions) {
      if (condition.at < row.accesses.size()) continue;
      if (condition.is_of_access || (condition.follows && !brief)) told.push_back(&condition);
    }
    if (!told.empty()) {
      if (brief) {
        text += "; " + Tie(told.back()->value ? "test true" : "test false");
      } else {
        for (std::size_t i = 0; i < told.size(); ++i) {
          text += fmt::format("{} {} is {}",
                              i > 0              ? ","
                              : told[i]->follows ? ";"
                                                 : ":",
                              told[i]->text, told[i]->value ? "true" : "false");
        }
      }
    }
    if (error != nullptr && (row.accesses.empty() || row.accesses.back().value != "-")) {
      if (!text.empty()) text += text == block ? ": " : "; ";
      const bool assertion = error->kind == ErrorKind::kAssertion;
      text += assertion || brief ? Tie(assertion ? "assertion fails" : "fails")
                                 : Tie(OneLine(source_, error->range)) + " fails";
    }
    if (text.empty()) text = "moves";
    return text;
  }

  const Program& program_;
  const Source& source_;
  Evaluator evaluator_;
  const MemoryObject* ring_ = nullptr;
  bool tells_items_ = false;  // a property names the count; else the marks say enough
  uint32_t stride_ = 1;
  uint32_t out_slot_ = 0, in_slot_ = 0;
  RingHistory history_;
  std::map<uint32_t, Changers> changers_;  // by slot
  std::map<int, Flow> flows_;
};

bool SameDrawing(const Drawn& a, const Drawn& b) {
  if (a.out != b.out || a.in != b.in || a.cells.size() != b.cells.size()) return false;
  for (std::size_t i = 0; i < a.cells.size(); ++i) {
    if (a.cells[i].state != b.cells[i].state || a.cells[i].text != b.cells[i].text) return false;
  }
  return true;
}

// Joins consecutive steps of one process after which the whole state is what it was before: rounds
// of busy waiting. `states[i]` is the state before row i + 1, rows[0] being the start.
std::vector<ViewRow> Fold(std::vector<ViewRow> rows, const Trace& trace) {
  const auto before = [&](std::size_t row) -> const std::vector<int64_t>& {
    return row == 1 ? trace.initial : trace.steps[row - 2].state;
  };
  constexpr std::size_t kLongestRound = 64;
  std::vector<ViewRow> folded;
  for (std::size_t i = 0; i < rows.size();) {
    std::size_t length = 0;
    for (std::size_t n = 1; i > 0 && n <= kLongestRound && i + n <= rows.size(); ++n) {
      const ViewRow& last = rows[i + n - 1];
      if (last.process != rows[i].process || last.failed || !last.marks.empty()) break;
      if (trace.steps[i + n - 2].state == before(i)) {
        length = n;
        break;
      }
    }
    if (length < 2) {
      folded.push_back(std::move(rows[i++]));
      continue;
    }
    ViewRow joined = rows[i];
    joined.rounds = 1;
    joined.words.clear();
    for (std::size_t k = 0; k < length; ++k) {
      joined.words += (k == 0 ? "goes round: " : "; ") + rows[i + k].brief;
    }
    joined.brief = joined.words;
    const auto same_round = [&](std::size_t at) {
      for (std::size_t k = 0; k < length; ++k) {
        if (at + k >= rows.size() || rows[at + k].process != rows[i].process ||
            rows[at + k].words != rows[i + k].words || rows[at + k].failed ||
            trace.steps[at + k - 1].state != trace.steps[i + k - 1].state) {
          return false;
        }
      }
      return true;
    };
    while (same_round(i + static_cast<std::size_t>(joined.rounds) * length)) ++joined.rounds;
    const std::size_t steps = static_cast<std::size_t>(joined.rounds) * length;
    joined.last_step = rows[i + steps - 1].last_step;
    joined.stands_at = rows[i + steps - 1].stands_at;
    joined.changes.clear();
    if (joined.rounds > 1) {
      const std::string times = " " + Tie(fmt::format("({} times)", joined.rounds));
      joined.words += times;
      joined.brief += times;
    }
    folded.push_back(std::move(joined));
    i += steps;
  }
  return folded;
}

}  // namespace

std::string Untied(std::string text) {
  std::replace(text.begin(), text.end(), kTied, ' ');
  return text;
}

std::string OneLine(const Source& source, SourceRange range) {
  const std::string_view text = source.Slice(range);
  std::string line;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "//") {
      while (i < text.size() && text[i] != '\n') ++i;
      if (i == text.size()) break;
    } else if (text.substr(i, 2) == "/*") {
      const std::size_t end = text.find("*/", i + 2);
      i = end == std::string_view::npos ? text.size() - 1 : end + 1;
      continue;
    }
    const auto c = static_cast<unsigned char>(text[i]);
    const bool blank = c <= ' ' || c == 127;
    if (blank && (line.empty() || line.back() == ' ')) continue;
    line += blank ? ' ' : text[i];
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  // Brackets around the whole.
  while (line.size() >= 2 && line.front() == '(' && line.back() == ')') {
    int depth = 0;
    std::size_t close = 0;
    for (; close < line.size(); ++close) {
      depth += line[close] == '(' ? 1 : line[close] == ')' ? -1 : 0;
      if (depth == 0) break;
    }
    if (close != line.size() - 1) break;
    line = line.substr(1, line.size() - 2);
  }
  return line;
}

TraceView BuildTraceView(const Program& program, const Source& source, const Trace& trace,
                         const ViewOptions& options) {
  ViewBuilder builder(program, source);
  TraceView view;
  view.has_drawing = builder.has_drawing();
  if (view.has_drawing) {
    view.ring_name = builder.ring()->symbol->name;
    view.out_name = builder.IndexName(program.scenario->options.draw.out, "out");
    view.in_name = builder.IndexName(program.scenario->options.draw.in, "in");
  }
  view.rows.push_back(builder.Start(trace));
  std::vector<bool> acts(program.processes.size(), false);
  for (std::size_t i = 0; i < trace.steps.size(); ++i) {
    const TraceStep& step = trace.steps[i];
    acts[static_cast<std::size_t>(step.process)] = true;
    const bool last = i + 1 == trace.steps.size();
    ViewRow row = builder.Step(step, i == 0 ? trace.initial : trace.steps[i - 1].state,
                               static_cast<int>(i) + 1, last ? options.error : nullptr);
    row.drawn.changed = !SameDrawing(row.drawn, view.rows.back().drawn);
    view.rows.push_back(std::move(row));
  }
  for (int p = 0; p < program.process_count(); ++p) {
    if (acts[static_cast<std::size_t>(p)]) view.actors.push_back(p);
  }
  view.loop_start = trace.loop_start;
  if (options.fold && !trace.loop_start) view.rows = Fold(std::move(view.rows), trace);
  return view;
}

ViewRow DescribeStep(const Program& program, const Source& source, const TraceStep& step,
                     const std::vector<int64_t>& before, const RunError* error) {
  return ViewBuilder(program, source).Step(step, before, 1, error);
}

}  // namespace interleave
