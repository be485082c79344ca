// Observers of items and of the cells of an array, composed into the steps: what their automata of
// model/property/observers.cc do, on the fields where they keep it.
//
// What would surprise: nothing is broken here. A step that would break an observer, or be more than
// it can hold, is the interpreter's.

#include <fmt/format.h>

#include "model/native/search_emitter.h"

namespace interleave {

void SearchEmitter::Mark(bool produced, const std::string& value) {
  Fact("il_saw_mark");
  if (partial_order_ != nullptr) {
    if (const uint64_t unit = FootprintUnits::Bit(partial_order_->units().marks); unit != 0) {
      Line("  wr |= {}ul;", unit);
    }
  }
  if (program_.items_slot != 0) {
    const std::string items = Get(program_.items_slot);
    Line("  {}",
         Put({program_.items_slot, 1, ""}, fmt::format("({} {} 1)", items, produced ? "+" : "-")));
  }
  for (const NativeObserver& observer : observers_) {
    switch (observer.layout.kind) {
      case ObserverLayout::Kind::kQueue: MarkQueue(observer, produced, value); break;
      case ObserverLayout::Kind::kBag: MarkBag(observer, produced, value); break;
      case ObserverLayout::Kind::kCells: break;
    }
  }
}

void SearchEmitter::MarkQueue(const NativeObserver& observer, bool produced,
                              const std::string& value) {
  const uint32_t items = observer.base + 1;
  const uint32_t most = observer.layout.words - 1;
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

// The items ascend.
void SearchEmitter::MarkBag(const NativeObserver& observer, bool produced,
                            const std::string& value) {
  const uint32_t items = observer.base + 1;
  const uint32_t most = observer.layout.words - 1;
  const auto item = [&](const char* index) { return Cell{items, most, index}; };
  Line("  {{ long length = {}, at;", Get(observer.base));
  if (produced) {
    Line("    if (IL_UNLIKELY(length == {})) goto slow;", most);
    Line("    for (at = length; at > 0; --at) {{");
    Line("      long before = {};", Get(item("(at - 1)")));
    Line("      if (before < {}) break;", value);
    Line("      {}", Put(item("at"), "before"));
    Line("    }}");
    Line("    {}", Put(item("at"), value));
    Line("    {}", Put({observer.base, 1, ""}, "(length + 1)"));
  } else {
    Line("    for (at = 0; at < length && {} != {}; ++at);", Get(item("at")), value);
    Line("    if (IL_UNLIKELY(at == length)) goto slow;");
    Line("    for (; at + 1 < length; ++at) {{");
    Line("      long behind = {};", Get(item("(at + 1)")));
    Line("      {}", Put(item("at"), "behind"));
    Line("    }}");
    Line("    {}", Put(item("at"), "0l"));
    Line("    {}", Put({observer.base, 1, ""}, "(length - 1)"));
  }
  Line("  }}");
}

void SearchEmitter::WatchCell(const Instruction& i, const Cell& cell, bool is_write) {
  if ((i.flags & kQuiet) != 0) return;  // the event is the operation
  for (const NativeObserver& observer : observers_) {
    if (observer.layout.has_items()) continue;
    const MemoryObject& object = program_.objects[static_cast<std::size_t>(observer.layout.object)];
    const bool anywhere = IsAnywhere(cell);
    if (!anywhere && program_.slots[cell.first].object != observer.layout.object) continue;
    const std::string address =
        fmt::format("{}{}", cell.first, cell.index.empty() ? "" : " + " + cell.index);
    const std::string offset = fmt::format("({} - {})", address, object.base);
    const Cell word = cell.index.empty() ? Cell{observer.base + cell.first - object.base, 1, ""}
                                         : Cell{observer.base, object.cells, offset};
    Line("  {}{{", anywhere ? fmt::format("if ((u64){} < {}ul) ", offset, object.cells) : "");
    Line("    if (IL_UNLIKELY(({}) {} 0)) goto slow;", Get(word), is_write ? "!=" : "==");
    Line("    {}", Put(word, is_write ? "1" : "0"));
    Line("  }}");
  }
}

}  // namespace interleave
