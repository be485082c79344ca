// The canonical layout: what it makes of a text, that it stays so, that nothing is lost.
#include "sim/language/formatter.h"

#include <doctest/doctest.h>

#include <string>

#include "sim/language/lexer.h"
#include "tests/support/parsed.h"

namespace interleave {
namespace {

std::string Formatted(const std::string& text) {
  Diagnostics diagnostics;
  const Source source("f.scn", text);
  const std::string out = Format(source, diagnostics);
  return diagnostics.has_errors() ? diagnostics.Render(source) : out;
}

// The tokens, then the comments, without white space.
std::string TokensAndComments(const std::string& text) {
  const Source source("f.scn", text);
  Diagnostics diagnostics;
  std::string tokens;
  std::string comments;
  for (const Token& token : LexRaw(source, diagnostics)) {
    std::string& out = token.kind == TokenKind::kComment ? comments : tokens;
    for (const char c : source.Slice(token.range)) {
      if (c != ' ' && c != '\t' && c != '\n' && c != '\r') out += c;
    }
    out += '\n';
  }
  return tokens + comments;
}

// The example of the design, but for the columns of its comments.
constexpr const char* kExample =
    R"(// The circular buffer of the notes: at most BUFFER_SIZE - 1 items.
#define BUFFER_SIZE 3

shared char buffer[BUFFER_SIZE];
shared int in = 0, out = 0;

process producer {
    for (char next_produced = 'a'; next_produced <= 'c'; next_produced++) {
        while (((in + 1) % BUFFER_SIZE) == out)
            ;  // full
        buffer[in] = next_produced;
        in = (in + 1) % BUFFER_SIZE;
        produced(next_produced);
    }
}

process consumer {
    repeat (3) {
        while (in == out)
            ;  // empty
        char next_consumed = buffer[out];
        out = (out + 1) % BUFFER_SIZE;
        consumed(next_consumed);
    }
}

property fifo;            // every item once, in order, none invented, none lost
property slots (buffer);  // no cell read before it is written
invariant in_range: 0 <= in && in < BUFFER_SIZE;
invariant empty: (in == out) == (items == 0);
invariant full: (((in + 1) % BUFFER_SIZE) == out) == (items == BUFFER_SIZE - 1);
option draw = ring (buffer, out, in);

schedule "the notes, 2* to 4*, with a producer that waits" {
    run producer until in == 2;  // "a", "b"
    expect buffer == {'a', 'b', _} && out == 0;
    run producer;
    expect waiting(producer);  // no room for "c"
    run consumer until out == 1;
    run producer until in == 0;
    expect buffer[2] == 'c' && out == 1;
}

expect holds states 152 transitions 287 for granularity = access;
expect holds states 37 transitions 66 for granularity = statement;
)";

// All of these are in the canonical layout.
constexpr const char* kCanonical[] = {
    R"(int repeat(int when) {
    return when * 2;
}

process p {
    int assert = repeat(3) - 1;
    repeat(assert);
    repeat (2) {
        step;
    }
}
)",
    R"(shared int process = 0, repeat = 0, when = 1, ghost = 2, atomic = 3;

void enter(struct process *shared, int process) {
    shared->pid = process - 1;
}

process p {
    repeat = 6;
    when = repeat - 1;
    ghost = -when * repeat;
    atomic -= ghost;
    repeat (2) {
        ghost watched++;
    }
    atomic {
        process++;
    }
}
)",
    kExample,
    R"(shared int *p, **q;
shared queue<int, 4> q[2];
shared queue<queue<struct item *>, N + 1> r;
shared atomic unsigned long x = -1, y = ~0;
const int table[2][2] = {{1, -2}, {3, 4}};
typedef struct {
    char c;
    int v[3];
} item;
enum { RED, GREEN = 2 };
static int f(int a, char *b, item c[]);
)",
    R"(int f(int a) {
    return (int)a * -1 + sizeof(int) + sizeof a - (a ? -a : +a);
}

void g(void) {
    return;
}
)",
    R"(process p[2] {
    int i, *q = &x[1], y = *q * 2;
    if (i == 0)
        x++;
    else if (i == 1)
        --x;
    else
        x = !x;
    if (i) {
        x = 1;
    } else {
        x = 2;
    }
    do {
        i--;
    } while (i > 0);
    do
        i--;
    while (i > 0);
    for (;;)
        ;
    for (i = 0, j = 1; i < 3; i++, j--) {
    again:
        goto again;
    }
}
)",
    R"(process p {
    switch (x) {
        case 1:
        case 'a' ? 2 : 3: {
            x = 1;
            break;
        }
        default:
            x = 2;
    }
    x = 3;
}
)",
    R"(daemon process p {
    select {
        when (a > 0) x = 1;
        when (b) atomic { await (c); c--; }
        when (c) {
            x = 2;
        }
        else x = 3;
    }
    section critical {
        ghost { inside++; assert (inside == 1); }
        ghost inside--;
        ghost if (inside)
            n = 1;
        ghost int m = 0;
        step;
    }
    atomic {
        if (x)
            y = 1;
    }
    await (x => y);
    assume (x);
}
)",
    R"(invariant a: forall (i : 0 .. N - 1) p[i] @ again => p[i].x == 1;
never b: p in section critical || (count (i : 0 .. 1) x[i]) == 2;
reachable c: done(p) && unwritten(buffer[0]);
expect violates a in 16 steps for N = 2 .. 3, granularity = access;
expect error division;
option queue_cap = 4;

schedule "s" {
    run p[0] until about to read buffer[in];
    step p[0] 3;
    step p[0] choosing 1, 0;
    expect items() == -1;
}
)",
    R"(/*
 * A block comment
 *   keeps its shape.
 */
process p {
    // Alone on its line.
    x = 1;   // behind
    y = 22;  /* also behind */
    x = y + /* inside */ z;
    x = f(a,
            b);
    x = a +  // why
            b;
    /* One
       and two. */
    int a[] = {
        1, 2,
        3,  // three
        4
    };
}

// The end.
)",
    R"(#define N 3  // three
#define LONG 1 + \
    2

process p {
    x = 1;
#undef N
    x = a
#define M 4
            + 1;
}
)",
};

TEST_CASE("The canonical layout is a fixed point") {
  for (const char* text : kCanonical) CHECK(Formatted(text) == text);
}

TEST_CASE("Other layouts become the canonical one") {
  for (const Case& c : {
           Case{"process p{x=1;y=2;}", "process p {\n    x = 1;\n    y = 2;\n}\n"},
           Case{"process p\n{\n  while(x)\n  {\n    y=1 ;\n  }\n}\n",
                "process p {\n    while (x) {\n        y = 1;\n    }\n}\n"},
           Case{"process p { }", "process p {}\n"},
           Case{"process p { while (x) ; }", "process p {\n    while (x)\n        ;\n}\n"},
           Case{"process p { if (a) b; else { c; } }",
                "process p {\n    if (a)\n        b;\n    else {\n        c;\n    }\n}\n"},
           Case{"process p { if (a) { b; }\n\n  else c; }",
                "process p {\n    if (a) {\n        b;\n    } else\n        c;\n}\n"},
           Case{"\n\n\nshared int x ;\n\n\n\nshared int y;\n\n",
                "shared int x;\n\nshared int y;\n"},
           Case{"process p {\n\n    x;\n\n}", "process p {\n\n    x;\n}\n"},
           Case{"\tshared int x; // a\r\n\tshared int yy;// b\r\n",
                "shared int x;   // a\nshared int yy;  // b\n"},
           Case{"process p // c\n{ x; }", "process p {  // c\n    x;\n}\n"},
           Case{"process p { while (x) // c\n  { y; } }",
                "process p {\n    while (x) {  // c\n        y;\n    }\n}\n"},
           Case{"process p { while (x) // c\n  ; }",
                "process p {\n    while (x)  // c\n        ;\n}\n"},
           Case{"process p { if (a) { b; } // c\n else { d; } }",
                "process p {\n    if (a) {\n        b;\n    }  // c\n    else {\n        d;\n    "
                "}\n}\n"},
           Case{"process p { x = - -y; x = a - -b; x = a+ +b; x = a & &b; x = - --y; }",
                "process p {\n    x = - -y;\n    x = a - -b;\n    x = a + +b;\n    x = a & &b;\n"
                "    x = - --y;\n}\n"},
           Case{"invariant a :x=>y=>!z;", "invariant a: x => y => !z;\n"},
           Case{"process p { l : x = ( 1 ) + y ; }", "process p {\nl:\n    x = (1) + y;\n}\n"},
           Case{"typedef int T; process p { x = ( T ) y ; T*z; }",
                "typedef int T;\nprocess p {\n    x = (T)y;\n    T *z;\n}\n"},
           Case{"process p { atomic\n{ x; } }", "process p {\n    atomic { x; }\n}\n"},
           Case{"process p { atomic { x;\n y; } }",
                "process p {\n    atomic {\n        x;\n        y;\n    }\n}\n"},
           Case{"process p { for(i=0;i<3;i++)x; for ( ; ; ) ; }",
                "process p {\n    for (i = 0; i < 3; i++)\n        x;\n    for (;;)\n        "
                ";\n}\n"},
           Case{"/*\n * a\n */\n  /* b\n     c */\nprocess p {}",
                "/*\n * a\n */\n/* b\n   c */\nprocess p {}\n"},
           Case{"process p {\n/* b\n   c */\n x; }",
                "process p {\n    /* b\n       c */\n    x;\n}\n"},
           Case{"#define BEGIN {\n#define END }\nprocess p BEGIN x = 1; y = 2; END\nshared int z;",
                "#define BEGIN {\n#define END }\nprocess p BEGIN x = 1;\ny = 2;\nEND\n        "
                "shared int z;\n"},
       }) {
    CAPTURE(c.text);
    const std::string once = Formatted(c.text);
    CHECK(once == c.expected);
    CHECK(Formatted(once) == once);
  }
}

TEST_CASE("Comments of adjacent lines are aligned, as far as they fit") {
  CHECK(Formatted("shared int a; // 1\nshared int bbb; // 2\n\nshared int c; // 3\n") ==
        "shared int a;    // 1\nshared int bbb;  // 2\n\nshared int c;  // 3\n");
  const std::string wide(90, 'x');
  CHECK(Formatted("shared int a; // 1\nshared int bbb; // " + wide + "\n") ==
        "shared int a;  // 1\nshared int bbb;  // " + wide + "\n");
}

TEST_CASE("A text that does not parse has errors in place of a layout") {
  CHECK(Formatted("process p { x = ; }") ==
        "f.scn:1:17: error: expected an expression, found `;`\n"
        "process p { x = ; }\n"
        "                ^\n");
  Diagnostics diagnostics;
  CHECK(Format(Source("f.scn", "process"), diagnostics) == "");
}

TEST_CASE("A file that would become too large is refused") {
  std::string text = "process p {";
  while (text.size() < kMaxSourceBytes / 2) text += "x;";
  Diagnostics diagnostics;
  CHECK(Format(Source("f.scn", text + "}"), diagnostics) == "");
  CHECK(diagnostics.error_count() == 1);
}

TEST_CASE("Braces that macros close do not add up") {
  std::string text = "#define CLOSE }\nprocess p {";
  for (int i = 0; i < 2000; ++i) text += "{ CLOSE ";
  const std::string once = Formatted(text + "}");
  CHECK(TokensAndComments(once) == TokensAndComments(text + "}"));
  CHECK(Formatted(once) == once);
}

// A scenario's tokens with the white space drawn anew: line breaks and spaces wherever they may be.
std::string Scrambled(const std::string& text, uint64_t seed) {
  const Source source("f.scn", text);
  Diagnostics diagnostics;
  std::string out;
  bool must_break = false;
  for (const Token& token : LexRaw(source, diagnostics)) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    const unsigned draw = static_cast<unsigned>(seed >> 40) % 8;
    if (token.kind == TokenKind::kDirective || must_break) {
      out += '\n';
    } else {
      out += draw == 0 ? "\n" : draw == 1 ? "\n\n\n" : draw == 2 ? "\t" : draw == 3 ? "    " : " ";
    }
    const std::string_view written = source.Slice(token.range);
    out += written;
    if (token.kind != TokenKind::kDirective && !written.starts_with("//") && draw == 4) {
      out += " /* c */";
    }
    if (token.kind != TokenKind::kDirective && !written.starts_with("//") && draw == 5) {
      out += " // d\n";
    }
    must_break = token.kind == TokenKind::kDirective || written.starts_with("//");
  }
  return out;
}

TEST_CASE("Whatever the white space, nothing is lost and the second time changes nothing") {
  for (const char* canonical : kCanonical) {
    for (uint64_t seed = 1; seed <= 200; ++seed) {
      const std::string text = Scrambled(canonical, seed);
      const std::string once = Formatted(text);
      const bool nothing_is_lost = TokensAndComments(once) == TokensAndComments(text);
      const std::string twice = Formatted(once);
      INFO(text, "\n--- once ---\n", once, "\n--- twice ---\n", twice);
      REQUIRE(nothing_is_lost);
      REQUIRE(twice == once);
    }
  }
}

}  // namespace
}  // namespace interleave
