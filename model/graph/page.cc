#include "model/graph/page.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <map>

#include "model/graph/page_assets.h"
#include "sim/language/characters.h"

namespace interleave {
namespace {

std::string HtmlText(std::string_view text) {
  std::string escaped;
  for (const char c : MarkupText(text)) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

// JSON that no parser of HTML sees anything in: `</script>` and `<!--` need a `<`.
std::string ScriptText(const std::string& json) {
  std::string escaped;
  escaped.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      escaped += "\\u003c";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

// The template with its marks, `{{name}}`, filled in; what is filled in is not looked at again.
std::string Filled(std::string_view text, const std::map<std::string_view, std::string>& by_mark) {
  std::string filled;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t mark = std::min(text.find("{{", at), text.size());
    filled += text.substr(at, mark - at);
    if (mark == text.size()) break;
    const std::size_t end = text.find("}}", mark);
    filled += by_mark.at(text.substr(mark + 2, end - mark - 2));
    at = end + 2;
  }
  return filled;
}

}  // namespace

std::string RenderPage(StateSpace& space, const PageOptions& options) {
  const std::string data = ScriptText(PageData(space, options));
  // Scripts and styles without it do not run, whatever should get into the page.
  const std::string nonce = fmt::format("{:016x}", XXH64(data.data(), data.size(), 1));
  const std::string policy = fmt::format(
      "default-src 'none'; base-uri 'none'; form-action 'none'; script-src 'nonce-{0}'; style-src "
      "'nonce-{0}'",
      nonce);
  return Filled(kPageHtml, {{"nonce", nonce},
                            {"policy", policy},
                            {"title", HtmlText(options.title)},
                            {"style", std::string(kPageStyle)},
                            {"script", std::string(kPageScript)},
                            {"data", data}});
}

}  // namespace interleave
