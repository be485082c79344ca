// An expectation is a verdict and numbers. Its settings multiply: each combination is a program of
// its own, made from the text with the `#define` or the option replaced.

#include "model/search/expectation.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "model/property/run_judge.h"
#include "sim/program/clock.h"
#include "sim/world/schedule_run.h"
#include "sim/world/simulated_world.h"

namespace interleave {
namespace {

constexpr std::size_t kMaxCombinations = 10'000;

const char* KindOf(const ExpectationSyntax& expectation) {
  switch (expectation.verdict) {
    case ExpectationSyntax::Verdict::kHolds: return "holds";
    case ExpectationSyntax::Verdict::kViolates: return "violates";
    case ExpectationSyntax::Verdict::kDeadlock: return "deadlock";
    case ExpectationSyntax::Verdict::kRace: return "race";
    case ExpectationSyntax::Verdict::kError: return "error";
    case ExpectationSyntax::Verdict::kIncomplete: return "incomplete";
  }
  return "";
}

// "violates fifo", "race on in": without numbers.
std::string ExpectedVerdict(const ExpectationSyntax& expectation) {
  std::string text = KindOf(expectation);
  if (expectation.name.empty()) return text;
  if (expectation.verdict == ExpectationSyntax::Verdict::kRace) text += " on";
  return text + " " + expectation.name;
}

// Steps of a counterexample; of a run without an end, those before the loop and those of it.
struct Length {
  std::optional<uint64_t> steps, loop;
};

std::string Numbers(const Length& length, std::optional<uint64_t> states,
                    std::optional<uint64_t> transitions, std::optional<uint64_t> depth) {
  std::string text;
  const std::optional<uint64_t>& steps = length.steps;
  if (steps && length.loop) text += fmt::format(" in {}+{} steps", *steps, *length.loop);
  if (steps && !length.loop)
    text += fmt::format(" in {} {}", *steps, *steps == 1 ? "step" : "steps");
  if (states) text += fmt::format(" states {}", *states);
  if (transitions) text += fmt::format(" transitions {}", *transitions);
  if (depth) text += fmt::format(" depth {}", *depth);
  return text;
}

std::string ExpectedText(const ExpectationSyntax& expectation) {
  return ExpectedVerdict(expectation) + Numbers({expectation.steps, expectation.loop},
                                                expectation.states, expectation.transitions,
                                                expectation.depth);
}

// What was found, as an expectation would say it, without numbers.
std::string FoundVerdict(const Program& program, const CheckResult& result) {
  const Violation* violation =
      result.counterexamples.empty() ? nullptr : &result.counterexamples.front().violation;
  switch (result.verdict) {
    case Verdict::kHolds: return "holds";
    case Verdict::kDeadlock: return "deadlock";
    case Verdict::kVacuous: return "vacuous";
    case Verdict::kIncomplete: return "incomplete";
    case Verdict::kViolated:
      return "violates " + program.properties[static_cast<std::size_t>(violation->property)].name;
    case Verdict::kRace:
      if (violation->race_object < 0) return "race";
      return "race on " +
             program.objects[static_cast<std::size_t>(violation->race_object)].symbol->name;
    case Verdict::kError: return fmt::format("error {}", ErrorName(violation->error.kind));
  }
  return "";
}

// A property that is never reached is broken by no run.
Length LengthOf(const CheckResult& result) {
  if (result.counterexamples.empty()) return {};
  const Counterexample& example = result.counterexamples.front();
  if (example.trace.initial.empty()) return {};
  const uint64_t steps = example.trace.steps.size();
  if (!example.trace.loop_start) return {steps, std::nullopt};
  return {*example.trace.loop_start, steps - *example.trace.loop_start};
}

class FileTester {
 public:
  FileTester(const Source& source, const CheckOptions& options,
             const std::function<void(const TestCase&)>& on_case)
      : source_(source), options_(options), on_case_(on_case) {
    options_.keep_going = false;
  }

  FileTests Execute(Diagnostics& diagnostics) {
    tests_.file = source_.name();
    base_ = BuildProgram(source_, {}, {}, diagnostics);
    tests_.has_errors = base_.program == nullptr;
    if (tests_.has_errors) return std::move(tests_);
    NoteWarnings(diagnostics, {});
    for (const Schedule& schedule : base_.program->schedules) {
      if (interrupted()) break;
      RunOne(schedule);
    }
    for (const ExpectationSyntax& expectation : base_.scenario->syntax->expectations) {
      Expectation(expectation);
    }
    return std::move(tests_);
  }

 private:
  bool interrupted() const { return options_.stop != nullptr && options_.stop->load(); }
  double SecondsLeft() const { return options_.max_seconds - (ElapsedSeconds() - started_); }
  bool IsOutOfTime() const { return options_.max_seconds > 0 && SecondsLeft() <= 0; }

  void SetOutOfTime(TestCase& test, bool was_begun) const {
    test.failure = was_begun ? TestCase::Failure::kOutOfTime : TestCase::Failure::kNotJudged;
    test.message = fmt::format("not judged: the limit of {:g} seconds for a file was met{}",
                               options_.max_seconds, was_begun ? "" : " before");
  }

  void Finish(TestCase test) {
    if (on_case_) on_case_(test);
    tests_.cases.push_back(std::move(test));
  }

  // --- schedules

  void RunOne(const Schedule& schedule) {
    TestCase test;
    test.kind = TestCase::Kind::kSchedule;
    test.name = fmt::format("schedule \"{}\"", schedule.name);
    test.schedule = schedule.name;
    test.range = schedule.range;
    if (IsOutOfTime()) {
      SetOutOfTime(test, false);
      return Finish(std::move(test));
    }
    const double started = ElapsedSeconds();
    const Program& program = *base_.program;
    SimulatedWorld world(program);
    RunJudge judge(program);
    bool was_cut = false;
    Run run(world, [this, &was_cut, judges = judge.AsStepJudge()](Trace& so_far) {
      was_cut = interrupted() || IsOutOfTime();
      return !was_cut && judges(so_far);
    });
    ScheduleResult result = RunSchedule(run, schedule, source_);
    test.seconds = ElapsedSeconds() - started;
    if (was_cut) {
      if (interrupted()) return;
      SetOutOfTime(test, true);
      return Finish(std::move(test));
    }
    if (result.end != ScheduleResult::End::kDone) test.failure = TestCase::Failure::kNotAsExpected;
    if (result.end == ScheduleResult::End::kFailed) {
      test.message = result.failure.message;
      test.details.push_back(std::move(result.failure));
    } else if (result.end == ScheduleResult::End::kStopped) {
      test.message = fmt::format("after {} step{}: {}", run.trace().steps.size(),
                                 run.trace().steps.size() == 1 ? "" : "s",
                                 StopText(program, judge.Broken(run), run));
      test.details.push_back({Severity::kError, result.range, test.message, "", false});
    }
    test.details.insert(test.details.end(), result.notes.begin(), result.notes.end());
    Finish(std::move(test));
  }

  static std::string StopText(const Program& program, const std::optional<Violation>& violation,
                              const Run& run) {
    if (!violation) return EndText(run);
    if (violation->kind == Violation::Kind::kError) {
      return fmt::format("error {}: {}", ErrorName(violation->error.kind),
                         violation->error.message);
    }
    std::string text = fmt::format(
        "violates {}", program.properties[static_cast<std::size_t>(violation->property)].name);
    if (!violation->explanation.empty()) text += ": " + violation->explanation;
    return text;
  }

  // --- expectations

  void Expectation(const ExpectationSyntax& expectation) {
    std::vector<TestSettings> combinations(1);
    for (const ExpectationSyntax::Setting& setting : expectation.settings) {
      std::vector<TestSettings> more;
      const std::vector<std::string> values = ValuesOf(setting);
      for (const TestSettings& other : combinations) {
        for (const std::string& value : values) {
          more.push_back(other);
          Add(more.back(), setting.name, value);
        }
        if (more.size() > kMaxCombinations) break;
      }
      combinations = std::move(more);
    }
    if (combinations.size() > kMaxCombinations) {
      TestCase test;
      test.name = ExpectedText(expectation);
      test.range = expectation.range;
      test.failure = TestCase::Failure::kErrors;
      test.message = fmt::format("more than {} combinations of settings", kMaxCombinations);
      test.details.push_back({Severity::kError, expectation.range, test.message, "", false});
      Finish(std::move(test));
      return;
    }
    // The first setting varies slowest.
    for (const TestSettings& settings : combinations) {
      if (interrupted()) return;
      OneCase(expectation, settings);
    }
  }

  static std::vector<std::string> ValuesOf(const ExpectationSyntax::Setting& setting) {
    if (!setting.word.empty()) return {setting.word};
    std::vector<std::string> values;
    const int64_t from = setting.from ? setting.from->constant.value_or(0) : 0;
    const int64_t to = setting.to ? setting.to->constant.value_or(from) : from;
    for (int64_t value = from; value <= to; ++value) values.push_back(fmt::format("{}", value));
    return values;
  }

  void Add(TestSettings& settings, const std::string& name, const std::string& value) const {
    const std::vector<DefineSyntax>& defines = base_.scenario->syntax->defines;
    const bool is_define = std::any_of(defines.begin(), defines.end(),
                                       [&](const DefineSyntax& d) { return d.name == name; });
    if (is_define) {
      settings.defines[name] = value;
    } else {
      settings.options[name] = value;
    }
    settings.text += fmt::format("{}{} = {}", settings.text.empty() ? "" : ", ", name, value);
  }

  // Null when there is no time left for it. `fresh`: the search was made just now.
  std::shared_ptr<const TestSearch> SearchUnder(const TestSettings& settings, bool& fresh) {
    const auto key = std::make_pair(settings.defines, settings.options);
    const auto known = searches_.find(key);
    fresh = known == searches_.end();
    if (!fresh) return known->second;
    if (IsOutOfTime()) return nullptr;
    const double started = ElapsedSeconds();
    auto search = std::make_shared<TestSearch>();
    search->settings = settings;
    search->built = BuildProgram(source_, settings.defines, settings.options, search->diagnostics);
    if (search->built.program != nullptr) {
      CheckOptions options = options_;
      options.endless_runs = true;
      // Of what is left the search takes at least a moment: 0 would be no limit.
      constexpr double kMoment = 1e-3;
      if (options_.max_seconds > 0) options.max_seconds = std::max(SecondsLeft(), kMoment);
      search->result = Check(*search->built.program, options);
      search->out_of_time = search->result->verdict == Verdict::kIncomplete && IsOutOfTime();
      NoteWarnings(search->diagnostics, settings);
      for (const Vacuity& vacuity : search->result->vacuities) {
        NoteWarning({Severity::kWarning, vacuity.range, vacuity.message, "", false, true},
                    settings);
      }
    }
    search->seconds = ElapsedSeconds() - started;
    searches_.emplace(key, search);
    return search;
  }

  void NoteWarnings(const Diagnostics& diagnostics, const TestSettings& settings) {
    for (const Diagnostic& diagnostic : diagnostics.Sorted()) {
      if (diagnostic.severity == Severity::kWarning) NoteWarning(diagnostic, settings);
    }
  }

  void NoteWarning(const Diagnostic& warning, const TestSettings& settings) {
    const auto known =
        std::find_if(tests_.warnings.begin(), tests_.warnings.end(), [&](const TestWarning& other) {
          const Diagnostic& there = other.diagnostic;
          return there.range.begin == warning.range.begin && there.range.end == warning.range.end &&
                 there.message == warning.message;
        });
    const std::size_t number = static_cast<std::size_t>(known - tests_.warnings.begin());
    const bool is_new_here = noted_.emplace(number, settings.text).second;
    if (known == tests_.warnings.end()) {
      tests_.warnings.push_back({warning, settings.text, 0});
    } else if (settings.text.empty()) {
      known->settings.clear();  // what is said of the file as it stands needs none
    } else if (is_new_here) {
      ++known->more;
    }
  }

  void OneCase(const ExpectationSyntax& expectation, const TestSettings& settings) {
    TestCase test;
    test.name = ExpectedText(expectation);
    test.settings = settings;
    test.range = expectation.range;
    test.has_counts = expectation.states || expectation.transitions || expectation.depth;
    bool fresh = false;
    const std::shared_ptr<const TestSearch> search = SearchUnder(settings, fresh);
    if (interrupted()) return;
    if (fresh && search != nullptr) test.seconds = search->seconds;
    if (search == nullptr || search->out_of_time) {
      SetOutOfTime(test, search != nullptr);
    } else if (!search->result) {
      test.failure = TestCase::Failure::kErrors;
      test.message = "the scenario has errors under these settings";
      for (const Diagnostic& diagnostic : search->diagnostics.Sorted()) {
        if (diagnostic.severity != Severity::kError) continue;
        if (test.details.empty()) test.message += ": " + diagnostic.message;
        test.details.push_back(diagnostic);
      }
    } else {
      test.states = search->result->states;
      test.message = Compare(expectation, *search->built.program, *search->result);
      if (!test.message.empty()) test.failure = TestCase::Failure::kNotAsExpected;
    }
    if (!test.passed()) test.search = search;
    Finish(std::move(test));
  }

  // Empty where all that is expected was found.
  static std::string Compare(const ExpectationSyntax& expectation, const Program& program,
                             const CheckResult& result) {
    const std::string expected = ExpectedVerdict(expectation);
    const std::string found = FoundVerdict(program, result);
    const bool any_race = expectation.verdict == ExpectationSyntax::Verdict::kRace &&
                          expectation.name.empty() && result.verdict == Verdict::kRace;
    const Length length = LengthOf(result);
    const auto differs = [](std::optional<uint64_t> wanted, std::optional<uint64_t> there) {
      return wanted && wanted != there;
    };
    if ((expected == found || any_race) && !differs(expectation.steps, length.steps) &&
        (!expectation.steps || expectation.loop == length.loop) &&
        !differs(expectation.states, result.states) &&
        !differs(expectation.transitions, result.transitions) &&
        !differs(expectation.depth, result.depth)) {
      return "";
    }
    const auto asked = [](std::optional<uint64_t> wanted, uint64_t there) {
      return wanted ? std::optional<uint64_t>(there) : std::nullopt;
    };
    std::string text = fmt::format("expected {}, found {}{}", ExpectedText(expectation), found,
                                   Numbers(length, asked(expectation.states, result.states),
                                           asked(expectation.transitions, result.transitions),
                                           asked(expectation.depth, result.depth)));
    if (result.verdict == Verdict::kIncomplete && !result.incomplete_reason.empty()) {
      text += fmt::format(" ({})", result.incomplete_reason);
    }
    return text;
  }

  const Source& source_;
  CheckOptions options_;
  const std::function<void(const TestCase&)>& on_case_;
  const double started_ = ElapsedSeconds();
  BuiltProgram base_;
  std::map<std::pair<DefineOverrides, OptionOverrides>, std::shared_ptr<const TestSearch>>
      searches_;
  FileTests tests_;
  std::set<std::pair<std::size_t, std::string>>
      noted_;  // warnings, by the settings they were under
};

}  // namespace

std::size_t FileTests::failed() const {
  return static_cast<std::size_t>(std::count_if(
      cases.begin(), cases.end(), [](const TestCase& test) { return !test.passed(); }));
}

bool FileTests::has_vacuities() const {
  return std::any_of(warnings.begin(), warnings.end(),
                     [](const TestWarning& warning) { return warning.diagnostic.is_vacuity; });
}

FileTests TestScenario(const Source& source, const CheckOptions& options, Diagnostics& diagnostics,
                       const std::function<void(const TestCase&)>& on_case) {
  return FileTester(source, options, on_case).Execute(diagnostics);
}

std::string VerdictText(const Program& program, const CheckResult& result) {
  return FoundVerdict(program, result) +
         Numbers(LengthOf(result), std::nullopt, std::nullopt, std::nullopt);
}

}  // namespace interleave
