#include "server/analytics/trend/trend.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/analytics/series/autocorrelation.h"
#include "server/analytics/series/robust.h"
#include "server/analytics/trend/drift_test.h"
#include "server/analytics/trend/pair_counts.h"
#include "server/analytics/trend/theil_sen.h"
#include "server/base/status/error_origin.h"

namespace bellwether {
namespace {

constexpr size_t kMaxPoints = 100'000;  // more are averaged in equal bins first
constexpr double kSignificance = 0.05;
constexpr double kNormalQuantile = 1.959964;  // two-sided, of the same

// The second test, which asks nothing about the memory of the noise, may call a trend in one of 400 walks.
constexpr double kDriftShare = 0.05;               // of the significance
constexpr double kDriftNormalQuantile = 3.023341;  // two-sided, of that share of it

/// The values present, with their positions.
struct Points {
  std::vector<double> x;
  std::vector<double> y;
};

/// Two-sided tail of the standard normal.
double NormalPValue(double z) { return std::erfc(std::abs(z) / std::sqrt(2.0)); }

/// The autocorrelation of the noise about the line, corrected for the bias that fitting the line causes (its
/// expectation is phi - (2 + 4 phi) / n).
double BiasCorrectedPhi(std::span<const double> residuals) {
  const double n = static_cast<double>(residuals.size());
  const double phi = (Autocorrelation(residuals, 1) + 2 / n) / (1 - std::min(4 / n, 0.8));
  return std::clamp(phi, 0.0, 1.0 - 0.25 / n);
}

/// What the large-sample inflation is multiplied by so that the test keeps its size on short memories' worth of data,
/// by u = -n log(phi), the length in times that the memory fades by e, linear in log(1 + u). Fitted on simulated AR(1)
/// noise and random walks of 100 to 1,000 points, where near a unit root everything depends on u alone.
double SmallSampleFactor(double u) {
  constexpr std::array<double, 5> kAt = {0, 10, 20, 40, 200};
  constexpr std::array<double, 5> kFactor = {1.64, 1.62, 1.13, 0.99, 1};
  for (size_t i = 1; i < kAt.size(); ++i) {
    if (u <= kAt[i]) {
      const double left = std::log1p(kAt[i - 1]);
      const double share = (std::log1p(u) - left) / (std::log1p(kAt[i]) - left);
      return kFactor[i - 1] + (kFactor[i] - kFactor[i - 1]) * share;
    }
  }
  return kFactor.back();
}

/// Standard deviation of a sum over `n` values of the noise against that of as many independent ones.
double Inflation(double phi, size_t n) {
  if (phi <= 0) {
    return 1;
  }
  return std::sqrt((1 + phi) / (1 - phi)) * SmallSampleFactor(-static_cast<double>(n) * std::log(phi));
}

Points Present(std::span<const double> values) {
  Points points;
  const size_t width = (values.size() + kMaxPoints - 1) / kMaxPoints;
  for (size_t start = 0; start < values.size(); start += width) {
    double x = 0;
    double y = 0;
    size_t count = 0;
    for (size_t i = start; i < std::min(start + width, values.size()); ++i) {
      if (!std::isnan(values[i])) {
        x += static_cast<double>(i);
        y += values[i];
        ++count;
      }
    }
    if (count > 0) {
      points.x.push_back(x / static_cast<double>(count));
      points.y.push_back(y / static_cast<double>(count));
    }
  }
  return points;
}

}  // namespace

std::string_view TrendDirectionName(TrendDirection direction) {
  switch (direction) {
    case TrendDirection::kUp:
      return "up";
    case TrendDirection::kDown:
      return "down";
    case TrendDirection::kNone:
      return "none";
  }
  return "none";
}

absl::StatusOr<Trend> EstimateTrend(std::span<const double> values) {
  const NormalizedSeries series = Normalize(values);
  if (series.present < 3) {
    return BadQueryError(absl::StrCat("A trend needs at least 3 values, but the series has ", series.present,
                                      ". Widen the time range."));
  }
  const Points points = Present(series.values);
  const size_t n = points.x.size();
  Trend trend;
  trend.points = series.present;
  const TheilSen line(points.x, points.y);
  const double slope = line.slope();
  std::vector<double> rest(n);
  for (size_t i = 0; i < n; ++i) {
    rest[i] = points.y[i] - slope * points.x[i];
  }
  const double intercept = Median(rest);

  const PairCounts pairs = CountPairs(points.y);
  trend.tau = pairs.Tau();
  double mean_y = 0;
  for (size_t i = 0; i < n; ++i) {
    mean_y += points.y[i] / static_cast<double>(n);
  }
  double total = 0;
  double left = 0;
  double offset = 0;  // mean of the rest
  for (size_t i = 0; i < n; ++i) {
    rest[i] -= intercept;
    total += (points.y[i] - mean_y) * (points.y[i] - mean_y);
    left += rest[i] * rest[i];
    offset += rest[i] / static_cast<double>(n);
  }
  // The median intercept stands out of the way of outliers; what the slope explains does not depend on it.
  const double left_by_slope = left - static_cast<double>(n) * offset * offset;
  trend.r_squared = total > 0 ? std::clamp(1 - left_by_slope / total, 0.0, 1.0) : 0.0;
  // Exactly on a line there is no noise to be autocorrelated.
  const bool exact = left <= 1e-24 * total;
  double inflation = exact ? 1.0 : Inflation(BiasCorrectedPhi(rest), n);
  trend.p_value = NormalPValue(pairs.ZValue() / inflation);
  // About a line a curve looks like noise of long memory, so what rises more steadily than walks do counts as well.
  const double drift = DriftDeviate(points.y);
  if (!exact && drift * slope > 0 && drift * pairs.ZValue() > 0) {
    trend.p_value = std::min(trend.p_value, NormalPValue(drift) / kDriftShare);
    inflation =
        std::min(inflation, std::abs(pairs.ZValue()) / kNormalQuantile * kDriftNormalQuantile / std::abs(drift));
  }
  // By the same test: the slopes that it would not refuse, with its correction for continuity.
  const double score = exact ? 0 : kNormalQuantile * inflation * std::sqrt(pairs.score_variance) + 1;
  const SlopeInterval interval = line.Interval(score);
  trend.slope = slope * series.unit;
  trend.slope_lower = std::min(interval.lower, slope) * series.unit;
  trend.slope_upper = std::max(interval.upper, slope) * series.unit;
  trend.intercept = intercept * series.unit;
  if (trend.p_value < kSignificance && trend.slope != 0) {
    trend.direction = trend.slope > 0 ? TrendDirection::kUp : TrendDirection::kDown;
  }
  return trend;
}

}  // namespace bellwether
