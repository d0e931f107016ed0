// What a stream's detector expects of series whose usual course is more than a level or a day: lines that rise, jobs
// that run each hour.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "server/analytics/anomaly/detector.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

constexpr size_t kDay = 288;  // five-minute rows
constexpr size_t kWeek = 7 * kDay;
constexpr double kRise = 20.0 / kDay;  // twenty deviations of the noise a day

std::vector<double> RisingLine(size_t n, uint64_t seed) {
  std::vector<double> values = Noise(n, seed);
  for (size_t i = 0; i < n; ++i) {
    values[i] += 3000 + kRise * static_cast<double>(i);
  }
  return values;
}

Detection MustDetect(const std::vector<double>& values) {
  auto detection = Detect(Times(values.size(), kFiveMinutesNs), values, "auto", {}, DetectionMode::kOnline);
  EXPECT_TRUE(detection.ok()) << detection.status();
  return *std::move(detection);
}

TEST(UsualCourseTest, ARisingLineIsExpectedToGoOn) {
  const std::vector<double> values = RisingLine(4 * kWeek, 5);
  const Detection detection = MustDetect(values);
  double bias = 0;
  double width = 0;
  for (size_t i = kWeek; i < values.size(); ++i) {
    bias += (detection.expected[i] - 3000 - kRise * static_cast<double>(i)) / static_cast<double>(3 * kWeek);
    width += (detection.upper[i] - detection.lower[i]) / static_cast<double>(3 * kWeek);
  }
  EXPECT_NEAR(bias, 0, 0.1);
  EXPECT_LT(width, 7);  // 99 % of the noise: 5.2
  EXPECT_TRUE(detection.periods.empty());
}

TEST(UsualCourseTest, ARisingLineSpendsItsBudgetAndNoMore) {
  double alarms = 0;
  for (uint64_t seed = 0; seed < 12; ++seed) {
    const Detection detection = MustDetect(RisingLine(4 * kWeek, seed));
    alarms += static_cast<double>(std::count(detection.is_anomaly.begin(), detection.is_anomaly.end(), 1));
  }
  EXPECT_LE(alarms / 48, 1.4);  // 12 series, 4 weeks each, 1 a week promised
}

TEST(UsualCourseTest, AShiftOfARisingLineIsFound) {
  size_t found = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<double> values = RisingLine(3 * kWeek, seed);
    constexpr size_t kFrom = 5000;
    for (size_t i = kFrom; i < kFrom + 24; ++i) {
      values[i] -= 5;
    }
    const Detection detection = MustDetect(values);
    found +=
        static_cast<size_t>(std::any_of(detection.is_anomaly.begin() + kFrom, detection.is_anomaly.begin() + kFrom + 27,
                                        [](auto one) { return one != 0; }));
  }
  EXPECT_GE(found, 15u);
}

constexpr int64_t kMinuteNs = 60 * (kHourNs / 3600);
constexpr size_t kHour = 60;  // rows of a minute
constexpr size_t kDays = 6 * 24 * kHour;
constexpr double kJob = 8;  // deviations of the noise

/// Six days of minutes in which a job runs for the first two minutes of each hour.
std::vector<double> HourlyJob(uint64_t seed) {
  std::vector<double> values = Noise(kDays, seed);
  for (size_t i = 0; i < kDays; ++i) {
    values[i] += 20 + (i % kHour < 2 ? kJob : 0);
  }
  return values;
}

Detection MustDetectMinutes(const std::vector<double>& values) {
  std::vector<int64_t> times = Times(values.size(), kMinuteNs);
  const int64_t to_hour = kHourNs - times[0] % kHourNs;
  for (int64_t& time : times) {
    time += to_hour;
  }
  auto detection = Detect(times, values, "auto", {}, DetectionMode::kOnline);
  EXPECT_TRUE(detection.ok()) << detection.status();
  return *std::move(detection);
}

bool HasPeriod(const Detection& detection, size_t steps) {
  return std::any_of(detection.periods.begin(), detection.periods.end(),
                     [&](const Period& period) { return period.steps == steps; });
}

TEST(UsualCourseTest, WhatHappensEachHourIsExpected) {
  const Detection detection = MustDetectMinutes(HourlyJob(3));
  EXPECT_TRUE(HasPeriod(detection, kHour));
  for (size_t hour = kDays - 24 * kHour; hour < kDays; hour += kHour) {
    EXPECT_NEAR(detection.expected[hour + 1], 20 + kJob, 1.5);
    EXPECT_NEAR(detection.expected[hour + 30], 20, 1);
    EXPECT_LT(detection.upper[hour + 30], 20 + kJob / 2);
  }
}

/// Share of the rows of the last week that lie outside the band, and of those said to come once in a hundred.
struct OddRows {
  double outside = 0;
  double rare = 0;
};

OddRows OddRowsOfLastWeek(const std::vector<double>& values) {
  constexpr size_t kRows = 7 * 24 * kHour;
  const Detection detection = MustDetectMinutes(values);
  OddRows odd;
  for (size_t i = values.size() - kRows; i < values.size(); ++i) {
    odd.outside += values[i] < detection.lower[i] || values[i] > detection.upper[i] ? 1.0 / kRows : 0.0;
    odd.rare += detection.p_value[i] < 0.01 ? 1.0 / kRows : 0.0;
  }
  return odd;
}

TEST(UsualCourseTest, JobsWithoutNoiseStayUsual) {
  for (const double job : {3.0, 50.0}) {
    for (const double noise : {0.0, 0.2}) {
      std::vector<double> values = Noise(28 * 24 * kHour, 5);
      for (size_t i = 0; i < values.size(); ++i) {
        values[i] = std::round(1000 + noise * values[i] + (i % kHour < 2 ? job : 0));
      }
      const OddRows odd = OddRowsOfLastWeek(values);
      EXPECT_LT(odd.outside, 0.05) << job << ' ' << noise;
      EXPECT_LT(odd.rare, 0.3) << job << ' ' << noise;
    }
  }
}

TEST(UsualCourseTest, BesideHighJobsTheBandIsThatOfTheNoise) {
  std::vector<double> values = Noise(28 * 24 * kHour, 6);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] += i % kHour < 2 ? 50 : 0;
  }
  const Detection detection = MustDetectMinutes(values);
  const size_t row = values.size() - 30;  // half past
  EXPECT_NEAR(detection.expected[row], 0, 0.5);
  EXPECT_LT(detection.upper[row] - detection.lower[row], 8);
  EXPECT_LT(OddRowsOfLastWeek(values).outside, 0.02);
}

TEST(UsualCourseTest, AJobThatDoesNotRunAndOneAtTheWrongMinuteAreFound) {
  size_t missing = 0;
  size_t elsewhere = 0;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    std::vector<double> values = HourlyJob(seed);
    constexpr size_t kMissing = 80 * kHour;
    constexpr size_t kElsewhere = 120 * kHour + 37;
    values[kMissing] -= kJob;
    values[kMissing + 1] -= kJob;
    values[kElsewhere] += kJob;
    const Detection detection = MustDetectMinutes(values);
    missing += detection.is_anomaly[kMissing] | detection.is_anomaly[kMissing + 1];
    elsewhere += detection.is_anomaly[kElsewhere];
    for (const Incident& incident : detection.incidents) {
      if (incident.last >= kMissing && incident.first <= kMissing + 1) {
        // Although nothing moved there.
        EXPECT_TRUE(incident.type == AnomalyType::kDrop || incident.type == AnomalyType::kSeasonBreak) << seed;
      }
    }
  }
  EXPECT_GE(missing, 6u);
  EXPECT_GE(elsewhere, 6u);
}

TEST(UsualCourseTest, AnHourIsNoPeriodOnceStepsAreHours) {
  std::vector<double> values = HourlyJob(3);
  std::vector<int64_t> times = Times(values.size(), kMinuteNs);
  for (size_t i = 0; i < 120; ++i) {
    values.push_back(20);
    times.push_back(times.back() + kHourNs);
  }
  const auto detection = Detect(times, values, "auto", {}, DetectionMode::kOnline);
  ASSERT_TRUE(detection.ok()) << detection.status();
  for (const Period& period : detection->periods) {
    EXPECT_GE(period.steps, 2u);
  }
}

TEST(UsualCourseTest, NoiseAndWalksHaveNoCycle) {
  for (const double phi : {0.0, 0.9, 1.0}) {
    for (uint64_t seed = 0; seed < 8; ++seed) {
      const Detection detection = MustDetectMinutes(Noise(kDays, seed, phi));
      EXPECT_TRUE(detection.periods.empty() || detection.periods[0].steps >= 24 * kHour) << phi << ' ' << seed;
    }
  }
}

/// Six days of minutes in which something happens for two minutes of so many.
std::vector<double> Pulses(size_t rows, uint64_t seed) {
  std::vector<double> values = Noise(kDays, seed);
  for (size_t i = 0; i < kDays; ++i) {
    values[i] += i % rows < 2 ? kJob : 0;
  }
  return values;
}

TEST(UsualCourseTest, ACycleThatTheClockDoesNotKnowIsFound) {
  for (const size_t rows : {7u, 17u, 35u, 50u}) {
    const std::vector<double> values = Pulses(rows, rows);
    const Detection detection = MustDetectMinutes(values);
    EXPECT_TRUE(HasPeriod(detection, rows)) << rows;
    const size_t begin = kDays / rows * rows - 5 * rows;
    EXPECT_NEAR(detection.expected[begin + 1], kJob, 2) << rows;
    EXPECT_NEAR(detection.expected[begin + rows / 2], 0, 1) << rows;
    EXPECT_LT(detection.upper[begin + rows / 2], kJob / 2) << rows;
  }
}

TEST(UsualCourseTest, ACycleNeedNotBeAWholeNumberOfRows) {
  constexpr double kTide = 49.68;  // quarters of an hour: the half-daily tide
  constexpr size_t kRows = 40 * 96;
  std::vector<double> values = Noise(kRows, 11);
  std::vector<double> tide(kRows);
  for (size_t i = 0; i < kRows; ++i) {
    tide[i] = 4 * Sine(i, kTide);
    values[i] += tide[i];
  }
  const auto detection = Detect(Times(kRows, 15 * kMinuteNs), values, "auto", {}, DetectionMode::kOnline);
  ASSERT_TRUE(detection.ok()) << detection.status();
  EXPECT_TRUE(HasPeriod(*detection, 50));
  double off = 0;
  constexpr size_t kLast = 4 * 96;
  for (size_t i = kRows - kLast; i < kRows; ++i) {
    off += std::abs(detection->expected[i] - tide[i]) / kLast;
  }
  EXPECT_LT(off, 0.9);  // 2.5 without it
}

TEST(UsualCourseTest, APulseThatDoesNotComeIsFound) {
  constexpr size_t kCycle = 17;
  size_t found = 0;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    std::vector<double> values = Pulses(kCycle, seed);
    constexpr size_t kMissing = 300 * kCycle;
    values[kMissing] -= kJob;
    values[kMissing + 1] -= kJob;
    const Detection detection = MustDetectMinutes(values);
    found += detection.is_anomaly[kMissing] | detection.is_anomaly[kMissing + 1];
  }
  EXPECT_GE(found, 6u);
}

}  // namespace
}  // namespace bellwether
