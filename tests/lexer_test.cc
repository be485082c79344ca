// Tokens, literals, macros and directives.
#include "sim/language/lexer.h"

#include <doctest/doctest.h>

#include <string>

namespace interleave {
namespace {

// The texts of the tokens, a space between two; the number of errors if there are any.
std::string Tokens(const std::string& text, const DefineOverrides& overrides = {}) {
  const Source source("f.scn", text);
  Diagnostics diagnostics;
  const LexedSource lexed = Lex(source, overrides, diagnostics);
  std::string out;
  for (const Token& token : lexed.tokens) {
    if (token.kind == TokenKind::kEnd) continue;
    if (!out.empty()) out += ' ';
    if (token.kind == TokenKind::kInteger || token.kind == TokenKind::kCharacter) {
      out += std::to_string(static_cast<int64_t>(token.value));
    } else if (token.kind == TokenKind::kString) {
      out += '"' + token.text + '"';
    } else {
      out += token.text;
    }
  }
  if (diagnostics.has_errors()) out += " E" + std::to_string(diagnostics.error_count());
  return out;
}

std::string RenderedByLexer(const std::string& text, const DefineOverrides& overrides = {}) {
  const Source source("f.scn", text);
  Diagnostics diagnostics;
  Lex(source, overrides, diagnostics);
  return diagnostics.Render(source);
}

TEST_CASE("Text becomes the longest tokens that fit") {
  struct Case {
    const char* text;
    const char* tokens;
  };
  for (const Case& c : {
           Case{"a+++b", "a ++ + b"},
           Case{"a<<=b>>=c", "a <<= b >>= c"},
           Case{"x=>y", "x => y"},
           Case{"x>=y", "x >= y"},
           Case{"0..1", "0 .. 1"},
           Case{"a[0]..b", "a [ 0 ] .. b"},
           Case{"1...3", "1 ... 3"},
           Case{"P@L->x.y", "P @ L -> x . y"},
           Case{"a/* b */c // d\ne", "a c e"},
           Case{"a *// c\nb", "a * b"},
           Case{"a\\\nb", "a b"},
           Case{"// c \\\nstill\nb", "b"},
           Case{"\xef\xbb\xbf"
                "a",
                "a"},
           Case{"/* \xff\xfe */ a", "a"},
           Case{"volatile int x", "int x"},
           Case{"", ""},
       }) {
    CAPTURE(c.text);
    CHECK(Tokens(c.text) == c.tokens);
  }
}

TEST_CASE("Integer literals have C's values and types") {
  struct Case {
    const char* text;
    uint64_t value;
    int bits;
    bool is_unsigned;
  };
  for (const Case& c : {
           Case{"0", 0, 32, false},
           Case{"017", 15, 32, false},
           Case{"0x1F", 31, 32, false},
           Case{"0b101", 5, 32, false},
           Case{"2147483647", 2147483647, 32, false},
           Case{"2147483648", 2147483648, 64, false},
           Case{"0x7fffffff", 0x7fffffff, 32, false},
           Case{"0x80000000", 0x80000000, 32, true},
           Case{"0x100000000", 0x100000000, 64, false},
           Case{"0x8000000000000000", 0x8000000000000000, 64, true},
           Case{"1u", 1, 32, true},
           Case{"4294967296U", 4294967296, 64, true},
           Case{"1l", 1, 64, false},
           Case{"1ul", 1, 64, true},
           Case{"1LLU", 1, 64, true},
           Case{"1Lu", 1, 64, true},
           Case{"9223372036854775807", 9223372036854775807, 64, false},
           Case{"18446744073709551615u", 18446744073709551615u, 64, true},
           Case{"0xe", 14, 32, false},
       }) {
    CAPTURE(c.text);
    const Source source("f.scn", c.text);
    Diagnostics diagnostics;
    const LexedSource lexed = Lex(source, {}, diagnostics);
    CHECK_FALSE(diagnostics.has_errors());
    REQUIRE(lexed.tokens.size() == 2);
    CHECK(lexed.tokens[0].kind == TokenKind::kInteger);
    CHECK(lexed.tokens[0].value == c.value);
    CHECK(lexed.tokens[0].literal_bits == c.bits);
    CHECK(lexed.tokens[0].literal_unsigned == c.is_unsigned);
  }
}

TEST_CASE("Character and string literals resolve their escapes") {
  struct Case {
    const char* text;
    const char* tokens;
  };
  for (const Case& c : {
           Case{"'a' '\\n' '\\0' '\\x41' '\\101' '\\'' '\"'", "97 10 0 65 65 39 34"},
           Case{"'\\xff' '\\377'", "-1 -1"},
           Case{"\"a\\tb\\\"c\"", "\"a\tb\"c\""},
           Case{"\"\xc3\xa9\"", "\"\xc3\xa9\""},
       }) {
    CAPTURE(c.text);
    CHECK(Tokens(c.text) == c.tokens);
  }
}

TEST_CASE("Macros are replaced as in C") {
  struct Case {
    const char* text;
    const char* tokens;
  };
  for (const Case& c : {
           Case{"#define N 3\nN", "3"},
           Case{"#define N (2 + 1) // three\nN*N", "( 2 + 1 ) * ( 2 + 1 )"},
           Case{"#define A B\n#define B 7\nA", "7"},
           Case{"#define A B\n#define B A\nA B", "A B"},
           Case{"#define x x + 1\nx", "x + 1"},
           Case{"#define EMPTY\na EMPTY b", "a b"},
           Case{"#define N 1\\\n+ 2\nN", "1 + 2"},
           Case{"#define N 1 /* a\n b */ + 2\nN", "1 + 2"},
           Case{"  #  define N 1\nN", "1"},
           Case{"/* c */ #define N 1\nN", "1"},
           Case{"N\n#define N 1", "N"},
           Case{"#define N 1\n#undef N\nN", "N"},
           Case{"#define N 1\n#undef N\n#define N 2\nN", "2"},
           Case{"#define N 1 +  2\n#define N 1 + 2\nN", "1 + 2"},
           Case{"#define Q '\"'\nQ", "34"},
           Case{"#\na", "a"},
           Case{"#include <stdio.h>\n#include <sys/mman.h>\na", "a"},
           Case{"#pragma once\na", "a"},
           Case{"#define N 3\nexpect holds for N = N, M = 2; N",
                "expect holds for N = 3 , M = 2 ; 3"},
           Case{"#define N 3\nfor (N;N;N)", "for ( 3 ; 3 ; 3 )"},
       }) {
    CAPTURE(c.text);
    CHECK(Tokens(c.text) == c.tokens);
  }
}

TEST_CASE("The tokens of a macro stand where it is used") {
  const Source source("f.scn", "#define N 1 + 2\n x = N;");
  Diagnostics diagnostics;
  const LexedSource lexed = Lex(source, {}, diagnostics);
  REQUIRE(lexed.tokens.size() == 7);
  for (std::size_t i = 2; i < 5; ++i) {
    CHECK(source.Slice(lexed.tokens[i].range) == "N");
    CHECK(lexed.tokens[i].expanded);
  }
  CHECK_FALSE(lexed.tokens[5].expanded);
  REQUIRE(lexed.defines.size() == 1);
  CHECK(lexed.defines[0].name == "N");
  CHECK(lexed.defines[0].replacement == "1 + 2");
  CHECK(source.Slice(lexed.defines[0].range) == "N");
}

TEST_CASE("A definition from the command line wins") {
  const DefineOverrides five = {{"N", " 5 "}};
  CHECK(Tokens("#define N 3\nN", five) == "5");
  CHECK(Tokens("#define N 3\n#define N 4\nN", five) == "5");
  CHECK(Tokens("#define N 3\n#undef N\n#define N 4\nN", five) == "5");
  CHECK(Tokens("#define N 3\n#define M 4\nN M", {{"N", "M + 1"}}) == "4 + 1 4");
  CHECK(RenderedByLexer("#define SIZE 3\n", {{"SIZES", "4"}}) ==
        "f.scn: error: --define SIZES: this file has no `#define SIZES`\n"
        "hint: did you mean `SIZE`?\n");
  // What is wrong with its text is said at the #define.
  CHECK(RenderedByLexer("#define N 3\n", {{"N", "1.5"}}) ==
        "f.scn:1:9: error: the scenario language has no floating-point numbers\n"
        "#define N 3\n"
        "        ^\n"
        "hint: count in whole numbers, for example in thousandths\n");
}

TEST_CASE("What no scenario can hold is reported once, where it stands") {
  struct Case {
    const char* text;
    const char* rendered;
  };
  for (const Case& c : {
           Case{"x = \xe2\x80\x98"
                "a\xe2\x80\x99;",
                "f.scn:1:5: error: `\xe2\x80\x98` is a typographic quotation mark\n"
                "x = \xe2\x80\x98"
                "a\xe2\x80\x99;\n"
                "    ^~~\n"
                "hint: type a plain `'`\n"},
           Case{"x \xe2\x80\x93 y",
                "f.scn:1:3: error: `\xe2\x80\x93` is a dash\n"
                "x \xe2\x80\x93 y\n"
                "  ^\n"
                "hint: type a plain `-`\n"},
           Case{"x\xc2\xa0\xc2\xa0y",
                "f.scn:1:2: error: this is an unusual kind of space, often copied from a web page\n"
                "x\xc2\xa0\xc2\xa0y\n"
                " ^~\n"
                "hint: type a plain space\n"},
           Case{"int gr\xc3\xb6\xc3\x9f"
                "e;",
                "f.scn:1:5: error: `gr\xc3\xb6\xc3\x9f"
                "e` is not a name\n"
                "int gr\xc3\xb6\xc3\x9f"
                "e;\n"
                "    ^~~~~\n"
                "hint: names are made of the letters a-z and A-Z, digits and `_`\n"},
           Case{"a $$ b", "f.scn:1:3: error: stray `$`\na $$ b\n  ^~\n"},
           Case{"a \x01 b", "f.scn:1:3: error: stray control character 1\na ? b\n  ^\n"},
           Case{"a \xff\xfe b",
                "f.scn:1:3: error: these bytes are not valid UTF-8\n"
                "a ?? b\n"
                "  ^~\n"
                "hint: save the file as UTF-8\n"},
           Case{"a */ b",
                "f.scn:1:3: error: `*/` closes no comment\n"
                "a */ b\n"
                "  ^~\n"
                "hint: comments do not nest: the first `*/` ended it\n"},
           Case{"a /* b\nc",
                "f.scn:1:3: error: this comment is never closed\n"
                "a /* b\n"
                "  ^~\n"
                "hint: end it with `*/`\n"},
           Case{"/* a /* b */ c",
                "f.scn:1:6: warning: `/*` inside a comment\n"
                "/* a /* b */ c\n"
                "     ^~\n"
                "hint: comments do not nest: the first `*/` ends this one\n"},
           Case{"x = '';",
                "f.scn:1:5: error: this character constant is empty\n"
                "x = '';\n"
                "    ^~\n"
                "hint: a space is written ' '\n"},
           Case{"'''",
                "f.scn:1:1: error: this character constant is empty\n"
                "'''\n"
                "^~~\n"
                "hint: the quote itself is written '\\''\n"},
           Case{"x = 'ab';",
                "f.scn:1:5: error: a character constant holds one character\n"
                "x = 'ab';\n"
                "    ^~~~\n"},
           Case{"x = 'a;", "f.scn:1:5: error: missing `'` after the character\nx = 'a;\n    ^~\n"},
           Case{"'\xc3\xa9'",
                "f.scn:1:1: error: `'\xc3\xa9'` is more than one byte\n"
                "'\xc3\xa9'\n"
                "^~~\n"
                "hint: use a character of ASCII\n"},
           Case{"'\\q'",
                "f.scn:1:2: error: unknown escape `\\q`\n"
                "'\\q'\n"
                " ^~\n"
                "hint: for a backslash write `\\\\`\n"},
           Case{"f(\"abc);\n",
                "f.scn:1:3: error: this string is never closed\n"
                "f(\"abc);\n"
                "  ^~~~\n"
                "hint: end it with `\"` in the same line\n"},
           Case{"\"\\xff\"",
                "f.scn:1:1: error: this string is not valid UTF-8\n\"\\xff\"\n^~~~~~\n"},
           Case{"018",
                "f.scn:1:1: error: `8` is no digit of an octal number\n"
                "018\n"
                "^~~\n"
                "hint: a number that starts with 0 is octal: leave out the 0\n"},
           Case{"12ab", "f.scn:1:1: error: `12ab` is not a number\n12ab\n^~~~\n"},
           Case{"0x", "f.scn:1:1: error: `0x` is not a number\n0x\n^~\n"},
           Case{"1uu", "f.scn:1:1: error: `1uu` is not a number\n1uu\n^~~\n"},
           Case{"18446744073709551616u",
                "f.scn:1:1: error: this number does not fit into 64 bits\n"
                "18446744073709551616u\n"
                "^~~~~~~~~~~~~~~~~~~~~\n"},
           Case{"9223372036854775808",
                "f.scn:1:1: error: this number does not fit into 64 bits\n"
                "9223372036854775808\n"
                "^~~~~~~~~~~~~~~~~~~\n"
                "hint: with the suffix `u` it is an unsigned number\n"},
           Case{"a # b",
                "f.scn:1:3: error: stray `#`\n"
                "a # b\n"
                "  ^\n"
                "hint: a directive such as `#define` stands on a line of its own\n"},
           Case{"#define F(x) x",
                "f.scn:1:9: error: the scenario language has no macros with parameters\n"
                "#define F(x) x\n"
                "        ^~\n"
                "hint: write a function: functions are inlined\n"},
           Case{"#define N 3\n#define N 4",
                "f.scn:2:9: error: `N` is defined again, as something else\n"
                "#define N 4\n"
                "        ^\n"
                "hint: `#undef N` comes first if that is meant\n"
                "f.scn:1:9: note: defined here before\n"
                "#define N 3\n"
                "        ^\n"},
           Case{"#ifdef A\n#else\n#endif",
                "f.scn:1:1: error: the scenario language has no conditional compilation\n"
                "#ifdef A\n"
                "^~~~~~~~\n"
                "hint: choose between variants with `if`, or set a `#define` from the command line "
                "with --define NAME=VALUE\n"},
           Case{"#inclde <stdio.h>",
                "f.scn:1:2: error: unknown directive `#inclde`\n"
                "#inclde <stdio.h>\n"
                " ^~~~~~\n"
                "hint: did you mean `#include`?\n"},
           Case{"#include \"a.h\"",
                "f.scn:1:1: error: a scenario is one file: it cannot include another\n"
                "#include \"a.h\"\n"
                "^~~~~~~~~~~~~~\n"
                "hint: paste what the scenario needs of it\n"},
           Case{"volatile int a; volatile int b;",
                "f.scn:1:1: note: `volatile` has no effect: every access is a step of its own "
                "anyway\n"
                "volatile int a; volatile int b;\n"
                "^~~~~~~~\n"},
       }) {
    CAPTURE(c.text);
    CHECK(RenderedByLexer(c.text) == c.rendered);
  }
}

TEST_CASE("Look-alikes are read as what they stand for") {
  struct Case {
    const char* text;
    const char* tokens;
  };
  for (const Case& c : {
           Case{"\xe2\x80\x9c"
                "a b\xe2\x80\x9d",
                "\"a b\" E1"},
           Case{"\xe2\x80\x98"
                "a\xe2\x80\x99 ;",
                "97 ; E1"},
           Case{"x \xe2\x89\xa4 1", "x <= 1 E1"},
           Case{"x \xe2\x88\x92 1", "x - 1 E1"},
           Case{"x = 1\xef\xbc\x9b", "x = 1 ; E1"},
           Case{"it\xe2\x80\x99s", "it s E1"},
           Case{"f(\"abc);", "f ( \"abc\" ) ; E1"},
           Case{"x = 'a; y = 'b';", "x = 97 ; y = 98 ; E1"},
           Case{"1.5 2e3 .5 1.", "0 0 0 0 E4"},
       }) {
    CAPTURE(c.text);
    CHECK(Tokens(c.text) == c.tokens);
  }
}

TEST_CASE("A file that is no text, or too large, is refused in one line") {
  CHECK(Tokens(std::string("a\0b", 3)) == " E1");
  CHECK(Tokens("\xff\xfe"
               "a") == " E1");
  CHECK(Tokens(std::string(kMaxSourceBytes, ' ')) == "");
  CHECK(Tokens(std::string(kMaxSourceBytes + 1, ' ')) == " E1");
}

TEST_CASE("Macros that double are stopped") {
  std::string text = "#define A0 x x\n#define B0\n";
  for (int i = 1; i < 60; ++i) {
    const std::string n = std::to_string(i);
    const std::string m = std::to_string(i - 1);
    text += "#define A" + n + " A" + m + " A" + m + "\n";
    text += "#define B" + n + " B" + m + " B" + m + "\n";
  }
  CHECK(Tokens(text + "A10").size() == 4095);
  CHECK(Tokens(text + "A59") == " E1");
  CHECK(Tokens(text + "B59") == " E1");
  // A chain of macros, each of which is the next, is no deep recursion.
  std::string chain;
  for (int i = 0; i < 30000; ++i) {
    chain += "#define c" + std::to_string(i) + " c" + std::to_string(i + 1) + "\n";
  }
  CHECK(Tokens(chain + "c0") == "c30000");
}

TEST_CASE("Raw tokens keep comments, directives and lines") {
  const Source source("f.scn", "#define N 3 // three\n\n/* c */ int  x; // d\nvolatile N");
  Diagnostics diagnostics;
  std::string out;
  for (const Token& token : LexRaw(source, diagnostics)) {
    if (token.kind == TokenKind::kEnd) break;
    out += token.blank_line_before ? "||" : token.newline_before ? "|" : " ";
    out += source.Slice(token.range);
  }
  CHECK(out == "|#define N 3 // three||/* c */ int x ; // d|volatile N");
}

}  // namespace
}  // namespace interleave
