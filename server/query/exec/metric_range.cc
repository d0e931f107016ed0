#include "server/query/exec/metric_range.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

namespace bellwether {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Units of quantities that cannot fall below zero.
constexpr std::array<std::string_view, 17> kNeverNegative = {"bytes", "decbytes", "bits",  "Bps",    "binBps", "bps",
                                                             "ms",    "s",        "ns",    "µs",     "m",      "h",
                                                             "reqps", "ops",      "hertz", "rotrpm", "watt"};

}  // namespace

MetricRange NaturalRange(const ModelSeries& series) {
  const std::string_view unit = series.unit;
  if (unit == "percent") {
    return {0, 100};
  }
  if (unit == "percentunit") {
    return {0, 1};
  }
  double lowest = kInfinity;
  bool whole = true;
  for (const double value : series.values) {
    if (std::isfinite(value)) {
      lowest = std::min(lowest, value);
      whole = whole && value == std::floor(value);
    }
  }
  const bool by_unit = std::find(kNeverNegative.begin(), kNeverNegative.end(), unit) != kNeverNegative.end();
  const bool count = unit == "short" || (whole && (unit.empty() || unit == "none"));
  const bool money = unit.starts_with("currency");
  return lowest >= 0 && (by_unit || count || money) ? MetricRange{0, kInfinity} : MetricRange{-kInfinity, kInfinity};
}

}  // namespace bellwether
