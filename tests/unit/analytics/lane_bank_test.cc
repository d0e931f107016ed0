// Series that are judged side by side get what each would get by itself, bit for bit, whatever the processor.

#include "server/analytics/anomaly/lane_bank.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/analytics/anomaly/seasonal_lanes.h"
#include "server/analytics/anomaly/surprise_views.h"
#include "tests/unit/analytics/detector_carriers.h"

namespace bellwether {
namespace {

constexpr size_t kWeek = 2016;  // five-minute rows
constexpr size_t kRows = 5 * kWeek / 2;

void AddIncidents(std::vector<double>& values, double size) {
  values[2500] += 12 * size;
  values[3300] -= 14 * size;
  for (size_t i = 4000; i < 4060; ++i) {
    values[i] += 6 * size;
  }
  for (size_t i = 1200; i < 1230; ++i) {
    values[i] = kMissingValue;
  }
}

/// Sixteen series with times in common: of many kinds, late, broken and wild.
std::vector<std::vector<double>> SixteenSeries() {
  std::vector<std::vector<double>> all;
  for (const Carrier& carrier : BenignCarriers(kRows, 7)) {
    if (carrier.times == Times(kRows, kFiveMinutesNs)) {
      all.push_back(carrier.values);
    }
  }
  all.push_back(Noise(kRows, 71, 0.9));
  all.push_back(Noise(kRows, 72, 1));
  all.push_back(DailyValues(kRows, 73));
  for (uint64_t seed = 0; all.size() < kBankLanes; ++seed) {
    all.push_back(DailyValues(kRows, 80 + seed));
    for (double& value : all.back()) {
      value = 1e6 * (value - 50);
    }
  }
  all.resize(kBankLanes);
  for (size_t lane = 0; lane < kBankLanes; lane += 2) {
    AddIncidents(all[lane], lane < 12 ? 1 : 1e6);
  }
  for (size_t i = 0; i < kRows; ++i) {
    all[7][i] += 0.3 * static_cast<double>(i);
    all[8][i] += i % 12 == 3 ? 20 : 0;
    all[9][i] += i % 12 == 5 ? 15 : 0;
    all[10][i] += i % 17 == 5 ? 15 : 0;
    all[0][i] += 3 * Sine(i, 49.68);
  }
  const std::array<double, 6> wild = {1e308, -1e308, INFINITY, -INFINITY, 4.9e-324, -0.0};
  for (size_t i = 600; i < kRows; i += 97) {
    all[3][i] = wild[i % wild.size()];
  }
  std::fill_n(all[5].begin(), 700, kMissingValue);
  std::fill_n(all[6].begin() + 3000, 1500, kMissingValue);
  std::fill(all[15].begin(), all[15].end(), kMissingValue);
  return all;
}

std::optional<FeedbackLabel> SaidOf(size_t row, size_t lane) {
  if (row >= 2490 && row < 2510 && lane % 3 == 0) {
    return FeedbackLabel::kAnomaly;
  }
  if (row >= 3290 && row < 3310 && lane % 4 == 0) {
    return FeedbackLabel::kExpected;
  }
  return row >= 3900 && row < 4100 && lane % 5 == 0 ? std::optional(FeedbackLabel::kIgnore) : std::nullopt;
}

uint64_t Bits(double value) { return std::isnan(value) ? 1 : std::bit_cast<uint64_t>(value); }

class LaneBankTest : public testing::TestWithParam<std::tuple<const char*, bool>> {
 protected:
  void SetUp() override {
    options_.false_alarms_per_week = 20;
    if (std::get<1>(GetParam())) {
      options_.direction = Direction::kUp;
      options_.min_deviation_absolute = 0.5;
      options_.min_deviation_relative = 0.01;
    }
    bank_ = MakeLaneBankFor(std::get<0>(GetParam()), options_);
    if (bank_ == nullptr) {
      GTEST_SKIP() << "This program or processor has no lanes of " << std::get<0>(GetParam()) << ".";
    }
  }

  DetectorOptions options_;
  std::unique_ptr<LaneBank> bank_;
};

TEST_P(LaneBankTest, SaysOfEachSeriesWhatADetectorOfItsOwnSays) {
  const std::vector<std::vector<double>> series = SixteenSeries();
  std::vector<std::unique_ptr<SeasonalLanes<1>>> alone;
  for (size_t lane = 0; lane < kBankLanes; ++lane) {
    alone.push_back(std::make_unique<SeasonalLanes<1>>(options_));
  }
  size_t alarms = 0;
  for (size_t row = 0; row < kRows; ++row) {
    const int64_t time = kStartNs + static_cast<int64_t>(row) * kFiveMinutesNs;
    std::array<double, kBankLanes> values;
    std::array<uint8_t, kBankLanes> labels;
    for (size_t lane = 0; lane < kBankLanes; ++lane) {
      values[lane] = series[lane][row];
      const std::optional<FeedbackLabel> said = SaidOf(row, lane);
      labels[lane] = said.has_value() ? LaneLabel(*said) : kNoLabel;
    }
    LaneVerdicts<kBankLanes> together;
    bank_->Observe(time, values.data(), row < 2000 ? nullptr : labels.data(), together);
    for (size_t lane = 0; lane < kBankLanes; ++lane) {
      LaneVerdicts<1> own;
      alone[lane]->Observe(time, &values[lane], row < 2000 ? nullptr : &labels[lane], own);
      ASSERT_EQ(Bits(together.expected[lane]), Bits(own.expected[0])) << "row " << row << ", lane " << lane;
      ASSERT_EQ(Bits(together.lower[lane]), Bits(own.lower[0])) << "row " << row << ", lane " << lane;
      ASSERT_EQ(Bits(together.upper[lane]), Bits(own.upper[0])) << "row " << row << ", lane " << lane;
      ASSERT_EQ(Bits(together.score[lane]), Bits(own.score[0])) << "row " << row << ", lane " << lane;
      ASSERT_EQ(Bits(together.p_value[lane]), Bits(own.p_value[0])) << "row " << row << ", lane " << lane;
      ASSERT_EQ(together.is_anomaly[lane], own.is_anomaly[0]) << "row " << row << ", lane " << lane;
      ASSERT_EQ(together.severity[lane], own.severity[0]) << "row " << row << ", lane " << lane;
      alarms += own.is_anomaly[0];
      for (size_t view = 0; view < kSurpriseViews && own.is_anomaly[0] != 0; ++view) {
        ASSERT_EQ(bank_->SurpriseOf(static_cast<SurpriseView>(view), lane),
                  alone[lane]->SurpriseOf(static_cast<SurpriseView>(view), 0));
      }
    }
  }
  EXPECT_GT(alarms, 30U);
  // Lanes with and without cycles of their own are side by side.
  EXPECT_EQ(bank_->PeriodsOf(10)[1].steps, 17u);
  EXPECT_EQ(bank_->PeriodsOf(0)[1].steps, 50u);
  for (size_t lane = 0; lane < kBankLanes; ++lane) {
    const std::array<Period, 2> periods = bank_->PeriodsOf(lane);
    const std::array<Period, 2> own = alone[lane]->PeriodsOf(0);
    for (size_t i = 0; i < periods.size(); ++i) {
      EXPECT_EQ(periods[i].steps, own[i].steps) << lane;
      EXPECT_EQ(periods[i].strength, own[i].strength) << lane;
    }
  }
  EXPECT_EQ(bank_->PeriodsOf(8)[1].steps, 12U);
}

INSTANTIATE_TEST_SUITE_P(All, LaneBankTest,
                         testing::Combine(testing::Values("avx512", "avx2", "plain"), testing::Bool()),
                         [](const auto& one) {
                           return std::string(std::get<0>(one.param)) + (std::get<1>(one.param) ? "_rules" : "");
                         });

void ExpectSameColumn(const std::vector<double>& one, const std::vector<double>& other) {
  ASSERT_EQ(one.size(), other.size());
  for (size_t row = 0; row < one.size(); ++row) {
    ASSERT_EQ(Bits(one[row]), Bits(other[row])) << "row " << row;
  }
}

/// Judges the first `count` of the sixteen together and by themselves.
void ExpectTogetherAsAlone(size_t count, std::string_view method) {
  const std::vector<int64_t> times = Times(kRows, kFiveMinutesNs);
  std::vector<std::vector<double>> values = SixteenSeries();
  const std::vector<std::vector<double>> more = SixteenSeries();
  values.insert(values.end(), more.begin(), more.end());
  std::vector<SeriesToJudge> series;
  for (size_t i = 0; i < count; ++i) {
    series.push_back({.values = values[i], .begin = 37 * (i % 4)});
    if (i % 3 == 0) {
      series.back().feedback = {{times[2490], times[2510], FeedbackLabel::kAnomaly},
                                {times[4000], times[4100], FeedbackLabel::kIgnore}};
    }
  }
  DetectorOptions options;
  options.false_alarms_per_week = 20;
  const absl::StatusOr<std::vector<Detection>> together = DetectTogether(times, series, method, options);
  ASSERT_TRUE(together.ok()) << together.status();
  ASSERT_EQ(together->size(), count);
  for (size_t i = 0; i < count; ++i) {
    SCOPED_TRACE(i);
    DetectorOptions own = options;
    own.feedback = series[i].feedback;
    const absl::StatusOr<Detection> alone =
        Detect(std::span(times).subspan(series[i].begin), series[i].values.subspan(series[i].begin), method, own,
               DetectionMode::kOnline);
    ASSERT_TRUE(alone.ok()) << alone.status();
    const Detection& one = (*together)[i];
    ExpectSameColumn(one.expected, alone->expected);
    ExpectSameColumn(one.lower, alone->lower);
    ExpectSameColumn(one.upper, alone->upper);
    ExpectSameColumn(one.score, alone->score);
    ExpectSameColumn(one.p_value, alone->p_value);
    EXPECT_EQ(one.is_anomaly, alone->is_anomaly);
    EXPECT_EQ(one.severity, alone->severity);
    EXPECT_EQ(one.learning_points, alone->learning_points);
    EXPECT_EQ(one.alarms_per_week, alone->alarms_per_week);
    EXPECT_EQ(one.incidents.size(), alone->incidents.size());
    ASSERT_EQ(one.evidence.size(), alone->evidence.size());
    for (size_t k = 0; k < one.evidence.size(); ++k) {
      EXPECT_EQ(one.evidence[k].row, alone->evidence[k].row);
      ASSERT_EQ(one.evidence[k].contributions.size(), alone->evidence[k].contributions.size());
      EXPECT_EQ(one.evidence[k].contributions[0].view, alone->evidence[k].contributions[0].view);
    }
    ASSERT_EQ(one.periods.size(), alone->periods.size());
  }
}

TEST(DetectTogetherTest, AnswersAsDetectDoesForEverySizeOfGroup) {
  for (const size_t count : {size_t{1}, size_t{5}, size_t{11}, kBankLanes, kBankLanes + 3}) {
    SCOPED_TRACE(count);
    ASSERT_NO_FATAL_FAILURE(ExpectTogetherAsAlone(count, "auto"));
  }
}

TEST(DetectTogetherTest, KnowsEveryMethod) {
  for (const DetectorMethod& method : DetectorMethods()) {
    SCOPED_TRACE(method.id);
    ASSERT_NO_FATAL_FAILURE(ExpectTogetherAsAlone(7, method.id));
  }
}

TEST(DetectTogetherTest, RefusesWhatDetectRefuses) {
  const std::vector<int64_t> times = Times(10, kFiveMinutesNs);
  const std::vector<double> values(10, 1.0);
  const std::vector<SeriesToJudge> series(6, {.values = values});
  EXPECT_TRUE(absl::IsInvalidArgument(DetectTogether(times, series, "no such", {}).status()));
  DetectorOptions absurd;
  absurd.false_alarms_per_week = -1;
  EXPECT_TRUE(absl::IsInvalidArgument(DetectTogether(times, series, "auto", absurd).status()));
  const absl::StatusOr<std::vector<Detection>> nothing = DetectTogether(times, {}, "auto", {});
  ASSERT_TRUE(nothing.ok());
  EXPECT_TRUE(nothing->empty());
}

}  // namespace
}  // namespace bellwether
