#pragma once
// The checker's insides, shared by checker.cc and check_*.cc only.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sim/language/checker.h"

namespace interleave {

inline constexpr int64_t kMaxCells = 65536;
inline constexpr char kNamelessStruct[] = "struct {...}";
// For a process that wants to know what only properties see.
inline constexpr char kOnlySharedHint[] =
    "a process learns of others through shared memory: set a shared variable there";

// Where an expression stands decides what it may do.
enum class Context : uint8_t {
  kPlain,     // a process or a function: reads and writes are accesses
  kGuard,     // await, when: plain, without side effects
  kGhost,     // may read everything, writes ghosts only
  kProperty,  // reads everything, writes nothing
  kSchedule,  // as kProperty, for one run
};

// "a queue", and what to do with one instead of using it as a value.
std::string CalledObject(const Type& type);
std::string AdviceFor(const Type& type);

class Checker {
 public:
  Checker(Scenario& scenario, const OptionOverrides& overrides, const KindLibrary& library,
          Diagnostics& diagnostics);
  void Run();

 private:
  // --- checker.cc
  void DeclareProcess(ProcessSyntax& process);
  void CheckProcessCount();
  // How many processes there will be. An object may need to know before they are declared; then a
  // count that is more than a sum of products of numbers and their names is taken as the most.
  int64_t ProcessesAhead() const;
  void CheckDeferredCalls();
  // What the included headers declare goes into a scope outside that of the file.
  void CheckHeaders();
  void CheckMemorySize();

  // --- check_option.cc
  void CheckOptions();

  // --- check_declaration.cc
  void CheckFileDeclaration(Declaration& declaration);
  void CheckLocalDeclaration(Declaration& declaration);

  Symbol* OneForEach(Symbol& variable);
  // Of a program that forks: the variable becomes part of each process's own memory.
  void MakePrivate(Symbol& variable);
  bool forks() const { return syntax_.forks; }

  // --- check_function.cc
  void CheckFunctionHeader(Function& function);
  void CheckFunctionBody(Function& function);
  void CheckProcess(ProcessSyntax& process);
  void CheckRecursion();

  // --- check_type.cc
  const Type* ResolveType(TypeSyntax& syntax);
  const Type* ResolveNamed(const TypeSyntax& syntax);
  const Type* FindTag(const std::string& tag) const;
  const Type* ResolveStruct(TypeSyntax& syntax);
  // How far the members of a type are laid out.
  struct MemberLayout {
    int64_t cells = 0;
    int64_t bits = 0;
    int64_t alignment = 1;
    bool is_unit_open = false;  // the last of `members` holds bit-fields, and may take more
    std::vector<Member> named;  // what the names mean
    bool has_bit_fields = false;
  };
  // Resolves the members and lays them out. False, after a diagnostic, if they are too many.
  bool LayOutMembers(StructSyntax& definition, const std::string& what, Type& type);
  // Of programs in C: bit-fields to the units that hold them, and the cells of a union.
  void AddBitField(Declarator& declarator, const Type* type, Type& owner, MemberLayout& layout);
  void LayOutUnion(Type& type, MemberLayout& layout);
  const Type* ResolveEnum(TypeSyntax& syntax);
  void RefuseIncomplete(SourceRange range, const Type& type);
  const Type* ApplyDeclarator(const Type* base, Declarator& declarator);

  // --- check_initializer.cc
  // Checks `{...}` or a value against `type`: writes out the braces that were left out, converts
  // each leaf.
  void CheckInitializer(const Type* type, ExprPtr& initializer);
  // From the type of the elements to that of the array.
  void SizeFromInitializer(const Type*& type, Declarator& declarator);
  void InitializeObject(const Type& type, ExprPtr& initializer);
  void FillInitialCells(Symbol& symbol, Expr* initializer);
  void FillCells(const Type* type, Expr& value, std::vector<InitialCell>& cells, std::size_t at);
  const Type* PeekType(const Expr& expr) const;
  bool InitializesWhole(const Type& type, const Expr& value) const;
  std::optional<std::size_t> ItemsFor(const Type& type, const std::vector<ExprPtr>& items,
                                      std::size_t at, int depth) const;
  void GroupItems(const Type& type, Expr& list);

  // --- check_object.cc
  struct Scope;
  static std::string NameWithArguments(const ObjectKind& object, const Scope& bound);
  void DeclareObject(ObjectSyntax& object);
  const Type* ResolveObject(TypeSyntax& syntax);
  // The type of a kind without arguments, or null if there is no kind of this name.
  const Type* ResolveKindName(const TypeSyntax& syntax);
  const Type* Instantiate(const std::string& name, ObjectSyntax* own, const KindSource* kind,
                          std::vector<ObjectArgument>& arguments, SourceRange range);
  bool BindParameters(ObjectKind& object, std::vector<ObjectArgument>& arguments,
                      SourceRange range);
  void CheckMembers(ObjectKind& object, Type& type);
  void CheckObjectFunctions(ObjectKind& object);
  void CheckRealForms(const ObjectKind& object, SourceRange range);
  std::string KindsWith(const std::string& function) const;
  // Whether a call of this name is one of an object's function: then it is checked.
  bool IsObjectCall(ExprPtr& expr);
  const Type* CheckObjectCall(ExprPtr& expr, Function& function);

  // Checks something that sees nothing but `scopes`, and goes on where it was.
  template <typename Work>
  void Apart(std::vector<Scope> scopes, Work work) {
    scopes_.swap(scopes);
    const auto saved = std::make_tuple(context_, function_, process_, flow_, labels_, gotos_,
                                       atomics_, object_, one_past_);
    context_ = Context::kPlain;
    function_ = nullptr;
    process_ = -1;
    object_ = nullptr;
    flow_ = {};
    work();
    std::tie(context_, function_, process_, flow_, labels_, gotos_, atomics_, object_, one_past_) =
        saved;
    scopes_.swap(scopes);
  }

  // --- check_name.cc
  Symbol* Declare(SymbolKind kind, const std::string& name, SourceRange range, const Type* type);
  Symbol* Lookup(const std::string& name) const;
  std::vector<std::string> VisibleNames() const;
  void PushScope() { scopes_.emplace_back(); }
  void PopScope() { scopes_.pop_back(); }
  const Type* CheckName(ExprPtr& expr);

  // --- check_expression.cc
  // The expression as written: a place keeps its array or struct type.
  const Type* CheckExpr(ExprPtr& expr);
  // As a value: arrays become pointers; a scalar, a struct, or void comes out.
  const Type* CheckValue(ExprPtr& expr);
  // As a scalar for a condition.
  void CheckCondition(ExprPtr& expr);
  const Type* CheckInteger(ExprPtr& expr, const char* what);
  // A whole expression of a statement: also finds unsequenced conflicts.
  void CheckFull(ExprPtr& expr);
  void CheckFullCondition(ExprPtr& expr);
  std::optional<int64_t> CheckConstant(ExprPtr& expr, const char* what);
  void Convert(ExprPtr& expr, const Type* to, const char* what);
  const Type* CheckCast(Expr& expr);
  const Type* CheckSizeof(ExprPtr& expr);
  // `offsetof`: the bytes, and where they are wanted the cells and the type of the member.
  const Type* CheckOffset(Expr& expr, int* cells = nullptr, const Type** member = nullptr);
  // Whether a cast leads from a member to the struct around it, as `container_of` does: then it is
  // checked.
  bool IsContainerOf(Expr& cast);
  const Type* CheckCompound(ExprPtr& expr);
  const Type* NameCompound(ExprPtr& expr, ExprPtr& compound);
  const Type* CheckChoose(Expr& expr);
  const Type* CheckPrint(Expr& call);
  const Type* CheckQuantifier(Expr& expr);
  bool in_property() const {
    return context_ == Context::kProperty || context_ == Context::kSchedule;
  }
  const Type* Fail(Expr& expr) { return expr.type = types_.Error(); }
  static ExprPtr Wrap(ExprKind kind, ExprPtr inner, const Type* type);

  // --- check_place.cc
  const Type* CheckIndex(ExprPtr& expr);
  const Type* CheckMember(ExprPtr& expr);
  // The member that an expression names; null: it names none.
  static const Member* NamedMember(const Expr& expr);
  // The member of a struct without a name that a member's name may mean; null: there is none.
  static const Member* NamelessWith(const Type& type, const std::string& name);
  ProcessTemplate* FindProcess(const std::string& name);
  std::string HintForProcess(const std::string& name) const;
  static std::string HintForPlace(const ProcessTemplate& process, const std::string& name);
  // P or P[i] of `expr`; sets its process. Returns the template, or null after a diagnostic.
  bool NamesProcess(const std::string& name, const Symbol* shadow);
  ProcessTemplate* CheckProcessRef(Expr& expr);
  const Type* CheckPosition(Expr& expr);
  bool IsPlace(const Expr& expr) const;
  const Symbol* RootOf(const Expr& place) const;
  Symbol* RootOf(Expr& place) {
    return const_cast<Symbol*>(RootOf(static_cast<const Expr&>(place)));
  }
  static bool IsInSharedMemory(const Symbol* root);
  void NoteWrite(Expr& place, SourceRange range, bool is_plain_assignment);
  void NoteSideEffect(SourceRange range, const std::string& what, const std::string& hint = {});
  // The function under check does more than look. `what`: "this writes `x`".
  void NoteImpure(SourceRange range, const std::string& what);

  // --- check_operator.cc
  const Type* CheckUnary(ExprPtr& expr);
  const Type* CheckBinary(ExprPtr& expr);
  void NumberOfNamedProcess(ExprPtr& side);
  const Type* CheckLogical(Expr& expr);
  const Type* CheckListComparison(Expr& expr);
  const Type* CheckComparison(Expr& expr, const Type* left, const Type* right);
  void WarnIfDecided(SourceRange range, const Expr& variable, const Expr& constant, Op op);
  const Type* CheckAssign(ExprPtr& expr);
  const Type* CheckConditional(Expr& expr);
  void Fold(Expr& expr);

  // --- check_call.cc
  const Type* CheckCall(ExprPtr& expr);
  const Type* CheckIntrinsic(ExprPtr& expr, Intrinsic intrinsic);
  // The function of the library for any type T that a call means; null if there is none.
  const Type* CheckMethod(ExprPtr& expr);
  Symbol* GenericFunction(Expr& call);
  bool CheckArgumentCount(const Expr& call, std::size_t count);

  // --- check_program.cc: programs in C
  // A function as a value: the places that threads have for it.
  const Type* CheckFunctionValue(ExprPtr& expr);
  const Type* CheckIndirectCall(ExprPtr& expr);
  // The functions that calls of what is behind a pointer may mean.
  void FindCandidates();
  // A string literal: a table that nobody writes.
  const Type* CheckString(ExprPtr& expr);
  // Whether a value of one pointer type becomes one of another without a cast (C17 6.3.2.3).
  bool IsVoidPointer(const Type* type) const {
    return type->is_pointer() && type->element->kind == TypeKind::kVoid;
  }
  // Puts the items of a list with designators into the order of the members or elements.
  void OrderDesignated(const Type& type, Expr& list);
  // The address of a local is taken, if it is one, or it is an object.
  void NoteEscape(Symbol* local);
  void ShareEscapedLocals();

  // --- check_lifetime.cc: programs in C
  // Decides whether it is kept whether a local is there. REQUIRES: it has its shadow.
  void FollowLifetime(Symbol& local, const Function& home);

  // --- check_heap.cc: programs in C
  static bool IsAllocation(const std::string& name);
  bool CheckMapping(Expr& e);
  static ExprPtr LibraryCall(const std::string& name, SourceRange range);
  const Type* CheckTruncate(ExprPtr& expr);
  void DecideNamed(Expr& e, const Type& element, int64_t count);
  const Type* CheckAllocation(ExprPtr& expr);
  const Type* CheckFree(ExprPtr& expr);
  const Type* CheckUnmap(ExprPtr& expr);
  void NoteAllocatingCall(Expr& call);
  void DecideAllocation(Expr& allocation, const Type& element);
  void DecideBy(Expr& value, const Type& element);
  void FinishHeap();
  void LengthenTexts();

  // --- check_memory.cc: programs in C
  static bool IsMemoryCall(const std::string& name);
  const Type* CheckMemoryCall(ExprPtr& expr);
  static bool IsTransfer(const std::string& name);
  const Type* CheckTransfer(ExprPtr& expr);

  // --- check_sequencing.cc
  // Named scalars that an expression reads and writes. `pending`: of the writes those that may come
  // after the expression has its value.
  struct Effects {
    std::set<const Symbol*> reads;
    std::set<const Symbol*> writes;
    std::set<const Symbol*> pending;
  };
  void FindConflicts(const Expr& expr);
  void FindConflicts(const Expr& expr, Effects& effects);

  // --- check_statement.cc
  void CheckBody(Stmt& body);
  // What may block stands here; `atomic` has begun, so it is refused.
  void RefuseBlocking(SourceRange range, const std::string& what, bool behind_guard);
  bool MayBlock() const { return flow_.atomic == 0 || flow_.first_of_atomic; }
  // Whether it was refused.
  bool RefuseInGhost(const Stmt& statement, const char* what);
  void CheckStatement(Stmt& statement);
  void CheckLoop(Stmt& loop);
  void CheckSwitch(Stmt& statement);
  void CheckCase(Stmt& statement);
  void CheckDefault(Stmt& statement);
  void CheckReturn(Stmt& statement);
  void CheckGhost(Stmt& statement);
  void CheckAwait(Stmt& statement);
  void CheckSelect(Stmt& select);
  // A condition that checks nothing. Loops are left out: `while (1)` is how one says for ever.
  void WarnIfConstant(const Expr& condition);
  void WarnOfUnusedValue(const Expr& statement);
  void CollectLabels(Stmt& statement);

  // --- check_property.cc
  void CheckProperties();
  ExprPtr Made(ExprKind kind, SourceRange range, std::string name = "") const;
  ExprPtr MadeNumber(int value, SourceRange range) const;
  ExprPtr MadeProcess(const ProcessTemplate& process, ExprPtr index, SourceRange range) const;
  void NoSuchSection(const PropertySyntax& property);
  ExprPtr AtMostOneIn(const PropertySyntax& property);
  void CheckEndlessRuns(PropertySyntax& property);
  std::optional<int> NumberOf(ProcessRef& reference);
  void CheckDrawOption(OptionSyntax& option);
  void CheckGraphOption(OptionSyntax& option);
  void CheckSchedules();
  void CheckExpectations();

  void Error(SourceRange range, std::string message, std::string hint = {}) {
    diagnostics_.Error(range, std::move(message), std::move(hint));
  }

  struct Scope {
    std::unordered_map<std::string, Symbol*> names;
    std::unordered_map<std::string, const Type*> tags;
  };
  // What a `goto` and a `break` may do here.
  struct Flow {
    int loops = 0;
    int switches = 0;
    int atomic = 0;
    int behind_guard = 0;          // alternatives of `select` that are part of the guard's step
    bool first_of_atomic = false;  // the statement under check may block
  };
  // The local whose initialiser is under check; null: none.
  struct Initialized {
    const Symbol* symbol = nullptr;
    const Symbol* outer = nullptr;  // what its name meant before
    bool needs_no_value = false;    // inside `sizeof`
  };
  struct LabelUse {
    std::string name;
    SourceRange range;
    std::vector<const Stmt*> atomics;  // the atomic blocks around it
  };

  Scenario& scenario_;
  ScenarioSyntax& syntax_;
  TypeTable& types_;
  const OptionOverrides& overrides_;
  const KindLibrary& library_;
  Diagnostics& diagnostics_;
  std::vector<Scope> scopes_;
  std::map<std::pair<std::string, const Type*>, Symbol*> generic_functions_;
  Scope headers_;  // outside of all others: the scenario's names win
  Context context_ = Context::kPlain;
  std::set<const Symbol*> conflicts_;  // reported in this full expression
  const Expr* one_past_ = nullptr;     // the operand of `&`: may name the end of its array
  const Expr* addressed_ = nullptr;    // the name whose address a `&` takes
  Initialized initialized_;
  Function* function_ = nullptr;        // in its body
  const ObjectKind* object_ = nullptr;  // in a function of it
  int process_ = -1;                    // in the body of this template
  Flow flow_;
  std::map<std::string, LabelUse> labels_;  // of the function or process under check
  std::vector<LabelUse> gotos_;
  std::vector<const Stmt*> atomics_;
  struct SwitchCases {
    const Type* type;
    std::map<int64_t, SourceRange> values;
    bool has_default = false;
  };
  std::vector<SwitchCases> cases_;
  std::map<const Function*, std::set<Function*>> calls_;
  std::map<int, std::set<Function*>> process_calls_;  // of the templates' own bodies
  struct PureCall {
    const Function* function;
    SourceRange range;
    bool has_process;  // its `self` is that of a process
  };
  std::vector<PureCall> pure_calls_;  // must have no side effects
  struct AtomicCall {
    const Function* function;
    SourceRange range;
    bool behind_guard;
  };
  std::vector<AtomicCall> atomic_calls_;  // must not block
  std::set<const Function*> blocking_;
  std::map<std::string, const Type*> objects_;  // by the name with its arguments
  // Of a program in C:
  struct IndirectCall {
    Expr* expr;
    Function* caller;
    bool is_atomic;
  };
  std::vector<IndirectCall> indirect_calls_;
  struct Allocation {
    Expr* expr;
    const Function* function;  // in which it stands
  };
  std::vector<Allocation> allocations_;  // whose type their text does not say
  int heap_blocks_ = 0;
  int mapped_blocks_ = kMappedFiles;
  bool maps_ = false;         // a program that forks
  int private_blocks_ = 0;    // of a program that forks
  bool in_header_ = false;    // one of the library
  int64_t longest_text_ = 0;  // characters of a string literal
  bool frees_ = false;
  std::vector<Function*> function_values_;       // that are named as values; numbered from 1
  std::set<const Function*> recursive_;          // that may call themselves
  std::vector<Symbol*> escaped_;                 // locals whose address is taken
  std::map<const Symbol*, Expr*> initializers_;  // of locals
  std::map<const Symbol*, Function*> home_;      // the function that declares a local
};

}  // namespace interleave
