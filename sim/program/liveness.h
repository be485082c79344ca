#pragma once
// Program points and what is alive at each: backward data flow over the registers of a process
// (Aho, Sethi, Ullman, "Compilers", 10.6). What is not alive is not in the state.

#include "sim/language/source.h"
#include "sim/program/program.h"

namespace interleave {

class Lowering;

// Fills points, point_of, spill_count and the locals' places of `code`. Warns of variables that may
// be read before they are set and of sections without an access.
void PlacePoints(const Lowering& lowering, ProcessCode& code, Diagnostics& diagnostics);

// Registers an instruction reads and the one it writes, as callbacks over (first, count).
template <class Read, class Write>
void VisitRegisters(const Instruction& i, const Code& code, Read read, Write write) {
  switch (i.opcode) {
    case Opcode::kMove:
    case Opcode::kUnary:
    case Opcode::kConvert:
    case Opcode::kIndex:
    case Opcode::kPeek:
    case Opcode::kLoad:
    case Opcode::kProcessDone:
    case Opcode::kProcessBlocked:
    case Opcode::kProcessWaiting:
    case Opcode::kProcessInSection:
    case Opcode::kProcessAtLabel:
    case Opcode::kIsUnwritten:
    case Opcode::kFork:
      read(i.a, 1U);
      write(i.dst, 1U);
      break;
    case Opcode::kBinary:
    case Opcode::kPointerAdd:
    case Opcode::kPointerSub:
    case Opcode::kChoose:
    case Opcode::kProcessLocal:
      read(i.a, 1U);
      read(i.b, 1U);
      write(i.dst, 1U);
      break;
    case Opcode::kRegisterLoad:
      read(i.a, 1U);
      read(i.c, i.b);
      write(i.dst, 1U);
      break;
    case Opcode::kRegisterStore:  // one of many is written: none is dead for it
      read(i.a, 1U);
      read(i.dst, 1U);
      break;
    case Opcode::kBranchFalse:
    case Opcode::kBranchTrue:
    case Opcode::kPointerCheck:
    case Opcode::kAssert:
    case Opcode::kAssume:
    case Opcode::kProduced:
    case Opcode::kConsumed:
    case Opcode::kBlockUnless:
    case Opcode::kLimit:
    case Opcode::kOperationBegin:
    case Opcode::kHalt: read(i.a, 1U); break;
    case Opcode::kOperationEnd: {
      const OperationUse& use = code.operations[i.b];
      read(i.a, 1U);
      for (uint32_t k = 0; k < use.argument_count; ++k) read(use.arguments[k], 1U);
      read(use.result, 1U);
      break;
    }
    case Opcode::kPointerOrder:
    case Opcode::kPoke:
    case Opcode::kStore:
      read(i.a, 1U);
      read(i.b, 1U);
      break;
    case Opcode::kSelect:
      for (const auto& [reg, target] : code.selects[i.c].alternatives) read(reg, 1U);
      break;
    case Opcode::kJump:
    case Opcode::kEndExpression:
    case Opcode::kAtomicEnd:
    case Opcode::kAtomicBegin:
    case Opcode::kPrint:  // what it prints may be dead
    case Opcode::kStep: break;
  }
}

// Instructions control may go to next.
template <class Visit>
void VisitSuccessors(const Code& code, uint32_t at, Visit visit) {
  const Instruction& i = code.instructions[at];
  switch (i.opcode) {
    case Opcode::kHalt: return;
    case Opcode::kJump: visit(i.c); return;
    case Opcode::kBranchFalse:
    case Opcode::kBranchTrue:
    case Opcode::kFork:
      visit(at + 1);
      visit(i.c);
      return;
    case Opcode::kSelect: {
      const SelectTable& table = code.selects[i.c];
      for (const auto& [reg, target] : table.alternatives) visit(target);
      if (table.else_target >= 0) visit(static_cast<uint32_t>(table.else_target));
      return;
    }
    case Opcode::kMove:
    case Opcode::kBinary:
    case Opcode::kUnary:
    case Opcode::kConvert:
    case Opcode::kIndex:
    case Opcode::kRegisterLoad:
    case Opcode::kRegisterStore:
    case Opcode::kPointerAdd:
    case Opcode::kPointerSub:
    case Opcode::kPointerOrder:
    case Opcode::kPointerCheck:
    case Opcode::kChoose:
    case Opcode::kAssert:
    case Opcode::kAssume:
    case Opcode::kPeek:
    case Opcode::kPoke:
    case Opcode::kProduced:
    case Opcode::kConsumed:
    case Opcode::kEndExpression:
    case Opcode::kAtomicEnd:
    case Opcode::kBlockUnless:
    case Opcode::kLoad:
    case Opcode::kStore:
    case Opcode::kAtomicBegin:
    case Opcode::kPrint:
    case Opcode::kStep:
    case Opcode::kLimit:
    case Opcode::kOperationBegin:
    case Opcode::kOperationEnd:
    case Opcode::kProcessDone:
    case Opcode::kProcessBlocked:
    case Opcode::kProcessWaiting:
    case Opcode::kProcessInSection:
    case Opcode::kProcessAtLabel:
    case Opcode::kProcessLocal:
    case Opcode::kIsUnwritten: visit(at + 1); return;
  }
}

}  // namespace interleave
