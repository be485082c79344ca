// Instruction by instruction: a register is a `long` of C, an instruction one statement, a jump a
// goto, so that where a process stands and what is alive there are the program's own. Operators are
// C's, on operands of C's types; what is undefined in C is caught before (C17 6.5, gcc's checked
// built-ins), and reported as the interpreter does.
//
// Tested by tests/real_world_test.cc: every step of scenarios and random programs is compared with
// the interpreter's.

#include "sim/program/emit_c.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/program/emit_c_private.h"
#include "sim/program/stepper.h"
#include "sim/program/turn_block.h"

namespace interleave {

CEmitter::CEmitter(const Program& program, const ByteLayout& layout, const EmitOptions& options)
    : program_(program),
      layout_(layout),
      options_(options),
      locked_(LockedObjects(program)),
      any_locked_(std::find(locked_.begin(), locked_.end(), true) != locked_.end()),
      real_kinds_(RealKinds(program)),
      is_real_(options.mode == EmitMode::kFree ? RunsFreeOnRealThing(program)
                                               : TakesTurnsOnRealThing(program)) {}

std::string CEmitter::Run() {
  Line("{}", kTurnBlockText);
  if (is_free()) Line("#define IL_FREE 1");
  // Plain accesses of the generic functions; typed ones name their order.
  Line("#define IL_ORDER {}", options_.relaxed ? "__ATOMIC_RELAXED" : "__ATOMIC_SEQ_CST");
  Line("#define IL_BYTES {}", layout_.bytes);
  if (!is_free()) Line("static char il_undo[IL_BYTES];");
  Tables();
  text_ += kCRuntime;
  text_ += kRealsInC;
  for (std::size_t k = 0; k < real_kinds_.size(); ++k) {
    Line("extern void il_real_{}_form(void *, int, int, struct il_real *);", k);
    Line("extern void il_real_{}_observe(void *, struct il_observation *);", k);
  }
  for (std::size_t c = 0; c < program_.codes.size(); ++c) Process(static_cast<int>(c));
  Line("int il_run(struct il *il, unsigned process) {{");
  Line("  switch (process) {{");
  for (int p = 0; p < program_.process_count(); ++p) {
    Line("    case {}: return il_process_{}(il);", p,
         program_.processes[static_cast<std::size_t>(p)].code);
  }
  Line("  }}");
  Line("  return 1;");
  Line("}}");
  Line("const unsigned long il_sizes[] = {{sizeof (struct il_turn), sizeof (struct il_free),");
  Line("  sizeof (struct il), sizeof (struct il_outcome), sizeof (struct il_mark)}};");
  return std::move(text_);
}

void CEmitter::Process(int number) {
  code_ = &program_.codes[static_cast<std::size_t>(number)];
  const std::size_t n = code_->instructions.size();
  ghosts_ = GhostStatements(*code_);
  may_block_ = std::any_of(code_->instructions.begin(), code_->instructions.end(), MayBlock);
  uses_array_ =
      std::any_of(code_->instructions.begin(), code_->instructions.end(), [](const Instruction& i) {
        return i.opcode == Opcode::kRegisterLoad || i.opcode == Opcode::kRegisterStore;
      });
  const std::vector<bool> is_target = JumpTargets(*code_);
  Line("");
  Line("static int il_process_{}(struct il *il) {{", number);
  if (uses_array_) {
    Line("  long r[{}] = {{0}};", code_->register_count);
  } else {
    for (uint32_t r = 0; r < code_->register_count; ++r) {
      Line("  __attribute__((unused)) long r{} = 0;", r);
    }
  }
  Line("  long own[{}] = {{0}};", code_->own_count + 1);
  Line("  __attribute__((unused)) int may_access = 0;");
  if (is_free()) {
    Line("  __attribute__((unused)) long il_kept[{}];", code_->spill_count + code_->own_count + 1);
  } else {
    Line("  int trying = 0;");
    Line("  __attribute__((unused)) int il_made = 0;");  // operations of this step on real things
  }
  Line("  il->own = own;");
  Line("  {} = il->self;", R(kSelfRegister));
  Line("  {} = il->own_base;", R(kFrameRegister));
  for (const auto& [reg, value] : code_->constants) {
    if (reg != kZeroRegister) Line("  {} = {};", R(reg), CLiteral(value));
  }
  for (uint32_t at = 0; at < n; ++at) {
    at_ = at;
    const Instruction& i = code_->instructions[at];
    if (is_target[at]) Line("I{}:;", at);
    RealFunctions();
    Emit(i);
  }
  Line("IL_ended:;");
  if (is_free()) {
    Line("  if (il->has_lock) il_drop_lock(il);");
    Line("  return 0;");
  } else {
    Line("  if (trying) {{ il->turn->status = IL_OPEN; goto IL_undo; }}");
    // What it was before the step stays reported; nothing but the end can come.
    if (std::find(is_real_.begin(), is_real_.end(), true) != is_real_.end()) {
      Line("IL_differs: __attribute__((unused));");
    }
    Line("  for (;;) il_hand_over(il);");
    Undo();
  }
  Line("}}");
}

std::string CEmitter::Fail(const Instruction& i, ErrorKind kind) const {
  if (is_free()) {
    if (in_ghost(i)) return fmt::format("{{ {} = 0; }}", R(i.dst));
    return fmt::format(
        "{{ il->outcome->status = IL_ERROR; il->outcome->error = {}; il->outcome->error_at = {}; "
        "goto IL_ended; }}",
        static_cast<int>(kind), at_);
  }
  return fmt::format(
      "{{ il->turn->status = IL_ERROR; il->turn->error = {}; il->turn->error_at = {}; goto "
      "IL_ended; }}",
      static_cast<int>(kind), at_);
}

std::string CEmitter::End(const char* status) const {
  return fmt::format("{{ il->{}->status = {}; goto IL_ended; }}", is_free() ? "outcome" : "turn",
                     status);
}

void CEmitter::Jump(uint32_t target, const std::string& condition) {
  const std::string go = fmt::format("goto I{};", target);
  std::string text = go;
  if (target <= at_) {
    text = is_free()
               ? fmt::format("{{ if (IL_UNLIKELY(il_abandoned(il))) {} {} }}", End("IL_STUCK"), go)
               : fmt::format("{{ if ((il->work += {}) > {}) {} {} }}", at_ + 1 - target,
                             program_.local_limit, End("IL_LOCAL_LIMIT"), go);
  }
  Line("  {}{}", condition, text);
}

LocalFailures CEmitter::FailuresOf(const Instruction& i) const {
  return {Fail(i, ErrorKind::kOverflow), Fail(i, ErrorKind::kDivision), Fail(i, ErrorKind::kIndex)};
}

bool CEmitter::Plant(EmitFault fault) {
  if (options_.fault != fault || planted_) return false;
  planted_ = true;
  return true;
}

void CEmitter::Local(const Instruction& i) {
  const auto text = LocalInC(
      i, [this](uint32_t reg) { return R(reg); }, FailuresOf(i));
  Line("  {}", *text);
}

void CEmitter::Choose(const Instruction& i) {
  Line("  if ({} > {}) {}", R(i.a), R(i.b), Fail(i, ErrorKind::kIndex));
  Line("  if ((unsigned long){} - (unsigned long){} > 65535ul) {}", R(i.b), R(i.a),
       End("IL_LOCAL_LIMIT"));
  if (is_free()) {
    Line("  il->random = il->random * 6364136223846793005ul + 1;");
    Line("  {} = {} + (long)((il->random >> 33) % (unsigned long)({} - {} + 1));", R(i.dst), R(i.a),
         R(i.b), R(i.a));
  } else {
    const bool is_real = real_.use != nullptr;
    if (is_real) Line("  if (!trying && !il->real.called) {}", CallReal(true));
    Line("  {{ long way = il_decide{}(il, (unsigned)({} - {} + 1), {});", is_real ? "_real" : "",
         R(i.b), R(i.a), R(i.a));
    if (is_real) {
      Line("    if (way == -3) {}",
           Differ("IL_DIFFERS_CHOICE", "il->real.choice[il->real.used - 1]"));
    }
    Line("    if (way == -1) {}", End("IL_LOCAL_LIMIT"));
    Line("    if (way < 0) {}", End("IL_NOT_DECIDED"));
    Line("    {} = {} + way;", R(i.dst), R(i.a));
    if (!IsQuiet(i)) Line("    il_event(il, IL_EV_CHOSE, 0, {}, 0);", R(i.dst));
    Line("  }}");
  }
}

void CEmitter::Mark(const Instruction& i) {
  const bool produced = i.opcode == Opcode::kProduced;
  const char* kind = produced ? "IL_EV_PRODUCED" : "IL_EV_CONSUMED";
  if (is_free()) {
    Line("  il_mark(il, {}, {});", kind, R(i.a));
    return;
  }
  if (program_.items_slot != 0) {
    Line("  *(int *)(il->memory + {}) {} 1;", layout_.offset_of[program_.items_slot],
         produced ? "+=" : "-=");
  }
  Line("  il_event(il, {}, 0, {}, 0);", kind, R(i.a));
}

void CEmitter::Emit(const Instruction& i) {
  StopAt(i);
  const bool ghost_free = is_free() && in_ghost(i);
  switch (i.opcode) {
    case Opcode::kMove:
    case Opcode::kBinary:
    case Opcode::kUnary:
    case Opcode::kConvert:
    case Opcode::kIndex:
    case Opcode::kRegisterLoad:
    case Opcode::kRegisterStore: Local(i); break;
    case Opcode::kJump: Jump(i.c, ""); break;
    case Opcode::kBranchFalse: Jump(i.c, fmt::format("if ({} == 0) ", R(i.a))); break;
    case Opcode::kBranchTrue: Jump(i.c, fmt::format("if ({} != 0) ", R(i.a))); break;
    case Opcode::kPointerAdd:
      Line("  if (!il_pointer_add({}, {}, {}, &{})) {}", R(i.a), R(i.b), i.c, R(i.dst),
           Fail(i, ErrorKind::kPointer));
      break;
    case Opcode::kPointerSub:
    case Opcode::kPointerOrder:
      Line("  if (!il_same_object({}, {})) {}", R(i.a), R(i.b), Fail(i, ErrorKind::kPointer));
      if (i.opcode == Opcode::kPointerSub) {
        Line("  else {} = ({} - {}) / {};", R(i.dst), R(i.a), R(i.b), i.c);
      }
      break;
    case Opcode::kPointerCheck:
      Line("  if (!il_may_follow(il, {}, {}, {})) {}", R(i.a), i.c, at_,
           Fail(i, ErrorKind::kPointer));
      break;
    case Opcode::kChoose: Choose(i); break;
    case Opcode::kAssert:
      if (!ghost_free)
        Line("  if ({} == 0) {}", R(i.a),
             Fail(i, i.b == 0 ? ErrorKind::kAssertion : ErrorKind::kMisuse));
      break;
    case Opcode::kAssume:
      if (!ghost_free) Line("  if ({} == 0) {}", R(i.a), End("IL_CUT"));
      break;
    case Opcode::kPeek:
    case Opcode::kPoke: PeekOrPoke(i); break;
    case Opcode::kProduced:
    case Opcode::kConsumed: Mark(i); break;
    case Opcode::kEndExpression: Line("  may_access = 0;"); break;
    case Opcode::kAtomicBegin: BeginAtomic(); break;
    case Opcode::kAtomicEnd: EndAtomic(); break;
    case Opcode::kBlockUnless: Gate(fmt::format("{} == 0", R(i.a)), atomic_begin_); break;
    case Opcode::kSelect: Select(i); break;
    case Opcode::kLoad: Load(i); break;
    case Opcode::kStore: Store(i); break;
    case Opcode::kStep:
      if (!is_free()) {
        Line("  il_event(il, IL_EV_STEP, 0, 0, 0);");
        Line("  {}", GoOn());
      }
      break;
    case Opcode::kPrint: break;
    case Opcode::kFork: assert(false && "real processes do not fork yet"); break;
    case Opcode::kOperationBegin: OperationBegin(i); break;
    case Opcode::kOperationEnd: OperationEnd(i); break;
    case Opcode::kLimit: Line("  if ({} == 0) {}", R(i.a), End("IL_OBJECT_LIMIT")); break;
    case Opcode::kHalt:
      if (is_free()) {
        Line("  goto IL_ended;");
      } else {
        Stand(0, "  ");
        Line("  goto IL_ended;");
      }
      break;
    case Opcode::kProcessDone:
    case Opcode::kProcessBlocked:
    case Opcode::kProcessWaiting:
    case Opcode::kProcessInSection:
    case Opcode::kProcessAtLabel:
    case Opcode::kProcessLocal:
    case Opcode::kIsUnwritten: break;  // in properties only
  }
}

std::string EmitC(const Program& program, const ByteLayout& layout, const EmitOptions& options) {
  return CEmitter(program, layout, options).Run();
}

}  // namespace interleave
