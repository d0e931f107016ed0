#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "server/analytics/anomaly/detector.h"
#include "server/base/status/error_origin.h"

namespace bellwether {
namespace {

TEST(DetectorOptionsTest, RefusesBudgetsOutsideTheRangeAndNamesIt) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double budget : {0.0, -0.0, -1.0, -kInfinity, kInfinity, std::nan(""), 1e-300, 0.00199, 1000.1, 1e308}) {
    DetectorOptions options;
    options.false_alarms_per_week = budget;
    const absl::Status status = MakeStreamingDetector("auto", options).status();
    EXPECT_EQ(HttpStatusOf(status), 400) << budget;
    EXPECT_EQ(OriginOf(status), Origin::kDownstream) << budget;
    EXPECT_NE(std::string(status.message()).find("at least 0.002 and at most 1000"), std::string::npos) << status;
  }
}

TEST(DetectorOptionsTest, TakesTheEndsOfTheRange) {
  for (const double budget : {kLeastFalseAlarmsPerWeek, kMostFalseAlarmsPerWeek}) {
    DetectorOptions options;
    options.false_alarms_per_week = budget;
    EXPECT_TRUE(MakeStreamingDetector("auto", options).ok()) << budget;
  }
}

TEST(DetectorOptionsTest, EveryMethodSaysWhatItAssumesWhatItIsForAndWhatItObeys) {
  for (const DetectorMethod& method : DetectorMethods()) {
    for (const std::string_view text : {method.assumptions, method.purpose, method.options}) {
      ASSERT_FALSE(text.empty()) << method.id;
      EXPECT_EQ(text.back(), '.') << method.id << ": " << text;
    }
    EXPECT_FALSE(method.name.empty()) << method.id;
    EXPECT_TRUE(MakeStreamingDetector(method.id, {}).ok()) << method.id;
  }
}

}  // namespace
}  // namespace bellwether
