#include "server/analytics/seasonality/whitening.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <numeric>

#include "server/analytics/seasonality/quick_median.h"
#include "server/analytics/series/fast_exp.h"
#include "server/analytics/series/largest.h"
#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

/// Multiplies the numbers from index `from` on by 2^-(start + slope * log2 of their index); none is below `floor`.
BELLWETHER_SIMD_CLONES
void Divide(std::span<float> power, size_t from, float start, float slope, float floor) {
  for (size_t i = 0; i < power.size(); ++i) {
    const float at = FastLog2(static_cast<float>(static_cast<int32_t>(from + i)));
    power[i] = (power[i] > floor ? power[i] : floor) * FastExp2(-(start + slope * at));
  }
}

}  // namespace

std::vector<double> ClippedDifferences(std::span<const double> values) {
  std::vector<double> differences(values.size() - 1);
  for (size_t i = 0; i + 1 < values.size(); ++i) {
    differences[i] = values[i + 1] - values[i];
  }
  const double largest = LargestMagnitude(differences);
  if (!(largest >= std::numeric_limits<double>::min())) {
    return {};
  }
  const size_t n = differences.size();
  std::vector<float> scaled(n);
  for (size_t i = 0; i < n; ++i) {
    scaled[i] = static_cast<float>(differences[i] / largest);
  }
  const float middle = QuickMedian(scaled);
  for (float& one : scaled) {
    one = std::abs(one - middle);
  }
  const auto median = static_cast<double>(QuickMedian(scaled));
  const double spread = median > 0
                            ? 1.4826 * median
                            : 1.2533 * std::accumulate(scaled.begin(), scaled.end(), 0.0) / static_cast<double>(n);
  const double centre = largest * static_cast<double>(middle);
  const double limit = 5 * spread * largest;
  double sum = 0;
  for (double& d : differences) {
    d = std::clamp(d - centre, -limit, limit);
    sum += d;
  }
  const double mean = sum / static_cast<double>(n);
  for (double& d : differences) {
    d -= mean;
  }
  return differences;
}

void Whiten(std::span<float> power, size_t min_band) {
  const size_t bins = power.size();
  const float unit = 1 / LargestMagnitude(power);
  for (float& one : power) {
    one *= unit;
  }
  constexpr float kFloor = 1e-30f;
  std::vector<float> centres;  // log2, as the levels
  std::vector<float> levels;
  for (size_t start = 1; start < bins;) {
    size_t end = std::min(bins, start + std::max(min_band, start / 2));
    if (bins - end < min_band) {  // a short rest could be one line, which would pass for its own background
      end = bins;
    }
    const float median = QuickMedian(power.subspan(start, end - start));
    levels.push_back(std::log2(std::max(median / std::numbers::ln2_v<float>, kFloor)));
    centres.push_back(std::log2(0.5f * static_cast<float>(start + end)));
    start = end;
  }
  power[0] = 0;
  size_t from = 1;
  for (size_t right = 0; right <= centres.size() && from < bins; ++right) {
    // Up to this centre.
    const size_t to =
        right < centres.size() ? std::clamp(static_cast<size_t>(std::exp2(centres[right])) + 1, from, bins) : bins;
    const bool inside = right > 0 && right < centres.size();
    const float slope = inside ? (levels[right] - levels[right - 1]) / (centres[right] - centres[right - 1]) : 0.0f;
    const float start = inside ? levels[right - 1] - slope * centres[right - 1] : levels[right == 0 ? 0 : right - 1];
    Divide(power.subspan(from, to - from), from, start, slope, kFloor);
    from = to;
  }
}

}  // namespace bellwether
