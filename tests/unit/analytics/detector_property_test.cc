// Laws that the detectors must obey on any series: what may not change a verdict, and how verdicts move with the
// values.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "server/analytics/anomaly/detector.h"
#include "tests/unit/analytics/detector_carriers.h"

namespace bellwether {
namespace {

constexpr size_t kWeek = 2016;  // five-minute rows
constexpr size_t kRows = 3 * kWeek;

std::vector<std::string> MethodNames() {
  std::vector<std::string> names;
  for (const DetectorMethod& method : DetectorMethods()) {
    names.emplace_back(method.id);
  }
  return names;
}

/// Series of several kinds with incidents of several types in them.
std::vector<Carrier> Eventful() {
  std::vector<Carrier> all;
  const std::vector<int64_t> times = Times(kRows, kFiveMinutesNs);
  for (uint64_t seed = 0; seed < 3; ++seed) {
    std::vector<double> values = seed == 0   ? Noise(kRows, 40)
                                 : seed == 1 ? DailyValues(kRows, 41)
                                             : Noise(kRows, 42, 0.9);
    const double centre = seed == 1 ? 50 : 0;
    values[2500] += 12;
    values[3300] -= 14;
    for (size_t i = 4000; i < 4060; ++i) {
      values[i] += 6;
    }
    for (size_t i = 5000; i < 5070; ++i) {
      values[i] = centre + 3 * (values[i] - centre);
    }
    for (size_t i = 1200; i < 1230; ++i) {
      values[i] = kMissingValue;
    }
    all.push_back({"eventful " + std::to_string(seed), times, values});
  }
  return all;
}

template <typename Transform>
Carrier Mapped(Carrier carrier, Transform transform) {
  std::transform(carrier.values.begin(), carrier.values.end(), carrier.values.begin(), transform);
  return carrier;
}

Carrier Moved(Carrier carrier, int64_t by_ns) {
  for (int64_t& time : carrier.times) {
    time += by_ns;
  }
  return carrier;
}

/// Equal to the last bit, NaN included.
void ExpectSameBits(const std::vector<double>& a, const std::vector<double>& b, size_t rows, const char* column) {
  for (size_t i = 0; i < rows; ++i) {
    const bool same = a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]));
    ASSERT_TRUE(same) << column << " of row " << i << ": " << a[i] << " and " << b[i];
  }
}

void ExpectSameRows(const VerdictColumns& a, const VerdictColumns& b, size_t rows) {
  ASSERT_NO_FATAL_FAILURE(ExpectSameBits(a.expected, b.expected, rows, "expected"));
  ASSERT_NO_FATAL_FAILURE(ExpectSameBits(a.lower, b.lower, rows, "lower"));
  ASSERT_NO_FATAL_FAILURE(ExpectSameBits(a.upper, b.upper, rows, "upper"));
  ASSERT_NO_FATAL_FAILURE(ExpectSameBits(a.score, b.score, rows, "score"));
  ASSERT_NO_FATAL_FAILURE(ExpectSameBits(a.p_value, b.p_value, rows, "p_value"));
  for (size_t i = 0; i < rows; ++i) {
    ASSERT_EQ(a.is_anomaly[i], b.is_anomaly[i]) << i;
    ASSERT_EQ(a.severity[i], b.severity[i]) << i;
  }
}

void ExpectNear(const std::vector<double>& a, const std::vector<double>& b, double tolerance, const char* column) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(std::isnan(a[i]), std::isnan(b[i])) << column << " of row " << i;
    if (!std::isnan(a[i])) {
      ASSERT_NEAR(a[i], b[i], tolerance) << column << " of row " << i;
    }
  }
}

std::vector<double> Map(std::vector<double> values, double factor, double offset) {
  std::transform(values.begin(), values.end(), values.begin(), [&](double v) { return factor * v + offset; });
  return values;
}

std::vector<size_t> AlarmRows(const Detection& detection) {
  std::vector<size_t> rows;
  for (size_t i = 0; i < detection.is_anomaly.size(); ++i) {
    if (detection.is_anomaly[i] == 1) {
      rows.push_back(i);
    }
  }
  return rows;
}

class DetectorPropertyTest : public testing::TestWithParam<std::tuple<std::string, DetectionMode>> {
 protected:
  const std::string& method() const { return std::get<0>(GetParam()); }
  DetectionMode mode() const { return std::get<1>(GetParam()); }
  Detection MustDetect(const Carrier& carrier, const DetectorOptions& options = {}) const {
    auto detection = Detect(carrier.times, carrier.values, method(), options, mode());
    EXPECT_TRUE(detection.ok()) << detection.status();
    return detection.ok() ? *std::move(detection) : Detection();
  }
};

std::string CaseName(const testing::TestParamInfo<std::tuple<std::string, DetectionMode>>& info) {
  std::string name = std::get<0>(info.param);
  std::replace(name.begin(), name.end(), '-', '_');
  return name + (std::get<1>(info.param) == DetectionMode::kOnline ? "_online" : "_batch");
}

INSTANTIATE_TEST_SUITE_P(All, DetectorPropertyTest,
                         testing::Combine(testing::ValuesIn(MethodNames()),
                                          testing::Values(DetectionMode::kOnline, DetectionMode::kBatch)),
                         CaseName);

/// `moved` is the detection on the values times `factor` plus `offset`. The band may differ by a share of its width.
void ExpectMovedBand(const Detection& plain, const Detection& moved, double factor, double offset, double share) {
  for (size_t i = 0; i < kRows; ++i) {
    ASSERT_EQ(std::isnan(plain.expected[i]), std::isnan(moved.expected[i])) << "row " << i;
    if (!std::isnan(plain.expected[i])) {
      const double tolerance = share * (plain.upper[i] - plain.lower[i]);
      ASSERT_NEAR(plain.expected[i], (moved.expected[i] - offset) / factor, tolerance) << "expected of row " << i;
      ASSERT_NEAR(plain.lower[i], (moved.lower[i] - offset) / factor, tolerance) << "lower of row " << i;
      ASSERT_NEAR(plain.upper[i], (moved.upper[i] - offset) / factor, tolerance) << "upper of row " << i;
    }
  }
}

/// A factor of a power of two is the same arithmetic with other exponents.
TEST_P(DetectorPropertyTest, APowerOfTwoScalesTheBandAndChangesNothingElse) {
  for (const Carrier& carrier : Eventful()) {
    const Detection plain = MustDetect(carrier);
    for (const double factor : {0.0009765625, 0.5, 1048576.0, 0x1p-60, 0x1p60}) {
      SCOPED_TRACE(testing::Message() << carrier.name << " × " << factor);
      const Detection scaled = MustDetect(Mapped(carrier, [&](double v) { return factor * v; }));
      EXPECT_EQ(AlarmRows(plain), AlarmRows(scaled));
      ASSERT_NO_FATAL_FAILURE(ExpectNear(plain.score, scaled.score, 1e-6, "score"));
      ASSERT_NO_FATAL_FAILURE(ExpectMovedBand(plain, scaled, factor, 0, 1e-6));
    }
  }
}

/// Every alarm of `one` has its counterpart in `other`, at most two rows away and within 0.1 of its score: which row of
/// an incident crosses the threshold may hang on the last digit.
void ExpectAlarmsIn(const Detection& one, const Detection& other) {
  const std::vector<size_t> rows = AlarmRows(other);
  for (const size_t row : AlarmRows(one)) {
    const bool found = std::any_of(rows.begin(), rows.end(), [&](size_t near) {
      return (near > row ? near - row : row - near) <= 2 && std::abs(one.score[row] - other.score[near]) <= 0.1;
    });
    EXPECT_TRUE(found) << "the alarm of row " << row << " has no counterpart";
  }
}

/// The same alarms; other rows differ by more than 0.03 in one case of a hundred at most.
void ExpectSimilarAlarms(const Detection& a, const Detection& b) {
  ExpectAlarmsIn(a, b);
  ExpectAlarmsIn(b, a);
  size_t different = 0;
  for (size_t i = 0; i < kRows; ++i) {
    different += std::abs(a.score[i] - b.score[i]) > 0.03 ? 1 : 0;
  }
  EXPECT_LE(different, kRows / 100);
}

/// Any other factor moves magnitudes between the bins of logarithmic sketches: the same alarms, and a band within a
/// twentieth of its width.
TEST_P(DetectorPropertyTest, APositiveFactorScalesTheBandAndChangesNoAlarm) {
  for (const Carrier& carrier : Eventful()) {
    const Detection plain = MustDetect(carrier);
    for (const double factor : {1e-9, 0.37, 3.0, 1e12}) {
      SCOPED_TRACE(testing::Message() << carrier.name << " × " << factor);
      const Detection scaled = MustDetect(Mapped(carrier, [&](double v) { return factor * v; }));
      ExpectSimilarAlarms(plain, scaled);
      ASSERT_NO_FATAL_FAILURE(ExpectMovedBand(plain, scaled, factor, 0, 0.05));
    }
  }
}

/// An offset of up to a thousand deviations, since the least distance that means something grows with the level: as a
/// factor does.
TEST_P(DetectorPropertyTest, AnOffsetMovesTheBandAndChangesNoAlarm) {
  for (const Carrier& carrier : Eventful()) {
    const Detection plain = MustDetect(carrier);
    for (const double offset : {-1024.0, 1024.0, 100.1, -777.7}) {
      SCOPED_TRACE(testing::Message() << carrier.name << " + " << offset);
      const Detection moved = MustDetect(Mapped(carrier, [&](double v) { return v + offset; }));
      ExpectSimilarAlarms(plain, moved);
      ASSERT_NO_FATAL_FAILURE(ExpectMovedBand(plain, moved, 1, offset, 0.05));
    }
  }
}

TEST_P(DetectorPropertyTest, NegationMirrorsUpAndDown) {
  for (const Carrier& carrier : Eventful()) {
    const Carrier negated = Mapped(carrier, [](double v) { return -v; });
    for (const auto& [direction, opposite] :
         {std::pair(Direction::kBoth, Direction::kBoth), std::pair(Direction::kUp, Direction::kDown),
          std::pair(Direction::kDown, Direction::kUp)}) {
      SCOPED_TRACE(testing::Message() << carrier.name << ", direction " << static_cast<int>(direction));
      DetectorOptions options;
      options.direction = direction;
      const Detection plain = MustDetect(carrier, options);
      options.direction = opposite;
      const Detection mirrored = MustDetect(negated, options);
      EXPECT_EQ(AlarmRows(plain), AlarmRows(mirrored));
      ASSERT_NO_FATAL_FAILURE(ExpectNear(plain.score, mirrored.score, 1e-6, "score"));
      ASSERT_NO_FATAL_FAILURE(ExpectNear(plain.expected, Map(mirrored.expected, -1, 0), 1e-9, "expected"));
      ASSERT_NO_FATAL_FAILURE(ExpectNear(plain.lower, Map(mirrored.upper, -1, 0), 1e-6, "lower"));
      ASSERT_NO_FATAL_FAILURE(ExpectNear(plain.upper, Map(mirrored.lower, -1, 0), 1e-6, "upper"));
    }
  }
}

TEST_P(DetectorPropertyTest, OneDirectionAlarmsOnThatSideOnly) {
  for (const Carrier& carrier : Eventful()) {
    for (const Direction direction : {Direction::kUp, Direction::kDown}) {
      DetectorOptions options;
      options.direction = direction;
      const Detection detection = MustDetect(carrier, options);
      for (size_t i = 0; i < kRows; ++i) {
        if (detection.is_anomaly[i] == 1 && !std::isnan(detection.expected[i]) && !std::isnan(carrier.values[i])) {
          const double deviation = carrier.values[i] - detection.expected[i];
          EXPECT_TRUE(direction == Direction::kUp ? deviation >= 0 : deviation <= 0) << carrier.name << ", row " << i;
        }
      }
    }
  }
}

/// A calendar has weeks, not an origin: exactly the same answer, also before 1970.
TEST_P(DetectorPropertyTest, TimesMovedByWholeWeeksChangeNothing) {
  for (const Carrier& carrier : Eventful()) {
    const Detection plain = MustDetect(carrier);
    for (const int64_t weeks :
         {int64_t{1}, int64_t{-1}, int64_t{52}, int64_t{-2900}, int64_t{-2811}, int64_t{10'000}}) {
      SCOPED_TRACE(testing::Message() << carrier.name << ", " << weeks << " weeks");
      ASSERT_NO_FATAL_FAILURE(ExpectSameRows(plain, MustDetect(Moved(carrier, weeks * kWeekNs)), kRows));
    }
  }
}

TEST_P(DetectorPropertyTest, TheSameInputGivesTheSameAnswer) {
  for (const Carrier& carrier : Eventful()) {
    const Detection first = MustDetect(carrier);
    (void)MustDetect(Mapped(carrier, [](double v) { return 3 - v; }));  // another series in between
    const Detection second = MustDetect(carrier);
    ASSERT_NO_FATAL_FAILURE(ExpectSameRows(first, second, kRows));
    ASSERT_EQ(first.incidents.size(), second.incidents.size());
    for (size_t k = 0; k < first.incidents.size(); ++k) {
      EXPECT_EQ(first.incidents[k].first, second.incidents[k].first);
      EXPECT_EQ(first.incidents[k].type, second.incidents[k].type);
      EXPECT_EQ(first.incidents[k].severity, second.incidents[k].severity);
    }
  }
}

TEST_P(DetectorPropertyTest, DeviationsBelowTheLeastAreNoAnomalies) {
  for (const Carrier& carrier : Eventful()) {
    DetectorOptions options;
    options.min_deviation_absolute = 8;
    const Detection detection = MustDetect(carrier, options);
    for (size_t i = 0; i < kRows; ++i) {
      if (detection.is_anomaly[i] == 1 && !std::isnan(carrier.values[i]) && !std::isnan(detection.expected[i])) {
        EXPECT_GE(std::abs(carrier.values[i] - detection.expected[i]), 8) << carrier.name << ", row " << i;
      }
    }
  }
}

TEST_P(DetectorPropertyTest, ALargerBudgetRaisesNoFewerAlarms) {
  size_t before = 0;
  for (const double budget : {0.01, 0.25, 1.0, 7.0, 50.0}) {
    size_t alarms = 0;
    for (uint64_t seed = 0; seed < 4; ++seed) {
      DetectorOptions options;
      options.false_alarms_per_week = budget;
      const Detection detection = MustDetect({"noise", Times(kRows, kFiveMinutesNs), Noise(kRows, 70 + seed)}, options);
      alarms += static_cast<size_t>(std::count(detection.is_anomaly.begin(), detection.is_anomaly.end(), 1));
    }
    EXPECT_GE(alarms, before) << budget;
    before = alarms;
  }
  EXPECT_GT(before, 0u);
}

TEST_P(DetectorPropertyTest, StretchesThatPeopleCalledNormalRaiseNoAlarm) {
  for (const Carrier& carrier : Eventful()) {
    for (const FeedbackLabel label : {FeedbackLabel::kIgnore, FeedbackLabel::kExpected}) {
      DetectorOptions options;
      for (const size_t row : {size_t{2500}, size_t{3300}}) {
        options.feedback.push_back({carrier.times[row - 5], carrier.times[row + 5], label});
      }
      const Detection detection = MustDetect(carrier, options);
      for (const size_t row : {size_t{2500}, size_t{3300}}) {
        for (size_t i = row - 5; i < row + 5; ++i) {
          EXPECT_EQ(detection.is_anomaly[i], 0) << carrier.name << ", row " << i;
        }
      }
    }
  }
}

/// Also when many short stretches lie within a long one.
TEST_P(DetectorPropertyTest, ALongBlackoutHoldsAfterShortLabelsWithinIt) {
  for (const Carrier& carrier : Eventful()) {
    DetectorOptions options;
    options.feedback = {{carrier.times[2000], carrier.times[3000], FeedbackLabel::kIgnore}};
    for (size_t k = 0; k < 20; ++k) {
      options.feedback.push_back({carrier.times[2010 + 3 * k], carrier.times[2011 + 3 * k], FeedbackLabel::kExpected});
    }
    const Detection detection = MustDetect(carrier, options);
    for (size_t i = 2000; i < 3000; ++i) {
      EXPECT_EQ(detection.is_anomaly[i], 0) << carrier.name << ", row " << i;
    }
  }
}

class OnlineDetectorPropertyTest : public testing::TestWithParam<std::string> {
 protected:
  static Detection MustDetect(const Carrier& carrier, const DetectorOptions& options = {}) {
    auto detection = Detect(carrier.times, carrier.values, GetParam(), options, DetectionMode::kOnline);
    EXPECT_TRUE(detection.ok()) << detection.status();
    return detection.ok() ? *std::move(detection) : Detection();
  }
};

std::string MethodName(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, OnlineDetectorPropertyTest, testing::ValuesIn(MethodNames()), MethodName);

std::vector<Carrier> AllCarriers() {
  std::vector<Carrier> all = Eventful();
  for (Carrier& carrier : BenignCarriers(2 * kWeek, 7)) {
    all.push_back(std::move(carrier));
  }
  for (Carrier& carrier : HostileCarriers()) {
    all.push_back(std::move(carrier));
  }
  return all;
}

TEST_P(OnlineDetectorPropertyTest, LaterRowsChangeNothing) {
  DetectorOptions options;
  options.feedback = {{kStartNs + kDayNs, kStartNs + 2 * kDayNs, FeedbackLabel::kExpected},
                      {kStartNs + 3 * kDayNs, kStartNs + 4 * kDayNs, FeedbackLabel::kAnomaly},
                      {kStartNs + 9 * kDayNs, kStartNs + 10 * kDayNs, FeedbackLabel::kIgnore}};
  for (const bool alert_on_missing : {false, true}) {
    options.alert_on_missing = alert_on_missing;
    for (const Carrier& carrier : AllCarriers()) {
      SCOPED_TRACE(carrier.name);
      const Detection whole = MustDetect(carrier, options);
      const size_t n = carrier.values.size();
      for (const size_t rows : {std::min<size_t>(n, 1), std::min<size_t>(n, 7), n * 2 / 5, n * 3 / 4}) {
        Carrier prefix = carrier;
        prefix.times.resize(rows);
        prefix.values.resize(rows);
        ASSERT_NO_FATAL_FAILURE(ExpectSameRows(whole, MustDetect(prefix, options), rows));
      }
    }
  }
}

TEST_P(OnlineDetectorPropertyTest, PointByPointIsTheSameAsTheWholeSeries) {
  for (const Carrier& carrier : AllCarriers()) {
    SCOPED_TRACE(carrier.name);
    const Detection whole = MustDetect(carrier);
    const auto detector = MakeStreamingDetector(GetParam(), {});
    ASSERT_TRUE(detector.ok());
    VerdictColumns columns;
    for (size_t i = 0; i < carrier.values.size(); ++i) {
      const Verdict verdict = (*detector)->Observe(carrier.times[i], carrier.values[i]);
      columns.expected.push_back(verdict.expected);
      columns.lower.push_back(verdict.lower);
      columns.upper.push_back(verdict.upper);
      columns.score.push_back(verdict.score);
      columns.p_value.push_back(verdict.p_value);
      columns.is_anomaly.push_back(verdict.is_anomaly ? 1 : 0);
      columns.severity.push_back(verdict.severity);
    }
    ASSERT_NO_FATAL_FAILURE(ExpectSameRows(whole, columns, carrier.values.size()));
  }
}

TEST_P(OnlineDetectorPropertyTest, AFeedbackLabelActsFromItsStartOnNeverBefore) {
  for (const Carrier& carrier : Eventful()) {
    const Detection plain = MustDetect(carrier);
    for (const FeedbackLabel label : {FeedbackLabel::kExpected, FeedbackLabel::kAnomaly, FeedbackLabel::kIgnore}) {
      SCOPED_TRACE(testing::Message() << carrier.name << ", label " << static_cast<int>(label));
      DetectorOptions options;
      options.feedback = {{carrier.times[3290], carrier.times[3310], label}};
      ASSERT_NO_FATAL_FAILURE(ExpectSameRows(plain, MustDetect(carrier, options), 3290));
    }
  }
}

/// A stream that is saved and restored every so often says the same to the last bit.
TEST_P(OnlineDetectorPropertyTest, ARestoredDetectorContinuesBitForBit) {
  for (const Carrier& carrier : AllCarriers()) {
    SCOPED_TRACE(carrier.name);
    DetectorOptions options;
    if (!carrier.times.empty()) {
      options.feedback = {{carrier.times[carrier.times.size() / 2], carrier.times.back(), FeedbackLabel::kExpected}};
    }
    auto straight = MakeStreamingDetector(GetParam(), options);
    auto restored = MakeStreamingDetector(GetParam(), options);
    ASSERT_TRUE(straight.ok() && restored.ok());
    for (size_t i = 0; i < carrier.values.size(); ++i) {
      if (i % 97 == 1 || i < 5) {
        restored = RestoreStreamingDetector(GetParam(), options, (*restored)->SaveState());
        ASSERT_TRUE(restored.ok()) << restored.status();
        ASSERT_EQ((*restored)->SaveState(), (*straight)->SaveState()) << "row " << i;
      }
      const Verdict a = (*straight)->Observe(carrier.times[i], carrier.values[i]);
      const Verdict b = (*restored)->Observe(carrier.times[i], carrier.values[i]);
      ASSERT_TRUE(a.score == b.score && a.p_value == b.p_value && a.is_anomaly == b.is_anomaly) << "row " << i;
      ASSERT_TRUE(a.severity == b.severity) << "row " << i;
      ASSERT_TRUE(a.expected == b.expected || (std::isnan(a.expected) && std::isnan(b.expected))) << "row " << i;
      ASSERT_TRUE(a.lower == b.lower || (std::isnan(a.lower) && std::isnan(b.lower))) << "row " << i;
      ASSERT_TRUE(a.upper == b.upper || (std::isnan(a.upper) && std::isnan(b.upper))) << "row " << i;
    }
  }
}

TEST_P(OnlineDetectorPropertyTest, DamagedStatesAreRefused) {
  const Carrier carrier = Eventful()[1];
  const auto detector = MakeStreamingDetector(GetParam(), {});
  ASSERT_TRUE(detector.ok());
  for (size_t i = 0; i < 600; ++i) {
    (void)(*detector)->Observe(carrier.times[i], carrier.values[i]);
  }
  const std::string state = (*detector)->SaveState();
  ASSERT_TRUE(RestoreStreamingDetector(GetParam(), {}, state).ok());
  for (size_t length = 0; length < state.size(); length += length < 64 ? 1 : 61) {
    EXPECT_FALSE(RestoreStreamingDetector(GetParam(), {}, std::string_view(state).substr(0, length)).ok()) << length;
  }
  for (size_t at = 0; at < state.size(); at += at < 64 ? 1 : 13) {
    for (const int bit : {0, 3, 7}) {
      std::string damaged = state;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      EXPECT_FALSE(RestoreStreamingDetector(GetParam(), {}, damaged).ok()) << "byte " << at << ", bit " << bit;
    }
  }
  EXPECT_FALSE(RestoreStreamingDetector(GetParam(), {}, state + "x").ok());
  EXPECT_FALSE(RestoreStreamingDetector("no such method", {}, state).ok());
  for (const DetectorMethod& method : DetectorMethods()) {
    EXPECT_EQ(RestoreStreamingDetector(method.id, {}, state).ok(), method.id == GetParam());
  }
}

/// What people called an anomaly is not learned: the level does not move towards it.
TEST_P(OnlineDetectorPropertyTest, AKnownAnomalyIsNotLearnedAsNormal) {
  Carrier carrier = {"shifted for two days", Times(kRows, kFiveMinutesNs), Noise(kRows, 77)};
  for (size_t i = 2 * kWeek; i < 2 * kWeek + 576; ++i) {
    carrier.values[i] += 8;
  }
  DetectorOptions options;
  options.feedback = {{carrier.times[2 * kWeek], carrier.times[2 * kWeek + 576], FeedbackLabel::kAnomaly}};
  const Detection labelled = MustDetect(carrier, options);
  const double before = labelled.expected[2 * kWeek - 1];
  EXPECT_NEAR(labelled.expected[2 * kWeek + 577], before, 0.5);
}

}  // namespace
}  // namespace bellwether
