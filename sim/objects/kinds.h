#pragma once
// Kinds of objects: what a scenario can declare beside C's own types, such as `queue<int, 4>`.
//
// A kind is a folder of texts and no code of the checker: its model in the scenario language, the
// real thing behind it in C, the words and the picture that people see. The folders beside this
// file are compiled in; others can be read at run time. README.md says how to write one.

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/objects/real_forms.h"

namespace interleave {

// How one operation of a kind reads. `{value}` stands for the result or, where there is none, the
// first argument; `{1}` for an argument; `{object}` for the object. `{result}` is the result as
// calls of the system have it, "-1 ENOENT" for -2; `{byte:N}` its byte N, and `{process:N}` the
// process that its bits from N on are. `{text}` is the text that the first argument of the type
// `char *` leads to, and `{data:N}` as many of its bytes as argument N says, or the result
// (`{data:value}`).
struct OperationWords {
  std::string does;        // "appends {value}": what a step did
  std::string fails;       // "fails to lock": instead, where the result is not 0; empty: as `does`
  std::string refused;     // "wait() = {result}": instead, where the result is negative
  std::string joins;       // "to": what leads to the object's name behind it; "-": it is not named
  std::string imperative;  // "append {value}": on the arrow of a chart
  std::string changed_by;  // "last appended to by": who did this to an object last
  std::string reads;       // "appends to": in a picture of the code
  std::string blocks;      // "`append` to a bounded queue": what may block
  std::string woken;       // "woken by": who ended the sleep that this ends for the sleeper
  std::string unwoken;     // "by itself": nobody did
  // Of an operation that waits: an array with equally many cells for each `me`, of which the first
  // argument names one. It leads to a cell of the array `leads_to`; whose cell leads to one with
  // the same value, and for which the array `as` is not 0, is told behind `held`.
  std::string holders;
  std::string leads_to;
  std::string as;
  std::string held;        // "an end is still open in"; without `holders` a sentence
  bool is_towards = true;  // the value goes to the object: the way of the arrow in a chart

  bool tells_place() const { return joins != "-"; }
};

struct KindWords {
  std::map<std::string, OperationWords> operations;
  // A kind's operations commute in pairs: each of `first` with each of `second` on one object,
  // wherever both are enabled. The member `counts` never falls by one of `first` and never rises
  // by one of `second`. `commutes_if` names the constant that must not be 0 for that. All this is
  // what tests/object_test.cc tries out on every state of small objects.
  std::vector<std::string> first, second;
  std::string counts;
  std::string commutes_if;
  // The picture: these members, of which the first is always shown and each other one where it is
  // not 0. Empty: every member with its value.
  std::vector<std::string> shows;
  // Or the cells of `list` up to the number `length`.
  std::string list, length;
  // Or, of an array by the numbers of processes (`process_id`), the processes whose cell is not 0.
  std::string set;
  std::string number;    // beside `set`: the member that stands before it
  std::string limit;     // "the cap of an unbounded queue": what `limit (...)` of the model met
  bool is_part = false;  // something is made of it; people do not declare it
  std::string article = "a";  // "a queue", "an event count"
  std::string starts;         // "a queue starts empty": why it takes no initialiser
  std::string advice;         // "use append, take and empty": to who uses an object as a value
  std::map<std::string, std::string, std::less<>> spellings;  // "P" of a function is its "wait"
};

struct KindSource {
  std::string name;
  std::string model;  // model.scn; empty: the folder holds functions only
  KindWords words;    // words.json, whose text is words_text
  std::string words_text;
  std::vector<std::string> operations;  // their names, in the model's order
  std::vector<std::string> functions;   // all of them, those of several steps included
  // real.c: the real thing behind the kind, in C; empty where there is none. `forms`: what it has.
  std::string real;
  RealForms forms;
  // By the name of a header of C, what including it brings: types and functions in C's spelling,
  // written in the scenario language. NAME.scn in the folder, as semaphore.h.scn.
  std::map<std::string, std::string, std::less<>> headers;
  std::map<std::string, DeclaredNames, std::less<>> names_of_header;

  std::string generic;  // functions.scn: functions for any type T
  std::vector<std::string> generic_functions;

  const OperationWords* WordsOf(std::string_view operation) const;
  // "queue<type T, int capacity = option(queue_cap)>": its name and parameters, as the model has
  // them.
  std::string Heading() const;
};

// The kinds that a scenario may use. Immutable once programs are built with it.
class KindLibrary {
 public:
  KindLibrary() = default;
  // Those that are compiled in, and those of the folder that the environment variable
  // INTERLEAVE_OBJECTS names. Throws as AddFolders does.
  static const KindLibrary& Default();

  // Adds each folder of `folder` that holds a model.scn; a kind of the same name gives way. Throws
  // std::runtime_error with the file's name when something cannot be read or is no such text.
  void AddFolders(const std::filesystem::path& folder);
  // Files of one kind by name, such as {"model.scn", "..."}.
  void Add(const std::string& name, const std::map<std::string, std::string>& files);

  const KindSource* Find(std::string_view name) const;
  // The kinds that have a function of this name, an operation or one of several steps, under its
  // own or another spelling.
  std::vector<const KindSource*> AllWithFunction(std::string_view function) const;
  // A text of functions that has one of this name, each for any type T of integers or pointers;
  // empty if none has.
  std::string FunctionsWith(std::string_view function) const;
  // The header that declares `name`; empty if none does.
  std::string HeaderWith(std::string_view name) const;
  // In the order of their names.
  const std::map<std::string, std::unique_ptr<KindSource>, std::less<>>& kinds() const {
    return kinds_;
  }

 private:
  std::map<std::string, std::unique_ptr<KindSource>, std::less<>> kinds_;
};

// The files of the folders beside this one, as CMake found them: {kind, {file, text}}.
using KindFiles = std::map<std::string, std::map<std::string, std::string>>;
KindFiles CompiledInKinds();

}  // namespace interleave
