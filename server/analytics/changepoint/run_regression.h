#pragma once

#include <array>
#include <cmath>

namespace bellwether {

/// What is believed of a stretch before it has values: level, slope a step and spread of the noise about the line.
struct RunPrior {
  double level_spread = 1;  ///< standard deviations of the noise that a level may lie from the origin
  double slope_spread = 0;  ///< and a slope from 0; 0 = there is none
  double freedom = 2;       ///< how many values the spread is worth
  double variance = 1;      ///< of the noise
};

/// Bayesian regression of a stretch of values on a level and a slope, under normal noise of unknown variance (conjugate
/// normal inverse-gamma law). Values may count for less than one. No memory beyond ten numbers.
class RunRegression {
 public:
  explicit RunRegression(const RunPrior& prior)
      : has_slope_(prior.slope_spread > 0),
        precision_{1 / (prior.level_spread * prior.level_spread), 0,
                   has_slope_ ? 1 / (prior.slope_spread * prior.slope_spread) : 1},
        freedom_(prior.freedom),
        squares_(prior.freedom * prior.variance) {}

  /// How a value looks from what is known before it. Its expectation is `level` times the level and `slope` times the
  /// slope.
  struct Outlook {
    double value = 0;
    double level = 0;
    double slope = 0;
    double away = 0;      ///< value less what was expected
    double leverage = 0;  ///< variance of what was expected, in variances of the noise
  };
  [[nodiscard]] Outlook LookAt(double value, double level, double slope) const {
    const double rise = has_slope_ ? slope : 0;
    const double inverse = 1 / Determinant();
    const double to_level = precision_[2] * level - precision_[1] * rise;
    const double to_slope = precision_[0] * rise - precision_[1] * level;
    return {.value = value,
            .level = level,
            .slope = rise,
            .away = value - (to_level * moment_[0] + to_slope * moment_[1]) * inverse,
            .leverage = (to_level * level + to_slope * rise) * inverse};
  }

  /// Log density of the value: Student's.
  [[nodiscard]] double LogDensity(const Outlook& outlook) const {
    const double scaled = squares_ * (1 + outlook.leverage);  // freedom times the squared scale
    // log Gamma((f + 1) / 2) - log Gamma(f / 2) less half the log of f / 2, to within 1e-4 for f >= 2.
    const double gamma = -0.25 / freedom_ + 1 / (24 * freedom_ * freedom_ * freedom_);
    constexpr double kHalfLogTwoPi = 0.91893853320467274178;
    return gamma - kHalfLogTwoPi - 0.5 * std::log(scaled / freedom_) -
           0.5 * (freedom_ + 1) * std::log1p(outlook.away * outlook.away / scaled);
  }

  /// Takes a value into account that counts for `weight` of one.
  void Add(const Outlook& outlook, double weight) {
    const double level = weight * outlook.level;
    const double slope = weight * outlook.slope;
    squares_ += weight * outlook.away * outlook.away / (1 + weight * outlook.leverage);
    precision_[0] += level * outlook.level;
    precision_[1] += level * outlook.slope;
    precision_[2] += slope * outlook.slope;
    moment_[0] += level * outlook.value;
    moment_[1] += slope * outlook.value;
    freedom_ += weight;
  }

  [[nodiscard]] double Level() const {
    return (precision_[2] * moment_[0] - precision_[1] * moment_[1]) / Determinant();
  }
  [[nodiscard]] double Slope() const {
    return has_slope_ ? (precision_[0] * moment_[1] - precision_[1] * moment_[0]) / Determinant() : 0;
  }
  [[nodiscard]] double Variance() const { return squares_ / freedom_; }  ///< of the noise
  [[nodiscard]] double freedom() const { return freedom_; }              ///< how many values the spread is worth

 private:
  [[nodiscard]] double Determinant() const { return precision_[0] * precision_[2] - precision_[1] * precision_[1]; }

  bool has_slope_;
  std::array<double, 3> precision_;  ///< of level and slope, in units of the noise: level, both, slope
  std::array<double, 2> moment_{};
  double freedom_;
  double squares_;
};

}  // namespace bellwether
