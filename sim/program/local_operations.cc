#include "sim/program/local_operations.h"

#include <fmt/format.h>

#include <utility>

#include "sim/program/c_text.h"

namespace interleave {
namespace {

bool Fail(RunError* error, ErrorKind kind, std::string message, std::string hint = {}) {
  error->kind = kind;
  error->message = std::move(message);
  error->hint = std::move(hint);
  return false;
}

}  // namespace

const char* ErrorName(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kNone: return "none";
    case ErrorKind::kIndex: return "index";
    case ErrorKind::kDivision: return "division";
    case ErrorKind::kOverflow: return "overflow";
    case ErrorKind::kUnwritten: return "unwritten";
    case ErrorKind::kPointer: return "pointer";
    case ErrorKind::kAssertion: return "assertion";
    case ErrorKind::kDiverges: return "diverges";
    case ErrorKind::kMisuse: return "misuse";
  }
  return "";
}

AddressRange ObjectAt(const Program& program, int64_t address) {
  if (address <= 0 || address > static_cast<int64_t>(program.slots.size())) return {};
  const auto range = [&](const Slot& slot) -> AddressRange {
    if (slot.kind == SlotKind::kMemory) {
      const MemoryObject& object = program.objects[static_cast<std::size_t>(slot.object)];
      if (object.kind != nullptr) {
        for (const uint32_t row : program.file_rows) {
          const AddressRange bytes = {row, row + kMappedFileSize};
          if (address >= bytes.begin && address <= bytes.end) return bytes;
        }
      }
      return {object.base, object.base + object.cells};
    }
    if (slot.kind == SlotKind::kOwn) {
      const ProcessInstance& process = program.processes[static_cast<std::size_t>(slot.process)];
      const OwnObject& object =
          program.CodeOf(slot.process).own_objects[static_cast<std::size_t>(slot.object)];
      const int64_t begin = process.own_base + object.offset;
      return {begin, begin + object.cells};
    }
    return {};
  };
  const auto at = static_cast<std::size_t>(address);
  if (at < program.slots.size() && program.slots[at].kind != SlotKind::kUnused)
    return range(program.slots[at]);
  return range(program.slots[at - 1]);
}

bool FailArithmetic(const Instruction& i, ArithmeticError why, int64_t a, int64_t b,
                    RunError* error) {
  const bool wide = i.type == IntType::kI64 || i.type == IntType::kU64;
  switch (why) {
    case ArithmeticError::kNone: return true;
    case ArithmeticError::kDivision:
      return Fail(error, ErrorKind::kDivision,
                  fmt::format("division by zero: {} {} 0", a, OperatorText(i.op)));
    case ArithmeticError::kShift:
      return Fail(error, ErrorKind::kOverflow,
                  fmt::format("the shift count {} is outside 0 .. {}", b, wide ? 63 : 31));
    case ArithmeticError::kOverflow: break;
  }
  if (IsConversion(i.op)) {
    const double number = i.op == Op::kFromFloat ? RealOf<float>(a) : RealOf<double>(a);
    return Fail(error, ErrorKind::kOverflow,
                fmt::format("{} does not fit into the type {}", number, CName(i.type)),
                "C leaves this undefined; compare it with the bounds of the type before");
  }
  if (i.opcode == Opcode::kUnary) {
    return Fail(error, ErrorKind::kOverflow,
                fmt::format("-({}) does not fit into {}", a, wide ? "a long" : "an int"));
  }
  if (i.op == Op::kShl && a < 0) {
    return Fail(error, ErrorKind::kOverflow,
                fmt::format("{} << {} shifts a negative value left", a, b),
                "C leaves this undefined; multiply instead");
  }
  return Fail(error, ErrorKind::kOverflow,
              fmt::format("{} {} {} does not fit into {}", a, OperatorText(i.op), b,
                          wide ? "a long" : "an int"));
}

bool FailIndex(const Instruction& i, int64_t index, RunError* error) {
  return Fail(error, ErrorKind::kIndex, fmt::format("index {} is outside 0 .. {}", index, i.b - 1));
}

bool ApplyPointerAdd(const Program& program, const Instruction& i, int64_t* r, RunError* error) {
  if (r[i.b] == 0) {
    r[i.dst] = r[i.a];
    return true;
  }
  const AddressRange range = ObjectAt(program, r[i.a]);
  int64_t offset = 0;
  int64_t result = 0;
  if (range.begin == range.end ||
      __builtin_mul_overflow(r[i.b], static_cast<int64_t>(i.c), &offset) ||
      __builtin_add_overflow(r[i.a], offset, &result) || result < range.begin ||
      result > range.end) {
    return Fail(error, ErrorKind::kPointer,
                r[i.a] == 0 ? "arithmetic on a null pointer" : "the pointer leaves its object",
                "a pointer stays between the first cell and one past the last");
  }
  r[i.dst] = result;
  return true;
}

bool ApplyPointerOrder(const Program& program, const Instruction& i, const int64_t* r,
                       RunError* error) {
  const AddressRange a = ObjectAt(program, r[i.a]);
  const AddressRange b = ObjectAt(program, r[i.b]);
  if (a.begin == b.begin && (a.begin != a.end || r[i.a] == r[i.b])) return true;
  return Fail(error, ErrorKind::kPointer, "the two pointers belong to different objects");
}

bool ApplyPointerSub(const Program& program, const Instruction& i, int64_t* r, RunError* error) {
  if (!ApplyPointerOrder(program, i, r, error)) return false;
  r[i.dst] = (r[i.a] - r[i.b]) / static_cast<int64_t>(i.c);
  return true;
}

bool ApplyPointerCheck(const Program& program, const Instruction& i, const int64_t* r,
                       Follower follower, RunError* error) {
  const int64_t address = r[i.a];
  if (address == 0) return Fail(error, ErrorKind::kPointer, "a null pointer is followed");
  if (address == kFarPointer - 1) {
    return Fail(error, ErrorKind::kPointer,
                "the pointer is -1, which `mmap` gives where it fails (MAP_FAILED)",
                "test what the call gave before the memory is used");
  }
  const AddressRange range = ObjectAt(program, address);
  if (address < range.begin || address + i.c > range.end) {
    return Fail(error, ErrorKind::kPointer, "the pointer is one past the end of its object");
  }
  const Slot& slot = program.slots[static_cast<std::size_t>(address)];
  if (slot.kind != SlotKind::kOwn || follower.process < 0) return true;
  if (slot.process != follower.process) {
    return Fail(error, ErrorKind::kPointer,
                "the pointer leads into the private memory of another process",
                "after fork each process has its own copy; put the variable into shared memory");
  }
  const OwnObject& object =
      program.CodeOf(slot.process).own_objects[static_cast<std::size_t>(slot.object)];
  if (follower.at >= object.begin && follower.at < object.end) return true;
  return Fail(error, ErrorKind::kPointer,
              fmt::format("the pointer leads to `{}`, whose block has ended", object.symbol->name));
}

}  // namespace interleave
