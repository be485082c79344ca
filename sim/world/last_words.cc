#include "sim/world/last_words.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <csignal>
#include <initializer_list>

namespace interleave {
namespace {

constexpr std::size_t kMostText = 496;

// Of this process, which is a child: where its fault is told.
std::atomic<int>* own_fault = nullptr;
static_assert(std::atomic<int>::is_always_lock_free, "set by a signal handler");

// Whether the process did itself what the signal is about. What others send has no positive code;
// a SIGBUS for an address that exists is memory that the machine cannot give.
bool IsItsOwn(int number, const siginfo_t& info) {
  if (info.si_code <= 0) return info.si_pid == getpid();
  return number != SIGBUS || info.si_code == BUS_ADRALN;
}

void OnFault(int number, siginfo_t* info, void*) {
  if (IsItsOwn(number, *info)) own_fault->store(number);
  raise(number);  // It comes when this returns, and has its default action again.
}

}  // namespace

struct LastWords::Place {
  std::atomic<int> fault;
  bool is_taken;  // of the parent alone
  std::array<char, kMostText> text;
};

LastWords::LastWords(Sandbox& sandbox)
    : region_(sandbox, RegionKind::kAnonymous, sizeof(Place) * Sandbox::kMaxChildren) {}

LastWords::Place& LastWords::At(std::size_t place) const {
  assert(place < Sandbox::kMaxChildren);
  return static_cast<Place*>(region_.parent_address())[place];
}

std::size_t LastWords::Take() {
  std::size_t place = 0;
  while (At(place).is_taken) ++place;
  At(place).fault = 0;
  At(place).text[0] = '\0';
  At(place).is_taken = true;
  return place;
}

void LastWords::GiveBack(std::size_t place) { At(place).is_taken = false; }

// On the ordinary stack: who has no stack left dies without a word, and the size of a stack is the
// machine's doing.
void LastWords::TellFaults(std::size_t place) const {
  own_fault = &At(place).fault;
  struct sigaction action = {};
  action.sa_sigaction = OnFault;
  action.sa_flags = static_cast<int>(SA_SIGINFO | static_cast<unsigned>(SA_RESETHAND));
  sigemptyset(&action.sa_mask);
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
    sigaction(number, &action, nullptr);
  }
}

void LastWords::Tell(std::size_t place, std::string_view why) const noexcept {
  std::array<char, kMostText>& text = At(place).text;
  const std::size_t length = std::min(why.size(), text.size() - 1);
  std::copy_n(why.begin(), length, text.begin());
  text[length] = '\0';
}

int LastWords::FaultOf(std::size_t place) const { return At(place).fault; }

std::string LastWords::TextOf(std::size_t place) const {
  const std::array<char, kMostText>& text = At(place).text;
  return {text.begin(), std::find(text.begin(), text.end(), '\0')};
}

}  // namespace interleave
