#include "model/graph/render.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/host/child_program.h"

namespace interleave {
namespace {

// What to do about a graph that is too large.
constexpr std::string_view kAdvice =
    "--max-nodes 50, --minimize branching or --by draws fewer nodes, and --output FILE.dot writes "
    "the graph without drawing it";

const char* NameOf(ImageFormat format) {
  switch (format) {
    case ImageFormat::kSvg: return "svg";
    case ImageFormat::kPng: return "png";
    case ImageFormat::kPdf: break;
  }
  return "pdf";
}

// Cairo writes the time of day, and takes no other (Graphviz 2.43 does not look at
// SOURCE_DATE_EPOCH). What replaces it is as long, so that the file's offsets stay right. The last
// one: before it stand what the picture shows, after it only the table of objects.
void FixDate(std::string& pdf) {
  static constexpr std::string_view kKey = "/CreationDate (D:";
  static constexpr std::string_view kStart = "19700101000000Z";
  const std::size_t key = pdf.rfind(kKey);
  if (key == std::string::npos) return;
  const std::size_t begin = key + kKey.size();
  const std::size_t end = pdf.find(')', begin);
  if (end == std::string::npos || end - begin < kStart.size()) return;
  pdf.replace(begin, end - begin,
              std::string(kStart) + std::string(end - begin - kStart.size(), ' '));
}

// The first line that says something; control bytes become '?'.
std::string FirstLine(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of("\r\n \t"), text.size());
  std::string line(text.substr(begin, text.find_first_of("\r\n", begin) - begin).substr(0, 300));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return line;
}

}  // namespace

RenderedImage RenderDot(std::string_view dot, ImageFormat format, const RenderOptions& options) {
  RenderedImage image;
  const auto program = FindProgram("dot");
  if (!program) {
    image.error = "Graphviz's `dot` is not installed; on Debian: apt-get install graphviz";
    return image;
  }
  ProgramOptions run;
  run.input = dot;
  // Its messages in English, numbers with points, its time that of Greenwich.
  run.environment = {"LC_ALL=C", "TZ=UTC0", "SOURCE_DATE_EPOCH=0"};
  run.time_limit_seconds = options.time_limit_seconds;
  run.cancel = options.interrupt;
  ProgramResult result = RunProgram({*program, std::string("-T") + NameOf(format)}, run);
  const std::string said = FirstLine(result.errors);
  switch (result.end) {
    case ProgramResult::End::kExited: break;
    case ProgramResult::End::kSignaled:
      image.error = fmt::format("Graphviz's `dot` was ended by signal {}{}", result.code,
                                said.empty() ? "" : ": " + said);
      return image;
    case ProgramResult::End::kCancelled:
      image.error = "interrupted while Graphviz's `dot` was at work";
      return image;
    case ProgramResult::End::kTimeLimit:
      image.error = fmt::format(
          "Graphviz's `dot` was not done after {:g} seconds: the graph is too large for it; {}",
          options.time_limit_seconds, kAdvice);
      return image;
    case ProgramResult::End::kOutputLimit:
      image.error = fmt::format("Graphviz's `dot` makes a file of more than {} MiB of it; {}",
                                run.output_limit_bytes >> 20, kAdvice);
      return image;
  }
  if (!result.ok() || result.output.empty()) {
    image.error = fmt::format("Graphviz's `dot` failed: {}",
                              said.empty() ? fmt::format("exit code {}", result.code) : said);
    return image;
  }
  image.bytes = std::move(result.output);
  if (format == ImageFormat::kPdf) FixDate(image.bytes);
  return image;
}

}  // namespace interleave
