// The coordinator chooses each call when it knows what those before gave, and gives turns.

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <iterator>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "tests/support/kernel_calls.h"
#include "tests/support/kernel_calls_process.h"

namespace interleave {
namespace {

constexpr int kMostCallers = CallSequence::kMostProcesses;
constexpr int kFds = CallSequence::kFds;
constexpr int kNameCount = 3;  // of objects, and of semaphores
// What the kernel of the model holds at a time; of objects and semaphores, in a run.
constexpr int kFiles = 6;
constexpr int kDescriptions = 18;
constexpr int kNamedThings = 4;

// By CallKind: how often each is made, and in sequences of which themes more often: processes,
// pipes, files, FIFOs or names.
constexpr struct {
  const char* name;
  unsigned often;
  std::string_view themes;
} kKinds[] = {{"", 0, ""},
              {"fork", 3, "Cpfn"},
              {"_exit", 2, "Cpf"},
              {"getppid", 1, "C"},
              {"waitpid", 4, "C"},
              {"signal", 1, "pF"},
              {"pipe2", 5, "Cp"},
              {"close", 5, "CpfF"},
              {"dup", 3, "pf"},
              {"dup2", 4, "pf"},
              {"read", 8, "CpfF"},
              {"write", 8, "pfF"},
              {"F_GETFL", 1, "pf"},
              {"F_SETFL", 2, "pfF"},
              {"shm_open", 4, "n"},
              {"shm_unlink", 1, "n"},
              {"ftruncate", 4, "fn"},
              {"exchange", 4, "n"},
              {"sem_open", 2, "n"},
              {"sem_unlink", 1, "n"},
              {"open", 6, "fFn"},
              {"unlink", 1, "Fn"},
              {"mkfifo", 6, "F"},
              {"link", 1, "n"},
              {"rename", 1, "n"},
              {"access", 1, "n"},
              {"lseek", 2, "f"},
              {"pread", 2, "f"},
              {"pwrite", 2, "f"},
              {"fstat", 2, "fF"}};
constexpr std::string_view kThemes = "CpfFn ";

class CallCoordinator {
 public:
  explicit CallCoordinator(uint64_t seed) : random_(seed) {
    sequence_.seed = seed;
    folder_ = (std::filesystem::temp_directory_path() / "interleave_calls_XXXXXX").string();
    if (mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("no folder");
    void* const at =
        mmap(nullptr, sizeof(CallBoard), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) throw std::runtime_error("no memory for the processes");
    board_ = new (at) CallBoard();
    for (sem_t& turn : board_->turn) sem_init(&turn, 1, 0);
    sem_init(&board_->over, 1, 0);
    // Orphans come here, to be waited for.
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    const char theme = kThemes[seed % kThemes.size()];
    for (std::size_t i = 0; i < std::size(kKinds); ++i) {
      const bool is_of_theme = kKinds[i].themes.find(theme) != std::string_view::npos;
      weights_[i] = is_of_theme ? 8 + Below(8) : Below(4) == 0 || theme == ' ' ? Below(8) : 0;
    }
  }
  CallCoordinator(const CallCoordinator&) = delete;
  CallCoordinator& operator=(const CallCoordinator&) = delete;
  ~CallCoordinator() {
    for (int i = 0; i < processes_; ++i) {
      if (Is(i, kLives)) kill(board_->ids[i], SIGKILL);
    }
    while (wait(nullptr) > 0 || errno == EINTR) {
    }
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    for (int i = 0; i < kNameCount; ++i) {
      shm_unlink(PrivateName(run_, 'm', i).c_str());
      sem_unlink(PrivateName(run_, 's', i).c_str());
    }
    munmap(board_, sizeof(CallBoard));
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  CallSequence Make() {
    StartFirst();
    for (int tries = 0; tries < 200 && sequence_.calls.size() < CallSequence::kMostCalls; ++tries) {
      const int who = Someone();
      if (who < 0) break;
      const std::optional<std::size_t> tried = tries_[At(who)];
      const TableCall call = tried ? sequence_.calls[*tried] : RandomCall(who);
      if (!tried && !IsHeld(call)) continue;
      Turn(call);
      if (board_->end == CallEnd::kLeftOut) continue;
      const std::size_t number = tried ? *tried : sequence_.calls.size();
      if (!tried) sequence_.calls.push_back(call);
      sequence_.turns.push_back({number, board_->end, board_->answer});
      tries_[At(who)].reset();
      if (board_->end == CallEnd::kBlocks) tries_[At(who)] = number;
      if (board_->end == CallEnd::kKills) break;
      Note(call);
    }
    return std::move(sequence_);
  }

 private:
  enum Life { kUnborn, kLives, kOver, kReaped };

  static std::size_t At(int number) { return static_cast<std::size_t>(number); }
  unsigned Below(unsigned n) { return static_cast<unsigned>(random_() % n); }
  bool Is(int who, Life life) const { return lives_[At(who)] == life; }

  bool IsGone(int who) const {
    return Is(who, kReaped) || (Is(who, kOver) && !Is(parents_[At(who)], kLives));
  }

  static off_t SizeOf(const std::string& name) {
    struct stat status = {};
    const int fd = shm_open(name.c_str(), O_RDONLY, 0);
    if (fd < 0) return 0;
    fstat(fd, &status);
    close(fd);
    return status.st_size;
  }

  void StartFirst() {
    const pid_t child = fork();
    if (child < 0) throw std::runtime_error("no process");
    if (child == 0) {
      if (chdir(folder_.c_str()) != 0) _exit(1);
      const int null = open("/dev/null", O_RDWR);
      for (int fd = 0; fd < 3; ++fd) dup2(null, fd);
      for (int fd = 3; fd < 64; ++fd) close(fd);
      const rlimit most = {kFds, kFds};
      setrlimit(RLIMIT_NOFILE, &most);
      std::signal(SIGPIPE, SIG_DFL);
      MakeCallsOf(*board_, run_);
    }
    board_->ids[0] = child;
    for (std::size_t fd = 0; fd < 3; ++fd) board_->open[0][fd].sort = OpenThing::kTerminal;
    lives_[0] = kLives;
    processes_ = 1;
  }

  // -1: nobody is left, or everybody is blocked and nobody changes that.
  int Someone() {
    std::vector<int> can;
    for (int i = 0; i < processes_; ++i) {
      if (!Is(i, kLives)) continue;
      const unsigned weight = tries_[At(i)] ? 1 : 3;
      can.insert(can.end(), weight, i);
    }
    const bool all_blocked =
        std::all_of(can.begin(), can.end(), [&](int i) { return tries_[At(i)].has_value(); });
    if (all_blocked && Below(4) == 0) return -1;
    return can.empty() ? -1 : can[Below(static_cast<unsigned>(can.size()))];
  }

  // One that is open, of the sort that the call is made for if there is one; or any.
  int Fd(int who, OpenThing::Sort wanted) {
    constexpr int kOdd[] = {-1, 15, 16, 17, 1000};
    std::vector<int> open;
    for (int fd = 0; fd < kFds; ++fd) {
      const OpenThing::Sort sort = board_->open[At(who)][At(fd)].sort;
      if (sort != OpenThing::kNone) open.insert(open.end(), sort == wanted ? 8 : 1, fd);
    }
    const unsigned sort = Below(20);
    if (sort < 15 && !open.empty()) return open[Below(static_cast<unsigned>(open.size()))];
    if (sort < 19) return static_cast<int>(Below(kFds));
    return kOdd[Below(std::size(kOdd))];
  }

  bool IsFifo(int name) const {
    struct stat status = {};
    return stat((folder_ + "/" + NameOfFile(name)).c_str(), &status) == 0 &&
           S_ISFIFO(status.st_mode);
  }

  int Length() {
    constexpr int kLengths[] = {0, 1, 1, 2, 3, 4, 5, 8, 20, 64};
    return kLengths[Below(std::size(kLengths))];
  }

  TableCall RandomCall(int who) {
    constexpr int kLengths[] = {-1, 0, 4, 8, 12, 16};
    constexpr int kOpenFlags[] = {O_RDWR, O_RDWR | O_CREAT, O_RDWR | O_CREAT | O_EXCL};
    std::vector<CallKind> kinds;
    for (std::size_t i = 1; i < std::size(kKinds); ++i)
      kinds.insert(kinds.end(), kKinds[i].often * weights_[i], static_cast<CallKind>(i));
    if (kinds.empty()) kinds.push_back(CallKind::kPipe);
    TableCall call;
    call.who = who;
    call.kind = kinds[Below(static_cast<unsigned>(kinds.size()))];
    const bool is_of_object = call.kind == CallKind::kFtruncate || call.kind == CallKind::kExchange;
    const bool is_of_file = call.kind >= CallKind::kOpen || Below(3) == 0;
    const OpenThing::Sort wanted = is_of_object ? OpenThing::kObject
                                   : is_of_file ? OpenThing::kFile
                                                : OpenThing::kPipe;
    switch (call.kind) {
      case CallKind::kFork: call.a = processes_; break;
      case CallKind::kExit: call.a = static_cast<int>(Below(600)); break;
      case CallKind::kWaitpid:
        call.a = Below(3) == 0 ? -1 : static_cast<int>(Below(static_cast<unsigned>(processes_)));
        call.b = Below(2) == 0 ? WNOHANG : 0;
        break;
      case CallKind::kSignal: call.a = Below(3) != 0; break;
      case CallKind::kPipe: call.a = Below(4) == 0 ? O_NONBLOCK : 0; break;
      case CallKind::kDup2:
        call.a = Fd(who, wanted);
        call.b = Fd(who, wanted);
        break;
      case CallKind::kRead:
        call.a = Fd(who, wanted);
        call.b = Length();
        break;
      case CallKind::kWrite:
        call.a = Fd(who, wanted);
        call.b = Length();
        call.c = static_cast<int>(1 + Below(100));
        break;
      case CallKind::kSetFlags:
        call.a = Fd(who, wanted);
        call.b = (Below(3) != 0 ? O_NONBLOCK : 0) | (Below(3) == 0 ? O_APPEND : 0);
        break;
      case CallKind::kShmOpen:
        call.a = static_cast<int>(Below(kNameCount));
        call.b = kOpenFlags[Below(3)] | (Below(6) == 0 ? O_TRUNC : 0);
        if (Below(6) == 0) call.b &= ~(O_RDWR | O_TRUNC);
        break;
      case CallKind::kFtruncate:
        call.a = Fd(who, wanted);
        call.b = kLengths[Below(std::size(kLengths))];
        break;
      case CallKind::kExchange:
        call.a = Fd(who, wanted);
        call.b = static_cast<int>(1 + Below(1000));
        break;
      case CallKind::kSemOpen:
        call.a = static_cast<int>(Below(kNameCount));
        call.b = kOpenFlags[Below(3)] & ~O_RDWR;
        call.c = static_cast<int>(Below(4));
        break;
      case CallKind::kShmUnlink:
      case CallKind::kSemUnlink: call.a = static_cast<int>(Below(kNameCount)); break;
      case CallKind::kClose:
      case CallKind::kDup:
      case CallKind::kFstat:
      case CallKind::kGetFlags: call.a = Fd(who, wanted); break;
      case CallKind::kGetppid: break;
      case CallKind::kOpen: {
        constexpr int kMore[] = {0, O_CREAT, O_CREAT, O_CREAT | O_EXCL};
        call.a = static_cast<int>(Below(2));
        call.b = static_cast<int>(Below(3)) | kMore[Below(4)] | (Below(6) == 0 ? O_TRUNC : 0) |
                 (Below(4) == 0 ? O_APPEND : 0) |
                 (Below(2) == 0 || IsFifo(call.a) ? O_NONBLOCK : 0);
        break;
      }
      case CallKind::kLink:
      case CallKind::kRename: call.b = static_cast<int>(Below(2)); [[fallthrough]];
      case CallKind::kUnlink:
      case CallKind::kMkfifo:
      case CallKind::kAccess: call.a = static_cast<int>(Below(2)); break;
      case CallKind::kLseek:
        call.a = Fd(who, wanted);
        call.b = static_cast<int>(Below(12)) - 4;
        call.c = Below(8) == 0 ? 9 : static_cast<int>(Below(3));
        break;
      case CallKind::kPread:
      case CallKind::kPwrite:
        call.a = Fd(who, wanted);
        call.b = Length();
        call.c = static_cast<int>(Below(8)) - 1;
        break;
    }
    return call;
  }

  // Whether the model of the kernel holds what the call may make.
  bool IsHeld(const TableCall& call) {
    std::set<std::pair<OpenThing::Sort, ino_t>> files;
    std::set<int> descriptions;
    for (int i = 0; i < 2; ++i) {
      struct stat status = {};
      if (stat((folder_ + "/" + NameOfFile(i)).c_str(), &status) == 0)
        files.emplace(S_ISFIFO(status.st_mode) ? OpenThing::kPipe : OpenThing::kFile,
                      status.st_ino);
    }
    for (int i = 0; i < processes_; ++i) {
      for (std::size_t fd = 0; fd < kFds && Is(i, kLives); ++fd) {
        const OpenThing& thing = board_->open[At(i)][fd];
        if (thing.sort == OpenThing::kPipe || thing.sort == OpenThing::kFile)
          files.emplace(thing.sort, thing.number);
        if (thing.sort != OpenThing::kNone && thing.sort != OpenThing::kTerminal)
          descriptions.insert(thing.description);
      }
    }
    const auto& open = board_->open[At(call.who)];
    const bool is_full = std::all_of(open.begin(), open.end(), [](const OpenThing& thing) {
      return thing.sort != OpenThing::kNone;
    });
    const bool may_open = descriptions.size() + 2 <= kDescriptions;
    switch (call.kind) {
      case CallKind::kFork: return processes_ < kMostCallers;
      case CallKind::kExit: return call.who != 0 || random_() % 4 == 0;
      // The model gives a process that is gone and a later one the same identifier.
      case CallKind::kWaitpid: return call.a < 0 || !IsGone(call.a) || call.a == processes_ - 1;
      case CallKind::kPipe: return may_open && files.size() < kFiles;
      case CallKind::kMkfifo: return files.size() < kFiles;
      case CallKind::kOpen: return may_open && (files.size() < kFiles || (call.b & O_CREAT) == 0);
      case CallKind::kShmOpen:
        return may_open && (objects_ < kNamedThings || (call.b & O_CREAT) == 0) &&
               ((call.b & O_TRUNC) == 0 || SizeOf(PrivateName(run_, 'm', call.a)) == 0);
      // The C library wants a descriptor for it.
      case CallKind::kSemOpen:
        return !is_full && (semaphores_ < kNamedThings || (call.b & O_CREAT) == 0);
      default: return true;
    }
  }

  void Turn(const TableCall& call) {
    board_->call = call;
    board_->end = CallEnd::kReturns;
    board_->answer = {};
    const bool exits = call.kind == CallKind::kExit;
    const int exited =
        exits ? static_cast<int>(syscall(SYS_pidfd_open, board_->ids[call.who], 0)) : -1;
    if (exits && exited < 0) throw std::runtime_error("no descriptor of a process");
    sem_post(&board_->turn[call.who]);
    bool is_over = false;
    if (exits) {
      pollfd end = {exited, POLLIN, 0};
      is_over = poll(&end, 1, kAnswerSeconds * 1000) == 1;
      close(exited);
    } else {
      timespec until = {};
      clock_gettime(CLOCK_REALTIME, &until);
      until.tv_sec += kAnswerSeconds;
      int result = 0;
      while ((result = sem_timedwait(&board_->over, &until)) != 0 && errno == EINTR) {
      }
      is_over = result == 0;
    }
    if (!is_over)
      throw std::runtime_error("a process does not answer: " + sequence_.Text(1000, 1000));
  }

  void Note(const TableCall& call) {
    const CallAnswer& answer = board_->answer;
    if (call.kind == CallKind::kExit) lives_[At(call.who)] = kOver;
    if (call.kind == CallKind::kFork) {
      if (answer.result < 0) throw std::runtime_error("no process");
      board_->open[At(call.a)] = board_->open[At(call.who)];
      lives_[At(call.a)] = kLives;
      parents_[At(call.a)] = call.who;
      ++processes_;
    }
    if (call.kind == CallKind::kWaitpid && answer.result > 0) lives_[At(answer.result)] = kReaped;
    // More than were made, perhaps: each may have been.
    objects_ += call.kind == CallKind::kShmOpen && answer.result >= 0 && (call.b & O_CREAT) != 0;
    semaphores_ += call.kind == CallKind::kSemOpen && answer.result >= 0 && (call.b & O_CREAT) != 0;
  }

  const pid_t run_ = getpid();
  std::string folder_;
  std::mt19937_64 random_;
  std::array<unsigned, std::size(kKinds)> weights_ = {};
  CallBoard* board_ = nullptr;
  CallSequence sequence_;
  int processes_ = 0;
  std::array<Life, kMostCallers> lives_ = {};
  std::array<int, kMostCallers> parents_ = {};
  std::array<std::optional<std::size_t>, kMostCallers> tries_;
  int objects_ = 0, semaphores_ = 0;
};

}  // namespace

CallSequence MakeRealCalls(uint64_t seed) { return CallCoordinator(seed).Make(); }

std::pair<std::string, std::string> CallSequence::Said(const CallTurn& turn) const {
  constexpr const char* kEnds[] = {"", "blocks", "is killed", "is left out"};
  const std::string end = kEnds[static_cast<std::size_t>(turn.end)];
  return {kKinds[static_cast<std::size_t>(calls[turn.call].kind)].name,
          turn.answer.error != 0 ? fmt::format("errno {}", turn.answer.error) : end};
}

std::string CallSequence::Text(std::size_t turn_count, std::size_t count) const {
  std::string text;
  turn_count = std::min(turn_count, turns.size());
  for (std::size_t i = turn_count - std::min(count, turn_count); i < turn_count; ++i) {
    const TableCall& call = calls[turns[i].call];
    const auto& [name, end] = Said(turns[i]);
    text += fmt::format("{}: {}({}, {}, {}) = {} {}, more {}\n", call.who, name, call.a, call.b,
                        call.c, turns[i].answer.result, end, turns[i].answer.more);
  }
  return text;
}

}  // namespace interleave
