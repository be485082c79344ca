#include "model/graph/page.h"

#include <fmt/format.h>
#include <xxhash.h>

#include "model/graph/page_assets.h"

namespace interleave {
namespace {

std::string HtmlText(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
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

void Replace(std::string& text, std::string_view mark, std::string_view by) {
  const std::size_t at = text.find(mark);
  if (at != std::string::npos) text.replace(at, mark.size(), by);
}

}  // namespace

std::string RenderPage(StateSpace& space, const PageOptions& options) {
  const std::string data = ScriptText(PageData(space, options));
  // Scripts and styles without it do not run, whatever should get into the page.
  const std::string nonce = fmt::format("{:016x}", XXH64(data.data(), data.size(), 1));
  std::string page(kPageHtml);
  for (int k = 0; k < 2; ++k) Replace(page, "{{nonce}}", nonce);
  Replace(page, "{{policy}}",
          fmt::format("default-src 'none'; base-uri 'none'; form-action 'none'; "
                      "script-src 'nonce-{0}'; style-src 'nonce-{0}'",
                      nonce));
  Replace(page, "{{title}}", HtmlText(options.title));
  // What comes from the scenario goes in last, so that nothing in it is taken for a mark.
  Replace(page, "{{style}}", kPageStyle);
  Replace(page, "{{script}}", kPageScript);
  Replace(page, "{{data}}", data);
  return page;
}

}  // namespace interleave
