#include "server/query/exec/series_workers.h"

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "gtest/gtest.h"

namespace bellwether {
namespace {

absl::Status GoOn() { return absl::OkStatus(); }

TEST(SeriesWorkersTest, CallsEachTaskOnce) {
  for (const size_t helpers : {0U, 1U, 3U}) {
    SeriesWorkers workers(helpers);
    for (const size_t count : {0U, 1U, 2U, 1000U}) {
      std::vector<std::atomic<int>> calls(count);
      EXPECT_TRUE(workers
                      .Run(
                          count, [&](size_t i) { ++calls[i]; }, GoOn)
                      .ok());
      for (const std::atomic<int>& call : calls) {
        EXPECT_EQ(call, 1);
      }
    }
  }
}

TEST(SeriesWorkersTest, WorksOnSeveralAtOnceWithinItsBound) {
  constexpr size_t kHelpers = 2;
  SeriesWorkers workers(kHelpers);
  // Each of the first three waits for the two others: this ends only when three threads are at work.
  absl::BlockingCounter together(kHelpers + 1);
  std::atomic<size_t> begun = 0;
  std::mutex mutex;
  std::set<std::thread::id> threads;
  const auto task = [&](size_t) {
    {
      const std::lock_guard lock(mutex);
      threads.insert(std::this_thread::get_id());
    }
    if (begun++ <= kHelpers) {
      together.DecrementCount();
      while (begun <= kHelpers) {
        std::this_thread::yield();
      }
    }
  };
  EXPECT_TRUE(workers.Run(100, task, GoOn).ok());
  EXPECT_EQ(threads.size(), kHelpers + 1);
}

TEST(SeriesWorkersTest, BeginsNothingMoreOnceItMayNotGoOn) {
  SeriesWorkers workers(2);
  std::atomic<size_t> calls = 0;
  const absl::Status status = workers.Run(
      1000, [&](size_t) { ++calls; },
      [&] { return calls < 10 ? absl::OkStatus() : absl::DeadlineExceededError("late"); });
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  EXPECT_GE(calls, 10U);
  EXPECT_LE(calls, 13U);
}

TEST(SeriesWorkersTest, ThrowsWhatATaskThrowsOnTheAskingThread) {
  SeriesWorkers workers(3);
  EXPECT_THROW((void)workers.Run(
                   100, [](size_t i) { i == 7 ? throw std::runtime_error("no memory") : void(); }, GoOn),
               std::runtime_error);
  EXPECT_TRUE(workers
                  .Run(
                      10, [](size_t) {}, GoOn)
                  .ok());
}

TEST(SeriesWorkersTest, ServesSeveralThreadsAtOnce) {
  SeriesWorkers workers(2);
  std::vector<std::thread> askers;
  std::atomic<size_t> calls = 0;
  for (int i = 0; i < 4; ++i) {
    askers.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        EXPECT_TRUE(workers
                        .Run(
                            50, [&](size_t) { ++calls; }, GoOn)
                        .ok());
      }
    });
  }
  for (std::thread& asker : askers) {
    asker.join();
  }
  EXPECT_EQ(calls, 4U * 20 * 50);
}

}  // namespace
}  // namespace bellwether
