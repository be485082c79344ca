// interleave graph: the state graph, a program or a run, as a picture or for other programs.

#include <fmt/format.h>
#include <unistd.h>

#include <boost/program_options/value_semantic.hpp>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/graph/export.h"
#include "model/graph/page.h"
#include "model/graph/pipeline.h"
#include "model/graph/program_picture.h"
#include "model/graph/render.h"
#include "model/graph/schedule_picture.h"
#include "model/property/run_judge.h"
#include "model/report/explain.h"
#include "model/report/text_layout.h"
#include "sim/host/output_file.h"
#include "sim/program/clock.h"
#include "sim/world/simulated_world.h"
#include "tools/interleave/command.h"
#include "tools/interleave/files.h"
#include "tools/interleave/interrupt.h"
#include "tools/interleave/limits.h"
#include "tools/interleave/load_scenario.h"
#include "tools/interleave/load_schedule.h"
#include "tools/interleave/options.h"
#include "tools/interleave/progress.h"
#include "tools/interleave/terminal.h"

namespace interleave {
namespace {

namespace po = boost::program_options;

constexpr uint32_t kMostInImage = 200;  // nodes: what a reader can still take in

enum class Format : uint8_t { kDot, kSvg, kPng, kPdf, kAut, kJson, kGraphMl, kHtml };

struct FormatName {
  const char* name;
  Format format;
};
constexpr FormatName kFormats[] = {{"dot", Format::kDot},    {"svg", Format::kSvg},
                                   {"png", Format::kPng},    {"pdf", Format::kPdf},
                                   {"aut", Format::kAut},    {"json", Format::kJson},
                                   {"jsonl", Format::kJson}, {"graphml", Format::kGraphMl},
                                   {"html", Format::kHtml},  {"gv", Format::kDot}};

po::options_description Options() {
  const auto word = [](const char* value, const char* name) {
    return po::value<std::string>()->default_value(value)->value_name(name);
  };
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  po::options_description options;
  options.add_options()("output,o", text("OUT"), "where to; `-` is standard output")(
      "format", text("FORMAT"),
      "dot, svg, png, pdf, aut, json (lines), graphml, html; default: as OUT ends")(
      "of", word("states", "states|program|schedule"), "what to draw");
  options.add_options()("by", text("EXPR,..."),
                        "states with the same values of these become one; with --minimize: stay "
                        "apart when they differ")(
      "hide", text("local|reads|PROCESS,..."),
      "steps that are `tau`: what touches nothing that others touch, what changes nothing, what a "
      "process does")("minimize", text("strong|branching|trace"),
                      "make states one that cannot be told apart")(
      "fold", text("components|layers"),
      "make strongly connected components, or distances from the start, one node each")(
      "trace", "mark the counterexample")(
      "around", text("K"), "only the counterexample and what is within K steps of it")(
      "max-nodes", text("N"),
      "draw at most so many, the nearest to the start; 0: all; default: 200 in pictures, 20,000 in "
      "a "
      "page, all elsewhere")("labels", word("action", "action|statement"),
                             "what steps are named by")(
      "explorer", word("bfs", "bfs|dfs"), "how states are found; the graph is the same")(
      "threads", word("1", "N"), "how many search for the counterexample; it is the same");
  AddProgramOptions(options);
  AddLimitOptions(options);
  options.add_options()("progress", word("auto", "auto|always|never"),
                        "on standard error; auto: when that is a terminal");
  AddColorOption(options);
  return options;
}

CommandHelp GraphHelp() {
  return {
      "interleave graph [OPTION...] FILE [X.sched] -o OUT",
      "Draws the state graph of a scenario, or writes it for other programs. Pictures (svg,\n"
      "png, pdf) need Graphviz's `dot`. An html file is a page to explore the graph in.\n"
      "  --of program            the control flow of each process\n"
      "  --of schedule X.sched   a run: a lane a process, memory in between\n"
      "\n" +
          LimitHelp() +
          "\n"
          "exit codes: 0 written, 1 usage (also: no counterexample for --trace, no `dot`), 2 the\n"
          "scenario has errors, 20 not everything is in it, or interrupted\n"};
}

Format FormatOf(const Arguments& arguments) {
  std::string name = "dot";
  if (arguments.Has("format")) {
    name = arguments.Text("format");
  } else if (arguments.Has("output") && arguments.Text("output") != "-") {
    name = std::filesystem::path(arguments.Text("output")).extension().string();
    if (!name.empty()) name.erase(0, 1);
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  for (const FormatName& format : kFormats) {
    if (name == format.name) return format.format;
  }
  std::vector<std::string> names;
  for (const FormatName& format : kFormats) names.emplace_back(format.name);
  const std::string nearest = NearestName(name, names);
  throw UsageError(
      fmt::format("`{}` is no format; formats are dot, svg, png, pdf, aut, json, graphml, html{}",
                  name, nearest.empty() ? "" : fmt::format("; did you mean `{}`?", nearest)));
}

std::vector<std::string> SplitAtCommas(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ',') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

// Where a graph is written to, piece by piece.
class GraphFile {
 public:
  explicit GraphFile(const std::string& path) : file_(path, WithCancel()) {}

  // False from the first piece on that cannot be written, and after Ctrl-C.
  TextSink sink() {
    return [this](std::string_view text) {
      if (failure_ == nullptr) failure_ = FailureOf([&] { file_.Write(text); });
      return failure_ == nullptr && !InterruptFlag().load(std::memory_order_relaxed);
    };
  }

  // The exit code. Throws what went wrong.
  int Close() {
    ThrowLater(failure_);
    if (InterruptFlag().load()) {
      PrintError("interleave: an interrupt: nothing was written\n");
      return kExitIncomplete;
    }
    file_.Finish();
    return 0;
  }

 private:
  static OutputFile::Options WithCancel() {
    OutputFile::Options options;
    options.cancel = &InterruptFlag();
    return options;
  }

  OutputFile file_;
  std::exception_ptr failure_;
};

class GraphSession {
 public:
  explicit GraphSession(const Arguments& arguments)
      : arguments_(arguments), format_(FormatOf(arguments)) {
    SetLimits(arguments, limits_);
    limits_.stop = &InterruptFlag();
    limits_.engine.threads = ThreadsOf(arguments);
    const std::string minimize =
        arguments.Has("minimize") ? WordOf(arguments, "minimize", {"strong", "branching", "trace"})
                                  : "";
    if (minimize == "strong") request_.minimize = Equivalence::kStrong;
    if (minimize == "branching") request_.minimize = Equivalence::kBranching;
    if (minimize == "trace") request_.minimize = Equivalence::kTrace;
    if (arguments.Has("fold")) {
      request_.fold = WordOf(arguments, "fold", {"components", "layers"}) == "layers"
                          ? Fold::kLayers
                          : Fold::kComponents;
    }
    if (arguments.Has("around")) {
      request_.around =
          static_cast<uint32_t>(ParseNumber(arguments.Text("around"), "around", 0, UINT32_MAX));
    }
    request_.by_keys = arguments.Has("by");
    const bool is_image =
        format_ == Format::kSvg || format_ == Format::kPng || format_ == Format::kPdf;
    request_.max_nodes = arguments.Has("max-nodes")
                             ? static_cast<uint32_t>(ParseNumber(arguments.Text("max-nodes"),
                                                                 "max-nodes", 0, UINT32_MAX))
                         : is_image ? kMostInImage
                                    : 0;
  }

  int Run() {
    const std::string of = WordOf(arguments_, "of", {"states", "program", "schedule"});
    RequireWritable(OutputPath(), arguments_.files);
    if (of != "states") RefuseShrinking(of == "schedule" ? "a schedule" : "a program");
    if (format_ == Format::kHtml) RefuseShrinking("a page: it holds the whole graph");
    if (of == "schedule") return DrawSchedule();
    const LoadedScenario loaded = Load(OneProgram(arguments_.files));
    if (!loaded.ok()) return kExitScenarioErrors;
    if (of == "program") {
      return WriteDot(ProgramPicture(loaded.program(), *loaded.source), "--of program");
    }
    return GraphStates(loaded);
  }

 private:
  // With --by at the end of its text, as the option it is short for.
  LoadedScenario Load(const std::vector<std::string>& paths) {
    const bool color = UseColor(arguments_, STDERR_FILENO);
    std::string appended;
    if (arguments_.Has("by")) {
      RequireExpressions(arguments_.Text("by"));
      appended = fmt::format("option graph = by ({});\n", arguments_.Text("by"));
    }
    return LoadScenario(paths, DefinesOf(arguments_), OverridesOf(arguments_), color, appended);
  }

  std::string OutputPath() const {
    return arguments_.Has("output") ? arguments_.Text("output") : "-";
  }

  // The text goes into the scenario's: it must stay within its brackets.
  static void RequireExpressions(const std::string& text) {
    int depth = 0;
    bool quoted = false;
    for (std::size_t k = 0; k < text.size(); ++k) {
      const char c = text[k];
      if (c == '\'') quoted = !quoted;
      if (quoted && c == '\\') ++k;
      if (quoted) continue;
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      const bool is_comment =
          c == '/' && k + 1 < text.size() && (text[k + 1] == '/' || text[k + 1] == '*');
      if (depth < 0 || is_comment || c == ';' || c == '{' || c == '}' || c == '\n' || c == '#') {
        throw UsageError(
            fmt::format("--by `{}`: `{}` at {} is not expected in an expression", text, c, k + 1));
      }
    }
    if (depth != 0 || quoted)
      throw UsageError(fmt::format("--by `{}`: something is not closed", text));
  }

  // What only makes sense for a graph that is drawn or exported.
  void RefuseShrinking(const char* what) const {
    for (const char* option : {"by", "minimize", "hide", "fold", "around"}) {
      if (arguments_.Has(option)) throw UsageError(fmt::format("--{} is not for {}", option, what));
    }
  }

  int DrawSchedule() {
    const auto [program, path] = ProgramAndSchedule(arguments_.files);
    const bool color = UseColor(arguments_, STDERR_FILENO);
    const auto schedule = LoadSchedule(path, color);
    if (!schedule) return kExitScenarioErrors;
    const LoadedScenario loaded = LoadFor(*schedule, program, arguments_, color);
    if (!loaded.ok()) return kExitScenarioErrors;
    const std::unique_ptr<World> world = std::make_unique<SimulatedWorld>(loaded.program());
    RunJudge judge(loaded.program(), RunJudge::Deadlock::kAtEnd);
    interleave::Run run(*world, judge.AsStepJudge());
    if (!ReplayLoaded(run, *schedule, color)) return kExitScenarioErrors;
    SchedulePictureOptions options;
    const std::optional<Violation> broken = judge.Broken(run);
    if (broken) {
      Counterexample example;
      example.violation = *broken;
      example.trace = run.trace();
      const Explanation explanation = Explain(loaded.program(), *loaded.source, example);
      options.broken = explanation.what;
      if (!explanation.message.empty()) options.broken += ": " + explanation.message;
    }
    if (run.status() == interleave::Run::Status::kError) options.error = &run.error();
    return WriteDot(
        SchedulePicture(loaded.program(), *loaded.source, run.trace(), DisplayName(path), options),
        "--of schedule");
  }

  int WriteDot(const std::string& dot, const char* what) {
    if (format_ == Format::kDot) {
      GraphFile out(OutputPath());
      out.sink()(dot);
      return out.Close();
    }
    ImageFormat image = ImageFormat::kSvg;
    if (format_ == Format::kPng) {
      image = ImageFormat::kPng;
    } else if (format_ == Format::kPdf) {
      image = ImageFormat::kPdf;
    } else if (format_ != Format::kSvg) {
      throw UsageError(fmt::format("{} is drawn as dot, svg, png or pdf", what));
    }
    const RenderedImage rendered = RenderDot(dot, image, Rendering());
    if (!rendered.ok()) {
      PrintError("interleave: {}\n", rendered.error);
      return InterruptFlag().load() ? kExitIncomplete : kExitUsage;
    }
    GraphFile out(OutputPath());
    out.sink()(rendered.bytes);
    return out.Close();
  }

  RenderOptions Rendering() const {
    RenderOptions options;
    options.interrupt = &InterruptFlag();
    if (limits_.max_seconds > 0) {
      options.time_limit_seconds = std::min(options.time_limit_seconds, limits_.max_seconds);
    }
    return options;
  }

  int GraphStates(const LoadedScenario& loaded) {
    SetHidden(loaded.program());
    std::optional<Counterexample> example;
    const bool wants_trace = arguments_.Has("trace") || request_.around;
    if (wants_trace || format_ == Format::kHtml) example = FindCounterexample(loaded.program());
    if (wants_trace && !example && !searched_for_.empty()) {
      PrintError("interleave: --trace: nothing was found before {}\n", searched_for_);
      return kExitIncomplete;
    }
    if (wants_trace && !example) {
      throw UsageError(
          "--trace: nothing breaks, so there is no run to show; leave out --trace and --around");
    }
    StateSpaceOptions options;
    options.max_states = limits_.max_states;
    options.max_memory_bytes = limits_.max_memory_bytes;
    options.max_seconds = limits_.max_seconds;
    options.stop = limits_.stop;
    options.depth_first = WordOf(arguments_, "explorer", {"bfs", "dfs"}) == "dfs";
    options.labels = WordOf(arguments_, "labels", {"action", "statement"}) == "action"
                         ? LabelStyle::kAction
                         : LabelStyle::kStatement;
    ProgressLine progress(isatty(STDERR_FILENO) == 1, limits_.max_memory_bytes);
    const std::string shows = WordOf(arguments_, "progress", {"auto", "always", "never"});
    if (shows == "always" || (shows == "auto" && isatty(STDERR_FILENO) == 1)) {
      options.progress = [&](const CheckProgress& now) { progress.Show(now); };
    }
    StateSpace space(loaded.program(), *loaded.source);
    space.Explore(options);
    progress.Clear();
    if (space.nodes() == 0) {
      PrintError("interleave: there is no state: {}\n", space.incomplete_reason().empty()
                                                            ? "no run survives an assume"
                                                            : space.incomplete_reason());
    }
    if (limits_.max_seconds > 0) {
      // As long again for what is made of it.
      request_.limits.may_go_on = [until = ElapsedSeconds() + limits_.max_seconds] {
        return ElapsedSeconds() < until && !InterruptFlag().load(std::memory_order_relaxed);
      };
    }
    if (format_ == Format::kHtml) return WritePage(loaded, space, example);
    std::optional<Path> path;
    if (example) path = PathOf(space, example->trace, request_.hidden);
    if (wants_trace && !path) {
      PrintError(
          "interleave: the run leads out of the part of the graph that was explored; a higher "
          "--max-states explores more\n");
      return kExitIncomplete;
    }
    if (path) request_.trace = &*path;
    MadeGraph made = MakeGraph(space, request_);
    if (made.lost_trace) {
      PrintError(
          "interleave: the run cannot be followed in the graph that was made; --minimize branching "
          "or strong keeps it\n");
    }
    for (const std::string& sentence : made.diagram->caption()) {
      PrintError("interleave: {}\n", sentence);
    }
    const std::string title = Title(loaded, space);
    const int code = Write(*made.diagram, made.picture, title);
    const bool is_whole = space.incomplete_reason().empty() && !made.is_incomplete;
    if (!space.incomplete_reason().empty() && !InterruptFlag().load()) {
      PrintError("interleave: not everything is in it: {}\n", space.incomplete_reason());
    }
    if (code != 0) return code;
    return is_whole && !InterruptFlag().load() ? 0 : kExitIncomplete;
  }

  // The exit code.
  int Write(Diagram& graph, StatePictureOptions picture, const std::string& title) {
    picture.title = title;
    switch (format_) {
      case Format::kAut:
      case Format::kJson:
      case Format::kGraphMl:
      case Format::kDot: {
        GraphFile out(OutputPath());
        if (format_ == Format::kAut) ExportAut(graph, out.sink());
        if (format_ == Format::kJson) ExportJsonLines(graph, out.sink());
        if (format_ == Format::kGraphMl) ExportGraphMl(graph, out.sink());
        if (format_ == Format::kDot) DrawStates(graph, picture, out.sink());
        return out.Close();
      }
      case Format::kSvg:
      case Format::kPng:
      case Format::kPdf:
      case Format::kHtml: break;
    }
    return WriteDot(Dot(graph, picture), "the state graph");
  }

  static std::string Dot(Diagram& graph, const StatePictureOptions& picture) {
    std::string dot;
    DrawStates(graph, picture, [&](std::string_view text) {
      dot += text;
      return true;
    });
    return dot;
  }

  std::string Title(const LoadedScenario& loaded, const StateSpace& space) {
    std::string title =
        fmt::format("{}: {} states, {} transitions ({} granularity)", loaded.source->name(),
                    Grouped(space.states()), Grouped(space.transitions()),
                    loaded.program().granularity == Granularity::kAccess ? "access" : "statement");
    if (!space.incomplete_reason().empty()) title += ", incomplete: " + space.incomplete_reason();
    return title;
  }

  void SetHidden(const Program& program) {
    if (!arguments_.Has("hide")) return;
    request_.hidden.of_processes.assign(program.processes.size(), false);
    for (const std::string& word : SplitAtCommas(arguments_.Text("hide"))) {
      bool known = word == "local" || word == "reads";
      request_.hidden.local = request_.hidden.local || word == "local";
      request_.hidden.reads = request_.hidden.reads || word == "reads";
      std::vector<std::string> names = {"local", "reads"};
      for (std::size_t p = 0; p < program.processes.size(); ++p) {
        const std::string& name = program.processes[p].name;
        const std::string& all = program.CodeOf(static_cast<int>(p)).source->symbol->name;
        names.push_back(name);
        if (word != name && word != all) continue;
        request_.hidden.of_processes[p] = known = true;
      }
      if (known) continue;
      const std::string nearest = NearestName(word, names);
      throw UsageError(fmt::format("--hide: there is no process `{}`{}", word,
                                   nearest.empty() ? "; local and reads are understood, too"
                                                   : fmt::format("; did you mean `{}`?", nearest)));
    }
  }

  std::optional<Counterexample> FindCounterexample(const Program& program) {
    CheckOptions check = limits_;
    check.reduce = {};
    check.endless_runs = true;
    search_ = Check(program, check);
    if (search_->counterexamples.empty() ||
        search_->counterexamples.front().trace.initial.empty()) {
      searched_for_ = search_->incomplete_reason;
      return std::nullopt;
    }
    return search_->counterexamples.front();
  }

  int WritePage(const LoadedScenario& loaded, StateSpace& space,
                const std::optional<Counterexample>& example) {
    PageOptions options;
    options.title = loaded.source->name();
    if (arguments_.Has("max-nodes")) {
      options.max_nodes = request_.max_nodes == 0 ? UINT32_MAX : request_.max_nodes;
    }
    options.source_bytes = loaded.file_bytes;
    if (search_) options.result = &*search_;
    std::optional<Path> path;
    if (example) path = PathOf(space, example->trace, {});
    if (path) {
      options.counterexample = &*example;
      options.path = &*path;
    }
    if (space.nodes() <= kMostInPage) {
      GraphRequest request;
      MadeGraph made = MakeGraph(space, request);
      made.picture.title = Title(loaded, space);
      made.picture.is_plain = true;
      const RenderedImage image =
          RenderDot(Dot(*made.diagram, made.picture), ImageFormat::kSvg, Rendering());
      if (image.ok()) {
        options.graph_svg = image.bytes;
      } else {
        PrintError("interleave: the page draws the graph itself: {}\n", image.error);
      }
    }
    const std::string page = RenderPage(space, options);
    GraphFile out(OutputPath());
    out.sink()(page);
    if (out.Close() != 0) return kExitIncomplete;
    return space.incomplete_reason().empty() ? 0 : kExitIncomplete;
  }

  static constexpr uint32_t kMostInPage = 200;  // nodes that `dot` lays out for a page

  const Arguments& arguments_;
  Format format_;
  CheckOptions limits_;
  GraphRequest request_;
  std::optional<CheckResult> search_;  // for a counterexample
  std::string searched_for_;  // what ended the search for a counterexample, if anything did
};

}  // namespace

int GraphCommand(const std::vector<std::string>& arguments) {
  const auto parsed = ParseArguments(arguments, GraphHelp(), Options());
  if (!parsed) return 0;
  return GraphSession(*parsed).Run();
}

}  // namespace interleave
