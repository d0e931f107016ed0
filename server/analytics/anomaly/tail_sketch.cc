#include "server/analytics/anomaly/tail_sketch.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "server/analytics/series/clip.h"
#include "server/analytics/series/fast_log.h"
#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr uint32_t kFullTotal = 4096 * kFullWeight;  // halved then
constexpr uint32_t kMostCounted = uint32_t{1} << 31;
constexpr float kTailShare = 0.03f;
constexpr float kMinTailValues = 32;
constexpr float kPriorValues = 4;      // the prior of the tail's mean excess is worth this many values
constexpr float kPriorExcess = 0.25f;  // of where the tail begins
constexpr float kShapePriorValues = 40;
constexpr float kPriorShape = 0.15f;
constexpr float kLeastShape = 0.02f;
constexpr float kMostShape = 0.6f;
constexpr float kLeastScale = 0.02f;     // of where the tail begins
constexpr float kDecadesBeyond = 2;      // at most, of what is called rarer than once in all that was seen
constexpr float kSurpriseAtMost = 7.95f;  // that a table can hold
constexpr uint32_t kMostAdded = 256;     // values between updates of the answers
constexpr float kTopShare = 0.002f;      // of the values that the two uppermost bins may hold
constexpr uint32_t kLargestBase = 0x70000000;
constexpr float kOne = 1.0f / kFullWeight;

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
void ToTailSurprise(float* magnitude, size_t bins, float start, float shape, float scale) {
  constexpr float kFurthest = 1e30f;
  const float per_scale = shape / scale;
  for (size_t bin = 0; bin < bins; ++bin) {
    const float beyond = (magnitude[bin] - start) * per_scale;
    magnitude[bin] = 1 / (1 + (beyond < 0 ? 0 : beyond < kFurthest ? beyond : kFurthest));
  }
  MinusLog10(std::span<float>(magnitude, bins));
  for (size_t bin = 0; bin < bins; ++bin) {
    magnitude[bin] /= shape;
  }
}

}  // namespace

template <size_t Sides>
float TailSketch<Sides>::ObserveFirst(uint32_t bits, uint32_t weight, float overlap) {
  const bool moved = (bits & kMagnitude) != 0;
  // Only zeros so far: the first movement is as rare as one in their number.
  const float surprise = moved && warm() ? Least(std::log10(static_cast<float>(count_) + 1), kMaxSurprise) : 0.0f;
  ++count_;
  if (moved && weight > 0 && buffered_ < kBins) {
    weight_[0][buffered_++] = static_cast<uint16_t>(bits >> 16);
  }
  if (count_ >= kWarmUp && buffered_ > 0) {
    PlaceBins(overlap);
  }
  return surprise;
}

template <size_t Sides>
void TailSketch<Sides>::PlaceBins(float overlap) {
  // The median of the magnitudes above zero comes to 40 % of the range.
  const std::array<uint16_t, kBins> first = weight_[0];
  std::array<uint16_t, kBins> magnitude{};
  for (size_t i = 0; i < buffered_; ++i) {
    magnitude[i] = first[i] & 0x7fff;
  }
  std::nth_element(magnitude.begin(), magnitude.begin() + buffered_ / 2, magnitude.begin() + buffered_);
  const uint32_t median = static_cast<uint32_t>(magnitude[buffered_ / 2]) << 16;
  constexpr uint32_t kBelow = (2 * kBins / 5) << kShift;
  base_ = median > kBelow ? ((median - kBelow) >> kShift) << kShift : 0;
  weight_[0].fill(0);
  for (size_t i = 0; i < buffered_; ++i) {
    const uint32_t bits = static_cast<uint32_t>(first[i]) << 16;
    const uint32_t size = bits & kMagnitude;
    const uint32_t bin = size > base_ ? Least((size - base_) >> kShift, uint32_t{kBins - 1}) : 0;
    auto& own = weight_[Sides == 2 ? bits >> 31 : 0][bin];
    own = static_cast<uint16_t>(own + kFullWeight);
  }
  total_ = Least(count_, 2048u) * kFullWeight;
  placed_ = 1;
  Refresh(overlap);
}

template <size_t Sides>
void TailSketch<Sides>::Fade(uint32_t divisor) {
  if (placed_ == 0) {
    return;
  }
  for (auto& weight : weight_) {
    for (uint16_t& one : weight) {
      one = static_cast<uint16_t>(one / divisor);
    }
  }
  total_ /= divisor;  // zeros that came before the bins were placed are in no bin
  refresh_at_ = count_ + kWarmUp;
}

template <size_t Sides>
void TailSketch<Sides>::MoveUp() {
  for (auto& weight : weight_) {
    std::copy(weight.begin() + kMoved, weight.end(), weight.begin());
    std::fill(weight.end() - kMoved, weight.end(), uint16_t{0});
  }
  base_ += kMoved << kShift;
}

template <size_t Sides>
void TailSketch<Sides>::Refresh(float overlap) {
  count_ = Least(count_, kMostCounted);
  refresh_at_ = count_ + Clip<uint32_t>(count_ / 2, 8, kMostAdded);
  if (total_ >= kFullTotal) {
    total_ /= 2;
    for (auto& weight : weight_) {
      for (uint16_t& one : weight) {
        one = static_cast<uint16_t>(one / 2);
      }
    }
  }
  // More in the top bins than a tail should hold: the first values were not typical, the bins move up.
  const auto top = [this] {
    uint32_t sum = 0;
    for (const auto& weight : weight_) {
      sum += weight[kBins - 1] + weight[kBins - 2];
    }
    return static_cast<float>(sum);
  };
  while (top() > kTopShare * static_cast<float>(total_) && base_ < kLargestBase) {
    MoveUp();
  }
  for (size_t side = 0; side < Sides; ++side) {
    RefreshSide(side, overlap);
  }
}

template <size_t Sides>
void TailSketch<Sides>::RefreshSide(size_t side, float overlap) {
  const auto& weight = weight_[side];
  const float one = kOne / overlap;
  const float n = static_cast<float>(total_) * one;
  const float wanted = Most(kMinTailValues, kTailShare / Sides * n);
  std::array<float, kBins> surprise;       // first the values at and above each bin
  std::array<float, kBins + 1> magnitude;  // at the lower edge of each bin
  for (size_t bin = 0; bin <= kBins; ++bin) {
    magnitude[bin] = std::bit_cast<float>(base_ + (static_cast<uint32_t>(bin) << kShift));
  }
  uint32_t above = 0;
  size_t start = 0;  // of the tail; the last turn finds one at the latest
  for (size_t bin = kBins; bin-- > 0;) {
    above += weight[bin];
    surprise[bin] = static_cast<float>(above) * one;
    if (start == 0 && (bin == 1 || surprise[bin] >= wanted)) {  // bin 0 has no lower edge and is never tail
      start = bin;
    }
  }
  const float tail = surprise[start];
  float excess = 0;  // mean distance of the tail's values from its start
  float ranked = 0;  // the mean of distance times share of the tail's values that lie beyond
  for (size_t bin = start; bin < kBins; ++bin) {
    const float values = static_cast<float>(weight[bin]) * one;
    const float distance = values * (0.5f * (magnitude[bin] + magnitude[bin + 1]) - magnitude[start]);
    excess += distance;
    ranked += distance * (surprise[bin] - 0.5f * values);
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
  const float scale = Most((1 - shape) * mean, kLeastScale * magnitude[start]);
  const float most = Least(kSurpriseAtMost, std::log10(n + 1) + kDecadesBeyond + kTwoSided);
  ToSurprise(surprise.data(), kBins, 1 / (n + 1));
  ToTailSurprise(magnitude.data(), kBins, magnitude[start], shape, scale);
  surprise[0] = 0;
  for (size_t bin = 0; bin < kBins; ++bin) {
    const float own = bin > start ? surprise[start] + magnitude[bin] : surprise[bin];
    surprise_[side][bin] = static_cast<uint8_t>(Least(own, most) * (1 / kUnit) + 0.5f);
  }
}

template <size_t Sides>
float TailSketch<Sides>::MagnitudeAt(float surprise, size_t side) const {
  if (placed_ == 0 || side >= Sides) {
    return 0;
  }
  const auto& table = surprise_[side];
  const float wanted = Clip(surprise, 0.0f, kSurpriseAtMost) * (1 / kUnit);
  auto bin = static_cast<size_t>(std::upper_bound(table.begin(), table.end(), wanted) - table.begin());
  if (bin <= 1) {
    return 0;  // inside bin 0, which holds the zeros
  }
  bin = Least(bin, kBins - 1);
  const float rise = Most(static_cast<float>(table[bin]) - static_cast<float>(table[bin - 1]), 1.0f);
  const float position =
      static_cast<float>(bin - 1) + (wanted - static_cast<float>(table[bin - 1])) / rise;
  constexpr float kLargestBits = 0x7f000000;
  const float bits = Least(static_cast<float>(base_) + position / kPerBin, kLargestBits);
  return std::bit_cast<float>(static_cast<uint32_t>(bits));
}

template <size_t Sides>
bool TailSketch<Sides>::Valid() const {
  return placed_ <= 1 && buffered_ <= kBins && base_ < 0x7f800000u && total_ <= kFullTotal + kMostAdded * kFullWeight;
}

template class TailSketch<1>;
template class TailSketch<2>;

}  // namespace bellwether
