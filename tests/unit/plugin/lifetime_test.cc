#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "server/plugin/lifetime/exit_deadline.h"
#include "server/plugin/lifetime/process_signals.h"
#include "server/plugin/lifetime/stop_request.h"

namespace bellwether {
namespace {

TEST(StopRequestTest, WakesTheWaiterFromAnotherThread) {
  StopRequest stop;
  EXPECT_FALSE(stop.Await(absl::ZeroDuration()));
  std::thread other([&stop] { stop.Raise(); });
  EXPECT_TRUE(stop.Await(absl::Seconds(30)));
  other.join();
  stop.Raise();
  EXPECT_TRUE(stop.Await(absl::ZeroDuration()));
}

TEST(ProcessSignalsTest, TermStopsAPluginAndInterruptDoesNot) {
  StopRequest stop;
  const ProcessSignals signals(stop, ProcessSignals::Interrupt::kIgnored);
  std::raise(SIGINT);
  std::raise(SIGPIPE);
  EXPECT_FALSE(stop.raised());
  std::raise(SIGTERM);
  EXPECT_TRUE(stop.Await(absl::Seconds(30)));
}

TEST(ProcessSignalsTest, InterruptStopsAServerOfItsOwn) {
  StopRequest stop;
  const ProcessSignals signals(stop, ProcessSignals::Interrupt::kStops);
  std::raise(SIGINT);
  EXPECT_TRUE(stop.raised());
}

TEST(ExitDeadlineTest, SparesTheProcessThatIsDoneInTime) {
  const ExitDeadline deadline(absl::Minutes(5), [] { FAIL(); });
}

TEST(ExitDeadlineDeathTest, EndsTheProcessThatHangs) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const ExitDeadline deadline(absl::Milliseconds(10), [] {});
        absl::Notification never;
        never.WaitForNotification();
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace bellwether
