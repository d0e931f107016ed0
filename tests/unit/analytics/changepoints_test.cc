#include "server/analytics/changepoint/changepoints.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "server/analytics/changepoint/short_bumps.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

TEST(FindChangePointsTest, FindsAStepWhereItIs) {
  std::vector<double> values = Noise(200, 1);
  for (size_t i = 120; i < 200; ++i) {
    values[i] += 4;
  }
  const auto changes = FindChangePoints(values);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_NEAR(static_cast<double>(changes[0].index), 120, 2);
  EXPECT_EQ(changes[0].kind, ChangeKind::kLevel);
  EXPECT_NEAR(changes[0].after - changes[0].before, 4, 0.6);
  EXPECT_GT(changes[0].confidence, 0.5);
}

TEST(FindChangePointsTest, FindsAStepInALongSeries) {
  std::vector<double> values = Noise(20'000, 2);
  for (size_t i = 12'345; i < values.size(); ++i) {
    values[i] += 3;
  }
  const auto changes = FindChangePoints(values);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_NEAR(static_cast<double>(changes[0].index), 12'345, 3);
}

TEST(FindChangePointsTest, FindsAChangeOfVariance) {
  std::vector<double> values = Noise(400, 5);
  for (size_t i = 200; i < 400; ++i) {
    values[i] *= 4;
  }
  const auto changes = FindChangePoints(values);
  ASSERT_FALSE(changes.empty());
  EXPECT_EQ(changes[0].kind, ChangeKind::kVariance);
  EXPECT_NEAR(static_cast<double>(changes[0].index), 200, 12);
  EXPECT_GT(changes[0].after, 2 * changes[0].before);
}

TEST(FindChangePointsTest, FindsABendOfTheLine) {
  std::vector<double> values = Noise(300, 7);
  for (size_t i = 150; i < 300; ++i) {
    values[i] += 0.2 * static_cast<double>(i - 150);
  }
  const auto changes = FindChangePoints(values);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].kind, ChangeKind::kSlope);
  EXPECT_NEAR(static_cast<double>(changes[0].index), 150, 12);
  EXPECT_NEAR(changes[0].before, 0, 0.03);
  EXPECT_NEAR(changes[0].after, 0.2, 0.03);
  EXPECT_NEAR(changes[0].size, changes[0].after - changes[0].before, 1e-12);
}

TEST(FindChangePointsTest, FindsAStepUnderASeasonAndOutliers) {
  std::vector<double> values = Noise(480, 8);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] += 6 * Sine(i, 24) + (i >= 200 ? 4 : 0);
  }
  values[60] = 900;
  values[333] = -1e6;
  const auto changes = FindChangePoints(values);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].kind, ChangeKind::kLevel);
  EXPECT_NEAR(static_cast<double>(changes[0].index), 200, 3);
  EXPECT_NEAR(changes[0].size, 4, 1);
}

TEST(FindChangePointsTest, FindsTheJumpOfARandomWalk) {
  std::vector<double> values = Noise(300, 21, 1);
  for (size_t i = 100; i < 300; ++i) {
    values[i] += 15;
  }
  const auto changes = FindChangePoints(values);
  EXPECT_TRUE(std::any_of(changes.begin(), changes.end(), [](const ChangePoint& change) {
    return change.index == 100 && change.kind == ChangeKind::kLevel;
  }));
}

TEST(FindChangePointsTest, ScaleAndShiftChangeNothing) {
  std::vector<double> values = Noise(200, 31, 0.4);
  for (size_t i = 80; i < 200; ++i) {
    values[i] += 6;
  }
  std::vector<double> moved(values);
  for (double& value : moved) {
    value = 1024 * value - 4096;
  }
  const auto plain = FindChangePoints(values);
  const auto other = FindChangePoints(moved);
  ASSERT_FALSE(plain.empty());
  ASSERT_EQ(plain.size(), other.size());
  for (size_t k = 0; k < plain.size(); ++k) {
    EXPECT_EQ(plain[k].index, other[k].index);
    EXPECT_NEAR(other[k].size, 1024 * plain[k].size, 1e-3);
  }
}

TEST(FindChangePointsTest, NoneIsAnAnswer) {
  size_t reported = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    std::vector<double> white = Noise(240, seed);
    reported += FindChangePoints(white).size();
    reported += FindChangePoints(Noise(240, seed + 500, 0.5)).size();
    for (size_t i = 0; i < white.size(); ++i) {
      white[i] += 0.05 * static_cast<double>(i);
    }
    reported += FindChangePoints(white).size();
  }
  EXPECT_LE(reported, 8u);  // in 120 series
}

TEST(FindChangePointsTest, FindsARecentStepOfALongSeries) {
  std::vector<double> values = Noise(8000, 33);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] += 3 * Sine(i, 24) + (i >= 4000 ? 4 : 0) + (i >= 7960 ? 5 : 0);
  }
  const auto changes = FindChangePoints(values);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_NEAR(static_cast<double>(changes[0].index), 4000, 4);
  EXPECT_NEAR(static_cast<double>(changes[1].index), 7960, 2);
  EXPECT_NEAR(changes[1].size, 5, 1);
}

TEST(FindChangePointsTest, GrowthThatCompoundsIsNoChange) {
  size_t reported = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<double> values = Noise(150, seed, 0.5);
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = 200 * std::exp(0.03 * static_cast<double>(i) + 0.03 * values[i]);
    }
    reported += FindChangePoints(values).size();
  }
  EXPECT_LE(reported, 2u);
}

TEST(FindChangePointsTest, TellsTheSlopeOfCompoundGrowthInTheUnitOfTheSeries) {
  std::vector<double> values = Noise(200, 3);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = 100 * std::exp(0.01 * static_cast<double>(i) + (i > 120 ? 0.03 * static_cast<double>(i - 120) : 0.0) +
                               0.02 * values[i]);
  }
  const auto changes = FindChangePoints(values);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].kind, ChangeKind::kSlope);
  EXPECT_NEAR(static_cast<double>(changes[0].index), 120, 4);
  const double level = 100 * std::exp(1.2);
  EXPECT_NEAR(changes[0].before, 0.01 * level, 0.002 * level);
  EXPECT_NEAR(changes[0].after, 0.04 * level, 0.006 * level);
}

TEST(FindChangePointsTest, ARampHasAChangeAtBothEnds) {
  std::vector<double> values = Noise(240, 14);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] += 12 * std::clamp((static_cast<double>(i) - 100) / 40, 0.0, 1.0);
  }
  const auto changes = FindChangePoints(values);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_NEAR(static_cast<double>(changes[0].index), 100, 6);
  EXPECT_NEAR(static_cast<double>(changes[1].index), 140, 6);
}

TEST(FindChangePointsTest, HeavyTailsAreNoJumpsOfAWalk) {
  size_t reported = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const std::vector<double> steps = Noise(300, seed + 70);
    const std::vector<double> chance = Noise(300, seed + 170);
    double level = 0;
    std::vector<double> walk;
    for (size_t i = 0; i < steps.size(); ++i) {
      level += steps[i] / std::max(std::abs(chance[i]), 0.2);
      walk.push_back(level);
    }
    reported += FindChangePoints(walk).size();
  }
  EXPECT_LE(reported, 10u);
}

/// Rows [from, from + count) taken away.
std::vector<double> WithHole(std::vector<double> values, size_t from, size_t count) {
  std::fill_n(values.begin() + static_cast<ptrdiff_t>(from), count, std::nan(""));
  return values;
}

std::vector<double> DailyWave(size_t count, uint64_t seed) {
  std::vector<double> values = Noise(count, seed);
  for (size_t i = 0; i < count; ++i) {
    values[i] = 100 + 3 * values[i] + 20 * std::sin(2 * std::numbers::pi * static_cast<double>(i) / 24);
  }
  return values;
}

TEST(FindChangePointsTest, AHoleIsNoChange) {
  for (const size_t hole : {6u, 12u, 24u, 40u, 72u}) {
    size_t of_waves = 0;
    size_t of_noise = 0;
    size_t of_lines = 0;
    size_t of_long_waves = 0;
    for (uint64_t seed = 1; seed <= 12; ++seed) {
      of_waves += FindChangePoints(WithHole(DailyWave(336, seed), 150, hole)).empty() ? 0 : 1;
      of_noise += FindChangePoints(WithHole(Noise(336, seed), 150, hole)).empty() ? 0 : 1;
      std::vector<double> line = Noise(300, seed);
      for (size_t i = 0; i < line.size(); ++i) {
        line[i] += 0.1 * static_cast<double>(i);
      }
      of_lines += FindChangePoints(WithHole(std::move(line), 170, hole)).empty() ? 0 : 1;
      of_long_waves += FindChangePoints(WithHole(DailyWave(1440, seed), 700, hole)).empty() ? 0 : 1;
    }
    EXPECT_LE(of_waves, 1u) << hole;
    EXPECT_LE(of_noise, 1u) << hole;
    EXPECT_LE(of_lines, 1u) << hole;
    EXPECT_LE(of_long_waves, 1u) << hole;
  }
}

TEST(FindChangePointsTest, ValuesMissingHereAndThereAreNoChange) {
  size_t told = 0;
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    std::vector<double> values = DailyWave(400, seed);
    const std::vector<double> chance = Noise(values.size(), seed + 100);
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = i > 200 && chance[i] > 0.3 ? std::nan("") : values[i];  // four in ten of the second half
    }
    told += FindChangePoints(values).empty() ? 0 : 1;
  }
  EXPECT_LE(told, 1u);
}

TEST(FindChangePointsTest, FindsAStepInAHoleAndPlacesItAtTheFirstValueAfterIt) {
  size_t right = 0;
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    for (const size_t count : {300u, 2'000u}) {
      std::vector<double> values = Noise(count, seed);
      for (size_t i = 160; i < values.size(); ++i) {
        values[i] += 5;
      }
      const auto changes = FindChangePoints(WithHole(std::move(values), 140, 40));
      right += changes.size() == 1 && changes[0].kind == ChangeKind::kLevel && changes[0].index == 180 ? 1 : 0;
    }
  }
  EXPECT_GE(right, 22u);
}

TEST(FindChangePointsTest, FindsAStepBesideAHole) {
  size_t right = 0;
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    std::vector<double> values = DailyWave(336, seed);
    for (size_t i = 260; i < values.size(); ++i) {
      values[i] += 15;
    }
    const auto changes = FindChangePoints(WithHole(std::move(values), 100, 40));
    right += changes.size() == 1 && changes[0].index >= 258 && changes[0].index <= 262 ? 1 : 0;
  }
  EXPECT_GE(right, 11u);
}

TEST(FindChangePointsTest, AnOutageOfThreeDaysIsNoSlope) {
  size_t told = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    std::vector<double> values = Noise(365, seed);
    for (size_t i = 0; i < values.size(); ++i) {
      const double day = i % 7 >= 5 ? 0.65 : 1;
      values[i] = 10'000 * day * std::exp(0.05 * values[i]) * (i >= 220 && i < 223 ? 0.3 : 1);
    }
    told += FindChangePoints(values).size();
  }
  EXPECT_LE(told, 2u);
}

TEST(FindChangePointsTest, AnIncidentOfAnHourOrSoGoesUpAndDown) {
  constexpr size_t kBegin = 19'810;
  constexpr size_t kEnd = 19'885;
  size_t right = 0;
  size_t slopes = 0;
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    std::vector<double> values = Noise(14 * 1440, seed);
    for (size_t i = 0; i < values.size(); ++i) {
      const double level = 120 + 50 * Sine(i, 1440);
      values[i] = level * std::exp(0.12 * values[i]) * (i >= kBegin && i < kEnd ? 3 : 1);
    }
    bool begins = false;
    bool ends = false;
    for (const ChangePoint& change : FindChangePoints(values)) {
      const bool is_level = change.kind == ChangeKind::kLevel;
      begins = begins || (is_level && change.size > 0 && change.index >= kBegin - 3 && change.index <= kBegin + 3);
      ends = ends || (is_level && change.size < 0 && change.index >= kEnd - 3 && change.index <= kEnd + 3);
      slopes += change.kind == ChangeKind::kSlope ? 1 : 0;
    }
    right += begins && ends ? 1 : 0;
  }
  EXPECT_GE(right, 10u);
  EXPECT_LE(slopes, 2u);
}

TEST(LeaveOutShortBumpsTest, TakesWhatComesBackAndNothingElse) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    for (const double phi : {0.0, 0.8}) {
      const std::vector<double> noise = Noise(300, seed, phi);
      std::vector<double> same = noise;
      LeaveOutShortBumps(same, 6);
      EXPECT_EQ(same, noise) << seed << " " << phi;
      std::vector<double> step = noise;
      std::vector<double> bump = noise;
      for (size_t i = 150; i < 300; ++i) {
        step[i] += 40;
        bump[i] += i < 153 ? 40 : 0;
      }
      same = step;
      LeaveOutShortBumps(same, 6);
      EXPECT_EQ(same, step) << seed << " " << phi;
      LeaveOutShortBumps(bump, 6);
      for (size_t i = 0; i < 300; ++i) {
        EXPECT_EQ(std::isnan(bump[i]), i >= 150 && i < 153) << i;
      }
    }
  }
}

TEST(FindChangePointsTest, HostileSeriesAreAnswered) {
  for (const auto& values : HostileSeries()) {
    size_t previous = 0;
    for (const ChangePoint& change : FindChangePoints(values)) {
      EXPECT_GE(change.index, previous);
      EXPECT_LT(change.index, values.size());
      EXPECT_GE(change.confidence, 0);
      EXPECT_LE(change.confidence, 1);
      EXPECT_FALSE(std::isnan(change.before) || std::isnan(change.after) || std::isnan(change.size));
      previous = change.index;
    }
  }
}

}  // namespace
}  // namespace bellwether
