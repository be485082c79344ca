// A condition means one thing: thousands of seeded random expressions, each on several memories,
// judged as an invariant, asserted, kept in a ghost, awaited, at both granularities, give the same
// value or the same first error with the same text in the same place; and what the reference
// evaluator (support/reference_evaluator.h), which shares no code with them, says. With compiled
// steps: what holds passes, and what does not is left to the interpreter, which words it.

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "model/native/native_steps.h"
#include "model/search/check.h"
#include "sim/program/evaluate.h"
#include "sim/program/stepper.h"
#include "tests/support/random_condition.h"
#include "tests/support/reference_evaluator.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

#ifdef INTERLEAVE_SANITIZED
constexpr uint64_t kConditions = 240;
#else
constexpr uint64_t kConditions = 3'600;
#endif
constexpr uint64_t kConditionsAScenario = 12;  // at most 64 processes
constexpr uint64_t kMemories = 4;
constexpr uint64_t kNativeConditions = 16;
constexpr uint64_t kNativeMemories = 60;

// What a condition gives on a state, in one of its uses.
struct Judged {
  ErrorKind error = ErrorKind::kNone;
  std::string text;  // of an error: message, hint and what it points at
  int64_t value = 0;
};

Judged FailureOf(const LoadedScenario& loaded, const RunError& error) {
  return {error.kind, error.message + "\n" + error.hint + "\nat `" +
                          std::string(loaded.source->Slice(error.range)) + "`"};
}

// Runs `process` alone until it is done, blocked or broken.
StepStatus RunAlone(Stepper& stepper, std::vector<int64_t>& state, int process) {
  const Program& program = stepper.program();
  const auto point = program.processes[static_cast<std::size_t>(process)].point_slot;
  stepper.FirstOutcome();
  StepStatus status = stepper.Start(state.data(), process);
  while (status == StepStatus::kOk && state[point] != 0) {
    stepper.FirstOutcome();
    status = stepper.Step(state.data(), process);
  }
  return status;
}

// The uses of condition k are these processes, from kUses * k on.
enum Use { kAssertion, kGhost, kGhostAssertion, kGuard, kIf, kUses };
constexpr const char* kUseNames[kUses] = {"assert", "ghost", "ghost assert", "await", "if"};

std::string TextOfUses(const std::vector<std::string>& conditions) {
  std::string text = kConditionObjects;
  text += kConditionFunctions;
  text += "ghost long kept = 0;\nghost int taken = 0;\n";
  for (std::size_t k = 0; k < conditions.size(); ++k) {
    const std::string& e = conditions[k];
    const std::string id = std::to_string(k);
    text += "process assert_" + id + " { assert (" + e + "); }\n";
    text += "process ghost_" + id + " { ghost kept = " + e + "; }\n";
    text += "process ghost_assert_" + id + " { ghost assert (" + e + "); }\n";
    text += "process guard_" + id + " { await (" + e + "); }\n";
    text += "process if_" + id + " { if (" + e + ") ghost taken = 1; }\n";
    text += "invariant holds_" + id + ": " + e + ";\n";
  }
  return text;
}

uint32_t SlotOf(const Program& program, const std::string& name) {
  for (const MemoryObject& object : program.objects) {
    if (object.symbol->name == name) return object.base;
  }
  return 0;
}

Judged JudgeUse(const LoadedScenario& loaded, Stepper& stepper, std::vector<int64_t> state,
                std::size_t condition, int use) {
  const StepStatus status = RunAlone(stepper, state, static_cast<int>(condition) * kUses + use);
  const bool asserted = use == kAssertion || use == kGhostAssertion;
  if (status == StepStatus::kError) {
    if (asserted && stepper.error().kind == ErrorKind::kAssertion) return {};
    return FailureOf(loaded, stepper.error());
  }
  if (status == StepStatus::kBlocked && use == kGuard) return {};
  if (status != StepStatus::kOk) return {ErrorKind::kNone, "another status", -1};
  if (use == kGhost) return {ErrorKind::kNone, "", state[SlotOf(*loaded, "kept")]};
  if (use == kIf) return {ErrorKind::kNone, "", state[SlotOf(*loaded, "taken")]};
  return {ErrorKind::kNone, "", 1};
}

std::string Words(const Judged& judged, bool whole) {
  if (judged.error != ErrorKind::kNone)
    return std::string(ErrorName(judged.error)) + ": " + judged.text;
  return judged.text + (whole               ? std::to_string(judged.value)
                        : judged.value != 0 ? "true"
                                            : "false");
}

// What is not as it should be with condition k, a line each.
std::string ConditionFaults(const LoadedScenario& loaded, Evaluator& evaluator, Stepper& stepper,
                            ReferenceEvaluator& reference, const std::vector<int64_t>& state,
                            std::size_t k, Judged& judged) {
  const auto value = evaluator.Evaluate(loaded->properties[k].code, state.data());
  judged = value ? Judged{ErrorKind::kNone, "", *value} : FailureOf(loaded, evaluator.error());
  std::string faults;
  const auto differ = [&](const std::string& what, const std::string& got,
                          const std::string& wanted) {
    if (got != wanted) faults += what + ": " + got + "\n  but invariant: " + wanted + "\n";
  };
  for (int use = 0; use < kUses; ++use) {
    const Judged other = JudgeUse(loaded, stepper, state, k, use);
    differ(kUseNames[use], Words(other, use == kGhost), Words(judged, use == kGhost));
  }
  const ReferenceOutcome outcome = reference.EvaluateProperty(k, state.data());
  if (!outcome.covered) return faults + "not covered: " + outcome.not_covered + "\n";
  Judged expected = {outcome.error, "", outcome.value};
  if (outcome.error != ErrorKind::kNone)
    expected.text = "at `" + std::string(loaded.source->Slice(outcome.range)) + "`";
  Judged plain = judged;
  if (const auto at = plain.text.find("at `"); at != std::string::npos) plain.text.erase(0, at);
  differ("reference", Words(expected, true), Words(plain, true));
  return faults;
}

TEST_CASE("A condition has one value and one error in all its uses") {
  std::map<std::string, int> kinds;
  int failed = 0;
  for (uint64_t first = 0; first < kConditions && failed < 10; first += kConditionsAScenario) {
    std::vector<std::string> conditions;
    for (uint64_t k = 0; k < kConditionsAScenario; ++k)
      conditions.push_back(RandomCondition(first + k, true, k % 3 == 0));
    const bool whole = first / kConditionsAScenario % 2 == 0;
    const LoadedScenario loaded =
        LoadScenario(TextOfUses(conditions), {}, {{"granularity", whole ? "statement" : "access"}});
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    Evaluator evaluator(*loaded);
    Stepper stepper(*loaded);
    ReferenceEvaluator reference(*loaded);
    for (uint64_t memory = 0; memory < kMemories; ++memory) {
      std::vector<int64_t> state = loaded->initial;
      if (memory > 0) FillRandomly(*loaded, first + memory, state);
      for (std::size_t k = 0; k < conditions.size(); ++k) {
        Judged judged;
        const std::string faults =
            ConditionFaults(loaded, evaluator, stepper, reference, state, k, judged);
        if (!faults.empty()) {
          ++failed;
          FAIL_CHECK("seed " << first + k << ", memory " << memory << ": " << conditions[k] << "\n"
                             << faults);
        }
        ++kinds[judged.error != ErrorKind::kNone ? ErrorName(judged.error)
                : judged.value != 0              ? "true"
                                                 : "false"];
      }
    }
  }
  std::string mix;
  for (const auto& [name, count] : kinds) mix += " " + std::to_string(count) + " " + name;
  MESSAGE("conditions on memories:" << mix);
  for (const char* kind : {"true", "false", "index", "pointer", "overflow", "division"}) {
    INFO(kind);
    CHECK(kinds[kind] * 100 > static_cast<int>(kConditions));
  }
}

constexpr const char* kWraps =
    "struct s { int f[4]; };\n"
    "shared struct s a[2] = {};\n";
constexpr const char* kWrapsCondition = "(&a[0] + 4611686018427387904L) == &a[0]";

TEST_CASE("A pointer that goes round the address space is an error wherever it stands") {
  const std::string objects = kWraps;
  const std::string e = kWrapsCondition;
  const auto error_of = [](const std::string& text) {
    const LoadedScenario loaded = LoadScenario(text, {}, {{"granularity", "statement"}});
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    const CheckResult result = Check(*loaded, {});
    CHECK(result.verdict == Verdict::kError);
    REQUIRE(result.counterexamples.size() == 1);
    const RunError& error = result.counterexamples[0].violation.error;
    CHECK(error.kind == ErrorKind::kPointer);
    return FailureOf(loaded, error).text;
  };
  const std::string text = error_of(objects + "process p { assert (" + e + "); }");
  // By hand, from DESIGN's list of errors.
  CHECK(text ==
        "the pointer leaves its object\na pointer stays between the first cell and one past the "
        "last\nat `&a[0] + 4611686018427387904L`");
  CHECK(error_of(objects + "process p { }\ninvariant wraps: " + e + ";") == text);
  CHECK(error_of(objects + "process p { }\nnever wraps: " + e + ";") == text);
  CHECK(error_of(objects + "process p { }\nreachable wraps: " + e + ";") == text);
  CHECK(error_of(objects + "process p { ghost assert (" + e + "); }") == text);
  CHECK(error_of(objects + "process p { await (" + e + "); }") == text);
}

// --- With compiled steps ---

// Fields for any value of the shared cells. Where processes stand is as in the interpreter.
FieldLayout WideLayout(const Program& program) {
  std::vector<SlotRange> ranges;
  for (std::size_t slot = 0; slot < program.state_size(); ++slot) {
    const Slot& info = program.slots[slot];
    if (info.kind == SlotKind::kMemory)
      ranges.push_back({INT64_MIN, INT64_MAX});
    else if (info.kind == SlotKind::kPoint)
      ranges.push_back({0, 15});
    else if (info.kind == SlotKind::kSpill || info.kind == SlotKind::kOwn)
      ranges.push_back({0, 1});
    else
      ranges.push_back({program.initial[slot], program.initial[slot]});
  }
  return FieldLayout(program, ranges);
}

TEST_CASE("Compiled conditions call functions as the interpreter does") {
  std::string text = std::string(kConditionObjects) + kConditionFunctions;
  text += "shared int chosen = 0;\nprocess chooser { chosen = 1; }\n";
  std::vector<std::string> conditions;
  for (uint64_t k = 0; k < kNativeConditions; ++k) {
    const std::string call = RandomCondition(2'000'000 + k, false, true);
    conditions.push_back("(larger(i, 3) < sum(uc, 3)) == (" + call + ") || folded(ul) > " + call);
    text += "invariant holds_" + std::to_string(k) + ": chosen != " + std::to_string(k) + " || (" +
            conditions[k] + ");\n";
  }
  const LoadedScenario loaded = LoadScenario(text, {}, {});
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  REQUIRE(HasNativeSteps(*loaded));
  const FieldLayout layout = WideLayout(*loaded);
  const NativeSteps native(*loaded, layout, {});
  ReferenceEvaluator reference(*loaded);
  const uint32_t chosen = SlotOf(*loaded, "chosen");
  std::vector<uint64_t> packed(layout.words());
  std::map<std::string, int> kinds;
  for (uint64_t memory = 0; memory < kNativeMemories; ++memory) {
    std::vector<int64_t> state = loaded->initial;
    Stepper stepper(*loaded);
    stepper.FirstOutcome();
    REQUIRE(stepper.Start(state.data(), 0) == StepStatus::kOk);
    FillRandomly(*loaded, memory, state);
    for (std::size_t k = 0; k < conditions.size(); ++k) {
      const Expr& property = *loaded.scenario->syntax->properties[k].expression;
      const ReferenceOutcome expected = reference.Evaluate(*property.operands[1], state.data());
      REQUIRE_MESSAGE(expected.covered, expected.not_covered);
      const bool fails = expected.error != ErrorKind::kNone;
      ++kinds[fails ? "error" : expected.truth ? "true" : "false"];
      state[chosen] = static_cast<int64_t>(k);
      REQUIRE(layout.Pack(state.data(), packed.data()) < 0);
      INFO("memory " << memory << ": " << conditions[k]);
      CHECK((native.Broken(packed.data()) != 0) == (fails || !expected.truth));
    }
  }
  for (const char* kind : {"true", "false", "error"}) {
    INFO(kind);
    CHECK(kinds[kind] > 20);
  }
}

TEST_CASE("Compiled steps and conditions pass what holds and nothing else") {
  // Without pointers: what follows one is the interpreter's (emit_search.cc).
  // One condition is judged at a time: that of the number in `chosen`.
  std::string text = kConditionObjects;
  text += "shared int chosen = 0;\n";
  std::vector<std::string> conditions;
  for (uint64_t k = 0; k < kNativeConditions; ++k) {
    conditions.push_back(RandomCondition(1'000'000 + k, false));
    const std::string id = std::to_string(k);
    // One without an access would be over before the first step.
    const std::string accessed = "(chosen == 0 || 1) && (" + conditions[k] + ")";
    text += "process assert_" + id + " { assert (" + accessed + "); }\n";
    text += "process denial_" + id + " { assert (!(" + accessed + ")); }\n";
    text += "process guard_" + id + " { await (" + conditions[k] + "); }\n";
    text += "invariant holds_" + id + ": chosen != " + id + " || (" + conditions[k] + ");\n";
    text += "never denied_" + id + ": chosen == " + std::to_string(1000 + k) + " && (" +
            conditions[k] + ");\n";
  }
  const LoadedScenario loaded = LoadScenario(text, {}, {{"granularity", "statement"}});
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  REQUIRE(HasNativeSteps(*loaded));
  const FieldLayout layout = WideLayout(*loaded);
  const NativeSteps native(*loaded, layout, {});
  ReferenceEvaluator reference(*loaded);
  Stepper stepper(*loaded);
  std::vector<int64_t> started = loaded->initial;
  for (int p = 0; p < loaded->process_count(); ++p) {
    stepper.FirstOutcome();
    REQUIRE(stepper.Start(started.data(), p) == StepStatus::kOk);
  }
  const uint32_t chosen = SlotOf(*loaded, "chosen");
  std::vector<uint64_t> packed(layout.words());
  std::vector<uint64_t> out(layout.words() * 64);
  std::map<std::string, int> kinds;
  for (uint64_t memory = 0; memory < kNativeMemories; ++memory) {
    std::vector<int64_t> state = started;
    FillRandomly(*loaded, memory, state);
    for (std::size_t k = 0; k < conditions.size(); ++k) {
      // The condition itself, without `chosen`.
      const Expr& property = *loaded.scenario->syntax->properties[2 * k].expression;
      const ReferenceOutcome expected = reference.Evaluate(*property.operands[1], state.data());
      REQUIRE(expected.covered);
      const bool fails = expected.error != ErrorKind::kNone;
      ++kinds[fails ? "error" : expected.truth ? "true" : "false"];
      const auto judge = [&](int64_t number) {
        state[chosen] = number;
        REQUIRE(layout.Pack(state.data(), packed.data()) < 0);
        return native.Broken(packed.data()) != 0;
      };
      INFO("memory " << memory << ": " << conditions[k] << " is "
                     << std::string(fails            ? ErrorName(expected.error)
                                    : expected.truth ? "true"
                                                     : "false"));
      CHECK(judge(static_cast<int64_t>(k)) == (fails || !expected.truth));
      CHECK(judge(static_cast<int64_t>(1000 + k)) == (fails || expected.truth));
      CHECK_FALSE(judge(999));
      // A step that fails is left to the interpreter: its bit in `slow`.
      const auto step = [&](int use, bool wrong, unsigned successors) {
        const int process = static_cast<int>(3 * k) + use;
        NativeInfo info{};
        const unsigned made = native.step(process)(packed.data(), out.data(), 64, &info);
        CHECK((info.slow != 0) == wrong);
        if (!wrong) CHECK(made == successors);
      };
      step(0, fails || !expected.truth, 1);
      step(1, fails || expected.truth, 1);
      step(2, fails, expected.truth ? 1 : 0);
    }
  }
  for (const char* kind : {"true", "false", "error"}) CHECK(kinds[kind] > 20);
}

}  // namespace
}  // namespace interleave
