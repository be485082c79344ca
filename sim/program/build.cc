#include "sim/program/build.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/language/parser.h"
#include "sim/program/compile.h"

namespace interleave {
namespace {

// A schedule that cannot be checked under the settings, and why.
struct LeftOut {
  SourceRange range;  // of its name
  std::string why;
};

bool Covers(SourceRange outer, SourceRange inner) {
  return outer.begin <= inner.begin && inner.end <= outer.end;
}

// Takes the schedules in which the errors lie out of `syntax`. False if an error lies elsewhere.
bool TakeOut(ScenarioSyntax& syntax, const Diagnostics& errors, std::vector<LeftOut>& left_out) {
  std::set<std::size_t> faulty;
  for (const Diagnostic& diagnostic : errors.Sorted()) {
    if (diagnostic.severity != Severity::kError) continue;
    const auto it =
        std::find_if(syntax.schedules.begin(), syntax.schedules.end(),
                     [&](const ScheduleSyntax& s) { return Covers(s.range, diagnostic.range); });
    if (it == syntax.schedules.end()) return false;
    if (faulty.insert(static_cast<std::size_t>(it - syntax.schedules.begin())).second) {
      left_out.push_back({it->name_range, diagnostic.message});
    }
  }
  return !faulty.empty();
}

}  // namespace

BuiltProgram BuildProgram(const Source& source, const DefineOverrides& defines,
                          const OptionOverrides& options, Diagnostics& diagnostics,
                          const KindLibrary& library) {
  const bool has_settings = !defines.empty() || !options.empty();
  std::vector<LeftOut> left_out;
  for (;;) {
    Diagnostics now;
    BuiltProgram built;
    std::unique_ptr<ScenarioSyntax> syntax = Parse(source, defines, now, library);
    const std::vector<DefineUse> define_uses = syntax->define_uses;
    std::erase_if(syntax->schedules, [&](const ScheduleSyntax& schedule) {
      return std::any_of(left_out.begin(), left_out.end(), [&](const LeftOut& out) {
        return out.range.begin == schedule.name_range.begin;
      });
    });
    std::erase_if(syntax->items, [&](const ScenarioSyntax::Item& item) {
      return !left_out.empty() && item.kind == ScenarioSyntax::Item::Kind::kSchedule;
    });
    // What could not be parsed would only cascade.
    if (!now.has_errors()) {
      built.scenario = Check(std::move(syntax), options, now, library);
      const std::size_t before = left_out.size();
      if (now.has_errors() && has_settings && TakeOut(*built.scenario->syntax, now, left_out) &&
          left_out.size() > before) {
        continue;
      }
    }
    if (!now.has_errors()) built.program = Compile(*built.scenario, now);
    if (built.program == nullptr) built.scenario = nullptr;
    for (const LeftOut& out : left_out) {
      now.Note(out.range, "this schedule does not fit these settings and is left out: " + out.why);
    }
    now.BlameDefines(define_uses);
    diagnostics = std::move(now);
    return built;
  }
}

}  // namespace interleave
