#include "server/analytics/trend/trend_outlook.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "server/analytics/series/robust.h"
#include "server/base/status/status_macros.h"

namespace bellwether {
namespace {

constexpr size_t kLeastSteps = 24;
constexpr size_t kLeastRecent = 10;
constexpr double kPriorOrigins = 2;

/// Sums up to each position, for means and slopes of any window in O(1).
class WindowSums {
 public:
  explicit WindowSums(std::span<const double> values) : sum_(values.size() + 1), moment_(values.size() + 1) {
    for (size_t i = 0; i < values.size(); ++i) {
      sum_[i + 1] = sum_[i] + values[i];
      moment_[i + 1] = moment_[i] + values[i] * static_cast<double>(i);
    }
  }

  double Mean(size_t from, size_t to) const { return (sum_[to] - sum_[from]) / static_cast<double>(to - from); }

  /// Least-squares slope times a positive factor.
  double SlopeSign(size_t from, size_t to) const {
    const double middle = 0.5 * static_cast<double>(from + to - 1);
    return moment_[to] - moment_[from] - middle * (sum_[to] - sum_[from]);
  }

 private:
  std::vector<double> sum_;
  std::vector<double> moment_;
};

double StrengthOf(std::span<const double> values, const WindowSums& sums) {
  const size_t n = values.size();
  const double mean = sums.Mean(0, n);
  const size_t reach = std::max<size_t>(n / 20, 1);
  double rest = 0;
  double total = 0;
  for (size_t i = 0; i < n; ++i) {
    const size_t near = std::min({reach, i, n - 1 - i});
    // A mean over 2 near + 1 values takes its share of noise with it.
    const double count = static_cast<double>(2 * near + 1);
    const double away = values[i] - sums.Mean(i - near, i + near + 1);
    rest += near > 0 ? away * away * count / (count - 1) : 0;
    total += (values[i] - mean) * (values[i] - mean);
  }
  return total > 0 ? std::clamp(1 - rest / total, 0.0, 1.0) : 0.0;
}

void Continue(const WindowSums& sums, size_t n, TrendOutlook& outlook) {
  const size_t window = outlook.recent_steps;
  const size_t horizon = std::max<size_t>(n / 8, 1);
  const size_t stride = std::max<size_t>(horizon / 4, 1);
  double went_on = 0;
  for (size_t origin = n - horizon; origin >= window; origin -= stride) {
    const double slope = sums.SlopeSign(origin - window, origin);
    const double change = sums.Mean(origin, origin + horizon) - sums.Mean(origin - std::min(horizon, window), origin);
    ++outlook.origins;
    const double product = slope * change;
    went_on += product > 0 ? 1 : product < 0 ? 0 : 0.5;
    if (origin < stride) {
      break;
    }
  }
  outlook.horizon = horizon;
  // Origins a quarter of the horizon apart share most of what they see: four count as one.
  const double weight = static_cast<double>(outlook.origins) / 4;
  if (outlook.origins > 0) {
    outlook.continuation = (went_on / 4 + 0.5 * kPriorOrigins) / (weight + kPriorOrigins);
  }
}

}  // namespace

absl::StatusOr<TrendOutlook> EstimateTrendOutlook(std::span<const double> values) {
  TrendOutlook outlook;
  BELLWETHER_ASSIGN_OR_RETURN(outlook.whole, EstimateTrend(values));
  NormalizedSeries series = Normalize(values);
  const size_t n = values.size();
  std::vector<double> magnitudes(series.values);
  for (double& value : magnitudes) {
    value = std::abs(value);
  }
  const double level = Median(magnitudes) * series.unit;
  if (level > 0) {
    const double growth = outlook.whole.slope / level;
    if (std::isfinite(growth)) {
      outlook.growth = growth;
    }
  }
  FillGaps(series.values);
  const WindowSums sums(series.values);
  outlook.strength = StrengthOf(series.values, sums);
  outlook.recent = outlook.whole;
  outlook.recent_steps = n;
  if (n < kLeastSteps) {
    return outlook;
  }
  const size_t window = std::max(n / 4, kLeastRecent);
  if (const auto recent = EstimateTrend(values.last(window)); recent.ok()) {
    outlook.recent = *recent;
    outlook.recent_steps = window;
    Continue(sums, n, outlook);
  }
  return outlook;
}

}  // namespace bellwether
