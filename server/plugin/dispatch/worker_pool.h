#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace bellwether {

/// A bounded number of threads that run tasks in the order they came, from a bounded queue. Threads start when there is
/// work for them and then stay. Tasks must not throw. Safe to use from any thread.
class WorkerPool {
 public:
  struct Options {
    size_t threads_max = 2;
    size_t queue_max = 1024;  ///< tasks that wait; further ones are refused
  };

  explicit WorkerPool(Options options);
  /// Runs what is queued, then joins.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Takes `task`, or returns false when the queue is full or no thread can be started; then `task` is dropped.
  [[nodiscard]] bool Submit(std::function<void()> task);

  /// Waits until no task is queued or running; false when that took longer than `timeout`.
  [[nodiscard]] bool WaitUntilIdle(absl::Duration timeout);

  [[nodiscard]] size_t threads_max() const { return options_.threads_max; }

 private:
  void Work();
  bool HasWorkOrStops() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stopping_ || !queue_.empty(); }
  bool IsIdle() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return queue_.empty() && waiting_ == threads_.size(); }

  const Options options_;
  absl::Mutex mutex_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
  size_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;  // threads without a task
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace bellwether
