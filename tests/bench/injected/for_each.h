#pragma once

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace bellwether::injected {

/// Calls `task(k)` for each k below `count` on `jobs` threads.
template <typename Task>
void ForEach(size_t count, size_t jobs, const Task& task) {
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t k = next++; k < count; k = next++) {
      task(k);
    }
  };
  std::vector<std::thread> threads;
  for (size_t job = 1; job < jobs; ++job) {
    threads.emplace_back(work);
  }
  work();
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace bellwether::injected
