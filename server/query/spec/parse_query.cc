#include "server/query/spec/parse_query.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "nlohmann/json.hpp"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"
#include "server/query/spec/duration.h"
#include "server/query/spec/json_reader.h"
#include "server/query/spec/migrate_query.h"
#include "server/query/spec/parse_feedback.h"
#include "server/query/spec/parse_outliers.h"

namespace bellwether {
namespace {

using nlohmann::json;

constexpr absl::Duration kLongestHorizon = absl::Hours(366 * 24);
constexpr absl::Duration kLongestHistory = absl::Hours(50 * 365 * 24);
constexpr size_t kMostLevels = 5;
constexpr double kUnbounded = std::numeric_limits<double>::infinity();

// Reads a duration; "auto" and an absent key leave `out` as it is.
void ReadDuration(JsonReader& reader, std::string_view key, std::optional<absl::Duration>& out) {
  std::string text = "auto";
  reader.Read(key, text);
  if (!reader.status().ok() || text == "auto") {
    return;
  }
  absl::StatusOr<absl::Duration> duration = ParseDuration(text);
  if (!duration.ok()) {
    return reader.Fail(Concat(reader.PathOf(key), " ", QuotedExcerpt(text),
                              " is not a duration. Write a number and a unit such as 14d, 6h or 1h30m, or auto."));
  }
  out = *duration;
}

absl::Status ReadAnomalies(const json& object, AnomalySpec& spec) {
  JsonReader reader(object, "anomalies");
  reader.Read("method", spec.method);
  size_t sensitivity = 1;
  reader.ReadChoice("sensitivity", kSensitivityNames, /*required=*/false, sensitivity);
  std::optional<double> budget;
  reader.Read("falseAlarmsPerWeek", kLeastFalseAlarmsPerWeek, kMostFalseAlarmsPerWeek, /*above_min=*/false, budget);
  spec.false_alarms_per_week = budget.value_or(kSensitivityBudgets[sensitivity]);
  size_t direction = 0;
  reader.ReadChoice("direction", kDirectionNames, /*required=*/false, direction);
  spec.direction = static_cast<Direction>(direction);
  reader.Read("alertThreshold", 0, 1, /*above_min=*/false, spec.alert_threshold);
  size_t missing = 0;
  reader.ReadChoice("missing", kMissingNames, /*required=*/false, missing);
  spec.missing = static_cast<MissingPolicy>(missing);
  const json* deviation = reader.ReadObject("minDeviation");
  BELLWETHER_RETURN_IF_ERROR(reader.status());
  if (deviation != nullptr) {
    JsonReader nested(*deviation, "anomalies.minDeviation");
    std::optional<double> absolute;
    std::optional<double> relative;
    nested.Read("absolute", 0, kUnbounded, /*above_min=*/false, absolute);
    nested.Read("relative", 0, kUnbounded, /*above_min=*/false, relative);
    spec.min_deviation_absolute = absolute.value_or(0);
    spec.min_deviation_relative = relative.value_or(0);
    BELLWETHER_RETURN_IF_ERROR(nested.status());
  }
  ReadBlackouts(reader, spec);
  ReadFeedback(reader, spec);
  return reader.status();
}

void ReadLevels(JsonReader& reader, std::vector<double>& levels) {
  const json* list = reader.ReadList("levels");
  if (list == nullptr) {
    return;
  }
  if (list->empty() || list->size() > kMostLevels) {
    return reader.Fail(Concat("forecast.levels has ", list->size(), " entries. It must have 1 to ", kMostLevels,
                              ", such as [0.8, 0.95]."));
  }
  levels.clear();
  for (size_t i = 0; i < list->size(); ++i) {
    const json& level = (*list)[i];
    if (!level.is_number()) {
      return reader.Fail(Concat("forecast.levels[", i, "] must be a number, not ", JsonTypeName(level), "."));
    }
    const double value = level.get<double>();
    if (!(value > 0 && value < 1)) {
      return reader.Fail(Concat("forecast.levels[", i, "] is ", value,
                                ". Each level must lie between 0 and 1, both excluded, such as 0.95."));
    }
    levels.push_back(value);
  }
  std::sort(levels.begin(), levels.end());
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
}

absl::Status ReadForecast(const json& object, ForecastSpec& spec) {
  JsonReader reader(object, "forecast");
  reader.Read("method", spec.method);
  std::optional<absl::Duration> horizon;
  ReadDuration(reader, "horizon", horizon);
  if (horizon.has_value() && *horizon > kLongestHorizon) {
    reader.Fail(Concat("forecast.horizon ", object["horizon"].get<std::string>(), " is longer than the limit of ",
                       DurationText(kLongestHorizon), ". Ask for a shorter horizon."));
  }
  spec.horizon = horizon.value_or(spec.horizon);
  ReadLevels(reader, spec.levels);
  reader.Read("min", -kUnbounded, kUnbounded, /*above_min=*/false, spec.min);
  reader.Read("max", -kUnbounded, kUnbounded, /*above_min=*/false, spec.max);
  if (spec.min.has_value() && spec.max.has_value() && *spec.min >= *spec.max) {
    reader.Fail("forecast.min must lie below forecast.max.");
  }
  return reader.status();
}

void ReadShow(JsonReader& reader, ShowSet& show) {
  const json* list = reader.ReadList("show");
  if (list == nullptr) {
    return;
  }
  const std::array<bool ShowSet::*, kShowNames.size()> members = {
      &ShowSet::value, &ShowSet::expected, &ShowSet::band,    &ShowSet::points,
      &ShowSet::score, &ShowSet::p_value,  &ShowSet::regions, &ShowSet::labels};
  for (bool ShowSet::*member : members) {
    show.*member = false;
  }
  for (size_t i = 0; i < list->size(); ++i) {
    const json& item = (*list)[i];
    if (!item.is_string()) {
      return reader.Fail(Concat("show[", i, "] must be a text, not ", JsonTypeName(item), "."));
    }
    const std::string& name = item.get_ref<const std::string&>();
    const auto found = std::find(kShowNames.begin(), kShowNames.end(), name);
    if (found == kShowNames.end()) {
      return reader.Fail(UnknownChoiceMessage(Concat("show[", i, "]"), name, kShowNames));
    }
    show.*members[static_cast<size_t>(found - kShowNames.begin())] = true;
  }
}

absl::Status ReadSource(JsonReader& reader, std::span<const std::string_view> source_kinds, QuerySpec& spec) {
  const json* source = reader.ReadObject("source");
  BELLWETHER_RETURN_IF_ERROR(reader.status());
  if (source == nullptr) {
    return BadQueryError(R"(source is missing. It must be an object with a kind, such as {"kind": "demo"}.)");
  }
  JsonReader nested(*source, "source");
  size_t kind = 0;
  nested.ReadChoice("kind", source_kinds, /*required=*/true, kind);
  BELLWETHER_RETURN_IF_ERROR(nested.status());
  spec.source_kind = source_kinds[kind];
  spec.source_json = source->dump(-1, ' ', false, json::error_handler_t::replace);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<QuerySpec> ParseQuery(std::string_view text, std::span<const std::string_view> source_kinds) {
  BELLWETHER_ASSIGN_OR_RETURN(json query, ParseUserJson(text));
  if (!query.is_object()) {
    return BadQueryError(Concat("The query must be a JSON object, not ", JsonTypeName(query), "."));
  }
  BELLWETHER_RETURN_IF_ERROR(MigrateQuery(query));

  QuerySpec spec;
  JsonReader reader(query, "");
  size_t analysis = 0;
  reader.ReadChoice("analysis", kAnalysisNames, /*required=*/true, analysis);
  spec.analysis = static_cast<Analysis>(analysis);
  BELLWETHER_RETURN_IF_ERROR(reader.status());
  BELLWETHER_RETURN_IF_ERROR(ReadSource(reader, source_kinds, spec));
  ReadDuration(reader, "history", spec.history);
  ReadDuration(reader, "interval", spec.interval);
  if (spec.history.has_value() && *spec.history > kLongestHistory) {
    reader.Fail(Concat("history ", query["history"].get<std::string>(), " is longer than the limit of ",
                       DurationText(kLongestHistory), ". Ask for a shorter history."));
  }
  size_t form = 0;
  reader.ReadChoice("form", kFormNames, /*required=*/false, form);
  spec.form = static_cast<AnswerForm>(form);
  ReadShow(reader, spec.show);
  const json* anomalies = reader.ReadObject("anomalies");
  const json* forecast = reader.ReadObject("forecast");
  const json* outliers = reader.ReadObject("outliers");
  BELLWETHER_RETURN_IF_ERROR(reader.status());
  if (anomalies != nullptr) {
    BELLWETHER_RETURN_IF_ERROR(ReadAnomalies(*anomalies, spec.anomalies));
  }
  if (forecast != nullptr) {
    BELLWETHER_RETURN_IF_ERROR(ReadForecast(*forecast, spec.forecast));
  }
  if (outliers != nullptr) {
    BELLWETHER_RETURN_IF_ERROR(ReadOutliers(*outliers, spec.outliers));
  }
  return spec;
}

}  // namespace bellwether
