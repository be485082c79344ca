#pragma once
// Threads that do the same job together, again and again, the caller being one of them.

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace interleave {

class Team {
 public:
  using Job = std::function<void(std::size_t member)>;

  explicit Team(std::size_t members) {
    for (std::size_t k = 1; k < members; ++k) {
      threads_.emplace_back([this, k] { Work(k); });
    }
  }
  ~Team() {
    Start(nullptr);
    for (std::thread& thread : threads_) thread.join();
  }
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  // job(0), ... by one thread each; returns when all are done. Throws what one of them threw.
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
  std::vector<std::thread> threads_;
};

}  // namespace interleave
