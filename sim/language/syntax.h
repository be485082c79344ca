#pragma once
// The syntax tree of a scenario. The parser fills it; the checker (checker.h) resolves names,
// gives every expression its type and inserts implicit conversions in place, which turns it into
// the checked tree that the compiler and the C emitter read.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/language/source.h"
#include "sim/language/types.h"

namespace interleave {

struct Symbol;
struct Function;
struct StructSyntax;
struct EnumSyntax;
struct TypeSyntax;
struct ObjectKind;
struct HeapPool;

enum class ExprKind : uint8_t {
  kInteger,      // value; 5, 'a', 0x1fu; text suffix decides literal_type. Also 1.5: its cell
  kString,       // name: its text; the initialiser of an array of characters, or a value of C
  kName,         // name
  kUnary,        // op, operands[0]
  kBinary,       // op, operands[0..1]; also kLogicalAnd, kLogicalOr, kImplies, kComma
  kAssign,       // op: kAssign or the compound's operator; operands[0] place, operands[1] value
  kIncrement,    // op: kAdd or kSub; is_prefix; operands[0]
  kConditional,  // operands[0..2]
  kCall,   // name; operands: arguments, that of an operation first the object. (produced, consumed,
           // done, waiting, blocked, unwritten, items are calls too, resolved by the checker)
  kIndex,  // operands[0] [ operands[1] ]
  kMember,       // operands[0] . name; is_arrow: -> name. Also P.x and P[i].x
  kCast,         // (type_name) operands[0]; implicit ones are inserted by the checker. op kSub: a
                 // pointer to a member, `id` cells into it, becomes one to the struct around it
  kCompound,     // (type_name) { operands[0]: the list }, of a program in C: a value without a name
  kSizeof,       // operands[0], or type_name; with a name: offsetof (type_name, name)
  kInitializer,  // { operands... }; only in initialisers and `array == {...}`
  kWildcard,     // _ inside {} of a property or expectation
  kChoose,       // choose (operands[0] .. operands[1])
  kQuantifier,   // op kForall, kExists, kCount; name: the variable; operands: from, to, body
  kAtLabel,      // operands[0] (P or P[i]) @ name
  kInSection,    // operands[0] (P or P[i]) in section name
};

enum class Op : uint8_t {
  kNone,
  kAdd,
  kSub,
  kMul,
  kDiv,
  kRem,
  kShl,
  kShr,
  kAnd,
  kOr,
  kXor,
  kEq,
  kNe,
  kLt,
  kLe,
  kGt,
  kGe,
  kLogicalAnd,
  kLogicalOr,
  kImplies,
  kComma,
  kPlus,
  kNegate,
  kBitNot,
  kNot,
  // Conversions to or from a floating type, named after what they convert: any integer but the
  // unsigned ones of 64 bits is a long, whose cell it has.
  kFromLong,
  kFromUnsignedLong,
  kFromFloat,
  kFromDouble,
  kSquareRoot,
  kAddressOf,
  kDereference,
  kAssign,
  kForall,
  kExists,
  kCount,
};

struct Expr;
struct Stmt;
using ExprPtr = std::unique_ptr<Expr>;
using StmtPtr = std::unique_ptr<Stmt>;

// What stands between `<` and `>`: a type or a constant.
struct ObjectArgument {
  std::shared_ptr<TypeSyntax> type;
  std::shared_ptr<Expr> value;
};

// The left part of a declaration, before the declarators.
struct TypeSyntax {
  enum class Base : uint8_t {
    kVoid,
    kBool,
    kChar,
    kSignedChar,
    kUnsignedChar,
    kShort,
    kUnsignedShort,
    kInt,
    kUnsignedInt,
    kLong,
    kUnsignedLong,  // long long is the same
    kFloat,         // kFloat, kDouble: in programs in C
    kDouble,
    kNamed,  // a typedef name, or one of the <stdint.h>/<stddef.h> names
    kStruct,
    kEnum,
    kObject,  // a kind with arguments: queue<int, 4>. One without is kNamed.
    kAtomic,  // _Atomic(T): T is `inner`
  };
  Base base = Base::kInt;
  SourceRange range;
  std::string name;  // kNamed, kObject, kStruct, kEnum (tag, may be empty for a definition)
  std::shared_ptr<StructSyntax> struct_definition;  // struct S { ... } in place
  std::shared_ptr<EnumSyntax> enum_definition;
  std::vector<ObjectArgument> arguments;     // kObject
  std::shared_ptr<TypeSyntax> inner;         // kAtomic
  std::shared_ptr<struct Declarator> array;  // only for type names in programs in C: `int [3]`
  bool is_const = false;
  bool is_atomic = false;    // `_Atomic int`
  int pointers = 0;          // only for type names in casts, sizeof and arguments of kinds: (int *)
  bool is_function = false;  // likewise: `int (*)(void)`
};

struct Declarator {
  SourceRange range;  // of the name
  std::string name;
  int pointers = 0;
  std::vector<ExprPtr> dimensions;  // null element: `[]`
  ExprPtr initializer;              // null: none
  bool is_function = false;         // a pointer to a function
  bool is_variable = false;         // an array whose length is not constant, of a program in C
  ExprPtr width;                    // of a bit-field
  bool is_initialized = false;      // a member of an object whose initialiser gives its value
  Symbol* symbol = nullptr;         // checked
};

struct StructSyntax {
  SourceRange range;
  bool is_union = false;
  struct Field {
    TypeSyntax type;
    std::vector<Declarator> declarators;
  };
  std::vector<Field> fields;
};

struct EnumSyntax {
  SourceRange range;
  struct Item {
    std::string name;
    SourceRange range;
    ExprPtr value;  // null: previous + 1
  };
  std::vector<Item> items;
};

struct Declaration {
  enum class Storage : uint8_t { kLocal, kShared, kSharedAtomic, kGhost, kTypedef };
  Storage storage = Storage::kLocal;  // at file scope kLocal is a constant, or an error
  SourceRange range;
  TypeSyntax type;
  std::vector<Declarator> declarators;  // empty: only declares a struct or an enum
  bool is_thread_local = false;         // of a program in C: each process has its own
};

struct Expr {
  ExprKind kind;
  SourceRange range;
  Op op = Op::kNone;
  SourceRange op_range;  // of the operator or of the name, for diagnostics
  bool is_prefix = false;
  bool is_arrow = false;
  bool is_char_literal = false;
  bool is_expanded = false;  // kInteger, kName: the text has a macro in its place
  bool is_mapped = false;    // an allocation by `mmap`, for all processes
  bool is_named = false;     // likewise, of a shared memory object
  std::string name;
  uint64_t value = 0;             // kInteger
  std::vector<ExprPtr> operands;  // as the kinds say
  std::unique_ptr<TypeSyntax> type_name;
  // An item of a list, in C: `.name = ` or `[index] = ` before it (C17 6.7.9). `.a.b = 1` is a list
  // with one item for `.a`, and `is_partial`: what stands there already keeps its other parts.
  bool is_partial = false;
  std::string designated_member;
  std::unique_ptr<Expr> designated_index;

  // Checked:
  const Type* type = nullptr;  // kInteger: set by the lexer's suffix rules through literal_bits
  uint8_t literal_bits = 32;   // kInteger: 32 or 64, after C's rules for its base and suffix
  bool literal_unsigned = false;
  bool literal_floating = false;
  Symbol* symbol = nullptr;      // kName, kQuantifier, kMember of a process
  Function* function = nullptr;  // kCall of a function or an operation
  int intrinsic = 0;             // kCall: an Intrinsic of checker.h
  int process = -1;              // process templates: P, P[i], P.x, P @ L, P in section S
  int id = 0;                    // label or section number where one is meant
  bool is_method = false;        // kCall: `object.name(...)`, the object being operands[0]
  bool names_object = false;     // kCall of an object's function: operands[0] is the object
  // kCall of what is no name: operands[0] is a pointer to a function, and these may be behind it.
  bool is_indirect = false;
  std::vector<Function*> candidates;
  const HeapPool* pool = nullptr;   // kCall that allocates memory: the blocks it is taken from
  const Type* element = nullptr;    // kCall of memset and the like: what they do it with
  bool is_zeroed = false;           // likewise: they are 0
  std::optional<int64_t> constant;  // set when it is a constant expression
};

enum class StmtKind : uint8_t {
  kEmpty,
  kExpression,
  kDeclaration,
  kBlock,
  kIf,
  kWhile,
  kDo,
  kFor,
  kSwitch,
  kCase,
  kDefault,
  kBreak,
  kContinue,
  kReturn,
  kGoto,
  kLabel,
  kGhost,   // body: what follows `ghost`
  kAtomic,  // body: a block
  kAwait,   // condition
  kSelect,  // alternatives in `body_list`: each a kWhen (condition, body); else in else_body
  kWhen,
  kRepeat,   // condition: the count; body
  kSection,  // name; body: a block
  kStep,
  kAssert,  // condition; text: what is wrong where it fails, or empty
  kAssume,  // condition
  kExit,  // of a program in C: the thread ends, whatever calls are open; condition: its result, or
          // null; step: what the first thread waits for before that
  kCleanup,  // likewise: body; condition: what is called should the thread end in there; step:
             // whether it is called behind it, too
  kLimit,    // condition; in an operation: what the model of an object does not hold any more
};

struct Stmt {
  StmtKind kind;
  SourceRange range;       // whole statement
  SourceRange head_range;  // keyword up to the body: what a trace quotes
  std::string name;        // label, section, goto target
  std::string text;        // kAssert
  SourceRange name_range;
  ExprPtr condition;  // kExpression: the expression; kReturn: the value or null; kCase: the value
  ExprPtr step;       // kFor
  StmtPtr init;       // kFor: kExpression, kDeclaration or null
  StmtPtr body;
  StmtPtr else_body;
  std::vector<StmtPtr> body_list;  // kBlock, kSelect
  bool is_open = false;            // kBlock: what it declares is known behind it
  std::unique_ptr<Declaration> declaration;

  // Checked:
  int id = -1;  // kSection, kLabel: number within its process
};

// Of a program in C: the object whose operations start and join threads.
inline constexpr std::string_view kThePlaces = "the_program";

// What the library's headers have for themselves begins with this.
inline constexpr std::string_view kLibraryPrefix = "library_";

struct Parameter {
  TypeSyntax type;
  Declarator declarator;
};

// In a monitor: the member that locks it, and what stands behind the name of a function whose work
// is done inside.
inline constexpr const char* kMonitorLock = "monitor";
inline constexpr std::string_view kInside = " inside";

// So many calls of a function that calls itself, and has locals whose addresses are taken, may be
// open.
inline constexpr int kOpenCallsWithLocals = 6;

struct Function {
  SourceRange range;
  SourceRange name_range;
  std::string name;
  TypeSyntax return_type;
  int return_pointers = 0;
  std::vector<Parameter> parameters;
  StmtPtr body;               // null: a prototype
  bool is_operation = false;  // of an object: one step
  bool is_of_header = false;  // its text is not the scenario's
  bool is_entry = false;      // of a monitor: what it exports, which locks it
  // Of a program in C: the process that runs it, into ScenarioSyntax::processes; -1: none.
  int process = -1;
  bool keeps_locals = false;  // likewise: see kOpenCallsWithLocals
  int number = 0;             // of a program in C: of the functions that are used as values, from 1

  // As it stands in the text.
  std::string written_name() const {
    return name.ends_with(kInside) ? name.substr(0, name.size() - kInside.size()) : name;
  }

  // Checked:
  std::vector<const Symbol*> outlived;  // of a program in C: its locals with Symbol::alive
  const Type* type = nullptr;           // of the result
  std::vector<Symbol*> parameter_symbols;
  bool has_side_effects = false;  // writes something other than its own locals
  std::string effect;             // the first of them, "this writes `x`"
  SourceRange effect_range;
  std::optional<SourceRange> self;    // where it asks for the number of the process that calls
  const ObjectKind* owner = nullptr;  // of a function of an object
  bool may_block = false;
};

// `object NAME { members; op ... }`: a kind of object, written in the language.
//
// `init` before a member: an initialiser of the object gives its value. A monitor is an object that
// has a mutex for its first member, and two functions for each that is written.
struct ObjectSyntax {
  // In NAME<type T, int n = option (queue_cap)>: a type; or a constant, for which an option of the
  // scenario may stand in.
  struct Parameter {
    SourceRange range;
    std::string name;
    bool is_type = false;
    std::string option;  // empty: none
  };
  SourceRange range;
  SourceRange name_range;
  std::string name;
  std::vector<Parameter> parameters;
  bool is_monitor = false;
  bool hands_over = false;  // of a monitor: a signal gives it to who is woken
  StructSyntax members;
  std::vector<std::unique_ptr<Function>> functions;  // an operation is one step, others are several
};

// What a run without an end owes a process. The terms are those of D. Lehmann, A. Pnueli and J.
// Stavi, "Impartiality, justice and fairness", 1981: weak fairness is justice, strong fairness is
// fairness.
enum class Fairness : uint8_t {
  kUnsaid,
  kNone,    // nothing
  kWeak,    // a step, again and again, if from some point on it always can take one
  kStrong,  // likewise, if it can take one again and again
};

struct ProcessSyntax {
  SourceRange range;
  SourceRange name_range;
  std::string name;
  bool is_daemon = false;
  Fairness fairness = Fairness::kUnsaid;
  ExprPtr count;  // null: one, not an array
  StmtPtr body;
};

// A formula of linear temporal logic, of a property of runs without an end. A. Pnueli, "The
// temporal logic of programs", 1977. Its parts stand in a list, each behind its operands.
struct FormulaPart {
  enum class Kind : uint8_t {
    kTrue,
    kFalse,
    kAtom,   // a condition on the state: `atom`
    kMoved,  // the step that comes is one of `process`
    kNot,
    kAnd,
    kOr,
    kNext,     // X
    kUntil,    // U: the right one comes, and the left one holds until then
    kRelease,  // R: not (not left U not right)
  };
  Kind kind = Kind::kTrue;
  int left = -1, right = -1;  // of the list; kNot, kNext: left alone
  int atom = -1;              // into PropertySyntax::atoms
  int process = -1;           // kMoved: its number among all processes
};
using Formula = std::vector<FormulaPart>;  // the last is the whole

// What each kind is, is said in property_kinds.h.
enum class PropertyKind : uint8_t {
  kInvariant,
  kNever,
  kReachable,
  kFifo,
  kExactlyOnce,
  kSlots,
  kRace,
  kMutualExclusion,
  kTermination,
  kProgress,
  kBoundedWaiting,
  kStarvationFree,
  kEventually,
  kAlwaysEventually,
  kLtl
};

// How one process of those that a property of a section is about is seen: numbers of atoms.
struct SectionMember {
  int process = -1;  // its number among all processes
  int at_entry = -1;
  int inside = -1;
  int done = -1;
  int blocked = -1;  // kBoundedWaiting
};

struct ProcessRef {
  SourceRange range;
  std::string name;
  ExprPtr index;  // null: none
};

struct PropertySyntax {
  PropertyKind kind;
  SourceRange range;
  std::string name;
  SourceRange name_range;
  ExprPtr expression;   // the condition or the array; of kMutualExclusion the checker makes it
  std::string section;  // of a property of a section
  // Of one that is judged on runs without an end.
  Fairness fairness = Fairness::kUnsaid;
  std::vector<ExprPtr> atoms;  // conditions; the checker makes those of a section
  Formula formula;
  SourceRange formula_range;
  std::vector<std::pair<std::size_t, ProcessRef>> movers;  // by part of the formula
  ExprPtr bound;                                           // kBoundedWaiting
  std::string entry = "entry";                             // the label where waiting begins
  std::vector<SectionMember> members;
  std::vector<std::pair<int, int>> remainders;  // process and atom: it may stay where it is
};

struct ScheduleCommand {
  enum class Kind : uint8_t { kRun, kRunUntil, kRunUntilAccess, kStep, kExpect };
  Kind kind;
  SourceRange range;
  ProcessRef process;
  ExprPtr expression;  // kRunUntil, kExpect: condition; kRunUntilAccess: the place; kStep: count or
                       // null
  bool is_write = false;
  std::vector<ExprPtr> choosing;  // kStep
};

struct ScheduleSyntax {
  SourceRange range;
  std::string name;
  SourceRange name_range;
  std::vector<ScheduleCommand> commands;
};

struct ExpectationSyntax {
  enum class Verdict : uint8_t { kHolds, kViolates, kDeadlock, kRace, kError, kIncomplete };
  Verdict verdict = Verdict::kHolds;
  SourceRange range;
  std::string name;  // kViolates: property; kRace: object or empty; kError: index, division, ...
  SourceRange name_range;
  std::optional<uint64_t> steps, states, transitions, depth;
  std::optional<uint64_t> loop;  // `in STEPS+LOOP steps`
  struct Setting {
    SourceRange range;
    std::string name;
    std::string word;  // "statement"; empty: numbers
    ExprPtr from, to;  // to null: one value
  };
  std::vector<Setting> settings;
};

struct OptionSyntax {
  SourceRange range;
  std::string name;
  SourceRange name_range;
  std::string word;  // "statement", "zero", "ring"; empty: a number
  SourceRange value_range;
  ExprPtr number;
  std::vector<ExprPtr> arguments;  // ring (buffer, out, in)
};

struct DefineSyntax {
  std::string name;
  SourceRange range;
  std::string replacement;  // text in force, after --define
};

// One file, declarations in the order of the text.
struct ScenarioSyntax {
  struct Item {
    enum class Kind : uint8_t {
      kDeclaration,
      kFunction,
      kObject,
      kProcess,
      kProperty,
      kSchedule,
      kExpectation,
      kOption
    };
    Kind kind;
    std::size_t index;  // into the list of its kind
  };
  std::vector<Item> items;
  std::vector<std::unique_ptr<Declaration>> declarations;
  std::vector<std::unique_ptr<Function>> functions;
  std::vector<std::unique_ptr<ObjectSyntax>> objects;
  std::vector<std::unique_ptr<ProcessSyntax>> processes;
  std::vector<PropertySyntax> properties;
  std::vector<ScheduleSyntax> schedules;
  std::vector<ExpectationSyntax> expectations;
  std::vector<OptionSyntax> options;
  std::vector<DefineSyntax> defines;
  // What the included headers bring, a tree each; their ranges are not those of this file's text.
  std::vector<std::unique_ptr<ScenarioSyntax>> headers;
  std::string header;  // of the tree of a header: its name
  bool is_c = false;   // a program in C; its processes were made from its functions
  // A program in C that forks, or several programs: each process has all memory of its own but what
  // it maps as shared, and all but the first of each row are not there before somebody forks.
  bool forks = false;
  std::vector<std::string> program_files;  // of several programs, the one with `main` of each
  std::vector<DefineUse> define_uses;
  // Of a program in C: what stands for the lengths of its texts, as written.
  std::vector<std::string> text_lengths;
};

}  // namespace interleave
