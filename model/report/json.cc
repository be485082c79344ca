#include "model/report/json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "model/liveness/endless_runs.h"
#include "model/report/explain.h"
#include "model/report/text.h"
#include "model/report/trace_view.h"
#include "model/report/values.h"
#include "sim/program/show.h"

namespace interleave {

using Json = nlohmann::ordered_json;

namespace {

using Kind = Event::Kind;

// Text that is no valid UTF-8 becomes U+FFFD instead of an error.
std::string Dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

// "-" stands for a cell that nobody wrote.
Json Value(const std::string& text) { return text == "-" ? Json(nullptr) : Json(text); }

std::string_view ViolationKind(const Violation& violation, const Program& program) {
  switch (violation.kind) {
    case Violation::Kind::kDeadlock: return "deadlock";
    case Violation::Kind::kError:
      return violation.error.kind == ErrorKind::kAssertion ? "assertion" : "error";
    case Violation::Kind::kProperty: break;
  }
  return program.properties[static_cast<std::size_t>(violation.property)].row().word;
}

// What broke, by the name an expectation gives it.
std::string ViolationName(const Violation& violation, const Program& program) {
  if (violation.kind == Violation::Kind::kDeadlock) return "deadlock";
  if (violation.kind == Violation::Kind::kError && violation.property < 0) {
    return ErrorName(violation.error.kind);
  }
  return program.properties[static_cast<std::size_t>(violation.property)].name;
}

// Which file a place is in, where that is not the first of the program.
void AddFile(const Source& source, uint32_t offset, Json& json) {
  const Source::File& file = source.FileAt(offset);
  if (file.begin > 0) json["file"] = file.name;
}

Json DiagnosticsJson(const std::vector<Diagnostic>& diagnostics, const Source& source) {
  Json json = Json::array();
  for (const Diagnostic& diagnostic : diagnostics) {
    const LineColumn at = source.Locate(diagnostic.range.begin);
    const LineColumn end = source.Locate(diagnostic.range.end);
    Json one;
    one["severity"] = diagnostic.severity == Severity::kError     ? "error"
                      : diagnostic.severity == Severity::kWarning ? "warning"
                                                                  : "note";
    AddFile(source, diagnostic.range.begin, one);
    one["line"] = at.line;
    one["column"] = at.column;
    one["end_line"] = end.line;
    one["end_column"] = end.column;
    one["message"] = diagnostic.message;
    one["hint"] = diagnostic.hint.empty() ? Json(nullptr) : Json(diagnostic.hint);
    one["checks_nothing"] = diagnostic.is_vacuity;
    json.push_back(std::move(one));
  }
  return json;
}

class JsonReport {
 public:
  JsonReport(const Program& program, const Source& source, const JsonOptions& options)
      : program_(program), source_(source), options_(options) {}

  Json Result(const CheckResult& result) {
    Json json;
    json["schema_version"] = kJsonSchemaVersion;
    json["tool"] = "interleave";
    json["file"] = options_.file_name.empty() ? source_.name() : options_.file_name;
    json["verdict"] = VerdictName(result.verdict);
    json["exit_code"] = options_.exit_code.value_or(ExitCodeOf(result.verdict));
    json["strength"] = Strength(result);
    json["property"] =
        result.counterexamples.empty()
            ? Json(nullptr)
            : Json(ViolationName(result.counterexamples.front().violation, program_));
    json["checked"] = CheckedFacts(program_);
    json["memory_model"] = "sc";
    json["granularity"] = program_.granularity == Granularity::kAccess ? "access" : "statement";
    json["program_hash"] = HashText(ProgramHash(program_));
    json["states"] = result.states;
    json["transitions"] = result.transitions;
    json["depth"] = result.depth;
    json["complete"] = result.complete;
    json["reduced_by"] = Json::array();
    if (result.reduced.partial_order) json["reduced_by"].push_back("partial order");
    if (result.reduced.symmetry) json["reduced_by"].push_back("symmetry");
    json["not_reduced"] = Json::array();
    for (const ReductionRefusal& refusal : result.refusals) {
      Json entry;
      entry["reduction"] = refusal.what;
      entry["reason"] = refusal.reason;
      if (refusal.range.end > refusal.range.begin) entry["position"] = Position(refusal.range);
      json["not_reduced"].push_back(std::move(entry));
    }
    if (!result.counterexamples.empty()) {
      json["steps"] = result.counterexamples.front().trace.steps.size();
    }
    if (!options_.schedule_path.empty()) json["schedule_file"] = options_.schedule_path;
    json["counterexamples"] = Json::array();
    for (const Counterexample& example : result.counterexamples) {
      json["counterexamples"].push_back(Example(example));
      if (!result.deviations.empty()) json["counterexamples"].back()["found"] = result.deviations;
    }
    json["warnings"] = Json::array();
    for (const Vacuity& vacuity : result.vacuities) {
      Json warning;
      warning["message"] = vacuity.message;
      warning["fatal"] = vacuity.is_fatal;
      warning["position"] = Position(vacuity.range);
      json["warnings"].push_back(std::move(warning));
    }
    json["diagnostics"] = DiagnosticsJson(options_.diagnostics, source_);
    if (!result.largest.empty()) json["largest"] = result.largest;
    if (options_.measured) {
      json["measured"] = {{"cpu_seconds_search", result.seconds},
                          {"seconds_search", result.elapsed_seconds},
                          {"engine", result.is_native ? "native" : "interpreted"},
                          {"interpreted_steps", result.interpreted_steps},
                          {"interpreted_judgings", result.interpreted_judgings},
                          {"memory_bytes", result.memory_bytes},
                          {"state_bytes", result.state_bytes},
                          {"peak_resident_bytes", result.peak_resident_bytes}};
    }
    return json;
  }

 private:
  Json Strength(const CheckResult& result) const {
    Json json;
    if (!result.counterexamples.empty()) {
      json["kind"] = "counterexample";
    } else if (result.complete) {
      json["kind"] = "exhaustive";
    } else {
      json["kind"] = "bounded";
    }
    if (!result.incomplete_reason.empty()) json["bounded_by"] = result.incomplete_reason;
    if (result.incomplete_at) json["position"] = Position(result.incomplete_at->range);
    return json;
  }

  Json Position(SourceRange range) const {
    if (range.begin == 0 && range.end == 0) return nullptr;
    const LineColumn at = source_.Locate(range.begin);
    Json json = {{"line", at.line}, {"column", at.column}};
    AddFile(source_, range.begin, json);
    return json;
  }

  const std::string& Who(int process) const {
    return program_.processes[static_cast<std::size_t>(process)].name;
  }

  Json Names(const std::vector<int>& processes) const {
    Json json = Json::array();
    for (const int process : processes) json.push_back(Who(process));
    return json;
  }

  static Json Values(const std::vector<NamedValue>& values) {
    Json json = Json::object();
    for (const NamedValue& value : values) json[value.name] = Value(value.value);
    return json;
  }

  static Json Drawing(const Drawn& drawn) {
    Json json;
    json["in"] = drawn.in.empty() ? Json(nullptr) : Json(drawn.in);
    json["out"] = drawn.out.empty() ? Json(nullptr) : Json(drawn.out);
    json["cells"] = Json::array();
    for (const DrawnCell& cell : drawn.cells) {
      const bool unwritten = cell.state == DrawnCell::State::kUnwritten;
      const char* state = cell.state == DrawnCell::State::kLive    ? "live"
                          : cell.state == DrawnCell::State::kTaken ? "taken"
                                                                   : "unwritten";
      json["cells"].push_back(
          {{"value", unwritten ? Json(nullptr) : Json(cell.value)}, {"state", state}});
    }
    return json;
  }

  Json Accesses(const ViewRow& row) const {
    Json json = Json::array();
    for (const ViewAccess& access : row.accesses) {
      const bool mark = access.kind == Kind::kProduced || access.kind == Kind::kConsumed;
      if (mark || access.kind == Kind::kChose || access.kind == Kind::kAlternative) continue;
      Json one;
      one["kind"] = access.Name();
      if (!access.place.empty()) {
        one["name"] = access.place;
        one["value"] = access.value;
      }
      if (access.kind == Kind::kPrinted) one["text"] = access.bytes;
      if (access.kind == Kind::kWrite) one["old"] = Value(access.old);
      if (access.in_atomic) one["in_atomic"] = true;
      one["position"] = Position(access.range);
      json.push_back(std::move(one));
    }
    return json;
  }

  Json Step(const ViewRow& row, const TraceStep& step, const Explanation& explanation) const {
    Json json;
    json["step"] = row.first_step;
    json["process"] = Who(row.process);
    json["text"] = Untied(row.words);
    const LineColumn at = source_.Locate(row.range.begin);
    json["source"] = {{"line", at.line},
                      {"column", at.column},
                      {"text", std::string(source_.Slice(row.range))},
                      {"statement", OneLine(source_, row.statement)}};
    AddFile(source_, row.range.begin, json["source"]);
    for (const SourceRange& call : row.calls) {
      const LineColumn from = source_.Locate(call.begin);
      json["calls"].push_back(
          {{"line", from.line}, {"column", from.column}, {"text", OneLine(source_, call)}});
      AddFile(source_, call.begin, json["calls"].back());
    }
    json["accesses"] = Accesses(row);
    if (!row.decided.empty()) json["chose"] = row.decided;
    if (!row.conditions.empty()) {
      json["conditions"] = Json::array();
      for (const ViewCondition& condition : row.conditions) {
        json["conditions"].push_back({{"text", condition.text},
                                      {"value", condition.value},
                                      {"position", Position(condition.range)}});
      }
    }
    json["changed"] = Json::object();
    for (const ViewChange& change : row.changes) {
      json["changed"][change.name] = {Value(change.before), Value(change.after)};
    }
    if (!row.marks.empty()) {
      json["marks"] = Json::array();
      for (const ViewAccess& access : row.accesses) {
        if (access.kind != Kind::kProduced && access.kind != Kind::kConsumed) continue;
        json["marks"].push_back({{"kind", access.Name()}, {"value", access.value}});
      }
    }
    if (!row.drawn.cells.empty()) json["drawing"] = Drawing(row.drawn);
    for (const Remark& remark : explanation.remarks) {
      if (remark.step == row.first_step) json["remarks"].push_back(remark.text);
    }
    json["done"] = row.done;
    if (!row.done && !row.failed) {
      json["next"] = Position(row.stands_at);
      json["locals"] = Values(LocalsOf(program_, step.state.data(), row.process));
    }
    return json;
  }

  Json Waiting(const WaitGraph& graph) const {
    Json json;
    json["processes"] = Json::array();
    for (const Waiter& waiter : graph.waiters) {
      Json one;
      one["process"] = Who(waiter.process);
      one["blocked"] = waiter.blocked;
      one["position"] = Position(waiter.points.front().range);
      one["condition"] = OneLine(source_, waiter.points.front().range);
      one["steps_before"] = {waiter.least_steps, waiter.most_steps};
      one["comes_to"] = Json::array();
      for (const WaitPoint& point : waiter.points) {
        Json to;
        to["blocked"] = point.blocked;
        to["position"] = Position(point.range);
        to["condition"] = OneLine(source_, point.range);
        one["comes_to"].push_back(std::move(to));
      }
      one["reads"] = Values(waiter.values);
      one["waits_for"] = Names(waiter.waits_for);
      json["processes"].push_back(std::move(one));
    }
    json["cycle"] = Names(graph.cycle);
    return json;
  }

  Json Schedule(const Trace& trace) const {
    Json json = Json::array();
    for (const TraceStep& step : trace.steps) {
      Json one;
      one["process"] = Who(step.process);
      if (!step.decided.empty()) one["choosing"] = step.decided;
      json.push_back(std::move(one));
    }
    return json;
  }

  Json Example(const Counterexample& example) const {
    const Explanation explanation = Explain(program_, source_, example);
    Json json;
    json["kind"] = ViolationKind(example.violation, program_);
    json["property"] = ViolationName(example.violation, program_);
    json["message"] = explanation.message;
    json["position"] = Position(explanation.range);
    if (example.violation.process >= 0) json["process"] = Who(example.violation.process);
    if (!explanation.values.empty()) json["values"] = Values(explanation.values);
    json["anomaly"] = explanation.anomaly.empty() ? Json(nullptr) : Json(explanation.anomaly);
    json["why"] = fmt::format("{}", fmt::join(explanation.why, " "));
    if (!explanation.waiting.waiters.empty()) json["waiting"] = Waiting(explanation.waiting);
    if (example.trace.initial.empty()) return json;
    json["is_shortest"] = example.is_shortest;
    if (example.trace.loop_start) {
      json["loop_start"] = *example.trace.loop_start;
      json["fairness"] = FairnessText(
          program_, program_.properties[static_cast<std::size_t>(example.violation.property)]);
    }
    if (example.violation.starving >= 0) json["starving"] = Who(example.violation.starving);
    json["switches"] = example.trace.Switches();
    ViewOptions view_options;
    view_options.fold = false;
    if (example.violation.kind == Violation::Kind::kError && example.violation.property < 0) {
      view_options.error = &example.violation.error;
    }
    const TraceView view = BuildTraceView(program_, source_, example.trace, view_options);
    Json initial;
    initial["state"] = StateJson(program_, example.trace.initial.data());
    if (!view.rows[0].drawn.cells.empty()) initial["drawing"] = Drawing(view.rows[0].drawn);
    initial["chose"] = Json::object();
    for (std::size_t p = 0; p < example.trace.initial_decided.size(); ++p) {
      if (example.trace.initial_decided[p].empty()) continue;
      initial["chose"][Who(static_cast<int>(p))] = example.trace.initial_decided[p];
    }
    json["initial"] = std::move(initial);
    json["steps"] = Json::array();
    for (std::size_t i = 0; i < example.trace.steps.size(); ++i) {
      json["steps"].push_back(Step(view.rows[i + 1], example.trace.steps[i], explanation));
    }
    json["schedule"] = Schedule(example.trace);
    return json;
  }

  const Program& program_;
  const Source& source_;
  const JsonOptions& options_;
};

}  // namespace

Json StateJson(const Program& program, const int64_t* state) {
  Json json = Json::object();
  for (const MemoryObject& object : program.objects) {
    if (object.symbol->kind == SymbolKind::kTable) continue;
    const auto list = ListOf(object);
    for (uint32_t i = 0; i < object.cells; i += CellsOfPlace(program, object.base + i)) {
      const uint32_t slot = object.base + i;
      if (list) {
        Json items = Json::array();
        for (uint32_t k = 0; k < static_cast<uint32_t>(state[slot + list->length]); ++k) {
          items.push_back(CellText(program, state, slot + list->cells + k));
        }
        json[PlaceName(program, slot)] = std::move(items);
      } else if (StartsObject(program, slot)) {
        json[PlaceName(program, slot)] = ObjectText(program, state, slot);
      } else {
        json[PlaceName(program, slot)] = Value(CellText(program, state, slot));
      }
    }
  }
  return json;
}

std::string RenderJson(const Program& program, const Source& source, const CheckResult& result,
                       const JsonOptions& options) {
  return Dump(JsonReport(program, source, options).Result(result));
}

std::string RenderDiagnosticsJson(const Diagnostics& diagnostics, const Source& source,
                                  const JsonOptions& options) {
  Json json;
  json["schema_version"] = kJsonSchemaVersion;
  json["tool"] = "interleave";
  json["file"] = options.file_name.empty() ? source.name() : options.file_name;
  json["verdict"] = diagnostics.has_errors() ? "errors" : "no errors";
  json["exit_code"] = options.exit_code.value_or(diagnostics.has_errors() ? 2 : 0);
  json["errors"] = diagnostics.error_count();
  json["diagnostics"] = DiagnosticsJson(diagnostics.Sorted(), source);
  return Dump(json);
}

}  // namespace interleave
