#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "server/analytics/series/clip.h"

namespace bellwether {

/// A sketch of some 130 bytes a side of a stream of numbers that answers "how rare is one this far out?" and its
/// inverse. With two sides numbers above and below zero have their own histories and surprises are two-sided; with one,
/// numbers are magnitudes. Bins (four an octave, ten octaves) hold the bulk; above the largest three percent the tail
/// is a generalised Pareto law, fitted by probability-weighted moments (Hosking and Wallis 1987, "Parameter and
/// quantile estimation for the generalized Pareto distribution") and drawn to a weak prior; that a stream's own tail be
/// extrapolated so is the idea of SPOT (Siffer et al. 2017, "Anomaly detection in streams with extreme value theory").
/// Nothing is called rarer than a hundredth of once in all that was seen. A bin is found from the bits of the number:
/// exponent and two bits of the mantissa. Old values fade: weights are halved whenever they sum to 4,096 full values.
/// Scale-free: the bins are placed by the first values. Zeros and everything below the bins share bin 0.
template <size_t Sides>
class TailSketch {
  static_assert(Sides == 1 || Sides == 2);

 public:
  static constexpr uint32_t kWarmUp = 32;     ///< values needed before it has an opinion
  static constexpr float kMaxSurprise = 6;    ///< surprises are cut here: no history shows rarer things
  static constexpr uint32_t kFullWeight = 8;  ///< of a value that counts as one

  /// -log10 of the chance of a number as far out (0 to kMaxSurprise; 0 until warm) by what was seen before it, then
  /// learns it with a weight of 0 to kFullWeight. `number` is finite, and at least 0 with one side. `overlap` says how
  /// many neighbouring numbers rest on the same values (means over rows): so many count as one.
  float Observe(float number, uint32_t weight, float overlap = 1) {
    const auto bits = std::bit_cast<uint32_t>(number);
    const uint32_t side = Sides == 2 ? bits >> 31 : 0;
    if (placed_ == 0) {
      return ObserveFirst(bits, weight, overlap);
    }
    const auto offset =
        static_cast<uint32_t>(Most(static_cast<int32_t>(bits & kMagnitude) - static_cast<int32_t>(base_), int32_t{0}));
    // Beyond the last edge the line through the last two goes on: there the table is the tail.
    const uint32_t bin = Least(offset >> kShift, uint32_t{kBins - 2});
    const float beyond = static_cast<float>(static_cast<int32_t>(offset - (bin << kShift))) * kPerBin;
    const auto left = static_cast<float>(surprise_[side][bin]);
    const auto right = static_cast<float>(surprise_[side][bin + 1]);
    const float surprise = (left + beyond * (right - left)) * kUnit - kTwoSided;
    auto& own = weight_[side][Least(offset >> kShift, uint32_t{kBins - 1})];
    own = static_cast<uint16_t>(own + weight);
    total_ += weight;
    if (++count_ >= refresh_at_) {
      Refresh(overlap);
    }
    return Least(Most(surprise, 0.0f), kMaxSurprise);
  }

  /// Leaves 1 / `divisor` of the weight of what was learned: what comes is judged by another model than what was.
  void Fade(uint32_t divisor);

  /// Brings the answers up to date with everything learned; Observe does so by itself every few values.
  void Refresh(float overlap = 1);

  /// The magnitude that has this one-sided surprise on a side (0 = above zero, 1 = below); 0 until something other than
  /// zeros was seen.
  [[nodiscard]] float MagnitudeAt(float surprise, size_t side) const;

  [[nodiscard]] bool warm() const { return count_ >= kWarmUp; }

  /// Changes whenever the answers do, so that callers can keep what they derive from them.
  [[nodiscard]] uint32_t version() const { return refresh_at_; }

  /// Hands every member to `visit`, for saving and restoring. Valid afterwards says whether the values make sense.
  template <class Visitor>
  void VisitState(Visitor&& visit) {
    for (size_t side = 0; side < Sides; ++side) {
      visit(weight_[side]), visit(surprise_[side]);
    }
    visit(base_), visit(total_), visit(count_), visit(refresh_at_), visit(buffered_), visit(placed_);
  }
  [[nodiscard]] bool Valid() const;

 private:
  static constexpr size_t kBins = 40;
  static constexpr uint32_t kMoved = 8;  // bins at a time
  static constexpr int kShift = 21;      // bits of a float below exponent and the first two bits of the mantissa
  static constexpr uint32_t kMagnitude = 0x7fffffff;
  static constexpr float kUnit = 1.0f / 32;  // of the surprises kept
  static constexpr float kPerBin = 1.0f / (1 << kShift);
  static constexpr float kTwoSided = Sides == 2 ? 0.30103f : 0.0f;

  float ObserveFirst(uint32_t bits, uint32_t weight, float overlap);
  void PlaceBins(float overlap);
  void MoveUp();
  void RefreshSide(size_t side, float overlap);

  // Until the bins are placed the upper halves of the first numbers.
  std::array<std::array<uint16_t, kBins>, Sides> weight_{};
  std::array<std::array<uint8_t, kBins>, Sides> surprise_{};   // one-sided, at the lower edge of each bin, in kUnit
  uint32_t base_ = 0;                                          // bits of the lower edge of bin 0
  uint32_t total_ = 0;
  uint32_t count_ = 0;
  uint32_t refresh_at_ = 0;
  uint16_t buffered_ = 0;
  uint16_t placed_ = 0;
};

extern template class TailSketch<1>;
extern template class TailSketch<2>;

/// The weight of a row that counts as one.
inline constexpr uint32_t kFullWeight = TailSketch<1>::kFullWeight;

}  // namespace bellwether
