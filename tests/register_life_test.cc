// Where registers are alive, against the table of the textbook; and that long programs take no more
// work than their length.

#include "sim/program/register_life.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <set>
#include <string>
#include <vector>

#include "sim/program/liveness.h"
#include "tests/support/random_program.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

std::vector<bool> NothingIgnored(const Code& code) {
  return std::vector<bool>(code.register_count, false);
}

// By instruction, the registers alive before it: filled until nothing changes.
std::vector<std::set<uint32_t>> TableOf(const Code& code, const std::vector<KeptRegisters>& kept) {
  std::vector<std::set<uint32_t>> alive(code.instructions.size());
  for (bool changed = true; changed;) {
    changed = false;
    for (uint32_t at = 0; at < code.instructions.size(); ++at) {
      std::set<uint32_t> now;
      VisitSuccessors(code, at,
                      [&](uint32_t to) { now.insert(alive[to].begin(), alive[to].end()); });
      VisitRegisters(
          code.instructions[at], code, [](uint32_t, uint32_t) {},
          [&](uint32_t reg, uint32_t) { now.erase(reg); });
      VisitRegisters(
          code.instructions[at], code,
          [&](uint32_t first, uint32_t count) {
            for (uint32_t r = first; r < first + count; ++r) now.insert(r);
          },
          [](uint32_t, uint32_t) {});
      for (const KeptRegisters& k : kept) {
        for (uint32_t r = k.reg; at >= k.begin && at < k.end && r < k.reg + k.count; ++r)
          now.insert(r);
      }
      changed = changed || now != alive[at];
      alive[at] = std::move(now);
    }
  }
  return alive;
}

void CheckAgainstTable(const Code& code, const std::vector<KeptRegisters>& kept) {
  std::vector<std::set<uint32_t>> found(code.instructions.size());
  RegisterLife life(code, NothingIgnored(code), kept);
  while (life.Next()) {
    for (const uint32_t at : life.alive_before()) {
      CHECK(life.IsAliveBefore(at));
      CHECK_MESSAGE(found[at].insert(life.reg()).second, "once");
    }
  }
  CHECK(found == TableOf(code, kept));
}

uint64_t VisitsOf(const std::string& text) {
  const LoadedScenario loaded = LoadValid(text);
  const Code& code = loaded->codes[0];
  std::vector<bool> ignored = NothingIgnored(code);  // but for what holds everywhere
  ignored[kSelfRegister] = ignored[kFrameRegister] = true;
  for (const auto& [reg, value] : code.constants) ignored[reg] = true;
  RegisterLife life(code, ignored, {});
  while (life.Next()) {
  }
  return life.visits();
}

TEST_CASE("Registers are alive where the table says") {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const LoadedScenario loaded = LoadScenario(MakeRandomScenario(seed).text);
    if (!loaded) continue;
    for (const ProcessCode& code : loaded->codes) {
      CAPTURE(seed);
      CheckAgainstTable(code, {});
      const auto half = static_cast<uint32_t>(code.instructions.size() / 2);
      CheckAgainstTable(code, {{1, half, 0, 2}, {half, half, 0, 1}, {half, half + 1, 1, 3}});
    }
  }
}

TEST_CASE("Registers of local arrays, of jumps backwards and of selects are alive, too") {
  const LoadedScenario loaded = LoadValid(
      "shared int x = 0;\n"
      "process p {\n"
      "    int a[4] = {0}; int k = x;\n"
      "  back:\n"
      "    a[k % 4] = x; x = a[(k + 1) % 4];\n"
      "    select { when (x == 1) k = x + 1; when (x > 1) goto back; else k = 0; }\n"
      "    for (int i = 0; i < k; i++) { if (x == i) goto back; x = i; }\n"
      "}\n");
  CheckAgainstTable(loaded->codes[0], {});
}

TEST_CASE("A program twice as long takes twice the work") {
  const char* const shapes[] = {
      "x = y + {0};\n",
      "while (x < {0}) {{ x = x + 1; if (y == {0}) break; }}\n",
      "{{ int k = x; y = k + f(k); }}\n",
      "a{0}: x = y + {0}; if (x == 1) goto b{0}; goto c{0}; b{0}: x = 2; goto a{0}; c{0}: ;\n",
  };
  for (const char* shape : shapes) {
    const auto visits = [&](int count) {
      std::string text = "shared int x = 0, y = 0;\nint f(int k) { return k * x; }\nprocess p {\n";
      for (int i = 0; i < count; ++i) text += fmt::format(fmt::runtime(shape), i);
      return VisitsOf(text + "}\n");
    };
    const uint64_t once = visits(100);
    CAPTURE(shape);
    CHECK(once > 0);
    CHECK(visits(200) <= 2 * once + 100);
  }
}

}  // namespace
}  // namespace interleave
