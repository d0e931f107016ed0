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
  const double share = 1 / static_cast<double>(width);
  double sum = 0;
  for (size_t i = 0; i < width; ++i) {
    sum += values[i];
  }
  for (size_t i = 0; i < means.size(); ++i) {
    means[i] = share * sum;
    if (i + 1 < means.size()) {
      sum += values[i + width] - values[i];
    }
  }
  return means;
}

/// Fills NaN from the nearest number before, else after; 0 without any. Values `stride` apart are a series.
void FillAlong(std::span<double> values, size_t stride = 1) {
  size_t first = 0;
  while (first < values.size() && !std::isfinite(values[first])) {
    first += stride;
  }
  double last = first < values.size() ? values[first] : 0;
  for (size_t i = 0; i < values.size(); i += stride) {
    last = std::isfinite(values[i]) ? values[i] : last;
    values[i] = last;
  }
}

size_t JumpOf(size_t window, double share) {
  return std::max<size_t>(1, static_cast<size_t>(std::ceil(share * static_cast<double>(window))));
}

LoessSmoother Smoother(size_t size, size_t window, double jump) {
  return LoessSmoother(size, window, 0, LoessDegree::kLine, JumpOf(window, jump));
}

/// STL with one period, of series of one length whose missing places have weight 0 and any finite value.
class Stl {
 public:
  Stl(size_t size, size_t period, size_t seasonal_window, const MstlOptions& options)
      : period_(period),
        short_course_(size / period, seasonal_window, 1, options.seasonal_degree),
        long_course_(size / period + 1, seasonal_window, 1, options.seasonal_degree),
        trend_(Smoother(size,
                        NextOdd(1.5 * static_cast<double>(period) / (1 - 1.5 / static_cast<double>(seasonal_window))),
                        options.jump)),
        low_pass_(Smoother(size, NextOdd(static_cast<double>(period) + 1), options.jump)),
        rest_(size),
        cycles_(size + 2 * period),
        low_(size) {}

  /// Goes on from `trend` and writes the components; `weights` may be empty.
  void Round(std::span<const double> values, std::span<const double> weights, std::vector<double>& trend,
             std::vector<double>& seasonal);

 private:
  void SmoothCourses(std::span<const double> weights);

  size_t period_;
  LoessSmoother short_course_;  // of phases with one value less than others
  LoessSmoother long_course_;
  LoessSmoother trend_;
  LoessSmoother low_pass_;
  std::vector<double> rest_;
  std::vector<double> cycles_;  // the smoothed courses of all phases, one season longer at either end
  std::vector<double> low_;
};

void Stl::SmoothCourses(std::span<const double> weights) {
  // The phases stand side by side: a season is a row. The first ones of a season that is cut off have one value more.
  const size_t more = rest_.size() % period_;
  LoessColumns columns{.values = rest_.data(),
                       .weights = weights.empty() ? nullptr : weights.data(),
                       .stride = period_,
                       .columns = more};
  if (more > 0) {
    long_course_.SmoothColumns(columns, cycles_.data());
  }
  columns.values += more;
  columns.weights += weights.empty() ? 0 : more;
  columns.columns = period_ - more;
  short_course_.SmoothColumns(columns, cycles_.data() + more);
  for (size_t phase = 0; phase < period_ && !weights.empty(); ++phase) {
    FillAlong(std::span(cycles_).subspan(phase), period_);
  }
}

void Stl::Round(std::span<const double> values, std::span<const double> weights, std::vector<double>& trend,
                std::vector<double>& seasonal) {
  const size_t n = values.size();
  for (size_t i = 0; i < n; ++i) {
    rest_[i] = values[i] - trend[i];
  }
  SmoothCourses(weights);
  low_pass_.Smooth(MovingMeans(MovingMeans(MovingMeans(cycles_, period_), period_), 3), {}, low_);
  for (size_t i = 0; i < n; ++i) {
    seasonal[i] = cycles_[period_ + i] - low_[i];
    rest_[i] = values[i] - seasonal[i];
  }
  trend_.Smooth(rest_, weights, trend);
  if (!weights.empty()) {
    FillAlong(trend);
  }
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
void SmoothOnly(std::span<const double> values, std::span<const double> weights, double jump, Decomposition& parts) {
  const size_t window = std::max<size_t>(NextOdd(static_cast<double>(values.size()) / 3), 3);
  if (!values.empty()) {
    Smoother(values.size(), window, jump).Smooth(values, weights, parts.trend);
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
  std::vector<double> known(values.begin(), values.end());
  if (!std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); })) {
    for (double& value : known) {
      present.push_back(std::isfinite(value) ? 1.0 : 0.0);
      value = std::isfinite(value) ? value : 0.0;
    }
  }
  std::vector<Stl> stls;
  for (size_t k = 0; k < parts.periods.size(); ++k) {
    stls.emplace_back(n, parts.periods[k], options.seasonal_window + 4 * k, options);
  }
  std::vector<double> weights(present);
  std::vector<double> rest(n);
  for (size_t robust = 0; robust <= options.robust_rounds; ++robust) {
    for (size_t round = 0; round < options.rounds; ++round) {
      for (size_t k = 0; k < parts.periods.size(); ++k) {
        for (size_t i = 0; i < n; ++i) {
          rest[i] = known[i];
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
      SmoothOnly(known, weights, options.jump, parts);
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
