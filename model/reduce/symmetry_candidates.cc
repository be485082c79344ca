// What would surprise: a template that is refused stays a candidate until DropRefused, so that one
// round of rules collects up to four different reasons for each template.

#include "model/reduce/symmetry_candidates.h"

#include <algorithm>
#include <utility>

namespace interleave {
namespace {

constexpr std::size_t kMaxReasons = 4;

}  // namespace

SymmetryCandidates::SymmetryCandidates(const Program& program)
    : is_candidate_(program.codes.size(), false), reasons_(program.codes.size()) {
  for (std::size_t c = 0; c < program.codes.size(); ++c)
    is_candidate_[c] = program.codes[c].source->count >= 2;
}

bool SymmetryCandidates::empty() const {
  return std::find(is_candidate_.begin(), is_candidate_.end(), true) == is_candidate_.end();
}

void SymmetryCandidates::Refuse(int code, SourceRange range, const std::string& reason) {
  if (!is_candidate_[static_cast<std::size_t>(code)]) return;
  std::vector<SymmetryRefusal>& reasons = reasons_[static_cast<std::size_t>(code)];
  for (const SymmetryRefusal& other : reasons) {
    if (other.reason == reason) return;
  }
  if (reasons.size() < kMaxReasons) reasons.push_back({code, reason, range});
}

void SymmetryCandidates::RefuseIds(const AbstractValue& value, SourceRange range,
                                   const std::string& reason) {
  for (const IdForm& id : value.ids) Refuse(id.code, range, reason);
}

void SymmetryCandidates::RefuseAll(SourceRange range, const std::string& reason) {
  for (std::size_t c = 0; c < is_candidate_.size(); ++c) Refuse(static_cast<int>(c), range, reason);
}

bool SymmetryCandidates::DropRefused() {
  bool any = false;
  for (std::size_t c = 0; c < is_candidate_.size(); ++c) {
    if (!is_candidate_[c] || reasons_[c].empty()) continue;
    is_candidate_[c] = false;
    any = true;
  }
  return any;
}

std::vector<SymmetryRefusal> SymmetryCandidates::TakeRefusals() {
  std::vector<SymmetryRefusal> refusals;
  for (std::vector<SymmetryRefusal>& reasons : reasons_) {
    for (SymmetryRefusal& reason : reasons) refusals.push_back(std::move(reason));
    reasons.clear();
  }
  return refusals;
}

}  // namespace interleave
