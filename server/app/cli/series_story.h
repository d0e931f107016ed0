#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "nlohmann/json_fwd.hpp"
#include "server/app/cli/series_table.h"

namespace bellwether {

/// What the story of a series is told with.
struct StoryOptions {
  size_t horizon = 24;  ///< rows ahead
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

/// INVALID_ARGUMENT when the series has fewer than 3 values, or its times do not advance.
[[nodiscard]] absl::StatusOr<SeriesStory> TellStory(const TableSeries& series, const StoryOptions& options);

}  // namespace bellwether
