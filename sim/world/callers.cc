#include "sim/world/callers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>

#include "sim/world/patience.h"
#include "sim/world/real_errors.h"

namespace interleave {
namespace {

// Ends them all but the keeper, which ignores it.
constexpr int kEndSignal = SIGUSR1;
constexpr std::string_view kSemaphoreBegin = "sem.";

long WaitOnWord(unsigned* word, unsigned value, const timespec* timeout) {
  return syscall(SYS_futex, word, FUTEX_WAIT, value, timeout, nullptr, 0);
}

void Wake(unsigned* word) { syscall(SYS_futex, word, FUTEX_WAKE, 1, nullptr, nullptr, 0); }

// Nothing is open but /dev/null as standard input, output and error.
void OpenOnlyStandard() {
  if (syscall(SYS_close_range, 0U, ~0U, 0U) != 0)
    ThrowSystemError(errno, "cannot close descriptors");
  for (int descriptor = 0; descriptor < 3; ++descriptor) {
    if (open("/dev/null", O_RDWR) != descriptor) ThrowSystemError(errno, "cannot open /dev/null");
  }
}

}  // namespace

// `told` is raised by who orders, `answered` follows it when that is done.
struct alignas(64) Callers::Channel {
  unsigned told = 0;
  unsigned answered = 0;
  Order order = Order::kCall;
  const KernelCall* call = nullptr;  // in the program's image, which all have at one place
  bool is_blocked = false;
  pid_t subject = 0;  // kHowEnded: whose end
  int signal = 0;     // kHowEnded
  CallBlock block;
  std::array<DescriptorSeen, kDescriptors> seen;
};

namespace {

// proc(5): the state of a thread stands behind its name in brackets.
bool ThreadSleeps(pid_t pid, pid_t thread) {
  std::ifstream file(fmt::format("/proc/{}/task/{}/stat", pid, thread));
  std::string text;
  std::getline(file, text);
  const std::size_t name = text.rfind(')');
  return name != std::string::npos && name + 2 < text.size() && text[name + 2] == 'S';
}

}  // namespace

Callers::Callers(int most, std::vector<int> firsts, const RealOptions& options)
    : most_(most),
      firsts_(std::move(firsts)),
      options_(options),
      prefix_(sandbox_.Name("").substr(1)),
      folder_(sandbox_.path() + "/files"),
      region_(sandbox_, RegionKind::kAnonymous,
              (sizeof(Channel) + sizeof(std::atomic<pid_t>)) * static_cast<std::size_t>(most + 1)),
      children_(sandbox_),
      lives_(static_cast<std::size_t>(most + 1)) {
  std::filesystem::create_directory(folder_);
  keeper_ = children_.Start(0, [this] {
    setpgid(0, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    std::signal(kEndSignal, SIG_IGN);
    OpenOnlyStandard();
    Serve({0, false, Pids(), prefix_, folder_});
    return 0;
  });
  // It has no children before it is told to.
  setpgid(keeper_, keeper_);
  sandbox_.GroupPlace()->store(keeper_);
}

Callers::~Callers() {
  is_stopping_ = true;
  try {
    Tell(0, Order::kStop);
  } catch (const std::exception&) {
    kill(-keeper_, SIGKILL);
  }
}

Callers::Channel& Callers::At(int number) const {
  return static_cast<Channel*>(region_.parent_address())[number];
}

std::span<std::atomic<pid_t>> Callers::Pids() const {
  void* const behind = &At(most_ + 1);
  return {static_cast<std::atomic<pid_t>*>(behind), static_cast<std::size_t>(most_ + 1)};
}

CallBlock& Callers::BlockOf(int number) { return At(number).block; }

std::string Callers::Who(int number) const {
  return number == 0 ? "the process that keeps the others" : fmt::format("process {}", number);
}

// --- in the real processes

void Callers::Serve(Caller caller) const {
  for (;;) {
    Channel& channel = At(caller.number);
    const unsigned done = channel.answered;
    while (__atomic_load_n(&channel.told, __ATOMIC_SEQ_CST) == done) {
      WaitOnWord(&channel.told, done, nullptr);
    }
    const unsigned told = channel.told;
    const int before = caller.number;
    const bool is_last = channel.order == Order::kStop;
    Obey(caller, channel);
    // Who has just been forked was told nothing.
    if (caller.number != before) continue;
    __atomic_store_n(&channel.answered, told, __ATOMIC_SEQ_CST);
    Wake(&channel.answered);
    if (is_last) _exit(0);
  }
}

void Callers::Obey(Caller& caller, Channel& channel) const {
  switch (channel.order) {
    case Order::kCall:
    case Order::kAsk:
      channel.is_blocked =
          channel.call->would_block != nullptr && channel.call->would_block(caller, channel.block);
      if (channel.is_blocked || channel.order == Order::kAsk) return;
      {
        const int64_t result = channel.call->make(caller, channel.block);
        if (&channel == &At(caller.number)) channel.block.result = result;
      }
      return;
    case Order::kLook:
      for (std::size_t i = 0; i < kDescriptors; ++i)
        channel.seen[i] = LookAtDescriptor(static_cast<int>(i));
      return;
    case Order::kHowEnded: {
      siginfo_t info{};
      waitid(P_PID, static_cast<id_t>(channel.subject), &info, WEXITED | WNOHANG | WNOWAIT);
      channel.signal = info.si_code == CLD_EXITED ? 0 : info.si_status;
      return;
    }
    case Order::kStartRun:
      EndAll();
      MakeFirst(caller);
      return;
    case Order::kStop: EndAll(); return;
  }
}

// Those that are stopped as well. Who loses its parent is the keeper's.
void Callers::EndAll() const {
  kill(-getpgrp(), kEndSignal);
  kill(-getpgrp(), SIGCONT);
  while (waitpid(-1, nullptr, 0) >= 0 || errno == EINTR) continue;
  for (int number = 1; number <= most_; ++number) {
    At(number).answered = At(number).told;
    Pids()[static_cast<std::size_t>(number)] = 0;
  }
}

void Callers::MakeFirst(Caller& caller) const {
  pid_t pid = 0;
  for (const int number : firsts_) {
    pid = fork();
    if (pid < 0) ThrowSystemError(errno, "cannot start a process");
    if (pid == 0) {
      caller.number = number;
      caller.is_first = true;
      break;
    }
    Pids()[static_cast<std::size_t>(number)] = pid;
  }
  if (pid != 0) return;
  std::signal(kEndSignal, SIG_DFL);
  OpenOnlyStandard();
  const rlimit limit = {kDescriptors, kDescriptors};
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) ThrowSystemError(errno, "cannot limit descriptors");
}

// --- here

void Callers::StartRun() {
  Tell(0, Order::kStartRun);
  for (Life& life : lives_) life = {};
  for (const std::string& name : NamesInMemory()) shm_unlink(("/" + name).c_str());
  for (const auto& file : std::filesystem::directory_iterator(folder_))
    std::filesystem::remove(file.path());
  NoticeNew(0);
}

Callers::Answer Callers::Call(int number, const KernelCall& call, bool ends) {
  Channel& channel = At(number);
  channel.call = &call;
  channel.block.identity = 0;
  Answer answer;
  if (!Tell(number, Order::kCall, ends)) {
    answer.is_over = true;
    answer.killed_by = HowItEnded(number);
    NoticeEnd(number);
    const bool is_its_own = answer.killed_by == SIGPIPE || (ends && answer.killed_by == 0);
    if (!is_its_own && answer.killed_by != 0) {
      throw ProcessLost(fmt::format("{} was killed by signal {} ({})", Who(number),
                                    answer.killed_by, strsignal(answer.killed_by)));
    }
    if (!is_its_own) throw std::runtime_error(fmt::format("{} could not make a call", Who(number)));
    return answer;
  }
  Settle(number);
  if (channel.block.opening == CallBlock::kHasOpened && !channel.is_blocked) {
    // It did not wait after all.
    channel.block.opening = CallBlock::kNotOpening;
    channel.block.bytes[channel.block.bytes_at[2]] = 0;
    channel.block.result = channel.block.opened;
  }
  answer.is_blocked = channel.is_blocked;
  answer.result = channel.block.result;
  answer.identity = channel.block.identity;
  NoticeNew(number);
  return answer;
}

void Callers::Settle(int number) {
  constexpr timespec kMoment = {0, 20'000};
  const CallBlock& block = At(number).block;
  const pid_t pid = lives_[static_cast<std::size_t>(number)].pid;
  std::optional<Patience> patience;
  while (block.opening == CallBlock::kOpens) {
    if (block.opener != 0 && ThreadSleeps(pid, block.opener)) return;
    if (options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed))
      throw Interrupted();
    if (!patience) patience.emplace(pid, options_.hang_seconds);
    if (patience->Look() != Patience::Finding::kWait || IsOver(number))
      throw ProcessLost(Who(number) + " does not come to open a FIFO");
    nanosleep(&kMoment, nullptr);
  }
}

bool Callers::WouldBlock(int number, const KernelCall& call) {
  Settle(number);
  At(number).call = &call;
  if (!Tell(number, Order::kAsk)) throw ProcessLost(Who(number) + " ended while it was asked");
  return At(number).is_blocked;
}

std::array<DescriptorSeen, Callers::kDescriptors> Callers::LookAtDescriptors(int number) {
  if (!Tell(number, Order::kLook)) throw ProcessLost(Who(number) + " ended while it was asked");
  return At(number).seen;
}

std::vector<std::string> Callers::NamesInMemory() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator("/dev/shm")) {
    const std::string name = entry.path().filename().string();
    std::string_view rest = name;
    if (rest.starts_with(kSemaphoreBegin)) rest.remove_prefix(kSemaphoreBegin.size());
    if (rest.starts_with(prefix_)) names.push_back(name);
  }
  return names;
}

std::vector<NamedThing> Callers::Names() const {
  std::vector<NamedThing> names;
  for (const std::string& name : NamesInMemory()) {
    NamedThing thing;
    const bool is_semaphore = name.starts_with(kSemaphoreBegin);
    thing.sort = is_semaphore ? NamedThing::Sort::kSemaphore : NamedThing::Sort::kSharedMemory;
    thing.name = name.substr(prefix_.size() + (is_semaphore ? kSemaphoreBegin.size() : 0));
    struct stat info {};
    if (!is_semaphore && stat(("/dev/shm/" + name).c_str(), &info) == 0) thing.size = info.st_size;
    names.push_back(std::move(thing));
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    NamedThing thing;
    thing.name = PathOf(entry.path().filename().string());
    thing.sort = entry.is_fifo() ? NamedThing::Sort::kFifo : NamedThing::Sort::kFile;
    if (thing.sort == NamedThing::Sort::kFile) {
      std::ifstream file(entry.path(), std::ios::binary);
      thing.content.assign(std::istreambuf_iterator<char>(file), {});
      thing.size = static_cast<int64_t>(entry.file_size());
    }
    names.push_back(std::move(thing));
  }
  std::sort(names.begin(), names.end(), NamedThing::IsBefore);
  return names;
}

void Callers::NoticeNew(int parent) {
  for (int number = 1; number <= most_; ++number) {
    Life& life = lives_[static_cast<std::size_t>(number)];
    const pid_t pid = Pids()[static_cast<std::size_t>(number)];
    if (pid == life.pid) continue;
    life = {};
    if (pid == 0) continue;
    const long handle = syscall(SYS_pidfd_open, pid, 0);
    if (handle < 0) ThrowSystemError(errno, "cannot watch a process");
    At(number).block.opening = CallBlock::kNotOpening;
    life = {true, pid, parent, std::make_unique<Descriptor>(static_cast<int>(handle))};
  }
}

// Its children are the keeper's from now on, which waits for them by and by.
void Callers::NoticeEnd(int number) {
  Life& ended = lives_[static_cast<std::size_t>(number)];
  ended.is_alive = false;
  ended.handle.reset();
  At(number).answered = At(number).told;
  for (Life& life : lives_) {
    if (life.parent == number) life.parent = 0;
  }
  for (int other = 1; other <= most_; ++other) {
    Life& life = lives_[static_cast<std::size_t>(other)];
    if (life.is_alive || life.parent != 0) continue;
    life = {};
    Pids()[static_cast<std::size_t>(other)] = 0;
  }
}

bool Callers::IsOver(int number) const {
  pollfd asked = {lives_[static_cast<std::size_t>(number)].handle->number(), POLLIN, 0};
  return poll(&asked, 1, 0) == 1;
}

int Callers::HowItEnded(int number) {
  const Life& life = lives_[static_cast<std::size_t>(number)];
  At(life.parent).subject = life.pid;
  Tell(life.parent, Order::kHowEnded);
  return At(life.parent).signal;
}

bool Callers::Tell(int number, Order order, bool ends) {
  constexpr timespec kLookAround = {0, 50'000'000};
  constexpr int kLookForEndMs = 1;
  const auto is_stopped = [&] {
    return !is_stopping_ && options_.stop != nullptr &&
           options_.stop->load(std::memory_order_relaxed);
  };
  if (is_stopped()) throw Interrupted();
  ++orders_;
  if (options_.before_turn && !is_stopping_) {
    std::vector<pid_t> pids;
    for (int n = 1; n <= most_; ++n) pids.push_back(Pids()[static_cast<std::size_t>(n)]);
    options_.before_turn(orders_, pids);
  }
  Channel& channel = At(number);
  channel.order = order;
  const unsigned told = channel.told + 1;
  __atomic_store_n(&channel.told, told, __ATOMIC_SEQ_CST);
  Wake(&channel.told);
  std::optional<Patience> patience;
  for (;;) {
    const unsigned answered = __atomic_load_n(&channel.answered, __ATOMIC_SEQ_CST);
    if (answered == told) return true;
    if (is_stopped()) throw Interrupted();
    if (ends) {
      pollfd asked = {lives_[static_cast<std::size_t>(number)].handle->number(), POLLIN, 0};
      poll(&asked, 1, kLookForEndMs);
    } else if (WaitOnWord(&channel.answered, answered, &kLookAround) == 0 || errno != ETIMEDOUT) {
      continue;
    }
    if (const auto exit = children_.Poll()) ThrowEnd(*exit, Who(0), "");
    if (number != 0 && IsOver(number))
      return __atomic_load_n(&channel.answered, __ATOMIC_SEQ_CST) == told;
    if (!patience) {
      const pid_t pid = number == 0 ? keeper_ : lives_[static_cast<std::size_t>(number)].pid;
      patience.emplace(pid, options_.hang_seconds);
    }
    if (patience->Look() != Patience::Finding::kWait)
      throw ProcessLost(fmt::format("{} does not answer", Who(number)));
  }
}

}  // namespace interleave
