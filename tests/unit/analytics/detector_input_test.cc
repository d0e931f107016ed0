// What every detector answers to input that is not nice: sound columns whatever comes in, and no storm of alarms where
// nothing is wrong.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "server/analytics/anomaly/detector.h"
#include "tests/unit/analytics/detector_carriers.h"

namespace bellwether {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr size_t kWeek = 2016;  // five-minute rows

std::vector<std::string> MethodNames() {
  std::vector<std::string> names;
  for (const DetectorMethod& method : DetectorMethods()) {
    names.emplace_back(method.id);
  }
  return names;
}

Detection MustDetect(const Carrier& carrier, std::string_view method, DetectionMode mode,
                     const DetectorOptions& options = {}) {
  auto detection = Detect(carrier.times, carrier.values, method, options, mode);
  EXPECT_TRUE(detection.ok()) << detection.status();
  return detection.ok() ? *std::move(detection) : Detection();
}

/// What a verdict promises for every input.
void ExpectSound(double expected, double lower, double upper, double score, double p_value) {
  ASSERT_GE(score, 0);
  ASSERT_LE(score, 1);
  ASSERT_GT(p_value, 0);
  ASSERT_LE(p_value, 1);
  // All three are known, or none is.
  ASSERT_EQ(std::isnan(expected), std::isnan(lower));
  ASSERT_EQ(std::isnan(expected), std::isnan(upper));
  if (!std::isnan(expected)) {
    ASSERT_TRUE(std::isfinite(expected)) << expected;
    ASSERT_TRUE(std::isfinite(lower)) << lower;
    ASSERT_TRUE(std::isfinite(upper)) << upper;
    ASSERT_LE(lower, expected);
    ASSERT_LE(expected, upper);
  }
}

void ExpectSoundContributions(const std::vector<Contribution>& contributions) {
  double before = 6;
  for (const Contribution& contribution : contributions) {
    EXPECT_FALSE(contribution.view.empty());
    EXPECT_GE(contribution.surprise, 0);
    EXPECT_LE(contribution.surprise, before) << "most surprised first";
    before = contribution.surprise;
  }
}

void ExpectSoundIncidents(const Detection& detection) {
  const size_t n = detection.score.size();
  size_t next = 0;
  for (const Incident& incident : detection.incidents) {
    ASSERT_GE(incident.first, next) << "incidents must ascend and not overlap";
    ASSERT_LE(incident.first, incident.peak);
    ASSERT_LE(incident.peak, incident.last);
    ASSERT_LT(incident.last, n);
    EXPECT_NE(incident.type, AnomalyType::kNone);
    EXPECT_NE(incident.severity, Severity::kNone);
    ExpectSoundContributions(incident.contributions);
    next = incident.last + 1;
  }
  size_t from = 0;
  for (const AlarmEvidence& evidence : detection.evidence) {
    ASSERT_GE(evidence.row, from);
    ASSERT_LT(evidence.row, n);
    EXPECT_EQ(detection.is_anomaly[evidence.row], 1);
    ExpectSoundContributions(evidence.contributions);
    from = evidence.row + 1;
  }
}

void ExpectSound(const Detection& detection, size_t n) {
  for (const auto* column :
       {&detection.expected, &detection.lower, &detection.upper, &detection.score, &detection.p_value}) {
    ASSERT_EQ(column->size(), n);
  }
  ASSERT_EQ(detection.is_anomaly.size(), n);
  ASSERT_EQ(detection.severity.size(), n);
  for (size_t i = 0; i < n; ++i) {
    SCOPED_TRACE("row " + std::to_string(i));
    ASSERT_NO_FATAL_FAILURE(ExpectSound(detection.expected[i], detection.lower[i], detection.upper[i],
                                        detection.score[i], detection.p_value[i]));
    ASSERT_LE(detection.is_anomaly[i], 1);
    ASSERT_EQ(detection.severity[i] != Severity::kNone, detection.is_anomaly[i] == 1);
  }
  ASSERT_LE(detection.learning_points, n);
  ASSERT_TRUE(std::isfinite(detection.alarms_per_week));
  ASSERT_GE(detection.alarms_per_week, 0);
  ASSERT_NO_FATAL_FAILURE(ExpectSoundIncidents(detection));
}

size_t Alarms(const Detection& detection) {
  return static_cast<size_t>(std::count(detection.is_anomaly.begin(), detection.is_anomaly.end(), 1));
}

class DetectorInputTest : public testing::TestWithParam<std::tuple<std::string, DetectionMode>> {
 protected:
  const std::string& method() const { return std::get<0>(GetParam()); }
  DetectionMode mode() const { return std::get<1>(GetParam()); }
};

std::string CaseName(const testing::TestParamInfo<std::tuple<std::string, DetectionMode>>& info) {
  std::string name = std::get<0>(info.param);
  std::replace(name.begin(), name.end(), '-', '_');
  return name + (std::get<1>(info.param) == DetectionMode::kOnline ? "_online" : "_batch");
}

INSTANTIATE_TEST_SUITE_P(All, DetectorInputTest,
                         testing::Combine(testing::ValuesIn(MethodNames()),
                                          testing::Values(DetectionMode::kOnline, DetectionMode::kBatch)),
                         CaseName);

TEST_P(DetectorInputTest, HostileValuesAndTimesAreAnsweredSoundly) {
  DetectorOptions alert_on_missing;
  alert_on_missing.alert_on_missing = true;
  for (const Carrier& carrier : HostileCarriers()) {
    SCOPED_TRACE(carrier.name);
    const size_t n = carrier.values.size();
    ASSERT_NO_FATAL_FAILURE(ExpectSound(MustDetect(carrier, method(), mode()), n));
    ASSERT_NO_FATAL_FAILURE(ExpectSound(MustDetect(carrier, method(), mode(), alert_on_missing), n));
  }
}

TEST_P(DetectorInputTest, HostileRowsInALongSeriesAreAnsweredSoundly) {
  const double hostile[] = {kInfinity, -kInfinity, kMissingValue, 1e308, -1e308, 4.9e-324, -0.0, 1e-300, 1.7e308};
  for (uint64_t seed = 0; seed < 4; ++seed) {
    Carrier carrier = {"noise", Times(2 * kWeek, kFiveMinutesNs), Noise(2 * kWeek, seed)};
    std::mt19937_64 random(seed);
    for (size_t i = 500; i < carrier.values.size(); ++i) {
      if (random() % 40 == 0) {
        carrier.values[i] = hostile[random() % std::size(hostile)];
        carrier.times[i] += static_cast<int64_t>(random() % 3 - 1) * kDayNs;
      }
    }
    ASSERT_NO_FATAL_FAILURE(ExpectSound(MustDetect(carrier, method(), mode()), carrier.values.size()));
  }
}

TEST_P(DetectorInputTest, HostileOptionsAreAnsweredSoundly) {
  const Carrier carrier = {"daily", Times(kWeek, kFiveMinutesNs), DailyValues(kWeek, 5)};
  for (const double budget : {kLeastFalseAlarmsPerWeek, 1.0, kMostFalseAlarmsPerWeek}) {
    for (const double level : {1e-9, 0.5, 1 - 1e-12}) {
      for (const double least : {0.0, 4.9e-324, 1e308, kInfinity}) {
        SCOPED_TRACE(testing::Message() << budget << ", " << level << ", " << least);
        DetectorOptions options;
        options.false_alarms_per_week = budget;
        options.band_level = level;
        options.min_deviation_absolute = least;
        options.min_deviation_relative = least;
        const Detection detection = MustDetect(carrier, method(), mode(), options);
        ASSERT_NO_FATAL_FAILURE(ExpectSound(detection, kWeek));
        if (least > 1) {
          EXPECT_EQ(Alarms(detection), 0u);
        }
      }
    }
  }
}

TEST_P(DetectorInputTest, HostileFeedbackIsAnsweredSoundly) {
  const Carrier carrier = {"daily", Times(kWeek, kFiveMinutesNs), DailyValues(kWeek, 6)};
  constexpr int64_t kFirst = std::numeric_limits<int64_t>::min();
  constexpr int64_t kLast = std::numeric_limits<int64_t>::max();
  for (const FeedbackLabel label : {FeedbackLabel::kExpected, FeedbackLabel::kAnomaly, FeedbackLabel::kIgnore}) {
    DetectorOptions options;
    options.feedback = {{kFirst, kLast, label}};
    ASSERT_NO_FATAL_FAILURE(ExpectSound(MustDetect(carrier, method(), mode(), options), kWeek));
    options.feedback = {{kFirst, kFirst, label}, {kStartNs, kStartNs, label}, {kLast, kLast, label}};
    ASSERT_NO_FATAL_FAILURE(ExpectSound(MustDetect(carrier, method(), mode(), options), kWeek));
    options.feedback.clear();
    for (int64_t k = 0; k < 5000; ++k) {  // overlapping, each with another label than the one before
      options.feedback.push_back(
          {kStartNs + k * kSecondNs, kStartNs + kDayNs + k * kSecondNs, static_cast<FeedbackLabel>(k % 3)});
    }
    ASSERT_NO_FATAL_FAILURE(ExpectSound(MustDetect(carrier, method(), mode(), options), kWeek));
  }
}

/// At most twice what was promised for the time that the rows cover, and three while the detector is young.
TEST_P(DetectorInputTest, BenignSeriesRaiseNoStorm) {
  constexpr size_t kRows = 4 * kWeek;
  constexpr uint64_t kSeeds = 4;
  const std::vector<Carrier> names = BenignCarriers(8, 0);
  std::vector<size_t> alarms(names.size());
  double weeks_of_days = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const std::vector<Carrier> carriers = BenignCarriers(kRows, 100 + seed);
    for (size_t k = 0; k < carriers.size(); ++k) {
      SCOPED_TRACE(carriers[k].name);
      const Detection detection = MustDetect(carriers[k], method(), mode());
      ASSERT_NO_FATAL_FAILURE(ExpectSound(detection, kRows));
      alarms[k] += Alarms(detection);
      if (carriers[k].name == "step of 1 day") {
        weeks_of_days += static_cast<double>(kRows) / 7;
      }
    }
  }
  for (size_t k = 0; k < names.size(); ++k) {
    const double weeks = names[k].name == "step of 1 ms"    ? 0
                         : names[k].name == "step of 1 day" ? weeks_of_days
                                                            : 4.0 * kSeeds;
    EXPECT_LE(static_cast<double>(alarms[k]), 2 * weeks + 3 * kSeeds) << names[k].name;
  }
}

TEST_P(DetectorInputTest, ConstantSeriesAreExpectedToStayAndRaiseNothing) {
  for (const double value : {0.0, -0.0, 1.0, -7.25, 1e308, -1e308, 4.9e-324}) {
    const Carrier carrier = {"constant", Times(kWeek, kFiveMinutesNs), std::vector<double>(kWeek, value)};
    const Detection detection = MustDetect(carrier, method(), mode());
    EXPECT_EQ(Alarms(detection), 0u) << value;
    EXPECT_TRUE(detection.incidents.empty()) << value;
  }
}

TEST_P(DetectorInputTest, NothingIsSaidOfNothing) {
  for (const size_t n : {size_t{0}, size_t{1}, size_t{2}, kWeek}) {
    const Carrier carrier = {"missing", Times(n, kFiveMinutesNs), std::vector<double>(n, kMissingValue)};
    const Detection detection = MustDetect(carrier, method(), mode());
    ASSERT_NO_FATAL_FAILURE(ExpectSound(detection, n));
    EXPECT_EQ(Alarms(detection), 0u);
    EXPECT_EQ(std::count_if(detection.score.begin(), detection.score.end(), [](double s) { return s > 0; }), 0);
    EXPECT_EQ(detection.learning_points, n);
  }
}

TEST_P(DetectorInputTest, OneAndTwoPointsRaiseNothing) {
  for (const std::vector<double>& values : std::vector<std::vector<double>>{{3}, {3, 3}, {3, 1e6}, {0, -1e300}}) {
    const Carrier carrier = {"short", Times(values.size(), kFiveMinutesNs), values};
    const Detection detection = MustDetect(carrier, method(), mode());
    ASSERT_NO_FATAL_FAILURE(ExpectSound(detection, values.size()));
    EXPECT_EQ(Alarms(detection), 0u);
  }
}

/// A wild value must not blind the detector for what comes after it. A method whose statistics are plain means cannot
/// promise that; the one that "auto" means does.
TEST(DetectorAutoTest, AWildValuePoisonsNothing) {
  for (const DetectionMode mode : {DetectionMode::kOnline, DetectionMode::kBatch}) {
    for (const double wild : {1e308, -1e308, kInfinity, -kInfinity, 1e30}) {
      SCOPED_TRACE(testing::Message() << wild << ", mode " << static_cast<int>(mode));
      Carrier carrier = {"noise", Times(3 * kWeek, kFiveMinutesNs), Noise(3 * kWeek, 9)};
      carrier.values[2 * kWeek] = wild;
      carrier.values[3 * kWeek - 100] = 25;
      const Detection detection = MustDetect(carrier, "auto", mode);
      EXPECT_EQ(detection.is_anomaly[3 * kWeek - 100], 1);
      EXPECT_NEAR(detection.expected[3 * kWeek - 101], 0, 3);
      EXPECT_LT(detection.upper[3 * kWeek - 101], 25);
    }
  }
}

/// What the first rows happen to be must not set the scale for ever.
TEST(DetectorAutoTest, AStrangeBeginningBlindsNothing) {
  for (const std::vector<double>& beginning : std::vector<std::vector<double>>{
           {1e6}, {1e15}, {-1e30}, {1e308}, {0, 4.9e-324}, {0, 1e-300, -1e-290}, {0, 1e-40}, {1e308, -1e308}}) {
    SCOPED_TRACE(testing::Message() << beginning[0] << " …, " << beginning.size());
    Carrier carrier = {"noise", Times(3 * kWeek, kFiveMinutesNs), Noise(3 * kWeek, 9)};
    std::copy(beginning.begin(), beginning.end(), carrier.values.begin());
    carrier.values[3 * kWeek - 100] = 25;
    const Detection detection = MustDetect(carrier, "auto", DetectionMode::kOnline);
    EXPECT_EQ(detection.is_anomaly[3 * kWeek - 100], 1);
    EXPECT_NEAR(detection.expected[3 * kWeek - 101], 0, 3);
    EXPECT_LT(detection.upper[3 * kWeek - 101], 25);
    EXPECT_GT(detection.upper[3 * kWeek - 101], 1);
  }
}

TEST(DetectorStreamTest, AMillionPointsNeedNoMoreStateThanAThousand) {
  const std::vector<double> values = DailyValues(10 * kWeek, 12);
  for (const std::string& method : MethodNames()) {
    const auto detector = MakeStreamingDetector(method, {});
    ASSERT_TRUE(detector.ok());
    size_t bytes = 0;
    size_t alarms = 0;
    for (size_t i = 0; i < 1'000'000; ++i) {
      const Verdict verdict =
          (*detector)->Observe(kStartNs + static_cast<int64_t>(i) * kFiveMinutesNs, values[i % values.size()]);
      SCOPED_TRACE(method + ", row " + std::to_string(i));
      ASSERT_NO_FATAL_FAILURE(
          ExpectSound(verdict.expected, verdict.lower, verdict.upper, verdict.score, verdict.p_value));
      alarms += verdict.is_anomaly ? 1 : 0;
      bytes = i == 1000 ? (*detector)->StateBytes() : bytes;
    }
    EXPECT_LE((*detector)->StateBytes(), bytes) << method;
    EXPECT_LE((*detector)->StateBytes(), 6u * 1024) << method;
    EXPECT_LE(static_cast<double>(alarms), 2 * 1'000'000.0 / kWeek) << method;  // promised: one a week
  }
}

TEST(ImpossibleOptionsTest, BandsAndDeviationsAreTheCallersFault) {
  for (const double level : {0.0, 1.0, -0.5, 1.5, kMissingValue, kInfinity}) {
    DetectorOptions options;
    options.band_level = level;
    EXPECT_FALSE(MakeStreamingDetector("auto", options).ok()) << level;
  }
  for (const double least : {-1.0, -4.9e-324, kMissingValue, -kInfinity}) {
    DetectorOptions absolute;
    absolute.min_deviation_absolute = least;
    EXPECT_FALSE(MakeStreamingDetector("auto", absolute).ok()) << least;
    DetectorOptions relative;
    relative.min_deviation_relative = least;
    EXPECT_FALSE(MakeStreamingDetector("auto", relative).ok()) << least;
  }
}

}  // namespace
}  // namespace bellwether
