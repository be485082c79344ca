#include "sim/program/emit_real.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/program/c_text.h"
#include "sim/program/turn_block.h"

namespace interleave {
namespace {

// What the text of real.c stands on, besides the types of its kind.
const char* const kRealPreamble = R"c(
struct real;
static struct il_real *il_form;
static struct il_observation *il_seen;
/* A value that the real thing chose: what the model's next `choose` gives. */
static __attribute__((unused)) void real_chose(long value) {
  if (il_form->chosen < IL_MAX_CHOICES) il_form->choice[il_form->chosen++] = value;
}
static __attribute__((unused)) void il_cell(unsigned offset, long model, long real) {
  if (model == real || il_seen->differs) return;
  il_seen->differs = 1;
  il_seen->offset = offset;
  il_seen->model = model;
  il_seen->real = real;
}
/* Tells that the model's cell `cell` has to be `value`. */
#define REAL_CELL(cell, value)                                                 \
  do {                                                                         \
    struct model *il_model = (struct model *)il_seen->cells;                   \
    long il_value = (long)(value);                                             \
    unsigned il_offset = (unsigned)((char *)&il_model->cell - il_seen->cells); \
    if (il_seen->told) {                                                       \
      il_model->cell = il_value;                                               \
      ++il_seen->told[il_offset];                                              \
    } else {                                                                   \
      il_cell(il_offset, (long)il_model->cell, il_value);                      \
    }                                                                          \
  } while (0)
/* What the model's cell `cell` starts with, for real_init. */
static const void *il_initial;
#define REAL_INITIAL(cell) (((const struct model *)il_initial)->cell)
static int real_init(struct real *real);
static void real_observe(struct real *real);
)c";

std::string RealTypeName(const Type& type) {
  // C has three types of one byte, of which `char` is one of its own.
  return TypeName(type) == "char" ? "char" : CName(IntTypeOf(type));
}

// A member as C declares it, laid out as byte_layout.h lays it out.
std::string RealDeclaration(const Type& type, std::string name) {
  const Type* element = &type;
  for (; element->kind == TypeKind::kArray; element = element->element) {
    name += fmt::format("[{}]", element->count);
  }
  if (!element->has_members()) return fmt::format("{} {};", RealTypeName(*element), name);
  std::string members;
  for (const Member& member : element->members) {
    members += RealDeclaration(*member.type, member.name) + " ";
  }
  return fmt::format("struct {{ {}}} {};", members, name);
}

std::string FormParameters(const Function& function) {
  std::string text = "struct real *real";
  for (const Symbol* parameter : function.parameter_symbols) {
    text += parameter->type->is_pointer()
                ? fmt::format(", void *{}", parameter->name)
                : fmt::format(", {} {}", RealTypeName(*parameter->type), parameter->name);
  }
  if (function.type->kind != TypeKind::kVoid) {
    text += fmt::format(", {} *result", RealTypeName(*function.type));
  }
  return text;
}

// The call of one form, with what it takes and gives in an il_real.
std::string CallOfForm(const Function& function, const std::string& form) {
  std::string arguments = "real";
  for (std::size_t k = 0; k < function.parameter_symbols.size(); ++k) {
    const Type& type = *function.parameter_symbols[k]->type;
    arguments += fmt::format(", ({})form->arguments[{}]",
                             type.is_pointer() ? "void *" : RealTypeName(type), k);
  }
  if (function.type->kind == TypeKind::kVoid) {
    return fmt::format("form->said = {}({}); return;", form, arguments);
  }
  return fmt::format(
      "{{ {} result = 0; form->said = {}({}, &result); form->result = (long)result; return; }}",
      RealTypeName(*function.type), form, arguments);
}

std::string EmitRealThing(const ObjectKind& kind, std::size_t number) {
  const RealForms& forms = kind.kind->forms;
  std::string text = std::string(kTurnBlockText) + "\n";
  for (const auto& [name, type] : kind.types) {
    text += fmt::format("typedef {} {};\n", RealTypeName(*type), name);
  }
  for (const auto& [name, value] : kind.constants) {
    text += fmt::format("enum {{ {} = {} }};\n", name, value);
  }
  text += "struct model {\n";
  for (const Member& member : kind.type->members) {
    text += "  " + RealDeclaration(*member.type, member.name) + "\n";
  }
  text += "};\n";
  text += kRealPreamble;
  std::string cases;
  for (std::size_t f = 0; f < kind.syntax->functions.size(); ++f) {
    const Function& function = *kind.syntax->functions[f];
    if (!forms.Has(function.name) && !forms.functions.contains(function.name)) continue;
    const std::string call = "real_" + function.name;
    // What never blocks has one form for both.
    const std::string tries =
        forms.tries.contains(function.name) ? "real_try_" + function.name : call;
    text += fmt::format("static int {}({});\n", call, FormParameters(function));
    if (tries != call) text += fmt::format("static int {}({});\n", tries, FormParameters(function));
    cases += fmt::format("    case {}: {}\n", 2 * f, CallOfForm(function, call));
    cases += fmt::format("    case {}: {}\n", 2 * f + 1, CallOfForm(function, tries));
  }
  text += fmt::format("#line 1 \"{}/real.c\"\n{}\n#line 1 \"calls of {}/real.c\"\n", kind.name,
                      kind.kind->real, kind.name);
  text += fmt::format(
      "const unsigned long il_real_{0}_size = sizeof (struct real);\n"
      "int il_real_{0}_init(void *real, const void *cells) {{\n"
      "  il_initial = cells;\n"
      "  return real_init(real);\n"
      "}}\n"
      "void il_real_{0}_observe(void *real, struct il_observation *seen) {{\n"
      "  il_seen = seen;\n"
      "  real_observe(real);\n"
      "}}\n"
      "void il_real_{0}_form(void *thing, int function, int tries, struct il_real *form) {{\n"
      "  struct real *real = thing;\n"
      "  il_form = form;\n"
      "  form->called = 1;\n"
      "  form->chosen = form->used = 0;\n"
      "  form->result = 0;\n"
      "  switch (2 * function + tries) {{\n{1}  }}\n"
      "}}\n",
      number, cases);
  return text;
}

}  // namespace

std::vector<bool> HasRealThing(const Program& program) {
  std::vector<bool> has;
  for (const MemoryObject& object : program.objects) {
    has.push_back(object.kind != nullptr && object.kind->kind != nullptr &&
                  !object.kind->kind->real.empty());
  }
  return has;
}

std::vector<bool> TakesTurnsOnRealThing(const Program& program) {
  std::vector<bool> takes = HasRealThing(program);
  for (std::size_t i = 0; i < takes.size(); ++i) {
    if (takes[i]) takes[i] = program.objects[i].kind->kind->forms.IsForTurns();
  }
  return takes;
}

bool IsRealFunction(const Program& program, const std::vector<bool>& is_real,
                    const FunctionUse& use) {
  const auto on_real = [&](const ObjectPlace& place) {
    const int object = program.slots[place.c].object;
    return object >= 0 && is_real[static_cast<std::size_t>(object)];
  };
  return use.function->owner->kind->forms.functions.contains(use.function->name) &&
         on_real(use.object) &&
         std::all_of(use.arguments.begin(), use.arguments.end(), [&](const auto& argument) {
           return !argument.is_object || on_real(argument.place);
         });
}

std::vector<bool> RunsFreeOnRealThing(const Program& program) {
  std::vector<bool> runs = HasRealThing(program);
  // A function is a real call only where all its objects are real things: what is none makes others
  // none.
  for (bool goes_on = true; goes_on;) {
    goes_on = false;
    for (const ProcessCode& code : program.codes) {
      std::vector<bool> is_inside(code.instructions.size(), false);
      for (const FunctionUse& use : code.functions) {
        if (IsRealFunction(program, runs, use))
          std::fill(is_inside.begin() + use.begin, is_inside.begin() + use.end, true);
      }
      for (std::size_t at = 0; at < code.instructions.size(); ++at) {
        const Instruction& i = code.instructions[at];
        const bool is_whole = i.opcode == Opcode::kOperationBegin && (i.flags & kInOperation) == 0;
        const int object = is_whole && !is_inside[at] ? program.slots[i.c].object : -1;
        if (object < 0 || !runs[static_cast<std::size_t>(object)]) continue;
        const Function& function = *program.operations[code.operations[i.b].operation].function;
        if ((i.flags & kInAtomic) != 0 || !function.owner->kind->forms.Has(function.name)) {
          runs[static_cast<std::size_t>(object)] = false;
          goes_on = true;
        }
      }
    }
  }
  return runs;
}

std::vector<const ObjectKind*> RealKinds(const Program& program) {
  const std::vector<bool> has = HasRealThing(program);
  std::vector<const ObjectKind*> kinds;
  for (std::size_t i = 0; i < has.size(); ++i) {
    const ObjectKind* kind = program.objects[i].kind;
    if (has[i] && std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) kinds.push_back(kind);
  }
  return kinds;
}

std::vector<std::string> EmitRealThings(const Program& program) {
  std::vector<std::string> texts;
  for (const ObjectKind* kind : RealKinds(program)) {
    texts.push_back(EmitRealThing(*kind, texts.size()));
  }
  return texts;
}

}  // namespace interleave
