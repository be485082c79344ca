#include "sim/world/real_things.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "sim/program/emit_real.h"

namespace interleave {
namespace {

constexpr unsigned long kRealAlignment = 64;  // no two of them share a line of the cache

}  // namespace

RealThings::RealThings(const Program& program, const ByteLayout& layout, const NativeCode& code)
    : program_(program),
      layout_(layout),
      at_(program.objects.size(), 0),
      size_(program.objects.size(), 0),
      bytes_(layout.bytes) {
  const std::vector<bool> has = HasRealThing(program);
  const std::vector<const ObjectKind*> kinds = RealKinds(program);
  for (std::size_t i = 0; i < has.size(); ++i) {
    if (!has[i]) continue;
    const MemoryObject& object = program.objects[i];
    const auto kind = std::find(kinds.begin(), kinds.end(), object.kind) - kinds.begin();
    const auto symbol = [&](const char* what) {
      return code.Find(fmt::format("il_real_{}_{}", kind, what));
    };
    Behind behind;
    behind.object = i;
    behind.count = object.cells / object.stride;
    behind.make = reinterpret_cast<int (*)(void*, const void*)>(symbol("init"));
    behind.observe = reinterpret_cast<void (*)(void*, il_observation*)>(symbol("observe"));
    size_[i] = RoundUp(*static_cast<const unsigned long*>(symbol("size")), kRealAlignment);
    at_[i] = bytes_;
    bytes_ += behind.count * size_[i];
    objects_.push_back(behind);
  }
}

void RealThings::Attach(il& context) const {
  context.real_at = at_.data();
  context.real_size = size_.data();
}

void RealThings::Make(char* memory) const {
  for (const Behind& behind : objects_) {
    const MemoryObject& object = program_.objects[behind.object];
    for (std::size_t k = 0; k < behind.count; ++k) {
      const char* const cells = memory + layout_.offset_of[object.base + k * object.stride];
      if (behind.make(memory + at_[behind.object] + k * size_[behind.object], cells) != 0) {
        throw std::runtime_error(
            fmt::format("the real thing behind {} could not be made (real_init)",
                        program_.objects[behind.object].symbol->name));
      }
    }
  }
}

void RealThings::Observe(char* memory, unsigned* told, const std::vector<bool>& objects) const {
  for (const Behind& behind : objects_) {
    if (!objects[behind.object]) continue;
    const MemoryObject& object = program_.objects[behind.object];
    for (std::size_t k = 0; k < behind.count; ++k) {
      const uint32_t cells = layout_.offset_of[object.base + k * object.stride];
      il_observation seen{};
      seen.cells = memory + cells;
      seen.told = told + cells;
      behind.observe(memory + at_[behind.object] + k * size_[behind.object], &seen);
    }
  }
}

}  // namespace interleave
