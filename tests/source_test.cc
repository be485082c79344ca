// Positions, rendering of diagnostics, nearest names.
#include "sim/language/source.h"
#include "sim/language/characters.h"

#include <doctest/doctest.h>

#include <string>

namespace interleave {
namespace {

std::string RenderOne(const std::string& text, SourceRange range, bool color = false) {
  const Source source("f.scn", text);
  Diagnostics diagnostics;
  diagnostics.Error(range, "m", "h");
  return diagnostics.Render(source, color);
}

TEST_CASE("Offsets become lines and columns that count from one") {
  const Source source("f.scn", "ab\n\r\nc\r\n");
  struct Case {
    uint32_t offset, line, column;
  };
  for (const Case& c : {Case{0, 1, 1}, Case{1, 1, 2}, Case{2, 1, 3}, Case{3, 2, 1}, Case{5, 3, 1},
                        Case{8, 4, 1}, Case{99, 4, 1}}) {
    CAPTURE(c.offset);
    CHECK(source.Locate(c.offset).line == c.line);
    CHECK(source.Locate(c.offset).column == c.column);
  }
  CHECK(source.line_count() == 4);
  CHECK(source.Line(1) == "ab");
  CHECK(source.Line(2) == "");
  CHECK(source.Line(3) == "c");
  CHECK(source.Line(4) == "");
  CHECK(source.Slice({0, 4}) == "ab\n\r");
  CHECK(source.Slice({7, 99}) == "\n");
  CHECK(Source("f.scn", "").Line(1) == "");
}

TEST_CASE("A diagnostic shows its line, a caret and the hint") {
  CHECK(RenderOne("int x;\nint yy = z;\n", {11, 13}) ==
        "f.scn:2:5: error: m\n"
        "int yy = z;\n"
        "    ^~\n"
        "hint: h\n");
  CHECK(RenderOne("\tx = 1", {1, 2}) == "f.scn:1:2: error: m\n\tx = 1\n\t^\nhint: h\n");
  CHECK(RenderOne("ab", {2, 2}) == "f.scn:1:3: error: m\nab\n  ^\nhint: h\n");
  CHECK(RenderOne("x\n\n", {2, 2}) == "f.scn:2:1: error: m\n\n^\nhint: h\n");
}

TEST_CASE("What is about the file as a whole shows no line of it") {
  CHECK(RenderOne("", {0, 0}) == "f.scn:1:1: error: m\nhint: h\n");
  CHECK(RenderOne("int x;\n", {0, 0}) == "f.scn:1:1: error: m\nhint: h\n");
  // A range that goes on in the next line is marked to the end of its first.
  CHECK(RenderOne("ab\ncd", {1, 5}) == "f.scn:1:2: error: m\nab\n ^\nhint: h\n");
}

TEST_CASE("Nothing in the text reaches the terminal as a command") {
  CHECK(RenderOne("a\x1b[31m \xff \xc3\xa9 z", {12, 13}) ==
        "f.scn:1:13: error: m\na?[31m ? \xc3\xa9 z\n           ^\nhint: h\n");
  // U+202E turns the direction of writing.
  CHECK(RenderOne("a \xe2\x80\xae b", {6, 7}) == "f.scn:1:7: error: m\na ? b\n    ^\nhint: h\n");
  const Source source("a\nb.scn", "x");
  Diagnostics diagnostics;
  diagnostics.Error({0, 1}, "no `\x07`");
  CHECK(diagnostics.Render(source) == "a?b.scn:1:1: error: no `?`\nx\n^\n");
}

TEST_CASE("A long line is cut around the caret") {
  const std::string text(1000, 'a');
  CHECK(RenderOne(text, {0, 1}) ==
        "f.scn:1:1: error: m\n" + std::string(160, 'a') + "...\n^\nhint: h\n");
  CHECK(RenderOne(text, {500, 502}) == "f.scn:1:501: error: m\n..." + std::string(160, 'a') +
                                           "...\n" + std::string(83, ' ') + "^~\nhint: h\n");
  CHECK(RenderOne(text, {999, 1000}) == "f.scn:1:1000: error: m\n..." + std::string(160, 'a') +
                                            "\n" + std::string(162, ' ') + "^\nhint: h\n");
}

TEST_CASE("Colours are asked for") {
  CHECK(RenderOne("x", {0, 1}, true).find("\x1b[1;31merror: \x1b[0m") != std::string::npos);
  CHECK(RenderOne("x", {0, 1}, false).find('\x1b') == std::string::npos);
}

TEST_CASE("Diagnostics come in the order of position, explanations behind what they explain") {
  Diagnostics diagnostics;
  diagnostics.Error({5, 6}, "late");
  diagnostics.Explain({0, 1}, "because");
  diagnostics.Warning({2, 3}, "early");
  diagnostics.Note({2, 3}, "early too");
  std::string order;
  for (const Diagnostic& diagnostic : diagnostics.Sorted()) order += diagnostic.message + ";";
  CHECK(order == "early;early too;late;because;");
  CHECK(diagnostics.has_errors());
  CHECK(diagnostics.error_count() == 1);
}

TEST_CASE("Errors over the limit are counted, with their explanations left out") {
  const Source source("f.scn", "x");
  Diagnostics diagnostics;
  for (std::size_t i = 0; i < Diagnostics::kMaxErrors + 2; ++i) {
    diagnostics.Error({0, 1}, "m");
    diagnostics.Explain({0, 1}, "e");
  }
  CHECK(diagnostics.error_count() == Diagnostics::kMaxErrors + 2);
  CHECK(diagnostics.Sorted().size() == 2 * Diagnostics::kMaxErrors);
  CHECK(diagnostics.Render(source).ends_with("f.scn: 2 more errors were left out\n"));
}

TEST_CASE("Lengths of UTF-8 characters") {
  struct Case {
    const char* text;
    std::size_t length;
  };
  for (const Case& c : {Case{"a", 1}, Case{"", 0}, Case{"\xc3\xa9", 2}, Case{"\xe2\x82\xac", 3},
                        Case{"\xf0\x9f\x98\x80", 4}, Case{"\xc3", 0}, Case{"\x80", 0},
                        Case{"\xc0\x80", 0},          // not the shortest form
                        Case{"\xed\xa0\x80", 0},      // a surrogate
                        Case{"\xf4\x90\x80\x80", 0},  // above U+10FFFF
                        Case{"\xe2\x82", 0}}) {
    CAPTURE(c.text);
    CHECK(Utf8Length(c.text) == c.length);
  }
}

TEST_CASE("The nearest name is one that a typing mistake leads to") {
  const std::vector<std::string> names = {"out", "in", "buffer", "producer"};
  struct Case {
    const char* typed;
    const char* nearest;
  };
  for (const Case& c : {Case{"ou", "out"}, Case{"oout", "out"}, Case{"uot", "out"}, Case{"xyz", ""},
                        Case{"bufer", "buffer"}, Case{"bfufer", "buffer"},
                        Case{"buffers", "buffer"}, Case{"prodcuer", "producer"}, Case{"prdcr", ""},
                        Case{"", ""}, Case{"x", ""}, Case{"i", "in"}, Case{"on", "in"}}) {
    CAPTURE(c.typed);
    CHECK(NearestName(c.typed, names) == c.nearest);
  }
  CHECK(NearestName("i", {"p", "j"}) == "");
  CHECK(NearestName(std::string(100, 'a'), {std::string(100, 'a')}) == "");
}

TEST_CASE("What a terminal or markup must not see is a question mark") {
  struct Case {
    const char* text;
    const char* printable;
    const char* markup;
  };
  const Case cases[] = {
      {"plain \xc3\xbc", "plain \xc3\xbc", "plain \xc3\xbc"},
      {"\x1b[31m\a", "?[31m?", "?[31m?"},
      {"a\tb\nc\rd\x7f", "a?b?c?d?", "a\tb\nc?d?"},
      {"\xc2\x9b", "?", "\xc2\x9b"},                     // a control sequence in one
      {"\xe2\x80\xae", "?", "\xe2\x80\xae"},             // turns the direction of writing
      {"\xef\xbf\xbd", "\xef\xbf\xbd", "\xef\xbf\xbd"},  // U+FFFD
      {"\xef\xbf\xbe.\xef\xbf\xbf", "?.?", "?.?"},       // U+FFFE, U+FFFF: not in XML
      {"\xff\xc0\x80\xed\xa0\x80", "??????", "??????"},  // no UTF-8
  };
  for (const Case& test : cases) {
    CAPTURE(test.text);
    CHECK(Printable(test.text) == test.printable);
    CHECK(MarkupText(test.text) == test.markup);
  }
  CHECK(Printable("a\tb\nc", "\n") == "a?b\nc");
}

}  // namespace
}  // namespace interleave
