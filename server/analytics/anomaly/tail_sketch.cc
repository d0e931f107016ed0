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
constexpr float kTailShare = 0.005f;
constexpr float kMinTailValues = 8;
constexpr float kPriorWeight = 4;     // the prior of the tail's slope is worth this many values
constexpr float kPriorExcess = 2.5f;  // its mean excess in bins
constexpr float kMinExcess = 0.2f;
constexpr float kLog10E = 0.4342944819f;
constexpr uint32_t kMostAdded = 256;  // values between updates of the answers
constexpr float kTopShare = 0.002f;   // of the values that the two uppermost bins may hold
constexpr uint32_t kLargestBase = 0x70000000;
constexpr float kOne = 1.0f / kFullWeight;

/// Turns weights at and above each bin into -log10 of their share.
BELLWETHER_SIMD_CLONES
void ToSurprise(float* above, size_t bins, float scale) {
  for (size_t bin = 0; bin < bins; ++bin) {
    const float share = (above[bin] * kOne + 0.5f) * scale;
    above[bin] = share < 1 ? share : 1;
  }
  MinusLog10(std::span<float>(above, bins));
}

}  // namespace

template <size_t Sides>
float TailSketch<Sides>::ObserveFirst(uint32_t bits, uint32_t weight) {
  const bool moved = (bits & kMagnitude) != 0;
  // Only zeros so far: the first movement is as rare as one in their number.
  const float surprise = moved && warm() ? Least(std::log10(static_cast<float>(count_) + 1), kMaxSurprise) : 0.0f;
  ++count_;
  if (moved && weight > 0 && buffered_ < kBins) {
    weight_[0][buffered_++] = static_cast<uint16_t>(bits >> 16);
  }
  if (count_ >= kWarmUp && buffered_ > 0) {
    PlaceBins();
  }
  return surprise;
}

template <size_t Sides>
void TailSketch<Sides>::PlaceBins() {
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
  Refresh();
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
void TailSketch<Sides>::Refresh() {
  ++version_;
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
    RefreshSide(side);
  }
}

template <size_t Sides>
void TailSketch<Sides>::RefreshSide(size_t side) {
  const auto& weight = weight_[side];
  const float n = static_cast<float>(total_) * kOne;
  const float wanted = Most(kMinTailValues, kTailShare * n) * kFullWeight;
  std::array<float, kBins> surprise;
  uint32_t above = 0;
  uint32_t excess = 0;  // twice the weights' distances in bins from the lower edge of the bin at hand
  size_t start = 1;     // bin 0 has no lower edge and is never tail
  uint32_t tail = 0;
  uint32_t tail_excess = 0;
  bool in_tail = true;
  for (size_t bin = kBins; bin-- > 0;) {
    excess += 2 * above + weight[bin];
    above += weight[bin];
    surprise[bin] = static_cast<float>(above);
    if (in_tail && bin >= 1) {
      start = bin;
      tail = above;
      tail_excess = excess;
      in_tail = static_cast<float>(above) < wanted;
    }
  }
  const float mean_excess = Most((0.5f * kOne * static_cast<float>(tail_excess) + kPriorWeight * kPriorExcess) /
                                     (kOne * static_cast<float>(tail) + kPriorWeight),
                                 kMinExcess);
  ToSurprise(surprise.data(), kBins, 1 / (n + 1));
  const float slope = kLog10E / mean_excess;
  surprise[0] = 0;
  for (size_t bin = 0; bin < kBins; ++bin) {
    const float one = bin > start ? surprise[start] + slope * static_cast<float>(bin - start) : surprise[bin];
    surprise_[side][bin] = static_cast<uint16_t>(Least(one, 7.9f) * (1 / kUnit));
  }
}

template <size_t Sides>
float TailSketch<Sides>::MagnitudeAt(float surprise, size_t side) const {
  if (placed_ == 0 || side >= Sides) {
    return 0;
  }
  const auto& table = surprise_[side];
  const auto wanted = static_cast<uint16_t>(Clip(surprise, 0.0f, 7.9f) * (1 / kUnit));
  auto bin = static_cast<size_t>(std::upper_bound(table.begin(), table.end(), wanted) - table.begin());
  if (bin <= 1) {
    return 0;  // inside bin 0, which holds the zeros
  }
  bin = Least(bin, kBins - 1);
  const float rise = Most(static_cast<float>(table[bin]) - static_cast<float>(table[bin - 1]), 1.0f);
  const float position =
      static_cast<float>(bin - 1) + (static_cast<float>(wanted) - static_cast<float>(table[bin - 1])) / rise;
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
