#include "sim/host/sandbox.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <optional>
#include <span>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include "sim/host/descriptor.h"

namespace interleave {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSharedMemoryFolder = "/dev/shm";
constexpr std::string_view kNameBegin = "interleave-";
constexpr std::string_view kSemaphoreBegin = "sem.";  // of the file of one that has a name

struct ProcessStat {
  char state = '?';  // 'R', 'S', 'Z', ...: see proc(5)
  uint64_t start_time = 0;
};

// Nothing when there is no such process, or it cannot be seen.
std::optional<ProcessStat> ReadStat(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text;
  std::getline(file, text, '\0');
  // The second field, the command in parentheses, may hold anything.
  const std::size_t command_end = text.rfind(')');
  if (command_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(command_end + 1));
  ProcessStat stat;
  fields >> stat.state;
  std::string skipped;
  for (int field = 4; field < 22; ++field) fields >> skipped;
  fields >> stat.start_time;
  if (!fields) return std::nullopt;
  return stat;
}

// Whether the process `pid` that began at `start_time` still runs. In doubt it does.
bool Lives(pid_t pid, uint64_t start_time) {
  const std::optional<ProcessStat> stat = ReadStat(pid);
  if (!stat) return kill(pid, 0) == 0 || errno != ESRCH;
  return stat->start_time == start_time && stat->state != 'Z' && stat->state != 'X';
}

// Digest of what gives a process number and a start time their meaning.
uint32_t Place() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0)
    ThrowSystemError(errno, "cannot read the host's name");
  std::string text = host.data();
  for (const char* name : {"/proc/self/ns/pid", "/proc/self/ns/time"}) {
    struct stat info {};
    if (stat(name, &info) == 0) text += fmt::format(" {}", info.st_ino);
  }
  return XXH32(text.data(), text.size(), 0);
}

std::string NewRunId() {
  const pid_t pid = getpid();
  const std::optional<ProcessStat> stat = ReadStat(pid);
  if (!stat)
    ThrowSystemError(ENOENT, fmt::format("cannot read /proc/{}/stat (is /proc mounted?)", pid));
  uint64_t random = 0;
  if (getrandom(&random, sizeof random, 0) != static_cast<ssize_t>(sizeof random)) {
    ThrowSystemError(errno, "cannot get a random number");
  }
  return fmt::format("{:08x}-{}-{}-{:016x}", Place(), pid, stat->start_time, random);
}

// Reads a number and the '-' behind it off the front of `text`.
template <class Number>
bool TakeNumberOff(std::string_view& text, int base, Number& number) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc() || stop == end || *stop != '-') return false;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()) + 1);
  return true;
}

// Whether `text` begins with the id of a run of this place whose owner is no more.
bool IsOfDeadRun(std::string_view text, uint32_t here) {
  uint32_t place = 0;
  pid_t pid = 0;
  uint64_t start_time = 0;
  return TakeNumberOff(text, 16, place) && TakeNumberOff(text, 10, pid) &&
         TakeNumberOff(text, 10, start_time) && place == here && pid > 0 && !Lives(pid, start_time);
}

// $TMPDIR or /tmp. Absolute, so that the working folder may change later.
std::string TemporaryFolder() {
  const char* const set = std::getenv("TMPDIR");
  return fs::absolute(set != nullptr && *set != '\0' ? set : "/tmp").string();
}

// Of the names of this user's folders; a run id follows.
std::string FolderBegin() { return fmt::format("{}{}-", kNameBegin, geteuid()); }

std::vector<std::string> EntriesOf(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    names.push_back(at->path().filename().string());
  }
  return names;
}

// Of this user, and of the type (S_IFDIR, S_IFREG) itself, not through a link.
bool IsOurs(const std::string& path, mode_t type) {
  struct stat info {};
  return lstat(path.c_str(), &info) == 0 && (info.st_mode & S_IFMT) == type &&
         info.st_uid == geteuid();
}

// True when it is gone, or not ours.
bool RemoveFolder(const std::string& path) {
  std::error_code error;
  if (IsOurs(path, S_IFDIR)) fs::remove_all(path, error);  // Removes links, follows none.
  return !error;
}

// True when it is gone, or not ours.
bool RemoveSharedMemory(const std::string& entry) {
  return !IsOurs(fmt::format("{}/{}", kSharedMemoryFolder, entry), S_IFREG) ||
         shm_unlink(("/" + entry).c_str()) == 0;
}

// What is behind that mark, or the name as it is.
std::string_view WithoutSemaphoreBegin(std::string_view entry) {
  if (entry.starts_with(kSemaphoreBegin)) entry.remove_prefix(kSemaphoreBegin.size());
  return entry;
}

// Leaves nothing open but `kept`, and /dev/null as standard input, output and error: whoever reads
// from a pipe that this process inherited shall see its end. REQUIRES: kept > 2.
void CloseAllBut(int kept) {
  for (const std::string& entry : EntriesOf("/proc/self/fd")) {
    const int descriptor = std::atoi(entry.c_str());
    if (descriptor != kept) close(descriptor);
  }
  // The lowest number is free: 0.
  if (open("/dev/null", O_RDWR) == STDIN_FILENO) {
    dup2(STDIN_FILENO, STDOUT_FILENO);
    dup2(STDIN_FILENO, STDERR_FILENO);
  }
}

}  // namespace

// Written by the owner, read by the janitor once the owner is dead. pid is the last one set and the
// first one cleared, so that a slot is right wherever the owner died.
struct Sandbox::Slot {
  std::atomic<pid_t> pid{0};  // 0: free
  std::atomic<uint64_t> start_time{0};
  std::atomic<bool> is_group{false};
};

pid_t ForkWithSignalsBlocked(const char* what) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  const pid_t pid = fork();
  const int error = errno;
  if (pid != 0) pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) ThrowSystemError(error, what);
  return pid;
}

Sandbox::Sandbox(std::string run_id)
    : owner_(getpid()),
      run_id_(std::move(run_id)),
      path_(fmt::format("{}/{}{}", TemporaryFolder(), FolderBegin(), run_id_)) {}

Sandbox::Sandbox() : Sandbox(NewRunId()) {
  Sweep();
  static_assert(std::atomic<pid_t>::is_always_lock_free);
  static_assert(std::atomic<uint64_t>::is_always_lock_free);
  static_assert(std::atomic<bool>::is_always_lock_free);
  void* const page = mmap(nullptr, sizeof(Slot) * kMaxChildren, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) ThrowSystemError(errno, "cannot map the list of processes");
  slots_ = static_cast<Slot*>(page);
  std::uninitialized_default_construct_n(slots_, kMaxChildren);
  StartJanitor();
  // After the janitor: there is no moment at which nobody would remove it.
  if (mkdir(path_.c_str(), S_IRWXU) != 0)
    ThrowSystemError(errno, "cannot make the folder " + path_);
}

Sandbox::~Sandbox() {
  if (getpid() == owner_) {
    if (RemoveAll() && janitor_ > 0) {
      // Nothing is left to do for it. Killed, rather than waited for at the pipe's end, which a
      // stray process that still holds the other end would put off.
      kill(janitor_, SIGKILL);
      while (waitpid(janitor_, nullptr, 0) < 0 && errno == EINTR) continue;
    }
  }
  ForgetInChild();
}

std::string Sandbox::Name(std::string_view suffix) const {
  return fmt::format("/{}{}-{}", kNameBegin, run_id_, suffix);
}

void Sandbox::ForgetInChild() {
  if (write_end_ >= 0) close(write_end_);
  write_end_ = -1;
  if (slots_ != nullptr) munmap(slots_, sizeof(Slot) * kMaxChildren);
  slots_ = nullptr;
}

Sandbox::Slot& Sandbox::FreeSlot() {
  const std::span<Slot> slots(slots_, kMaxChildren);
  const auto free = std::find_if(slots.begin(), slots.end(),
                                 [](const Slot& slot) { return slot.pid.load() == 0; });
  assert(free != slots.end() && "more children than kMaxChildren");
  return *free;
}

void Sandbox::Register(pid_t pid) {
  Slot& slot = FreeSlot();
  // Where the time cannot be read the janitor leaves the child to PR_SET_PDEATHSIG.
  slot.start_time = ReadStat(pid).value_or(ProcessStat()).start_time;
  slot.is_group = false;
  slot.pid = pid;
}

std::atomic<pid_t>* Sandbox::GroupPlace() {
  Slot& slot = FreeSlot();
  slot.is_group = true;
  return &slot.pid;
}

void Sandbox::Unregister(pid_t pid) {
  for (Slot& slot : std::span<Slot>(slots_, kMaxChildren)) {
    if (slot.pid.load() == pid) slot.pid = 0;
  }
}

int Sandbox::registered() const {
  const std::span<const Slot> slots(slots_, kMaxChildren);
  return static_cast<int>(std::count_if(slots.begin(), slots.end(),
                                        [](const Slot& slot) { return slot.pid.load() != 0; }));
}

void Sandbox::Sweep() {
  const uint32_t here = Place();
  const std::string temporary = TemporaryFolder();
  const std::string begin = FolderBegin();
  for (const std::string& entry : EntriesOf(temporary)) {
    const std::string_view name = entry;
    if (name.starts_with(begin) && IsOfDeadRun(name.substr(begin.size()), here)) {
      RemoveFolder(fmt::format("{}/{}", temporary, entry));
    }
  }
  for (const std::string& entry : EntriesOf(kSharedMemoryFolder)) {
    const std::string_view name = WithoutSemaphoreBegin(entry);
    if (name.starts_with(kNameBegin) && IsOfDeadRun(name.substr(kNameBegin.size()), here)) {
      RemoveSharedMemory(entry);
    }
  }
}

void Sandbox::StartJanitor() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) ThrowSystemError(errno, "cannot make a pipe");
  write_end_ = ends[1];
  try {
    janitor_ = ForkWithSignalsBlocked("cannot start the process that cleans up");
  } catch (...) {
    close(ends[0]);
    throw;
  }
  if (janitor_ == 0) RunJanitor(ends[0]);
  close(ends[0]);
}

// Every signal stays blocked to its end. In a session of its own it is out of the terminal's reach.
void Sandbox::RunJanitor(int read_end) noexcept {
  prctl(PR_SET_NAME, "il-janitor");
  setsid();
  close(write_end_);
  const int pipe_end = fcntl(read_end, F_DUPFD, STDERR_FILENO + 1);
  if (pipe_end < 0) _exit(1);
  CloseAllBut(pipe_end);
  if (chdir("/") != 0) _exit(1);  // Where it started may have to be unmounted.
  // Bytes come where the pipe took the place of the owner's closed standard output.
  char ignored = 0;
  ssize_t got = 0;
  do {
    got = read(pipe_end, &ignored, 1);
  } while (got > 0 || (got < 0 && errno == EINTR));
  if (got == 0) {
    KillRegistered();
    // What is being killed may put a file into the folder while it is emptied. Sixteen seconds at
    // most; the next run tries again.
    timespec delay = {0, 1'000'000};
    for (int tries = 0; tries < 14 && !RemoveAll(); ++tries) {
      nanosleep(&delay, nullptr);
      const int64_t twice = 2 * (delay.tv_sec * int64_t{1'000'000'000} + delay.tv_nsec);
      delay = {static_cast<time_t>(twice / 1'000'000'000),
               static_cast<long>(twice % 1'000'000'000)};
    }
  }
  _exit(got == 0 ? 0 : 1);
}

void Sandbox::KillRegistered() noexcept {
  // Until they are gone they may still make files: two seconds at most, for one that the kernel
  // does not let go. And until the owner is, another one may be registered, because its descriptors
  // are closed before it has died; not for long, because it may only have left the folder to us.
  constexpr int kMostForOwner = 100;
  const timespec millisecond{0, 1'000'000};
  for (int tries = 0; tries < 2'000; ++tries) {
    bool is_over = getppid() != owner_ || tries >= kMostForOwner;
    for (const Slot& slot : std::span<const Slot>(slots_, kMaxChildren)) {
      const pid_t pid = slot.pid.load();
      if (pid <= 0) continue;
      // The leader of a group may be gone: as long as there are others, its number is no other
      // group's.
      const bool lives =
          slot.is_group.load() ? kill(-pid, 0) == 0 : Lives(pid, slot.start_time.load());
      if (!lives) continue;
      kill(slot.is_group.load() ? -pid : pid, SIGKILL);
      is_over = false;
    }
    if (is_over) return;
    nanosleep(&millisecond, nullptr);
  }
}

bool Sandbox::RemoveAll() noexcept {
  bool is_gone = RemoveFolder(path_);
  const std::string begin = Name("").substr(1);
  for (const std::string& entry : EntriesOf(kSharedMemoryFolder)) {
    if (WithoutSemaphoreBegin(entry).starts_with(begin))
      is_gone = RemoveSharedMemory(entry) && is_gone;
  }
  return is_gone;
}

}  // namespace interleave
