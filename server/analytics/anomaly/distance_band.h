#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "server/analytics/anomaly/tail_sketch.h"
#include "server/analytics/series/clip.h"
#include "server/analytics/series/lanes.h"

namespace bellwether {
inline namespace BELLWETHER_LANES {

/// The interval around the expected value that holds a wanted share of the distances from it, learned from their own
/// history, separately above and below, for N series side by side.
template <size_t N = 1>
class DistanceBand {
  using L = Lanes<N>;
  using Float = typename L::Float;
  using Int = typename L::Int;
  using Mask = typename L::Mask;

 public:
  /// `level` in (0, 1) is the share of distances within the band.
  explicit DistanceBand(double level) : surprise_(static_cast<float>(-std::log10(0.5 * (1 - level)))) {}

  [[nodiscard]] bool warm(size_t lane = 0) const { return distances_.warm(lane); }
  [[nodiscard]] BELLWETHER_LANES_INLINE Mask IsWarm() const { return distances_.IsWarm(); }
  /// Distance of the edges from the expected value; both at least 0.
  [[nodiscard]] Float up() const { return up_.Load(); }
  [[nodiscard]] Float down() const { return down_.Load(); }

  /// Learns distances in the lanes of `learn`. What lies far outside is learned as if it were just outside: incidents
  /// must not widen the band, a new normal may.
  BELLWETHER_LANES_INLINE void Learn(Float distance, Mask learn) {
    constexpr float kOutside = 1.1f;
    constexpr float kLeastOutside = 0.1f;
    const Float low = -kOutside * down_.Load() - kLeastOutside;
    const Float high = kOutside * up_.Load() + kLeastOutside;
    distance = L::Select(distances_.IsWarm(), Clip<Float>(distance, low, high), distance);
    const Int version = distances_.version();
    distances_.Observe(distance, L::Splat(static_cast<int32_t>(kFullWeight)), learn);
    const Mask renewed = distances_.version() != version;
    if (L::Any(renewed)) {
      ForLanes<N>(renewed, [&](size_t lane) {
        up_.at[lane] = distances_.MagnitudeAt(surprise_, 0, lane);
        down_.at[lane] = distances_.MagnitudeAt(surprise_, 1, lane);
      });
    }
  }
  void Learn(float distance) requires(N == 1) { Learn(distance, true); }

  /// The history of the distances counts 1 / `divisor` from now on.
  void Fade(uint32_t divisor, size_t lane) { distances_.Fade(divisor, lane); }

  template <class Visitor>
  void VisitState(Visitor&& visit, size_t lane = 0) {
    distances_.VisitState(visit, lane), visit(up_.at[lane]), visit(down_.at[lane]);
  }
  [[nodiscard]] bool Valid(size_t lane = 0) const {
    return distances_.Valid(lane) && up_.at[lane] >= 0 && down_.at[lane] >= 0 && up_.at[lane] <= 1e38f &&
           down_.at[lane] <= 1e38f;
  }

 private:
  float surprise_;
  LaneFloats<N> up_;
  LaneFloats<N> down_;
  TailSketch<2, N> distances_;
};

}  // namespace BELLWETHER_LANES
}  // namespace bellwether
