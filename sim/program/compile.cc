// Lays out the state vector, lowers every process, property and schedule condition.

#include "sim/program/compile.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/program/liveness.h"
#include "sim/program/lower.h"

namespace interleave {
namespace {

constexpr std::size_t kMaxSlots = 65536;

void CollectCellTypes(const Type* type, std::vector<const Type*>& cells) {
  if (type->kind == TypeKind::kArray) {
    for (int64_t i = 0; i < type->count; ++i) CollectCellTypes(type->element, cells);
  } else if (type->has_members()) {
    for (const Member& member : type->members) CollectCellTypes(member.type, cells);
  } else {
    cells.push_back(type);
  }
}

class Compiler {
 public:
  Compiler(const Scenario& scenario, Diagnostics& diagnostics)
      : scenario_(scenario), diagnostics_(diagnostics), program_(std::make_unique<Program>()) {}

  std::unique_ptr<Program> Run() {
    program_->scenario = &scenario_;
    program_->granularity = scenario_.options.granularity;
    program_->local_limit = scenario_.options.local_limit;
    program_->slots.emplace_back();
    program_->initial.push_back(0);
    LayOutObjects();
    if (scenario_.uses_items) {
      program_->items_slot = AddSlot({SlotKind::kItems, -1, -1, scenario_.types.Int(), 0}, 0);
    }
    for (const ProcessTemplate& process : scenario_.processes) LowerTemplate(process);
    if (diagnostics_.has_errors()) return nullptr;
    LayOutProcesses();
    if (program_->slots.size() > kMaxSlots) {
      diagnostics_.Error(
          LargestPart(),
          fmt::format("a state has at most {} cells, with this it has more", kMaxSlots),
          "make arrays smaller, or have fewer processes");
      return nullptr;
    }
    if (scenario_.syntax->forks) {
      LetProcessesComeAndGo(*program_);
      for (int p = 0; p < program_->process_count(); ++p) {
        if (program_->processes[static_cast<std::size_t>(p)].index > 0)
          Place(*program_, Standing::kNotStarted, p, program_->initial.data());
      }
    }
    LowerProperties();
    LowerSchedules();
    LowerDrawing();
    LowerGraphKeys();
    if (diagnostics_.has_errors()) return nullptr;
    return std::move(program_);
  }

 private:
  uint32_t AddSlot(Slot slot, int64_t initial) {
    program_->slots.push_back(slot);
    program_->initial.push_back(initial);
    return static_cast<uint32_t>(program_->slots.size() - 1);
  }

  void LayOutObjects() {
    for (const Symbol* symbol : scenario_.memory) {
      MemoryObject object;
      object.symbol = symbol;
      object.base = static_cast<uint32_t>(program_->slots.size());
      const int number = static_cast<int>(program_->objects.size());
      const Type* element = InnermostElement(symbol->type);
      if (element->kind == TypeKind::kObject && !IsComposite(*element)) {
        object.kind = element->object;
        object.stride = static_cast<uint32_t>(element->cells);
      }
      std::vector<const Type*> cells;
      CollectCellTypes(symbol->type, cells);
      for (std::size_t i = 0; i < cells.size(); ++i) {
        AddSlot({SlotKind::kMemory, number, -1, cells[i], 0}, symbol->initial[i].value);
      }
      object.cells = static_cast<uint32_t>(program_->slots.size()) - object.base;
      AddSlot({}, 0);
      program_->objects.push_back(object);
      if (program_->slots.size() > kMaxSlots) return;
    }
    for (const MemoryObject& object : program_->objects) {
      if (object.symbol->alive == nullptr) continue;
      const MemoryObject& alive = *std::find_if(
          program_->objects.begin(), program_->objects.end(),
          [&](const MemoryObject& other) { return other.symbol == object.symbol->alive; });
      const uint32_t cells = object.cells / alive.cells;
      for (uint32_t i = 0; i < object.cells; ++i) {
        program_->slots[object.base + i].allocated = alive.base + i / cells;
      }
      program_->has_lifetimes = true;
    }
    for (const MemoryObject& object : program_->objects) {
      if (object.symbol->heap_block < 0 || scenario_.allocated == nullptr) continue;
      program_->has_lifetimes = true;
      for (uint32_t i = 0; i < object.cells; ++i) {
        program_->slots[object.base + i].allocated =
            program_->objects.back().base + static_cast<uint32_t>(object.symbol->heap_block);
      }
    }
    if (scenario_.mappings != nullptr) LayOutMappings();
    for (MemoryObject& object : program_->objects) {
      for (std::size_t i = 0; i < object.symbol->initial.size(); ++i) {
        const InitialCell& cell = object.symbol->initial[i];
        if (cell.object == nullptr) continue;
        for (const MemoryObject& target : program_->objects) {
          if (target.symbol == cell.object)
            program_->initial[object.base + i] = target.base + cell.value;
        }
      }
      // The written bits: only where a read before the first write is possible at all.
      const Symbol& symbol = *object.symbol;
      const bool is_object = InnermostElement(symbol.type)->kind == TypeKind::kObject;
      if (symbol.kind != SymbolKind::kShared || is_object || symbol.is_initialized ||
          !symbol.is_read || scenario_.options.unwritten_is_zero) {
        continue;
      }
      object.written_base = static_cast<uint32_t>(program_->slots.size());
      const int number = static_cast<int>(&object - program_->objects.data());
      const std::vector<bool> has_value = CellsWithValue(*symbol.type);
      for (uint32_t i = 0; i < object.cells; ++i) {
        program_->slots[object.base + i].written = AddSlot(
            {SlotKind::kWritten, number, -1, scenario_.types.Bool(), 0}, has_value[i] ? 1 : 0);
      }
    }
  }

  // What processes map. The bytes of regular files are in the kernel's model, and are there while
  // the file has a size.
  void LayOutMappings() {
    program_->has_mappings = true;
    for (const MemoryObject& object : program_->objects) {
      for (uint32_t i = 0; object.symbol->mapping > 0 && i < object.cells; ++i) {
        program_->slots[object.base + i].mapping = static_cast<uint32_t>(object.symbol->mapping);
      }
      const bool is_kernel = object.kind != nullptr && object.kind->name == "kernel";
      const Member* const content = is_kernel ? object.kind->FindMember("content") : nullptr;
      const Member* const size = is_kernel ? object.kind->FindMember("size") : nullptr;
      if (content == nullptr || size == nullptr) continue;
      program_->has_lifetimes = true;
      for (uint32_t n = 0; n < kMappedFiles; ++n) {
        const uint32_t row =
            object.base + static_cast<uint32_t>(content->cell_offset) + n * (kMappedFileSize + 1);
        program_->file_rows.push_back(row);
        for (uint32_t i = 0; i < kMappedFileSize; ++i) {
          program_->slots[row + i].mapping = n + 1;
          program_->slots[row + i].allocated =
              object.base + static_cast<uint32_t>(size->cell_offset) + n + 1;
        }
      }
    }
  }

  void LowerTemplate(const ProcessTemplate& process) {
    program_->codes.emplace_back();
    ProcessCode& code = program_->codes.back();
    Lowering lowering({scenario_, *program_, diagnostics_, scenario_.options.granularity}, code);
    lowering.LowerProcess(process, code);
    if (lowering.too_large()) return;
    PlacePoints(lowering, code, diagnostics_);
  }

  void LayOutProcesses() {
    for (std::size_t t = 0; t < program_->codes.size(); ++t) {
      const ProcessCode& code = program_->codes[t];
      for (int i = 0; i < code.source->count; ++i) {
        const int number = static_cast<int>(program_->processes.size());
        ProcessInstance process;
        process.code = static_cast<int>(t);
        process.index = i;
        process.name = code.source->symbol->name;
        if (code.source->is_array) process.name += fmt::format("[{}]", i);
        process.point_slot = AddSlot({SlotKind::kPoint, -1, number, nullptr, 0}, 0);
        process.spill_base = static_cast<uint32_t>(program_->slots.size());
        for (uint32_t s = 0; s < code.spill_count; ++s)
          AddSlot({SlotKind::kSpill, -1, number, nullptr, 0}, 0);
        process.own_base = static_cast<uint32_t>(program_->slots.size());
        for (uint32_t s = 0; s < code.own_count; ++s) AddSlot({}, 0);
        for (std::size_t o = 0; o < code.own_objects.size(); ++o) {
          std::vector<const Type*> cells;
          CollectCellTypes(code.own_objects[o].symbol->type, cells);
          for (std::size_t c = 0; c < cells.size(); ++c) {
            program_->slots[process.own_base + code.own_objects[o].offset + c] = {
                SlotKind::kOwn, static_cast<int>(o), number, cells[c], 0};
          }
        }
        process.end = static_cast<uint32_t>(program_->slots.size());
        program_->processes.push_back(std::move(process));
        if (program_->slots.size() > kMaxSlots) return;
      }
    }
  }

  // The object or process that contributes most to the state.
  SourceRange LargestPart() const {
    SourceRange range;
    std::size_t most = 0;
    const auto consider = [&](std::size_t cells, SourceRange of) {
      if (cells <= most) return;
      most = cells;
      range = of;
    };
    for (const MemoryObject& object : program_->objects) {
      consider(object.cells * (object.written_base != 0 ? 2 : 1), object.symbol->range);
    }
    for (const ProcessCode& code : program_->codes) {
      consider(static_cast<std::size_t>(code.source->count) * (code.spill_count + code.own_count),
               code.source->symbol->range);
    }
    return range;
  }

  LowerContext Context() {
    return {scenario_, *program_, diagnostics_, scenario_.options.granularity};
  }

  Code Observe(const Expr& expr) {
    Code code;
    Lowering(Context(), code).LowerCondition(expr);
    return code;
  }

  int ObjectOf(const Symbol* symbol) const {
    for (std::size_t i = 0; i < program_->objects.size(); ++i) {
      if (program_->objects[i].symbol == symbol) return static_cast<int>(i);
    }
    return -1;
  }

  void LowerProperties() {
    for (const PropertySyntax& syntax : scenario_.syntax->properties) {
      Property property;
      property.kind = syntax.kind;
      property.name = syntax.name;
      property.range = syntax.range;
      property.section = syntax.section;
      const PropertyRow& row = RowOf(syntax.kind);
      if (row.form == PropertyRow::Form::kArray)
        property.object = ObjectOf(syntax.expression->symbol);
      if (row.is_about_runs()) {
        property.fairness = syntax.fairness;
        for (const ExprPtr& atom : syntax.atoms) property.atoms.push_back(Observe(*atom));
        property.formula = syntax.formula;
        property.members = syntax.members;
        property.remainders = syntax.remainders;
        if (syntax.bound)
          property.bound = static_cast<uint64_t>(syntax.bound->constant.value_or(0));
      }
      if (row.is_condition()) {
        const Expr& e = *syntax.expression;
        property.code = Observe(e);
        const Expr* antecedent = nullptr;
        if (row.demand == PropertyRow::Demand::kAlwaysTrue && e.kind == ExprKind::kBinary) {
          const Expr& left = *e.operands[0];
          if (e.op == Op::kImplies) antecedent = &left;
          if (e.op == Op::kLogicalOr && left.kind == ExprKind::kUnary && left.op == Op::kNot) {
            antecedent = left.operands[0].get();
          }
        }
        // One that a #define decides is a variant of the scenario, not a slip.
        const bool is_variant =
            antecedent != nullptr && antecedent->constant && DependsOnDefine(*antecedent);
        if (antecedent != nullptr && !is_variant) {
          property.antecedent = std::make_unique<Code>(Observe(*antecedent));
          property.antecedent_range = antecedent->range;
        }
      }
      program_->properties.push_back(std::move(property));
    }
  }

  void LowerSchedules() {
    for (const ScheduleSyntax& syntax : scenario_.syntax->schedules) {
      Schedule schedule;
      schedule.name = syntax.name;
      schedule.range = syntax.range;
      for (const ScheduleCommand& command : syntax.commands) {
        ScheduleStep step;
        step.kind = command.kind;
        step.range = command.range;
        step.is_write = command.is_write;
        using Kind = ScheduleCommand::Kind;
        if (command.kind != Kind::kExpect) {
          for (std::size_t p = 0; p < program_->processes.size(); ++p) {
            const ProcessInstance& process = program_->processes[p];
            const ProcessTemplate& source = *program_->CodeOf(static_cast<int>(p)).source;
            const int64_t index =
                command.process.index ? command.process.index->constant.value_or(0) : 0;
            if (source.symbol->name == command.process.name && process.index == index)
              step.process = static_cast<int>(p);
          }
        }
        if (command.kind == Kind::kRunUntil || command.kind == Kind::kExpect)
          step.code = Observe(*command.expression);
        if (command.kind == Kind::kRunUntilAccess) {
          const Expr* root = command.expression.get();
          while (root->kind == ExprKind::kIndex || root->kind == ExprKind::kMember)
            root = root->operands[0].get();
          step.object = ObjectOf(root->symbol);
          step.whole = !command.expression->type->is_scalar();
          if (!step.whole) Lowering(Context(), step.code).LowerAddress(*command.expression);
        }
        if (command.kind == Kind::kStep && command.expression)
          step.count = command.expression->constant.value_or(1);
        for (const ExprPtr& value : command.choosing)
          step.choosing.push_back(value->constant.value_or(0));
        schedule.steps.push_back(std::move(step));
      }
      program_->schedules.push_back(std::move(schedule));
    }
  }

  void LowerDrawing() {
    const DrawOption& draw = scenario_.options.draw;
    if (draw.buffer == nullptr) return;
    program_->drawing.object = ObjectOf(draw.buffer->symbol);
    program_->drawing.out = Observe(*draw.out);
    program_->drawing.in = Observe(*draw.in);
  }

  void LowerGraphKeys() {
    for (const Expr* expr : scenario_.options.graph_by) {
      GraphKey key;
      key.type = expr->type;
      key.range = expr->range;
      if (expr->kind == ExprKind::kName) key.object = ObjectOf(expr->symbol);
      if (key.object < 0) key.code = Observe(*expr);
      program_->graph_by.push_back(std::move(key));
    }
  }

  const Scenario& scenario_;
  Diagnostics& diagnostics_;
  std::unique_ptr<Program> program_;
};

}  // namespace

std::unique_ptr<Program> Compile(const Scenario& scenario, Diagnostics& diagnostics) {
  return Compiler(scenario, diagnostics).Run();
}

}  // namespace interleave
