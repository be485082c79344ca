// What a page knows, in columns: a state is a row of texts (of cells, queues, live locals) and of
// program points, told by its differences from the state it was first reached from.

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>
#include <utility>

#include "model/graph/diagram.h"
#include "model/graph/page.h"
#include "model/graph/state_text.h"
#include "model/report/explain.h"
#include "model/report/places.h"
#include "model/report/text.h"
#include "model/report/trace_view.h"
#include "model/report/values.h"

namespace interleave {
namespace {

using Json = nlohmann::ordered_json;

struct Column {
  std::string name;
  std::unordered_map<std::string, uint32_t> numbers;  // of its texts
  std::vector<std::string> texts;

  uint32_t NumberOf(const std::string& text) {
    const auto [it, fresh] = numbers.try_emplace(text, static_cast<uint32_t>(texts.size()));
    if (fresh) texts.push_back(text);
    return it->second;
  }
};

class DataWriter {
 public:
  DataWriter(StateSpace& space, const PageOptions& options)
      : space_(space),
        program_(space.program()),
        source_(space.source()),
        options_(options),
        shown_(std::min(space.states(), options.max_nodes)) {
    // A counterexample is shown whole.
    if (options.path != nullptr) {
      for (const uint32_t node : options.path->nodes) {
        if (!space.is_end(node)) shown_ = std::max(shown_, node + 1);
      }
    }
  }

  Json Data() {
    Json data;
    data["title"] = options_.title;
    data["granularity"] = program_.granularity == Granularity::kAccess ? "access" : "statement";
    data["states"] = space_.states();
    data["transitions"] = space_.transitions();
    data["shown"] = shown_;
    data["incomplete"] = space_.incomplete_reason();
    data["source"] = source_.text().substr(0, options_.source_bytes);
    // Lines are counted through all files; the page says them as they are in each.
    for (const Source::File& file : source_.files()) {
      const bool is_shown = source_.files().size() > 1 && file.begin < options_.source_bytes;
      if (is_shown) data["files"].push_back({file.short_name, file.first_index});
    }
    data["processes"] = Processes();
    data["objects"] = Objects();
    if (const auto ring = Ring()) data["ring"] = *ring;
    data["constants"] = Constants();
    data["defines"] = Defines();
    AddLocals();
    data["verdict"] = Verdict();
    data["rows"] = Rows();
    if (options_.counterexample != nullptr && options_.path != nullptr) data["run"] = Run();
    data["columns"] = Columns();
    data["marks"] = Marks();
    data["broken"] = Broken();
    data["actions"] = Actions();
    data["svg"] = options_.graph_svg;
    return data;
  }

 private:
  // By process and program point: the line before which it stands, its statement, and where that
  // calls functions, what is deeper.
  Json Processes() const {
    Json processes = Json::array();
    for (int p = 0; p < program_.process_count(); ++p) {
      const ProcessCode& code = program_.CodeOf(p);
      Json points = Json::array();
      for (std::size_t k = 0; k < code.points.size(); ++k) {
        const Standing standing = code.points[k].standing;
        if (standing != Standing::kAtAccess) {
          points.push_back({0, standing == Standing::kDone ? "" : StandingText(standing)});
          continue;
        }
        const auto places = PlacesOf(
            source_, code, code.locations[code.instructions[code.points[k].instruction].location]);
        points.push_back({places.front().index, places.front().text, Deeper(places)});
      }
      processes.push_back({{"name", program_.processes[static_cast<std::size_t>(p)].name},
                           {"daemon", program_.IsDaemon(p)},
                           {"points", std::move(points)}});
    }
    return processes;
  }

  // What the search for a counterexample says, where there is no run to show; and its warnings.
  Json Verdict() const {
    Json verdict = Json::object();
    verdict["warnings"] = Json::array();
    if (options_.result == nullptr) return verdict;
    const CheckResult& result = *options_.result;
    if (result.verdict == interleave::Verdict::kHolds) verdict["holds"] = CheckedFacts(program_);
    if (!result.counterexamples.empty() && result.counterexamples.front().trace.initial.empty()) {
      const Explanation missing = Explain(program_, source_, result.counterexamples.front());
      verdict["missing"] = {missing.what, missing.message};
    }
    for (const Vacuity& vacuity : result.vacuities) {
      verdict["warnings"].push_back({source_.LineIndex(vacuity.range.begin), vacuity.message});
    }
    return verdict;
  }

  // Each line and text.
  static Json Deeper(const std::vector<SourcePlace>& places) {
    Json deeper = Json::array();
    for (std::size_t depth = 1; depth < places.size(); ++depth) {
      deeper.push_back({places[depth].index, places[depth].text});
    }
    return deeper;
  }

  // Adds the columns of memory on the way.
  Json Objects() {
    Json objects = Json::array();
    for (const MemoryObject& object : program_.objects) {
      if (object.symbol->kind == SymbolKind::kTable) continue;
      Json one;
      one["name"] = object.symbol->name;
      one["kind"] = ListOf(object)                                  ? "queue"
                    : object.kind != nullptr                        ? "object"
                    : object.symbol->type->kind == TypeKind::kArray ? "array"
                    : object.cells == 1                             ? "scalar"
                                                                    : "struct";
      one["ghost"] = object.symbol->kind == SymbolKind::kGhost;
      one["columns"] = Json::array();
      for (uint32_t k = 0; k < object.cells; k += CellsOfPlace(program_, object.base + k)) {
        one["columns"].push_back(AddColumn(PlaceName(program_, object.base + k)));
        cells_.push_back({object.base + k, StartsObject(program_, object.base + k)});
        column_of_slot_.emplace(object.base + k, columns_.size() - 1);
      }
      objects.push_back(std::move(one));
    }
    if (program_.items_slot != 0) {
      objects.push_back({{"name", "items"},
                         {"kind", "scalar"},
                         {"ghost", true},
                         {"columns", {AddColumn("items")}}});
      cells_.push_back({program_.items_slot, false});
    }
    return objects;
  }

  std::size_t AddColumn(std::string name) {
    columns_.push_back({std::move(name), {}, {}});
    return columns_.size() - 1;
  }

  std::optional<Json> Ring() const {
    if (program_.drawing.object < 0) return std::nullopt;
    const MemoryObject& ring = program_.objects[static_cast<std::size_t>(program_.drawing.object)];
    const Type* element = ring.symbol->type->element;
    if (ring.kind != nullptr || element == nullptr) return std::nullopt;
    const DrawOption& draw = program_.scenario->options.draw;
    return Json{{"object", ring.symbol->name},
                {"stride", element->cells},
                {"in", OneLine(source_, draw.in->range)},
                {"out", OneLine(source_, draw.out->range)}};
  }

  // What names stand for in expressions: numbers, as texts, since they may have 64 bits.
  Json Constants() const {
    Json constants = Json::object();
    for (const auto& symbol : program_.scenario->symbols) {
      if (symbol->kind == SymbolKind::kConstant && symbol->constant && !symbol->is_of_kind) {
        constants[symbol->name] = fmt::format("{}", *symbol->constant);
      }
    }
    return constants;
  }

  Json Defines() const {
    Json defines = Json::object();
    for (const DefineSyntax& define : program_.scenario->syntax->defines) {
      defines[define.name] = define.replacement;
    }
    return defines;
  }

  // Columns of live locals, process by process, as LocalsOf names them; met as states are read.
  void AddLocals() {
    for (int p = 0; p < program_.process_count(); ++p) {
      point_column_.push_back(
          AddColumn(program_.processes[static_cast<std::size_t>(p)].name + " stands at"));
    }
    first_local_ = columns_.size();
  }

  std::vector<uint32_t> Row(const int64_t* state) {
    std::vector<uint32_t> row(columns_.size(), 0);
    for (std::size_t c = 0; c < cells_.size(); ++c) {
      const auto& [slot, is_object] = cells_[c];
      row[c] = columns_[c].NumberOf(is_object ? ObjectText(program_, state, slot)
                                              : CellText(program_, state, slot));
    }
    for (int p = 0; p < program_.process_count(); ++p) {
      const auto index = static_cast<std::size_t>(p);
      const ProcessInstance& process = program_.processes[index];
      row[point_column_[index]] = static_cast<uint32_t>(state[process.point_slot]);
      for (const NamedValue& local : LocalsOf(program_, state, p)) {
        const std::string name = process.name + "." + local.name;
        const auto [it, fresh] = local_columns_.try_emplace(name, columns_.size());
        if (fresh) {
          AddColumn(name);
          columns_.back().NumberOf("");  // 0: dead there
        }
        if (row.size() <= it->second) row.resize(it->second + 1, 0);
        row[it->second] = columns_[it->second].NumberOf(local.value);
      }
    }
    return row;
  }

  // Each: the state it is told from, or -1; column and number of what differs; then its steps as
  // target and action, -1 for a target that is not shown; ends behind the states.
  Json Rows() {
    std::vector<std::vector<uint32_t>> rows(shown_);
    std::vector<uint32_t> parent(shown_, UINT32_MAX);
    std::vector<int64_t> state(space_.state_words());
    Json all = Json::array();
    for (uint32_t n = 0; n < shown_; ++n) {
      space_.Get(n, state.data());
      rows[n] = Row(state.data());
      Json steps = Json::array();
      space_.ForEachStep(n, [&](const StateSpace::Step& step) {
        int64_t to = step.to;
        if (space_.is_end(step.to)) {
          to = static_cast<int64_t>(shown_) + (step.to - space_.states());
        } else if (step.to >= shown_) {
          to = -1;
        } else if (parent[step.to] == UINT32_MAX && step.to > n) {
          parent[step.to] = n;
        }
        steps.push_back(to);
        steps.push_back(step.action);
      });
      Json changes = Json::array();
      const bool has_parent = parent[n] != UINT32_MAX;
      changes.push_back(has_parent ? static_cast<int64_t>(parent[n]) : -1);
      for (std::size_t c = 0; c < rows[n].size(); ++c) {
        const auto& before = has_parent ? rows[parent[n]] : rows[n];
        const uint32_t was = has_parent && c < before.size() ? before[c] : 0;
        if (rows[n][c] == was) continue;
        changes.push_back(c);
        changes.push_back(rows[n][c]);
      }
      all.push_back({std::move(changes), std::move(steps)});
    }
    return all;
  }

  Json Columns() const {
    Json columns = Json::array();
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      columns.push_back({columns_[c].name, columns_[c].texts});
    }
    return columns;
  }

  // By state, and by end behind them: StateMark bits and the distance from the start.
  Json Marks() const {
    Json marks = Json::array();
    const auto add = [&](uint32_t node) {
      marks.push_back({space_.marks(node), space_.depth(node), space_.BrokenAt(node)});
    };
    for (uint32_t n = 0; n < shown_; ++n) add(n);
    for (uint32_t n = space_.states(); n < space_.nodes(); ++n) add(n);
    return marks;
  }

  Json Broken() const {
    Json broken = Json::array();
    for (const BrokenThing& thing : space_.broken()) broken.push_back({thing.name, thing.message});
    return broken;
  }

  // Process, text, line, statement, columns read, columns written, what is deeper.
  Json Actions() const {
    Json actions = Json::array();
    for (const Action& action : space_.actions()) {
      Json reads = Json::array(), writes = Json::array();
      const auto add = [&](const std::vector<uint32_t>& cells, Json& to) {
        for (const uint32_t cell : cells) {
          const auto it = column_of_slot_.find(cell);
          if (it != column_of_slot_.end()) to.push_back(it->second);
        }
      };
      add(action.reads, reads);
      add(action.writes, writes);
      actions.push_back({action.process, action.text, action.line, action.statement,
                         std::move(reads), std::move(writes), Deeper(action.places)});
    }
    return actions;
  }

  Json Run() {
    const Counterexample& example = *options_.counterexample;
    const Explanation explanation = Explain(program_, source_, example);
    Json run;
    run["nodes"] = Json::array();
    for (const uint32_t node : options_.path->nodes) {
      run["nodes"].push_back(space_.is_end(node) ? shown_ + (node - space_.states()) : node);
    }
    run["actions"] = options_.path->actions;
    if (!example.trace.steps.empty() && space_.is_end(options_.path->nodes.back())) {
      run["last"] = Row(example.trace.steps.back().state.data());
    }
    run["what"] = explanation.what;
    run["message"] = explanation.message;
    run["anomaly"] = explanation.anomaly;
    run["why"] = explanation.why;
    run["remarks"] = Json::array();
    for (const Remark& remark : explanation.remarks) {
      run["remarks"].push_back({remark.step, Untied(remark.text)});
    }
    return run;
  }

  struct Cell {
    uint32_t slot;
    bool is_object;
  };

  StateSpace& space_;
  const Program& program_;
  const Source& source_;
  const PageOptions& options_;
  uint32_t shown_;
  std::vector<Column> columns_;
  std::vector<Cell> cells_;  // by column, the first ones
  std::unordered_map<uint32_t, std::size_t> column_of_slot_;
  std::vector<std::size_t> point_column_;
  std::size_t first_local_ = 0;
  std::unordered_map<std::string, std::size_t> local_columns_;
};

}  // namespace

std::string PageData(StateSpace& space, const PageOptions& options) {
  return DataWriter(space, options).Data().dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace interleave
