#include "model/search/checkpoint.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "sim/program/show.h"

namespace interleave {
namespace {

constexpr char kMagic[] = "interleave checkpoint 2\n";
constexpr std::size_t kMagicBytes = sizeof kMagic - 1;

void FreeHash(XXH3_state_t* hash) { XXH3_freeState(hash); }

template <class Work>
void OrCheckpointError(const Work& work) {
  try {
    work();
  } catch (const std::system_error& error) {
    throw CheckpointError(error.what());
  }
}

}  // namespace

CheckpointWriter::CheckpointWriter(const std::string& path) : hash_(XXH3_createState(), FreeHash) {
  OrCheckpointError([&] {
    OutputFile::Options options;
    options.only_regular = true;
    file_ = std::make_unique<OutputFile>(path, options);
  });
  XXH3_64bits_reset(hash_.get());
  Bytes(kMagic, kMagicBytes);
}

void CheckpointWriter::Bytes(const void* data, std::size_t size) {
  if (size == 0) return;
  XXH3_64bits_update(hash_.get(), data, size);
  OrCheckpointError([&] { file_->Write(data, size); });
}

void CheckpointWriter::Finish() {
  const uint64_t hash = XXH3_64bits_digest(hash_.get());
  Bytes(&hash, sizeof hash);
  OrCheckpointError([&] { file_->Finish(); });
}

CheckpointReader::CheckpointReader(const std::string& path) : path_(path) {
  file_.reset(std::fopen(path.c_str(), "rb"));
  if (file_ == nullptr) throw CheckpointError(fmt::format("{}: {}", path, std::strerror(errno)));
  std::array<char, kMagicBytes> magic{};
  if (std::fread(magic.data(), 1, kMagicBytes, file_.get()) != kMagicBytes ||
      std::memcmp(magic.data(), kMagic, kMagicBytes) != 0) {
    Refuse("is no checkpoint of this version of interleave");
  }
  // The hash of all but the last eight bytes.
  const std::unique_ptr<XXH3_state_t, void (*)(XXH3_state_t*)> hash(XXH3_createState(), FreeHash);
  XXH3_64bits_reset(hash.get());
  XXH3_64bits_update(hash.get(), kMagic, kMagicBytes);
  std::vector<char> chunk(1 << 20);
  std::size_t kept = 0;  // of the chunk, not hashed yet
  for (;;) {
    const std::size_t got =
        std::fread(chunk.data() + kept, 1, chunk.size() - kept, file_.get()) + kept;
    if (got == kept) break;
    if (got < sizeof(uint64_t)) {
      kept = got;
      continue;
    }
    const std::size_t now = got - sizeof(uint64_t);
    XXH3_64bits_update(hash.get(), chunk.data(), now);
    left_ += now;
    std::memmove(chunk.data(), chunk.data() + now, sizeof(uint64_t));
    kept = sizeof(uint64_t);
  }
  uint64_t stored = 0;
  if (kept == sizeof stored) std::memcpy(&stored, chunk.data(), sizeof stored);
  if (kept != sizeof stored || stored != XXH3_64bits_digest(hash.get())) {
    Refuse("is damaged: it is not what was written");
  }
  std::fseek(file_.get(), static_cast<long>(kMagicBytes), SEEK_SET);
}

void CheckpointReader::Refuse(const std::string& why) const {
  throw CheckpointError(fmt::format("{} {}", path_, why));
}

void CheckpointReader::Bytes(void* data, std::size_t size) {
  if (size > left_) Refuse("is damaged: it ends too soon");
  left_ -= size;
  if (size != 0 && std::fread(data, 1, size, file_.get()) != size) Refuse("cannot be read");
}

uint64_t CheckpointReader::Number() {
  uint64_t number = 0;
  Bytes(&number, sizeof number);
  return number;
}

uint64_t CheckpointReader::NumberUpTo(uint64_t most) {
  const uint64_t number = Number();
  if (number > most) Refuse("is damaged: a number in it is too large");
  return number;
}

void CheckpointReader::Finish() const {
  if (left_ != 0) Refuse("is damaged: there is more in it than there should be");
}

uint64_t SearchHash(const Program& program) {
  std::vector<uint64_t> parts = {ProgramHash(program)};
  const auto add = [&](const Code& code) {
    for (const Instruction& i : code.instructions) {
      parts.insert(parts.end(), {static_cast<uint64_t>(i.opcode), static_cast<uint64_t>(i.op),
                                 static_cast<uint64_t>(i.type), i.dst, i.a, i.b, i.c});
    }
    for (const auto& [reg, value] : code.constants) {
      parts.insert(parts.end(), {reg, static_cast<uint64_t>(value)});
    }
  };
  for (const Property& property : program.properties) {
    parts.push_back(static_cast<uint64_t>(property.kind));
    parts.push_back(static_cast<uint64_t>(property.object));
    add(property.code);
    if (property.antecedent) add(*property.antecedent);
  }
  const ScenarioOptions& options = program.scenario->options;
  parts.insert(parts.end(), {static_cast<uint64_t>(options.outstanding),
                             static_cast<uint64_t>(options.queue_cap),
                             static_cast<uint64_t>(options.local_limit)});
  return XXH3_64bits(parts.data(), parts.size() * sizeof(uint64_t));
}

}  // namespace interleave
