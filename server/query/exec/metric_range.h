#pragma once

#include "server/query/exec/model_input.h"

namespace bellwether {

/// The range that a metric keeps to by its unit and history: percentages 0 to 100, shares 0 to 1, counts, sizes, rates
/// and durations at or above 0. An edge that is not known is infinite.
struct MetricRange {
  double min;
  double max;
};
[[nodiscard]] MetricRange NaturalRange(const ModelSeries& series);

}  // namespace bellwether
