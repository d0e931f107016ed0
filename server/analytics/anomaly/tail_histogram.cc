#include "server/analytics/anomaly/tail_histogram.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "server/analytics/series/fast_log.h"

namespace bellwether {
namespace {

constexpr double kLargestMagnitude = 1e300;
constexpr double kGrowth = 1.0003;
constexpr double kTailShare = 0.005;
constexpr double kMinTailWeight = 8;
constexpr double kPriorWeight = 4;  // the prior of the tail's slope is worth this many values
constexpr double kPriorExcess = 2;  // its mean excess in bins
constexpr double kMinExcess = 0.15;
constexpr double kLog10E = 0.4342944819032518;

}  // namespace

TailHistogram::TailHistogram(Memory memory) : growth_(memory == Memory::kFading ? kGrowth : 1.0) {}

double TailHistogram::PositionOf(double magnitude) const {
  return magnitude > 0 ? kBinsPerOctave * std::log2(magnitude) - lowest_ : -1.0;
}

void TailHistogram::PlaceBins() {
  // The median of the magnitudes above zero comes to 40 % of the range.
  std::array<float, kBins> first = weight_;
  const uint32_t seen = buffered_;
  std::nth_element(first.begin(), first.begin() + seen / 2, first.begin() + seen);
  const double median = first[seen / 2];
  lowest_ = std::floor(kBinsPerOctave * median - 0.4 * kBins);
  first = weight_;
  weight_.fill(0);
  total_ = 0;
  placed_ = true;
  for (uint32_t i = 0; i < seen; ++i) {
    AddAt(kBinsPerOctave * first[i] - lowest_, 1);
  }
  AddAt(-1, static_cast<double>(count_ - seen));
  Refresh();
}

void TailHistogram::AddAt(double position, double weight) {
  const auto bin = static_cast<size_t>(std::clamp(position, 0.0, static_cast<double>(kBins - 1)));
  weight_[bin] += static_cast<float>(weight);
  total_ += weight;
}

void TailHistogram::Refresh() {
  stale_ = 0;
  if (!placed_) {
    return;
  }
  const double unit = 1 / gain_;
  const double n = total_ * unit;
  const double wanted = std::max(kMinTailWeight, kTailShare * n);
  double above = 0;
  double excess = 0;  // about the lower edge of the bin at hand
  size_t start = 1;   // bin 0 has no lower edge and is never tail
  for (size_t bin = kBins - 1; bin >= 1; --bin) {
    const double weight = weight_[bin] * unit;
    excess += above + 0.5 * weight;
    above += weight;
    if (above >= wanted) {
      start = bin;
      break;
    }
    start = bin;
  }
  const double mean_excess = std::max((excess + kPriorWeight * kPriorExcess) / (above + kPriorWeight), kMinExcess);
  tail_slope_ = kLog10E / mean_excess;
  const double at_start = -std::log10((above + 0.5) / (n + 1));
  for (size_t bin = start; bin < kBins; ++bin) {
    surprise_[bin] = static_cast<float>(at_start + tail_slope_ * static_cast<double>(bin - start));
  }
  for (size_t bin = start; bin-- > 0;) {
    above += weight_[bin] * unit;
    surprise_[bin] = static_cast<float>(std::min(1.0, (above + 0.5) / (n + 1)));
  }
  MinusLog10(std::span<float>(surprise_).first(start));
  surprise_[0] = 0;
}

double TailHistogram::SurpriseAt(double position) const {
  if (!(position > 0)) {
    return 0;
  }
  double surprise;
  if (position >= static_cast<double>(kBins - 1)) {
    surprise = surprise_[kBins - 1] + tail_slope_ * (position - static_cast<double>(kBins - 1));
  } else {
    const auto bin = static_cast<size_t>(position);
    const double fraction = position - static_cast<double>(bin);
    surprise = surprise_[bin] + fraction * (surprise_[bin + 1] - surprise_[bin]);
  }
  return std::min(surprise, kMaxSurprise);
}

double TailHistogram::Surprise(double magnitude) const {
  if (!warm() || !(magnitude > 0)) {
    return 0;
  }
  magnitude = std::min(magnitude, kLargestMagnitude);
  if (!placed_) {
    // Only zeros so far: the first movement is as rare as one in their number.
    return std::min(std::log10(static_cast<double>(count_) + 1), kMaxSurprise);
  }
  return SurpriseAt(PositionOf(magnitude));
}

double TailHistogram::MagnitudeAt(double surprise) const {
  if (!placed_) {
    return 0;
  }
  const auto right = std::upper_bound(surprise_.begin(), surprise_.end(), static_cast<float>(surprise));
  double position;
  if (right == surprise_.end()) {
    position = static_cast<double>(kBins - 1) + (surprise - surprise_[kBins - 1]) / tail_slope_;
  } else {
    const auto bin = static_cast<size_t>(right - surprise_.begin());
    if (bin <= 1) {
      return 0;  // inside bin 0, which holds the zeros
    }
    const double rise = surprise_[bin] - surprise_[bin - 1];
    position = static_cast<double>(bin - 1) + (rise > 0 ? (surprise - surprise_[bin - 1]) / rise : 0.0);
  }
  return std::exp2(std::min((position + lowest_) / kBinsPerOctave, 1000.0));
}

void TailHistogram::Add(double magnitude) {
  ++count_;
  // Quotients of extreme values may overflow; an infinite logarithm could place no bins.
  magnitude = std::isnan(magnitude) ? 0.0 : std::min(magnitude, kLargestMagnitude);
  if (!placed_) {
    if (magnitude > 0) {
      weight_[buffered_++] = static_cast<float>(std::log2(magnitude));
    }
    if (count_ >= kWarmUp && buffered_ > 0) {
      PlaceBins();
    }
    return;
  }
  gain_ *= growth_;
  if (gain_ > 1e6) {
    for (float& weight : weight_) {
      weight /= static_cast<float>(gain_);
    }
    total_ /= gain_;
    gain_ = 1;
  }
  AddAt(PositionOf(magnitude), gain_);
  if (++stale_ >= std::clamp<uint32_t>(count_ / 32, 1, 64)) {
    Refresh();
  }
}

double TailHistogram::Observe(double magnitude) {
  const double surprise = Surprise(magnitude);
  Add(magnitude);
  return surprise;
}

}  // namespace bellwether
