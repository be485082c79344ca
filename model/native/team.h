#pragma once
// Threads that do the same job together, again and again, the caller being one of them. Where the
// system gives no more threads, those that there are do it.

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace interleave {

class Team {
 public:
  using Job = std::function<void(std::size_t member)>;

  // Starts a thread, or throws std::system_error.
  using Starter = std::function<std::thread(std::function<void()>)>;

  explicit Team(
      std::size_t members, const Starter& start = [](std::function<void()> work) {
        return std::thread(std::move(work));
      }) {
    threads_.reserve(members);
    try {
      for (std::size_t k = 1; k < members; ++k) {
        threads_.push_back(start([this, k] { Work(k); }));
      }
    } catch (const std::system_error& error) {
      shortage_ = error.code().message();
    }
  }
  ~Team() {
    Start(nullptr);
    for (std::thread& thread : threads_) thread.join();
  }
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  std::size_t members() const { return threads_.size() + 1; }
  // Why they are fewer than wanted; empty: they are not.
  const std::string& shortage() const { return shortage_; }

  // job(0), ... job(members() - 1) by one thread each; returns when all are done. Throws what one
  // of them threw.
  void Do(const Job& job) {
    Start(&job);
    Try(job, 0);
    Wait(busy_, [](std::size_t busy) { return busy == 0; });
    if (failure_ != nullptr) std::rethrow_exception(std::exchange(failure_, nullptr));
  }

 private:
  // Some tens of microseconds: about as long as one waits for the last at most.
  static constexpr int kSpins = 2000;

  template <class Value, class Done>
  static void Wait(std::atomic<Value>& value, Done done) {
    for (int k = 0; k < kSpins; ++k) {
      if (done(value.load(std::memory_order_acquire))) return;
      __builtin_ia32_pause();
    }
    for (;;) {
      const Value now = value.load(std::memory_order_acquire);
      if (done(now)) return;
      value.wait(now, std::memory_order_acquire);
    }
  }

  void Start(const Job* job) {
    job_ = job;
    busy_.store(threads_.size(), std::memory_order_relaxed);
    round_.fetch_add(1, std::memory_order_release);
    round_.notify_all();
  }

  void Try(const Job& job, std::size_t member) {
    try {
      job(member);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
    }
  }

  void Work(std::size_t member) {
    for (unsigned round = 0;; ++round) {
      Wait(round_, [round](unsigned now) { return now != round; });
      if (job_ == nullptr) return;
      Try(*job_, member);
      if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_all();
    }
  }

  const Job* job_ = nullptr;  // null: the end
  std::atomic<unsigned> round_ = 0;
  std::atomic<std::size_t> busy_ = 0;  // threads
  std::mutex mutex_;
  std::exception_ptr failure_;
  std::string shortage_;
  std::vector<std::thread> threads_;
};

}  // namespace interleave
