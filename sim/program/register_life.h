#pragma once
// Where registers are alive: before which instructions some way on reads a register before it
// writes it (Aho, Sethi, Ullman, "Compilers", 10.6).
//
// A register at a time, backwards from each instruction that reads it, up to those that write it.
// So the work is the size of the answer, whatever the shape of the control flow: most registers are
// temporaries, alive for a few instructions. A table of instructions by registers that is filled
// until nothing changes, as it stands in the book, grows with the square of the program, and once
// more with the jumps that lead backwards.
//
// Tested by tests/register_life_test.cc, against the book's table.

#include <cstdint>
#include <vector>

#include "sim/program/code.h"

namespace interleave {

// Registers that are alive before the instructions begin .. end - 1, whoever reads them.
struct KeptRegisters {
  uint32_t begin, end;
  uint32_t reg, count;
};

class RegisterLife {
 public:
  // Reads of registers in `ignored` do not count. `code` and the lists must outlive this.
  RegisterLife(const Code& code, const std::vector<bool>& ignored,
               const std::vector<KeptRegisters>& kept);

  // To the next register; the first call, to register 0. False behind the last.
  bool Next();
  uint32_t reg() const { return reg_; }
  // The instructions before which it is alive, in no order.
  const std::vector<uint32_t>& alive_before() const { return alive_; }
  bool IsAliveBefore(uint32_t instruction) const { return met_by_[instruction] == reg_; }
  // Instructions looked at so far: the measure of the work.
  uint64_t visits() const { return visits_; }

 private:
  // Instructions begin .. end - 1 want registers first .. last alive before them.
  struct Wanted {
    uint32_t first, last;
    uint32_t begin, end;
  };
  void Want(uint32_t instruction);

  const Code& code_;
  std::vector<Wanted> wanted_;    // by `first`
  std::size_t next_wanted_ = 0;   // the first that begins behind reg_
  std::vector<Wanted> here_;      // those that cover reg_
  std::vector<uint32_t> writes_;  // the register an instruction writes, or kNothing
  std::vector<uint32_t> before_;  // who leads to an instruction: before_[begins_[i]] and on
  std::vector<uint32_t> begins_;
  std::vector<uint32_t> met_by_;  // the last register found alive before an instruction
  std::vector<uint32_t> alive_;   // of reg_; also the list of work
  uint32_t reg_ = UINT32_MAX;
  uint64_t visits_ = 0;
};

}  // namespace interleave
