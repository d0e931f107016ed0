#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "nlohmann/json_fwd.hpp"
#include "server/app/cli/series_table.h"

namespace bellwether {

/// The rows ahead that a story tells unless it is asked for others.
inline constexpr size_t kUsualStoryHorizon = 24;

/// What the story of a series is told with.
struct StoryOptions {
  std::optional<size_t> horizon;  ///< rows ahead; kUsualStoryHorizon, or those that a query may ask for, when left out
  std::vector<double> levels = {0.8, 0.95};
  double false_alarms_per_week = 1;
  std::optional<double> threshold;
  std::optional<double> capacity;
  bool below = false;    ///< threshold and capacity are reached from above
  std::string unit;      ///< Grafana's id of the unit, for words
  std::string interval;  ///< the model's step as a duration; empty = that of the rows
};

/// The whole story of one series: data, patterns with their peaks, trend, change points, anomalies and forecast. The
/// anomalies and the forecast are those that a panel over the same time would get.
struct SeriesStory {
  std::string facts_json;          ///< a JSON object
  std::vector<std::string> lines;  ///< sentences, one subject a line
};

/// INVALID_ARGUMENT when the series has fewer than 3 values, its times do not advance, or the horizon that is asked for
/// is longer than kLongestHorizon.
[[nodiscard]] absl::StatusOr<SeriesStory> TellStory(const TableSeries& series, const StoryOptions& options);

}  // namespace bellwether
