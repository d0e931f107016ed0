#include "server/query/exec/series_workers.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

// Mutexes of the standard library, since the thread sanitizer sees those of a prebuilt Abseil as no locks.

namespace bellwether {
namespace {

// One call of Run, on the stack of the thread that asks.
struct Job {
  Job(size_t calls, const std::function<void(size_t)>& call, const std::function<absl::Status()>& ask)
      : count(calls), task(call), may_go_on(ask) {}

  const size_t count;
  const std::function<void(size_t)>& task;
  const std::function<absl::Status()>& may_go_on;
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  absl::Status stopped;       // guarded by mutex
  std::exception_ptr thrown;  // guarded by mutex
  size_t helping = 0;         // helpers inside; guarded by the crew's mutex

  [[nodiscard]] bool HasWork() const { return next.load(std::memory_order_relaxed) < count; }

  void End() { next.store(count, std::memory_order_relaxed); }

  // Takes part until there is nothing left to begin.
  void Work() {
    try {
      for (size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) {
        if (absl::Status status = may_go_on(); !status.ok()) {
          End();
          const std::lock_guard lock(mutex);
          stopped.Update(std::move(status));
          return;
        }
        task(i);
      }
    } catch (...) {
      // Helpers belong to no query: what went wrong is told to the thread that asked.
      End();
      const std::lock_guard lock(mutex);
      thrown = std::current_exception();
    }
  }
};

}  // namespace

class SeriesWorkers::Crew {
 public:
  explicit Crew(size_t helpers_max) : helpers_max_(helpers_max) {}

  ~Crew() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    work_.notify_all();
    for (std::thread& helper : helpers_) {
      helper.join();
    }
  }

  // Offers `job` to the helpers, starting those that it could use.
  void Offer(Job& job) {
    {
      const std::lock_guard lock(mutex_);
      jobs_.push_back(&job);
      while (helpers_.size() < std::min(helpers_max_, job.count - 1)) {
        try {
          helpers_.emplace_back([this] { Help(); });
        } catch (const std::system_error&) {
          break;  // the asking thread does without
        }
      }
    }
    work_.notify_all();
  }

  // Takes `job` back; returns when no helper is inside.
  void TakeBack(Job& job) {
    std::unique_lock lock(mutex_);
    jobs_.remove(&job);
    left_.wait(lock, [&job] { return job.helping == 0; });
  }

 private:
  // A job with work left; the mutex is held.
  Job* Open() const {
    const auto found = std::find_if(jobs_.begin(), jobs_.end(), [](const Job* job) { return job->HasWork(); });
    return found == jobs_.end() ? nullptr : *found;
  }

  void Help() {
    std::unique_lock lock(mutex_);
    while (true) {
      work_.wait(lock, [this] { return stopping_ || Open() != nullptr; });
      Job* const job = Open();
      if (job == nullptr) {
        break;
      }
      ++job->helping;
      lock.unlock();
      job->Work();
      lock.lock();
      if (--job->helping == 0) {
        left_.notify_all();
      }
    }
  }

  const size_t helpers_max_;
  std::mutex mutex_;              // guards what follows
  std::condition_variable work_;  // a job was offered, or the crew stops
  std::condition_variable left_;  // a helper left a job
  std::list<Job*> jobs_;
  std::vector<std::thread> helpers_;  // read by the destructor, when nobody asks, without the mutex
  bool stopping_ = false;
};

SeriesWorkers::SeriesWorkers(size_t helpers_max)
    : threads_(helpers_max + 1), crew_(std::make_unique<Crew>(helpers_max)) {}

SeriesWorkers::~SeriesWorkers() = default;

size_t SeriesWorkers::HelpersForThisMachine() { return std::max<size_t>(std::thread::hardware_concurrency(), 1) - 1; }

absl::Status SeriesWorkers::Run(size_t count, const std::function<void(size_t)>& task,
                                const std::function<absl::Status()>& may_go_on) {
  if (count == 0) {
    return may_go_on();
  }
  Job job(count, task, may_go_on);
  const bool is_shared = count > 1;
  if (is_shared) {
    crew_->Offer(job);
  }
  job.Work();
  if (is_shared) {
    crew_->TakeBack(job);
  }
  const std::lock_guard lock(job.mutex);
  if (job.thrown != nullptr) {
    std::rethrow_exception(job.thrown);
  }
  return job.stopped;
}

}  // namespace bellwether
