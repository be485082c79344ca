#pragma once
// A file that a command writes. It takes its name only when it is whole: until then it stands
// beside, and what was there stays, whatever happens (a full disk, a limit, a signal).
//
//   what the path names           what becomes of it
//   nothing                       a new file, with the permissions that any new file gets
//   a file                        it is replaced; permissions stay, and owner and group where they
//                                 may be set; other hard links keep the old content
//   a symbolic link               what it leads to is written; the link stays
//   a device, a FIFO              written at once, piece by piece; a FIFO is waited for
//   /dev/stdout, /dev/fd/3, ...   that descriptor of this process, at its position; likewise `-`
//
// The unfinished file has no name where the file system can do that (O_TMPFILE), so that nothing
// stays even after kill -9; it gets one that cannot be foreseen for the moment of rename(). On
// other file systems it has that name from the start: then only a kill that cannot be caught leaves
// it.
//
// Tested by tests/output_file_test.cc.

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace interleave {

class OutputFile {
 public:
  struct Options {
    bool only_regular = false;  // refuses devices, FIFOs and descriptors
    bool can_be_unnamed = true;
    const std::atomic<bool>* cancel = nullptr;  // set: a FIFO is not waited for any more
  };

  // Throws std::system_error when it cannot be written, as all of this does, and Interrupted.
  explicit OutputFile(const std::string& path);
  OutputFile(const std::string& path, const Options& options);
  // Not finished: nothing was written, unless to a device, a FIFO or a descriptor.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void Write(const void* data, std::size_t size);
  void Write(std::string_view text) { Write(text.data(), text.size()); }
  // On disk, and from now on under its name.
  void Finish();

  // Throws what would be thrown if the file were written now. Leaves nothing, and opens no device.
  static void Try(const std::string& path, const Options& options);

  // Removes the unfinished files that have names. For signal handlers: calls nothing but unlink().
  static void RemoveUnfinished() noexcept;

 private:
  enum class Way : uint8_t { kStandardOutput, kDirect, kReplaced };

  // Only sets names: the object can be destroyed from here on, whatever else fails.
  OutputFile(std::string path, std::string target, const Options& options);
  void OpenReplacement();
  void OpenFifo(const std::atomic<bool>* cancel);
  void OpenDescriptor(int descriptor);
  void GiveName();
  void Own(int descriptor);
  [[noreturn]] void Fail(int error) const;

  const std::string path_;  // as it was given
  const Options options_;
  const std::string target_;  // without a link at its end
  Way way_ = Way::kReplaced;
  std::string unfinished_;  // its name until it is whole; empty: it has none
  std::FILE* file_ = nullptr;
};

}  // namespace interleave
