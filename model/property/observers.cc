#include "model/property/observers.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/program/words.h"

namespace interleave {
namespace {

using Reaction = ObserverAutomaton::Reaction;

std::string Item(const Program& program, int64_t value) {
  return FormatValue(program, program.scenario->item_type, value);
}

std::string Items(const Program& program, const int64_t* words) {
  std::string text;
  for (int64_t i = 0; i < words[0]; ++i) text += (i == 0 ? "" : ", ") + Item(program, words[1 + i]);
  return text;
}

std::size_t ItemWords(const Program& program) {
  return static_cast<std::size_t>(program.scenario->options.outstanding) + 1;
}

Reaction Left(const Program& program, const int64_t* words, std::string* explain) {
  if (words[0] == 0) return Reaction::kFine;
  if (explain != nullptr) {
    *explain = fmt::format("the run is complete, but {} produced and never consumed: {}",
                           words[0] == 1 ? "one item was" : fmt::format("{} items were", words[0]),
                           Items(program, words));
  }
  return Reaction::kViolated;
}

Reaction NothingThere(const Program& program, int64_t value, std::string* explain) {
  if (explain != nullptr)
    *explain = fmt::format("{} is consumed while no item is outstanding", Item(program, value));
  return Reaction::kViolated;
}

}  // namespace

std::size_t FifoAutomaton::words() const { return ItemWords(program_); }

Reaction FifoAutomaton::On(const Event& event, int64_t* words, std::string* explain) const {
  if (event.kind == Event::Kind::kProduced) {
    if (words[0] + 1 == static_cast<int64_t>(ItemWords(program_))) return Reaction::kIncomplete;
    words[1 + words[0]++] = event.value;
  } else if (event.kind == Event::Kind::kConsumed) {
    if (words[0] == 0) return NothingThere(program_, event.value, explain);
    if (words[1] != event.value) {
      if (explain != nullptr) {
        *explain = fmt::format("{} is consumed, but the oldest item outstanding is {}",
                               Item(program_, event.value), Item(program_, words[1]));
      }
      return Reaction::kViolated;
    }
    std::copy(words + 2, words + 1 + words[0], words + 1);
    words[words[0]--] = 0;
  }
  return Reaction::kFine;
}

Reaction FifoAutomaton::OnComplete(const int64_t* words, std::string* explain) const {
  return Left(program_, words, explain);
}

std::size_t ExactlyOnceAutomaton::words() const { return ItemWords(program_); }

Reaction ExactlyOnceAutomaton::On(const Event& event, int64_t* words, std::string* explain) const {
  int64_t* const begin = words + 1;
  int64_t* const end = begin + words[0];
  int64_t* const at = std::lower_bound(begin, end, event.value);
  if (event.kind == Event::Kind::kProduced) {
    if (words[0] + 1 == static_cast<int64_t>(ItemWords(program_))) return Reaction::kIncomplete;
    std::copy_backward(at, end, end + 1);
    *at = event.value;
    ++words[0];
  } else if (event.kind == Event::Kind::kConsumed) {
    if (words[0] == 0) return NothingThere(program_, event.value, explain);
    if (at == end || *at != event.value) {
      if (explain != nullptr) {
        *explain = fmt::format(
            "{} is consumed, but only {} outstanding", Item(program_, event.value),
            words[0] == 1 ? Items(program_, words) + " is" : Items(program_, words) + " are");
      }
      return Reaction::kViolated;
    }
    std::copy(at + 1, end, at);
    end[-1] = 0;
    --words[0];
  }
  return Reaction::kFine;
}

Reaction ExactlyOnceAutomaton::OnComplete(const int64_t* words, std::string* explain) const {
  return Left(program_, words, explain);
}

std::size_t SlotsAutomaton::words() const {
  return program_.objects[static_cast<std::size_t>(object_)].cells;
}

Reaction SlotsAutomaton::On(const Event& event, int64_t* words, std::string* explain) const {
  if (event.kind != Event::Kind::kRead && event.kind != Event::Kind::kWrite) return Reaction::kFine;
  const MemoryObject& object = program_.objects[static_cast<std::size_t>(object_)];
  if (event.address < object.base || event.address >= object.base + object.cells)
    return Reaction::kFine;
  int64_t& full = words[event.address - object.base];
  const bool write = event.kind == Event::Kind::kWrite;
  if (write == (full != 0)) {
    if (explain != nullptr) {
      const std::string cell = SlotName(program_, event.address);
      const Type* type = program_.slots[event.address].type;
      *explain =
          write
              ? fmt::format("{} is overwritten: {} was not read yet", cell,
                            FormatValue(program_, type, event.old))
              : fmt::format("{} is read, but nobody has put anything there since it was last taken",
                            cell);
    }
    return Reaction::kViolated;
  }
  full = write;
  return Reaction::kFine;
}

std::vector<PropertyObserver> MakeObservers(const Program& program) {
  std::vector<PropertyObserver> observers;
  for (std::size_t i = 0; i < program.properties.size(); ++i) {
    const Property& property = program.properties[i];
    std::unique_ptr<ObserverAutomaton> automaton;
    if (property.kind == PropertyKind::kFifo) automaton = std::make_unique<FifoAutomaton>(program);
    if (property.kind == PropertyKind::kExactlyOnce)
      automaton = std::make_unique<ExactlyOnceAutomaton>(program);
    if (property.kind == PropertyKind::kSlots)
      automaton = std::make_unique<SlotsAutomaton>(program, property.object);
    if (automaton) observers.push_back({std::move(automaton), static_cast<int>(i)});
  }
  return observers;
}

std::vector<ObserverLayout> LayoutsOf(const Program& program,
                                      const std::vector<PropertyObserver>& observers) {
  std::vector<ObserverLayout> layouts;
  for (const PropertyObserver& observer : observers) {
    const Property& property = program.properties[static_cast<std::size_t>(observer.property)];
    ObserverLayout layout;
    layout.words = static_cast<uint32_t>(observer.automaton->words());
    if (property.kind == PropertyKind::kExactlyOnce)
      layout.kind = ObserverLayout::Kind::kExactlyOnce;
    if (property.kind == PropertyKind::kSlots) layout.kind = ObserverLayout::Kind::kSlots;
    layout.object = property.object;
    layouts.push_back(layout);
  }
  return layouts;
}

}  // namespace interleave
