#include "sim/world/kernel_calls.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "sim/host/descriptor.h"

namespace interleave {
namespace {

constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;

int64_t OrErrno(int64_t given) { return given < 0 ? -int64_t{errno} : given; }

int DescriptorIn(const CallBlock& block) { return static_cast<int>(block.arguments[0]); }

std::string TextIn(const CallBlock& block, std::size_t argument) {
  const char* const begin = block.bytes.data() + block.bytes_at[argument];
  return {begin, strnlen(begin, block.byte_count[argument])};
}

std::string NameIn(const Caller& caller, const CallBlock& block) {
  std::string name = TextIn(block, 0);
  name.insert(name.starts_with('/') ? 1 : 0, caller.prefix);
  return name;
}

std::string FileIn(const Caller& caller, const CallBlock& block, std::size_t argument = 0) {
  const std::string path = TextIn(block, argument);
  return path.empty() ? path : caller.folder + "/" + FileOf(path);
}

char* BytesIn(CallBlock& block) { return block.bytes.data() + block.bytes_at[1]; }

std::size_t CountIn(const CallBlock& block) {
  return static_cast<std::size_t>(
      std::clamp<int64_t>(block.arguments[2], 0, CallBlock::kMostOfOne));
}

// --- processes

int64_t MakeFork(Caller& caller, CallBlock& block) {
  const auto number = static_cast<int>(block.model_result);
  const pid_t pid = fork();
  if (pid < 0) ThrowSystemError(errno, "cannot start a process");
  if (pid == 0) {
    caller.number = number;
    caller.is_first = false;
  } else {
    caller.pids[static_cast<std::size_t>(number)] = pid;
  }
  return number;
}

int64_t MakeExit(Caller&, CallBlock& block) { _exit(static_cast<int>(block.arguments[0])); }

// Of `pid` or, if that is 0, of any child: whether it is over; the kernel's state stays.
// -1: there is no such child.
int IsChildOver(pid_t pid) {
  siginfo_t info{};
  const int result =
      waitid(pid == 0 ? P_ALL : P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT);
  return result < 0 ? -1 : static_cast<int>(info.si_pid != 0);
}

pid_t WantedIn(const Caller& caller, const CallBlock& block) {
  return block.arguments[0] == 0 ? 0 : caller.PidOf(block.arguments[0]);
}

int64_t MakeWait(Caller& caller, CallBlock& block) {
  pid_t wanted = WantedIn(caller, block);
  if (wanted == 0 && block.model_result > 0) {
    const pid_t chosen = caller.PidOf(block.model_result >> 16);
    if (IsChildOver(chosen) == 1) wanted = chosen;
  }
  int status = 0;
  const pid_t pid = waitpid(wanted == 0 ? -1 : wanted, &status, WNOHANG);
  if (pid <= 0) return OrErrno(pid);
  const int number = caller.NumberOf(pid);
  caller.pids[static_cast<std::size_t>(number)] = 0;
  return (int64_t{number} << 16) + status;
}

bool WaitWouldBlock(const Caller& caller, const CallBlock& block) {
  return IsChildOver(WantedIn(caller, block)) == 0;
}

int64_t MakeParent(Caller& caller, CallBlock&) {
  return caller.is_first ? -1 : caller.NumberOf(getppid());
}

int64_t MakeSelf(Caller& caller, CallBlock&) { return caller.NumberOf(getpid()); }

int64_t MakeSignal(Caller&, CallBlock& block) {
  if (block.arguments[0] == SIGPIPE)
    std::signal(SIGPIPE, block.arguments[1] == 1 ? SIG_IGN : SIG_DFL);
  return 0;
}

// --- descriptors

int64_t MakePipe(Caller&, CallBlock& block) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), static_cast<int>(block.arguments[0])) < 0) return OrErrno(-1);
  return (int64_t{ends[1]} << 8) + ends[0];
}

int64_t MakeClose(Caller&, CallBlock& block) { return OrErrno(close(DescriptorIn(block))); }

int64_t MakeDuplicate(Caller&, CallBlock& block) {
  const auto to = static_cast<int>(block.arguments[1]);
  return OrErrno(to == -1 ? dup(DescriptorIn(block)) : dup2(DescriptorIn(block), to));
}

// What Linux keeps beside what POSIX has is left out.
int64_t MakeFlagsOf(Caller&, CallBlock& block) {
  const int flags = fcntl(DescriptorIn(block), F_GETFL);
  return flags < 0 ? OrErrno(flags) : flags & (O_ACCMODE | O_APPEND | O_NONBLOCK);
}

int64_t MakeSetFlags(Caller&, CallBlock& block) {
  return OrErrno(fcntl(DescriptorIn(block), F_SETFL, static_cast<int>(block.arguments[1])));
}

int64_t MakeSeek(Caller&, CallBlock& block) {
  return OrErrno(
      lseek(DescriptorIn(block), block.arguments[1], static_cast<int>(block.arguments[2])));
}

int64_t MakeRead(Caller&, CallBlock& block) {
  return OrErrno(read(DescriptorIn(block), BytesIn(block), CountIn(block)));
}

int64_t MakeReadAt(Caller&, CallBlock& block) {
  return OrErrno(pread(DescriptorIn(block), BytesIn(block), CountIn(block), block.arguments[3]));
}

// Where poll says that nothing is there a read with O_NONBLOCK takes nothing, and knows better: of
// a FIFO that nobody has opened to write since, poll does not tell the end. All others are idle.
bool ReadWouldBlock(const Caller&, const CallBlock& block) {
  const int descriptor = DescriptorIn(block);
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == O_WRONLY || (flags & O_NONBLOCK) != 0) return false;
  pollfd asked = {descriptor, POLLIN, 0};
  if (CountIn(block) == 0 || poll(&asked, 1, 0) != 0) return false;
  char byte = 0;
  fcntl(descriptor, F_SETFL, static_cast<unsigned>(flags) | static_cast<unsigned>(O_NONBLOCK));
  const bool would_block = read(descriptor, &byte, 1) < 0 && errno == EAGAIN;
  fcntl(descriptor, F_SETFL, flags);
  return would_block;
}

int64_t MakeWrite(Caller&, CallBlock& block) {
  return OrErrno(write(DescriptorIn(block), BytesIn(block), CountIn(block)));
}

int64_t MakeWriteAt(Caller&, CallBlock& block) {
  return OrErrno(pwrite(DescriptorIn(block), BytesIn(block), CountIn(block), block.arguments[3]));
}

// --- files and FIFOs

// Of the one open that may be under way in a process.
struct LateOpen {
  std::string path;
  int flags = 0;
  CallBlock* block = nullptr;
};

void* OpenLate(void* argument) {
  const auto& late = *static_cast<const LateOpen*>(argument);
  late.block->opener = gettid();
  late.block->opened = OrErrno(open(late.path.c_str(), late.flags, kOwnerOnly));
  late.block->opening = CallBlock::kHasOpened;
  return nullptr;
}

// Open of a FIFO waits until somebody opens the other side: it is left to a thread, so that the
// process can be told of that.
int64_t MakeOpen(Caller& caller, CallBlock& block) {
  static LateOpen late;
  const std::string path = FileIn(caller, block);
  const auto flags = static_cast<int>(block.arguments[1]);
  const int access = flags & O_ACCMODE;
  struct stat info {};
  const bool may_wait = stat(path.c_str(), &info) == 0 && S_ISFIFO(info.st_mode) &&
                        (flags & O_NONBLOCK) == 0 && access != O_RDWR;
  if (!may_wait) return OrErrno(open(path.c_str(), flags, kOwnerOnly));
  late = {path, flags, &block};
  block.opener = 0;
  block.opening = CallBlock::kOpens;
  pthread_t thread{};
  const int error = pthread_create(&thread, nullptr, OpenLate, &late);
  if (error != 0) ThrowSystemError(error, "cannot start a thread");
  pthread_detach(thread);
  // What it says if it waits: for a writer, or for a reader.
  block.bytes[block.bytes_at[2]] = access == O_RDONLY ? 1 : 2;
  return block.model_result;
}

bool IsOpening(const Caller&, const CallBlock& block) { return block.opening == CallBlock::kOpens; }

int64_t MakeEndOfOpen(Caller&, CallBlock& block) {
  block.opening = CallBlock::kNotOpening;
  return block.opened;
}

int64_t MakeFifo(Caller& caller, CallBlock& block) {
  return OrErrno(mkfifo(FileIn(caller, block).c_str(), kOwnerOnly));
}

int64_t MakeLookUp(Caller& caller, CallBlock& block) {
  return OrErrno(access(FileIn(caller, block).c_str(), F_OK));
}

int64_t MakeLink(Caller& caller, CallBlock& block) {
  return OrErrno(link(FileIn(caller, block).c_str(), FileIn(caller, block, 1).c_str()));
}

int64_t MakeRename(Caller& caller, CallBlock& block) {
  return OrErrno(rename(FileIn(caller, block).c_str(), FileIn(caller, block, 1).c_str()));
}

// (the size << 16) + what it is.
int64_t StatusIn(const struct stat& info) {
  return (int64_t{info.st_size} << 16) + (info.st_mode & S_IFMT);
}

int64_t MakeStatusOf(Caller&, CallBlock& block) {
  struct stat info {};
  return fstat(DescriptorIn(block), &info) < 0 ? OrErrno(-1) : StatusIn(info);
}

int64_t MakeStatusOfName(Caller& caller, CallBlock& block) {
  struct stat info {};
  return stat(FileIn(caller, block).c_str(), &info) < 0 ? OrErrno(-1) : StatusIn(info);
}

// --- names and shared memory objects

int64_t MakeOpenObject(Caller& caller, CallBlock& block) {
  return OrErrno(
      shm_open(NameIn(caller, block).c_str(), static_cast<int>(block.arguments[1]), kOwnerOnly));
}

// 0, and which object it is.
int64_t Identified(int descriptor, CallBlock& block) {
  struct stat info {};
  if (fstat(descriptor, &info) < 0) return OrErrno(-1);
  block.identity = info.st_ino;
  return 0;
}

bool IsFile(const Caller& caller, int descriptor) {
  std::array<char, PATH_MAX> path{};
  const std::string link = fmt::format("/proc/self/fd/{}", descriptor);
  const ssize_t length = readlink(link.c_str(), path.data(), path.size());
  return length > 0 &&
         std::string_view(path.data(), static_cast<std::size_t>(length)).starts_with(caller.folder);
}

// Of a regular file it is said that it is one.
int64_t MakeTruncate(Caller& caller, CallBlock& block) {
  constexpr int64_t kIsFile = 4;
  if (ftruncate(DescriptorIn(block), block.arguments[1]) < 0) return OrErrno(-1);
  if (IsFile(caller, DescriptorIn(block))) return kIsFile;
  return Identified(DescriptorIn(block), block);
}

// As much as there is: the model does not know the length here but where it is 0. What is mapped
// stays until the process ends. Which file it is is seen in what is in it.
int64_t MakeMap(Caller& caller, CallBlock& block) {
  constexpr int64_t kIsEmpty = 4;
  struct stat info {};
  if (fstat(DescriptorIn(block), &info) < 0) return OrErrno(-1);
  const auto protection = static_cast<int>(block.arguments[1]);
  const auto how = static_cast<int>(block.arguments[3]);
  const auto length = (how & kIsEmpty) != 0
                          ? std::size_t{0}
                          : static_cast<std::size_t>(std::max<off_t>(info.st_size, 1));
  const int flags = how & (MAP_SHARED | MAP_PRIVATE);
  if (mmap(nullptr, length, protection, flags, DescriptorIn(block), 0) == MAP_FAILED)
    return OrErrno(-1);
  if (IsFile(caller, DescriptorIn(block))) return block.model_result;
  return Identified(DescriptorIn(block), block);
}

int64_t MakeUnlink(Caller& caller, CallBlock& block) {
  enum Space : int64_t { kOfFile, kOfObject, kOfSemaphore };
  switch (block.arguments[1]) {
    case kOfFile: return OrErrno(unlink(FileIn(caller, block).c_str()));
    case kOfObject: return OrErrno(shm_unlink(NameIn(caller, block).c_str()));
    default: return OrErrno(sem_unlink(NameIn(caller, block).c_str()));
  }
}

// The semaphore's value is the model's alone.
int64_t MakeOpenSemaphore(Caller& caller, CallBlock& block) {
  constexpr int64_t kIsNew = 256;
  const std::string name = NameIn(caller, block);
  struct stat info {};
  const bool was_there = stat(SemaphoreFile(name).c_str(), &info) == 0;
  if (sem_open(name.c_str(), static_cast<int>(block.arguments[1]), kOwnerOnly, 0) == SEM_FAILED)
    return OrErrno(-1);
  if (stat(SemaphoreFile(name).c_str(), &info) < 0) return OrErrno(-1);
  block.identity = info.st_ino;
  return was_there ? 0 : kIsNew;
}

constexpr KernelCall kKernelCalls[] = {
    {.operation = "create", .make = MakeFork},
    {.operation = "finish", .make = MakeExit, .ends = true},
    {.operation = "wait",
     .make = MakeWait,
     .would_block = WaitWouldBlock,
     .gives = KernelCall::Gives::kChild},
    {.operation = "wait_without_hanging", .make = MakeWait, .gives = KernelCall::Gives::kChild},
    {.operation = "parent_of_caller", .make = MakeParent},
    {.operation = "caller", .make = MakeSelf},
    {.operation = "set_signal", .make = MakeSignal},
    {.operation = "make_pipe", .make = MakePipe, .gives = KernelCall::Gives::kEnds},
    {.operation = "close", .make = MakeClose},
    {.operation = "duplicate", .make = MakeDuplicate},
    {.operation = "flags_of", .make = MakeFlagsOf},
    {.operation = "set_flags", .make = MakeSetFlags},
    {.operation = "seek", .make = MakeSeek},
    {.operation = "read", .make = MakeRead, .would_block = ReadWouldBlock},
    {.operation = "read_at", .make = MakeReadAt},
    {.operation = "write", .make = MakeWrite},
    {.operation = "write_at", .make = MakeWriteAt},
    {.operation = "open", .make = MakeOpen},
    {.operation = "wait_for_writer",
     .make = MakeEndOfOpen,
     .would_block = IsOpening,
     .gives_argument = true},
    {.operation = "wait_for_reader",
     .make = MakeEndOfOpen,
     .would_block = IsOpening,
     .gives_argument = true},
    {.operation = "make_fifo", .make = MakeFifo},
    {.operation = "look_up", .make = MakeLookUp},
    {.operation = "link", .make = MakeLink},
    {.operation = "rename", .make = MakeRename},
    {.operation = "unlink", .make = MakeUnlink},
    {.operation = "status_of", .make = MakeStatusOf},
    {.operation = "status_of_name", .make = MakeStatusOfName},
    {.operation = "truncate",
     .make = MakeTruncate,
     .numbers = "shared memory object",
     .number_bits = -1},
    {.operation = "map", .make = MakeMap, .numbers = "shared memory object", .number_bits = -1},
    {.operation = "open_object", .make = MakeOpenObject},
    {.operation = "open_semaphore",
     .make = MakeOpenSemaphore,
     .numbers = "semaphore",
     .number_bits = 255},
};

}  // namespace

int Caller::NumberOf(pid_t pid) const {
  for (std::size_t i = 1; i < pids.size(); ++i) {
    if (pids[i] == pid) return static_cast<int>(i);
  }
  return 0;
}

pid_t Caller::PidOf(int64_t of) const {
  const bool is_there =
      of > 0 && of < static_cast<int64_t>(pids.size()) && pids[static_cast<std::size_t>(of)] != 0;
  return is_there ? pids[static_cast<std::size_t>(of)].load() : getpid();
}

const KernelCall* FindKernelCall(std::string_view operation) {
  const auto* const found =
      std::find_if(std::begin(kKernelCalls), std::end(kKernelCalls),
                   [&](const KernelCall& call) { return call.operation == operation; });
  return found == std::end(kKernelCalls) ? nullptr : found;
}

DescriptorSeen LookAtDescriptor(int descriptor) {
  DescriptorSeen seen;
  const int flags = fcntl(descriptor, F_GETFL);
  struct stat info {};
  if (flags < 0 || fstat(descriptor, &info) < 0) return seen;
  seen.is_open = true;
  seen.is_pipe = S_ISFIFO(info.st_mode);
  seen.is_regular = S_ISREG(info.st_mode);
  seen.is_nonblocking = (flags & O_NONBLOCK) != 0;
  seen.appends = (flags & O_APPEND) != 0;
  seen.access = flags & O_ACCMODE;
  seen.device = info.st_dev;
  seen.inode = info.st_ino;
  seen.size = info.st_size;
  int waiting = 0;
  if (seen.is_pipe && ioctl(descriptor, FIONREAD, &waiting) == 0) seen.waiting = waiting;
  if (seen.is_regular) seen.offset = lseek(descriptor, 0, SEEK_CUR);
  return seen;
}

// sem_overview(7).
std::string SemaphoreFile(std::string_view real_name) {
  if (real_name.starts_with('/')) real_name.remove_prefix(1);
  return fmt::format("/dev/shm/sem.{}", real_name);
}

// "=" keeps it from being "." or "..".
std::string FileOf(std::string path) {
  std::replace(path.begin(), path.end(), '/', '%');
  return "=" + path;
}

std::string PathOf(std::string file) {
  std::replace(file.begin(), file.end(), '%', '/');
  return file.substr(1);
}

}  // namespace interleave
