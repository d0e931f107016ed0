#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "server/analytics/anomaly/tail_law.h"
#include "server/analytics/series/clip.h"
#include "server/analytics/series/lane_math.h"
#include "server/analytics/series/lanes.h"

namespace bellwether {
inline namespace BELLWETHER_LANES {

/// One side of the sketches of N lanes; bins of a lane lie together, lanes `stride` bins apart.
struct TailSides {
  const uint16_t* weight;
  uint8_t* surprise;
  size_t stride;
};

/// FitTail for N lanes at once, those of `mask` being filled: bit for bit what FitTail gives each.
template <size_t N>
inline void FitTails(typename Lanes<N>::Int base, typename Lanes<N>::Int total, float per_value, size_t sides,
                     const TailSides& side, typename Lanes<N>::Mask mask) {
  using L = Lanes<N>;
  using Float = typename L::Float;
  using Int = typename L::Int;
  using Mask = typename L::Mask;
  using namespace tail_law;  // NOLINT(google-build-using-namespace)
  const float one = per_value;
  const Float n = L::ToFloat(total) * one;
  const Float wanted = Most<Float>(L::Splat(kMinTailValues), kTailShare / static_cast<float>(sides) * n);
  std::array<LaneInts<N>, kTailBins> weight;
  LoadColumns<N>(side.weight, side.stride, weight);
  const auto magnitude_of = [&](size_t bin) __attribute__((always_inline)) {
    return L::FromBits(base + (static_cast<int32_t>(bin) << kTailShift));
  };
  std::array<Float, kTailBins> surprise;  // first the values at and above each bin
  Int above = L::Splat(0);
  Int start = L::Splat(0);
  Float tail = L::Splat(0.0f);
  Float begins = L::Splat(0.0f);
  for (size_t bin = kTailBins; bin-- > 0;) {
    above = above + weight[bin].Load();
    surprise[bin] = L::ToFloat(above) * one;
    const Mask found = (start == 0) & (bin == 1 ? L::SplatMask(true) : Mask(surprise[bin] >= wanted));
    if (bin > 0) {
      start = L::Select(found, L::Splat(static_cast<int32_t>(bin)), start);
      tail = L::Select(found, surprise[bin], tail);
      begins = L::Select(found, magnitude_of(bin), begins);
    }
  }
  Float excess = L::Splat(0.0f);
  Float ranked = L::Splat(0.0f);
  for (size_t bin = 1; bin < kTailBins; ++bin) {
    const Mask beyond = start <= static_cast<int32_t>(bin);
    const Float values = L::ToFloat(weight[bin].Load()) * one;
    const Float distance = values * (0.5f * (magnitude_of(bin) + magnitude_of(bin + 1)) - begins);
    excess = L::Select(beyond, excess + distance, excess);
    ranked = L::Select(beyond, ranked + distance * (surprise[bin] - 0.5f * values), ranked);
  }
  const Mask some = excess > 0.0f;
  const Float mean_excess = L::Select(some, excess / tail, excess);
  const Float mean_ranked = ranked / (tail * tail);
  const Float spread = mean_excess - 2 * mean_ranked;
  const Float own =
      L::Select(spread > 1e-6f * mean_excess, Clip<Float>(2 - mean_excess / spread, L::Splat(-0.5f), L::Splat(1.0f)),
                L::Splat(kMostShape));
  const Float drawn = Clip<Float>((tail * own + kShapePriorValues * kPriorShape) / (tail + kShapePriorValues),
                                  L::Splat(kLeastShape), L::Splat(kMostShape));
  const Float shape = L::Select(some, drawn, L::Splat(kPriorShape));
  const Float prior = Most<Float>(kPriorExcess * begins, mean_excess);
  const Float mean = (tail * mean_excess + kPriorValues * prior) / (tail + kPriorValues);
  const Float scale = Most<Float>((1 - shape) * mean, kLeastScale * begins);
  const float two_sided = sides == 2 ? 0.30103f : 0.0f;
  const Float most = Least<Float>(L::Splat(kLargestTailSurprise), Log10Of<N>(n + 1) + kDecadesBeyond + two_sided);
  const Float share_scale = 1 / (n + 1);
  const Float per_scale = shape / scale;
  const Float per_shape = 1 / shape;
  Float at_start = L::Splat(0.0f);
  for (size_t bin = 0; bin < kTailBins; ++bin) {
    const Float share = Least<Float>((surprise[bin] + 0.5f) * share_scale, L::Splat(1.0f));
    const Float log = Log10Of<N>(share);
    surprise[bin] = bin == 0 ? L::Splat(0.0f) : L::Select(log < 0.0f, -log, L::Splat(0.0f));
    at_start = L::Select(start == static_cast<int32_t>(bin), surprise[bin], at_start);
  }
  std::array<LaneInts<N>, kTailBins> answers;
  for (size_t bin = 0; bin < kTailBins; ++bin) {
    const Mask beyond = start < static_cast<int32_t>(bin);
    Float own_surprise = surprise[bin];
    if (L::Any(beyond)) {
      const Float far = Clip<Float>((magnitude_of(bin) - begins) * per_scale, L::Splat(0.0f), L::Splat(kFurthestTail));
      own_surprise = L::Select(beyond, at_start + Log10Of<N>(1 + far) * per_shape, own_surprise);
    }
    answers[bin] = L::ToInt(Least<Float>(own_surprise, most) * (1 / kTailUnit) + 0.5f);
  }
  StoreColumns<N>(answers, side.surprise, side.stride, mask);
}

}  // namespace BELLWETHER_LANES
}  // namespace bellwether
