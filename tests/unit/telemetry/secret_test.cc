#include "server/telemetry/log/secret.h"

#include <gtest/gtest.h>

#include <concepts>
#include <sstream>
#include <string>
#include <string_view>

#include "server/telemetry/log/logger.h"

namespace bellwether {
namespace {

// Neither a log attribute nor a text can be made of a secret by accident.
static_assert(!std::convertible_to<Secret, std::string>);
static_assert(!std::convertible_to<Secret, std::string_view>);
static_assert(!std::constructible_from<LogValue, Secret>);

TEST(SecretTest, DoesNotPrint) {
  std::ostringstream out;
  out << Secret("hunter2");
  EXPECT_EQ(out.str(), "[secret]");
  EXPECT_EQ(testing::PrintToString(Secret("hunter2")), "[secret]");
  EXPECT_EQ(Secret("hunter2").Reveal(), "hunter2");
}

}  // namespace
}  // namespace bellwether
