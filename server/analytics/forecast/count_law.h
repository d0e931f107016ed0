#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "server/analytics/forecast/crossing_side.h"

namespace bellwether {

/// The law of whole numbers that are nearly always one and the same: errors of a service, restarts. A law of errors
/// around a forecast cannot hold it, since most of its mass lies on one number. Each row's law is that of the rows
/// there were. Immutable.
class CountLaw {
 public:
  /// Null where the values (finite) are no such counts: at least 50 whole numbers, four of five of them the same, that
  /// leave it seldom for more than one row: a state that lasts is no event. O(n log n).
  [[nodiscard]] static std::shared_ptr<const CountLaw> Of(std::span<const double> values);

  /// The smallest of the values that at least a share `p` of the rows does not exceed.
  [[nodiscard]] double Quantile(double p) const;

  /// The chance that a row lies at or beyond `threshold`: k of n rows that did speak for (k + 1/2) / (n + 1) (Jeffreys
  /// 1946, "An invariant form for the prior probability in estimation problems"). 1 where all values there were do.
  [[nodiscard]] double Beyond(double threshold, CrossingSide side) const;

  /// In how many bunches the rows at or beyond `threshold` come, as a share of their number: 1 where they come
  /// independently (the extremal index by Ferro and Segers 2003, "Inference for clusters of extreme values").
  [[nodiscard]] double Bunches(double threshold, CrossingSide side) const;

  /// For each step the chance that one up to it is beyond a threshold that it is beyond with a chance of `at_step`, by
  /// itself, and in `bunches` as above.
  [[nodiscard]] static std::vector<double> CrossedBy(std::span<const double> at_step, std::span<const double> bunches);

  /// The share of the rows that lie between `lower` and `upper`, both included.
  [[nodiscard]] double ShareWithin(double lower, double upper) const;

 private:
  explicit CountLaw(std::span<const double> values);

  std::vector<double> rows_;    ///< as they came
  std::vector<double> sorted_;  ///< ascending
};

}  // namespace bellwether
