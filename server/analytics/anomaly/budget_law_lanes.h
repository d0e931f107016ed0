#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "server/analytics/anomaly/budget_law.h"
#include "server/analytics/series/clip.h"
#include "server/analytics/series/lane_math.h"
#include "server/analytics/series/lanes.h"

namespace bellwether {
inline namespace BELLWETHER_LANES {

/// Where the common tails of N lanes begin, and the surprises there.
template <size_t N>
struct BulkEdges {
  typename Lanes<N>::Float edge;
  typename Lanes<N>::Float surprise;
};

/// FitBulk for N lanes at once, those of `mask` being filled: bit for bit what FitBulk gives each. The bins of a lane
/// lie together in `bulk` and `surprise`.
template <size_t N>
inline BulkEdges<N> FitBulks(const uint16_t (*bulk)[kBulkBins], typename Lanes<N>::Int total, float least_edge,
                             uint8_t* surprise, typename Lanes<N>::Mask mask) {
  using L = Lanes<N>;
  using Float = typename L::Float;
  using Int = typename L::Int;
  using Mask = typename L::Mask;
  const Float n = L::ToFloat(total);
  const Float scale = 1 / (n + 1);
  const Float much = kBulkShare * (n + 1);
  std::array<LaneInts<N>, kBulkBins> rows;
  LoadColumns<N>(&bulk[0][0], kBulkBins, rows);
  Int above = L::Splat(0);
  BulkEdges<N> found = {.edge = L::Splat(least_edge), .surprise = L::Splat(1.0f)};
  Mask below_edge = L::SplatMask(false);
  std::array<LaneInts<N>, kBulkBins> answers;
  for (size_t bin = kBulkBins; bin-- > 0;) {
    above = above + rows[bin].Load();
    const float lower = kBulkBin * static_cast<float>(bin);
    const Float share = Least<Float>(L::Splat(1.0f), (L::ToFloat(above) + 0.5f) * scale);
    const Mask begins = L::Not(below_edge) & (L::SplatMask(lower <= least_edge) | (L::ToFloat(above) >= much));
    if (L::Any(begins)) {
      below_edge = below_edge | begins;
      found.edge = L::Select(begins, L::Splat(Most(lower, least_edge)), found.edge);
      const Float at_edge = lower > least_edge ? share : Most<Float>(share, L::Splat(kBulkShare));
      found.surprise = L::Select(begins, -Log10Of<N>(at_edge), found.surprise);
    }
    const Float log = Log10Of<N>(share);
    const Float own = L::Select(log < 0.0f, -log, L::Splat(0.0f));
    answers[bin] = L::ToInt(Least<Float>(own, L::Splat(kMostBulkSurprise)) * (1 / kBulkUnit) + 0.5f);
  }
  StoreColumns<N>(answers, surprise, kBulkBins, mask);
  return found;
}

}  // namespace BELLWETHER_LANES
}  // namespace bellwether
