#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/analytics/analysis_method.h"
#include "server/analytics/forecast/distribution.h"

namespace bellwether {

class ErrorPool;
struct CalendarOptions;

/// What a forecaster learns from: evenly spaced values, NaN = missing.
struct ForecastInput {
  std::span<const double> values = {};
  int64_t step_ns = 0;               ///< 0 = unknown
  int64_t start_ns = 0;              ///< time of the first value, since the epoch; 0 = unknown
  std::vector<size_t> seasons = {};  ///< in steps; empty = find them
  double min = -1e308;               ///< range of the metric: bands are clipped to it
  double max = 1e308;
  /// What forecasts of similar series missed: a short history borrows it. Null = nothing.
  std::shared_ptr<const ErrorPool> pool = nullptr;
  bool whole_numbers = false;  ///< the metric counts something: edges and forecast are whole numbers
  /// Holidays, for methods that know of them (KnowsHolidays). Null = none are known.
  std::shared_ptr<const CalendarOptions> calendar = nullptr;
};

/// The two edges of an interval, one value a step ahead.
struct Band {
  double level = 0;  ///< nominal coverage, above 0 and below 1
  std::vector<double> lower;
  std::vector<double> upper;
  double history_coverage = 0;  ///< share of the held-out history inside a band of this level
};

/// One of the facts that the reliability of a forecast rests on.
struct ReliabilityReason {
  std::string_view id;  ///< "skill", "coverage", "history", "gaps", "reach", "width"
  double value = 0;     ///< the number itself, see `text`
  double factor = 1;    ///< 0 to 1: what it does to the reliability
  std::string text;     ///< a sentence that holds the number
};

/// A repeating pattern that the forecast follows.
struct ForecastPattern {
  size_t period = 0;    ///< in steps
  double strength = 0;  ///< 0 to 1: share of the variance of the history that repeats with it
};

/// What a member of the combination contributes.
struct MemberWeight {
  std::string id;
  double weight = 0;  ///< 0 to 1; those of a forecast add up to 1
};

/// What is expected to come, with its uncertainty.
struct Forecast {
  std::vector<double> point;               ///< median forecast, one value a step ahead
  std::vector<Band> bands;                 ///< in the order of the levels asked for; nested, never NaN
  std::vector<size_t> seasons;             ///< those used, in steps
  double reliability = 0;                  ///< 0 to 1: skill against the naive forecast and coverage on the history
  double history_coverage = 0;             ///< share of the held-out history inside the widest band
  std::vector<ReliabilityReason> reasons;  ///< the product of their factors is the reliability
  std::vector<ForecastPattern> patterns;   ///< those used, as `seasons`
  std::vector<MemberWeight> members;       ///< heaviest first
  ForecastDistribution distribution;       ///< quantiles and crossing probabilities of the values to come
  std::string method;                      ///< the one used
  std::vector<std::string> notices;        ///< e.g. "Only 5 points: the band is a guess from their spread."
};

/// A model that has seen its history.
class FittedForecast {
 public:
  virtual ~FittedForecast() = default;

  /// `horizon` steps ahead (at least 1) with an interval for each level (each above 0 and below 1).
  [[nodiscard]] virtual Forecast Predict(size_t horizon, std::span<const double> levels) const = 0;

  /// Lends what it missed on its history to a pool, where the history is long enough.
  virtual void LendErrors(ErrorPool& pool) const = 0;
};

/// A registered method.
using ForecastMethod = AnalysisMethod;

/// The methods there are. The first is what "auto" means.
[[nodiscard]] std::vector<ForecastMethod> ForecastMethods();

/// Fits method `id` ("auto" or one of ForecastMethods). INVALID_ARGUMENT (downstream) for an unknown method, or for
/// fewer than 3 values with a sentence that says how many are needed.
[[nodiscard]] absl::StatusOr<std::unique_ptr<FittedForecast>> FitForecast(std::string_view id,
                                                                          const ForecastInput& input,
                                                                          size_t max_horizon);

}  // namespace bellwether
