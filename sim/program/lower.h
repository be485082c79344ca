#pragma once
// Checked tree to code: one Lowering makes the code of one process template, property or condition.
// Used by compile.cc only.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/language/scenario.h"
#include "sim/program/program.h"
#include "sim/program/register_life.h"

namespace interleave {

// How memory is touched: as accesses of a process, or only looked at (properties, ghosts).
enum class Touch : uint8_t { kAccess, kLook };

// What the lowering of one code needs to know of the rest.
struct LowerContext {
  const Scenario& scenario;
  Program& program;  // layout of objects and, for properties, codes of processes; operations are
                     // added as they are met
  Diagnostics& diagnostics;
  Granularity granularity;
};

// For each cell of a type whether it has a value from the start, as what is in an object has.
std::vector<bool> CellsWithValue(const Type& type);

// Whether some expression of a function's body writes to the variable itself.
bool IsWritten(const Symbol& symbol, const Stmt* body);

class Lowering {
 public:
  Lowering(const LowerContext& context, Code& code);

  // The body of a process, to its kHalt.
  void LowerProcess(const ProcessTemplate& process, ProcessCode& out);
  // An expression that only looks; kHalt with its value.
  void LowerCondition(const Expr& expr);
  // The address of a place; kHalt with it.
  void LowerAddress(const Expr& place);

  // Registers that stand for a named local: not shared with others. REQUIRES: after LowerProcess.
  const std::vector<bool>& is_named() const { return named_; }
  struct SectionRange {
    uint32_t begin, end;
    int section;
    SourceRange range;
  };
  const std::vector<SectionRange>& sections() const { return section_ranges_; }
  // Where a declaration without initialiser sets its registers to 0.
  struct Implicit {
    uint32_t instruction;
    uint32_t reg;
    const Symbol* symbol;
  };
  const std::vector<Implicit>& implicits() const { return implicits_; }
  const std::vector<KeptRegisters>& kept_alive() const { return kept_alive_; }
  bool too_large() const { return too_large_; }

 private:
  // A place that can be read and written.
  struct Place {
    enum class Kind : uint8_t { kRegisters, kRegisterArray, kMemory, kProcessLocal };
    Kind kind = Kind::kRegisters;
    const Type* type = nullptr;
    uint32_t reg = 0;    // kRegisters: first; kRegisterArray: first of the whole array
    uint32_t range = 0;  // kRegisterArray: registers in the whole array
    uint32_t dynamic = kZeroRegister;  // an offset in cells; kMemory: or an address
    uint32_t constant = 0;             // added to it
    uint32_t span = 1;                 // kMemory: cells from `constant` on that it may lead to
    bool is_access = false;            // kMemory: through kLoad and kStore
    bool may_be_own = false;           // kMemory: behind a pointer
    int64_t array = 0;  // kMemory, of a known address: so many elements follow, itself included
    bool is_checked = true;  // kMemory: it is there; otherwise to be checked when it is followed
    const Member* view = nullptr;       // it is a part of a cell, or a cell seen as another type
    std::shared_ptr<const Place> used;  // of a union: the cell that says which member is in use,
    int number = 0;                     // and what it holds while this is
    int process = 0;                    // kProcessLocal: first instance
    uint32_t process_index = kZeroRegister;
    uint32_t local = 0;
  };
  struct Storage {
    enum class Kind : uint8_t { kRegisters, kOwn } kind = Kind::kRegisters;
    uint32_t reg = 0;
    uint32_t offset = 0;
  };
  struct Label {
    int64_t target = -1;
    std::vector<uint32_t> patches;
  };
  // One level of recursion over the tree, for as long as it lives.
  struct Level {
    explicit Level(int& levels) : levels_(levels) { ++levels_; }
    ~Level() { --levels_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    int& levels_;
  };
  struct Jump {  // break, continue
    Label* target;
    int atomic_depth;
  };

  // --- emission (lower_emission.cc)
  uint32_t Emit(Opcode opcode, SourceRange range, uint32_t dst = 0, uint32_t a = 0, uint32_t b = 0,
                uint32_t c = 0);
  uint32_t EmitBinary(Op op, IntType type, SourceRange range, uint32_t a, uint32_t b);
  uint32_t LocationOf(SourceRange range);
  uint32_t NewRegister();
  // The registers hold a value of this type: of a code that forks, which of them are addresses.
  void NoteType(uint32_t first, const Type& type);
  uint32_t NewRegisters(uint32_t count, const std::string& name);
  uint32_t Constant(int64_t value);
  void Bind(Label& label);
  void EmitJump(Label& label, SourceRange range);
  void EmitBranch(Opcode opcode, uint32_t reg, Label& label, SourceRange range);
  void Move(uint32_t dst, uint32_t src, SourceRange range) { Emit(Opcode::kMove, range, dst, src); }
  uint32_t here() const { return static_cast<uint32_t>(code_.instructions.size()); }

  // --- expressions (lower_expression.cc)
  // The first of type->cells registers that hold the value; void: 0.
  uint32_t Value(const Expr& expr);
  uint32_t ValueOf(const Expr& expr);
  void ValueInto(const Expr& expr, uint32_t dst);
  bool IsOneOperation(const Place& place) const;
  uint32_t Assignment(const Expr& expr);
  uint32_t Increment(const Expr& expr);

  // --- places (lower_place.cc)
  Place PlaceFor(const Expr& expr);
  // What a pointer leads to, where that is known: behind `&x`, behind the name of an array, and
  // behind a parameter that stands for such an address.
  std::optional<Place> Target(const Expr& pointer);
  // The element `index` of the array that `pointer` leads to; nothing where it is not known.
  std::optional<Place> TargetElement(const Expr& pointer, const Expr& index);
  uint32_t SpanOnePast(const Place& place, uint32_t cells) const;
  bool IsKnown(const Expr& place) const;
  bool IsAlias(const Expr& pointer) const;
  Place BehindPointer(const Expr& pointer, const Type* type, SourceRange range);
  Place PartOf(const Place& place, const Type* type, int cell_offset) const;
  // `one_past`: the end of the array counts as an element.
  Place Element(Place base, const Expr& index, SourceRange range, bool one_past = false);
  // A member of what `base` is.
  Place MemberOf(const Place& base, const Type& owner, const Expr& expr) const;
  static Place UnitOf(const Place& place);
  // What a cell holds of a member that shares it with others, and the cell with another value of
  // that member.
  uint32_t ValueIn(const Member& view, uint32_t cell, SourceRange range);
  uint32_t ValueOnceWritten(const Member& view, uint32_t value, SourceRange range);
  uint32_t WithValue(const Member& view, uint32_t cell, uint32_t value, SourceRange range);
  // In a union: the member is about to be read; it is the one in use from now on.
  void CheckInUse(const Place& place, SourceRange range);
  void PutInUse(const Place& place, SourceRange range);
  uint32_t Read(const Place& place, SourceRange range);
  uint32_t ReadCell(const Place& place, uint32_t cell, SourceRange range);
  void Write(const Place& place, uint32_t value, SourceRange range);
  // The register to read what was written from.
  uint32_t Written(const Place& place, uint32_t value) const {
    return operation_ != nullptr && place.kind == Place::Kind::kRegisters ? place.reg : value;
  }
  // Inside an operation: lets the last instruction leave its result in `to` instead of `value`.
  bool Redirect(uint32_t value, uint32_t to);
  uint32_t AddressOf(const Place& place, SourceRange range);
  uint32_t AddressOfOperand(const Expr& e, SourceRange range);
  uint8_t AccessFlags(bool may_be_own = false) const;
  void FlagAccess(uint32_t at, const Place& place);

  // --- operators (lower_operator.cc)
  uint32_t Combine(Op op, const Type* left, const Type* right, uint32_t a, uint32_t b,
                   SourceRange range);
  uint32_t Convert(uint32_t reg, const Type* from, const Type* to, SourceRange range);
  // Between pointers and numbers, of programs in C.
  uint32_t ConvertPointer(uint32_t reg, const Type* to, SourceRange range);
  // An error where the pointer leads to what does not hold a `type`.
  void CheckPointee(uint32_t pointer, const Type* type, SourceRange range);
  void Branch(const Expr& expr, Label& if_false);  // falls through when true
  // The truth of a comparison of a parameter in `nulls_` with NULL; nothing for anything else.
  std::optional<bool> TruthOfNull(const Expr& expr) const;
  void BranchIfTrue(const Expr& expr, Label& if_true);
  uint32_t Logical(const Expr& expr);
  uint32_t Quantifier(const Expr& expr);
  uint32_t CompareList(const Expr& expr);

  // --- calls (lower_call.cc)
  uint32_t Call(const Expr& expr);
  // Of what is behind a pointer: the body of each function that may be there, one after the other.
  void SetThere(const Function& function, bool there, SourceRange range);
  uint32_t IndirectCall(const Expr& expr);
  // `arguments`: registers of the values, for each that has no target.
  uint32_t CallOf(const Expr& call, const Function& function, std::size_t first_argument,
                  const std::vector<uint32_t>& arguments,
                  const std::vector<std::optional<Place>>& targets);
  // What stands for an activation of a function that called itself so often that no more is looked
  // at.
  bool MayNotRecur(const Function& function);
  uint32_t TooDeep(const Expr& call, const Function& function);
  // The place whose address is this argument of a call, if the parameter always means that address.
  std::optional<Place> TargetOfArgument(const Expr& argument, const Function& function,
                                        std::size_t number);
  // The body of a function of an object or of the file, in place of a call. Its parameters are
  // bound already.
  uint32_t InlineBody(const Function& function, SourceRange call);
  void Print(const Expr& call);
  uint32_t FirstOfRow() const;
  uint32_t NumberOfCaller(SourceRange range);
  uint32_t IntrinsicCall(const Expr& expr);
  uint32_t Fork(const Expr& expr);
  // The index of a process within its template, whose first process is `first`.
  uint32_t ProcessIndex(const Expr& ref, uint32_t& first);

  // --- operations on objects (lower_object.cc)
  uint32_t ObjectCall(const Expr& expr);
  uint32_t ObjectCallOn(const Expr& expr, const Place& object);
  uint32_t DispatchObjectCall(const Expr& expr, const Place& object);
  // The addresses of the objects of the type `wanted` in what begins at `at`.
  void CollectObjects(const Type& type, uint32_t at, const Type* wanted,
                      std::vector<uint32_t>& places) const;
  // Where all stands that a call does whose body is no text of the scenario.
  CodeLocation CallInText(const Expr& call) const;
  uint32_t ArgumentZero();
  void BindArguments(const Expr& call, std::size_t first, std::vector<uint32_t>& registers,
                     std::vector<std::optional<Place>>& targets);
  uint32_t NumberOfOperation(const Function& function);

  // --- the heap of programs in C (lower_heap.cc)
  uint32_t Allocate(const Expr& expr);
  uint32_t MapNamed(const Expr& expr);
  uint32_t Truncate(const Expr& expr);
  // What `mmap` with MAP_PRIVATE gives: a copy of what stands at the address.
  uint32_t CopyMapping(const HeapPool& pool, uint32_t from, uint32_t cells, SourceRange range);
  // Of a register with PROT_READ and others, what the process may do.
  uint32_t RightsOf(uint32_t protection, SourceRange range);
  void NoteMapping(int mapping, uint32_t rights, SourceRange range);
  void ClearBehind(uint32_t size, const HeapPool& pool, const Symbol& block, SourceRange range);
  uint32_t Unmap(const Expr& expr);
  uint32_t Reallocate(const Expr& expr);
  // The blocks that a call takes one from, where it asks for no more than they have; null, after a
  // diagnostic, where they are not known.
  const HeapPool* PoolFor(const Expr& expr);
  // The address of the first block that is free, which is so no more. Inside `atomic`.
  uint32_t TakeBlock(const HeapPool& pool, bool is_zeroed, SourceRange range);
  // An error where the register is 0.
  void CheckUse(uint32_t holds, const char* text, SourceRange range);
  uint32_t Free(const Expr& expr);
  uint32_t BlockOf(const Symbol& block);  // a register with its address
  Place AllocatedFlag(const Symbol& block);
  // Sets its cells to 0; `is_written`: they count as written.
  void FillBlock(const Symbol& block, bool is_written, SourceRange range);

  // --- memory of programs in C (lower_memory.cc)
  uint32_t SetMemory(const Expr& expr);
  uint32_t CopyMemory(const Expr& expr);
  uint32_t Transfer(const Expr& expr);
  void BetweenBytes(const Expr& transfer, uint32_t memory, uint32_t count);
  Place Elements(const Expr& pointer, const Type& element, int64_t count);
  static int64_t OfEqualBytes(int64_t byte, const Type& type);
  uint32_t ForEachElement(const Expr& expr,
                          const std::function<void(const Place&, const Place&)>& work);

  // --- statements (lower_statement.cc)
  void Statement(const Stmt& statement);
  void Declare(const Symbol& symbol, const Expr* initializer, SourceRange range);
  void DeclarePrivates();
  // Of an array of a program in C whose length is not constant.
  void CheckVariableLength(const Declarator& declarator);
  Place PlaceOfSymbol(const Symbol& symbol);
  Place PlaceInShadow(const Symbol& local);
  void Initialize(const Place& place, const Type* type, const Expr* initializer, SourceRange range);
  void InitializeUnion(const Place& place, const Type& type, const Expr* list, SourceRange range);
  void EndExpression(SourceRange range);
  void EnterAtomic(SourceRange range);
  void LeaveAtomicTo(int depth, SourceRange range);
  void LeaveAtomic(SourceRange range);
  void Select(const Stmt& statement);
  void Exit(const Stmt& statement);
  void Loop(const Stmt& statement);
  void Switch(const Stmt& statement);
  void CollectCases(const Stmt& statement, std::vector<const Stmt*>& cases);
  void CollectLabelDepths(const Stmt& statement, int depth);
  void CloseScope(std::size_t mark);

  const Scenario& scenario_;
  Program& program_;
  Diagnostics& diagnostics_;
  const Granularity granularity_;
  Code& code_;
  ProcessCode* process_code_ = nullptr;
  const ProcessTemplate* process_ = nullptr;
  Touch touch_ = Touch::kAccess;
  SourceRange statement_;
  int atomic_depth_ = 0;
  int inline_depth_ = 0;
  std::map<int64_t, uint32_t> constants_;
  std::vector<bool> named_;
  std::map<const Symbol*, Storage> storage_;
  std::map<const Symbol*, std::size_t> locals_;  // into ProcessCode::locals
  // Parameters that nobody changes, with the place whose address they were called with.
  std::map<const Symbol*, Place> aliases_;
  std::set<const Symbol*> nulls_;  // parameters that nobody changes and that are NULL here
  std::vector<Jump> breaks_;
  std::vector<Jump> continues_;
  std::map<std::string, Label>* labels_ = nullptr;
  std::map<std::string, int>* label_depths_ = nullptr;
  // Of the object's function that is being inlined:
  Place object_;
  bool in_function_ = false;                 // inside a function of several steps of the library
  std::optional<CodeLocation> object_call_;  // all that is inside an object's function stands there
  uint32_t argument_zero_ = 0;               // a register that holds 0; 0: not yet
  const Operation* operation_ = nullptr;     // null: not inside an operation
  bool operation_in_atomic_ = false;
  // Of the function being inlined:
  int inlined_call_ = -1;  // into Code::calls; -1: none
  Label* return_label_ = nullptr;
  uint32_t return_registers_ = 0;
  int return_depth_ = 0;
  // Of the function that a thread of a program in C runs:
  struct ThreadEnd {
    Label* label = nullptr;
    uint32_t registers = 0;
    int depth = 0;
    const Function* function = nullptr;
  };
  ThreadEnd thread_end_;
  Label* process_end_ = nullptr;       // of the process's own text
  std::vector<const Stmt*> cleanups_;  // the kCleanup around, those of the callers first
  std::map<const Stmt*, Label> case_labels_;
  struct OpenScope {
    const Symbol* symbol;
    uint32_t begin;
  };
  std::vector<OpenScope> open_scopes_;
  std::vector<SectionRange> section_ranges_;
  std::vector<Implicit> implicits_;
  std::vector<KeptRegisters> kept_alive_;
  std::vector<int> atomic_labels_;  // labels passed inside the open atomic block
  bool too_large_ = false;
  uint32_t last_bound_ = UINT32_MAX;  // the instruction that some jump was last said to lead to
  const HeapPool* pool_ = nullptr;    // for memory whose type the caller says
  std::map<const Function*, int> active_;  // the bodies that are being inlined
  int levels_ = 0;  // of recursion: the parser bounds them in one function, Call over all of them
};

}  // namespace interleave
