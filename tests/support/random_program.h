#pragma once
// Random scenarios as text, for comparing explorers. Every one is valid: it parses and passes the
// checker. What goes wrong in it goes wrong when it runs.

#include <cstdint>
#include <string>

namespace interleave {

// What a random scenario is modelled on.
enum class RandomTheme : uint8_t {
  kSoup,    // any statements, any shared objects
  kRing,    // producers and consumers at a circular buffer, often with a mistake
  kMutex,   // critical sections under locks of several kinds
  kQueues,  // stages that hand items on through queues
};
inline constexpr int kRandomThemes = 4;

const char* ThemeName(RandomTheme theme);

struct RandomScenario {
  RandomTheme theme = RandomTheme::kSoup;
  std::string text;
};

// The scenario of a seed; the same on every platform. `prefix` goes before every name that the
// scenario declares, so that two of one seed differ in their names alone; `reversed` turns round
// the order in which the processes are declared.
struct RandomStyle {
  std::string prefix;
  bool reversed = false;
};
RandomScenario MakeRandomScenario(uint64_t seed, const RandomStyle& style = {});

}  // namespace interleave
