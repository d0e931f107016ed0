#include "server/analytics/anomaly/tail_law.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <span>

#include "server/analytics/series/clip.h"
#include "server/analytics/series/fast_log.h"
#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

using namespace tail_law;  // NOLINT(google-build-using-namespace): the constants of the law, shared with the lanes

constexpr int kShift = kTailShift;

using Bins = std::array<float, kTailBins>;

/// Turns values at and above each bin into -log10 of their share.
BELLWETHER_SIMD_CLONES
void ToSurprise(float* above, size_t bins, float scale) {
  for (size_t bin = 0; bin < bins; ++bin) {
    const float share = (above[bin] + 0.5f) * scale;
    above[bin] = share < 1 ? share : 1;
  }
  MinusLog10(std::span<float>(above, bins));
}

/// Turns magnitudes into -log10 of the share of a generalised Pareto tail beyond them.
BELLWETHER_SIMD_CLONES
void ToTailSurprise(float* magnitude, size_t bins, float start, float per_scale, float per_shape) {
  for (size_t bin = 0; bin < bins; ++bin) {
    const float beyond = (magnitude[bin] - start) * per_scale;
    const float grown = 1 + (beyond < 0 ? 0 : beyond < kFurthestTail ? beyond : kFurthestTail);
    magnitude[bin] = FastLog10(grown) * per_shape;
  }
}

/// Shape and scale of the tail from bin `start` on.
struct Pareto {
  float shape;
  float scale;
};

Pareto FitPareto(const uint16_t* weight, float one, const Bins& above, const float* magnitude, size_t start) {
  const float tail = above[start];
  float excess = 0;  // mean distance of the tail's values from its start
  float ranked = 0;  // the mean of distance times share of the tail's values that lie beyond
  for (size_t bin = start; bin < kTailBins; ++bin) {
    const float values = static_cast<float>(weight[bin]) * one;
    const float distance = values * (0.5f * (magnitude[bin] + magnitude[bin + 1]) - magnitude[start]);
    excess += distance;
    ranked += distance * (above[bin] - 0.5f * values);
  }
  float shape = kPriorShape;
  if (excess > 0) {
    excess /= tail;
    ranked /= tail * tail;
    const float spread = excess - 2 * ranked;
    const float own = spread > 1e-6f * excess ? Clip(2 - excess / spread, -0.5f, 1.0f) : kMostShape;
    shape = Clip((tail * own + kShapePriorValues * kPriorShape) / (tail + kShapePriorValues), kLeastShape, kMostShape);
  }
  // The prior may widen a tail, not make it narrower than it was seen to be.
  const float prior = Most(kPriorExcess * magnitude[start], excess);
  const float mean = (tail * excess + kPriorValues * prior) / (tail + kPriorValues);
  return {.shape = shape, .scale = Most((1 - shape) * mean, kLeastScale * magnitude[start])};
}

}  // namespace

void FitTail(const TailTotals& totals, const TailSide& side) {
  const float one = totals.per_value;
  const float n = static_cast<float>(totals.total) * one;
  const float wanted = Most(kMinTailValues, kTailShare / static_cast<float>(totals.sides) * n);
  Bins surprise;                               // first the values at and above each bin
  std::array<float, kTailBins + 1> magnitude;  // at the lower edge of each bin
  for (size_t bin = 0; bin <= kTailBins; ++bin) {
    magnitude[bin] = std::bit_cast<float>(totals.base + (static_cast<uint32_t>(bin) << kShift));
  }
  uint32_t above = 0;
  size_t start = 0;  // of the tail; the last turn finds one at the latest
  for (size_t bin = kTailBins; bin-- > 0;) {
    above += side.weight[bin];
    surprise[bin] = static_cast<float>(above) * one;
    if (start == 0 && (bin == 1 || surprise[bin] >= wanted)) {  // bin 0 has no lower edge and is never tail
      start = bin;
    }
  }
  const Pareto law = FitPareto(side.weight, one, surprise, magnitude.data(), start);
  const float two_sided = totals.sides == 2 ? 0.30103f : 0.0f;
  const float most = Least(kLargestTailSurprise, FastLog10(n + 1) + kDecadesBeyond + two_sided);
  ToSurprise(surprise.data(), kTailBins, 1 / (n + 1));
  ToTailSurprise(magnitude.data(), kTailBins, magnitude[start], law.shape / law.scale, 1 / law.shape);
  surprise[0] = 0;
  for (size_t bin = 0; bin < kTailBins; ++bin) {
    const float own = bin > start ? surprise[start] + magnitude[bin] : surprise[bin];
    side.surprise[bin] = static_cast<uint8_t>(Least(own, most) * (1 / kTailUnit) + 0.5f);
  }
}

float TailMagnitude(const uint8_t* surprise, uint32_t base, float wanted) {
  const float units = Clip(wanted, 0.0f, kLargestTailSurprise) * (1 / kTailUnit);
  auto bin = static_cast<size_t>(std::upper_bound(surprise, surprise + kTailBins, units) - surprise);
  if (bin <= 1) {
    return 0;  // inside bin 0, which holds the zeros
  }
  bin = Least(bin, kTailBins - 1);
  const auto left = static_cast<float>(surprise[bin - 1]);
  const float rise = Most(static_cast<float>(surprise[bin]) - left, 1.0f);
  const float position = static_cast<float>(bin - 1) + (units - left) / rise;
  constexpr float kLargestBits = 0x7f000000;
  const float bits = Least(static_cast<float>(base) + position * (1 << kShift), kLargestBits);
  return std::bit_cast<float>(static_cast<uint32_t>(bits));
}

}  // namespace bellwether
