// What would surprise: a link at the end of the path is followed here rather than by the kernel,
// because rename() would replace the link itself.

#include "sim/host/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "sim/host/descriptor.h"
#include "sim/host/interrupted.h"

namespace interleave {
namespace {

// Of files with names that are being written, for RemoveUnfinished. More at once are not removed
// there.
std::array<std::atomic<const char*>, 8> unfinished_names = {};
static_assert(std::atomic<const char*>::is_always_lock_free, "read by a signal handler");

void ExchangeName(const char* before, const char* after) {
  for (std::atomic<const char*>& name : unfinished_names) {
    const char* expected = before;
    if (name.compare_exchange_strong(expected, after)) return;
  }
}

// The number of the descriptor of this process that a path names.
std::optional<int> DescriptorNamed(std::string_view path) {
  if (path == "-" || path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!path.starts_with(folder)) continue;
    const char* const end = path.data() + path.size();
    int number = 0;
    const auto [stop, error] = std::from_chars(path.data() + folder.size(), end, number);
    if (error == std::errc() && stop == end && number >= 0) return number;
  }
  return std::nullopt;
}

// Where the links at the end of the path lead.
std::string Followed(std::string path) {
  namespace fs = std::filesystem;
  constexpr int kMostLinks = 40;  // as the kernel
  for (int links = 0; links < kMostLinks; ++links) {
    std::error_code error;
    if (DescriptorNamed(path) || !fs::is_symlink(fs::symlink_status(path, error))) return path;
    const fs::path to = fs::read_symlink(path, error);
    if (error) ThrowSystemError(error.value(), "cannot write " + path);
    path = (fs::path(path).parent_path() / to).string();
  }
  ThrowSystemError(ELOOP, "cannot write " + path);
}

// Beside `target`.
std::string UnforeseeableName(const std::string& target) {
  uint64_t random = 0;
  if (getrandom(&random, sizeof random, 0) != static_cast<ssize_t>(sizeof random)) {
    ThrowSystemError(errno, "cannot get a random number");
  }
  const std::string name = fmt::format(".interleave-{:016x}.part", random);
  return (std::filesystem::path(target).parent_path() / name).string();
}

}  // namespace

OutputFile::OutputFile(const std::string& path) : OutputFile(path, Options()) {}

OutputFile::OutputFile(std::string path, std::string target, const Options& options)
    : path_(std::move(path)), options_(options), target_(std::move(target)) {}

OutputFile::OutputFile(const std::string& path, const Options& options)
    : OutputFile(path, Followed(path), options) {
  const std::optional<int> descriptor = DescriptorNamed(target_);
  struct stat info {};
  const bool exists = stat(target_.c_str(), &info) == 0;
  if (!exists && errno != ENOENT) Fail(errno);
  if (exists && S_ISDIR(info.st_mode)) Fail(EISDIR);
  if (options.only_regular && (descriptor || (exists && !S_ISREG(info.st_mode)))) {
    throw std::system_error(EINVAL, std::generic_category(),
                            fmt::format("cannot write {}, which is no regular file",
                                        path_ == "-" ? "standard output" : path_));
  }
  if (descriptor) {
    OpenDescriptor(*descriptor);
  } else if (exists && S_ISFIFO(info.st_mode)) {
    OpenFifo(options.cancel);
  } else if (exists && !S_ISREG(info.st_mode)) {
    way_ = Way::kDirect;
    Own(open(target_.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  } else {
    if (exists && faccessat(AT_FDCWD, target_.c_str(), W_OK, AT_EACCESS) != 0) Fail(errno);
    OpenReplacement();
    // The owner first: to give a file away takes away some of its permissions. Not all may do that.
    if (exists && fchown(fileno(file_), info.st_uid, info.st_gid) != 0 && errno != EPERM) {
      Fail(errno);
    }
    if (exists && fchmod(fileno(file_), info.st_mode & 07777) != 0) Fail(errno);
  }
}

OutputFile::~OutputFile() {
  if (file_ != nullptr && file_ != stdout) std::fclose(file_);
  if (!unfinished_.empty()) {
    unlink(unfinished_.c_str());
    ExchangeName(unfinished_.c_str(), nullptr);
  }
}

void OutputFile::OpenReplacement() {
  constexpr mode_t kMode = 0666;  // less the umask
  if (options_.can_be_unnamed && access("/proc/self/fd", X_OK) == 0) {
    const std::string folder = std::filesystem::path(target_).parent_path().string();
    const int unnamed =
        open(folder.empty() ? "." : folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, kMode);
    if (unnamed >= 0) return Own(unnamed);
  }
  // Not every file system can do that.
  int named = -1;
  do {
    unfinished_ = UnforeseeableName(target_);
    named = open(unfinished_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kMode);
  } while (named < 0 && errno == EEXIST);
  if (named < 0) {
    const int error = errno;
    unfinished_.clear();
    Fail(error);
  }
  ExchangeName(nullptr, unfinished_.c_str());
  Own(named);
}

// An open() that waits for the reader could not be cancelled.
void OutputFile::OpenFifo(const std::atomic<bool>* cancel) {
  way_ = Way::kDirect;
  const timespec moment = {0, 10'000'000};
  int descriptor = -1;
  while ((descriptor = open(target_.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)) < 0 &&
         errno == ENXIO) {
    if (cancel != nullptr && cancel->load()) throw Interrupted();
    nanosleep(&moment, nullptr);
  }
  if (descriptor >= 0) fcntl(descriptor, F_SETFL, 0);
  Own(descriptor);
}

void OutputFile::OpenDescriptor(int descriptor) {
  if (descriptor == STDOUT_FILENO) {
    way_ = Way::kStandardOutput;
    file_ = stdout;
    return;
  }
  way_ = Way::kDirect;
  Own(fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
}

void OutputFile::Own(int descriptor) {
  if (descriptor < 0) Fail(errno);
  file_ = fdopen(descriptor, "wb");
  if (file_ != nullptr) return;
  const int error = errno;
  close(descriptor);
  Fail(error);
}

void OutputFile::Write(const void* data, std::size_t size) {
  errno = 0;
  if (std::fwrite(data, 1, size, file_) != size) Fail(errno);
}

void OutputFile::Finish() {
  errno = 0;
  if (std::fflush(file_) != 0) Fail(errno);
  if (way_ == Way::kStandardOutput) return;
  if (way_ == Way::kReplaced) {
    if (fsync(fileno(file_)) != 0) Fail(errno);
    if (unfinished_.empty()) GiveName();
  }
  std::FILE* const closed = std::exchange(file_, nullptr);
  if (std::fclose(closed) != 0) Fail(errno);
  if (way_ == Way::kDirect) return;
  if (std::rename(unfinished_.c_str(), target_.c_str()) != 0) Fail(errno);
  ExchangeName(unfinished_.c_str(), nullptr);
  unfinished_.clear();
}

void OutputFile::GiveName() {
  const std::string descriptor = fmt::format("/proc/self/fd/{}", fileno(file_));
  do {
    unfinished_ = UnforeseeableName(target_);
    if (linkat(AT_FDCWD, descriptor.c_str(), AT_FDCWD, unfinished_.c_str(), AT_SYMLINK_FOLLOW) ==
        0) {
      return ExchangeName(nullptr, unfinished_.c_str());
    }
  } while (errno == EEXIST);
  const int error = errno;
  unfinished_.clear();
  Fail(error);
}

void OutputFile::Try(const std::string& path, const Options& options) {
  const std::string target = Followed(path);
  std::error_code none;
  const auto status = std::filesystem::status(target, none);
  const bool is_direct = std::filesystem::is_fifo(status) ||
                         std::filesystem::is_character_file(status) ||
                         std::filesystem::is_block_file(status);
  if (!options.only_regular && is_direct && !DescriptorNamed(target)) {
    if (faccessat(AT_FDCWD, target.c_str(), W_OK, AT_EACCESS) != 0) {
      ThrowSystemError(errno, "cannot write " + path);
    }
    return;
  }
  const OutputFile can_be_opened(path, options);
}

void OutputFile::RemoveUnfinished() noexcept {
  for (const std::atomic<const char*>& name : unfinished_names) {
    const char* const unfinished = name.load();
    if (unfinished != nullptr) unlink(unfinished);
  }
}

void OutputFile::Fail(int error) const {
  ThrowSystemError(error != 0 ? error : EIO,
                   "cannot write " + (path_ == "-" ? "standard output" : path_));
}

}  // namespace interleave
