#pragma once
// The templates that may still be symmetric, and why the others are not.

#include <string>
#include <vector>

#include "model/reduce/abstract_value.h"
#include "model/reduce/symmetry.h"

namespace interleave {

class SymmetryCandidates {
 public:
  // The templates with more than one process.
  explicit SymmetryCandidates(const Program& program);

  bool contains(std::size_t code) const { return is_candidate_[code]; }
  bool empty() const;

  // A refused template stays a candidate until DropRefused; one that is none is not refused again.
  void Refuse(int code, SourceRange range, const std::string& reason);
  void RefuseIds(const AbstractValue& value, SourceRange range, const std::string& reason);
  void RefuseAll(SourceRange range, const std::string& reason);
  // Returns whether there was any.
  bool DropRefused();

  std::vector<SymmetryRefusal> TakeRefusals();

 private:
  std::vector<bool> is_candidate_;                     // by code
  std::vector<std::vector<SymmetryRefusal>> reasons_;  // by code
};

}  // namespace interleave
