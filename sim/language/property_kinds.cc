#include "sim/language/property_kinds.h"

namespace interleave {
namespace {

constexpr bool AreInOrder() {
  for (std::size_t i = 0; i < kPropertyRows.size(); ++i) {
    if (static_cast<std::size_t>(kPropertyRows[i].kind) != i) return false;
  }
  return true;
}
static_assert(AreInOrder());

}  // namespace

const PropertyRow* FindProperty(std::string_view word, bool has_name) {
  for (const PropertyRow& row : kPropertyRows) {
    if (row.word == word && row.has_name() == has_name) return &row;
  }
  return nullptr;
}

std::string PropertyTitle(PropertyKind kind, const std::string& name) {
  const PropertyRow& row = RowOf(kind);
  if (kind == PropertyKind::kAlwaysEventually) return "always eventually " + name;
  return (row.has_name() ? std::string(row.word) : "property") + " " + name;
}

std::string PropertyFact(PropertyKind kind, const std::string& name) {
  constexpr std::string_view kName = "{name}";
  std::string fact(RowOf(kind).fact);
  const std::size_t at = fact.find(kName);
  return at == std::string::npos ? fact : fact.replace(at, kName.size(), name);
}

}  // namespace interleave
