#include "server/analytics/anomaly/cycle_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

/// High where a value lies above the middle of the range.
CycleBits BitsOf(const std::vector<double>& values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const double middle = 0.5 * (*least + *most);
  CycleBits bits{};
  for (size_t row = 0; row < kCycleRows; ++row) {
    bits[row / 64] |= uint64_t{values[row] > middle ? 1u : 0u} << (63 - row % 64);
  }
  return bits;
}

/// A sine of amplitude 1.5 in noise of deviation 1.
std::vector<double> NoisySine(double length, uint64_t seed) {
  std::vector<double> values = Noise(kCycleRows, seed);
  for (size_t row = 0; row < kCycleRows; ++row) {
    values[row] += 1.5 * std::sin(6.283185 * (static_cast<double>(row) / length + 0.1 * static_cast<double>(seed)));
  }
  return values;
}

TEST(FindCycleTest, FindsCyclesOfManyLengths) {
  for (const double length : {4.0, 7.0, 12.42, 17.0, 35.0, 49.68}) {
    int found = 0;
    for (uint64_t seed = 0; seed < 20; ++seed) {
      const double cycle = static_cast<double>(FindCycle(BitsOf(NoisySine(length, seed))));
      found += std::abs(cycle - length) < 0.015 * length ? 1 : 0;
    }
    EXPECT_GE(found, 18) << length;
  }
}

TEST(FindCycleTest, FindsShortPulsesAndTellsTheirWholeCycle) {
  for (const size_t length : {3u, 10u, 17u, 35u}) {
    for (uint64_t seed = 0; seed < 10; ++seed) {
      std::vector<double> values = Noise(kCycleRows, seed);
      for (size_t row = seed; row < kCycleRows; row += length) {
        values[row] += 10;
      }
      EXPECT_EQ(FindCycle(BitsOf(values)), static_cast<float>(length)) << seed;
    }
  }
}

TEST(FindCycleTest, IsSilentOnNoiseWalksAndFlatRows) {
  int found = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    for (const double phi : {0.0, 0.5, 0.9, 0.97, 1.0}) {
      found += FindCycle(BitsOf(Noise(kCycleRows, seed, phi))) > 0 ? 1 : 0;
    }
  }
  EXPECT_LE(found, 3);  // of 1,500
  EXPECT_EQ(FindCycle(CycleBits{}), 0);
  CycleBits all;
  all.fill(~uint64_t{0});
  EXPECT_EQ(FindCycle(all), 0);
  CycleBits few{};
  few[0] = few[4] = 1;
  EXPECT_EQ(FindCycle(few), 0);
}

TEST(FindCycleTest, StaysWithinItsRangeWhateverTheBits) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 2'000; ++round) {
    CycleBits bits;
    const uint64_t block = random();
    for (uint64_t& word : bits) {
      word = round % 2 == 0 ? block : random() & random() & random();
    }
    const float cycle = FindCycle(bits);
    EXPECT_TRUE(cycle == 0 || (cycle >= 2 && cycle <= kLongestCycle)) << cycle;
  }
}

TEST(PhaseOfHighTest, FollowsTheRowsThatAreHigh) {
  constexpr float kLength = 25;
  for (size_t first = 0; first < 25; first += 4) {
    CycleBits bits{};
    for (size_t row = first; row < kCycleRows; row += 25) {
      bits[row / 64] |= uint64_t{1} << (63 - row % 64);
    }
    const float expected = (static_cast<float>(first) - static_cast<float>(kCycleRows)) / kLength;
    const float off = PhaseOfHigh(bits, kLength) - expected;
    EXPECT_NEAR(off - std::round(off), 0, 1e-3) << first;
  }
}

}  // namespace
}  // namespace bellwether
