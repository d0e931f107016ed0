#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace bellwether {

/// A sketch of 220 bytes of a stream of magnitudes that answers "how rare is one this large?" and its inverse. Bins
/// (four an octave, twelve octaves) hold the bulk; above the largest half percent the tail is a Pareto law in the
/// magnitude, an exponential one in the bin number, with a weak prior (the idea of SPOT: Siffer et al. 2017, "Anomaly
/// detection in streams with extreme value theory"). A bin is found from the bits of the number: exponent and two bits
/// of the mantissa. Old values fade: weights are halved whenever they sum to 4,096 full values. Scale-free: the bins
/// are placed by the first values. Zeros and everything below the bins share bin 0.
class TailSketch {
 public:
  static constexpr uint32_t kWarmUp = 32;     ///< values needed before it has an opinion
  static constexpr float kMaxSurprise = 6;    ///< surprises are cut here: no history shows rarer things
  static constexpr uint32_t kFullWeight = 8;  ///< of a value that counts as one

  /// -log10 of the chance of a magnitude of at least this (0 to kMaxSurprise); 0 until warm.
  [[nodiscard]] float Surprise(float magnitude) const {
    if (count_ < kWarmUp || !(magnitude > 0)) {
      return 0;
    }
    return placed_ != 0 ? SurpriseAt(OffsetOf(magnitude)) : SurpriseOfFirst();
  }

  /// The magnitude that has this surprise; 0 until something other than zeros was seen.
  [[nodiscard]] float MagnitudeAt(float surprise) const;

  /// Learns a magnitude (finite, at least 0) with a weight of 0 to kFullWeight.
  void Add(float magnitude, uint32_t weight) {
    ++count_;
    if (placed_ == 0) {
      AddFirst(magnitude);
      return;
    }
    AddAt(magnitude > 0 ? OffsetOf(magnitude) : 0, weight);
  }

  /// Surprise of the magnitude by what was seen before it, then Add.
  float Observe(float magnitude, uint32_t weight) {
    if (placed_ == 0 || !(magnitude > 0)) {
      const float surprise = Surprise(magnitude);
      Add(magnitude, weight);
      return surprise;
    }
    const int32_t offset = OffsetOf(magnitude);
    const float surprise = SurpriseAt(offset);
    ++count_;
    AddAt(offset, weight);
    return surprise;
  }

  [[nodiscard]] bool warm() const { return count_ >= kWarmUp; }

  /// Counts the times that the answers changed, so that callers can keep what they derive from them.
  [[nodiscard]] uint32_t version() const { return version_; }

  /// Hands every member to `visit`, for saving and restoring. Valid afterwards says whether the values make sense.
  template <class Visitor>
  void VisitState(Visitor&& visit) {
    visit(weight_), visit(surprise_), visit(base_), visit(total_), visit(count_), visit(refresh_at_), visit(version_);
    visit(tail_slope_), visit(buffered_), visit(placed_);
  }
  [[nodiscard]] bool Valid() const;

 private:
  static constexpr size_t kBins = 48;
  static constexpr uint32_t kMoved = 8;        // bins at a time
  static constexpr int kShift = 21;            // bits of a float below exponent and the first two bits of the mantissa
  static constexpr float kUnit = 1.0f / 8192;  // of the surprises kept
  static constexpr float kPerBin = 1.0f / (1 << kShift);

  int32_t OffsetOf(float magnitude) const {
    return static_cast<int32_t>(std::bit_cast<uint32_t>(magnitude)) - static_cast<int32_t>(base_);
  }
  float SurpriseAt(int32_t offset) const {
    if (offset <= 0) {
      return 0;
    }
    const auto bin = static_cast<uint32_t>(offset) >> kShift;
    if (bin + 1 >= kBins) {
      const float beyond = static_cast<float>(offset) * kPerBin - static_cast<float>(kBins - 1);
      return std::min(static_cast<float>(surprise_[kBins - 1]) * kUnit + tail_slope_ * beyond, kMaxSurprise);
    }
    const float fraction = static_cast<float>(offset & ((1 << kShift) - 1)) * kPerBin;
    const auto left = static_cast<float>(surprise_[bin]);
    const auto right = static_cast<float>(surprise_[bin + 1]);
    return std::min((left + fraction * (right - left)) * kUnit, kMaxSurprise);
  }
  void AddAt(int32_t offset, uint32_t weight) {
    const uint32_t bin = offset <= 0 ? 0 : std::min(static_cast<uint32_t>(offset) >> kShift, uint32_t{kBins - 1});
    weight_[bin] = static_cast<uint16_t>(weight_[bin] + weight);
    total_ += weight;
    if (count_ >= refresh_at_) {
      Refresh();
    }
  }
  float SurpriseOfFirst() const;
  void AddFirst(float magnitude);
  void PlaceBins();
  void MoveUp();
  void Refresh();

  // Until the bins are placed the upper halves of the first magnitudes.
  std::array<uint16_t, kBins> weight_{};
  std::array<uint16_t, kBins> surprise_{};  // at the lower edge of each bin, in kUnit
  uint32_t base_ = 0;                       // bits of the lower edge of bin 0
  uint32_t total_ = 0;
  uint32_t count_ = 0;
  uint32_t refresh_at_ = 0;
  uint32_t version_ = 0;
  float tail_slope_ = 1;  // surprise a bin above the last edge
  uint16_t buffered_ = 0;
  uint16_t placed_ = 0;
};

/// Two sketches for a number with a sign: either side has its own history.
class SignedTailSketch {
 public:
  /// -log10 of the chance of a number as far out on either side (two-sided), then learns it.
  float Observe(float number, uint32_t weight) {
    constexpr float kLog10Two = 0.30103f;
    const bool up = number >= 0;
    const float surprise = (up ? above_ : below_).Observe(up ? number : -number, weight) - kLog10Two;
    (up ? below_ : above_).Add(0, weight);
    return surprise > 0 ? surprise : 0;
  }

  [[nodiscard]] const TailSketch& above() const { return above_; }
  [[nodiscard]] const TailSketch& below() const { return below_; }

  template <class Visitor>
  void VisitState(Visitor&& visit) {
    above_.VisitState(visit), below_.VisitState(visit);
  }
  [[nodiscard]] bool Valid() const { return above_.Valid() && below_.Valid(); }

 private:
  TailSketch above_;
  TailSketch below_;
};

}  // namespace bellwether
