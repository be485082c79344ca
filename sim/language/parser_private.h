#pragma once
// The parser's class, shared by the parser_*.cc files: parser.cc has tokens, errors and the items
// of a file, the others have what their names say. Nobody else includes this.
//
// Errors: a syntax error reports once and sets `panic_`; while it is set nothing more is reported
// and nothing is expected, so every function returns by its ordinary way. The nearest list of
// statements, commands or items synchronises and goes on. What can be guessed safely (a missing `;`
// at the end of a line) is reported without panic.
//
// Depth: every recursion is counted by Depth, and the operators that loops build into left-deep
// trees by Chain(), so that no later pass over the tree can run out of stack.

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "sim/language/lexer.h"
#include "sim/language/parser.h"
#include "sim/language/property_kinds.h"
#include "sim/language/source.h"
#include "sim/language/syntax.h"

namespace interleave {

inline constexpr int kMaxNesting = 200;
inline constexpr int kMaxOperators = 500;  // of one expression, beside nesting
inline constexpr int kMaxPointers = 8;
inline constexpr std::size_t kMaxDimensions = 8;

// Programs in C: what the kernel's header calls `library_...`, since programs have functions of
// these names, too.
inline constexpr auto kCallsOfKernel = std::to_array<std::string_view>(
    {"open", "creat", "lseek", "fcntl", "unlink", "remove", "access", "link", "rename"});

class Parser {
 public:
  Parser(const Source& source, LexedSource lexed, const KindLibrary& library,
         Diagnostics& diagnostics);

  std::unique_ptr<ScenarioSyntax> Run();

 private:
  enum class NameKind : uint8_t { kBuiltinType, kTypedef, kOther };

  // One level of recursion, for as long as it lives.
  class Depth {
   public:
    explicit Depth(Parser& parser) : parser_(parser) {
      if (++parser_.depth_ > kMaxNesting) parser_.AbortTooDeep();
    }
    ~Depth() { --parser_.depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;

   private:
    Parser& parser_;
  };

  // The names declared while it lives are forgotten after it.
  class Scope {
   public:
    explicit Scope(Parser& parser) : parser_(parser) {
      parser_.scopes_.push_back(parser_.undo_.size());
    }
    ~Scope() { parser_.LeaveScope(); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Parser& parser_;
  };

  struct Specifiers {
    TypeSyntax type;
    Declaration::Storage storage = Declaration::Storage::kLocal;
    SourceRange static_range;  // of `static`, empty: none
    SourceRange extern_range;
    bool is_thread_local = false;
  };

  // parser.cc: tokens
  const Token& Peek(std::size_t ahead = 0) const;
  bool Is(std::string_view text, std::size_t ahead = 0) const;
  bool IsName(std::size_t ahead = 0) const;  // an identifier that is not reserved
  // An identifier where a name is declared or asked for: also a word of the language's own, unless
  // what follows shows that the word is meant (`process p`).
  bool MayName(std::size_t ahead = 0) const;
  bool MayNameTag() const;  // behind `struct` and `enum` what follows shows nothing
  bool AtEnd() const { return Peek().kind == TokenKind::kEnd; }
  const Token& Next();
  bool Accept(std::string_view text);
  bool Expect(std::string_view text, std::string_view context, std::string_view hint = {});
  void ExpectSemicolon(std::string_view after);
  // A word of the scenario language that stands in C, where it is a name like any other.
  bool IsMereName(const Token& token) const;
  std::optional<Token> ExpectName(std::string_view what, std::string_view hint = {});
  SourceRange Here() const { return Peek().range; }
  SourceRange PreviousEnd() const;
  SourceRange Since(std::size_t first_token) const;
  bool StartsLine() const;  // at column 1
  uint32_t IndentationOf(uint32_t offset) const;
  std::string Describe(const Token& token) const;
  std::string HintFor(const Token& token) const;

  // parser.cc: errors
  void Fail(SourceRange range, std::string message, std::string hint = {});
  void FailHere(std::string_view expected, std::string_view hint = {});
  void Report(SourceRange range, std::string message, std::string hint = {});
  void Warn(SourceRange range, std::string message, std::string hint = {});
  // What to say of something that C has and this language has not.
  std::string HasNo(const std::string& what) const;
  void Abort();
  void AbortTooDeep();
  bool Chain();  // counts one operator; false: too many
  void SkipBalanced(std::string_view open, std::string_view close);
  // After an error in a parenthesised head: goes on behind its `)`, if that is to be found.
  void RecoverBehindParenthesis(std::size_t first_token);
  void SynchroniseStatement(std::size_t first_token);
  void SynchroniseItem(std::size_t first_token);
  bool StartsItem() const;  // what stands only at file scope: a `}` misses before it
  void FailMissingBrace(SourceRange open);

  // parser.cc: names
  void DeclareName(const std::string& name, NameKind kind);
  void LeaveScope();
  std::optional<NameKind> Lookup(const std::string& name) const;
  bool IsDeclared(const std::string& name) const { return Lookup(name).has_value(); }
  bool IsReserved(const std::string& text) const;
  // Whether this word of the language's own is meant here. Once the scenario declares it as a name
  // the name wins, except where only the word can stand: `atomic {`, `process p {`, `shared int`.
  bool MeansWord(std::string_view word) const;
  // Where the bracket that opens there is closed, and one further.
  std::size_t BehindBracket(std::size_t ahead) const;

  // parser.cc: items
  void ParseItem();
  bool ParseContextualItem();
  bool MeansProcess() const;
  bool CorrectItemWord();
  void ParseProcess();
  void ParseMisplacedStatement();
  void AddItem(ScenarioSyntax::Item::Kind kind, std::size_t size_after);

  // parser_program.cc: programs in C
  ExprPtr ParseDesignated();
  ExprPtr ParseOffset();
  void ChooseForRandom(Expr& remainder) const;
  ExprPtr ParsePrint(std::size_t first);
  ExprPtr MakePrint(const std::string& text, const std::string& conversion, ExprPtr value) const;
  void ParseStubs();
  ExprPtr ParseFormatted(std::size_t first);
  ExprPtr ParseScan(std::size_t first);
  ExprPtr ParseTextScan(std::size_t first);
  std::optional<std::string> ParseFormat(const std::string& of);
  // The expression that began at this token, once more.
  ExprPtr ParseAgain(std::size_t token);
  ExprPtr MakeCall(const std::string& name, std::vector<ExprPtr> arguments,
                   SourceRange range) const;
  ExprPtr MakeNumber(uint64_t value, SourceRange range) const;
  ExprPtr Then(ExprPtr before, ExprPtr after) const;
  StmtPtr ParseExit(std::size_t first);
  StmtPtr ParseCleanup(std::size_t first);
  std::string NameOfCall(const std::string& name) const;
  ExprPtr ParsePlaceName();
  ExprPtr ParseFailedAssertion(std::size_t first);
  void NoteTextLength(const TypeSyntax& type, const Declarator& declarator);
  void RefuseNumbersOfFailures();
  bool IsOfLibrary(const std::string& type);
  bool IsLeftOut(const Function& function);
  StmtPtr ParseVerifierStatement(std::size_t first);
  ExprPtr ParseVerifierCall(std::size_t first);
  bool SkipAttribute();
  bool ParseFunctionPointer(Declarator& declarator);
  void AppendTokens(const std::string& text, SourceRange range);

  // parser_processes.cc: the processes of programs in C
  struct ForkingProgram {
    ProgramStart start;
    int64_t fork_calls = 0;  // so many stand there
    int64_t forked = 0;      // processes, as far as can be seen
  };
  void NoteFunctionAsValue(const std::string& name);
  void NoteFork(const Expr& call);
  bool IsMain(const std::string& function) const;
  static int64_t MostProcesses(const ForkingProgram& program);
  void EndProcess(Stmt& stmt, ExprPtr value) const;
  std::unordered_set<std::string_view> DefinedFunctions() const;
  void FindForks();
  void NoteStart(const Expr& call);
  void NoteArgument(const Expr& element);
  std::string ArgumentsOfMain(const Function& main);
  bool RunsAsThread(const Function& function, bool is_started) const;
  void CountRounds(const Stmt& loop);
  void AddPrograms(const std::vector<Function*>& mains);
  void AddProcesses();

  // parser_declarations.cc
  bool StartsType(std::size_t ahead = 0) const;
  bool StartsUnknownType() const;  // `name name`: a declaration of a type nobody declared
  bool EndsAtBrace(const TypeSyntax& type) const;
  Specifiers ParseSpecifiers();
  bool ParseUnsupportedSpecifier();
  std::string NearestTypeName(const std::string& name) const;
  bool IsUnknownPointer() const;
  std::string HintForType(const std::string& name) const;
  bool ParseAtomic(TypeSyntax& type);
  void ParseStruct(TypeSyntax& type);
  void ParseFields(StructSyntax& definition);
  void ParseEnum(TypeSyntax& type);
  std::unique_ptr<TypeSyntax> ParseTypeName();
  int ParsePointers();
  std::size_t ParenthesisedTokens() const;
  bool ParseDeclaratorName(Declarator& declarator);
  void ParseDimensions(Declarator& declarator);
  void ParseDeclarators(Declaration& declaration);
  ExprPtr ParseInitializer(bool may_be_string = false);
  ExprPtr ParseInitializerList();
  // A declaration up to and with its `;`; null where it turned out to be a function (file scope).
  std::unique_ptr<Declaration> ParseDeclaration(Declaration::Storage storage, bool at_file_scope);
  void ParseFunction(Specifiers specifiers, int pointers, const Token& name, std::size_t first);
  void ParseParameters(Function& function);
  void ParseFileDeclaration();

  // parser_objects.cc
  bool StartsObject() const;
  void ParseObject();
  bool ParseObjectBody(ObjectSyntax& object);
  std::unique_ptr<Function> ParseObjectFunction(Specifiers specifiers, int pointers,
                                                std::size_t first);
  bool StartsMonitor() const;
  void ParseMonitor();
  void MakeEntry(const Function& work, TypeSyntax result, Function& entry);
  static TypeSyntax NamedType(const std::string& name, SourceRange range);
  void ParseObjectParameters(ObjectSyntax& object);
  void ParseObjectMember(ObjectSyntax& object);
  void ParseKindArguments(TypeSyntax& type);

  // parser_expressions.cc
  ExprPtr MakeExpr(ExprKind kind, SourceRange range) const;
  ExprPtr ErrorExpr() const;
  ExprPtr ParseFull();  // an expression, commas included, with a count of operators of its own
  ExprPtr ParseFullAssignment();
  ExprPtr ParseExpression();
  ExprPtr ParseAssignment();
  ExprPtr ParseImplies();
  ExprPtr ParseConditional();
  ExprPtr ParseBinary(int min_precedence);
  void WarnAboutOperands(const Expr& expr, int precedence, int left_precedence) const;
  ExprPtr ParseUnary();
  ExprPtr ParseSizeof();
  ExprPtr ParseCast();
  ExprPtr ParsePostfix();
  ExprPtr ParsePostfixOperator(ExprPtr operand, std::size_t first);
  ExprPtr ParsePrimary();
  ExprPtr ParseString();
  ExprPtr ParseChoose();
  ExprPtr ParseQuantifier();
  void ParseArguments(Expr& call);
  bool StartsQuantifier() const;

  // parser_statements.cc
  StmtPtr MakeStmt(StmtKind kind, std::size_t first) const;
  StmtPtr Finish(StmtPtr stmt, std::size_t first) const;
  StmtPtr ParseStatement();
  StmtPtr ParseKeywordStatement(std::size_t first);
  StmtPtr ParseContextualStatement(std::size_t first);
  StmtPtr ParseBlock(bool own_scope);
  StmtPtr ParseBody(std::string_view owner, std::string_view hint);
  void ParseStatements(Stmt& block, SourceRange open);
  // `(` condition `)`; sets the head range.
  void ParseHead(Stmt& stmt, std::size_t first, std::string_view keyword, bool warn_assignment);
  StmtPtr ParseSubstatement(std::string_view keyword);
  StmtPtr ParseIf(std::size_t first);
  StmtPtr ParseDo(std::size_t first);
  StmtPtr ParseFor(std::size_t first);
  StmtPtr ParseCase(std::size_t first);
  StmtPtr ParseLabelled(StmtPtr label, std::size_t first);
  StmtPtr ParseJump(StmtKind kind, std::size_t first);
  StmtPtr ParseGhost(std::size_t first);
  StmtPtr ParseSelect(std::size_t first);
  StmtPtr ParseDeclarationStatement(Declaration::Storage storage, std::size_t first);
  StmtPtr ParseExpressionStatement(std::size_t first);

  // parser_properties.cc
  void ParseProperty();
  void ParseNamedProperty(const PropertyRow& row);
  void ParseFairness(Fairness& fairness);
  // parser_formula.cc
  void ParseFormula(PropertySyntax& property);
  int AddPart(PropertySyntax& property, FormulaPart part);
  int ParseFormulaImplies(PropertySyntax& property);
  int ParseFormulaOr(PropertySyntax& property);
  int ParseFormulaAnd(PropertySyntax& property);
  int ParseFormulaUntil(PropertySyntax& property);
  int ParseFormulaUnary(PropertySyntax& property);
  int ParseFormulaAtom(PropertySyntax& property);
  bool StartsFormulaInBrackets(std::size_t from) const;
  bool NegatesFormula() const;
  bool StartsFairProcess() const;
  void ParseSchedule();
  bool ParseCommand(ScheduleCommand& command);
  void ParseRun(ScheduleCommand& command);
  void ParseStep(ScheduleCommand& command);
  void ParseProcessRef(ProcessRef& process);
  void ParseExpectation();
  bool ParseVerdict(ExpectationSyntax& expectation);
  void ParseCounts(ExpectationSyntax& expectation);
  void ParseSettings(ExpectationSyntax& expectation);
  void ParseOption();
  void ParseHeader(const IncludedHeader& header);
  void ParseNamedHeaders();
  // Makes what a header brings, without those that it includes itself, part of this scenario.
  void Adopt(std::unique_ptr<ScenarioSyntax> header);

  const Source& source_;
  std::vector<Token> tokens_;
  std::vector<DefineSyntax> defines_;
  bool truncated_;
  const KindLibrary& library_;
  Diagnostics& diagnostics_;
  std::unique_ptr<ScenarioSyntax> scenario_;

  std::size_t position_ = 0;
  bool panic_ = false;
  bool aborted_ = false;
  std::optional<std::size_t> last_failure_;  // token
  int depth_ = 0;
  int operators_ = 0;
  bool in_formula_ = false;  // `->` is an implication
  const Expr* last_parenthesised_ = nullptr;
  std::optional<SourceRange> suspect_brace_;  // a `{` that its `}` does not fit by indentation
  bool misplaced_reported_ = false;
  std::vector<ExprPtr> monitor_values_;  // what initialises members of the monitor, in order
  bool in_object_ = false;
  const bool is_c_;          // a program in C
  const bool has_floating_;  // so is what it includes
  bool is_extern_ = false;   // the declaration that was read last
  std::string in_function_;
  std::map<std::string, const Function*> program_functions_;  // the last declaration of each
  struct ThreadFunction {
    std::string name;
    int64_t count = 0;
    bool is_started = false;  // named where a thread is started
  };
  std::vector<ThreadFunction> thread_functions_;  // in the order in which they are first named
  std::string in_arguments_of_;                   // the function whose arguments are read
  std::vector<std::string> arguments_;            // of `main`, behind its name
  std::set<std::string> stubs_;                   // functions of others that change nothing
  std::map<std::string, int64_t> most_index_;     // of an array: the greatest that is a number
  bool is_verified_ = false;                      // uses the names of SV-COMP
  bool forks_ = false;  // or has one process that asks the kernel for memory or pipes
  std::vector<ForkingProgram> programs_;
  bool starts_any_ = false;        // a thread is started with a function that no name says
  int64_t rounds_ = 1;             // of the loops around, where that can be seen
  std::set<std::string> headers_;  // that were read
  bool include_noted_ = false;

  std::unordered_map<std::string, NameKind> names_;
  struct Undo {
    std::string name;
    std::optional<NameKind> previous;
  };
  std::vector<Undo> undo_;
  std::vector<std::size_t> scopes_;
};

}  // namespace interleave
