#pragma once
// A search on disk, to go on with later.
//
//   "interleave checkpoint 1\n", then the numbers and bytes of whoever wrote it, each number as 8
//   bytes, little endian; last the XXH3 hash of all before it, 8 bytes
//
// A file is written beside the one that is there and takes its place when it is whole
// (sim/host/output_file.h), so that at any time, also after a crash, there is a whole one.

#include <xxhash.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/host/output_file.h"
#include "sim/program/program.h"

namespace interleave {

// What is wrong with a checkpoint, in words.
class CheckpointError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class CheckpointWriter {
 public:
  // Throws CheckpointError, as all of this does, when the file cannot be written, or is none but a
  // device, a FIFO or a descriptor.
  explicit CheckpointWriter(const std::string& path);

  void Bytes(const void* data, std::size_t size);
  void Number(uint64_t number) { Bytes(&number, sizeof number); }
  template <class Numbers>
  void List(const Numbers& numbers) {
    Number(numbers.size());
    for (const auto number : numbers) Number(static_cast<uint64_t>(number));
  }
  // Now it takes the place of what was there.
  void Finish();

 private:
  std::unique_ptr<OutputFile> file_;
  std::unique_ptr<XXH3_state_t, void (*)(XXH3_state_t*)> hash_;
};

class CheckpointReader {
 public:
  // Reads all of it once to see that it is whole.
  explicit CheckpointReader(const std::string& path);

  void Bytes(void* data, std::size_t size);
  uint64_t Number();
  // A number that is at most `most`.
  uint64_t NumberUpTo(uint64_t most);
  template <class Number_>
  std::vector<Number_> List(uint64_t most) {
    const uint64_t count = NumberUpTo(most);
    if (count > left_ / sizeof(uint64_t)) Refuse("is damaged: it ends too soon");
    std::vector<Number_> numbers(count);
    for (auto&& number : numbers) number = static_cast<Number_>(Number());
    return numbers;
  }
  // That nothing is left.
  void Finish() const;
  [[noreturn]] void Refuse(const std::string& why) const;

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
  uint64_t left_ = 0;
};

// What a search must have in common with the one whose checkpoint it goes on with: the program and
// its properties.
uint64_t SearchHash(const Program& program);

}  // namespace interleave
