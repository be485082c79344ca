#include "model/report/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "model/liveness/endless_runs.h"
#include "model/report/shell_words.h"
#include "model/report/table.h"
#include "model/report/text_layout.h"
#include "sim/language/characters.h"

namespace interleave {
namespace {

constexpr std::size_t kLabelWidth = 8;  // " why    "

std::string FileName(const Source& source, const TextOptions& options) {
  return options.file_name.empty() ? source.name() : options.file_name;
}

std::size_t WidthOf(const TextOptions& options) { return std::max<std::size_t>(options.width, 40); }

// " why    " and the lines beside it.
std::string Labelled(const std::string& label, const std::vector<std::string>& paragraphs,
                     const TextOptions& options, const Painter& painter) {
  std::string out;
  bool first = true;
  const std::size_t indent = std::max(kLabelWidth, label.size() + 3);
  for (const std::string& paragraph : paragraphs) {
    for (const std::string& line : Wrap(paragraph, WidthOf(options) - indent)) {
      out += first ? painter.Paint(PadRight(" " + label, indent), Style::kBold)
                   : std::string(indent, ' ');
      out += line + "\n";
      first = false;
    }
  }
  return out;
}

std::string Sentence(const std::string& text) {
  if (text.empty()) return text;
  std::string sentence = text;
  if (sentence[0] >= 'a' && sentence[0] <= 'z')
    sentence[0] = static_cast<char>(sentence[0] - 'a' + 'A');
  return sentence + ".";
}

// A source line without indentation and trailing comment.
std::string CodeOf(std::string_view line) {
  const std::size_t comment = line.find("//");
  std::string text(line.substr(0, comment));
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.pop_back();
  for (char& c : text) {
    if (c == '\t') c = ' ';
  }
  return text;
}

// "steps 1, 3-5, ...": only whole numbers of a list that is too long.
std::string ShortenList(const std::string& list, std::size_t width) {
  if (DisplayWidth(list) <= width) return list;
  const std::size_t end = list.rfind(", ", width > 5 ? width - 5 : 0);
  return end == std::string::npos ? Shorten(list, width) : list.substr(0, end) + ", ...";
}

// The lines that the run went through, with the steps that were made there.
std::string SourceLines(const Source& source, const TraceView& view, const TextOptions& options,
                        const Painter& painter) {
  std::map<uint32_t, std::vector<int>> steps;
  for (const ViewRow& row : view.rows) {
    if (row.line == 0) continue;
    for (int step = row.first_step; step <= row.last_step; ++step) steps[row.line].push_back(step);
  }
  if (steps.empty()) return "";
  std::size_t indent = std::string::npos, widest = 0;
  std::map<uint32_t, std::string> code;
  for (const auto& [line, list] : steps) {
    const std::string text = CodeOf(source.Line(line));
    const std::size_t first = text.find_first_not_of(' ');
    if (first != std::string::npos) indent = std::min(indent, first);
    code[line] = text;
  }
  if (indent == std::string::npos) indent = 0;
  for (auto& [line, text] : code) {
    text = text.size() >= indent ? text.substr(indent) : "";
    widest = std::max(widest, DisplayWidth(text));
  }
  std::size_t number = 0;
  for (const auto& [line, list] : steps) number = std::max(number, source.NameOfLine(line).size());
  const std::size_t room = WidthOf(options) - kLabelWidth - number - 2;
  std::map<uint32_t, std::string> lists;
  std::size_t widest_list = 0;
  for (const auto& [line, list] : steps) {
    lists[line] = fmt::format("step{} {}", list.size() == 1 ? "" : "s", Ranges(list));
    widest_list = std::max(widest_list, lists[line].size());
  }
  const std::size_t list_width = std::min(widest_list, std::max<std::size_t>(room / 3, 16));
  const std::size_t code_width = std::min(widest, room - list_width - 2);
  std::string out;
  bool first = true;
  for (const auto& [line, text] : code) {
    out += first ? painter.Paint(PadRight(" lines", kLabelWidth), Style::kBold)
                 : std::string(kLabelWidth, ' ');
    first = false;
    const std::size_t left = room - code_width - 2;
    out += PadLeft(source.NameOfLine(line), number) + "  " +
           PadRight(Shorten(text, code_width), code_width) + "  " +
           painter.Paint(ShortenList(lists[line], left), Style::kDim) + "\n";
  }
  return out;
}

TableOptions TableOptionsOf(const TextOptions& options) {
  return {WidthOf(options), options.color, options.max_rows};
}

std::string Counts(const CheckResult& result) {
  return fmt::format("{} state{}, {} transition{}", Grouped(result.states),
                     result.states == 1 ? "" : "s", Grouped(result.transitions),
                     result.transitions == 1 ? "" : "s");
}

std::string ModelText(const Program& program) {
  return fmt::format("sequential consistency, {} granularity",
                     program.granularity == Granularity::kAccess ? "access" : "statement");
}

// The verdict and, at the right edge, where.
std::string VerdictLine(const std::string& verdict, Style style, const std::string& what,
                        const std::string& where, const TextOptions& options,
                        const Painter& painter) {
  const std::size_t width = WidthOf(options);
  const std::size_t indent = verdict.size() + 2;
  std::string out = painter.Paint(verdict, style) + "  ";
  std::size_t have = 0;  // of the last line
  bool first = true;
  for (const std::string& line : Wrap(what, width - indent)) {
    if (!first) out += "\n" + std::string(indent, ' ');
    first = false;
    out += painter.Paint(line, Style::kBold);
    have = indent + DisplayWidth(line);
  }
  if (have + 2 + DisplayWidth(where) <= width) {
    out += std::string(width - have - DisplayWidth(where), ' ') + where;
  } else {
    out += "\n" + std::string(4, ' ') + where;
  }
  return out + "\n";
}

std::string Indented(const std::string& text, const TextOptions& options) {
  std::string out;
  for (const std::string& line : Wrap(text, WidthOf(options) - 4)) out += "    " + line + "\n";
  return out;
}

std::string Again(const Program& program, const Source& source, const TextOptions& options,
                  const Painter& painter) {
  const std::string path = FileName(source, options);
  const std::string file = ShellPaths(source, path);
  const std::string flags = options.flags.empty() ? "" : " " + options.flags;
  // Not wrapped: commands are copied.
  const auto command = [&](const char* label, const std::string& text) {
    return painter.Paint(PadRight(label, kLabelWidth), Style::kBold) + text + "\n";
  };
  if (!options.schedule_path.empty()) {
    const std::string replay =
        fmt::format("interleave replay {} {}{}", file, ShellPath(options.schedule_path), flags);
    return command(" again", replay) +
           (program.forks() ? "" : command("", replay + " --world real"));
  }
  std::string name = path.substr(path.find_last_of('/') + 1);
  if (name.size() > 4 && name.compare(name.size() - 4, 4, ".scn") == 0)
    name.resize(name.size() - 4);
  name = ShellPath(name + ".sched");
  return command(" again", fmt::format("interleave check {} --schedule {}{}", file, name, flags)) +
         command("", fmt::format("interleave replay {} {}{}", file, name, flags)) +
         (program.forks() ? ""
                          : command("", fmt::format("interleave replay {} {}{} --world real", file,
                                                    name, flags)));
}

std::string Body(const Program& program, const Source& source, const Counterexample& example,
                 const Explanation& explanation, const TextOptions& options) {
  const Painter painter(options.color);
  std::string out;
  if (!example.trace.initial.empty()) {
    ViewOptions view_options;
    if (example.violation.kind == Violation::Kind::kError && example.violation.property < 0) {
      view_options.error = &example.violation.error;
    }
    const TraceView view = BuildTraceView(program, source, example.trace, view_options);
    out += RenderTable(program, view, explanation.remarks, TableOptionsOf(options));
    out += "\n" + SourceLines(source, view, options, painter);
  }
  if (explanation.anomaly.empty() && explanation.why.empty()) return out;
  std::vector<std::string> why;
  if (example.violation.kind == Violation::Kind::kDeadlock) {
    why = explanation.why;
  } else {
    std::string text = Sentence(explanation.anomaly);
    for (const std::string& sentence : explanation.why)
      text += (text.empty() ? "" : " ") + sentence;
    why.push_back(std::move(text));
  }
  return out + Labelled("why", why, options, painter);
}

// What the counts leave out, and what was to be left out and could not be.
std::string ReductionText(const Source& source, const CheckResult& result,
                          const TextOptions& options) {
  std::string out;
  std::vector<std::string> by;
  if (result.reduced.partial_order) by.emplace_back("partial order");
  if (result.reduced.symmetry) by.emplace_back("symmetry");
  if (!by.empty()) {
    out += Indented(fmt::format("reduced by {}; `--reduce none` visits and counts every state",
                                fmt::join(by, " and ")),
                    options);
  }
  for (const ReductionRefusal& refusal : result.refusals) {
    std::string where;
    if (refusal.range.end > refusal.range.begin) {
      where = fmt::format("line {}: ", source.LineName(refusal.range.begin));
    }
    out += Indented(fmt::format("no {}: {}{}", refusal.what, where, refusal.reason), options);
  }
  return out;
}

// What the search did, and how far the shown run is from the shortest.
std::string SearchText(const Program& program, const CheckResult& result,
                       const Counterexample& example) {
  std::string text = fmt::format("{}; {}", ModelText(program), Counts(result));
  if (!result.complete && !result.incomplete_reason.empty()) {
    text += fmt::format(", not complete ({})", result.incomplete_reason);
  } else if (result.complete) {
    text += ", complete";
  }
  if (example.trace.initial.empty()) return text;
  const std::size_t steps = example.trace.steps.size();
  if (example.trace.loop_start) {
    const Property& property =
        program.properties[static_cast<std::size_t>(example.violation.property)];
    const std::size_t loop = steps - *example.trace.loop_start;
    return text +
           fmt::format("; {}; {} step{} and {}; {}", FairnessText(program, property),
                       *example.trace.loop_start, *example.trace.loop_start == 1 ? "" : "s",
                       loop == 0   ? "the end"
                       : loop == 1 ? "a loop of 1"
                                   : fmt::format("a loop of {}", loop),
                       example.is_shortest ? "no shorter run fails" : "not shown to be shortest");
  }
  if (steps == 0) return text + "; broken at the start";
  const int switches = example.trace.Switches();
  text += fmt::format("; {} step{}, {}; {} switch{} between processes", Grouped(steps),
                      steps == 1 ? "" : "s",
                      example.is_shortest ? "no shorter run fails" : "not shown to be shortest",
                      switches, switches == 1 ? "" : "es");
  if (!result.deviations.empty()) text += "; " + result.deviations;
  return text;
}

std::string Warnings(const Source& source, const CheckResult& result, const TextOptions& options) {
  Diagnostics diagnostics;
  for (const Vacuity& vacuity : result.vacuities) {
    if (vacuity.is_fatal) {
      diagnostics.Error(vacuity.range, vacuity.message);
    } else {
      diagnostics.Warning(vacuity.range, vacuity.message);
    }
  }
  const std::string text = diagnostics.Render(source, options.color);
  return text.empty() ? text : "\n" + text;
}

}  // namespace

std::string_view VerdictWord(const Violation& violation, const Program& program) {
  switch (violation.kind) {
    case Violation::Kind::kDeadlock: return "DEADLOCK";
    case Violation::Kind::kError: return "ERROR";
    case Violation::Kind::kProperty: break;
  }
  return program.properties[static_cast<std::size_t>(violation.property)].row().verdict;
}

std::vector<std::string> CheckedFacts(const Program& program, bool endless_runs) {
  std::vector<std::string> facts;
  for (const Property& property : program.properties) {
    if (property.row().is_about_runs() && !endless_runs) continue;
    facts.push_back(PropertyFact(property.kind, property.name));
    // How often others come in is seen in runs that end, too.
    if (property.row().is_about_runs() && property.kind != PropertyKind::kBoundedWaiting)
      facts.back() += fmt::format(" ({})", FairnessText(program, property));
  }
  facts.emplace_back("no deadlock");
  facts.emplace_back("no run-time error");
  return facts;
}

std::string CheckedText(const Program& program) {
  if (!program.properties.empty()) {
    return fmt::format("{}", fmt::join(CheckedFacts(program), ", "));
  }
  const bool asserts =
      std::any_of(program.codes.begin(), program.codes.end(), [](const ProcessCode& code) {
        return std::any_of(code.instructions.begin(), code.instructions.end(),
                           [](const Instruction& i) { return i.opcode == Opcode::kAssert; });
      });
  return fmt::format("no property is stated: only deadlocks{} were looked for",
                     asserts ? ", run-time errors and failed assertions" : " and run-time errors");
}

std::string RenderCounterexample(const Program& program, const Source& source,
                                 const Counterexample& counterexample, const TextOptions& options) {
  return Body(program, source, counterexample, Explain(program, source, counterexample), options);
}

std::string RenderTrace(const Program& program, const Source& source, const Trace& trace,
                        const TextOptions& options) {
  const TraceView view = BuildTraceView(program, source, trace);
  std::string out =
      RenderTable(program, view, FindRemarks(program, trace), TableOptionsOf(options));
  const std::string lines = SourceLines(source, view, options, Painter(options.color));
  return lines.empty() ? out : out + "\n" + lines;
}

std::string RenderText(const Program& program, const Source& source, const CheckResult& result,
                       const TextOptions& options) {
  const Painter painter(options.color);
  const std::string file = Printable(FileName(source, options));
  const std::vector<std::string>& programs = program.scenario->syntax->program_files;
  const std::string files =
      programs.empty() ? file : Printable(fmt::format("{}", fmt::join(programs, " ")));
  std::string out;
  if (result.counterexamples.empty()) {
    const std::string model = ModelText(program);
    switch (result.verdict) {
      case Verdict::kIncomplete:
        out += VerdictLine("INCOMPLETE", Style::kYellow, result.incomplete_reason, files, options,
                           painter);
        out += Indented(fmt::format("Nothing broken so far in {}, up to depth {}; the rest was not "
                                    "looked at, so this proves nothing. {}.",
                                    Counts(result), Grouped(result.depth),
                                    Sentence(model).substr(0, model.size())),
                        options);
        if (!result.largest.empty())
          out += Labelled("largest", {fmt::format("{}", fmt::join(result.largest, ", "))}, options,
                          painter);
        if (result.incomplete_at) {
          Diagnostics where;
          where.Note(result.incomplete_at->range, result.incomplete_at->message,
                     result.incomplete_at->hint);
          out += "\n" + where.Render(source, options.color);
        }
        break;
      case Verdict::kVacuous:
        out += VerdictLine("VACUOUS", Style::kYellow,
                           std::any_of(result.vacuities.begin(), result.vacuities.end(),
                                       [](const Vacuity& v) { return v.is_fatal; })
                               ? "no run survives an `assume`"
                               : "nothing broke, but not all was checked",
                           files, options, painter);
        out += Indented(fmt::format("{}; {}", model, Counts(result)), options);
        break;
      case Verdict::kHolds:
      case Verdict::kViolated:
      case Verdict::kDeadlock:
      case Verdict::kRace:
      case Verdict::kError:
        out +=
            VerdictLine("HOLDS", Style::kGreen, "in every interleaving", files, options, painter);
        out += Indented(CheckedText(program), options);
        out += Indented(
            fmt::format("{}; {}, depth {}; {}", model, Counts(result), Grouped(result.depth),
                        result.complete ? "complete" : "not complete"),
            options);
        break;
    }
    out += ReductionText(source, result, options);
  }
  const std::size_t count = result.counterexamples.size();
  for (std::size_t i = 0; i < count; ++i) {
    const Counterexample& example = result.counterexamples[i];
    const Explanation explanation = Explain(program, source, example);
    std::string where = file;
    if (explanation.range.end != 0) {
      const uint32_t at = explanation.range.begin;
      const Source::File& part = source.FileAt(at);
      where = fmt::format("{}:{}", part.begin == 0 ? file : part.name, source.Locate(at).line);
    }
    if (i > 0) out += "\n";
    out += VerdictLine(std::string(VerdictWord(example.violation, program)), Style::kRed,
                       example.violation.kind == Violation::Kind::kDeadlock ? explanation.message
                                                                            : explanation.what,
                       where, options, painter);
    if (!explanation.message.empty() && example.violation.kind != Violation::Kind::kDeadlock)
      out += Indented(explanation.message, options);
    out += Indented(SearchText(program, result, example), options);
    if (count > 1) out += Indented(fmt::format("counterexample {} of {}", i + 1, count), options);
    const std::string body = Body(program, source, example, explanation, options);
    if (!body.empty()) out += "\n" + body;
    if (!example.trace.initial.empty() && i == 0) out += Again(program, source, options, painter);
  }
  return out + Warnings(source, result, options);
}

}  // namespace interleave
