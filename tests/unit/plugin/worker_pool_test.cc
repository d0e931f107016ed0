#include "server/plugin/dispatch/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "absl/synchronization/barrier.h"
#include "absl/synchronization/notification.h"

namespace bellwether {
namespace {

TEST(WorkerPoolTest, RunsEverythingBeforeItEnds) {
  std::atomic<int> ran = 0;
  {
    WorkerPool pool({.threads_max = 3, .queue_max = 1000});
    for (int i = 0; i < 500; ++i) {
      ASSERT_TRUE(pool.Submit([&ran] { ++ran; }));
    }
  }
  EXPECT_EQ(ran, 500);
}

TEST(WorkerPoolTest, UsesAllItsThreadsAndNoMore) {
  WorkerPool pool({.threads_max = 3, .queue_max = 100});
  // Three tasks wait for each other: they end only when three threads run them.
  auto* meeting = new absl::Barrier(3);
  std::mutex mutex;
  std::set<std::thread::id> threads;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(pool.Submit([meeting] {
      if (meeting->Block()) {
        delete meeting;
      }
    }));
  }
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(pool.Submit([&] {
      const std::lock_guard lock(mutex);
      threads.insert(std::this_thread::get_id());
    }));
  }
  ASSERT_TRUE(pool.WaitUntilIdle(absl::Seconds(30)));
  EXPECT_LE(threads.size(), 3u);
}

TEST(WorkerPoolTest, RefusesWhatDoesNotFitTheQueue) {
  absl::Notification release;
  WorkerPool pool({.threads_max = 1, .queue_max = 2});
  absl::Notification running;
  ASSERT_TRUE(pool.Submit([&] {
    running.Notify();
    release.WaitForNotification();
  }));
  running.WaitForNotification();
  EXPECT_TRUE(pool.Submit([] {}));
  EXPECT_TRUE(pool.Submit([] {}));
  EXPECT_FALSE(pool.Submit([] {}));
  EXPECT_FALSE(pool.WaitUntilIdle(absl::Milliseconds(1)));
  release.Notify();
  EXPECT_TRUE(pool.WaitUntilIdle(absl::Seconds(30)));
  EXPECT_TRUE(pool.Submit([] {}));
}

}  // namespace
}  // namespace bellwether
