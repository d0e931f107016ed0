#include "server/analytics/decomposition/mstl.h"

#include <algorithm>
#include <cmath>

#include "server/analytics/decomposition/loess.h"
#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

constexpr double kFarMads = 6;  // distances beyond so many median ones have no weight

size_t NextOdd(double number) {
  const auto whole = static_cast<size_t>(std::ceil(number));
  return whole + (whole % 2 == 0 ? 1 : 0);
}

/// Means of `width` neighbours each: values.size() - width + 1 of them.
std::vector<double> MovingMeans(std::span<const double> values, size_t width) {
  std::vector<double> means(values.size() - width + 1);
  double sum = 0;
  for (size_t i = 0; i < width; ++i) {
    sum += values[i];
  }
  for (size_t i = 0; i < means.size(); ++i) {
    means[i] = sum / static_cast<double>(width);
    if (i + 1 < means.size()) {
      sum += values[i + width] - values[i];
    }
  }
  return means;
}

/// Fills NaN from the nearest number before, else after; 0 without any.
void FillAlong(std::span<double> values) {
  const auto is_number = [](double value) { return std::isfinite(value); };
  const auto first = std::find_if(values.begin(), values.end(), is_number);
  double last = first == values.end() ? 0 : *first;
  for (double& value : values) {
    last = std::isfinite(value) ? value : last;
    value = last;
  }
}

/// STL with one period, of series of one length whose missing places have weight 0.
class Stl {
 public:
  Stl(size_t size, size_t period, size_t seasonal_window)
      : period_(period),
        short_course_(size / period, seasonal_window, 1),
        long_course_(size / period + 1, seasonal_window, 1),
        trend_(size, NextOdd(1.5 * static_cast<double>(period) / (1 - 1.5 / static_cast<double>(seasonal_window))), 0),
        low_pass_(size, NextOdd(static_cast<double>(period) + 1), 0) {}

  /// Goes on from `trend` and writes the components; `weights` may be empty.
  void Round(std::span<const double> values, std::span<const double> weights, std::vector<double>& trend,
             std::vector<double>& seasonal) const;

 private:
  std::vector<double> Cycles(std::span<const double> detrended, std::span<const double> weights) const;

  size_t period_;
  LoessSmoother short_course_;  // of phases with one value less than others
  LoessSmoother long_course_;
  LoessSmoother trend_;
  LoessSmoother low_pass_;
};

/// The smoothed courses of all phases, one season longer at either end.
std::vector<double> Stl::Cycles(std::span<const double> detrended, std::span<const double> weights) const {
  const size_t n = detrended.size();
  std::vector<double> cycles(n + 2 * period_);
  std::vector<double> course;
  std::vector<double> own_weights;
  std::vector<double> smooth;
  for (size_t phase = 0; phase < period_; ++phase) {
    course.clear();
    own_weights.clear();
    for (size_t i = phase; i < n; i += period_) {
      course.push_back(detrended[i]);
      if (!weights.empty()) {
        own_weights.push_back(weights[i]);
      }
    }
    smooth.assign(course.size() + 2, 0.0);
    (course.size() == n / period_ ? short_course_ : long_course_).Smooth(course, own_weights, smooth);
    FillAlong(smooth);
    for (size_t k = 0; k < smooth.size(); ++k) {
      cycles[phase + k * period_] = smooth[k];
    }
  }
  return cycles;
}

void Stl::Round(std::span<const double> values, std::span<const double> weights, std::vector<double>& trend,
                std::vector<double>& seasonal) const {
  const size_t n = values.size();
  std::vector<double> rest(n);
  for (size_t i = 0; i < n; ++i) {
    rest[i] = values[i] - trend[i];
  }
  const std::vector<double> cycles = Cycles(rest, weights);
  const std::vector<double> means = MovingMeans(MovingMeans(MovingMeans(cycles, period_), period_), 3);
  std::vector<double> low(n);
  low_pass_.Smooth(means, {}, low);
  for (size_t i = 0; i < n; ++i) {
    seasonal[i] = cycles[period_ + i] - low[i];
    rest[i] = values[i] - seasonal[i];
  }
  trend_.Smooth(rest, weights, trend);
  FillAlong(trend);
}

/// Bisquare weights of the remainders on top of those for missing values.
std::vector<double> RobustWeights(std::span<const double> remainder, std::span<const double> present) {
  std::vector<double> distances;
  for (const double value : remainder) {
    if (std::isfinite(value)) {
      distances.push_back(std::abs(value));
    }
  }
  const double far = kFarMads * QuantileInPlace(distances, 0.5);
  std::vector<double> weights(remainder.size(), 1.0);
  for (size_t i = 0; i < weights.size(); ++i) {
    const double share = far > 0 ? std::abs(remainder[i]) / far : 0;
    weights[i] = share < 1 ? (1 - share * share) * (1 - share * share) : 0;
    if (!present.empty() && present[i] == 0) {
      weights[i] = 0;
    }
  }
  return weights;
}

/// The parts of a series without periods.
void SmoothOnly(std::span<const double> values, std::span<const double> weights, Decomposition& parts) {
  const size_t window = std::max<size_t>(NextOdd(static_cast<double>(values.size()) / 3), 3);
  if (!values.empty()) {
    LoessSmoother(values.size(), window, 0).Smooth(values, weights, parts.trend);
  }
  FillAlong(parts.trend);
}

}  // namespace

Decomposition DecomposeMstl(std::span<const double> values, std::span<const size_t> periods,
                            const MstlOptions& options) {
  const size_t n = values.size();
  Decomposition parts;
  parts.trend.assign(n, 0.0);
  for (const size_t period : periods) {
    if (period >= 2 && 2 * period <= n) {
      parts.periods.push_back(period);
    }
  }
  std::sort(parts.periods.begin(), parts.periods.end());
  parts.periods.erase(std::unique(parts.periods.begin(), parts.periods.end()), parts.periods.end());
  parts.seasonal.assign(parts.periods.size(), std::vector<double>(n, 0.0));
  std::vector<double> present;  // empty: all
  if (!std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); })) {
    for (const double value : values) {
      present.push_back(std::isfinite(value) ? 1.0 : 0.0);
    }
  }
  std::vector<Stl> stls;
  for (size_t k = 0; k < parts.periods.size(); ++k) {
    stls.emplace_back(n, parts.periods[k], options.seasonal_window + 4 * k);
  }
  std::vector<double> weights(present);
  std::vector<double> rest(n);
  for (size_t robust = 0; robust <= options.robust_rounds; ++robust) {
    for (size_t round = 0; round < options.rounds; ++round) {
      for (size_t k = 0; k < parts.periods.size(); ++k) {
        for (size_t i = 0; i < n; ++i) {
          rest[i] = values[i];
          for (size_t other = 0; other < parts.periods.size(); ++other) {
            rest[i] -= other == k ? 0 : parts.seasonal[other][i];
          }
        }
        std::fill(parts.trend.begin(), parts.trend.end(), 0.0);
        for (size_t inner = 0; inner < options.inner_rounds; ++inner) {
          stls[k].Round(rest, weights, parts.trend, parts.seasonal[k]);
        }
      }
    }
    if (parts.periods.empty()) {
      SmoothOnly(values, weights, parts);
    }
    parts.remainder.assign(n, 0.0);
    for (size_t i = 0; i < n; ++i) {
      parts.remainder[i] = values[i] - parts.trend[i];
      for (const std::vector<double>& seasonal : parts.seasonal) {
        parts.remainder[i] -= seasonal[i];
      }
    }
    if (robust < options.robust_rounds) {
      weights = RobustWeights(parts.remainder, present);
    }
  }
  return parts;
}

}  // namespace bellwether
