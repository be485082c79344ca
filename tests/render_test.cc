// Running Graphviz: with it, without it, and with programs in its place that fail, do not end, do
// not read or write too much.

#include "model/graph/render.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "model/graph/dot.h"
#include "sim/host/child_program.h"

namespace interleave {
namespace {

namespace fs = std::filesystem;

// A folder with a `dot` of the test's own, which comes first on $PATH as long as this lives.
class FakeDot {
 public:
  // `script` is for a shell; empty: no program. `keep_path`: the rest of $PATH stays.
  explicit FakeDot(const std::string& script, bool keep_path = true)
      : path_(std::getenv("PATH") != nullptr ? std::getenv("PATH") : "") {
    std::string name = (fs::temp_directory_path() / "interleave_dot_XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder_ = name;
    if (!script.empty()) {
      const fs::path file = folder_ / "dot";
      std::ofstream(file) << "#!/bin/sh\n" << script << "\n";
      REQUIRE(chmod(file.c_str(), 0700) == 0);
    }
    setenv("PATH", (keep_path ? name + ":" + path_ : name).c_str(), 1);
  }
  FakeDot(const FakeDot&) = delete;
  FakeDot& operator=(const FakeDot&) = delete;
  ~FakeDot() {
    setenv("PATH", path_.c_str(), 1);
    fs::remove_all(folder_);
  }

  const fs::path& folder() const { return folder_; }

 private:
  std::string path_;
  fs::path folder_;
};

// Not gone, and no zombie that init has not yet looked at.
bool IsRunning(pid_t process) {
  std::ifstream stat(fmt::format("/proc/{}/stat", process));
  std::string number, name, state;
  return stat >> number >> name >> state && state != "Z" && state != "X";
}

constexpr const char* kSmall = "digraph { a -> b; a -> c; }";

TEST_CASE("EachFormatHasItsSignatureAndTheSameBytesTwice") {
  const std::vector<std::pair<ImageFormat, std::string>> formats = {
      {ImageFormat::kSvg, "<?xml"}, {ImageFormat::kPng, "\x89PNG"}, {ImageFormat::kPdf, "%PDF-"}};
  for (const auto& [format, signature] : formats) {
    const RenderedImage image = RenderDot(kSmall, format);
    REQUIRE_MESSAGE(image.ok(), image.error);
    CHECK(image.bytes.starts_with(signature));
    CHECK(image.bytes == RenderDot(kSmall, format).bytes);
  }
  // Two PDFs of one second would agree anyway.
  const std::string pdf = RenderDot(kSmall, ImageFormat::kPdf).bytes;
  CHECK(pdf.find("/CreationDate (D:19700101000000Z)") != std::string::npos);
}

TEST_CASE("ItWorksWhereSigchldIsIgnored") {
  const auto before = std::signal(SIGCHLD, SIG_IGN);
  CHECK(RenderDot(kSmall, ImageFormat::kSvg).ok());
  std::signal(SIGCHLD, before);
}

TEST_CASE("AMissingDotNamesThePackage") {
  const FakeDot none("", false);
  const RenderedImage image = RenderDot(kSmall, ImageFormat::kSvg);
  CHECK(image.bytes.empty());
  CHECK(image.error == "Graphviz's `dot` is not installed; on Debian: apt-get install graphviz");
}

TEST_CASE("AMistakeInTheTextIsTheFirstLineThatDotPrints") {
  const RenderedImage image = RenderDot("digraph { a -> ", ImageFormat::kSvg);
  CHECK(image.bytes.empty());
  CHECK(image.error.starts_with("Graphviz's `dot` failed: Error: <stdin>: syntax error"));
  CHECK(image.error.find('\n') == std::string::npos);
}

TEST_CASE("ProgramsThatFailAreReported") {
  struct Case {
    const char* script;
    const char* error;
  };
  const std::vector<Case> cases = {
      {"cat >/dev/null; echo >&2; printf 'no \\033[1mroom\\nmore\\n' >&2; exit 3",
       "Graphviz's `dot` failed: no ?[1mroom"},
      {"exit 3", "Graphviz's `dot` failed: exit code 3"},
      {"kill -ABRT $$", "Graphviz's `dot` was ended by signal 6"},
      {"cat >/dev/null", "Graphviz's `dot` failed: exit code 0"},
  };
  for (const Case& test : cases) {
    const FakeDot fake(test.script);
    CHECK(RenderDot(kSmall, ImageFormat::kSvg).error == test.error);
  }
}

TEST_CASE("ADotThatNeverEndsIsEndedByTheTimeLimitWithAllItStarted") {
  const FakeDot fake("sleep 1000 & echo $! > \"${0%/*}/pid\"; wait; sleep 1000");
  RenderOptions options;
  options.time_limit_seconds = 0.5;
  CHECK(RenderDot(kSmall, ImageFormat::kSvg, options).error ==
        "Graphviz's `dot` was not done after 0.5 seconds: the graph is too large for it; "
        "--max-nodes 50, --minimize branching or --by draws fewer nodes, and --output FILE.dot "
        "writes the graph without drawing it");
  pid_t sleeper = 0;
  std::ifstream(fake.folder() / "pid") >> sleeper;
  REQUIRE(sleeper > 0);
  while (IsRunning(sleeper)) usleep(1000);  // It was killed; CTest's limit of time is the failure.
}

TEST_CASE("AnInterruptEndsIt") {
  const FakeDot fake("sleep 1000");
  std::atomic<bool> interrupt = true;
  RenderOptions options;
  options.interrupt = &interrupt;
  CHECK(RenderDot(kSmall, ImageFormat::kSvg, options).error ==
        "interrupted while Graphviz's `dot` was at work");
}

// A megabyte does not fit into what the kernel holds between two processes.
TEST_CASE("AProgramThatReadsNothingOrWritesFirstBlocksNobody") {
  const std::string large(1 << 20, ' ');
  {
    const FakeDot deaf("echo picture");  // Writing to it would be a SIGPIPE.
    CHECK(RenderDot(large, ImageFormat::kSvg).bytes == "picture\n");
  }
  {
    const FakeDot hasty("head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2; wc -c");
    const RenderedImage image = RenderDot(large, ImageFormat::kSvg);
    REQUIRE_MESSAGE(image.ok(), image.error);
    CHECK(image.bytes.size() == 1'000'000 + std::string("1048576\n").size());
    CHECK(image.bytes.ends_with("1048576\n"));
  }
}

TEST_CASE("OutputBeyondItsLimitEndsTheProgram") {
  ProgramOptions options;
  options.output_limit_bytes = 1000;
  const auto run = [&](const std::string& script) {
    return RunProgram({"/bin/sh", "-c", script}, options);
  };
  const ProgramResult full = run("head -c 1000 /dev/zero");
  CHECK(full.ok());
  CHECK(full.output.size() == 1000);
  const ProgramResult over = run("head -c 1001 /dev/zero; sleep 1000");
  CHECK(over.end == ProgramResult::End::kOutputLimit);
  CHECK(over.output.size() == 1000);
}

TEST_CASE("ItDiesWithItsParent") {
  const FakeDot fake(
      "echo $$ > \"${0%/*}/new\"; mv \"${0%/*}/new\" \"${0%/*}/pid\"; exec sleep 1000");
  const pid_t parent = fork();
  REQUIRE(parent >= 0);
  if (parent == 0) {
    RenderDot(kSmall, ImageFormat::kSvg);
    _exit(0);
  }
  const fs::path file = fake.folder() / "pid";
  while (!fs::exists(file)) usleep(1000);
  REQUIRE(kill(parent, SIGKILL) == 0);
  REQUIRE(waitpid(parent, nullptr, 0) == parent);
  pid_t child = 0;
  std::ifstream(file) >> child;
  REQUIRE(child > 0);
  while (IsRunning(child)) usleep(1000);  // CTest's limit of time is the failure.
}

// Whoever lives holds the end of a pipe. CTest's limit of time is the failure.
TEST_CASE("ItDiesWithItsParentAtWhateverMoment") {
  const FakeDot fake("exec sleep 1000");
  for (int round = 0; round < 60; ++round) {
    CAPTURE(round);
    std::array<int, 2> ends{};
    REQUIRE(pipe(ends.data()) == 0);
    const pid_t parent = fork();
    REQUIRE(parent >= 0);
    if (parent == 0) {
      close(ends[0]);
      if (write(ends[1], "x", 1) != 1) _exit(1);
      RenderDot(kSmall, ImageFormat::kSvg);
      _exit(0);
    }
    close(ends[1]);
    char byte = 0;
    REQUIRE(read(ends[0], &byte, 1) == 1);
    usleep(static_cast<useconds_t>(round * 50));
    REQUIRE(kill(parent, SIGKILL) == 0);
    REQUIRE(waitpid(parent, nullptr, 0) == parent);
    CHECK(read(ends[0], &byte, 1) == 0);
    close(ends[0]);
  }
}

TEST_CASE("AFolderOrATextOfItsNameIsNoProgram") {
  const FakeDot none("");
  fs::create_directory(none.folder() / "dot");
  std::ofstream(none.folder() / "text") << "no program";
  CHECK(FindProgram("dot") != std::optional<std::string>((none.folder() / "dot").string()));
  CHECK_FALSE(FindProgram((none.folder() / "dot").string()));
  CHECK_FALSE(FindProgram((none.folder() / "text").string()));
}

TEST_CASE("AProgramHasItsOwnGroupAndTheUsualSignals") {
  // Numbers of /proc/self/status: SIGPIPE and SIGXFSZ are bits 12 and 24 of what is ignored.
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  const ProgramResult result = RunProgram(
      {"/bin/sh", "-c",
       "grep -E 'SigBlk|SigIgn' /proc/self/status; read -r a b c d group rest < /proc/$$/stat; "
       "[ $group = $$ ] && echo leads"},
      {});
  std::signal(SIGXFSZ, SIG_DFL);
  std::signal(SIGPIPE, SIG_DFL);
  REQUIRE(result.ok());
  std::istringstream lines(result.output);
  std::string name, blocked, ignored, leads;
  lines >> name >> blocked >> name >> ignored >> leads;
  CHECK(std::stoull(blocked, nullptr, 16) == 0);
  CHECK((std::stoull(ignored, nullptr, 16) & (1ULL << 12 | 1ULL << 24)) == 0);
  CHECK(leads == "leads");
}

// What Graphviz shows of a text in a label, an HTML-like label and a tooltip is the text.
TEST_CASE("NoTextIsMistakenForDotForEscapesOrForEntities") {
  const std::vector<std::string> texts = {"plain",
                                          "\"; evil -> node; \"",
                                          "back\\slash \\N \\G \\n \\\\ \\",
                                          "&lt; &amp; &#65; &x",
                                          "<b>x</b>",
                                          "</svg><script>",
                                          "a\\\"b",
                                          "\xc3\xbc \xe2\x82\xac",
                                          "a--b",
                                          "{x|y} <port>"};
  // The text of SVG, as Graphviz escapes it.
  const auto in_svg = [](const std::string& text) {
    std::string escaped;
    for (std::size_t i = 0; i < text.size(); ++i) {
      switch (text[i]) {
        case '&': escaped += "&amp;"; break;
        case '<': escaped += "&lt;"; break;
        case '>': escaped += "&gt;"; break;
        case '"': escaped += "&quot;"; break;
        case '-': escaped += "&#45;"; break;
        case ' ': escaped += i > 0 && text[i - 1] == ' ' ? "&#160;" : " "; break;
        default: escaped += text[i];
      }
    }
    return escaped;
  };
  for (const std::string& text : texts) {
    CAPTURE(text);
    const std::string dot =
        fmt::format("digraph {{ a [label={0}]; b [label=<{1}>]; c [label=\"c\", tooltip={2}]; }}",
                    DotString(text), DotHtml(text), DotTooltip(text));
    const RenderedImage image = RenderDot(dot, ImageFormat::kSvg);
    REQUIRE_MESSAGE(image.ok(), image.error);
    std::size_t found = 0;
    for (std::size_t at = image.bytes.find(">" + in_svg(text) + "</text>"); at != std::string::npos;
         at = image.bytes.find(">" + in_svg(text) + "</text>", at + 1)) {
      ++found;
    }
    CHECK_MESSAGE(found == 2, image.bytes);
    CHECK_MESSAGE(image.bytes.find("xlink:title=\"" + in_svg(text) + "\"") != std::string::npos,
                  image.bytes);
  }
}

TEST_CASE("ControlBytesAndBrokenUtf8AreShownAsQuestionMarks") {
  using namespace std::string_literals;
  CHECK(DotString("a\x01\x7f\t\xff\0b"s) == "\"a?? ??b\"");
  CHECK(DotHtml("a\x01\x7f\t\xff\0b"s) == "a?? ??b");
  CHECK(DotString("a\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd") == "\"a??\xef\xbf\xbd\"");
  CHECK(DotString("a\nb") == "\"a\\nb\"");
  CHECK(DotString("a\nb", LineEnd::kLeft) == "\"a\\lb\\l\"");
  CHECK(DotTooltip("a\nb") == "\"a\\nb\"");
  CHECK(DotHtml("a\nb") == "a<br/>b");
}

}  // namespace
}  // namespace interleave
