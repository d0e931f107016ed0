#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "server/analytics/forecast/distribution.h"
#include "server/analytics/forecast/error_law.h"

namespace bellwether {

/// What the forecasts of several series of one kind missed, each in units of its series' typical change from one value
/// to the next: a series too short to learn its own errors borrows them. Filled by one thread, then shared.
class ErrorPool {
 public:
  /// Takes in a law learned from many origins, in the unit of `typical_change` (ignored unless both are above 0).
  void Add(const ErrorLaw& law, double typical_change);

  /// Laws taken in.
  [[nodiscard]] size_t size() const { return scales_.size(); }

  /// The middle one of the scales of each step, in units of the typical change. Empty for an empty pool.
  [[nodiscard]] std::vector<double> Scale(size_t wanted) const;

  /// The middle one of the degrees of freedom that stretch the shapes. Empty for an empty pool.
  [[nodiscard]] std::vector<double> Freedom(size_t wanted) const;

  /// The mean of the shapes. Null for an empty pool.
  [[nodiscard]] std::shared_ptr<const QuantileShape> Shape() const;

 private:
  std::vector<std::vector<double>> scales_;
  std::vector<std::vector<double>> freedoms_;
  std::vector<std::shared_ptr<const QuantileShape>> shapes_;
};

}  // namespace bellwether
