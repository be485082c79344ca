#pragma once
// What the file real.c of a kind's folder defines: the real thing behind the kind, in C. It is read
// by names alone, without a C compiler, so that a mistake in a name is told when the folder is
// loaded.

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace interleave {

struct RealForms {
  // Operations with a function real_NAME: the real call, which may block.
  std::set<std::string, std::less<>> calls;
  // Those with a function real_try_NAME: the same, but instead of blocking it says that it would.
  std::set<std::string, std::less<>> tries;

  // Functions of several steps with a function real_NAME, which is the real call of them all at
  // once. Then the steps have no real thing one by one, and processes that take turns do without
  // it.
  std::set<std::string, std::less<>> functions;

  bool IsForTurns() const { return functions.empty(); }
  bool Has(std::string_view operation) const { return calls.contains(operation); }
};

// The names of a model's operations, in its order. They stand before a function's type: `op int
// take()`.
std::vector<std::string> OperationNames(const std::string& model);

// The names of the functions that stand inside `depth` braces: 1 in a model.
std::vector<std::string> FunctionNames(const std::string& text, int depth);
// The functions, types and enumerators that a text declares outside of braces.
struct DeclaredNames {
  std::vector<std::string> all;    // functions, types, constants
  std::vector<std::string> types;  // those of a typedef
};
DeclaredNames ReadDeclaredNames(const std::string& text);

// `model` and `real` are the texts of model.scn and real.c of the kind `name`. Throws
// std::runtime_error with the place in real.c and a hint where a function is no operation's, or
// something that every real thing needs is missing.
RealForms ReadRealForms(const std::string& name, const std::string& model, const std::string& real);

}  // namespace interleave
