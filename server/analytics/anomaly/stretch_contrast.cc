#include "server/analytics/anomaly/stretch_contrast.h"

#include <algorithm>
#include <cmath>

#include "server/analytics/seasonality/quick_median.h"
#include "server/analytics/series/fast_exp.h"
#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr size_t kPlacesPerLength = 8;  // of a stretch: the next begins an eighth of its length on
constexpr size_t kSample = 512;         // differences that tell what is usual
constexpr int kBits = 18;               // of them
constexpr float kLn2 = 0.693147181f;

/// |a difference of means| of `count` stretches; `sums` points at the sum before the first, `far` is their length.
/// With `right` 0 they are compared with the rows before alone.
BELLWETHER_SIMD_CLONES
void LevelDifferences(const double* sums, size_t count, size_t step, size_t far, double left, double right,
                      float* magnitudes) {
  const double* before = sums - far;
  const double* end = sums + far;
  const double* after = right > 0 ? sums + 2 * far : end;
  const double unit = 1 / static_cast<double>(far);
#pragma GCC ivdep
  for (size_t k = 0; k < count; ++k) {
    const size_t i = k * step;
    const double own = end[i] - sums[i];
    const double other = left * (sums[i] - before[i]) + right * (after[i] - end[i]);
    const auto difference = static_cast<float>((own - other) * unit);
    magnitudes[k] = difference < 0 ? -difference : difference;
  }
}

/// |log of the ratio of means|, as above.
BELLWETHER_SIMD_CLONES
void ScatterDifferences(const double* sums, size_t count, size_t step, size_t far, double left, double right,
                        double floor, float* magnitudes) {
  const double* before = sums - far;
  const double* end = sums + far;
  const double* after = right > 0 ? sums + 2 * far : end;
  const double least = floor * static_cast<double>(far);
#pragma GCC ivdep
  for (size_t k = 0; k < count; ++k) {
    const size_t i = k * step;
    const double own = end[i] - sums[i] + least;
    const double other = left * (sums[i] - before[i]) + right * (after[i] - end[i]) + least;
    const float difference = kLn2 * FastLog2(static_cast<float>(own / other));
    magnitudes[k] = difference < 0 ? -difference : difference;
  }
}

}  // namespace

RunningSums::RunningSums(std::span<const double> numbers) : sum_(numbers.size() + 1) {
  for (size_t i = 0; i < numbers.size(); ++i) {
    sum_[i + 1] = sum_[i] + numbers[i];
  }
}

double StretchContrast::Difference(size_t first, size_t end) const {
  const size_t side = end - first;
  const size_t left = std::min(first, side);
  const size_t right = IsStep(look_) ? 0 : std::min(sums_.size() - end, side);
  const double own = sums_.Mean(first, end);
  if (IsScatter(look_)) {
    const double other = sums_.Sum(first - left, first) + sums_.Sum(end, end + right);
    const auto rows = static_cast<double>(std::max<size_t>(left + right, 1));
    return std::log((own + floor_) / (other / rows + floor_));
  }
  if (left < side / 2 || right < side / 2) {
    return own - (left > right ? sums_.Mean(first - left, first) : sums_.Mean(end, end + right));
  }
  return own - 0.5 * (sums_.Mean(first - left, first) + sums_.Mean(end, end + right));
}

size_t StretchContrast::Stride(size_t length) { return std::max<size_t>(1, length / kPlacesPerLength); }

size_t StretchContrast::Offset(size_t length) const {
  const size_t stride = Stride(length);
  return IsStep(look_) ? stride * (length / stride + 1) : 0;
}

void StretchContrast::All(size_t length, size_t every, std::vector<float>& magnitudes) const {
  const size_t n = sums_.size();
  const size_t step = every * Stride(length);
  size_t first = Offset(length);
  magnitudes.resize(first + length <= n ? (n - length - first) / step + 1 : 0);
  size_t filled = 0;
  const auto one_by_one = [&](size_t limit) {
    for (; first < limit && first + length <= n; first += step) {
      magnitudes[filled++] = static_cast<float>(std::abs(Difference(first, first + length)));
    }
  };
  one_by_one(length);
  // Those with whole sides.
  const size_t after = IsStep(look_) ? length : 2 * length;
  if (first + after <= n) {
    const size_t count = (n - after - first) / step + 1;
    const double left = IsStep(look_) ? 1 : 0.5;
    if (IsScatter(look_)) {
      ScatterDifferences(sums_.data() + first, count, step, length, left, 1 - left, floor_, &magnitudes[filled]);
    } else {
      LevelDifferences(sums_.data() + first, count, step, length, left, 1 - left, &magnitudes[filled]);
    }
    first += count * step;
    filled += count;
  }
  one_by_one(n);
}

double StretchContrast::UsualDifference(size_t length) const {
  const size_t places = sums_.size() / Stride(length);
  std::vector<float> magnitudes;
  All(length, places / kSample + 1, magnitudes);
  if (magnitudes.empty()) {
    return 0;
  }
  const float half = ValueAtRank(magnitudes, magnitudes.size() / 2, kBits) / 0.6745f;
  const float most = ValueAtRank(magnitudes, magnitudes.size() * 9 / 10, kBits) / 1.6449f;
  return static_cast<double>(std::max(half, most));
}

/// The place from `low` to `high` that splits [from, to) into two parts with the largest sum of squares between them.
size_t StretchContrast::BestCut(size_t low, size_t high, size_t from, size_t to) const {
  size_t best = low;
  double most = -1;
  for (size_t at = std::max(low, from + 1); at <= high && at < to; ++at) {
    const auto left = static_cast<double>(at - from);
    const auto right = static_cast<double>(to - at);
    const double difference = sums_.Mean(from, at) - sums_.Mean(at, to);
    const double gain = difference * difference * left * right / (left + right);
    if (gain > most) {
      most = gain;
      best = at;
    }
  }
  return best;
}

void StretchContrast::Sharpen(Stretch& stretch) const {
  const size_t n = sums_.size();
  const size_t length = stretch.Length();
  const size_t reach = length / 2;
  const size_t from = stretch.SeenFrom();
  const size_t to = std::min(n, stretch.SeenTo());
  if (IsStep(look_)) {
    stretch.first = BestCut(stretch.first - std::min(stretch.first, reach), stretch.first + reach, from, to);
    return;
  }
  const size_t middle = stretch.first + reach;
  if (stretch.first > 0) {
    stretch.first = BestCut(stretch.first - std::min(stretch.first, reach), middle - 1, from, middle);
  }
  if (stretch.end < n) {
    stretch.end = BestCut(middle + 1, std::min(n - 1, stretch.end + reach), middle, to);
  }
}

}  // namespace bellwether
