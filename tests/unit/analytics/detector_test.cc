#include "server/analytics/anomaly/detector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "server/base/status/error_origin.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

constexpr size_t kWeek = 2016;  // five-minute rows

Detection MustDetect(const std::vector<double>& values, std::string_view method = "auto",
                     DetectionMode mode = DetectionMode::kOnline, const DetectorOptions& options = {}) {
  auto detection = Detect(Times(values.size(), kFiveMinutesNs), values, method, options, mode);
  EXPECT_TRUE(detection.ok()) << detection.status();
  return *std::move(detection);
}

std::vector<double> DailySeries(size_t n, uint64_t seed) {
  std::vector<double> values = Noise(n, seed);
  for (size_t i = 0; i < n; ++i) {
    values[i] += 50 + 10 * Sine(i, 288);
  }
  return values;
}

class EveryDetector : public testing::TestWithParam<std::tuple<const char*, DetectionMode>> {
 protected:
  std::string_view method() const { return std::get<0>(GetParam()); }
  DetectionMode mode() const { return std::get<1>(GetParam()); }
};

INSTANTIATE_TEST_SUITE_P(All, EveryDetector,
                         testing::Combine(testing::Values("robust-seasonal", "rolling-zscore"),
                                          testing::Values(DetectionMode::kOnline, DetectionMode::kBatch)));

TEST_P(EveryDetector, FlagsALargeSpike) {
  std::vector<double> values = Noise(2 * kWeek, 7);
  values[3500] += 15;
  const Detection detection = MustDetect(values, method(), mode());
  EXPECT_EQ(detection.is_anomaly[3500], 1);
  EXPECT_GT(detection.score[3500], 0.5);
  EXPECT_NE(detection.severity[3500], Severity::kNone);
  EXPECT_GT(values[3500], detection.upper[3500]);
}

TEST_P(EveryDetector, KeepsTheBudgetOnWhiteNoise) {
  double alarms = 0;
  for (uint64_t seed = 0; seed < 12; ++seed) {
    const Detection detection = MustDetect(Noise(6 * kWeek, seed), method(), mode());
    alarms += static_cast<double>(std::count(detection.is_anomaly.begin() + kWeek, detection.is_anomaly.end(), 1));
  }
  EXPECT_GE(alarms / 60, 0.5);  // 12 series, 5 weeks each, 1 a week promised
  EXPECT_LE(alarms / 60, 1.6);
}

TEST_P(EveryDetector, BandHoldsItsLevelAndIsNeverMissingOnceWarm) {
  const std::vector<double> values = Noise(3 * kWeek, 11, 0.6);
  DetectorOptions options;
  options.band_level = 0.95;
  const Detection detection = MustDetect(values, method(), mode(), options);
  EXPECT_LT(detection.learning_points, 64u);
  double outside = 0;
  for (size_t i = detection.learning_points; i < values.size(); ++i) {
    ASSERT_LE(detection.lower[i], detection.expected[i]);
    ASSERT_GE(detection.upper[i], detection.expected[i]);
    outside += values[i] < detection.lower[i] || values[i] > detection.upper[i];
  }
  EXPECT_NEAR(outside / static_cast<double>(values.size()), 0.05, 0.02);
}

TEST_P(EveryDetector, HostileSeriesAndTimesAreAnswered) {
  for (const auto& values : HostileSeries()) {
    for (const int64_t step : {int64_t{1}, int64_t{0}, -kHourNs, int64_t{31'536'000} * 1'000'000'000}) {
      const auto detection = Detect(Times(values.size(), step), values, method(), {}, mode());
      ASSERT_TRUE(detection.ok());
      ASSERT_EQ(detection->score.size(), values.size());
      for (size_t i = 0; i < values.size(); ++i) {
        ASSERT_GE(detection->score[i], 0);
        ASSERT_LE(detection->score[i], 1);
        ASSERT_GE(detection->p_value[i], 0);
        ASSERT_LE(detection->p_value[i], 1);
        ASSERT_FALSE(std::isinf(detection->expected[i]));
      }
    }
  }
}

TEST_P(EveryDetector, MissingValuesScoreZeroAndPoisonNothing) {
  std::vector<double> values = Noise(kWeek, 5);
  for (size_t i = 300; i < 900; i += 3) {
    values[i] = std::nan("");
  }
  values[1800] = 20;
  const Detection detection = MustDetect(values, method(), mode());
  EXPECT_EQ(detection.score[300], 0);
  EXPECT_EQ(detection.is_anomaly[300], 0);
  EXPECT_EQ(detection.is_anomaly[1800], 1);
}

TEST_P(EveryDetector, ShiftAndScaleChangeNoVerdict) {
  std::vector<double> values = DailySeries(2 * kWeek, 21);
  values[3000] += 25;
  std::vector<double> moved(values.size());
  std::transform(values.begin(), values.end(), moved.begin(), [](double v) { return 4096 * v; });
  const Detection a = MustDetect(values, method(), mode());
  const Detection b = MustDetect(moved, method(), mode());
  EXPECT_EQ(a.is_anomaly, b.is_anomaly);
  for (size_t i = 0; i < values.size(); ++i) {
    ASSERT_NEAR(a.score[i], b.score[i], 1e-6) << i;
  }
}

TEST(DetectTest, OnlineVerdictsDoNotDependOnLaterRows) {
  std::vector<double> values = DailySeries(2 * kWeek, 33);
  values[2500] += 12;
  for (const DetectorMethod& method : DetectorMethods()) {
    const Detection whole = MustDetect(values, method.id);
    const std::vector<double> prefix(values.begin(), values.begin() + 2700);
    const Detection part = MustDetect(prefix, method.id);
    for (size_t i = 0; i < prefix.size(); ++i) {
      ASSERT_EQ(whole.score[i], part.score[i]);
      ASSERT_EQ(whole.is_anomaly[i], part.is_anomaly[i]);
      ASSERT_TRUE(whole.lower[i] == part.lower[i] || (std::isnan(whole.lower[i]) && std::isnan(part.lower[i])));
    }
  }
}

TEST(DetectTest, LearnsTheTimeOfDay) {
  std::vector<double> values = DailySeries(3 * kWeek, 3);
  const size_t trough = 5000 - 5000 % 288 + 216;  // usually 40
  values[trough] = 58;                            // an ordinary value, at the wrong time of day
  const Detection detection = MustDetect(values);
  EXPECT_GT(detection.score[trough], 0.5);
}

TEST(DetectTest, StateIsSmall) {
  for (const DetectorMethod& method : DetectorMethods()) {
    const auto detector = MakeStreamingDetector(method.id, {});
    ASSERT_TRUE(detector.ok());
    EXPECT_LE((*detector)->StateBytes(), 18u * 1024) << method.id;
  }
}

TEST(DetectTest, OneLongIncidentIsFewAlarms) {
  std::vector<double> values = Noise(3 * kWeek, 8);
  for (size_t i = 5000; i < 5100; ++i) {
    values[i] += 12;
  }
  const Detection detection = MustDetect(values);
  const auto alarms = std::count(detection.is_anomaly.begin() + 4990, detection.is_anomaly.begin() + 5110, 1);
  EXPECT_GE(alarms, 1);
  EXPECT_LE(alarms, 3);
}

TEST(DetectTest, DirectionAndLeastDeviationAreKept) {
  std::vector<double> values = Noise(2 * kWeek, 14);
  values[3000] += 15;
  values[3800] -= 15;
  DetectorOptions up;
  up.direction = Direction::kUp;
  const Detection only_up = MustDetect(values, "auto", DetectionMode::kOnline, up);
  EXPECT_EQ(only_up.is_anomaly[3000], 1);
  EXPECT_EQ(only_up.is_anomaly[3800], 0);
  DetectorOptions large;
  large.min_deviation_absolute = 100;
  const Detection none = MustDetect(values, "auto", DetectionMode::kOnline, large);
  EXPECT_EQ(std::count(none.is_anomaly.begin(), none.is_anomaly.end(), 1), 0);
}

TEST(DetectTest, ConstantSeriesIsQuietAndItsFirstMovementIsNot) {
  std::vector<double> values(kWeek, 5.0);
  values[1500] = 6;
  const Detection detection = MustDetect(values);
  EXPECT_EQ(std::count(detection.is_anomaly.begin(), detection.is_anomaly.begin() + 1500, 1), 0);
  EXPECT_EQ(detection.is_anomaly[1500], 1);
  EXPECT_EQ(detection.expected[1400], 5);
}

AnomalyType TypeNear(const Detection& detection, size_t from, size_t to) {
  for (const Incident& incident : detection.incidents) {
    if (incident.last >= from && incident.first < to) {
      return incident.type;
    }
  }
  return AnomalyType::kNone;
}

TEST(DetectTest, NamesTheTypeOfAnIncident) {
  std::vector<double> values = Noise(3 * kWeek, 17);
  values[3000] += 15;
  values[3900] -= 15;
  for (size_t i = 5000; i < values.size(); ++i) {
    values[i] += 14;
  }
  const Detection detection = MustDetect(values);
  EXPECT_EQ(TypeNear(detection, 3000, 3001), AnomalyType::kSpike);
  EXPECT_EQ(TypeNear(detection, 3900, 3901), AnomalyType::kDrop);
  EXPECT_EQ(TypeNear(detection, 5000, 5002), AnomalyType::kLevelShift);
}

TEST(DetectTest, AFlatlineIsSeenAndNamed) {
  std::vector<double> values = Noise(3 * kWeek, 19);
  std::fill(values.begin() + 5000, values.begin() + 5060, values[4999]);
  const Detection detection = MustDetect(values);
  EXPECT_EQ(TypeNear(detection, 5000, 5060), AnomalyType::kFlatline);
}

TEST(DetectTest, NamesTheSeasonThatItUses) {
  std::vector<double> values = Noise(2 * kWeek, 23);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] += 10 * std::sin(2 * M_PI * static_cast<double>(i) / 288);
  }
  const Detection seasonal = MustDetect(values);
  ASSERT_EQ(seasonal.periods.size(), 1u);
  EXPECT_EQ(seasonal.periods[0].steps, 288u);
  EXPECT_GT(seasonal.periods[0].strength, 0.5);
}

TEST(DetectTest, WrongOptionsAreTheCallersFault) {
  const std::vector<double> values(10, 1.0);
  const auto unknown = Detect(Times(10, kHourNs), values, "magic", {}, DetectionMode::kOnline);
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(OriginOf(unknown.status()), Origin::kDownstream);
  EXPECT_NE(std::string(unknown.status().message()).find("robust-seasonal"), std::string::npos);
  DetectorOptions options;
  options.false_alarms_per_week = 0;
  EXPECT_FALSE(MakeStreamingDetector("auto", options).ok());
}

}  // namespace
}  // namespace bellwether
