#include "tests/bench/injected/power.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace bellwether::injected {
namespace {

TEST(WilsonIntervalTest, AgreesWithAWorkedExample) {
  const Interval interval = WilsonInterval(8, 10);
  EXPECT_NEAR(interval.low, 0.4902, 5e-4);
  EXPECT_NEAR(interval.high, 0.9433, 5e-4);
  EXPECT_EQ(WilsonInterval(0, 0).low, 0);
}

/// Scores a row by how far it lies from zero: on white noise with a deviation of one the best there is for spikes.
Scored ByMagnitude(std::span<const int64_t> /*times*/, std::span<const double> values) {
  Scored scored;
  for (const double value : values) {
    scored.score.push_back(std::min(1.0, std::abs(value) / 20));
    scored.is_anomaly.push_back(std::abs(value) > 3.5 ? 1 : 0);
  }
  return scored;
}

Scored Silent(std::span<const int64_t> /*times*/, std::span<const double> values) {
  return {.score = std::vector<double>(values.size(), 0.0), .is_anomaly = std::vector<uint8_t>(values.size(), 0)};
}

std::vector<Carrier> WhiteCarriers() {
  std::vector<Carrier> all = GeneratedCarriers(Set::kChoose, 4);
  std::erase_if(all, [](const Carrier& carrier) { return carrier.kind != "white"; });
  return all;
}

TEST(MeasurePowerTest, LargeSpikesAreFoundByTheirSizeAndHeldValuesAreNot) {
  const std::vector<Carrier> carriers = WhiteCarriers();
  const PowerReport report = MeasurePower(carriers, ByMagnitude, 3, 2);
  EXPECT_GT(report.cases, 50u);
  EXPECT_EQ(report.by_injection.at("spike of 10, 1 row").Power(), 1);
  EXPECT_LT(report.by_injection.at("flat, 24 rows").Power(), 0.5);
  // A magnitude beyond 3.5 happens once in 2,149 rows.
  double rows = 0;
  for (const Carrier& carrier : carriers) {
    rows += static_cast<double>(carrier.values.size());
  }
  ASSERT_GT(report.weeks, 0);
  const double expected = 0.8 * rows / 2149 / report.weeks;
  EXPECT_NEAR(report.false_alarms_per_week, expected, 0.25 * expected);  // some hundred of them
}

TEST(MeasurePowerTest, WhoNeverSpeaksFindsNothing) {
  const PowerReport report = MeasurePower(WhiteCarriers(), Silent, 3, 1);
  EXPECT_EQ(report.mean_by_week, 0);
  EXPECT_EQ(report.mean_as_is, 0);
  EXPECT_EQ(report.false_alarms_per_week, 0);
}

TEST(MeasurePowerTest, WhoAlwaysSpeaksFindsNothingEither) {
  const Scorer always = [](std::span<const int64_t> /*times*/, std::span<const double> values) -> Scored {
    return {.score = std::vector<double>(values.size(), 0.5), .is_anomaly = std::vector<uint8_t>(values.size(), 1)};
  };
  const PowerReport report = MeasurePower(WhiteCarriers(), always, 3, 1);
  EXPECT_EQ(report.mean_by_week, 0);
  EXPECT_GT(report.false_alarms_per_week, 5);
}

TEST(MeasurePowerTest, TheSameSeedGivesTheSameFigures) {
  const PowerReport one = MeasurePower(WhiteCarriers(), ByMagnitude, 5, 1);
  const PowerReport two = MeasurePower(WhiteCarriers(), ByMagnitude, 5, 3);
  EXPECT_EQ(one.mean_by_week, two.mean_by_week);
  EXPECT_EQ(one.cases, two.cases);
}

TEST(InjectTest, TouchesItsEventsAlone) {
  for (const Carrier& carrier : GeneratedCarriers(Set::kConfirm, 1)) {
    const InjectedSeries injected = Inject(carrier, 11);
    size_t touched = 0;
    for (size_t i = 0; i < carrier.size(); ++i) {
      const bool within = std::any_of(injected.events.begin(), injected.events.end(),
                                      [&](const Event& event) { return i >= event.first && i < event.end; });
      // A gap of twelve rows may come before an event.
      ASSERT_TRUE(within || injected.values[i] == carrier.values[i] || std::isnan(injected.values[i]))
          << carrier.kind << ", row " << i;
      touched += injected.values[i] != carrier.values[i] ? 1 : 0;
    }
    EXPECT_TRUE(injected.events.empty() || touched > 0) << carrier.kind;
  }
}

TEST(DemoCarriersTest, OwnIncidentsAreUnusualRows) {
  for (const Carrier& carrier : DemoCarriers(Set::kChoose)) {
    const auto unusual = static_cast<double>(std::count(carrier.unusual.begin(), carrier.unusual.end(), 1));
    EXPECT_GT(unusual, 0) << carrier.kind;
    EXPECT_LT(unusual, 0.5 * static_cast<double>(carrier.size())) << carrier.kind;
  }
}

TEST(TroubledCarriersTest, IncidentsAreUnusualRowsAndTheRestIsAsItWas) {
  const std::vector<Carrier> quiet = GeneratedCarriers(Set::kChoose, 1);
  const std::vector<Carrier> troubled = TroubledCarriers(Set::kChoose, 1);
  ASSERT_EQ(quiet.size(), troubled.size());
  size_t changed = 0;
  for (size_t k = 0; k < quiet.size(); ++k) {
    const auto unusual = static_cast<double>(std::count(troubled[k].unusual.begin(), troubled[k].unusual.end(), 1));
    EXPECT_GT(unusual, 0) << troubled[k].kind;
    EXPECT_LT(unusual, 0.2 * static_cast<double>(quiet[k].size())) << troubled[k].kind;
    for (size_t i = 0; i < quiet[k].size(); ++i) {
      changed += quiet[k].values[i] != troubled[k].values[i] ? 1 : 0;
      ASSERT_TRUE(troubled[k].unusual[i] != 0 || quiet[k].values[i] == troubled[k].values[i]) << i;
    }
  }
  EXPECT_GT(changed, 1000u);
}

TEST(CourseCarriersTest, NoJobLastsAsLongAsItsPeriod) {
  for (const Carrier& carrier : CourseCarriers(Set::kChoose, 1)) {
    EXPECT_TRUE(!carrier.kind.starts_with("job") || carrier.RowsPerHour() > 1) << carrier.kind;
  }
}

TEST(InjectTest, SetsDoNotShareCarriers) {
  const std::vector<Carrier> choose = GeneratedCarriers(Set::kChoose, 1);
  const std::vector<Carrier> confirm = GeneratedCarriers(Set::kConfirm, 1);
  ASSERT_EQ(choose.size(), confirm.size());
  for (size_t k = 0; k < choose.size(); ++k) {
    EXPECT_NE(choose[k].values, confirm[k].values) << choose[k].kind;
  }
}

}  // namespace
}  // namespace bellwether::injected
