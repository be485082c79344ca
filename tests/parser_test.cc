// The tree, written as S-expressions. What the parser says of wrong text:
// parser_diagnostics_test.cc.
#include "sim/language/parser.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/parsed.h"

namespace interleave {
namespace {

// --- The tree as text ---

const char* OpText(Op op) {
  static constexpr const char* kTexts[] = {
      "none",  "+",      "-",    "*",  "/", "%",  "<<",     ">>",     "&",
      "|",     "^",      "==",   "!=", "<", "<=", ">",      ">=",     "&&",
      "||",    "=>",     ",",    "+",  "-", "~",  "!",      "long",   "unsigned long",
      "float", "double", "sqrt", "&",  "*", "=",  "forall", "exists", "count"};
  return kTexts[static_cast<int>(op)];
}

std::string TypeText(const TypeSyntax& type) {
  static constexpr const char* kBases[] = {"void",  "bool",   "char",  "schar", "uchar",
                                           "short", "ushort", "int",   "uint",  "long",
                                           "ulong", "float",  "double"};
  std::string out = type.is_const ? "const " : "";
  switch (type.base) {
    case TypeSyntax::Base::kNamed: out += type.name; break;
    case TypeSyntax::Base::kStruct: out += "struct " + type.name; break;
    case TypeSyntax::Base::kEnum: out += "enum " + type.name; break;
    case TypeSyntax::Base::kObject:
      out += type.name + "<";
      for (std::size_t i = 0; i < type.arguments.size(); ++i) {
        out += i > 0 ? "," : "";
        out += type.arguments[i].type ? TypeText(*type.arguments[i].type) : "n";
      }
      out += ">";
      break;
    default: out += kBases[static_cast<int>(type.base)];
  }
  if (type.struct_definition) {
    out += "{";
    for (const auto& field : type.struct_definition->fields) {
      out += TypeText(field.type);
      for (const Declarator& declarator : field.declarators) out += " " + declarator.name;
      out += ";";
    }
    out += "}";
  }
  if (type.enum_definition) {
    out += "{";
    for (const auto& item : type.enum_definition->items) out += item.name + ";";
    out += "}";
  }
  return out + std::string(static_cast<std::size_t>(type.pointers), '*');
}

std::string Text(const ExprPtr& expr);

std::string List(const std::string& head, const std::vector<ExprPtr>& operands) {
  std::string out = "(" + head;
  for (const ExprPtr& operand : operands) out += " " + Text(operand);
  return out + ")";
}

std::string Text(const ExprPtr& expr) {
  if (expr == nullptr) return "-";
  switch (expr->kind) {
    case ExprKind::kInteger:
      return expr->is_char_literal ? std::string("'") + static_cast<char>(expr->value) + "'"
                                   : std::to_string(expr->value);
    case ExprKind::kString: return "\"" + expr->name + "\"";
    case ExprKind::kName: return expr->name;
    case ExprKind::kUnary:
    case ExprKind::kBinary: return List(OpText(expr->op), expr->operands);
    case ExprKind::kAssign:
      return List(expr->op == Op::kAssign ? "=" : OpText(expr->op) + std::string("="),
                  expr->operands);
    case ExprKind::kIncrement: {
      const std::string op = expr->op == Op::kAdd ? "++" : "--";
      return List(expr->is_prefix ? op + "_" : "_" + op, expr->operands);
    }
    case ExprKind::kConditional: return List("?", expr->operands);
    case ExprKind::kCall: return List("call " + expr->name, expr->operands);
    case ExprKind::kIndex: return List("[]", expr->operands);
    case ExprKind::kMember: return List((expr->is_arrow ? "->" : ".") + expr->name, expr->operands);
    case ExprKind::kCast: return List("cast " + TypeText(*expr->type_name), expr->operands);
    case ExprKind::kSizeof:
      return expr->type_name ? "(sizeof " + TypeText(*expr->type_name) + ")"
                             : List("sizeof", expr->operands);
    case ExprKind::kCompound:
    case ExprKind::kInitializer: return List("{}", expr->operands);
    case ExprKind::kWildcard: return "_";
    case ExprKind::kChoose: return List("choose", expr->operands);
    case ExprKind::kQuantifier:
      return List(OpText(expr->op) + std::string(" ") + expr->name, expr->operands);
    case ExprKind::kAtLabel: return List("@" + expr->name, expr->operands);
    case ExprKind::kInSection: return List("in " + expr->name, expr->operands);
  }
  return "?";
}

std::string Text(const Declaration& declaration) {
  static constexpr const char* kStorage[] = {"local", "shared", "shared-atomic", "ghost",
                                             "typedef"};
  std::string out = std::string(kStorage[static_cast<int>(declaration.storage)]) + " " +
                    TypeText(declaration.type);
  for (const Declarator& declarator : declaration.declarators) {
    out += " " + std::string(static_cast<std::size_t>(declarator.pointers), '*') + declarator.name;
    for (const ExprPtr& dimension : declarator.dimensions) out += "[" + Text(dimension) + "]";
    if (declarator.initializer) out += "=" + Text(declarator.initializer);
  }
  return "(" + out + ")";
}

std::string Text(const StmtPtr& stmt) {
  if (stmt == nullptr) return "-";
  static constexpr const char* kNames[] = {
      "empty", "expr",    "decl",  "block",    "if",      "while", "do",     "for",   "switch",
      "case",  "default", "break", "continue", "return",  "goto",  "label",  "ghost", "atomic",
      "await", "select",  "when",  "repeat",   "section", "step",  "assert", "assume"};
  std::string out = "(" + std::string(kNames[static_cast<int>(stmt->kind)]);
  if (!stmt->name.empty()) out += " " + stmt->name;
  if (stmt->init) out += " " + Text(stmt->init);
  if (stmt->condition) out += " " + Text(stmt->condition);
  if (stmt->step) out += " " + Text(stmt->step);
  if (stmt->declaration) out += " " + Text(*stmt->declaration);
  for (const StmtPtr& child : stmt->body_list) out += " " + Text(child);
  if (stmt->body) out += " " + Text(stmt->body);
  if (stmt->else_body) out += " else " + Text(stmt->else_body);
  return out + ")";
}

std::string Expression(const std::string& text) {
  const Parsed parsed("invariant i: " + text + ";");
  if (parsed.diagnostics.has_errors()) return parsed.rendered();
  return Text(parsed.tree->properties.at(0).expression);
}

std::string Statements(const std::string& text, const std::string& before = "") {
  const Parsed parsed(before + "process p {" + text + "}");
  if (parsed.diagnostics.has_errors()) return parsed.rendered();
  std::string out;
  for (const StmtPtr& stmt : parsed.tree->processes.at(0)->body->body_list) out += Text(stmt);
  return out;
}

std::string Declarations(const std::string& text) {
  const Parsed parsed(text);
  if (parsed.diagnostics.has_errors()) return parsed.rendered();
  std::string out;
  for (const auto& declaration : parsed.tree->declarations) out += Text(*declaration);
  return out;
}

// --- Expressions ---

TEST_CASE("Operators bind as in C") {
  for (const Case& c : {
           Case{"a + b * c", "(+ a (* b c))"},
           Case{"(a + b) * c", "(* (+ a b) c)"},
           Case{"a - b - c", "(- (- a b) c)"},
           Case{"a << b + c", "(<< a (+ b c))"},
           Case{"a < b == c > d", "(== (< a b) (> c d))"},
           Case{"a & b ^ c | d", "(| (^ (& a b) c) d)"},
           Case{"a && b || c && d", "(|| (&& a b) (&& c d))"},
           Case{"!a == b", "(== (! a) b)"},
           Case{"-a * ~b", "(* (- a) (~ b))"},
           Case{"a ? b : c ? d : e", "(? a b (? c d e))"},
           Case{"a ? b, c : d", "(? a (, b c) d)"},
           Case{"a || b ? c : d", "(? (|| a b) c d)"},
           Case{"a => b => c", "(=> a (=> b c))"},
           Case{"a || b => c ? d : e", "(=> (|| a b) (? c d e))"},
           Case{"a ? b : c => d", "(=> (? a b c) d)"},
           Case{"a++ + ++b - c--", "(- (+ (_++ a) (++_ b)) (_-- c))"},
           Case{"*p++", "(* (_++ p))"},
           Case{"&a[1].b->c", "(& (->c (.b ([] a 1))))"},
           Case{"- -a", "(- (- a))"},
           Case{"a % b / c", "(/ (% a b) c)"},
           Case{"f(a, (b, c), g())", "(call f a (, b c) (call g))"},
           Case{"sizeof a + 1", "(+ (sizeof a) 1)"},
           Case{"sizeof (int) + 1", "(+ (sizeof int) 1)"},
           Case{"sizeof (a)", "(sizeof a)"},
           Case{"(char)a + b", "(+ (cast char a) b)"},
           Case{"(uint8_t)-1", "(cast uint8_t (- 1))"},
           Case{"(struct s *)p", "(cast struct s* p)"},
           Case{"(unsigned long int)x", "(cast ulong x)"},
           Case{"(x) - 1", "(- x 1)"},
           Case{"'a' == 97u", "(== 'a' 97)"},
       }) {
    CAPTURE(c.text);
    CHECK(Expression(c.text) == c.expected);
  }
}

TEST_CASE("Expressions of properties") {
  for (const Case& c : {
           Case{"p[1].x == 2", "(== (.x ([] p 1)) 2)"},
           Case{"p @ L && q[0] @ M", "(&& (@L p) (@M ([] q 0)))"},
           Case{"!(p in section s)", "(! (in s p))"},
           Case{"p[1] in section s == 0", "(== (in s ([] p 1)) 0)"},
           Case{"in in section s", "(in s in)"},
           Case{"in == out", "(== in out)"},
           Case{"forall (i : 0 .. N - 1) a[i] => b", "(forall i 0 (- N 1) (=> ([] a i) b))"},
           Case{"a && exists (i : 0 .. 1) b == i", "(&& a (exists i 0 1 (== b i)))"},
           Case{"(count (i : 0 .. 1) x[i]) == 2", "(== (count i 0 1 ([] x i)) 2)"},
           Case{"count(i, 2) + count", "(+ (call count i 2) count)"},
           Case{"b == {'a', _, 3} && c", "(&& (== b ({} 'a' _ 3)) c)"},
           Case{"b != {{1, _}, {}}", "(!= b ({} ({} 1 _) ({})))"},
           Case{"_ == {_ + 1, _}", "(== _ ({} (+ _ 1) _))"},
           Case{"choose (0 .. 3) == 1", "(== (choose 0 3) 1)"},
           Case{"items == items()", "(== items (call items))"},
           Case{"section + select + step + queue + daemon + run + until",
                "(+ (+ (+ (+ (+ (+ section select) step) queue) daemon) run) until)"},
       }) {
    CAPTURE(c.text);
    CHECK(Expression(c.text) == c.expected);
  }
}

TEST_CASE("Ranges hold the parentheses of the operands") {
  const Parsed parsed("invariant i: ((a + b) * (c));");
  const Expr& product = *parsed.tree->properties.at(0).expression;
  CHECK(parsed.source.Slice(product.range) == "(a + b) * (c)");
  CHECK(parsed.source.Slice(product.op_range) == "*");
  CHECK(parsed.source.Slice(product.operands[0]->range) == "a + b");
  const Parsed call("#define N 3\ninvariant i: f(N)[N].m;");
  const Expr& member = *call.tree->properties.at(0).expression;
  CHECK(call.source.Slice(member.range) == "f(N)[N].m");
  CHECK(call.source.Slice(member.op_range) == "m");
  CHECK(call.source.Slice(member.operands[0]->operands[0]->op_range) == "f");
  CHECK(call.source.Slice(member.operands[0]->operands[1]->range) == "N");
}

// --- Statements ---

TEST_CASE("Statements of C") {
  for (const Case& c : {
           Case{";", "(empty)"},
           Case{"x = 1;", "(expr (= x 1))"},
           Case{"x <<= y += 2;", "(expr (<<= x (+= y 2)))"},
           Case{"if (a) b; else if (c) d; else e;",
                "(if a (expr b) else (if c (expr d) else (expr e)))"},
           Case{"while (a) ;", "(while a (empty))"},
           Case{"do a++; while (b);", "(do b (expr (_++ a)))"},
           Case{"for (;;) ;", "(for (empty))"},
           Case{"for (int i = 0, j; i < 3; i++) { }",
                "(for (decl (local int i=0 j)) (< i 3) (_++ i) (block))"},
           Case{"for (i = 0, j = 1; ; ) ;", "(for (expr (, (= i 0) (= j 1))) (empty))"},
           Case{"switch (a) { case 1: case 2: b; break; default: c; }",
                "(switch a (block (case 1 (case 2 (expr b))) (break) (default (expr c))))"},
           Case{"switch (a) { case 1: }", "(switch a (block (case 1 (empty))))"},
           Case{"again: x; goto again;", "(label again (expr x))(goto again)"},
           Case{"{ end: }", "(block (label end (empty)))"},
           Case{"return;", "(return)"},
           Case{"return a + 1;", "(return (+ a 1))"},
           Case{"continue; break;", "(continue)(break)"},
           Case{"const unsigned char c[2][3] = {{1}, {2}}, *p;",
                "(decl (local const uchar c[2][3]=({} ({} 1) ({} 2)) *p))"},
           Case{"struct s { int a, b; } x;", "(decl (local struct s{int a b;} x))"},
           Case{"char s[] = \"ab\" \"c\", t[2][2] = {\"d\", {'e'}};",
                "(decl (local char s[-]=\"abc\" t[2][2]=({} \"d\" ({} 'e'))))"},
           Case{"int a[] = {1, 2,};", "(decl (local int a[-]=({} 1 2)))"},
       }) {
    CAPTURE(c.text);
    CHECK(Statements(c.text) == c.expected);
  }
}

TEST_CASE("Statements of the scenario language") {
  for (const Case& c : {
           Case{"repeat (3) { x++; }", "(repeat 3 (block (expr (_++ x))))"},
           Case{"await (s > 0);", "(await (> s 0))"},
           Case{"atomic { await (s); s--; }", "(atomic (block (await s) (expr (_-- s))))"},
           Case{"assert (a); assume (b);", "(assert a)(assume b)"},
           Case{"step;", "(step)"},
           Case{"section crit { x; }", "(section crit (block (expr x)))"},
           Case{"ghost n++; ghost { n = 1; } ghost if (a) b; ghost assert (c);",
                "(ghost (expr (_++ n)))(ghost (block (expr (= n 1))))(ghost (if a (expr b)))"
                "(ghost (assert c))"},
           Case{"ghost int n = 0;", "(decl (ghost int n=0))"},
           Case{"select { when (a) b; when (c) { d; } else e; }",
                "(select (when a (expr b)) (when c (block (expr d))) else (expr e))"},
           Case{"produced(x); consumed(take(q));",
                "(expr (call produced x))(expr (call consumed (call take q)))"},
           Case{"x = choose (0 .. 1);", "(expr (= x (choose 0 1)))"},
       }) {
    CAPTURE(c.text);
    CHECK(Statements(c.text) == c.expected);
  }
}

TEST_CASE("A user's declaration takes a contextual word away") {
  CHECK(Statements("step;", "shared int step;") == "(expr step)");
  CHECK(Statements("int step; step; { step; }") ==
        "(decl (local int step))(expr step)(block (expr step))");
  CHECK(Statements("{ int step; } step;") == "(block (decl (local int step)))(step)");
  CHECK(Statements("int section, select, in; section = select;") ==
        "(decl (local int section select in))(expr (= section select))");
  CHECK(Statements("queue < 3; queue = 1;", "shared int queue;") ==
        "(expr (< queue 3))(expr (= queue 1))");
  CHECK(Declarations("typedef int property; property fifo;") ==
        "(typedef int property)(local property fifo)");
  CHECK(Declarations("shared int expect, option, never, bool;") ==
        "(shared int expect option never bool)");
}

TEST_CASE("Type names follow their scopes") {
  CHECK(Statements("(T)x; T * y;", "typedef int T;") == "(expr (cast T x))(decl (local T *y))");
  CHECK(Statements("int T; (T) - x; T * y;", "typedef int T;") ==
        "(decl (local int T))(expr (- T x))(expr (* T y))");
  CHECK(Statements("{ int T; } (T) - x;", "typedef int T;") ==
        "(block (decl (local int T)))(expr (cast T (- x)))");
  CHECK(Statements("T T = 1; T * 2;", "typedef int T;") == "(decl (local T T=1))(expr (* T 2))");
  CHECK(Statements("(size_t) + 1;") == "(expr (cast size_t (+ 1)))");
  CHECK(Statements("for (int T = 0; ; ) (T) + 1; (T) + 1;", "typedef int T;") ==
        "(for (decl (local int T=0)) (expr (+ T 1)))(expr (cast T (+ 1)))");
  CHECK(Statements("bool b; _Bool c;") == "(decl (local bool b))(decl (local bool c))");
}

TEST_CASE("What a trace quotes of a statement") {
  struct Head {
    const char* text;
    const char* head;
  };
  for (const Head& c : {
           Head{"if (a) b; else c;", "if (a)"},
           Head{"while (x + 1)\n  ;", "while (x + 1)"},
           Head{"do a; while (b);", "while (b)"},
           Head{"for (int i = 0; i < 3; i++) ;", "for (int i = 0; i < 3; i++)"},
           Head{"switch (a) { }", "switch (a)"},
           Head{"repeat (2) ;", "repeat (2)"},
           Head{"await (a);", "await (a)"},
           Head{"assert (a);", "assert (a)"},
           Head{"x = 1;", "x = 1"},
           Head{"int y = 2;", "int y = 2"},
           Head{"return 3;", "return 3"},
           Head{"goto l;", "goto l"},
           Head{"select { when (a) b; }", "select"},
           Head{"section s { }", "section s"},
           Head{"atomic { }", "atomic"},
           Head{"step;", "step"},
       }) {
    CAPTURE(c.text);
    const Parsed parsed("process p { " + std::string(c.text) + " }");
    CHECK_FALSE(parsed.diagnostics.has_errors());
    const Stmt& stmt = *parsed.tree->processes.at(0)->body->body_list.at(0);
    CHECK(parsed.source.Slice(stmt.head_range) == c.head);
    CHECK(parsed.source.Slice(stmt.range) == c.text);
  }
}

// --- Items ---

TEST_CASE("Declarations at file scope") {
  for (const Case& c : {
           Case{"shared int in = 0, out = 0;", "(shared int in=0 out=0)"},
           Case{"shared atomic int x;", "(shared-atomic int x)"},
           Case{"ghost bool b[2];", "(ghost bool b[2])"},
           Case{"const int N = 3;", "(local const int N=3)"},
           Case{"static const int N = 3;", "(local const int N=3)"},
           Case{"shared queue<int> q;", "(shared queue<int> q)"},
           Case{"shared queue<struct s *, N + 1> q[2];", "(shared queue<struct s*,n> q[2])"},
           Case{"shared queue<queue<int>, 4> q;", "(shared queue<queue<int>,n> q)"},
           Case{"typedef struct { char c; int v; } item; shared item b[3];",
                "(typedef struct {char c;int v;} item)(shared item b[3])"},
           Case{"enum color { RED, GREEN = 2, };", "(local enum color{RED;GREEN;})"},
           Case{"shared enum { A } state = A;", "(shared enum {A;} state=A)"},
           Case{"struct s; struct s { struct s *next; };",
                "(local struct s)(local struct s{struct s next;})"},
           Case{"shared struct { struct { int a; } b; } c;",
                "(shared struct {struct {int a;} b;} c)"},
           Case{"shared volatile long long unsigned x;", "(shared ulong x)"},
           Case{"shared short int s; shared signed char c; shared unsigned u;",
                "(shared short s)(shared schar c)(shared uint u)"},
           Case{"shared int *p, **q, r;", "(shared int *p **q r)"},
       }) {
    CAPTURE(c.text);
    CHECK(Declarations(c.text) == c.expected);
  }
}

TEST_CASE("Functions and processes") {
  const Parsed parsed(
      "int f(void);\n"
      "static inline struct s *g(int a, char *b, int c[], int) ;\n"
      "void h(int x) { return; }\n"
      "process p { int x; }\n"
      "daemon process d[N + 1] { ; };\n");
  CHECK(parsed.rendered() == "");
  REQUIRE(parsed.tree->functions.size() == 3);
  CHECK(parsed.tree->functions[0]->parameters.empty());
  CHECK(parsed.tree->functions[0]->body == nullptr);
  const Function& g = *parsed.tree->functions[1];
  CHECK(g.name == "g");
  CHECK(g.return_pointers == 1);
  REQUIRE(g.parameters.size() == 4);
  CHECK(g.parameters[1].declarator.pointers == 1);
  CHECK(g.parameters[2].declarator.dimensions.size() == 1);
  CHECK(g.parameters[3].declarator.name == "");
  CHECK(parsed.tree->functions[2]->body != nullptr);
  REQUIRE(parsed.tree->processes.size() == 2);
  CHECK(parsed.tree->processes[0]->count == nullptr);
  CHECK_FALSE(parsed.tree->processes[0]->is_daemon);
  CHECK(parsed.tree->processes[1]->is_daemon);
  CHECK(Text(parsed.tree->processes[1]->count) == "(+ N 1)");
  CHECK(parsed.tree->items.size() == 5);
}

TEST_CASE("Properties and options") {
  const Parsed parsed(
      "property fifo; property exactly_once; property race; property slots (buffer);\n"
      "invariant a: x == 1; never b: y; reachable full: z;\n"
      "option granularity = statement; option queue_cap = 4 + 1; option draw = ring (b, out, in);");
  CHECK(parsed.rendered() == "");
  std::string out;
  for (const PropertySyntax& property : parsed.tree->properties) {
    out += property.name + ":" + std::to_string(static_cast<int>(property.kind)) +
           Text(property.expression) + " ";
  }
  CHECK(out == "fifo:3- exactly_once:4- race:6- slots:5buffer a:0(== x 1) b:1y full:2z ");
  REQUIRE(parsed.tree->options.size() == 3);
  CHECK(parsed.tree->options[0].word == "statement");
  CHECK(parsed.tree->options[0].number == nullptr);
  CHECK(Text(parsed.tree->options[1].number) == "(+ 4 1)");
  CHECK(parsed.tree->options[1].word == "");
  CHECK(parsed.tree->options[2].word == "ring");
  CHECK(parsed.tree->options[2].arguments.size() == 3);
  CHECK(parsed.source.Slice(parsed.tree->options[2].value_range) == "ring (b, out, in)");
}

TEST_CASE("Schedules") {
  const Parsed parsed(
      "schedule \"a b\" {\n"
      "  run p;\n"
      "  run p[1] until in == 2;\n"
      "  run p until about to read buffer[in];\n"
      "  run p until about to write x;\n"
      "  run p until about == 1;\n"
      "  step p; step p[0] 3; step p choosing 1, 0; step p 2 choosing 1;\n"
      "  expect buffer == {'a', _};\n"
      "}\n"
      "schedule two { }\n");
  CHECK(parsed.rendered() == "");
  REQUIRE(parsed.tree->schedules.size() == 2);
  CHECK(parsed.tree->schedules[0].name == "a b");
  CHECK(parsed.tree->schedules[1].name == "two");
  std::string out;
  for (const ScheduleCommand& command : parsed.tree->schedules[0].commands) {
    out += std::to_string(static_cast<int>(command.kind)) + (command.is_write ? "w " : " ") +
           command.process.name + Text(command.process.index) + " " + Text(command.expression);
    for (const ExprPtr& choice : command.choosing) out += " " + Text(choice);
    out += "\n";
  }
  CHECK(out ==
        "0 p- -\n"
        "1 p1 (== in 2)\n"
        "2 p- ([] buffer in)\n"
        "2w p- x\n"
        "1 p- (== about 1)\n"
        "3 p- -\n"
        "3 p0 3\n"
        "3 p- - 1 0\n"
        "3 p- 2 1\n"
        "4 - (== buffer ({} 'a' _))\n");
}

TEST_CASE("The layout of a schedule is free") {
  const Parsed parsed(
      "shared int holds;\n"
      "schedule s {\n"
      "expect in == 2;\n"
      "expect\nholds;\n"
      "step p\n3;\n"
      "}\n"
      "option cap = N\n+ 1;\n"
      "option draw =\nring\n(b);\n");
  CHECK(parsed.rendered() == "");
  CHECK(parsed.tree->schedules.at(0).commands.size() == 3);
  CHECK(Text(parsed.tree->options.at(0).number) == "(+ N 1)");
  CHECK(parsed.tree->options.at(1).word == "ring");
}

TEST_CASE("Expectations") {
  const Parsed parsed(
      "#define SIZE 3\n"
      "#define NOTHING\n"
      "expect holds;\n"
      "expect violates fifo in 16 steps states 3;\n"
      "expect deadlock depth 4 transitions 2 states 1;\n"
      "expect race; expect race on in;\n"
      "expect error diverges in 1 step; expect incomplete;\n"
      "expect holds for SIZE = 2 .. SIZE, NOTHING = 1, granularity = access;\n");
  CHECK(parsed.rendered() == "");
  std::string out;
  const auto number = [](const std::optional<uint64_t>& n) {
    return n ? std::to_string(*n) : std::string("-");
  };
  for (const ExpectationSyntax& e : parsed.tree->expectations) {
    out += std::to_string(static_cast<int>(e.verdict)) + "/" + e.name + " " + number(e.steps) +
           number(e.states) + number(e.transitions) + number(e.depth);
    for (const ExpectationSyntax::Setting& s : e.settings) {
      out += " " + s.name + "/" + s.word + "/" + Text(s.from) + "/" + Text(s.to);
    }
    out += "\n";
  }
  CHECK(out ==
        "0/ ----\n"
        "1/fifo 163--\n"
        "2/ -124\n"
        "3/ ----\n"
        "3/in ----\n"
        "4/diverges 1---\n"
        "5/ ----\n"
        "0/ ---- SIZE//2/3 NOTHING//1/- granularity/access/access/-\n");
  CHECK(parsed.tree->defines.size() == 2);
}

TEST_CASE("Macros come into the tree with the values of the command line") {
  const Parsed parsed("#define N 3\nshared int a[N];", {{"N", "5"}});
  CHECK(Text(*parsed.tree->declarations.at(0)) == "(shared int a[5])");
  CHECK(parsed.tree->defines.at(0).replacement == "5");
}

}  // namespace
}  // namespace interleave
