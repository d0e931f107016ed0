#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>

#include "server/analytics/anomaly/verdict_rules.h"
#include "server/analytics/series/clip.h"
#include "server/analytics/series/lane_math.h"
#include "server/analytics/series/lanes.h"

namespace bellwether {
inline namespace BELLWETHER_LANES {

/// Place and scale of N series side by side: origin and unit of each are the median of its first values and their
/// median distance from it, so that neither an offset nor a strange first value costs digits. A series that has not
/// moved so far has no unit; its first movement becomes it.
template <size_t N = 1>
class LaneUnits {
  using L = Lanes<N>;
  using Float = typename L::Float;
  using Mask = typename L::Mask;

 public:
  static constexpr int32_t kFirstRows = 12;  ///< values of a series from which they are read

  /// Keeps the value number `row`, below kFirstRows, of a lane.
  void KeepFirst(size_t lane, int32_t row, double value) { first_->at[lane][row] = WithinRange(value); }

  /// Reads origin and unit of a lane from its first values and hands each of them on, in units, as one that is not
  /// strange.
  template <class Take>
  void Start(size_t lane, Take&& take) {
    constexpr double kMostFirst = 10;  // usual distances that a first value counts at most
    double sorted[kFirstRows];
    std::copy_n(first_->at[lane], kFirstRows, sorted);
    std::sort(sorted, sorted + kFirstRows);
    const double origin = std::midpoint(sorted[kFirstRows / 2 - 1], sorted[kFirstRows / 2]);
    origin_[lane] = origin;
    for (double& number : sorted) {
      number = std::abs(number - origin);
    }
    std::sort(sorted, sorted + kFirstRows);
    // The median distance; where most values are equal the smallest one there is.
    const double* const usual =
        std::upper_bound(sorted + kFirstRows / 2, sorted + kFirstRows, kRounding * std::abs(origin));
    unit_[lane] = usual == sorted + kFirstRows ? 0 : Most(*usual, kLeastUnit);
    for (const double value : first_->at[lane]) {
      take(static_cast<float>(Clip(UnitsOf(lane, value), -kMostFirst, kMostFirst)));
    }
  }

  /// Once all lanes have started.
  void ForgetFirst() { first_.reset(); }

  /// The values of the active lanes in units of the series; 0 in the others.
  BELLWETHER_LANES_INLINE Float InUnits(const double* values, Mask active) {
    const uint32_t bits = L::BitsOf(active);
    double distances[N];
    int still = 0;  // a lane that has not moved so far
    for (size_t lane = 0; lane < N; ++lane) {
      distances[lane] = Clip((WithinRange(values[lane]) - origin_[lane]) / unit_[lane], -kMostUnits, kMostUnits);
      still |= unit_[lane] == 0 ? 1 : 0;
    }
    LaneFloats<N> units;
    for (size_t lane = 0; lane < N; ++lane) {
      units.at[lane] = static_cast<float>(distances[lane]);
    }
    if (still != 0 || bits != (1u << N) - 1) {
      for (size_t lane = 0; lane < N; ++lane) {
        if ((bits >> lane & 1) == 0) {
          units.at[lane] = 0;
        } else if (unit_[lane] == 0) {
          units.at[lane] = static_cast<float>(UnitsOf(lane, WithinRange(values[lane])));
        }
      }
    }
    return units.Load();
  }

  /// A number of units in those of the values, finite.
  [[nodiscard]] double FromUnits(size_t lane, float x) const {
    return WithinRange(origin_[lane] + unit_[lane] * static_cast<double>(x));
  }

  [[nodiscard]] size_t HeapBytes() const { return first_ != nullptr ? sizeof(FirstValues) : 0; }

  /// `rows` is the number of values that the lane has seen.
  template <class Visitor>
  void VisitState(Visitor&& visit, int32_t rows, size_t lane) {
    if (rows < kFirstRows) {
      if (first_ == nullptr) {
        first_ = std::make_unique<FirstValues>();
      }
      for (double& one : first_->at[lane]) {
        visit(one);
      }
    }
    visit(origin_[lane]), visit(unit_[lane]);
  }
  [[nodiscard]] bool Valid(size_t lane) const {
    const bool first = first_ == nullptr || std::all_of(first_->at[lane], first_->at[lane] + kFirstRows,
                                                        [](double one) { return std::abs(one) <= kLargestMagnitude; });
    return first && unit_[lane] >= 0 && unit_[lane] <= kMostUnit && std::abs(origin_[lane]) <= kLargestMagnitude;
  }

 private:
  static constexpr double kMostUnits = 1e30;
  static constexpr double kLeastUnit = 1e-290;
  static constexpr double kMostUnit = 2 * kLargestMagnitude;
  static constexpr double kRounding = 1e-13;  // movements below this share of the value are no movements

  struct FirstValues {
    double at[N][kFirstRows] = {};
  };

  static BELLWETHER_LANES_INLINE double WithinRange(double value) {
    return Clip(value, -kLargestMagnitude, kLargestMagnitude);
  }

  double UnitsOf(size_t lane, double value) {
    const double distance = value - origin_[lane];
    if (unit_[lane] == 0) {
      if (std::abs(distance) <= kRounding * std::abs(origin_[lane])) {
        return 0;
      }
      unit_[lane] = Most(std::abs(distance), kLeastUnit);
    }
    return Clip(distance / unit_[lane], -kMostUnits, kMostUnits);
  }

  std::unique_ptr<FirstValues> first_ = std::make_unique<FirstValues>();  // until all lanes know origin and unit
  double origin_[N] = {};
  double unit_[N] = {};  // 0 until there was a movement
};

}  // namespace BELLWETHER_LANES
}  // namespace bellwether
