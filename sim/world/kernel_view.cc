#include "sim/world/kernel_view.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace interleave {
namespace {

// As sim/objects/kernel/model.scn has them.
constexpr int64_t kOpenMax = 16;
constexpr int64_t kTerminal = 1;
constexpr int64_t kFiles = 6;
constexpr int64_t kObjects = 10;
constexpr int64_t kFileRow = 65;
constexpr int64_t kNames = 8;
constexpr int64_t kNameSize = 32;
constexpr int64_t kFifo = 2;
constexpr int64_t kRegular = 3;

std::string TextOfCells(const int64_t* cells, int64_t count) {
  std::string text;
  for (int64_t i = 0; i < count; ++i) text += static_cast<char>(cells[i]);
  return text;
}

}  // namespace

const int64_t* KernelView::Cells(const int64_t* state, std::string_view member) const {
  const Member* const found = object_.kind->FindMember(std::string(member));
  if (found == nullptr)
    throw std::runtime_error(fmt::format("the kernel's model has no member `{}`", member));
  return state + object_.base + found->cell_offset;
}

KernelView::Descriptor KernelView::DescriptorOf(const int64_t* state, int number,
                                                int descriptor) const {
  int64_t d = Cells(state, "descriptor")[number * kOpenMax + descriptor];
  if (descriptor < 3 && d <= kTerminal) d = kTerminal - d;
  Descriptor view;
  view.is_open = d != 0 && Cells(state, "is_opening")[d] == 0;
  if (d <= kTerminal) return view;
  const int64_t file = Cells(state, "file")[d];
  const bool reads = Cells(state, "reads")[d] != 0;
  const bool writes = Cells(state, "writes")[d] != 0;
  const int64_t flags = Cells(state, "flags")[d];
  view.object = file;
  view.is_regular = file > kFiles || Cells(state, "kind")[file] == kRegular;
  view.is_pipe = !view.is_regular;
  view.access = !writes ? O_RDONLY : reads ? O_RDWR : O_WRONLY;
  view.is_nonblocking = (flags & O_NONBLOCK) != 0;
  view.appends = (flags & O_APPEND) != 0;
  view.bytes = Cells(state, "size")[file];
  view.offset = Cells(state, "offset")[d];
  return view;
}

std::string KernelView::ContentOf(const int64_t* state, int64_t number) const {
  return TextOfCells(Cells(state, "content") + (number - 1) * kFileRow,
                     Cells(state, "size")[number]);
}

std::vector<NamedThing> KernelView::Names(const int64_t* state) const {
  std::vector<NamedThing> names;
  for (int64_t i = 0; i < kNames; ++i) {
    const int64_t n = Cells(state, "named")[i];
    if (n == 0) continue;
    NamedThing thing;
    const std::string text = TextOfCells(Cells(state, "name") + i * kNameSize, kNameSize);
    thing.name = text.substr(0, text.find('\0'));
    if (n > kFiles) {
      if (thing.name.starts_with('/')) thing.name.erase(0, 1);
      thing.sort = n > kObjects ? NamedThing::Sort::kSemaphore : NamedThing::Sort::kSharedMemory;
    } else if (Cells(state, "kind")[n] == kFifo) {
      thing.sort = NamedThing::Sort::kFifo;
    }
    const bool has_size =
        thing.sort == NamedThing::Sort::kFile || thing.sort == NamedThing::Sort::kSharedMemory;
    if (has_size) thing.size = Cells(state, "size")[n];
    if (thing.sort == NamedThing::Sort::kFile) thing.content = ContentOf(state, n);
    names.push_back(std::move(thing));
  }
  std::sort(names.begin(), names.end(), NamedThing::IsBefore);
  return names;
}

}  // namespace interleave
