#include "server/plugin/dispatch/worker_pool.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace bellwether {

WorkerPool::WorkerPool(Options options)
    : options_{.threads_max = std::max<size_t>(options.threads_max, 1), .queue_max = options.queue_max} {}

WorkerPool::~WorkerPool() {
  std::vector<std::thread> threads;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

bool WorkerPool::Submit(std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  if (stopping_ || queue_.size() >= options_.queue_max) {
    return false;
  }
  // `waiting_` counts threads that will still look at the queue, those that tasks before this one will occupy included.
  if (queue_.size() >= waiting_ && threads_.size() < options_.threads_max) {
    try {
      threads_.reserve(threads_.size() + 1);
      threads_.emplace_back([this] { Work(); });
      ++waiting_;
    } catch (const std::system_error&) {
      if (threads_.empty()) {
        return false;
      }
    }
  }
  queue_.push_back(std::move(task));
  return true;
}

bool WorkerPool::WaitUntilIdle(absl::Duration timeout) {
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(this, &WorkerPool::IsIdle), timeout);
}

void WorkerPool::Work() {
  mutex_.Lock();
  while (true) {
    mutex_.Await(absl::Condition(this, &WorkerPool::HasWorkOrStops));
    if (queue_.empty()) {
      break;
    }
    --waiting_;
    {
      const std::function<void()> task = std::move(queue_.front());
      queue_.pop_front();
      mutex_.Unlock();
      task();
    }
    mutex_.Lock();
    ++waiting_;
  }
  mutex_.Unlock();
}

}  // namespace bellwether
