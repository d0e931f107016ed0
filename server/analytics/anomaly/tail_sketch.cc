#include "server/analytics/anomaly/tail_sketch.h"

#include <cmath>
#include <span>

#include "server/analytics/series/fast_log.h"

namespace bellwether {
namespace {

constexpr uint32_t kFullTotal = 4096 * TailSketch::kFullWeight;  // halved then
constexpr float kTailShare = 0.005f;
constexpr float kMinTailValues = 8;
constexpr float kPriorWeight = 4;     // the prior of the tail's slope is worth this many values
constexpr float kPriorExcess = 2.5f;  // its mean excess in bins
constexpr float kMinExcess = 0.2f;
constexpr float kLog10E = 0.4342944819f;
constexpr uint32_t kMostAdded = 256;  // values between updates of the answers
constexpr float kTopShare = 0.002f;   // of the values that the two uppermost bins may hold
constexpr uint32_t kLargestBase = 0x70000000;

}  // namespace

float TailSketch::SurpriseOfFirst() const {
  // Only zeros so far: the first movement is as rare as one in their number.
  return std::min(std::log10(static_cast<float>(count_) + 1), kMaxSurprise);
}

void TailSketch::AddFirst(float magnitude) {
  if (magnitude > 0 && buffered_ < kBins) {
    weight_[buffered_++] = static_cast<uint16_t>(std::bit_cast<uint32_t>(magnitude) >> 16);
  }
  if (count_ >= kWarmUp && buffered_ > 0) {
    PlaceBins();
  }
}

void TailSketch::PlaceBins() {
  // The median of the magnitudes above zero comes to 40 % of the range.
  std::array<uint16_t, kBins> first = weight_;
  std::nth_element(first.begin(), first.begin() + buffered_ / 2, first.begin() + buffered_);
  const uint32_t median = static_cast<uint32_t>(first[buffered_ / 2]) << 16;
  constexpr uint32_t kBelow = (2 * kBins / 5) << kShift;
  base_ = median > kBelow ? ((median - kBelow) >> kShift) << kShift : 0;
  weight_.fill(0);
  placed_ = 1;
  refresh_at_ = UINT32_MAX;
  for (size_t i = 0; i < buffered_; ++i) {
    AddAt(static_cast<int32_t>(static_cast<uint32_t>(first[i]) << 16) - static_cast<int32_t>(base_), kFullWeight);
  }
  const uint32_t zeros = std::min(count_ - buffered_, 2048u);
  weight_[0] = static_cast<uint16_t>(weight_[0] + zeros * kFullWeight);
  total_ += zeros * kFullWeight;
  Refresh();
}

void TailSketch::MoveUp() {
  for (size_t bin = 0; bin < kMoved; ++bin) {
    weight_[0] = static_cast<uint16_t>(weight_[0] + (bin > 0 ? weight_[bin] : 0));
  }
  weight_[0] = static_cast<uint16_t>(weight_[0] + weight_[kMoved]);
  for (size_t bin = 1; bin < kBins; ++bin) {
    weight_[bin] = bin + kMoved < kBins ? weight_[bin + kMoved] : 0;
  }
  base_ += kMoved << kShift;
}

void TailSketch::Refresh() {
  ++version_;
  refresh_at_ = count_ + std::clamp<uint32_t>(count_ / 4, 4, kMostAdded);
  if (total_ >= kFullTotal) {
    total_ = 0;
    for (uint16_t& weight : weight_) {
      weight = static_cast<uint16_t>(weight / 2);
      total_ += weight;
    }
  }
  // More in the top bins than a tail should hold: the first values were not typical, the bins move up.
  while (static_cast<float>(weight_[kBins - 1] + weight_[kBins - 2]) > kTopShare * static_cast<float>(total_) &&
         base_ < kLargestBase) {
    MoveUp();
  }
  constexpr float kOne = 1.0f / kFullWeight;
  const float n = static_cast<float>(total_) * kOne;
  const float scale = 1 / (n + 1);
  const float wanted = std::max(kMinTailValues, kTailShare * n);
  std::array<float, kBins> share;
  uint32_t sum = 0;
  for (size_t bin = kBins; bin-- > 0;) {
    sum += weight_[bin];
    share[bin] = static_cast<float>(sum);
  }
  float excess = 0;  // about the lower edge of the bin at hand
  size_t start = 1;  // bin 0 has no lower edge and is never tail
  float above = 0;
  for (size_t bin = kBins - 1; bin >= 1; --bin) {
    excess += kOne * (bin + 1 < kBins ? share[bin + 1] : 0.0f) + 0.5f * kOne * static_cast<float>(weight_[bin]);
    above = kOne * share[bin];
    start = bin;
    if (above >= wanted) {
      break;
    }
  }
  const float mean_excess = std::max((excess + kPriorWeight * kPriorExcess) / (above + kPriorWeight), kMinExcess);
  tail_slope_ = kLog10E / mean_excess;
  for (float& s : share) {
    s = std::min(1.0f, (s * kOne + 0.5f) * scale);
  }
  MinusLog10(share);
  const float at_start = share[start];
  for (size_t bin = start + 1; bin < kBins; ++bin) {
    share[bin] = at_start + tail_slope_ * static_cast<float>(bin - start);
  }
  share[0] = 0;
  for (size_t bin = 0; bin < kBins; ++bin) {
    surprise_[bin] = static_cast<uint16_t>(std::min(share[bin], 7.9f) * (1 / kUnit));
  }
}

float TailSketch::MagnitudeAt(float surprise) const {
  if (placed_ == 0) {
    return 0;
  }
  const auto wanted = static_cast<uint16_t>(std::clamp(surprise, 0.0f, 7.9f) * (1 / kUnit));
  const auto right = std::upper_bound(surprise_.begin(), surprise_.end(), wanted);
  float position;
  if (right == surprise_.end()) {
    position = static_cast<float>(kBins - 1) +
               (surprise - static_cast<float>(surprise_[kBins - 1]) * kUnit) / std::max(tail_slope_, 1e-3f);
  } else {
    const auto bin = static_cast<size_t>(right - surprise_.begin());
    if (bin <= 1) {
      return 0;  // inside bin 0, which holds the zeros
    }
    const float rise = static_cast<float>(surprise_[bin] - surprise_[bin - 1]);
    position = static_cast<float>(bin - 1) + static_cast<float>(wanted - surprise_[bin - 1]) / rise;
  }
  constexpr float kLargestBits = 0x7f000000;
  const float bits = std::min(static_cast<float>(base_) + std::max(position, 0.0f) / kPerBin, kLargestBits);
  return std::bit_cast<float>(static_cast<uint32_t>(bits));
}

bool TailSketch::Valid() const {
  return placed_ <= 1 && buffered_ <= kBins && base_ < 0x7f800000u && tail_slope_ >= 0 && tail_slope_ < 100 &&
         total_ <= kFullTotal + (kMostAdded + kBins) * kFullWeight;
}

}  // namespace bellwether
