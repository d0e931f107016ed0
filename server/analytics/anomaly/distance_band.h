#pragma once

#include <cmath>
#include <cstdint>

#include "server/analytics/anomaly/tail_sketch.h"
#include "server/analytics/series/clip.h"

namespace bellwether {

/// The interval around the expected value that holds a wanted share of the distances from it, learned from their own
/// history, separately above and below.
class DistanceBand {
 public:
  /// `level` in (0, 1) is the share of distances within the band.
  explicit DistanceBand(double level) : surprise_(static_cast<float>(-std::log10(0.5 * (1 - level)))) {}

  [[nodiscard]] bool warm() const { return distances_.warm(); }
  /// Distance of the edges from the expected value; both at least 0.
  [[nodiscard]] float up() const { return up_; }
  [[nodiscard]] float down() const { return down_; }

  /// Learns a distance. What lies far outside is learned as if it were just outside: incidents must not widen the band,
  /// a new normal may.
  void Learn(float distance) {
    constexpr float kOutside = 1.1f;
    constexpr float kLeastOutside = 0.1f;
    if (warm()) {
      distance = Clip(distance, -kOutside * down_ - kLeastOutside, kOutside * up_ + kLeastOutside);
    }
    distances_.Observe(distance, kFullWeight);
    if (distances_.version() != version_) {
      version_ = distances_.version();
      up_ = distances_.MagnitudeAt(surprise_, 0);
      down_ = distances_.MagnitudeAt(surprise_, 1);
    }
  }

  template <class Visitor>
  void VisitState(Visitor&& visit) {
    distances_.VisitState(visit), visit(up_), visit(down_), visit(version_);
  }
  [[nodiscard]] bool Valid() const {
    return distances_.Valid() && up_ >= 0 && down_ >= 0 && up_ <= 1e38f && down_ <= 1e38f;
  }

 private:
  float surprise_;
  float up_ = 0;
  float down_ = 0;
  uint32_t version_ = 0;
  TailSketch<2> distances_;
};

}  // namespace bellwether
