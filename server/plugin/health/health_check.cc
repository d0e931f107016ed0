#include "server/plugin/health/health_check.h"

#include <optional>
#include <utility>

#include "nlohmann/json.hpp"

namespace bellwether {
namespace {

using nlohmann::json;

constexpr int64_t kPointsMax = 60;

// The name of the first series that `kind` offers.
std::optional<std::string> FirstSeries(const QueryService& queries, const char* kind,
                                       const DataSourceSettings& settings) {
  const absl::StatusOr<std::string> listed = queries.SeriesJson(json({{"kind", kind}}).dump(), settings);
  const json series = listed.ok() ? json::parse(*listed, nullptr, false) : json();
  if (!series.is_array() || series.empty() || !series.front().is_object()) {
    return std::nullopt;
  }
  const auto name = series.front().find("name");
  return name != series.front().end() && name->is_string() ? std::optional(name->get<std::string>()) : std::nullopt;
}

json Details(const QueryService& queries, const std::string& version) {
  json details = {{"version", version}, {"sources", json::array()}};
  const json settings = json::parse(queries.ServerSettingsJson(), nullptr, false);
  if (settings.is_object() && settings.contains("sources")) {
    details["sources"] = settings["sources"];
  }
  return details;
}

std::string Dump(const json& document) { return document.dump(-1, ' ', false, json::error_handler_t::replace); }

HealthReport Failure(const std::string& what, const absl::Status& status, json details) {
  details["verboseMessage"] = status.ToString();
  return {.ok = false, .message = what + " " + std::string(status.message()), .details_json = Dump(details)};
}

}  // namespace

HealthReport CheckHealth(const QueryService& queries, const PluginContext& context, const Clock& clock,
                         const std::string& version, const Cancellation& cancellation) {
  json details = Details(queries, version);
  const absl::StatusOr<DataSourceSettings> settings = DataSourceSettings::Parse(context.json_data());
  if (!settings.ok()) {
    return Failure("The settings cannot be used; correct them and save again.", settings.status(), std::move(details));
  }
  const char* kind = settings->demo_enabled ? "demo" : "system";
  json source = {{"kind", kind}};
  const std::optional<std::string> series = FirstSeries(queries, kind, *settings);
  if (series.has_value()) {
    source["series"] = *series;
  }
  const absl::Time now = clock.Now();
  const QueryRequest request = {
      .ref_id = "health",
      .json = Dump({{"version", 1}, {"analysis", "raw"}, {"source", std::move(source)}}),
      .range = {.from = now - absl::Hours(1), .to = now},
      .max_data_points = kPointsMax,
      .interval = absl::Minutes(1),
  };
  const QueryAnswer answer = queries.Answer(request, *settings, cancellation);
  const std::string checked =
      series.has_value() ? std::string(kind) + " series " + *series : std::string(kind) + " source";
  if (!answer.status.ok()) {
    return Failure("Reading the last hour of the " + checked + " failed.", answer.status, std::move(details));
  }
  size_t points = 0;
  for (const CheckedFrame& frame : answer.frames) {
    points += frame.rows();
  }
  details["pointsRead"] = points;
  // The machine's metrics begin when the process does, so none is no fault there.
  if (points == 0 && settings->demo_enabled) {
    return Failure("Reading the last hour of the " + checked + " gave no points.",
                   absl::InternalError("Please report this with the version and the server's time."),
                   std::move(details));
  }
  return {.ok = true,
          .message = "Bellwether " + version + " works: it read " + std::to_string(points) +
                     " points of the last hour of the " + checked + ".",
          .details_json = Dump(details)};
}

}  // namespace bellwether
