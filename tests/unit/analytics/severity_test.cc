#include "server/analytics/anomaly/severity.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"

namespace bellwether {
namespace {

TEST(SeverityTest, NeverFallsWhenAFactGrows) {
  const std::vector<double> surprises = {2, 3, 3.5, 4, 5, 6, 9};
  const std::vector<double> widths = {0, 0.5, 1, 1.5, 2, 4, 8, 100};
  const std::vector<double> shares = {0, 0.05, 0.3, 1, 5};
  for (const double surprise : surprises) {
    for (const double width : widths) {
      for (const double relative : shares) {
        for (const double of_range : shares) {
          const SeverityFacts facts{
              .surprise = surprise, .needed = 3, .band_widths = width, .relative = relative, .of_range = of_range};
          const auto more = [&](auto change) {
            SeverityFacts other = facts;
            change(other);
            EXPECT_GE(GradeSeverity(other), GradeSeverity(facts));
          };
          more([](SeverityFacts& f) { f.surprise += 0.7; });
          more([](SeverityFacts& f) { f.band_widths *= 1.7; });
          more([](SeverityFacts& f) { f.relative *= 1.7; });
          more([](SeverityFacts& f) { f.of_range *= 1.7; });
        }
      }
    }
  }
}

TEST(SeverityTest, CriticalIsBothRareAndLarge) {
  EXPECT_EQ(GradeSeverity({.surprise = 6, .needed = 3, .band_widths = 10, .relative = 3}), Severity::kCritical);
  EXPECT_EQ(GradeSeverity({.surprise = 12, .needed = 3, .band_widths = 1, .relative = 0.01}), Severity::kHigh);
  EXPECT_EQ(GradeSeverity({.surprise = 3, .needed = 3, .band_widths = 100, .relative = 9}), Severity::kHigh);
  EXPECT_EQ(GradeSeverity({.surprise = 3.1, .needed = 3, .band_widths = 1.1, .relative = 0.1}), Severity::kLow);
}

TEST(SeverityTest, WhatHardlyMovesTheMetricIsLessSevere) {
  const SeverityFacts steady = SizeOf(20.1, 20.0, 19.99, 20.01);
  const SeverityFacts doubled = SizeOf(40, 20, 18, 22);
  EXPECT_EQ(steady.band_widths > 9, true);
  SeverityFacts a = steady;
  SeverityFacts b = doubled;
  a.surprise = b.surprise = 5;
  EXPECT_LT(GradeSeverity(a), GradeSeverity(b));
}

TEST(SeverityTest, APercentageIsMeasuredAgainstItsRangeToo) {
  SeverityFacts little = SizeOf(3, 1, 0.6, 1.4, 100);
  SeverityFacts much = SizeOf(80, 27, 16, 38, 100);
  little.surprise = much.surprise = 5;
  EXPECT_LT(little.of_range, 0.05);
  EXPECT_LT(GradeSeverity(little), GradeSeverity(much));
}

TEST(SeverityTest, HostileNumbersHaveASeverity) {
  const double nan = std::nan("");
  const double infinity = HUGE_VAL;
  for (const double value : {0.0, -0.0, 1e308, -1e308, infinity, nan}) {
    for (const double expected : {0.0, 1e308, -1e308, nan}) {
      for (const double edge : {expected, 0.0, -infinity, nan}) {
        SeverityFacts facts = SizeOf(value, expected, edge, edge, 100);
        facts.surprise = value;
        facts.needed = expected;
        EXPECT_GE(GradeSeverity(facts), Severity::kLow);
        EXPECT_LE(GradeSeverity(facts), Severity::kCritical);
      }
    }
  }
}

}  // namespace
}  // namespace bellwether
