#pragma once
// A checked scenario: the syntax tree with names resolved and types set, and the lists that later
// stages walk. Made by Check (checker.h).

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/language/syntax.h"
#include "sim/language/types.h"
#include "sim/objects/kinds.h"

namespace interleave {

enum class SymbolKind : uint8_t {
  kShared,    // shared memory, queues
  kGhost,     // a ghost at file scope
  kTable,     // a const aggregate at file scope: memory that nobody can write
  kLocal,     // of a process or a function; is_ghost for a ghost declared in a body
  kConstant,  // an enumerator, or a const integer with a constant initialiser
  kFunction,
  kProcess,
  kTypedef,
  kBound,       // the variable of forall, exists, count
  kField,       // a member of an object, inside its own functions
  kObjectKind,  // what `object NAME { ... }` declares
};

// The value of one cell at the start. A pointer's value is an object and a cell in it.
struct InitialCell {
  int64_t value = 0;
  const Symbol* object = nullptr;  // not null: the address of cell `value` of it
};

// Behind the name of a local of a program in C: whether it is there (Symbol::alive).
inline constexpr std::string_view kIsThere = " is there";

// In a program in C a number may stand in a pointer. It lies this far above all addresses there, so
// that nobody can follow it and it is never equal to an address.
inline constexpr int64_t kFarPointer = int64_t{1} << 40;

struct Symbol {
  SymbolKind kind = SymbolKind::kLocal;
  std::string name;
  SourceRange range;
  const Type* type = nullptr;
  bool is_const = false;
  bool is_ghost = false;
  bool is_atomic = false;       // shared atomic: takes no part in races
  bool is_initialized = false;  // has an initialiser
  bool is_address_taken = false;
  bool is_mentioned = false;  // kLocal: a property reads it, so it stays alive in its scope
  bool is_read = false;       // kShared: somebody reads it
  bool is_of_kind = false;    // kConstant: a parameter of a kind of object
  bool is_of_define = false;  // kConstant: a #define takes part in its value
  int process = -1;           // kProcess: its number; kLocal: the process it is declared in, or -1
  Function* function = nullptr;
  ObjectSyntax* object = nullptr;  // kObjectKind
  int field = 0;                   // kField: into the members of the object's type
  // kLocal, of a program in C: its address may be known to other processes, so it is in `shadow`, a
  // shared object: one for the process, or one for each of a template or of all, by number. Of that
  // object: whose elements are copied when a process forks.
  enum class SharedBy : uint8_t { kOne, kSelf, kMe };
  Symbol* shadow = nullptr;
  const Function* home = nullptr;  // it calls itself, and there is one for each call that is open
  SharedBy shared_by = SharedBy::kOne;
  // Likewise, of one that may be used after its function has returned, and of its shadow: whether
  // it is there (check_lifetime.cc). Null: it is not asked.
  Symbol* alive = nullptr;
  int heap_block = -1;         // a block of memory that `malloc` gives; its number
  bool is_of_segment = false;  // kShared: of a shared memory object, which may have no size yet
  int mapping = 0;             // of what processes map: into Scenario::mappings; 0: nobody asks
  std::optional<int64_t> constant;
  std::vector<InitialCell> initial;  // kShared, kGhost, kTable: one a cell
};

// The blocks of memory for one type of what is in them, of a program in C.
struct HeapPool {
  const Type* element = nullptr;
  int64_t count = 1;            // elements of a block
  bool is_length_known = true;  // else what is asked for is no constant
  bool is_mapped = false;       // by `mmap`, for all processes
  bool is_named = false;        // blocks are those of shared memory objects, by their numbers
  std::vector<Symbol*> blocks;
};

// Shared memory objects that a run can make.
inline constexpr int kMostSegments = 4;

// Regular files that a run can have at a time, and the bytes of each, as the kernel's model has
// them. Of mappings the numbers from 1 on are theirs.
inline constexpr int kMappedFiles = 6;
inline constexpr int kMappedFileSize = 64;

// What a process may do with what it mapped, and how often it is mapped (from kOne on).
struct Mapping {
  static constexpr int64_t kReads = 1;
  static constexpr int64_t kWrites = 2;
  static constexpr int64_t kIsThere = 4;
  static constexpr int64_t kTakenAway = 8;
  static constexpr int64_t kOne = 16;
};

struct NamedPlace {
  std::string name;
  SourceRange range;
  bool is_mentioned = false;  // by a property or schedule
};

// Elements of what has a length that is not known when a program in C is compiled.
inline constexpr int64_t kUnknownElements = 16;

// What `process name[count] { ... }` declares.
struct ProcessTemplate {
  const ProcessSyntax* syntax = nullptr;
  Symbol* symbol = nullptr;
  int count = 1;
  bool is_array = false;
  bool is_daemon = false;
  Fairness fairness = Fairness::kUnsaid;
  std::vector<Symbol*> locals;  // in the order of declaration; functions' locals are not here
  std::vector<NamedPlace> labels;
  std::vector<NamedPlace> sections;
};

// A kind of object with its arguments, such as `queue<int, 4>`: checked once for each list of them.
struct ObjectKind {
  std::string name;                  // "queue"
  const KindSource* kind = nullptr;  // of the library; null: the scenario's own
  ObjectSyntax* syntax = nullptr;
  std::unique_ptr<ScenarioSyntax> library;  // owns the syntax of a library's kind
  const Type* type = nullptr;
  std::vector<int> initialized;              // members that an initialiser gives, in order
  std::map<std::string, int64_t> constants;  // its constant parameters, and "..._is_given"
  std::map<std::string, const Type*> types;  // its parameters that are types

  // The function of this name or spelling; null if there is none.
  Function* FindFunction(std::string function) const;
  // The member of this name, or null.
  const Member* FindMember(const std::string& member) const;
  // What people read about an operation; null where the kind has no words for it.
  const OperationWords* WordsOf(const std::string& operation) const {
    return kind == nullptr ? nullptr : kind->WordsOf(operation);
  }
};

// The calls that the language knows by itself. Expr::intrinsic holds one of these, as an int.
enum class Intrinsic : int {
  kNone,
  kProduced,
  kConsumed,
  kItems,
  kSelf,
  kMe,        // in an object's function: 1 + the number of the process among all
  kOwner,     // likewise: of the process whose thread this is; in a program that forks, `me`
  kRowBegin,  // likewise: of the first process of its row
  kRowEnd,    // and behind its last
  kDone,
  kWaiting,
  kBlocked,
  kUnwritten,
  kAllocate,    // malloc, calloc
  kReallocate,  // realloc: the size, then the block
  kFree,
  kUnmap,       // munmap; the last operand is the call of what sets errno
  kProtect,     // mprotect, likewise
  kSetMemory,   // memset, bzero
  kCopyMemory,  // memcpy, memmove
  kFork,        // of the library: process x - 1 becomes a copy of the caller
  kPrint,       // of the library: a character; or a text, and perhaps a conversion and a value
  kTruncate,    // ftruncate: the call of the library's function
  kTransfer,    // read, write: the call of the library's function, the memory, `library_bytes`
};

enum class Granularity : uint8_t { kAccess, kStatement };

struct DrawOption {
  const Expr* buffer = nullptr;  // null: no drawing asked for
  const Expr* out = nullptr;
  const Expr* in = nullptr;
};

struct ScenarioOptions {
  Granularity granularity = Granularity::kAccess;
  bool unwritten_is_zero = false;
  int outstanding = 64;             // items a fifo or exactly_once observer holds
  int queue_cap = 64;               // items of an unbounded queue
  int pipe_size = 0;                // bytes that a pipe of the kernel holds; 0: as many as it can
  int pipe_buf = 0;                 // bytes that are written to it at once; 0: all
  int heap = 8;                     // blocks of each type that `malloc` gives at a time
  int64_t local_limit = 1'000'000;  // local operations in one step
  Fairness fairness = Fairness::kWeak;  // of processes and properties that say nothing
  DrawOption draw;
  std::vector<const Expr*> graph_by;  // what a reader of the state graph wants to tell apart
};

struct Scenario {
  std::unique_ptr<ScenarioSyntax> syntax;
  TypeTable types;
  std::vector<std::unique_ptr<Symbol>> symbols;    // owns all
  std::vector<std::unique_ptr<ObjectKind>> kinds;  // in the order of their first use
  std::vector<Symbol*> memory;  // kShared, kGhost, kTable, in the order of declaration
  std::vector<ProcessTemplate> processes;
  std::vector<std::unique_ptr<HeapPool>> pools;  // of a program in C
  // Of a program that forks: which blocks of each process's own heap are; null: there is none.
  const Symbol* privates_allocated = nullptr;
  const Symbol* mappings = nullptr;  // likewise: what it may do with what it mapped (Mapping)
  // Likewise: variables that each process has for itself from its start to its end.
  std::vector<Symbol*> privates;
  const Symbol* allocated = nullptr;  // which blocks of them are; null: there is no heap
  ScenarioOptions options;
  bool uses_items = false;  // a property or ghost reads the count of outstanding items
  SourceRange first_mark;   // of the first produced or consumed, if any
  bool has_marks = false;
  const Type* item_type = nullptr;  // of the first mark's argument: how items are written
};

// Whether a #define takes part in the value: another `--define`, and a condition that is constant
// today is decided otherwise.
bool DependsOnDefine(const Expr& expr);

// option NAME -> word or number, as `expect ... for NAME = ...` and the command line give them.
using OptionOverrides = std::map<std::string, std::string>;

}  // namespace interleave
