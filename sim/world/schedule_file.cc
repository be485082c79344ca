// Reading is line by line with one small scanner a line: names, numbers, punctuation. The parser
// checks form, Replay meaning. Errors after the first line of steps that is wrong are bounded by
// Diagnostics; a file that is no schedule at all gets one error.

#include "sim/world/schedule_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <limits>
#include <string_view>
#include <utility>

#include "sim/program/show.h"
#include "sim/program/words.h"
#include "sim/world/schedule_run.h"

namespace interleave {
namespace {

constexpr std::string_view kMagic = "interleave schedule";
constexpr std::size_t kMaxDecisions = 4096;  // a line
constexpr std::size_t kMaxDefines = 1000;

bool IsNameCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Reads one line, from left to right.
class LineScanner {
 public:
  LineScanner(std::string_view text, uint32_t offset) : text_(text), offset_(offset) {
    const std::size_t comment = text_.find('#');
    if (comment != std::string_view::npos) text_ = text_.substr(0, comment);
    while (!text_.empty() && IsBlank(text_.back())) text_.remove_suffix(1);
    SkipBlanks();
  }

  bool AtEnd() const { return at_ == text_.size(); }
  uint32_t position() const { return offset_ + static_cast<uint32_t>(at_); }
  SourceRange Rest() const {
    return {position(), offset_ + static_cast<uint32_t>(std::max(text_.size(), at_ + 1))};
  }
  SourceRange Since(uint32_t begin) const { return {begin, last_end_}; }

  // A name, or empty.
  std::string_view Word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && IsNameCharacter(text_[at_])) ++at_;
    return Taken(begin);
  }
  // What stands before the next `c`, or, where there is none, a word.
  std::string_view Before(char c) {
    const std::size_t begin = at_;
    const std::size_t found = text_.find(c, at_);
    if (found == std::string_view::npos) return Word();
    std::size_t end = found;
    while (end > begin && IsBlank(text_[end - 1])) --end;
    at_ = end;
    return Taken(begin);
  }
  bool Accept(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    const std::size_t begin = at_++;
    Taken(begin);
    return true;
  }
  std::optional<int64_t> Number() {
    int64_t value = 0;
    const char* first = text_.data() + at_;
    const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), value);
    if (error != std::errc()) return std::nullopt;
    const std::size_t begin = at_;
    at_ += static_cast<std::size_t>(end - first);
    Taken(begin);
    return value;
  }
  // All that is left.
  std::string_view Remainder() {
    const std::size_t begin = at_;
    at_ = text_.size();
    return Taken(begin);
  }

 private:
  static bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
  void SkipBlanks() {
    while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
  }
  std::string_view Taken(std::size_t begin) {
    const std::string_view taken = text_.substr(begin, at_ - begin);
    last_end_ = offset_ + static_cast<uint32_t>(at_);
    SkipBlanks();
    return taken;
  }

  std::string_view text_;
  uint32_t offset_;
  std::size_t at_ = 0;
  uint32_t last_end_ = 0;
};

class ScheduleParser {
 public:
  ScheduleParser(const Source& source, Diagnostics& diagnostics)
      : source_(source), diagnostics_(diagnostics) {}

  std::optional<ScheduleFile> Execute() {
    if (!FirstLine()) return std::nullopt;
    std::size_t begin = source_.text().find('\n');
    while (begin != std::string::npos && begin + 1 < source_.text().size()) {
      ++begin;
      const std::size_t end = source_.text().find('\n', begin);
      const std::string_view all = source_.text();
      LineScanner line(all.substr(begin, end == std::string::npos ? end : end - begin),
                       static_cast<uint32_t>(begin));
      if (!line.AtEnd()) OneLine(line);
      if (diagnostics_.error_count() >= Diagnostics::kMaxErrors) break;
      begin = end;
    }
    if (!has_hash_ && !diagnostics_.has_errors()) {
      diagnostics_.Error({0, 0}, "the line `program HASH` is missing",
                         "`interleave show` prints the hash of a program");
    }
    if (diagnostics_.has_errors()) return std::nullopt;
    return std::move(file_);
  }

 private:
  bool FirstLine() {
    const std::string& text = source_.text();
    if (text.size() > kMaxScheduleBytes) {
      diagnostics_.Error({0, 0}, fmt::format("this file has {} bytes; a schedule has at most {}",
                                             text.size(), kMaxScheduleBytes));
      return false;
    }
    std::string_view first = std::string_view(text).substr(0, text.find('\n'));
    if (!first.empty() && first.back() == '\r') first.remove_suffix(1);
    const std::string hint =
        fmt::format("its first line is `{} {}`; `interleave check --schedule FILE` writes one",
                    kMagic, kScheduleVersion);
    if (!first.starts_with(kMagic)) {
      diagnostics_.Error({0, 0}, text.empty() ? "this file is empty" : "this is not a schedule",
                         hint);
      return false;
    }
    LineScanner line(first.substr(kMagic.size()), static_cast<uint32_t>(kMagic.size()));
    const uint32_t begin = line.position();
    const std::optional<int64_t> version = line.Number();
    if (!version || !line.AtEnd()) {
      diagnostics_.Error({0, static_cast<uint32_t>(std::min<std::size_t>(first.size(), 200))},
                         "the version of the schedule cannot be read", hint);
      return false;
    }
    if (*version != kScheduleVersion) {
      diagnostics_.Error(line.Since(begin),
                         fmt::format("this schedule has version {}; this program knows version {}",
                                     *version, kScheduleVersion));
      return false;
    }
    return true;
  }

  void Bad(LineScanner& line, std::string message, std::string hint = {}) {
    diagnostics_.Error(line.Rest(), std::move(message), std::move(hint));
  }

  void OneLine(LineScanner& line) {
    const uint32_t begin = line.position();
    const std::string word(line.Word());
    if (word.empty()) {
      Bad(line, "expected the name of a process", "a step is a line such as `producer[0]`");
      return;
    }
    if (word == "loop" && line.Accept(':')) {
      BeginLoop(line, begin);
      return;
    }
    // A process may have the name of a setting: then nothing follows it.
    const bool bare = line.AtEnd();
    if (!bare && word == "program") {
      SetProgram(line);
    } else if (!bare && word == "granularity") {
      SetGranularity(line);
    } else if (!bare && word == "define") {
      Define(line);
    } else if (!bare && word == "start" && !line.Accept('[')) {
      const uint32_t name_begin = line.position();
      const std::string name(line.Word());
      // `start choosing 1` is a step of a process `start`.
      if (name == "choosing" && !line.AtEnd()) {
        ScheduleFile::Line step;
        step.process = word;
        if (Choosing(line, step, begin, name_begin)) AddStep(std::move(step));
        return;
      }
      if (name.empty()) {
        Bad(line, "expected the name of a process after `start`");
        return;
      }
      ScheduleFile::Line start;
      start.process = name;
      if (Rest(line, start, begin)) file_.starts.push_back(std::move(start));
    } else {
      ScheduleFile::Line step;
      step.process = word;
      if (Rest(line, step, begin)) AddStep(std::move(step));
    }
  }

  void BeginLoop(LineScanner& line, uint32_t begin) {
    if (!line.AtEnd()) {
      Bad(line, "expected `#` or the end of the line after `loop:`");
    } else if (file_.loop_start) {
      diagnostics_.Error(line.Since(begin), "a schedule has one loop, which is its end");
    } else {
      file_.loop_start = file_.steps.size();
      file_.loop_range = line.Since(begin);
    }
  }

  void AddStep(ScheduleFile::Line step) {
    if (file_.steps.size() >= Run::kMaxSteps) {
      if (file_.steps.size() == Run::kMaxSteps && !too_long_) {
        diagnostics_.Error(step.range,
                           fmt::format("a schedule has at most {} steps", Run::kMaxSteps));
      }
      too_long_ = true;
      return;
    }
    file_.steps.push_back(std::move(step));
  }

  // [index] and `choosing`, after the name.
  bool Rest(LineScanner& line, ScheduleFile::Line& out, uint32_t begin) {
    if (line.Accept('[')) {
      const std::optional<int64_t> index = line.Number();
      if (!index || *index < 0 || !line.Accept(']')) {
        Bad(line, "expected the number of the process and `]`");
        return false;
      }
      out.process = fmt::format("{}[{}]", out.process, *index);
    }
    out.range = line.Since(begin);
    if (line.AtEnd()) return true;
    const uint32_t choosing_begin = line.position();
    if (line.Word() == "choosing") return Choosing(line, out, begin, choosing_begin);
    Bad(line, "expected `choosing`, `#` or the end of the line",
        "a step is `NAME`, `NAME[INDEX]` or `NAME choosing VALUE, ...`");
    return false;
  }

  bool Choosing(LineScanner& line, ScheduleFile::Line& out, uint32_t begin,
                uint32_t choosing_begin) {
    do {
      const std::optional<int64_t> value = line.Number();
      if (!value) {
        Bad(line, "expected a number after `choosing`");
        return false;
      }
      out.choosing.push_back(*value);
      if (out.choosing.size() > kMaxDecisions) {
        Bad(line, fmt::format("a step has at most {} decisions", kMaxDecisions));
        return false;
      }
    } while (line.Accept(','));
    if (!line.AtEnd()) {
      Bad(line, "expected `,`, `#` or the end of the line");
      return false;
    }
    out.choosing_range = line.Since(choosing_begin);
    out.range = line.Since(begin);
    return true;
  }

  void SetProgram(LineScanner& line) {
    const uint32_t begin = line.position();
    const std::string_view digits = line.Word();
    uint64_t hash = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), hash, 16);
    if (error != std::errc() || end != digits.data() + digits.size() || digits.size() != 16 ||
        !line.AtEnd()) {
      diagnostics_.Error(line.Since(begin), "the hash of a program has 16 hexadecimal digits");
      return;
    }
    if (has_hash_) {
      diagnostics_.Error(line.Since(begin), "the hash of the program is given twice");
      return;
    }
    has_hash_ = true;
    file_.program_hash = hash;
    file_.hash_range = line.Since(begin);
  }

  void SetGranularity(LineScanner& line) {
    const uint32_t begin = line.position();
    const std::string_view word = line.Word();
    if ((word != "access" && word != "statement") || !line.AtEnd()) {
      diagnostics_.Error(line.Since(begin), "the granularity is `access` or `statement`");
      return;
    }
    file_.granularity = word == "access" ? Granularity::kAccess : Granularity::kStatement;
  }

  void Define(LineScanner& line) {
    const uint32_t begin = line.position();
    const std::string name(line.Before('='));
    if (name.empty() || !line.Accept('=')) {
      Bad(line, "expected `define NAME=VALUE`");
      return;
    }
    const std::string value(line.Remainder());
    if (file_.defines.size() >= kMaxDefines || !file_.defines.emplace(name, value).second) {
      diagnostics_.Error(line.Since(begin), fmt::format("`{}` is defined twice", name));
    }
  }

  const Source& source_;
  Diagnostics& diagnostics_;
  ScheduleFile file_;
  bool has_hash_ = false;
  bool too_long_ = false;
};

// Finds the processes of a schedule and takes its steps.
class Replayer {
 public:
  Replayer(Run& run, const ScheduleFile& file, Diagnostics& diagnostics)
      : run_(run), program_(run.program()), file_(file), diagnostics_(diagnostics) {}

  bool Execute() {
    const uint64_t hash = ProgramHash(program_);
    if (hash != file_.program_hash) {
      diagnostics_.Error(
          file_.hash_range,
          fmt::format("this schedule was made for another program: here it is {}", HashText(hash)),
          "has the scenario changed? Make the schedule again, or compare what "
          "`interleave show` prints");
      return false;
    }
    if (!Start()) return false;
    for (std::size_t i = 0; i < file_.steps.size(); ++i) {
      const ScheduleFile::Line& line = file_.steps[i];
      if (!run_.going()) {
        return Diverges(line, i,
                        fmt::format("the run ends after step {}, and this is step {}",
                                    run_.trace().steps.size(), i + 1));
      }
      if (!Step(line, i)) return false;
    }
    return !file_.loop_start || GoRound();
  }

 private:
  std::optional<int> Find(const ScheduleFile::Line& line) {
    for (std::size_t p = 0; p < program_.processes.size(); ++p) {
      if (program_.processes[p].name == line.process) return static_cast<int>(p);
    }
    std::vector<std::string> names;
    for (const ProcessInstance& process : program_.processes) names.push_back(process.name);
    const std::string nearest = NearestName(line.process, names);
    diagnostics_.Error(line.range, fmt::format("there is no process `{}`", line.process),
                       nearest.empty() ? "" : fmt::format("did you mean `{}`?", nearest));
    return std::nullopt;
  }

  // The loop again, until it was gone round kScheduleRounds times; each time it comes back to the
  // state in which it began.
  bool GoRound() {
    const std::size_t first = *file_.loop_start;
    const std::vector<int64_t> begin = StateAfter(first);
    for (int round = 1; round <= kScheduleRounds; ++round) {
      if (StateAfter(run_.trace().steps.size()) != begin) {
        diagnostics_.Error(file_.loop_range,
                           "the steps behind `loop:` do not come back to the state in which they "
                           "begin");
        return false;
      }
      for (std::size_t i = first; round < kScheduleRounds && i < file_.steps.size(); ++i) {
        if (!Step(file_.steps[i], i)) return false;
      }
    }
    return true;
  }

  // Without the words of observers.
  std::vector<int64_t> StateAfter(std::size_t steps) const {
    const Trace& trace = run_.trace();
    const std::vector<int64_t>& all = steps == 0 ? trace.initial : trace.steps[steps - 1].state;
    return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(program_.state_size())};
  }

  bool Diverges(const ScheduleFile::Line& line, std::size_t step, std::string message) {
    diagnostics_.Error(line.range, fmt::format("step {}: {}", step + 1, std::move(message)));
    return false;
  }

  // The outcome that `line` names: with nothing chosen, the only one.
  const EnabledChoice* Pick(const std::vector<EnabledChoice>& outcomes,
                            const ScheduleFile::Line& line) const {
    for (const EnabledChoice& outcome : outcomes) {
      if (outcome.decided == line.choosing) return &outcome;
    }
    return outcomes.size() == 1 && line.choosing.empty() ? &outcomes.front() : nullptr;
  }

  void NotPossible(const std::vector<EnabledChoice>& outcomes, const ScheduleFile::Line& line,
                   const std::string& what) {
    constexpr std::size_t kMost = 8;
    std::string possible;
    for (std::size_t i = 0; i < outcomes.size() && i < kMost; ++i) {
      const std::string text = DecidedText(outcomes[i].decided);
      possible +=
          fmt::format("{}{}", i == 0 ? "" : "; ", text.empty() ? "nothing to choose" : text);
    }
    if (outcomes.size() > kMost) possible += "; ...";
    diagnostics_.Error(line.choosing.empty() ? line.range : line.choosing_range,
                       fmt::format("{} has no such outcome; possible: {}", what, possible));
  }

  bool Start() {
    std::vector<ScheduleFile::Line> chosen(program_.processes.size());
    std::vector<bool> given(program_.processes.size(), false);
    for (const ScheduleFile::Line& line : file_.starts) {
      const std::optional<int> process = Find(line);
      if (!process) return false;
      const auto p = static_cast<std::size_t>(*process);
      if (given[p]) {
        diagnostics_.Error(line.range, fmt::format("{} starts twice", line.process));
        return false;
      }
      given[p] = true;
      chosen[p] = line;
    }
    std::vector<EnabledChoice> start;
    for (std::size_t p = 0; p < chosen.size(); ++p) {
      const std::string& name = program_.processes[p].name;
      const auto outcomes = run_.world().InitialOutcomes(static_cast<int>(p));
      const EnabledChoice* choice = Pick(outcomes, chosen[p]);
      if (choice == nullptr) {
        if (!given[p]) chosen[p].range = file_.hash_range;
        NotPossible(outcomes, chosen[p], fmt::format("the start of {}", name));
        return false;
      }
      start.push_back(*choice);
    }
    run_.Start(start);
    return true;
  }

  bool Step(const ScheduleFile::Line& line, std::size_t number) {
    const std::optional<int> process = Find(line);
    if (!process) return false;
    if (run_.evaluator().IsDone(run_.state().data(), *process)) {
      return Diverges(line, number, fmt::format("{} is done", line.process));
    }
    const std::vector<EnabledChoice> outcomes = run_.world().EnabledOf(*process);
    if (outcomes.empty()) {
      return Diverges(line, number,
                      fmt::format("{} cannot move: its next access is blocked", line.process));
    }
    const EnabledChoice* choice = Pick(outcomes, line);
    if (choice == nullptr) {
      NotPossible(outcomes, line,
                  fmt::format("step {}: the next step of {}", number + 1, line.process));
      return false;
    }
    run_.Take(*choice);
    return true;
  }

  Run& run_;
  const Program& program_;
  const ScheduleFile& file_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::optional<ScheduleFile> ParseScheduleFile(const Source& source, Diagnostics& diagnostics) {
  return ScheduleParser(source, diagnostics).Execute();
}

bool Replay(Run& run, const ScheduleFile& file, Diagnostics& diagnostics) {
  return Replayer(run, file, diagnostics).Execute();
}

std::string StepText(const Program& program, const TraceStep& step) {
  std::string text;
  for (const Event& event : step.events) {
    const EventText told = TextOf(program, event);
    if (event.is_decision()) continue;  // it stands in the schedule itself
    const std::string words = fmt::format("{}{}{}", told.verb(), told.verb().empty() ? "" : " ",
                                          fmt::join(told.Parts(), " "));
    if (words.empty()) continue;
    text += (text.empty() ? "" : ", ") + words;
  }
  return text;
}

std::string WriteScheduleFile(const Program& program, const Trace& trace,
                              const DefineOverrides& defines) {
  std::string text =
      fmt::format("{} {}\nprogram {}\ngranularity {}\n", kMagic, kScheduleVersion,
                  HashText(ProgramHash(program)),
                  program.granularity == Granularity::kAccess ? "access" : "statement");
  for (const auto& [name, value] : defines) text += fmt::format("define {}={}\n", name, value);
  for (std::size_t p = 0; p < trace.initial_decided.size(); ++p) {
    if (trace.initial_decided[p].empty()) continue;
    text += fmt::format("start {} {}\n", program.processes[p].name,
                        DecidedText(trace.initial_decided[p]));
  }
  std::size_t width = 0;
  std::vector<std::string> moves;
  for (const TraceStep& step : trace.steps) {
    std::string move = program.processes[static_cast<std::size_t>(step.process)].name;
    if (!step.decided.empty()) move += " " + DecidedText(step.decided);
    width = std::max(width, std::min<std::size_t>(move.size(), 40));
    moves.push_back(std::move(move));
  }
  const auto begin_loop = [&](std::size_t i) {
    if (trace.loop_start == i) text += "loop:\n";
  };
  for (std::size_t i = 0; i < moves.size(); ++i) {
    begin_loop(i);
    std::string comment = StepText(program, trace.steps[i]);
    text += fmt::format("{:<{}}  # {}{}\n", moves[i], width, i + 1,
                        comment.empty() ? "" : ": " + comment);
  }
  begin_loop(moves.size());
  return text;
}

}  // namespace interleave
