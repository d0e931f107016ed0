#include "server/analytics/forecast/threshold_crossing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "server/base/status/error_origin.h"

namespace bellwether {
namespace {

constexpr std::array<double, 14> kLawLevels = {0.1, 0.2, 0.3, 0.4, 0.5,  0.6,  0.7,
                                               0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998};
constexpr size_t kStates = 65;
// A share of its own as small as this is still wider than the distance between two states of the chain.
constexpr double kMostPersistent = 0.94;
constexpr double kMostMemory = 0.9999;
constexpr size_t kLeastPairs = 8;
constexpr double kNegligible = 1e-12;

// Distribution function of Student's t with 6 degrees of freedom, in closed form.
double StudentShare(double t) {
  const double sine = t / std::sqrt(6 + t * t);
  const double cosine2 = 6 / (6 + t * t);
  return 0.5 + 0.5 * sine * (1 + 0.5 * cosine2 + 0.375 * cosine2 * cosine2);
}

double StudentScore(double share) {
  double low = -1000;
  double high = 1000;
  for (int i = 0; i < 80; ++i) {
    const double middle = 0.5 * (low + high);
    (StudentShare(middle) < share ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

double NormalShare(double z) { return 0.5 * std::erfc(-z * M_SQRT1_2); }

// By bisection on erfc: called once a step, and exact in the tails.
double NormalScore(double share) {
  double low = -9;
  double high = 9;
  for (int i = 0; i < 50; ++i) {
    const double middle = 0.5 * (low + high);
    (NormalShare(middle) < share ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

// A binomial distribution over 0 to `trials`.
std::vector<double> Binomial(size_t trials, double chance) {
  std::vector<double> shares(trials + 1, 0.0);
  shares[0] = 1;
  for (size_t n = 1; n <= trials; ++n) {
    for (size_t k = n; k > 0; --k) {
      shares[k] = shares[k] * (1 - chance) + shares[k - 1] * chance;
    }
    shares[0] *= 1 - chance;
  }
  return shares;
}

// A stationary chain whose states stand for a standard normal autoregression of order one.
class Chain {
 public:
  explicit Chain(double memory) {
    const double stay = 0.5 * (1 + memory);
    std::vector<std::vector<double>> from_high(kStates);
    std::vector<std::vector<double>> from_low(kStates);
    for (size_t trials = 0; trials < kStates; ++trials) {
      from_high[trials] = Binomial(trials, stay);
      from_low[trials] = Binomial(trials, 1 - stay);
    }
    for (size_t i = 0; i < kStates; ++i) {
      Row& row = rows_[i];
      row.shares.assign(kStates, 0.0);
      const std::vector<double>& high = from_high[i];
      const std::vector<double>& low = from_low[kStates - 1 - i];
      for (size_t a = 0; a < high.size(); ++a) {
        for (size_t b = 0; b < low.size(); ++b) {
          row.shares[a + b] += high[a] * low[b];
        }
      }
      while (row.begin < kStates && row.shares[row.begin] < kNegligible) {
        ++row.begin;
      }
      row.end = kStates;
      while (row.end > row.begin && row.shares[row.end - 1] < kNegligible) {
        --row.end;
      }
    }
    stationary_ = Binomial(kStates - 1, 0.5);
  }

  [[nodiscard]] static double StateOf(size_t i) {
    return (2.0 * static_cast<double>(i) - (kStates - 1.0)) / std::sqrt(kStates - 1.0);
  }
  [[nodiscard]] const std::vector<double>& stationary() const { return stationary_; }

  void Advance(std::vector<double>& shares, std::vector<double>& buffer) const {
    std::fill(buffer.begin(), buffer.end(), 0.0);
    for (size_t i = 0; i < kStates; ++i) {
      const Row& row = rows_[i];
      for (size_t j = row.begin; j < row.end; ++j) {
        buffer[j] += shares[i] * row.shares[j];
      }
    }
    shares.swap(buffer);
  }

 private:
  struct Row {
    std::vector<double> shares;
    size_t begin = 0;
    size_t end = 0;
  };
  std::array<Row, kStates> rows_;
  std::vector<double> stationary_;
};

// The probability that the error process has been beyond at some step up to each one.
std::vector<double> FirstPassage(std::span<const double> at_step, const ErrorDependence& dependence) {
  const double persistent = std::clamp(dependence.persistent, 0.0, kMostPersistent);
  const double own = std::sqrt(1 - persistent);
  const double shared = std::sqrt(persistent);
  const Chain chain(std::clamp(dependence.memory, 0.0, kMostMemory));
  std::vector<double> shares = chain.stationary();
  std::vector<double> buffer(kStates);
  std::vector<double> by_step(at_step.size());
  double likeliest = 0;
  double sum = 0;
  double last = 0;
  for (size_t h = 0; h < at_step.size(); ++h) {
    if (h > 0) {
      chain.Advance(shares, buffer);
    }
    if (at_step[h] > kNegligible) {
      const double barrier = -NormalScore(at_step[h]);
      for (size_t i = 0; i < kStates; ++i) {
        shares[i] *= NormalShare((barrier - shared * Chain::StateOf(i)) / own);
      }
    }
    double kept = 0;
    for (const double share : shares) {
      kept += share;
    }
    likeliest = std::max(likeliest, at_step[h]);
    sum += at_step[h];
    last = std::max(last, std::clamp(1 - kept, likeliest, std::min(1.0, sum)));
    by_step[h] = last;
  }
  return by_step;
}

// Correlation of errors `lag` steps apart, about zero: a forecast that is wrong all along has errors that hang together.
struct LagCorrelation {
  double value = 0;
  size_t pairs = 0;
};

LagCorrelation CorrelationAt(std::span<const std::vector<double>> paths, size_t lag) {
  LagCorrelation found;
  double product = 0;
  double square = 0;
  for (const std::vector<double>& path : paths) {
    for (size_t h = 0; h + lag < path.size(); ++h) {
      if (std::isfinite(path[h]) && std::isfinite(path[h + lag])) {
        // One wild error must not decide; five standard errors are a lot.
        const double a = std::clamp(path[h], -5.0, 5.0);
        const double b = std::clamp(path[h + lag], -5.0, 5.0);
        product += a * b;
        square += 0.5 * (a * a + b * b);
        ++found.pairs;
      }
    }
  }
  found.value = square > 0 ? product / square : 0;
  return found;
}

bool Reaches(double value, double threshold, CrossingSide side) {
  return side == CrossingSide::kAbove ? value >= threshold : value <= threshold;
}

std::optional<size_t> FirstReaching(std::span<const double> path, double threshold, CrossingSide side) {
  const auto found =
      std::find_if(path.begin(), path.end(), [&](double value) { return Reaches(value, threshold, side); });
  return found == path.end() ? std::nullopt : std::optional(static_cast<size_t>(found - path.begin()));
}

}  // namespace

std::span<const double> LawLevels() { return kLawLevels; }

StepLaw::StepLaw(const Forecast& forecast, size_t h) {
  knots_.push_back({0, forecast.point[h]});
  for (const Band& band : forecast.bands) {
    if (h < band.lower.size() && h < band.upper.size() && band.level > 0 && band.level < 1) {
      const double score = StudentScore(0.5 + 0.5 * band.level);
      knots_.push_back({-score, band.lower[h]});
      knots_.push_back({score, band.upper[h]});
    }
  }
  std::sort(knots_.begin(), knots_.end(), [](const Knot& a, const Knot& b) { return a.score < b.score; });
  for (size_t i = 1; i < knots_.size(); ++i) {
    knots_[i].value = std::max(knots_[i].value, knots_[i - 1].value);
  }
}

double StepLaw::ShareBelow(double value, bool including) const {
  const auto is_below = [&](const Knot& knot) { return including ? knot.value <= value : knot.value < value; };
  const size_t below = static_cast<size_t>(std::count_if(knots_.begin(), knots_.end(), is_below));
  const double middle = Quantile(0.5);
  if (below == 0 || below == knots_.size()) {
    const Knot& outer = below == 0 ? knots_.front() : knots_.back();
    const bool is_clipped = knots_.size() > 1 && (below == 0 ? knots_[1].value == outer.value
                                                             : knots_[knots_.size() - 2].value == outer.value);
    const double slope = outer.score == 0 ? 0 : (outer.value - middle) / outer.score;
    if (is_clipped || !(slope > 0)) {
      return below == 0 ? 0 : 1;
    }
    return StudentShare(outer.score + (value - outer.value) / slope);
  }
  const Knot& left = knots_[below - 1];
  const Knot& right = knots_[below];
  const double width = right.value - left.value;
  const double part = width > 0 ? std::clamp((value - left.value) / width, 0.0, 1.0) : 0;
  return StudentShare(left.score + part * (right.score - left.score));
}

double StepLaw::Beyond(double threshold, CrossingSide side) const {
  const double share = side == CrossingSide::kAbove ? 1 - ShareBelow(threshold, /*including=*/false)
                                                    : ShareBelow(threshold, /*including=*/true);
  return std::isnan(share) ? 0.0 : std::clamp(share, 0.0, 1.0);
}

double StepLaw::Quantile(double probability) const {
  const double score = probability == 0.5 ? 0 : StudentScore(probability);
  size_t right = 0;
  while (right < knots_.size() && knots_[right].score < score) {
    ++right;
  }
  if (right < knots_.size() && knots_[right].score == score) {
    return knots_[right].value;
  }
  if (right == 0 || right == knots_.size()) {
    const Knot& outer = right == 0 ? knots_.front() : knots_.back();
    if (knots_.size() == 1) {
      return outer.value;
    }
    const Knot& next = right == 0 ? knots_[1] : knots_[knots_.size() - 2];
    const double slope = next.value == outer.value ? 0 : (outer.value - Quantile(0.5)) / outer.score;
    return outer.value + slope * (score - outer.score);
  }
  const Knot& a = knots_[right - 1];
  const Knot& b = knots_[right];
  return a.value + (b.value - a.value) * (score - a.score) / (b.score - a.score);
}

ErrorDependence EstimateErrorDependence(std::span<const std::vector<double>> error_paths) {
  const LagCorrelation next = CorrelationAt(error_paths, 1);
  if (next.pairs < kLeastPairs) {
    return {};
  }
  if (next.value <= 0.02) {
    return {0, 0};
  }
  size_t longest = 0;
  for (const std::vector<double>& path : error_paths) {
    longest = std::max(longest, path.size());
  }
  const size_t far = std::max<size_t>(2, longest / 8);
  const LagCorrelation later = CorrelationAt(error_paths, far);
  const double kept = later.pairs < kLeastPairs ? next.value : std::clamp(later.value, 1e-3, next.value);
  ErrorDependence dependence;
  dependence.memory =
      std::clamp(std::pow(kept / next.value, 1 / static_cast<double>(far - 1)), 0.05, kMostMemory);
  dependence.persistent = std::clamp(next.value / dependence.memory, 0.0, kMostPersistent);
  return dependence;
}

ErrorDependence MeasureErrorDependence(std::string_view method, const ForecastInput& input, size_t horizon) {
  constexpr size_t kOrigins = 3;
  constexpr double kHalf = 0.8;
  const size_t n = input.values.size();
  const size_t ahead = std::min(horizon, n / 5);
  std::vector<std::vector<double>> paths;
  for (size_t origin = 1; origin <= kOrigins && ahead >= 2; ++origin) {
    ForecastInput earlier = input;
    earlier.values = input.values.subspan(0, n - origin * ahead);
    const auto fitted = FitForecast(method, earlier, ahead);
    if (!fitted.ok()) {
      continue;
    }
    const std::array<double, 1> levels = {kHalf};
    const Forecast forecast = (*fitted)->Predict(ahead, levels);
    std::vector<double> path(ahead, std::numeric_limits<double>::quiet_NaN());
    for (size_t h = 0; h < ahead && h < forecast.point.size(); ++h) {
      const double error = input.values[earlier.values.size() + h] - forecast.point[h];
      const double scale = error > 0 ? forecast.bands[0].upper[h] - forecast.point[h]
                                     : forecast.point[h] - forecast.bands[0].lower[h];
      path[h] = scale > 0 ? 1.2816 * error / scale : std::numeric_limits<double>::quiet_NaN();
    }
    paths.push_back(std::move(path));
  }
  return EstimateErrorDependence(paths);
}

std::optional<size_t> ThresholdCrossing::StepOf(double probability) const {
  const auto found = std::lower_bound(by_step.begin(), by_step.end(), probability);
  return found == by_step.end() ? std::nullopt : std::optional(static_cast<size_t>(found - by_step.begin()));
}

absl::StatusOr<ThresholdCrossing> CrossThreshold(const Forecast& shown, const Forecast& law, double threshold,
                                                 CrossingSide side, const ErrorDependence& dependence) {
  if (!std::isfinite(threshold)) {
    return BadQueryError("The threshold is not a finite number. Give a value in the unit of the series.");
  }
  ThresholdCrossing crossing;
  crossing.median = FirstReaching(shown.point, threshold, side);
  for (const Band& band : shown.bands) {
    const bool above = side == CrossingSide::kAbove;
    crossing.bands.push_back({band.level, FirstReaching(above ? band.upper : band.lower, threshold, side),
                              FirstReaching(above ? band.lower : band.upper, threshold, side)});
  }
  for (size_t h = 0; h < law.point.size(); ++h) {
    crossing.at_step.push_back(StepLaw(law, h).Beyond(threshold, side));
  }
  crossing.by_step = FirstPassage(crossing.at_step, dependence);
  return crossing;
}

}  // namespace bellwether
