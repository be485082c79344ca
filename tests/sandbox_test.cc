// Real children, shared mappings and names: that they work, and that whatever happens to the
// process that owns them, none is left. The processes that are killed here are forked from the
// test, in a temporary folder of each test's own.

#include "sim/host/sandbox.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "sim/world/children.h"
#include "sim/world/region.h"

namespace interleave {
namespace {

namespace fs = std::filesystem;

constexpr std::array kKinds = {RegionKind::kAnonymous, RegionKind::kShm, RegionKind::kFile};

// Asks again until it is so; false after ten seconds.
bool Eventually(const std::function<bool()>& is_so) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

// A fresh folder as $TMPDIR, so that a test sees only its own leftovers.
class OwnTemporaryFolder {
 public:
  OwnTemporaryFolder() {
    const char* const before = std::getenv("TMPDIR");
    if (before != nullptr) before_ = before;
    std::string pattern = (fs::temp_directory_path() / "sandbox_test.XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
    setenv("TMPDIR", path_.c_str(), 1);
  }
  OwnTemporaryFolder(const OwnTemporaryFolder&) = delete;
  OwnTemporaryFolder& operator=(const OwnTemporaryFolder&) = delete;
  ~OwnTemporaryFolder() {
    if (before_.empty()) {
      unsetenv("TMPDIR");
    } else {
      setenv("TMPDIR", before_.c_str(), 1);
    }
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }
  bool empty() const { return fs::is_empty(path_); }

 private:
  fs::path path_;
  std::string before_;
};

int SharedMemoryWith(const std::string& part) {
  int count = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator("/dev/shm")) {
    count += entry.path().filename().string().find(part) != std::string::npos;
  }
  return count;
}

// Fields of /proc/<pid>/stat from the third on (state, parent, ...); none: no such process.
std::vector<std::string> StatOf(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string text;
  std::getline(file, text);
  std::istringstream rest(text.substr(std::min(text.size(), text.rfind(')') + 1)));
  std::vector<std::string> fields;
  for (std::string field; rest >> field;) fields.push_back(field);
  return fields;
}

bool IsAlive(pid_t pid) {
  const std::vector<std::string> fields = StatOf(std::to_string(pid));
  return !fields.empty() && fields[0] != "Z";
}

std::string StartTimeOf(pid_t pid) { return StatOf(std::to_string(pid)).at(19); }

std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::vector<pid_t> found;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::vector<std::string> fields = StatOf(name);
    if (fields.size() > 1 && fields[1] == std::to_string(parent)) found.push_back(std::stoi(name));
  }
  return found;
}

// As soon as there are `count`: they are in sessions of their own.
std::vector<pid_t> JanitorsOf(pid_t owner, std::size_t count) {
  std::vector<pid_t> found;
  REQUIRE(Eventually([&] {
    found.clear();
    for (const pid_t pid : ChildrenOf(owner)) {
      if (getsid(pid) == pid) found.push_back(pid);
    }
    return found.size() == count;
  }));
  return found;
}

// The next exit; fails the test when none comes.
Children::Exit NextExit(Children& children) {
  std::optional<Children::Exit> exit;
  REQUIRE(Eventually([&] { return (exit = children.Poll()).has_value(); }));
  return *exit;
}

// Forks a process that runs `body` as a tool of its own would: default signals, a group of its own,
// and not for longer than the test.
pid_t StartTool(const std::function<int()>& body) {
  const pid_t pid = fork();
  REQUIRE(pid >= 0);
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setpgid(0, 0);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGABRT, SIGSEGV}) std::signal(number, SIG_DFL);
  try {
    _exit(body());
  } catch (const std::exception&) {
    _exit(99);
  }
}

int StatusOf(pid_t pid) {
  int status = -1;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  return status;
}

// A tool that has everything and then waits for its end, as do its children.
class BusyTool {
 public:
  static constexpr int kChildren = 4;
  static constexpr int kJanitors = 2;

  BusyTool() {
    std::array<int, 2> ends{};
    REQUIRE(pipe(ends.data()) == 0);
    pid_ = StartTool([&]() -> int { Run(ends[1]); });
    close(ends[1]);
    read_end_ = ends[0];
    std::array<char, 256> text{};
    const ssize_t got = read(read_end_, text.data(), text.size());
    REQUIRE(got > 0);
    const std::string run_id(text.data(), static_cast<std::size_t>(got));
    run_ = run_id.substr(0, run_id.rfind('-'));
    descendants_ = ChildrenOf(pid_);
    janitors_ = JanitorsOf(pid_, kJanitors);
    REQUIRE(descendants_.size() == kChildren + kJanitors);
  }
  BusyTool(const BusyTool&) = delete;
  BusyTool& operator=(const BusyTool&) = delete;
  ~BusyTool() { close(read_end_); }

  pid_t pid() const { return pid_; }
  const std::vector<pid_t>& janitors() const { return janitors_; }
  // Of all names of the tool's shared memory.
  const std::string& run() const { return run_; }
  bool NobodyAlive() const {
    return std::none_of(descendants_.begin(), descendants_.end(), IsAlive);
  }
  // Every process that could have written has closed the pipe.
  bool PipeEnds() const {
    char byte = 0;
    return read(read_end_, &byte, 1) == 0;
  }

 private:
  [[noreturn]] static void Run(int write_end) {
    // The other one has no children: those below hold its pipe open, as long as they live.
    Sandbox other;
    Sandbox sandbox;
    Region counter(sandbox, RegionKind::kAnonymous, sizeof(std::atomic<int>));
    Region shm(sandbox, RegionKind::kShm, 1);
    Region file(sandbox, RegionKind::kFile, 1);
    Region others(other, RegionKind::kShm, 1);
    auto* const attached = static_cast<std::atomic<int>*>(counter.parent_address());
    Children children(sandbox);
    for (int index = 0; index < kChildren; ++index) {
      children.Start(index, [&, index]() -> int {
        shm.AttachInChild(index);
        file.AttachInChild(index);
        ++*attached;
        for (;;) pause();
      });
    }
    if (!Eventually([&] { return *attached == kChildren; })) _exit(98);
    const std::string& id = sandbox.run_id();
    if (write(write_end, id.data(), id.size()) < 0) _exit(97);
    for (;;) pause();
  }

  pid_t pid_ = 0;
  int read_end_ = -1;
  std::string run_;
  std::vector<pid_t> descendants_;
  std::vector<pid_t> janitors_;
};

TEST_CASE("What one child writes, the parent and another child see") {
  const OwnTemporaryFolder temporary;
  for (const RegionKind kind : kKinds) {
    CAPTURE(static_cast<int>(kind));
    Sandbox sandbox;
    Region region(sandbox, kind, 5000);
    CHECK(region.bytes() % static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) == 0);
    CHECK(region.bytes() >= 5000);
    // At both ends.
    const auto cells = [&](void* address) {
      auto* const first = static_cast<std::atomic<int>*>(address);
      return std::array{first, first + region.bytes() / sizeof *first - 1};
    };
    const auto at_parent = cells(region.parent_address());
    CHECK(*at_parent[0] == 0);
    CHECK(*at_parent[1] == 0);
    Children children(sandbox);
    children.Start(0, [&] {
      const auto mine = cells(region.AttachInChild(0));
      *mine[0] = 17;
      *mine[1] = 18;
      return 0;
    });
    CHECK(NextExit(children).code_or_signal == 0);
    CHECK(*at_parent[0] == 17);
    CHECK(*at_parent[1] == 18);
    children.Start(1, [&] {
      const auto mine = cells(region.AttachInChild(1));
      return *mine[0] == 17 && *mine[1] == 18 ? 3 : 4;
    });
    CHECK(NextExit(children).code_or_signal == 3);
  }
  CHECK(temporary.empty());
}

TEST_CASE("Named regions have another address in each child, anonymous ones the same") {
  constexpr int kCount = 12;
  const OwnTemporaryFolder temporary;
  Sandbox sandbox;
  // Two of each: the children's places for one must not be in the way of the other.
  for (const RegionKind kind : kKinds) {
    CAPTURE(static_cast<int>(kind));
    using Addresses = std::array<std::atomic<uintptr_t>, kCount>;
    Region first(sandbox, kind, sizeof(Addresses));
    Region second(sandbox, kind, std::size_t{1} << 20);
    Children children(sandbox);
    for (int index = 0; index < kCount; ++index) {
      // Some at the ends of what is allowed.
      const int child = index < kCount / 2 ? index : Sandbox::kMaxChildren - 1 - index;
      children.Start(child, [&, index, child] {
        auto* const mine = static_cast<Addresses*>(first.AttachInChild(child));
        (*mine)[static_cast<std::size_t>(index)] = reinterpret_cast<uintptr_t>(mine);
        auto* const more = static_cast<Addresses*>(second.AttachInChild(child));
        (*more)[static_cast<std::size_t>(index)] = reinterpret_cast<uintptr_t>(more);
        return 0;
      });
    }
    for (int index = 0; index < kCount; ++index) CHECK(NextExit(children).code_or_signal == 0);
    for (const Region* region : {&first, &second}) {
      std::set<uintptr_t> different = {reinterpret_cast<uintptr_t>(region->parent_address())};
      for (const auto& address : *static_cast<Addresses*>(region->parent_address())) {
        different.insert(address);
      }
      CHECK(different.size() == (kind == RegionKind::kAnonymous ? 1 : kCount + 1));
    }
  }
}

TEST_CASE("The parent's address of a named region is gone in a child that attached") {
  const OwnTemporaryFolder temporary;
  Sandbox sandbox;
  Region region(sandbox, RegionKind::kShm, 1);
  Children children(sandbox);
  children.Start(0, [&] {
    region.AttachInChild(0);
    // A page that is mapped can be asked for; ENOMEM says that this one is not.
    unsigned char present = 0;
    const int result = mincore(region.parent_address(), region.bytes(), &present);
    return result != 0 && errno == ENOMEM ? 0 : 1;
  });
  CHECK(NextExit(children).code_or_signal == 0);
}

TEST_CASE("A region without its name lives on, and no child can attach any more") {
  const OwnTemporaryFolder temporary;
  for (const RegionKind kind : {RegionKind::kShm, RegionKind::kFile}) {
    CAPTURE(static_cast<int>(kind));
    std::string run_id;
    {
      Sandbox sandbox;
      run_id = sandbox.run_id();
      Region region(sandbox, kind, 1);
      const bool shm = kind == RegionKind::kShm;
      CHECK(SharedMemoryWith(run_id) == (shm ? 1 : 0));
      CHECK(fs::is_empty(sandbox.path()) == shm);
      for (int time = 0; time < 2; ++time) {
        region.Unlink();
        CHECK(SharedMemoryWith(run_id) == 0);
        CHECK(fs::is_empty(sandbox.path()));
      }
      *static_cast<char*>(region.parent_address()) = 1;
      Children children(sandbox);
      children.Start(0, [&] {
        region.AttachInChild(0);
        return 0;
      });
      CHECK(NextExit(children).code_or_signal == Children::kFailedCode);
    }
    CHECK(SharedMemoryWith(run_id) == 0);
    CHECK(temporary.empty());
  }
}

TEST_CASE("The end of a sandbox takes every name along") {
  const OwnTemporaryFolder temporary;
  std::string run_id;
  std::string janitor;
  {
    Sandbox sandbox;
    run_id = sandbox.run_id();
    struct stat info {};
    REQUIRE(lstat(sandbox.path().c_str(), &info) == 0);
    CHECK(info.st_mode == (S_IFDIR | 0700));
    // Made by nobody who would remove them.
    fs::create_directories(fs::path(sandbox.path()) / "deep" / "down");
    std::ofstream(fs::path(sandbox.path()) / "deep" / "file") << "text";
    const int descriptor = shm_open(sandbox.Name("x").c_str(), O_CREAT | O_EXCL | O_RDWR, 0600);
    REQUIRE(descriptor >= 0);
    close(descriptor);
    CHECK(SharedMemoryWith(run_id) == 1);
    janitor = std::to_string(JanitorsOf(getpid(), 1).front());
  }
  CHECK(SharedMemoryWith(run_id) == 0);
  CHECK(temporary.empty());
  CHECK(StatOf(janitor).empty());  // Not even a zombie.
}

TEST_CASE("Regions and sandboxes may end in any order") {
  const OwnTemporaryFolder temporary;
  std::vector<std::unique_ptr<Region>> regions;
  {
    Sandbox sandbox;
    for (const RegionKind kind : kKinds) {
      regions.push_back(std::make_unique<Region>(sandbox, kind, 1));
    }
  }
  for (const auto& region : regions) *static_cast<char*>(region->parent_address()) = 1;
  CHECK(temporary.empty());
}

TEST_CASE("A link in the folder goes, its target stays") {
  const OwnTemporaryFolder temporary;
  const fs::path outside = temporary.path() / "outside";
  fs::create_directory(outside);
  std::ofstream(outside / "file") << "text";
  {
    const Sandbox sandbox;
    fs::create_directory_symlink(outside, fs::path(sandbox.path()) / "folder");
    fs::create_symlink(outside / "file", fs::path(sandbox.path()) / "file");
  }
  CHECK(fs::exists(outside / "file"));
  fs::remove_all(outside);
  CHECK(temporary.empty());
}

TEST_CASE("Two sandboxes at once share no name and do not wait for each other's children") {
  const OwnTemporaryFolder temporary;
  auto first = std::make_unique<Sandbox>();
  Sandbox second;
  CHECK(first->run_id() != second.run_id());
  CHECK(first->path() != second.path());
  CHECK(first->Name("x") != second.Name("x"));
  CHECK(first->Name("x") == "/interleave-" + first->run_id() + "-x");
  // The child holds the first one's pipe as well.
  Children children(second);
  children.Start(0, []() -> int {
    for (;;) pause();
  });
  const std::string path = first->path();
  first.reset();
  CHECK_FALSE(fs::exists(path));
  CHECK(fs::exists(second.path()));
  CHECK(children.alive() == 1);
  CHECK_FALSE(children.Poll().has_value());
}

TEST_CASE("The janitor keeps nothing open that it inherits") {
  const OwnTemporaryFolder temporary;
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  const Sandbox sandbox;
  close(ends[1]);
  char byte = 0;
  CHECK(read(ends[0], &byte, 1) == 0);  // The end, not a wait for ever.
  close(ends[0]);
  const fs::path open = fmt::format("/proc/{}/fd", JanitorsOf(getpid(), 1).front());
  std::error_code error;
  for (const char* name : {"0", "1", "2"}) {
    CHECK(Eventually([&] { return fs::read_symlink(open / name, error) == "/dev/null"; }));
  }
  // And its own pipe.
  CHECK(std::distance(fs::directory_iterator(open), fs::directory_iterator()) == 4);
}

TEST_CASE("Sandboxes work without standard input and output") {
  const OwnTemporaryFolder temporary;
  const pid_t tool = StartTool([&] {
    for (const int descriptor : {0, 1, 2}) close(descriptor);
    const Sandbox sandbox;
    if (write(STDOUT_FILENO, "text", 4) > 0 && !fs::exists(sandbox.path())) return 1;
    kill(getpid(), SIGKILL);
    return 2;
  });
  CHECK(WTERMSIG(StatusOf(tool)) == SIGKILL);
  CHECK(Eventually([&] { return temporary.empty(); }));
}

TEST_CASE("Children are reported with how they ended") {
  const OwnTemporaryFolder temporary;
  using How = Children::Exit::How;
  struct Case {
    const char* name;
    std::function<int()> body;
    How how;
    int code_or_signal;
    const char* text;
  };
  const auto sends = [](int number) { return [number] { return kill(getpid(), number); }; };
  const std::vector<Case> cases = {
      {"returns 0", [] { return 0; }, How::kReturned, 0, "ended with code 0"},
      {"returns 255", [] { return 255; }, How::kReturned, 255, "ended with code 255"},
      {"throws", []() -> int { throw std::runtime_error("for the test"); }, How::kFailed, 125,
       "could not go on: for the test"},
      {"exits", []() -> int { std::exit(7); }, How::kReturned, 7, "ended with code 7"},
      {"aborts", []() -> int { std::abort(); }, How::kFaulted, SIGABRT,
       "ended itself by signal 6 (Aborted)"},
      {"faults",
       [] {
         void* const page = mmap(nullptr, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
         return *static_cast<volatile int*>(page);
       },
       How::kFaulted, SIGSEGV, "ended itself by signal 11 (Segmentation fault)"},
      {"is killed", sends(SIGKILL), How::kKilled, SIGKILL, "was killed by signal 9 (Killed)"},
      {"is sent what looks like a fault",
       [] {
         // By another process: the kernel tells who it was.
         const pid_t self = getpid();
         if (fork() == 0) _exit(kill(self, SIGSEGV));
         for (;;) pause();
         return 0;
       },
       How::kKilled, SIGSEGV, "was killed by signal 11 (Segmentation fault)"},
      {"misses memory that the machine cannot give",
       [] {
         char name[] = "/dev/shm/interleave_test.XXXXXX";
         const int file = mkstemp(name);
         unlink(name);
         const auto* const page =
             static_cast<volatile int*>(mmap(nullptr, 1, PROT_READ, MAP_SHARED, file, 0));
         return *page;  // behind the end of the file
       },
       How::kKilled, SIGBUS, "was killed by signal 7 (Bus error)"},
      {"is told to end with its group",
       [&] { return sends(SIGINT)() + sends(SIGTERM)() + sends(SIGHUP)() + sends(SIGQUIT)(); },
       How::kReturned, 0, "ended with code 0"},
  };
  Sandbox sandbox;
  Children children(sandbox);
  CHECK_FALSE(children.Poll().has_value());
  for (std::size_t i = 0; i < cases.size(); ++i) {
    CAPTURE(cases[i].name);
    const pid_t pid = children.Start(static_cast<int>(i), cases[i].body);
    CHECK(children.alive() == 1);
    const Children::Exit exit = NextExit(children);
    CHECK(exit.index == static_cast<int>(i));
    CHECK(exit.pid == pid);
    CHECK((exit.how == cases[i].how));
    CHECK(exit.code_or_signal == cases[i].code_or_signal);
    CHECK(exit.HowText() == cases[i].text);
    CHECK(children.alive() == 0);
    CHECK(sandbox.registered() == 0);
    CHECK(fs::exists(sandbox.path()));
  }
}

int* exit_handlers_run = nullptr;

TEST_CASE("No exit handler of the parent runs in a child") {
  const OwnTemporaryFolder temporary;
  const pid_t tool = StartTool([] {
    Sandbox sandbox;
    Region region(sandbox, RegionKind::kAnonymous, sizeof(int));
    exit_handlers_run = static_cast<int*>(region.parent_address());
    std::atexit([] { ++*exit_handlers_run; });
    Children children(sandbox);
    children.Start(0, [] { return 7; });
    children.Start(1, []() -> int { std::exit(7); });
    for (int count = 0; count < 2; ++count) {
      std::optional<Children::Exit> exit;
      if (!Eventually([&] { return (exit = children.Poll()).has_value(); })) return 1;
      if (exit->how != Children::Exit::How::kReturned || exit->code_or_signal != 7) return 2;
    }
    return *exit_handlers_run == 0 ? 0 : 3;
  });
  CHECK(StatusOf(tool) == 0);
}

TEST_CASE("A child killed from outside is reported, the others go on") {
  const OwnTemporaryFolder temporary;
  Sandbox sandbox;
  Children children(sandbox);
  std::vector<pid_t> pids;
  pids.reserve(3);
  for (int index = 0; index < 3; ++index) {
    pids.push_back(children.Start(index, []() -> int {
      for (;;) pause();
    }));
  }
  kill(pids[1], SIGKILL);
  const Children::Exit exit = NextExit(children);
  CHECK(exit.index == 1);
  CHECK((exit.how == Children::Exit::How::kKilled));
  CHECK(exit.code_or_signal == SIGKILL);
  CHECK(children.alive() == 2);
  CHECK_FALSE(children.Poll().has_value());
  children.KillAll();
  CHECK(children.alive() == 0);
  for (const pid_t pid : pids) CHECK(StatOf(std::to_string(pid)).empty());
}

TEST_CASE("Handlers, blocked signals and ignored SIGCHLD do not reach the children") {
  const OwnTemporaryFolder temporary;
  const pid_t tool = StartTool([&] {
    std::signal(SIGUSR2, [](int) {});
    std::signal(SIGCHLD, SIG_IGN);
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &blocked, nullptr);
    Sandbox sandbox;
    Children children(sandbox);
    const std::array signals = {SIGUSR2, SIGUSR1};
    for (const int number : signals) {
      children.Start(number, [number] { return kill(getpid(), number); });
    }
    for (std::size_t count = 0; count < signals.size(); ++count) {
      std::optional<Children::Exit> exit;
      if (!Eventually([&] { return (exit = children.Poll()).has_value(); })) return 1;
      if (exit->code_or_signal != exit->index) return 2;
    }
    // The parent's own are as they were.
    sigset_t now;
    sigprocmask(SIG_BLOCK, nullptr, &now);
    return sigismember(&now, SIGUSR1) == 1 && sigismember(&now, SIGUSR2) == 0 ? 0 : 3;
  });
  CHECK(StatusOf(tool) == 0);
  CHECK(temporary.empty());
}

TEST_CASE("As many children as a sandbox allows work, and one more is refused") {
  const OwnTemporaryFolder temporary;
  Sandbox sandbox;
  Region region(sandbox, RegionKind::kFile, sizeof(std::atomic<int>));
  auto* const sum = static_cast<std::atomic<int>*>(region.parent_address());
  Children children(sandbox);
  // 40 first, then up to the limit, and again once there is room.
  for (const int count : {40, Sandbox::kMaxChildren, Sandbox::kMaxChildren}) {
    CAPTURE(count);
    *sum = 0;
    for (int index = 0; index < count; ++index) {
      children.Start(index, [&, index] {
        *static_cast<std::atomic<int>*>(region.AttachInChild(index)) += index;
        return index;
      });
    }
    CHECK(children.alive() == count);
    if (count == Sandbox::kMaxChildren) {
      CHECK_THROWS_AS(children.Start(0, [] { return 0; }), std::system_error);
    }
    std::set<int> indices;
    for (int index = 0; index < count; ++index) {
      const Children::Exit exit = NextExit(children);
      CHECK(exit.index == exit.code_or_signal);
      indices.insert(exit.index);
    }
    CHECK(static_cast<int>(indices.size()) == count);
    CHECK(*sum == count * (count - 1) / 2);
  }
}

TEST_CASE("Whatever kills the owner, no process, folder or shared memory stays") {
  struct Case {
    const char* name;
    int signal;
    bool group;
  };
  constexpr std::array kCases = {
      Case{"SIGKILL", SIGKILL, false},
      Case{"SIGTERM", SIGTERM, false},
      Case{"SIGINT", SIGINT, false},
      Case{"SIGHUP", SIGHUP, false},
      Case{"SIGINT to the group", SIGINT, true},
      Case{"SIGKILL to the group", SIGKILL, true},
  };
  for (const Case& one : kCases) {
    CAPTURE(one.name);
    const OwnTemporaryFolder temporary;
    const BusyTool tool;
    CHECK(SharedMemoryWith(tool.run()) == 2);
    CHECK_FALSE(temporary.empty());
    REQUIRE(kill(one.group ? -tool.pid() : tool.pid(), one.signal) == 0);
    CHECK(WTERMSIG(StatusOf(tool.pid())) == one.signal);
    CHECK(Eventually([&] { return tool.NobodyAlive(); }));
    CHECK(tool.PipeEnds());
    CHECK(SharedMemoryWith(tool.run()) == 0);
    CHECK(temporary.empty());
  }
}

TEST_CASE("What would end the tool does not end its janitor") {
  const OwnTemporaryFolder temporary;
  const BusyTool tool;
  for (const pid_t janitor : tool.janitors()) {
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) kill(janitor, number);
  }
  kill(tool.pid(), SIGKILL);
  StatusOf(tool.pid());
  CHECK(Eventually([&] { return tool.NobodyAlive(); }));
  CHECK(SharedMemoryWith(tool.run()) == 0);
  CHECK(temporary.empty());
}

// The others of its group are all that is left of it then: a compiler whose driver is dead.
TEST_CASE("Of a registered group the janitor kills all, also when its leader is gone") {
  const OwnTemporaryFolder temporary;
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  const pid_t tool = StartTool([&]() -> int {
    Sandbox sandbox;
    const pid_t leader = ForkWithSignalsBlocked("a leader");
    if (leader == 0) {
      sandbox.ForgetInChild();
      setpgid(0, 0);
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (fork() == 0) {
        if (write(ends[1], "x", 1) != 1) _exit(1);
      }
      for (;;) pause();
    }
    setpgid(leader, leader);
    sandbox.GroupPlace()->store(leader);
    if (write(ends[1], "x", 1) != 1) return 1;
    for (;;) pause();
  });
  close(ends[1]);
  char byte = 0;
  for (int ready = 0; ready < 2; ++ready) REQUIRE(read(ends[0], &byte, 1) == 1);
  kill(tool, SIGKILL);
  StatusOf(tool);
  CHECK(read(ends[0], &byte, 1) == 0);  // all that could write are gone
  close(ends[0]);
  CHECK(Eventually([&] { return temporary.empty(); }));
}

TEST_CASE("A folder that cannot be removed at once is left to the janitor") {
  const OwnTemporaryFolder temporary;
  std::string path;
  const pid_t busy = [&] {
    Sandbox sandbox;
    path = sandbox.path();
    // Makes files as long as there is a folder for them: removing it fails sooner or later.
    return StartTool([&]() -> int {
      sandbox.ForgetInChild();
      for (int number = 0; fs::exists(path) || number == 0; ++number) {
        std::ofstream(fmt::format("{}/{}", path, number % 500)) << "x";
      }
      return 0;
    });
  }();
  CHECK(Eventually([&] { return temporary.empty(); }));
  CHECK(StatusOf(busy) == 0);
}

TEST_CASE("Where the janitor dies as well, children die and the next run sweeps") {
  const OwnTemporaryFolder temporary;
  const BusyTool tool;
  for (const pid_t janitor : tool.janitors()) kill(janitor, SIGKILL);
  Sandbox::Sweep();  // It still lives.
  CHECK(SharedMemoryWith(tool.run()) == 2);
  kill(tool.pid(), SIGKILL);
  CHECK(Eventually([&] { return tool.NobodyAlive(); }));
  StatusOf(tool.pid());
  // The shared memory may be gone already: any other run sweeps it. The folder only we can see.
  CHECK_FALSE(temporary.empty());
  { const Sandbox next; }
  CHECK(SharedMemoryWith(tool.run()) == 0);
  CHECK(temporary.empty());
}

TEST_CASE("A sweep removes what dead runs left and nothing else") {
  const OwnTemporaryFolder temporary;
  std::string place;
  {
    const Sandbox sandbox;
    place = sandbox.run_id().substr(0, sandbox.run_id().find('-'));
  }
  const pid_t dead = StartTool([] { return 0; });
  REQUIRE(Eventually([&] { return !IsAlive(dead); }));
  const std::string dead_start = StartTimeOf(dead);
  StatusOf(dead);
  const std::string own_start = StartTimeOf(getpid());
  const std::string unique = fmt::format("5a4d{:012x}", getpid());
  struct Case {
    const char* name;
    std::string run_id;
    bool stays;
  };
  const std::vector<Case> cases = {
      {"dead", fmt::format("{}-{}-{}-{}", place, dead, dead_start, unique), false},
      {"number used again", fmt::format("{}-{}-1-{}", place, getpid(), unique), false},
      {"living", fmt::format("{}-{}-{}-{}", place, getpid(), own_start, unique), true},
      {"elsewhere", fmt::format("0-{}-{}-{}", dead, dead_start, unique), true},
      {"no random part", fmt::format("{}-{}-{}", place, dead, dead_start), true},
      {"no number", fmt::format("{}-x-1-{}", place, unique), true},
      {"a group's number", fmt::format("{}--1-1-{}", place, unique), true},
      {"too large a number", fmt::format("{}-99999999999-1-{}", place, unique), true},
      {"something else", "notes-" + unique, true},
  };
  const fs::path outside = temporary.path() / "outside";
  fs::create_directory(outside);
  std::ofstream(outside / "file") << "text";
  const auto folder = [&](const std::string& run_id) {
    return temporary.path() / fmt::format("interleave-{}-{}", geteuid(), run_id);
  };
  const auto shm_name = [](const std::string& run_id) { return "/interleave-" + run_id + "-x"; };
  for (const Case& one : cases) {
    fs::create_directories(folder(one.run_id) / "inner");
    fs::create_directory_symlink(outside, folder(one.run_id) / "link");
    const int descriptor = shm_open(shm_name(one.run_id).c_str(), O_CREAT | O_RDWR, 0600);
    REQUIRE(descriptor >= 0);
    close(descriptor);
    REQUIRE(sem_open(shm_name(one.run_id).c_str(), O_CREAT, 0600, 0) != SEM_FAILED);
  }
  // Names of dead runs that no run makes: not a folder, and a link to one.
  const std::string& dead_id = cases[0].run_id;
  std::ofstream(folder(dead_id + "1")) << "text";
  fs::create_directory_symlink(outside, folder(dead_id + "2"));
  const fs::path other_user =
      temporary.path() / fmt::format("interleave-{}-{}", geteuid() + 1, dead_id);
  fs::create_directory(other_user);
  const fs::path given_away = folder(dead_id + "3");
  fs::create_directory(given_away);
  const bool gave = chown(given_away.c_str(), 54321, 54321) == 0;  // If we are root.

  Sandbox::Sweep();

  for (const Case& one : cases) {
    CAPTURE(one.name);
    CHECK(fs::exists(folder(one.run_id)) == one.stays);
    // With its "-x" a name without the random part has one: it is one of a dead run.
    const bool shm_stays = one.stays && std::string(one.name) != "no random part";
    CHECK(fs::exists("/dev/shm" + shm_name(one.run_id)) == shm_stays);
    CHECK(fs::exists("/dev/shm/sem." + shm_name(one.run_id).substr(1)) == shm_stays);
    shm_unlink(shm_name(one.run_id).c_str());
    sem_unlink(shm_name(one.run_id).c_str());
  }
  CHECK(fs::exists(folder(dead_id + "1")));
  CHECK(fs::is_symlink(folder(dead_id + "2")));
  CHECK(fs::exists(other_user));
  CHECK(fs::exists(given_away) == gave);
  CHECK(fs::exists(outside / "file"));
}

TEST_CASE("Failures of the system are errors, and nothing is left") {
  const OwnTemporaryFolder temporary;
  SUBCASE("no temporary folder") {
    setenv("TMPDIR", (temporary.path() / "nowhere").c_str(), 1);
    CHECK_THROWS_AS(Sandbox(), std::system_error);
    CHECK(ChildrenOf(getpid()).empty());
  }
  SUBCASE("shared memory is full") {
    Sandbox sandbox;
    struct statvfs info {};
    REQUIRE(statvfs("/dev/shm", &info) == 0);
    const std::size_t bytes = info.f_blocks * info.f_frsize;
    if (bytes != 0) {  // It has a limit.
      std::string message;
      try {
        const Region region(sandbox, RegionKind::kShm, bytes + 1);
      } catch (const std::system_error& error) {
        message = error.what();
      }
      CHECK(message == fmt::format("cannot reserve {} bytes for {}: No space left on device",
                                   bytes + info.f_frsize, sandbox.Name("region-0")));
    }
    CHECK(SharedMemoryWith(sandbox.run_id()) == 0);
  }
  SUBCASE("the folder is gone") {
    Sandbox sandbox;
    fs::remove_all(sandbox.path());
    CHECK_THROWS_AS(Region(sandbox, RegionKind::kFile, 1), std::system_error);
  }
  SUBCASE("no more processes") {
    fs::permissions(temporary.path(), fs::perms::all);
    // Root has no limit, but a user without other processes can be given one that lets some start.
    // One of the 65536 that a container has, and another one for each test that runs now.
    const bool root = geteuid() == 0;
    const pid_t tool = StartTool([&] {
      const rlim_t most = root ? 5 : 1;
      const rlimit limit{most, most};
      if (setrlimit(RLIMIT_NPROC, &limit) != 0) return 1;
      const uid_t user = 20'000 + static_cast<uid_t>(getpid()) % 40'000;
      if (root && setresuid(user, user, user) != 0) return 2;
      int started = 0;
      try {
        Sandbox sandbox;
        Region region(sandbox, RegionKind::kShm, 1);
        Children children(sandbox);
        for (; started < 10; ++started) {
          children.Start(started, []() -> int {
            for (;;) pause();
          });
        }
      } catch (const std::system_error& error) {
        if (error.code().value() != EAGAIN) return 3;
      }
      if (!ChildrenOf(getpid()).empty()) return 4;
      return started == (root ? 3 : 0) ? 0 : 5;
    });
    CHECK(StatusOf(tool) == 0);
    CHECK(SharedMemoryWith(fmt::format("-{}-", tool)) == 0);
  }
  CHECK(temporary.empty());
}

TEST_CASE("A forked process that forgets to be a child harms nothing") {
  const OwnTemporaryFolder temporary;
  Sandbox sandbox;
  auto region = std::make_unique<Region>(sandbox, RegionKind::kShm, 1);
  auto children = std::make_unique<Children>(sandbox);
  children->Start(0, []() -> int {
    for (;;) pause();
  });
  const pid_t stray = StartTool([&] {
    children.reset();
    region.reset();
    sandbox.~Sandbox();
    return 0;
  });
  CHECK(StatusOf(stray) == 0);
  CHECK_FALSE(children->Poll().has_value());
  CHECK(SharedMemoryWith(sandbox.run_id()) == 1);
  CHECK(fs::exists(sandbox.path()));
}

}  // namespace
}  // namespace interleave
