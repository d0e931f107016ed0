#include "server/analytics/anomaly/cycle_search.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr size_t kWords = kCycleRows / 64;
constexpr size_t kLags = kCycleRows / 2;
constexpr int kLeastHigh = 10;         // rows of either kind, below which nothing is said
constexpr float kLeastScore = 6.5f;    // standard errors of noise
constexpr float kLeastCoinciding = 8;  // pairs of high rows beyond those of chance
constexpr float kLeastFirst = 2.5f;    // that the first two teeth have together; it saves looking at the others
constexpr size_t kMostTeeth = 8;

/// Of each lag: pairs of high rows beyond those of chance, and the same in standard errors of white noise.
struct Coincidences {
  std::array<float, kLags + 1> pairs{};
  std::array<float, kLags + 1> z{};
};

/// Counts for each lag the rows that are high and were so that many rows ago.
BELLWETHER_SIMD_CLONES
void CountPairs(const CycleBits& high, std::array<int, kLags + 1>& pairs) {
  uint64_t padded[2 * kWords] = {};
  std::copy(high.begin(), high.end(), padded);
  for (size_t lag = 1; lag <= kLags; ++lag) {
    const uint64_t* const later = padded + lag / 64;
    const size_t bits = lag % 64;
    int count = 0;
    for (size_t i = 0; i < kWords; ++i) {
      // In two steps: a shift by 64 is none.
      count += std::popcount(padded[i] & (later[i] << bits | later[i + 1] >> 1 >> (63 - bits)));
    }
    pairs[lag] = count;
  }
}

bool BitAt(const CycleBits& x, size_t row) { return (x[row / 64] >> (63 - row % 64) & 1) != 0; }

Coincidences Correlate(const CycleBits& x, int high) {
  constexpr auto kRows = static_cast<float>(kCycleRows);
  std::array<int, kLags + 1> pairs{};
  CountPairs(x, pairs);
  std::array<float, kLags + 1> chances{};
  int early = high;  // high rows but for the last `lag`
  int late = high;   // and but for the first
  for (size_t lag = 1; lag <= kLags; ++lag) {
    early -= BitAt(x, kCycleRows - lag) ? 1 : 0;
    late -= BitAt(x, lag - 1) ? 1 : 0;
    chances[lag] = static_cast<float>(early * late);
  }
  Coincidences found;
  const float share = static_cast<float>(high) / kRows;
  const float variance = share * (1 - share);
  for (size_t lag = 1; lag <= kLags; ++lag) {
    const float rows = kRows - static_cast<float>(lag);
    found.pairs[lag] = static_cast<float>(pairs[lag]) - chances[lag] / rows;
    found.z[lag] = found.pairs[lag] / (std::sqrt(rows) * variance);
  }
  return found;
}

/// How much further than those of white noise autocorrelations stray, as smooth as this series is.
float StrayingOf(const Coincidences& found) {
  float sum = 1;
  for (size_t lag = 1; lag <= kLags && found.z[lag] > 0; ++lag) {
    const float rows = static_cast<float>(kCycleRows - lag);
    sum += 2 * found.z[lag] * found.z[lag] / rows;
  }
  return std::sqrt(sum);
}

size_t LagAt(float lag) { return static_cast<size_t>(static_cast<int>(lag + 0.5f)); }

struct Comb {
  float score = 0;  // standard errors of white noise
  float pairs = 0;  // of high rows beyond those of chance
};

/// What the multiples of a length have more than the places halfway between them.
Comb CombOf(const Coincidences& found, float length) {
  const auto teeth = std::min(kMostTeeth, static_cast<size_t>(static_cast<int>(static_cast<float>(kLags) / length)));
  Comb comb;
  float before = found.z[LagAt(0.5f * length)];
  for (size_t k = 1; k <= teeth; ++k) {
    const auto tooth = static_cast<float>(k) * length;
    const float halfway = tooth + 0.5f * length;
    // Behind the last lag there is nothing; what lies before the tooth stands for what lies behind it.
    const float after = halfway < static_cast<float>(kLags) + 0.5f ? found.z[LagAt(halfway)] : before;
    const size_t lag = std::min(LagAt(tooth), kLags);
    comb.score += found.z[lag] - 0.5f * (before + after);
    comb.pairs += found.pairs[lag];
    before = after;
  }
  comb.score /= std::sqrt(2 * static_cast<float>(teeth) - 0.5f);
  return comb;
}

/// Where the coincidences around the multiples of a length lie on average, as a length, by least squares.
float MeanAround(const Coincidences& found, float length) {
  const auto around = std::max<int>(1, static_cast<int>(0.25f * length));
  float product = 0;
  float square = 0;
  for (float k = 1; k * length + static_cast<float>(around) + 1 <= static_cast<float>(kLags); ++k) {
    const float middle = k * length;
    const auto first = static_cast<int>(LagAt(middle)) - around;
    float weight = 0;
    float place = 0;
    for (int lag = first; lag <= first + 2 * around; ++lag) {
      const float own = std::max(0.0f, found.z[static_cast<size_t>(lag)]);
      weight += own * own;
      place += own * own * static_cast<float>(lag);
    }
    if (weight > 0) {
      product += k * place / weight;
      square += k * k;
    }
  }
  return square > 0 ? product / square : length;
}

/// The length more precisely.
float Refined(const Coincidences& found, float length) {
  constexpr int kPasses = 4;
  for (int pass = 0; pass < kPasses; ++pass) {
    length = MeanAround(found, length);
  }
  constexpr float kMostOff = 0.15f;  // of whole rows; most cycles last a whole number of them
  const float whole = std::round(length);
  return std::abs(length - whole) <= std::min(kMostOff, 0.005f * whole) ? whole : length;
}

}  // namespace

float FindCycle(const CycleBits& high) {
  int rows = 0;
  for (const uint64_t word : high) {
    rows += std::popcount(word);
  }
  if (rows < kLeastHigh || rows > static_cast<int>(kCycleRows) - kLeastHigh) {
    return 0;
  }
  const Coincidences found = Correlate(high, rows);
  Comb best;
  float best_length = 0;
  // Steps at which no tooth is missed by more than half a row.
  for (float length = 2; length <= kLongestCycle; length += std::max(1.0f / kMostTeeth, length / kLags)) {
    if (found.z[LagAt(length)] + found.z[LagAt(2 * length)] < kLeastFirst) {
      continue;
    }
    const Comb comb = CombOf(found, length);
    if (comb.score > best.score) {
      best = comb;
      best_length = length;
    }
  }
  if (best.score < kLeastScore * StrayingOf(found) || best.pairs < kLeastCoinciding) {
    return 0;
  }
  return std::clamp(Refined(found, best_length), 2.0f, kLongestCycle);
}

float PhaseOfHigh(const CycleBits& high, float length) {
  constexpr float kTurn = 2 * std::numbers::pi_v<float>;
  float cosine = 0;
  float sine = 0;
  for (size_t row = 0; row < kCycleRows; ++row) {
    if (BitAt(high, row)) {
      const float turns = static_cast<float>(kCycleRows - row) / length;
      cosine += std::cos(kTurn * turns);
      sine -= std::sin(kTurn * turns);
    }
  }
  return std::atan2(sine, cosine) / kTurn;
}

}  // namespace bellwether
