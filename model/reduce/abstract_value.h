#pragma once
// Abstract values (Cousot and Cousot, "Abstract interpretation", 1977): what a register or a cell
// may hold, as far as symmetry asks. That is ids of processes, constants, and anything else;
// several at once where they come from several places. The abstract local operations are here too.

#include <compare>
#include <cstdint>
#include <optional>
#include <set>

#include "sim/program/program.h"

namespace interleave {

// The number of a process of the template `code`, and how much more than that is stored.
struct IdForm {
  int code = -1;
  int64_t offset = 0;
  auto operator<=>(const IdForm&) const = default;
};

int64_t CountOf(const Program& program, int code);
bool IsTheIdOfOne(const Program& program, const IdForm& id, int64_t constant);

// Whether no value stands for two of them: one form for each template, and none that overlap.
bool AreApart(const Program& program, const std::set<IdForm>& ids);

struct AbstractValue {
  std::set<IdForm> ids;
  std::set<int64_t> constants;
  bool plain = false;    // anything that does not depend on ids
  bool address = false;  // `ids` say where a cell lies, and are not the value itself

  static AbstractValue Constant(int64_t value);
  static AbstractValue Plain();
  bool has_ids() const { return !ids.empty(); }
  // The one constant that it is, if it is one.
  std::optional<int64_t> only() const;
  bool operator==(const AbstractValue&) const = default;
};

// The least value that covers both, where the sets have room for it.
void JoinInto(AbstractValue& into, const AbstractValue& from);

AbstractValue AbstractConvert(const Instruction& i, const AbstractValue& a);
AbstractValue AbstractUnary(const Instruction& i, const AbstractValue& a);
AbstractValue AbstractIndex(const AbstractValue& a);
AbstractValue AbstractBinary(const Program& program, const Instruction& i, const AbstractValue& a,
                             const AbstractValue& b);
// Whether a sum is the address of a cell that ids index.
bool IsAddressSum(const Instruction& i, const AbstractValue& a, const AbstractValue& b);
// What adding a constant to ids, or subtracting ids and a constant, makes of them. Nothing: it is
// no such operation, or it leaves the type.
std::optional<AbstractValue> Shifted(const Program& program, const Instruction& i,
                                     const AbstractValue& a, const AbstractValue& b);

}  // namespace interleave
