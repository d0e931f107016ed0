#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include "server/analytics/forecast/count_law.h"
#include "server/analytics/forecast/crossing_side.h"
#include "server/analytics/forecast/first_passage.h"

namespace bellwether {

/// A distribution of mean about 0 as its quantiles at fixed probabilities, linear in between on the scale of a normal
/// distribution and beyond the outermost ones.
class QuantileShape {
 public:
  static constexpr size_t kPoints = 41;

  /// The probability of point i: ascending, symmetric about one half.
  [[nodiscard]] static double Probability(size_t i);

  /// `quantiles[i]` belongs to Probability(i); made to ascend.
  explicit QuantileShape(std::array<double, kPoints> quantiles);

  /// 0 < p < 1. Ascends in p.
  [[nodiscard]] double Quantile(double p) const;

  /// Where on the points' own axis (0 to kPoints - 1, and beyond) probability `p` lies, and back.
  [[nodiscard]] static double Place(double p);
  [[nodiscard]] static double ProbabilityOf(double place);
  /// The normal quantile of that probability.
  [[nodiscard]] static double DeviationOf(double place);
  /// The quantile at a place: straight between two points and beyond the outermost.
  [[nodiscard]] double AtPlace(double place) const;

 private:
  std::array<double, kPoints> quantiles_;
};

/// What a metric can be.
struct ValueRange {
  double min = -1e308;
  double max = 1e308;
  bool whole_numbers = false;  ///< only whole numbers occur, as for a count
};

/// The distribution of each of the values to come, with the dependence of one on the next. A value; thread-safe.
class ForecastDistribution {
 public:
  /// What it is made of; all vectors have one value a step ahead.
  struct Parts {
    std::vector<double> centre;  ///< median, in the unit of the series
    std::vector<double> scale;   ///< additive scale of the errors, in the unit of the series, at least 0
    /// Scale of the errors of the logarithm; empty where they are not used.
    std::vector<double> log_scale;
    std::shared_ptr<const QuantileShape> shape;      ///< of error / scale
    std::shared_ptr<const QuantileShape> log_shape;  ///< of log error / log scale; null where it is not used
    double log_share = 0.5;                          ///< of the multiplicative errors in the whole, 0 to 1
    /// How heavy the tails of each step are beyond those of the shape (TailsOf); empty = not at all.
    std::vector<double> tail;
    std::vector<double> log_tail;  ///< likewise, of the multiplicative errors
    /// Independent errors that the scale of each step rests on: what is not known of it stretches the shape as
    /// Student's t with as many degrees of freedom is stretched against the normal law. Empty = known for sure.
    std::vector<double> freedom;
    ErrorDependence dependence;  ///< of the errors of one step and those of others
    ValueRange range;
    std::vector<double> shift;  ///< added to what the rest gives, before the range counts; empty = nothing
    /// The law of every step, which then come independently but for their bunches; null = it is made of the rest.
    std::shared_ptr<const CountLaw> counts;
  };

  ForecastDistribution() = default;
  explicit ForecastDistribution(Parts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] size_t horizon() const { return parts_.centre.size(); }

  /// The value that step `h` (0 = the next one, below horizon()) stays below with probability `p` (cut to
  /// [1e-6, 1 - 1e-6]). Ascends in p, finite, within the range of the metric.
  [[nodiscard]] double Quantile(size_t h, double p) const;

  /// That value for every step.
  [[nodiscard]] std::vector<double> Path(double p) const;

  /// The same with `shift[h]` added to step h (one for each step), within `range` instead of its own.
  [[nodiscard]] ForecastDistribution Shifted(std::vector<double> shift, const ValueRange& range) const;

  /// Probability that step `h` is `value` or more.
  [[nodiscard]] double ProbabilityAtLeast(size_t h, double value) const;

  /// For each step, the probability of being at or beyond the threshold (kAbove: at least it; kBelow: at most it).
  [[nodiscard]] std::vector<double> Beyond(double threshold, CrossingSide side) const;

  /// For each step, the probability that a value up to and including it has reached the threshold (kAbove: is at least
  /// it; kBelow: is at most it). Ascends. The errors hang together as `dependence` says after a change of scale (a
  /// Gaussian copula); see FirstPassage. What is not known of the scales is common to all steps: it is averaged over,
  /// not met anew at each step. O(horizon).
  [[nodiscard]] std::vector<double> CrossedBy(double threshold, CrossingSide side) const;

 private:
  /// Where on the shapes a value lies, and what is known of the scale.
  struct Place {
    double quantile = 0;
    double log_quantile = 0;
    double square = 0;  ///< of the normal deviations from the middle
  };
  [[nodiscard]] Place PlaceOf(double place) const;
  /// The stretch of the last step, of the additive errors and of the others: most far steps have the same.
  struct Stretch {
    double square = -1;
    double sum = -1;
    double value = 1;
  };
  using Stretches = std::array<Stretch, 2>;
  /// The value of step `h` there. `scale` is what the scale is in truth against what was learned of it; 0 = unknown.
  [[nodiscard]] double ValueAt(size_t h, const Place& place, double scale, Stretches& last) const;
  /// `hint` is where on the shapes the value may lie, and comes back as where it does.
  [[nodiscard]] double AtLeast(size_t h, double value, double scale, double& hint) const;
  [[nodiscard]] std::vector<double> Beyond(double threshold, CrossingSide side, double normal) const;
  [[nodiscard]] double ShiftOf(size_t h) const { return parts_.shift.empty() ? 0.0 : parts_.shift[h]; }
  /// Quantile and Beyond where the law is that of counts.
  [[nodiscard]] double CountAt(size_t h, double p) const;
  [[nodiscard]] double CountBeyond(size_t h, double threshold, CrossingSide side) const;

  Parts parts_;
};

/// Distribution function of the standard normal distribution and its inverse (0 < p < 1, to within 1e-9: Wichura 1988,
/// "Algorithm AS 241: The percentage points of the normal distribution").
[[nodiscard]] double NormalCdf(double z);
[[nodiscard]] double NormalQuantile(double p);

/// Quantile of Student's t distribution with `freedom` degrees of freedom (from 1 on), divided by the normal quantile
/// of the same probability, whose square is given (the expansion of Cornish and Fisher 1938, exact to a percent from 3
/// degrees on).
[[nodiscard]] double StudentStretch(double square, double freedom);

/// The quantile of a chi-square law with `freedom` degrees of freedom, divided by them, at the normal quantile `z`
/// (Wilson and Hilferty 1931, "The distribution of chi-square").
[[nodiscard]] double ChiSquareRatio(double z, double freedom);

}  // namespace bellwether
