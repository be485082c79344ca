#pragma once
// Who makes a step. Today that is always a process; a store buffer that empties itself or a crash
// would be other kinds. Whoever asks what can happen next goes through Program::actors(), and
// whoever needs the process that a step belongs to asks the actor for it.

#include <cassert>
#include <cstddef>
#include <cstdint>

namespace interleave {

class Actor {
 public:
  enum class Kind : uint8_t { kProcess };

  constexpr Actor() = default;
  static constexpr Actor OfProcess(int process) { return {Kind::kProcess, process}; }

  constexpr Kind kind() const { return kind_; }
  // Whose step it is: into Program::processes.
  constexpr int process() const { return process_; }
  constexpr bool operator==(const Actor&) const = default;

 private:
  constexpr Actor(Kind kind, int process) : kind_(kind), process_(process) {}

  Kind kind_ = Kind::kProcess;
  int process_ = 0;
};

// All actors of a program with so many processes. Their numbers are dense, so that they index
// vectors and bits of sets: the processes come first, in their order.
class Actors {
 public:
  explicit constexpr Actors(int processes) : processes_(processes) {}

  constexpr std::size_t size() const { return static_cast<std::size_t>(processes_); }
  constexpr Actor operator[](std::size_t number) const {
    return Actor::OfProcess(static_cast<int>(number));
  }
  static constexpr std::size_t NumberOf(Actor actor) {
    assert(actor.kind() == Actor::Kind::kProcess);
    return static_cast<std::size_t>(actor.process());
  }

  class Iterator {
   public:
    constexpr Iterator(const Actors* actors, std::size_t at) : actors_(actors), at_(at) {}
    constexpr Actor operator*() const { return (*actors_)[at_]; }
    constexpr Iterator& operator++() {
      ++at_;
      return *this;
    }
    constexpr bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    const Actors* actors_;
    std::size_t at_;
  };
  constexpr Iterator begin() const { return {this, 0}; }
  constexpr Iterator end() const { return {this, size()}; }

 private:
  int processes_;
};

}  // namespace interleave
