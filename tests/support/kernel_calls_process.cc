#include "tests/support/kernel_calls_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <set>

namespace interleave {
namespace {

constexpr int kNobody = 100;  // a process that is none of these, as kernel_calls.c has it
// What the model's pipes and files hold.
constexpr int kPipeBytes = 64;
constexpr int kFileBytes = 64;

// One of the processes.
class CallingProcess {
 public:
  CallingProcess(CallBoard& board, pid_t run) : board_(board), run_(run) {}

  // Never returns.
  [[noreturn]] void Live() {
    alarm(2 * kAnswerSeconds);
    for (;;) {
      while (sem_wait(&board_.turn[who_]) != 0) {
      }
      if (board_.call.kind == CallKind::kExit) _exit(board_.call.a);
      board_.answer = {};
      board_.end = CallEnd::kReturns;
      if (Make(board_.call)) Tell();
    }
  }

 private:
  OpenThing At(int fd) const {
    struct stat status = {};
    if (fstat(fd, &status) != 0) return {};
    const Description of = descriptions_[static_cast<std::size_t>(fd)];
    return {S_ISFIFO(status.st_mode)   ? OpenThing::kPipe
            : !S_ISREG(status.st_mode) ? OpenThing::kTerminal
            : of.is_of_object          ? OpenThing::kObject
                                       : OpenThing::kFile,
            status.st_ino, of.number};
  }

  void NoteNew(int fd, bool is_of_object = false) {
    if (fd >= 0)
      descriptions_[static_cast<std::size_t>(fd)] = {++board_.descriptions, is_of_object};
  }

  void NoteCopy(int fd, int to) {
    if (to >= 0)
      descriptions_[static_cast<std::size_t>(to)] = descriptions_[static_cast<std::size_t>(fd)];
  }

  void LeaveOut() { board_.end = CallEnd::kLeftOut; }

  void Tell() {
    for (std::size_t fd = 0; fd < CallSequence::kFds; ++fd)
      board_.open[static_cast<std::size_t>(who_)][fd] = At(static_cast<int>(fd));
    sem_post(&board_.over);
  }

  bool IsPipeWithout(int fd, int access) const {
    return At(fd).sort == OpenThing::kPipe && (fcntl(fd, F_GETFL) & O_ACCMODE) != access;
  }

  int NumberOf(pid_t id) const {
    for (int i = CallSequence::kMostProcesses - 1; i >= 0; --i) {
      if (board_.ids[i] == id) return i;
    }
    return kNobody;
  }

  // Whether the call is over: a child that was just forked says nothing.
  bool Make(const TableCall& call) {
    CallAnswer& answer = board_.answer;
    errno = 0;
    switch (call.kind) {
      case CallKind::kFork: return Fork(call.a);
      case CallKind::kExit: break;
      case CallKind::kGetppid: answer.result = NumberOf(getppid()); break;
      case CallKind::kWaitpid: Wait(call); break;
      case CallKind::kSignal: std::signal(SIGPIPE, call.a == 1 ? SIG_IGN : SIG_DFL); break;
      case CallKind::kPipe: {
        int ends[2] = {0, 0};
        answer.result = pipe2(ends, call.a);
        answer.more = ends[0] * 16 + ends[1];
        if (answer.result == 0) {
          NoteNew(ends[0]);
          NoteNew(ends[1]);
        }
        break;
      }
      case CallKind::kClose: answer.result = close(call.a); break;
      case CallKind::kDup:
        answer.result = dup(call.a);
        NoteCopy(call.a, answer.result);
        break;
      case CallKind::kDup2:
        answer.result = dup2(call.a, call.b);
        NoteCopy(call.a, answer.result);
        break;
      case CallKind::kRead: Read(call); break;
      case CallKind::kWrite: Write(call); break;
      case CallKind::kGetFlags: GetFlags(call); break;
      case CallKind::kSetFlags: answer.result = fcntl(call.a, F_SETFL, call.b); break;
      case CallKind::kShmOpen:
        answer.result = shm_open(PrivateName(run_, 'm', call.a).c_str(), call.b, 0600);
        NoteNew(answer.result, true);
        break;
      case CallKind::kShmUnlink:
        answer.result = shm_unlink(PrivateName(run_, 'm', call.a).c_str());
        break;
      case CallKind::kFtruncate: Truncate(call); break;
      case CallKind::kExchange: Exchange(call); break;
      case CallKind::kSemOpen: OpenSemaphore(call); break;
      case CallKind::kSemUnlink:
        answer.result = sem_unlink(PrivateName(run_, 's', call.a).c_str());
        break;
      case CallKind::kOpen: Open(call); break;
      case CallKind::kUnlink: answer.result = unlink(NameOfFile(call.a)); break;
      case CallKind::kMkfifo: answer.result = mkfifo(NameOfFile(call.a), 0600); break;
      case CallKind::kLink: answer.result = link(NameOfFile(call.a), NameOfFile(call.b)); break;
      case CallKind::kRename: answer.result = rename(NameOfFile(call.a), NameOfFile(call.b)); break;
      case CallKind::kAccess: answer.result = access(NameOfFile(call.a), F_OK); break;
      case CallKind::kLseek: Seek(call); break;
      case CallKind::kPread: ReadAt(call); break;
      case CallKind::kPwrite: WriteAt(call); break;
      case CallKind::kFstat: Status(call); break;
    }
    answer.error = answer.result == -1 && board_.end == CallEnd::kReturns ? errno : 0;
    return true;
  }

  bool Fork(int number) {
    const pid_t child = fork();
    if (child == 0) {
      who_ = number;
      mapped_.clear();
      alarm(2 * kAnswerSeconds);
      return false;
    }
    board_.ids[number] = child;
    board_.answer.result = child < 0 ? -1 : number;
    return true;
  }

  void Wait(const TableCall& call) {
    const pid_t id = call.a < 0 ? -1 : board_.ids[call.a];
    siginfo_t who = {};
    if ((call.b & WNOHANG) == 0 &&
        waitid(id < 0 ? P_ALL : P_PID, id < 0 ? 0 : static_cast<id_t>(id), &who,
               WEXITED | WNOHANG | WNOWAIT) == 0 &&
        who.si_pid == 0) {
      board_.end = CallEnd::kBlocks;
      return;
    }
    errno = 0;
    const pid_t given = waitpid(id, &board_.answer.more, call.b);
    board_.answer.result = given > 0 ? NumberOf(given) : given;
  }

  void Read(const TableCall& call) {
    // The model's kernel maps objects alone.
    if (At(call.a).sort == OpenThing::kObject) return LeaveOut();
    // Where it would wait it is not to.
    const int flags = fcntl(call.a, F_GETFL);
    const bool waits = IsPipeWithout(call.a, O_WRONLY) && (flags & O_NONBLOCK) == 0;
    if (waits) fcntl(call.a, F_SETFL, flags | O_NONBLOCK);
    errno = 0;
    std::array<unsigned char, 64> bytes = {};
    board_.answer.result =
        static_cast<int>(read(call.a, bytes.data(), static_cast<std::size_t>(call.b)));
    const int error = errno;
    if (waits) fcntl(call.a, F_SETFL, flags);
    if (waits && board_.answer.result < 0 && error == EAGAIN) {
      board_.answer = {};
      board_.end = CallEnd::kBlocks;
      return;
    }
    errno = error;
    TellBytes(bytes);
  }

  void TellBytes(const std::array<unsigned char, 64>& bytes) {
    unsigned more = 0;
    for (const unsigned char byte : bytes) more = more * 31 + byte;
    board_.answer.more = static_cast<int>(more);
  }

  void Open(const TableCall& call) {
    struct stat status = {};
    const bool may_wait = (call.b & O_NONBLOCK) == 0 && (call.b & O_ACCMODE) != O_RDWR;
    if (may_wait && stat(NameOfFile(call.a), &status) == 0 && S_ISFIFO(status.st_mode))
      return LeaveOut();
    errno = 0;
    board_.answer.result = open(NameOfFile(call.a), call.b, 0600);
    NoteNew(board_.answer.result);
  }

  // What the model's kernel keeps no offset of.
  bool HasNoOffset(int fd) const {
    const OpenThing::Sort sort = At(fd).sort;
    return sort == OpenThing::kTerminal || sort == OpenThing::kObject;
  }

  void Seek(const TableCall& call) {
    if (HasNoOffset(call.a)) return LeaveOut();
    const off_t before = lseek(call.a, 0, SEEK_CUR);
    errno = 0;
    const off_t given = lseek(call.a, call.b, call.c);
    if (given > kFileBytes) {
      lseek(call.a, before, SEEK_SET);
      return LeaveOut();
    }
    board_.answer.result = static_cast<int>(given);
  }

  void ReadAt(const TableCall& call) {
    if (HasNoOffset(call.a)) return LeaveOut();
    errno = 0;
    std::array<unsigned char, 64> bytes = {};
    board_.answer.result =
        static_cast<int>(pread(call.a, bytes.data(), static_cast<std::size_t>(call.b), call.c));
    TellBytes(bytes);
  }

  // Whether a file would come to hold more than the model's do.
  bool IsTooLong(int fd, int count, off_t at) const {
    struct stat status = {};
    if (At(fd).sort != OpenThing::kFile || fstat(fd, &status) != 0) return false;
    const bool appends = (fcntl(fd, F_GETFL) & O_APPEND) != 0;
    return (appends ? status.st_size : at) + count > kFileBytes;
  }

  void WriteAt(const TableCall& call) {
    if (HasNoOffset(call.a) || IsTooLong(call.a, call.b, call.c)) return LeaveOut();
    std::array<unsigned char, 64> bytes = {};
    for (int i = 0; i < call.b; ++i)
      bytes[static_cast<std::size_t>(i)] = static_cast<unsigned char>(100 + i);
    errno = 0;
    board_.answer.result =
        static_cast<int>(pwrite(call.a, bytes.data(), static_cast<std::size_t>(call.b), call.c));
  }

  void Status(const TableCall& call) {
    struct stat status = {};
    board_.answer.result = fstat(call.a, &status);
    if (S_ISFIFO(status.st_mode)) board_.answer.more = 1;
    if (S_ISREG(status.st_mode)) board_.answer.more = 2 + static_cast<int>(status.st_size);
  }

  void Write(const TableCall& call) {
    int in_it = 0;
    if (At(call.a).sort == OpenThing::kObject ||
        IsTooLong(call.a, call.b, lseek(call.a, 0, SEEK_CUR)) ||
        (IsPipeWithout(call.a, O_RDONLY) && ioctl(call.a, FIONREAD, &in_it) == 0 &&
         in_it + call.b > kPipeBytes))
      return LeaveOut();
    std::array<unsigned char, 64> bytes = {};
    for (int i = 0; i < call.b; ++i)
      bytes[static_cast<std::size_t>(i)] = static_cast<unsigned char>(call.c + i);
    // The signal is held back, to be seen instead. One that is ignored would be held back, too.
    struct sigaction handler = {};
    sigaction(SIGPIPE, nullptr, &handler);
    sigset_t pipe, pending;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    if (handler.sa_handler == SIG_DFL) sigprocmask(SIG_BLOCK, &pipe, nullptr);
    errno = 0;
    board_.answer.result =
        static_cast<int>(write(call.a, bytes.data(), static_cast<std::size_t>(call.b)));
    const int error = errno;
    sigpending(&pending);
    if (sigismember(&pending, SIGPIPE) == 1)
      board_.end = CallEnd::kKills;
    else
      sigprocmask(SIG_UNBLOCK, &pipe, nullptr);
    errno = error;
  }

  void GetFlags(const TableCall& call) {
    if (At(call.a).sort == OpenThing::kTerminal) return LeaveOut();  // which keeps no flags
    errno = 0;
    const int flags = fcntl(call.a, F_GETFL);
    board_.answer.result = flags < 0 ? flags : flags & (O_ACCMODE | O_NONBLOCK | O_APPEND);
  }

  void Truncate(const TableCall& call) {
    struct stat status = {};
    if (call.b >= 0 && At(call.a).sort == OpenThing::kObject && fstat(call.a, &status) == 0 &&
        status.st_size > call.b)
      return LeaveOut();
    errno = 0;
    board_.answer.result = ftruncate(call.a, call.b);
  }

  void Exchange(const TableCall& call) {
    struct stat status = {};
    const bool is_regular = fstat(call.a, &status) == 0 && S_ISREG(status.st_mode);
    if (is_regular && (fcntl(call.a, F_GETFL) & O_ACCMODE) == O_RDWR &&
        (At(call.a).sort == OpenThing::kFile ||
         static_cast<std::size_t>(status.st_size) < sizeof(int) ||
         !mapped_.insert(status.st_ino).second))
      return LeaveOut();
    errno = 0;
    void* const at = mmap(nullptr, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, call.a, 0);
    if (at == MAP_FAILED) {
      board_.answer.result = -1;
      return;
    }
    int* const number = static_cast<int*>(at);
    board_.answer.more = *number;
    *number = call.b;
  }

  void OpenSemaphore(const TableCall& call) {
    sem_t* const semaphore = sem_open(PrivateName(run_, 's', call.a).c_str(), call.b, 0600,
                                      static_cast<unsigned>(call.c));
    if (semaphore == SEM_FAILED) {
      board_.answer.result = -1;
      return;
    }
    sem_getvalue(semaphore, &board_.answer.more);
    sem_post(semaphore);
    sem_close(semaphore);
  }

  CallBoard& board_;
  pid_t run_;
  struct Description {
    int number = 0;
    bool is_of_object = false;
  };
  int who_ = 0;
  std::set<ino_t> mapped_;
  std::array<Description, CallSequence::kFds> descriptions_ = {};  // by descriptor
};

}  // namespace

const char* NameOfFile(int number) { return number == 0 ? "a" : "b"; }

std::string PrivateName(pid_t run, char sort, int number) {
  return fmt::format("/interleave-calls-{}-{}{}", run, sort, number);
}

void MakeCallsOf(CallBoard& board, pid_t run) { CallingProcess(board, run).Live(); }

}  // namespace interleave
