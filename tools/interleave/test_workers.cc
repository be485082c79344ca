// Each worker takes the next number of a shared counter until there is none, and writes two
// messages a file into a pipe of its own: that it begins, and the report. A message is its length
// and CBOR, which takes any bytes in texts.

#include "tools/interleave/test_workers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "sim/host/descriptor.h"
#include "sim/host/sandbox.h"

namespace interleave {
namespace {

using Json = nlohmann::json;

// What all see; in memory that the processes share.
struct WorkShared {
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> stop = false;
};
static_assert(std::atomic<std::size_t>::is_always_lock_free);

Json ToJson(const TestReport& report) {
  Json cases = Json::array();
  for (const JUnitCase& test : report.junit.cases) {
    cases.push_back(
        Json::array({test.name, test.seconds ? Json(*test.seconds) : Json(nullptr),
                     static_cast<int>(test.outcome), test.type, test.message, test.details}));
  }
  const TestTotals& t = report.totals;
  return Json::array({report.text, report.trouble,
                      Json::array({t.files, t.passed, t.failed, t.vacuous, t.with_errors,
                                   t.without_tests, t.empty_folders, t.unreadable, t.warnings}),
                      report.junit.name, report.junit.output, std::move(cases)});
}

TestReport FromJson(const Json& json) {
  TestReport report;
  report.text = json.at(0).get<std::string>();
  report.trouble = json.at(1).get<std::string>();
  TestTotals& t = report.totals;
  std::size_t next = 0;
  for (std::size_t* total : {&t.files, &t.passed, &t.failed, &t.vacuous, &t.with_errors,
                             &t.without_tests, &t.empty_folders, &t.unreadable, &t.warnings}) {
    *total = json.at(2).at(next++).get<std::size_t>();
  }
  report.junit.name = json.at(3).get<std::string>();
  report.junit.output = json.at(4).get<std::string>();
  for (const Json& test : json.at(5)) {
    JUnitCase one;
    one.name = test.at(0).get<std::string>();
    if (!test.at(1).is_null()) one.seconds = test.at(1).get<double>();
    one.outcome = static_cast<JUnitCase::Outcome>(test.at(2).get<int>());
    one.type = test.at(3).get<std::string>();
    one.message = test.at(4).get<std::string>();
    one.details = test.at(5).get<std::string>();
    report.junit.cases.push_back(std::move(one));
  }
  return report;
}

// False when nobody reads any more.
bool Send(int pipe, const Json& message) {
  std::vector<std::uint8_t> bytes(sizeof(std::uint64_t));
  Json::to_cbor(message, bytes);
  const std::uint64_t length = bytes.size() - sizeof(std::uint64_t);
  std::memcpy(bytes.data(), &length, sizeof length);
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t put = write(pipe, bytes.data() + done, bytes.size() - done);
    if (put < 0 && errno != EINTR) return false;
    done += static_cast<std::size_t>(std::max<ssize_t>(put, 0));
  }
  return true;
}

class TestWorkers {
 public:
  TestWorkers(const std::vector<FoundScenario>& all, const TestReportOptions& options,
              const std::function<void(TestReport)>& on_report)
      : all_(all), options_(options), on_report_(on_report), reports_(all.size()) {
    void* memory = mmap(nullptr, sizeof(WorkShared), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) ThrowSystemError(errno, "mmap");
    shared_ = new (memory) WorkShared;
  }
  TestWorkers(const TestWorkers&) = delete;
  TestWorkers& operator=(const TestWorkers&) = delete;
  ~TestWorkers() {
    shared_->stop.store(true);
    for (Worker& worker : workers_) {
      worker.pipe->Close();  // so that it does not wait for a reader
      Reap(worker);
    }
    munmap(shared_, sizeof(WorkShared));
  }

  void Run(std::size_t jobs) {
    for (std::size_t i = 0; i < std::min(jobs, all_.size()); ++i) Start();
    while (Listen()) Deliver();
    for (std::size_t i = 0; i < all_.size(); ++i) {
      if (i >= delivered_ && !reports_[i] && !was_stopped()) {
        reports_[i] = TestTrouble(all_[i], "not tested: a process that tests " + lost_);
      }
    }
    Deliver();
    if (was_stopped()) {  // what was done out of turn
      for (std::size_t i = delivered_; i < all_.size(); ++i) {
        if (reports_[i]) on_report_(std::move(*reports_[i]));
      }
    }
  }

 private:
  struct Worker {
    pid_t process = -1;
    std::unique_ptr<Descriptor> pipe;
    std::string text;                  // received, not yet a message
    std::optional<std::size_t> begun;  // what it is at
  };

  bool was_stopped() const { return options_.check.stop != nullptr && options_.check.stop->load(); }

  void Start() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) ThrowSystemError(errno, "pipe");
    const Descriptor writes(ends[1]);
    workers_.push_back({-1, std::make_unique<Descriptor>(ends[0]), "", {}});
    const pid_t parent = getpid();
    const pid_t child = ForkWithSignalsBlocked("cannot start a process that tests");
    if (child == 0) Work(writes.number(), parent);
    workers_.back().process = child;
  }

  // In the child.
  [[noreturn]] void Work(int pipe, pid_t parent) noexcept {
    // Whoever started it is gone: nobody wants to know.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    for (Worker& other : workers_) other.pipe->Close();
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    TestReportOptions options = options_;
    options.check.stop = &shared_->stop;
    try {
      while (!shared_->stop.load()) {
        const std::size_t number = shared_->next.fetch_add(1);
        if (number >= all_.size() || !Send(pipe, Json::array({number}))) break;
        TestReport report;
        try {
          report = TestFound(all_[number], options);
        } catch (const std::exception& error) {
          report = TestTrouble(all_[number], error.what());
        }
        if (!Send(pipe, Json::array({number, ToJson(report)}))) break;
      }
    } catch (const std::exception&) {
      _exit(1);
    }
    _exit(0);
  }

  // Waits until something is said; false when nobody is left who could.
  bool Listen() {
    std::vector<pollfd> waits;
    std::vector<Worker*> whose;
    for (Worker& worker : workers_) {
      if (!worker.pipe->is_open()) continue;
      waits.push_back({worker.pipe->number(), POLLIN, 0});
      whose.push_back(&worker);
    }
    if (waits.empty()) return false;
    // A signal may come just before: then it is seen a moment later.
    constexpr int kMilliseconds = 200;
    const int ready = poll(waits.data(), waits.size(), kMilliseconds);
    if (was_stopped()) shared_->stop.store(true);
    if (ready < 0 && errno != EINTR) ThrowSystemError(errno, "poll");
    for (std::size_t i = 0; ready > 0 && i < waits.size(); ++i) {
      if (waits[i].revents != 0) Receive(*whose[i]);
    }
    return true;
  }

  void Receive(Worker& worker) {
    char piece[65536];
    const ssize_t got = read(worker.pipe->number(), piece, sizeof piece);
    if (got < 0 && errno == EINTR) return;
    if (got <= 0) return End(worker);
    worker.text.append(piece, static_cast<std::size_t>(got));
    std::uint64_t length = 0;
    std::size_t at = 0;
    while (worker.text.size() - at >= sizeof length) {
      std::memcpy(&length, worker.text.data() + at, sizeof length);
      if (worker.text.size() - at - sizeof length < length) break;
      const char* begin = worker.text.data() + at + sizeof length;
      const Json message = Json::from_cbor(begin, begin + length);
      const auto number = message.at(0).get<std::size_t>();
      worker.begun = number;
      if (message.size() > 1) {
        reports_.at(number) = FromJson(message.at(1));
        worker.begun.reset();
      }
      at += sizeof length + length;
    }
    worker.text.erase(0, at);
  }

  // It says nothing more. What it has begun and not reported is lost.
  void End(Worker& worker) {
    worker.pipe->Close();
    const int status = Reap(worker);
    if (status == 0 || was_stopped()) return;
    lost_ = WIFSIGNALED(status) ? fmt::format("was ended by signal {}", WTERMSIG(status))
                                : "ended without a result";
    if (!worker.begun) return;
    reports_.at(*worker.begun) = TestTrouble(all_[*worker.begun], "its test " + lost_);
  }

  static int Reap(Worker& worker) {
    int status = 0;
    while (worker.process > 0 && waitpid(worker.process, &status, 0) < 0 && errno == EINTR) {
    }
    worker.process = -1;
    return status;
  }

  // In their order, as far as they are there.
  void Deliver() {
    while (delivered_ < reports_.size() && reports_[delivered_]) {
      on_report_(std::move(*reports_[delivered_]));
      reports_[delivered_].reset();
      ++delivered_;
    }
  }

  const std::vector<FoundScenario>& all_;
  const TestReportOptions& options_;
  const std::function<void(TestReport)>& on_report_;
  WorkShared* shared_ = nullptr;
  std::vector<Worker> workers_;
  std::vector<std::optional<TestReport>> reports_;
  std::size_t delivered_ = 0;
  std::string lost_;  // how a worker ended that should not have
};

}  // namespace

void TestAll(const std::vector<FoundScenario>& all, const TestReportOptions& options,
             std::size_t jobs, const std::function<void(TestReport)>& on_report) {
  if (jobs > 1) return TestWorkers(all, options, on_report).Run(jobs);
  for (const FoundScenario& found : all) {
    if (options.check.stop != nullptr && options.check.stop->load()) return;
    on_report(TestFound(found, options));
  }
}

}  // namespace interleave
