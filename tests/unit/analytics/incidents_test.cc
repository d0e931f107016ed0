#include "server/analytics/anomaly/incidents.h"

#include <cmath>
#include <iostream>
#include <vector>

#include "gtest/gtest.h"
#include "server/analytics/anomaly/classification.h"
#include "tests/unit/analytics/generated_series.h"
#include "tests/unit/analytics/injected_incidents.h"

namespace bellwether {
namespace {

using Matrix = std::array<std::array<int, kAnomalyTypes>, kAnomalyTypes>;  // [true][named]

double ShareRight(const Matrix& matrix, AnomalyType type) {
  const auto& row = matrix[static_cast<size_t>(type)];
  int all = 0;
  for (const int count : row) {
    all += count;
  }
  return all > 0 ? static_cast<double>(row[static_cast<size_t>(type)]) / all : 1.0;
}

void Print(const Matrix& matrix) {
  for (size_t truth = 1; truth < kAnomalyTypes; ++truth) {
    std::cout << AnomalyTypeName(static_cast<AnomalyType>(truth)) << ':';
    for (size_t named = 0; named < kAnomalyTypes; ++named) {
      if (matrix[truth][named] > 0) {
        std::cout << ' ' << AnomalyTypeName(static_cast<AnomalyType>(named)) << ' ' << matrix[truth][named];
      }
    }
    std::cout << '\n';
  }
}

Matrix NameInjected(size_t kind) {
  Matrix matrix{};
  for (size_t truth = 1; truth < kAnomalyTypes; ++truth) {
    const auto type = static_cast<AnomalyType>(truth);
    for (size_t size = 0; size < 3 && Tells(kind, type); ++size) {
      for (uint64_t seed = 0; seed < 20; ++seed) {
        const InjectedIncident made = Inject(kind, type, size, 1000 * kind + 100 * truth + 10'000 * size + seed);
        const Classification named =
            ClassifyIncident(made.values, made.periods, made.alarm, made.last, LastingRows(kFiveMinutesNs));
        ++matrix[truth][static_cast<size_t>(named.type)];
      }
    }
  }
  return matrix;
}

TEST(IncidentTypesTest, AreNamedOnEveryKindOfNoise) {
  Matrix total{};
  for (size_t kind = 0; kind < kCarriers.size(); ++kind) {
    const Matrix matrix = NameInjected(kind);
    for (size_t truth = 1; truth < kAnomalyTypes; ++truth) {
      const auto type = static_cast<AnomalyType>(truth);
      EXPECT_GE(ShareRight(matrix, type), 0.7) << AnomalyTypeName(type) << " on " << kCarriers[kind];
      for (size_t named = 0; named < kAnomalyTypes; ++named) {
        total[truth][named] += matrix[truth][named];
      }
    }
  }
  Print(total);
  for (size_t truth = 1; truth < kAnomalyTypes; ++truth) {
    EXPECT_GE(ShareRight(total, static_cast<AnomalyType>(truth)), 0.92) << truth;
  }
}

// A detection that alarms at `row` alone, expecting `level` within `reach`.
Detection AlarmAt(size_t rows, size_t row, double level, double reach) {
  Detection detection;
  detection.expected.assign(rows, level);
  detection.lower.assign(rows, level - reach);
  detection.upper.assign(rows, level + reach);
  detection.score.assign(rows, 0.1);
  detection.p_value.assign(rows, 0.5);
  detection.is_anomaly.assign(rows, 0);
  detection.severity.assign(rows, Severity::kNone);
  detection.is_anomaly[row] = 1;
  detection.score[row] = 0.9;
  detection.severity[row] = Severity::kMedium;
  return detection;
}

TEST(IncidentsTest, AFlatlineLastsAsLongAsTheValueStandsStill) {
  std::vector<double> values = Noise(2000, 4);
  std::fill(values.begin() + 1500, values.begin() + 1700, values[1500]);
  const std::vector<Incident> incidents = GroupIncidents(values, AlarmAt(2000, 1512, 0, 4), kFiveMinutesNs);
  ASSERT_EQ(incidents.size(), 1u);
  EXPECT_EQ(incidents[0].type, AnomalyType::kFlatline);
  EXPECT_EQ(incidents[0].first, 1512u);
  EXPECT_EQ(incidents[0].last, 1699u);
  EXPECT_EQ(incidents[0].evidence.since, 1500u);
  EXPECT_EQ(incidents[0].evidence.equal_run, 200u);
  EXPECT_FALSE(incidents[0].evidence.lasts);
}

TEST(IncidentsTest, OneChangeOfScatterIsOneIncident) {
  std::vector<double> values = Noise(2000, 5);
  for (size_t i = 1500; i < 1560; ++i) {
    values[i] *= 5;
  }
  Detection detection = AlarmAt(2000, 1508, 0, 4);
  detection.is_anomaly[1531] = 1;
  detection.is_anomaly[1552] = 1;
  const std::vector<Incident> incidents = GroupIncidents(values, detection, kFiveMinutesNs);
  ASSERT_EQ(incidents.size(), 1u);
  EXPECT_EQ(incidents[0].type, AnomalyType::kVarianceChange);
  EXPECT_GT(incidents[0].evidence.spread_ratio, 3);
  EXPECT_LT(incidents[0].evidence.spread_ratio, 8);
  EXPECT_GE(incidents[0].last, 1552u);
}

TEST(IncidentsTest, AJumpInsideOrBehindAnIncidentIsNoScatter) {
  constexpr size_t kJump = 672;
  for (const double phi : {0.0, 0.5}) {
    for (const double jump : {6.0, 30.0}) {
      size_t apart = 0;
      size_t level = 0;
      for (uint64_t seed = 1; seed <= 20; ++seed) {
        std::vector<double> values = Noise(720, seed, phi);
        for (size_t i = kJump; i < values.size(); ++i) {
          values[i] += jump;
        }
        // A chance alarm days before the jump, when its window holds what comes after it, is named by itself.
        for (const size_t alarm : {kJump - 72, kJump - 20}) {
          std::vector<double> with_alarm = values;
          with_alarm[alarm] += with_alarm[alarm] > 0 ? 2 : -2;
          const Classification named = ClassifyIncident(with_alarm, {}, alarm, alarm, LastingRows(kHourNs));
          EXPECT_NE(named.type, AnomalyType::kVarianceChange) << phi << " " << jump << " " << seed;
          apart += named.evidence.until < kJump ? 1 : 0;
        }
        // One that goes over into it has its level.
        const Classification whole = ClassifyIncident(values, {}, kJump - 20, kJump + 30, LastingRows(kHourNs));
        EXPECT_NE(whole.type, AnomalyType::kVarianceChange) << phi << " " << jump << " " << seed;
        level += whole.type == AnomalyType::kLevelShift && std::abs(whole.evidence.level_change - jump) < 2 ? 1 : 0;
      }
      EXPECT_GE(apart, 38u) << phi << " " << jump;  // of 40
      EXPECT_GE(level, 17u) << phi << " " << jump;  // of 20
    }
  }
}

TEST(IncidentsTest, OfVeryManyAlarmsOnlyTheHighestAreLookedAtClosely) {
  std::vector<double> values = Noise(4000, 8);
  Detection detection = AlarmAt(4000, 500, 0, 40);
  for (size_t i = 500; i < 4000; i += 8) {
    detection.is_anomaly[i] = 1;
    detection.score[i] = 0.5 + 1e-5 * static_cast<double>(i);
  }
  const std::vector<Incident> incidents = GroupIncidents(values, detection, kFiveMinutesNs);
  size_t looked_at = 0;
  for (const Incident& incident : incidents) {
    looked_at += std::isnan(incident.evidence.spread) ? 0 : 1;
    EXPECT_NE(incident.type, AnomalyType::kNone);
  }
  EXPECT_GT(incidents.size(), 100u);
  EXPECT_GE(looked_at, 4u);
  EXPECT_LE(looked_at, 16u + 4000u / 256);
}

TEST(IncidentsTest, KeepsWhatTheViewsSaidToTheFirstAlarm) {
  std::vector<double> values = Noise(2000, 12);
  values[1500] = 40;
  Detection detection = AlarmAt(2000, 1500, 0, 4);
  detection.evidence = {{.row = 700, .contributions = {{"elsewhere", 1}}},
                        {.row = 1500, .contributions = {{"point", 4}, {"hour mean", 2}}}};
  const std::vector<Incident> incidents = GroupIncidents(values, detection, kFiveMinutesNs);
  ASSERT_EQ(incidents.size(), 1u);
  ASSERT_EQ(incidents[0].contributions.size(), 2u);
  EXPECT_EQ(incidents[0].contributions[0].view, "point");
}

TEST(IncidentsTest, EvidenceIsMeasuredInTheSeriesOwnUnit) {
  std::vector<double> values = Noise(2000, 6);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = 100 + 2 * values[i] + (i >= 1500 ? 20 : 0);
  }
  const Classification shift = ClassifyIncident(values, {}, 1500, 1510, 12);
  EXPECT_EQ(shift.type, AnomalyType::kLevelShift);
  EXPECT_NEAR(shift.evidence.level_change, 20, 1.5);
  EXPECT_NEAR(shift.evidence.level_before, 100, 1);
  EXPECT_NEAR(shift.evidence.spread, 2, 0.5);
  EXPECT_EQ(shift.evidence.since, 1500u);
  EXPECT_TRUE(shift.evidence.lasts);

  values = Noise(2000, 7);
  for (size_t i = 1400; i < values.size(); ++i) {
    values[i] += 0.1 * static_cast<double>(i - 1400);
  }
  const Classification drift = ClassifyIncident(values, {}, 1450, 1600, 12);
  EXPECT_EQ(drift.type, AnomalyType::kDrift);
  EXPECT_NEAR(drift.evidence.slope_per_row, 0.1, 0.02);
}

TEST(IncidentsTest, SaysByHowMuchABrokenSeasonHasMoved) {
  const InjectedIncident made = Inject(6, AnomalyType::kSeasonBreak, 0, 3);
  const Classification named = ClassifyIncident(made.values, made.periods, made.alarm, made.last, 12);
  ASSERT_EQ(named.type, AnomalyType::kSeasonBreak);
  EXPECT_EQ(named.evidence.period, kInjectedDay);
  EXPECT_NEAR(static_cast<double>(named.evidence.season_move_rows), -96, 18);
  EXPECT_LT(named.evidence.season_agreement, 0.7);
  EXPECT_GT(named.evidence.moved_season_agreement, 0.9);
}

TEST(IncidentsTest, AnOutageIsNoFlatline) {
  const InjectedIncident traffic = Inject(4, AnomalyType::kDrop, 2, 9);
  std::vector<double> values = traffic.values;
  std::fill(values.begin() + 2000, values.begin() + 2100, 0.0);
  EXPECT_EQ(ClassifyIncident(values, {}, 2000, 2099, 12).type, AnomalyType::kLevelShift);
}

TEST(IncidentsTest, WhatFollowsTheEndOfAStreamIsNotNeeded) {
  for (size_t truth = 1; truth < kAnomalyTypes; ++truth) {
    const InjectedIncident made = Inject(0, static_cast<AnomalyType>(truth), 1, 77);
    const std::vector<double> known(made.values.begin(), made.values.begin() + static_cast<ptrdiff_t>(made.last + 1));
    const Classification named = ClassifyIncident(known, {}, made.alarm, made.last, 12);
    EXPECT_LE(named.evidence.until, made.last);
    EXPECT_LE(named.evidence.since, made.alarm);
  }
}

TEST(IncidentsTest, HostileSeriesAreNamedWithoutNonsense) {
  for (const std::vector<double>& values : HostileSeries()) {
    for (size_t first = 0; first < values.size(); first += 1 + values.size() / 7) {
      const Period wrong{.steps = 24, .strength = 1};
      for (const size_t last : {first, std::min(first + 20, values.size() - 1)}) {
        const Classification named = ClassifyIncident(values, {{wrong}}, first, last, 12);
        EXPECT_LE(named.evidence.since, first);
        EXPECT_LT(named.evidence.until, values.size());
        EXPECT_FALSE(std::isinf(named.evidence.level_change));
        EXPECT_FALSE(std::isinf(named.evidence.slope_per_row));
        EXPECT_FALSE(std::isinf(named.evidence.spread_ratio));
        for (const double gain : named.evidence.gain) {
          EXPECT_TRUE(std::isfinite(gain));
        }
      }
    }
  }
}

}  // namespace
}  // namespace bellwether
