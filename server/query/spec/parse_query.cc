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
#include "server/query/spec/parse_budget.h"
#include "server/query/spec/parse_changepoints.h"
#include "server/query/spec/parse_feedback.h"
#include "server/query/spec/parse_forecast.h"
#include "server/query/spec/parse_multivariate.h"
#include "server/query/spec/parse_outliers.h"

namespace bellwether {
namespace {

using nlohmann::json;

constexpr absl::Duration kLongestHistory = absl::Hours(50 * 365 * 24);
constexpr double kUnbounded = std::numeric_limits<double>::infinity();

absl::Status ReadAnomalies(const json& object, AnomalySpec& spec) {
  JsonReader reader(object, "anomalies");
  reader.Read("method", spec.method);
  spec.false_alarms_per_week = ReadBudget(reader);
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

void ReadShow(JsonReader& reader, ShowSet& show) {
  const json* list = reader.ReadList("show");
  if (list == nullptr) {
    return;
  }
  const std::array<bool ShowSet::*, kShowNames.size()> members = {
      &ShowSet::value,   &ShowSet::expected, &ShowSet::band,   &ShowSet::points,     &ShowSet::score,
      &ShowSet::p_value, &ShowSet::regions,  &ShowSet::labels, &ShowSet::probability};
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
  const json* changepoints = reader.ReadObject("changepoints");
  const json* outliers = reader.ReadObject("outliers");
  const json* multivariate = reader.ReadObject("multivariate");
  BELLWETHER_RETURN_IF_ERROR(reader.status());
  if (anomalies != nullptr) {
    BELLWETHER_RETURN_IF_ERROR(ReadAnomalies(*anomalies, spec.anomalies));
  }
  if (forecast != nullptr) {
    BELLWETHER_RETURN_IF_ERROR(ReadForecast(*forecast, spec.forecast));
  }
  if (changepoints != nullptr) {
    BELLWETHER_RETURN_IF_ERROR(ReadChangepoints(*changepoints, spec.changepoints));
  }
  if (outliers != nullptr) {
    BELLWETHER_RETURN_IF_ERROR(ReadOutliers(*outliers, spec.outliers));
  }
  if (multivariate != nullptr) {
    BELLWETHER_RETURN_IF_ERROR(ReadMultivariate(*multivariate, spec.multivariate));
  }
  return spec;
}

}  // namespace bellwether
