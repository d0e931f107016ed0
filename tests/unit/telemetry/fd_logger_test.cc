#include "server/telemetry/log/fd_logger.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "nlohmann/json.hpp"
#include "tests/support/simulated_clock.h"

namespace bellwether {
namespace {

using nlohmann::json;

class Pipe {
 public:
  Pipe() { EXPECT_EQ(pipe2(ends_, O_CLOEXEC), 0); }
  ~Pipe() {
    close(ends_[0]);
    CloseWriter();
  }
  int writer() const { return ends_[1]; }
  void CloseWriter() {
    if (ends_[1] >= 0) {
      close(ends_[1]);
      ends_[1] = -1;
    }
  }
  // Everything up to the end; the writer must be closed or be closed by another thread.
  std::string ReadAll() const {
    std::string text;
    char buffer[4096];
    for (ssize_t n = read(ends_[0], buffer, sizeof(buffer)); n > 0; n = read(ends_[0], buffer, sizeof(buffer))) {
      text.append(buffer, static_cast<size_t>(n));
    }
    return text;
  }

 private:
  int ends_[2] = {-1, -1};
};

TEST(FdLoggerTest, LinesOfSeveralThreadsDoNotMix) {
  Pipe pipe;
  const SimulatedClock clock(absl::UnixEpoch());
  FdLogger logger({.fd = pipe.writer(), .level_min = LogLevel::kInfo, .module = "m"}, clock);
  std::string text;
  std::thread reader([&] { text = pipe.ReadAll(); });
  std::vector<std::thread> writers;
  for (int t = 0; t < 4; ++t) {
    writers.emplace_back([&logger, t] {
      for (int i = 0; i < 50; ++i) {
        logger.Info("line", {{"thread", t}, {"padding", std::string(5000, 'p')}});
      }
    });
  }
  for (std::thread& writer : writers) {
    writer.join();
  }
  pipe.CloseWriter();
  reader.join();
  std::istringstream lines(text);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    ASSERT_TRUE(json::parse(line, nullptr, false).is_object()) << line.substr(0, 100);
  }
  EXPECT_EQ(count, 200);
}

TEST(FdLoggerTest, DropsLowerLevels) {
  Pipe pipe;
  const SimulatedClock clock(absl::UnixEpoch());
  FdLogger logger({.fd = pipe.writer(), .level_min = LogLevel::kWarn, .module = ""}, clock);
  logger.Info("quiet");
  logger.Error("loud");
  EXPECT_FALSE(logger.Enabled(LogLevel::kInfo));
  pipe.CloseWriter();
  const std::string text = pipe.ReadAll();
  EXPECT_EQ(text.find("quiet"), std::string::npos);
  EXPECT_NE(text.find("loud"), std::string::npos);
}

}  // namespace
}  // namespace bellwether
