#include "server/plugin/dispatch/fault_barrier.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/unit/plugin/recording_logger.h"

namespace bellwether {
namespace {

TEST(FaultBarrierTest, LetsSuccessPass) {
  RecordingLogger logger;
  FaultBarrier barrier(logger, "7");
  bool ran = false;
  EXPECT_EQ(barrier.Run("task", [&] { ran = true; }), "");
  EXPECT_TRUE(ran);
  EXPECT_TRUE(logger.lines().empty());
}

TEST(FaultBarrierTest, UserAndLogShareAReferenceAndTheCauseStaysInTheLog) {
  RecordingLogger logger;
  FaultBarrier barrier(logger, "7");
  const std::string sentence = barrier.Run("task", [] { throw std::runtime_error("password=hunter2"); });
  EXPECT_NE(sentence.find("7-1"), std::string::npos);
  EXPECT_EQ(sentence.find("hunter2"), std::string::npos);
  ASSERT_EQ(logger.lines().size(), 1u);
  EXPECT_NE(logger.lines()[0].find("\"reference\":\"7-1\""), std::string::npos);
  EXPECT_NE(logger.lines()[0].find("hunter2"), std::string::npos);
  EXPECT_NE(barrier.Run("task", [] { throw 42; }).find("7-2"), std::string::npos);
}

}  // namespace
}  // namespace bellwether
