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

uint32_t ItemWords(const Program& program) {
  return static_cast<uint32_t>(program.scenario->options.outstanding) + 1;
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

ObserverLayout FifoAutomaton::layout() const {
  return {Layout::Kind::kQueue, ItemWords(program_), -1};
}

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

ObserverLayout ExactlyOnceAutomaton::layout() const {
  return {Layout::Kind::kBag, ItemWords(program_), -1};
}

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

ObserverLayout SlotsAutomaton::layout() const {
  return {Layout::Kind::kCells, program_.objects[static_cast<std::size_t>(object_)].cells, object_};
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

namespace {

std::unique_ptr<ObserverAutomaton> MakeAutomaton(const Program& program, const Property& property) {
  switch (property.kind) {
    case PropertyKind::kFifo: return std::make_unique<FifoAutomaton>(program);
    case PropertyKind::kExactlyOnce: return std::make_unique<ExactlyOnceAutomaton>(program);
    case PropertyKind::kSlots: return std::make_unique<SlotsAutomaton>(program, property.object);
    case PropertyKind::kInvariant:
    case PropertyKind::kNever:
    case PropertyKind::kReachable:
    case PropertyKind::kMutualExclusion:
    case PropertyKind::kTermination:
    case PropertyKind::kProgress:
    case PropertyKind::kBoundedWaiting:
    case PropertyKind::kStarvationFree:
    case PropertyKind::kEventually:
    case PropertyKind::kAlwaysEventually:
    case PropertyKind::kLtl:
    case PropertyKind::kRace: break;
  }
  return nullptr;
}

}  // namespace

std::vector<PropertyObserver> MakeObservers(const Program& program) {
  std::vector<PropertyObserver> observers;
  for (std::size_t i = 0; i < program.properties.size(); ++i) {
    auto automaton = MakeAutomaton(program, program.properties[i]);
    if (automaton) observers.push_back({std::move(automaton), static_cast<int>(i)});
  }
  return observers;
}

std::vector<ObserverLayout> LayoutsOf(const std::vector<PropertyObserver>& observers) {
  std::vector<ObserverLayout> layouts;
  layouts.reserve(observers.size());
  for (const PropertyObserver& observer : observers) {
    layouts.push_back(observer.automaton->layout());
  }
  return layouts;
}

}  // namespace interleave
