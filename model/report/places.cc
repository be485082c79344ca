#include "model/report/places.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "model/report/text_layout.h"
#include "model/report/trace_view.h"

namespace interleave {

std::vector<SourcePlace> PlacesOf(const Source& source, const std::vector<SourceRange>& calls,
                                  SourceRange range, SourceRange statement) {
  std::vector<SourcePlace> places;
  places.reserve(calls.size() + 1);
  const auto add = [&](uint32_t at, SourceRange text) {
    const Source::File& file = source.FileAt(at);
    places.push_back({source.LineIndex(at), source.Locate(at).line, source.LineName(at),
                      file.begin == 0 ? "" : file.name,
                      StatementText(source, text, kStatementWidth)});
  };
  for (const SourceRange& call : calls) add(call.begin, call);
  add(range.begin, statement);
  return places;
}

std::vector<SourcePlace> PlacesOf(const Source& source, const Code& code,
                                  const CodeLocation& location) {
  return PlacesOf(source, code.CallsTo(location), location.range, location.statement);
}

std::string PlacesText(const std::vector<SourcePlace>& places) {
  std::string text;
  for (const SourcePlace& place : places) {
    text += fmt::format("{}line {}: {}", text.empty() ? "" : ", ", place.name, place.text);
  }
  return text;
}

std::string StatementText(const Source& source, SourceRange statement, std::size_t width) {
  std::string text = OneLine(source, statement);
  if (text == "atomic" || text == "select") {
    const std::string_view rest = std::string_view(source.text()).substr(statement.begin);
    const auto length = static_cast<uint32_t>(std::min(rest.find('\n'), rest.size()));
    text = OneLine(source, {statement.begin, statement.begin + length});
  }
  return Shorten(text, width);
}

}  // namespace interleave
