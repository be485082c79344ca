// interleave show: the compiled program as text.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "sim/objects/kinds.h"
#include "sim/objects/real_forms.h"
#include "sim/program/show.h"
#include "tools/interleave/command.h"
#include "tools/interleave/load_scenario.h"
#include "tools/interleave/options.h"

namespace interleave {

namespace {

// How a step of an operation reads, with the object's name behind it.
std::string StepWords(const std::string& operation, const OperationWords& words) {
  // A query has no words for what it does: its step is told by what it reads.
  if (words.does == operation + " {value}") return words.reads + " OBJECT";
  std::string does = words.does;
  if (const std::size_t at = does.find("{value}"); at != std::string::npos) {
    does.replace(at, std::string("{value}").size(), "VALUE");
  }
  if (!words.tells_place()) return does;
  return fmt::format("{} {}{}OBJECT", does, words.joins, words.joins.empty() ? "" : " ");
}

// Functions for any type: as many in a line as fit.
void PrintFunctions(const KindSource& kind) {
  constexpr std::size_t kWidth = 100;
  std::string line;
  for (const std::string& function : kind.generic_functions) {
    if (!line.empty() && line.size() + 1 + function.size() > kWidth) {
      fmt::print("{}\n", line);
      line.clear();
    }
    line += (line.empty() ? "    " : " ") + function;
  }
  fmt::print("{}\n", line);
}

std::string HeadersOf(const KindSource& kind) {
  std::string text;
  for (const auto& [header, unused] : kind.headers)
    text += fmt::format("{}<{}>", text.empty() ? "" : " ", header);
  return text;
}

void PrintKinds(const KindLibrary& library) {
  for (const auto& [name, kind] : library.kinds()) {
    if (kind->model.empty() && kind->generic_functions.empty()) {
      fmt::print("{}: headers {}\n", name, HeadersOf(*kind));
      continue;
    }
    if (kind->model.empty()) {
      fmt::print("{}: functions for any type\n", name);
      PrintFunctions(*kind);
      continue;
    }
    fmt::print("{}{}\n", kind->Heading(),
               kind->real.empty() ? "" : "  (a real thing is behind it)");
    for (const std::string& operation : kind->operations) {
      const OperationWords* words = kind->WordsOf(operation);
      fmt::print("    {:<19} {}{}\n", operation,
                 words == nullptr ? "" : StepWords(operation, *words),
                 kind->forms.Has(operation) ? "; real" : "");
    }
    for (const std::string& function : FunctionNames(kind->model, 1)) {
      const auto& operations = kind->operations;
      if (function == name ||
          std::find(operations.begin(), operations.end(), function) != operations.end())
        continue;
      fmt::print("    {:<19} several of these{}\n", function,
                 kind->forms.functions.contains(function) ? "; real" : "");
    }
  }
}

int ShowLibrary(const std::vector<std::string>& names) {
  const KindLibrary& library = KindLibrary::Default();
  if (names.empty()) {
    PrintKinds(library);
    return 0;
  }
  for (const std::string& name : names) {
    const auto found = library.kinds().find(name);
    if (found == library.kinds().end()) {
      std::vector<std::string> known;
      for (const auto& [other, unused] : library.kinds()) known.push_back(other);
      const std::string nearest = NearestName(name, known);
      throw UsageError(fmt::format("there is no kind `{}`; {}", name,
                                   nearest.empty()
                                       ? std::string("`interleave show --library` lists them")
                                       : fmt::format("did you mean `{}`?", nearest)));
    }
    const KindSource& kind = *found->second;
    const auto print = [&](const std::string& file, const std::string& text) {
      if (!text.empty()) fmt::print("== {}/{}\n{}", name, file, text);
    };
    print("model.scn", kind.model);
    print("functions.scn", kind.generic);
    for (const auto& [header, text] : kind.headers) print(header + ".scn", text);
    print("words.json", kind.words_text);
    print("real.c", kind.real);
  }
  return 0;
}

}  // namespace

int ShowCommand(const std::vector<std::string>& arguments) {
  boost::program_options::options_description options;
  AddProgramOptions(options);
  options.add_options()("library",
                        "instead of a program: the kinds of objects, or the texts of those named");
  AddColorOption(options);
  const CommandHelp help = {
      "interleave show [OPTION...] FILE | --library [KIND...]",
      "Prints the compiled program: its hash (which schedules carry), the layout of its state,\n"
      "the code of its processes and properties. The text is stable: comments, layout and the\n"
      "machine do not change it.\n"
      "\n"
      "In the code `>` marks the instructions before which a process can be seen to stand.\n"
      "\n"
      "exit codes: 0, 1 usage, 2 the scenario has errors\n"};
  const auto parsed = ParseArguments(arguments, help, options);
  if (!parsed) return 0;
  if (parsed->Has("library")) return ShowLibrary(parsed->files);
  const LoadedScenario loaded =
      LoadScenario(OneProgram(parsed->files), DefinesOf(*parsed), OverridesOf(*parsed),
                   UseColor(*parsed, STDERR_FILENO));
  if (!loaded.ok()) return kExitScenarioErrors;
  fmt::print("{}", ShowProgram(loaded.program()));
  return 0;
}

}  // namespace interleave
