#include "tests/support/random_loose.h"

#include <fmt/format.h>

#include <random>

namespace interleave {
namespace {

class Loose {
 public:
  explicit Loose(uint64_t seed) : engine_(seed * 0x9e3779b97f4a7c15U + 1) {}

  std::string Run() {
    processes_ = 2 + Below(2);
    fails_ = Percent(25);
    marks_ = Percent(25);
    text_ =
        "shared uint8_t mine[3] = {}, x = 0, y = 0, gate = 0;\n"
        "shared uint8_t s = 1, t = 0, full = 0;\n"
        "shared queue<char, 2> q;\n"
        "ghost int g = 0, h = 0;\n"
        "ghost int seen[3] = {};\n";
    const bool is_array = Percent(35);
    if (is_array) {
      Process(fmt::format("p[{}]", processes_), -1);
    } else {
      for (int p = 0; p < processes_; ++p) Process(fmt::format("p{}", p), p);
    }
    Properties(is_array);
    return text_;
  }

 private:
  int Below(int n) { return static_cast<int>(engine_() % static_cast<uint64_t>(n)); }
  bool Percent(int percent) { return Below(100) < percent; }

  void Process(const std::string& name, int number) {
    own_ = number < 0 ? "self" : fmt::format("{}", number);
    text_ += fmt::format("{}process {} {{\n    uint8_t v = 0;\n",
                         number > 0 && Percent(15) ? "daemon " : "", name);
    const int kind = Below(5);
    if (kind == 0) {
      text_ += "    for (;;) {\n";
      Statements(2, 2);
      text_ += "    }\n";
    } else if (kind == 1) {
      text_ += fmt::format("    for (uint8_t i = 0; i < {}; i++) {{\n", 2 + Below(2));
      Statements(2, 2);
      text_ += "    }\n";
    } else {
      Statements(3, 1);
    }
    // Properties may ask for it.
    text_ += fmt::format("    section S {{ mine[{}] = 1; }}\n", own_);
    if (Percent(20)) text_ += "    ghost h++;\n";
    text_ += "}\n";
  }

  void Statements(int count, int depth) {
    for (int k = 0; k < count; ++k) Statement(depth);
  }

  void Line(int depth, const std::string& line) {
    text_ += std::string(static_cast<std::size_t>(4 * depth), ' ') + line + "\n";
  }

  void Statement(int depth) {
    const std::string mine = fmt::format("mine[{}]", own_);
    switch (Below(fails_ ? 26 : 24)) {
      case 0: Line(depth, fmt::format("{} = ({} + 1) & 1;", mine, mine)); break;
      case 1: Line(depth, fmt::format("v = {};", mine)); break;
      case 2: Line(depth, fmt::format("{} = v;", mine)); break;
      case 3: Line(depth, fmt::format("v = mine[{}];", Below(3))); break;
      case 4: Line(depth, fmt::format("x = {};", Below(2))); break;
      case 5: Line(depth, "v = x;"); break;
      case 6: Line(depth, "y = (x + 1) & 1;"); break;
      case 7: Line(depth, "atomic { s++; }"); break;
      case 8: Line(depth, "atomic { await (s > 0); s--; }"); break;
      case 9: Line(depth, "atomic { t++; }"); break;
      case 10: Line(depth, "atomic { await (t > 0); t--; }"); break;
      case 11: Line(depth, fmt::format("await (gate == {});", Below(2))); break;
      case 12: Line(depth, fmt::format("gate = {};", Below(2))); break;
      case 13: Line(depth, "append(q, v);"); break;
      case 14: Line(depth, "v = take(q);"); break;
      case 15: Line(depth, fmt::format("while (gate != {}) ;", Below(2))); break;
      case 16:
        Line(depth, fmt::format("{} = 1;", mine));
        Line(depth, fmt::format("ghost g = (g + {}) & 3;", 1 + Below(2)));
        break;
      case 17:
        Line(depth, fmt::format("v = {};", mine));
        Line(depth, Percent(50) ? "ghost { h = g; g = 0; }" : "ghost g = (g * 2 + 1) & 3;");
        break;
      case 18:
        Line(depth, "section S {");
        Line(depth + 1, fmt::format("{} = {};", mine, Below(2)));
        Line(depth, "}");
        break;
      case 19: Line(depth, "v = choose (0 .. 1);"); break;
      case 20:
        Line(depth, "step;");
        if (marks_) Line(depth, Percent(50) ? "produced(v);" : "ghost g = items & 3;");
        break;
      case 21:
        Line(depth, fmt::format("if ({} == {}) {{", Percent(50) ? "x" : "v", Below(2)));
        Statements(1 + Below(2), depth + 1);
        Line(depth, "}");
        break;
      case 22:
        Line(depth, "atomic { await (full == 0); full = 1; }");
        Statements(2, depth);
        Line(depth, "full = 0;");
        break;
      case 23:
        if (depth > 3) {
          Line(depth, "step;");
          break;
        }
        Line(depth, fmt::format("for (uint8_t i{} = 0; i{} < 2; i{}++) {{", depth, depth, depth));
        Statements(1 + Below(2), depth + 1);
        Line(depth, "}");
        break;
      case 24: Line(depth, fmt::format("assert (v == {});", Below(2))); break;
      default: Line(depth, "ghost assert (g < 3);"); break;
    }
  }

  void Properties(bool is_array) {
    const auto process = [&](int p) {
      return is_array ? fmt::format("p[{}]", p) : fmt::format("p{}", p);
    };
    for (int k = Below(3); k > 0; --k) {
      switch (Below(8)) {
        case 0: text_ += fmt::format("never n{}: mine[0] == 1 && mine[1] == 1;\n", k); break;
        case 1: text_ += fmt::format("invariant i{}: mine[0] + mine[1] < 2;\n", k); break;
        case 2: text_ += fmt::format("reachable r{}: x == 1 && mine[1] == 1;\n", k); break;
        case 3: text_ += fmt::format("invariant g{}: g != 3;\n", k); break;
        case 4:
          text_ += fmt::format("never s{}: {} in section S && {} in section S;\n", k, process(0),
                               process(1));
          break;
        case 5: text_ += fmt::format("invariant d{}: done({}) => x == 0;\n", k, process(0)); break;
        case 6:
          text_ += fmt::format("never v{}: {}.v == 1 && mine[1] == 1;\n", k, process(0));
          break;
        default: text_ += fmt::format("invariant h{}: h <= 1;\n", k); break;
      }
    }
    if (marks_ && Percent(50)) text_ += "invariant few: items < 3;\n";
    if (Percent(10)) text_ += "property slots (mine);\n";
  }

  std::mt19937_64 engine_;
  std::string text_;
  std::string own_;
  int processes_ = 2;
  bool fails_ = false;
  bool marks_ = false;
};

}  // namespace

std::string MakeLooseScenario(uint64_t seed) { return Loose(seed).Run(); }

}  // namespace interleave
