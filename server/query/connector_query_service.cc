#include "server/query/connector_query_service.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "nlohmann/json.hpp"
#include "server/analytics/anomaly/detector.h"
#include "server/analytics/forecast/forecaster.h"
#include "server/analytics/forecast/holiday_table.h"
#include "server/analytics/multivariate/multivariate_detector.h"
#include "server/analytics/outliers/group_outliers.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"
#include "server/query/exec/anomaly_frames.h"
#include "server/query/exec/answer_context.h"
#include "server/query/exec/backtest.h"
#include "server/query/exec/changepoint_frames.h"
#include "server/query/exec/forecast_frames.h"
#include "server/query/exec/model_input.h"
#include "server/query/exec/multivariate_frames.h"
#include "server/query/exec/outlier_frames.h"
#include "server/query/exec/pattern_frames.h"
#include "server/query/exec/raw_frames.h"
#include "server/query/exec/series_workers.h"
#include "server/query/exec/trend_frames.h"
#include "server/query/spec/json_reader.h"
#include "server/query/spec/parse_backtest.h"
#include "server/query/spec/parse_query.h"

namespace bellwether {
namespace {

using nlohmann::json;

template <typename Methods>
json MethodList(const Methods& methods) {
  json list = json::array();
  for (const AnalysisMethod& method : methods) {
    json entry = {{"id", method.id}, {"name", method.name}, {"assumptions", method.assumptions}};
    if (!method.purpose.empty()) {
      entry["purpose"] = method.purpose;
    }
    if (!method.options.empty()) {
      entry["options"] = method.options;
    }
    list.push_back(std::move(entry));
  }
  return list;
}

json CountryList() {
  json list = json::array();
  for (const HolidayCountry& country : HolidayCountries()) {
    list.push_back({{"code", country.code}, {"name", country.name}});
  }
  return list;
}

template <typename Names>
json NameList(const Names& names) {
  json list = json::array();
  for (const std::string_view name : names) {
    list.push_back(name);
  }
  return list;
}

template <typename Methods>
absl::Status CheckMethod(std::string_view path, std::string_view id, const Methods& methods) {
  std::vector<std::string_view> ids = {"auto"};
  for (const auto& method : methods) {
    if (method.id != "auto") {
      ids.push_back(method.id);
    }
  }
  return std::find(ids.begin(), ids.end(), id) != ids.end() ? absl::OkStatus()
                                                            : BadQueryError(UnknownChoiceMessage(path, id, ids));
}

class ConnectorQueryService final : public QueryService {
 public:
  ConnectorQueryService(const ConnectorRegistry& registry, const Clock& clock, ServerSettings settings,
                        QueryLimits limits, TextFileReader read_file)
      : registry_(registry),
        clock_(clock),
        settings_(std::move(settings)),
        limits_(limits),
        read_file_(std::move(read_file)) {}

  QueryAnswer Answer(const QueryRequest& request, const DataSourceSettings& settings,
                     const Cancellation& cancellation) const override {
    QueryAnswer answer;
    absl::StatusOr<std::vector<Frame>> frames = Frames(request, settings, cancellation);
    if (!frames.ok()) {
      answer.status = frames.status();
      return answer;
    }
    for (Frame& frame : *frames) {
      absl::StatusOr<CheckedFrame> checked = CheckedFrame::Check(std::move(frame));
      if (!checked.ok()) {
        answer.status = checked.status();
        answer.frames.clear();
        return answer;
      }
      answer.frames.push_back(*std::move(checked));
    }
    return answer;
  }

  absl::Status Validate(std::string_view query_json) const override { return Parse(query_json).status(); }

  std::string MethodsJson() const override {
    return json{{"analyses", NameList(kAnalysisNames)},
                {"forms", NameList(kFormNames)},
                {"sources", NameList(registry_.kinds())},
                {"sensitivities", json::array({{{"id", "low"}, {"falseAlarmsPerWeek", kSensitivityBudgets[0]}},
                                               {{"id", "medium"}, {"falseAlarmsPerWeek", kSensitivityBudgets[1]}},
                                               {{"id", "high"}, {"falseAlarmsPerWeek", kSensitivityBudgets[2]}}})},
                {"detectors", MethodList(DetectorMethods())},
                {"outliers", MethodList(OutlierMethods())},
                {"multivariate", MethodList(MultivariateMethods())},
                {"forecasters", MethodList(ForecastMethods())},
                {"countries", CountryList()}}
        .dump();
  }

  absl::StatusOr<std::string> SeriesJson(std::string_view source_json,
                                         const DataSourceSettings& settings) const override {
    BELLWETHER_ASSIGN_OR_RETURN(const json source, ParseUserJson(source_json));
    if (!source.is_object()) {
      return BadQueryError(R"(The source must be a JSON object with a kind, such as {"kind": "demo"}.)");
    }
    JsonReader reader(source, "source");
    const std::vector<std::string_view> kinds = registry_.kinds();
    size_t kind = 0;
    reader.ReadChoice("kind", kinds, /*required=*/true, kind);
    BELLWETHER_RETURN_IF_ERROR(reader.status());
    BELLWETHER_ASSIGN_OR_RETURN(const Connector* const connector, FindConnector(kinds[kind], settings));
    BELLWETHER_ASSIGN_OR_RETURN(const std::vector<SeriesInfo> list, connector->List(source_json));
    json array = json::array();
    for (const SeriesInfo& info : list) {
      array.push_back(
          {{"name", info.name}, {"labels", info.labels}, {"unit", info.unit}, {"description", info.description}});
    }
    return array.dump(-1, ' ', false, json::error_handler_t::replace);
  }

  absl::StatusOr<std::string> BacktestJson(std::string_view body, const DataSourceSettings& settings,
                                           const Cancellation& cancellation) const override {
    BELLWETHER_ASSIGN_OR_RETURN(const BacktestAsk ask, ParseBacktest(body));
    BELLWETHER_ASSIGN_OR_RETURN(const QuerySpec spec, Parse(ask.query_json));
    BELLWETHER_ASSIGN_OR_RETURN(const Connector* const connector, FindConnector(spec.source_kind, settings));
    return bellwether::BacktestJson(ask, spec, *connector, clock_, Deadline(clock_.Now(), cancellation), limits_,
                                    cancellation, workers_);
  }

  std::string ServerSettingsJson() const override {
    return json{{"version", settings_.version},
                {"csvFolder", settings_.csv_folder.empty() ? json(nullptr) : json(settings_.csv_folder)},
                {"sources", NameList(registry_.kinds())}}
        .dump(-1, ' ', false, json::error_handler_t::replace);
  }

 private:
  absl::StatusOr<QuerySpec> Parse(std::string_view query_json) const {
    BELLWETHER_ASSIGN_OR_RETURN(QuerySpec spec, ParseQuery(query_json, registry_.kinds()));
    BELLWETHER_RETURN_IF_ERROR(CheckMethod("anomalies.method", spec.anomalies.method, DetectorMethods()));
    BELLWETHER_RETURN_IF_ERROR(CheckMethod("forecast.method", spec.forecast.method, ForecastMethods()));
    return spec;
  }

  absl::StatusOr<const Connector*> FindConnector(std::string_view kind, const DataSourceSettings& settings) const {
    if (kind == "demo" && !settings.demo_enabled) {
      return WithOrigin(absl::PermissionDeniedError("The demo source is switched off in the settings of this data "
                                                    "source. Ask an administrator to switch it on, or choose another "
                                                    "source."),
                        Origin::kDownstream);
    }
    return registry_.Find(kind);
  }

  absl::StatusOr<std::vector<Frame>> Frames(const QueryRequest& request, const DataSourceSettings& settings,
                                            const Cancellation& cancellation) const {
    BELLWETHER_ASSIGN_OR_RETURN(const QuerySpec spec, Parse(request.json));
    BELLWETHER_ASSIGN_OR_RETURN(const Connector* const connector, FindConnector(spec.source_kind, settings));
    const absl::Time now = clock_.Now();
    if (spec.analysis == Analysis::kRaw) {
      return AnswerRaw(spec, request, *connector, now, limits_, cancellation);
    }
    BELLWETHER_ASSIGN_OR_RETURN(ModelInput input,
                                ReadModelInput(spec, request, *connector, now, limits_, cancellation));
    const AnswerContext context = {
        spec, request, input, limits_, now, cancellation, clock_, Deadline(now, cancellation), workers_, read_file_};
    if (input.series.empty() || VisiblePart(input).size == 0) {
      return NoData(context);
    }
    switch (spec.analysis) {
      case Analysis::kAnomalies:
        return AnswerAnomalies(context);
      case Analysis::kForecast:
        return AnswerForecast(context);
      case Analysis::kOutliers:
        return AnswerOutliers(context);
      case Analysis::kMultivariate:
        return AnswerMultivariate(context);
      case Analysis::kChangepoints:
        return AnswerChangepoints(context);
      case Analysis::kPatterns:
        return AnswerPatterns(context);
      case Analysis::kTrend:
      case Analysis::kRaw:
        return AnswerTrend(context);
    }
    return NoData(context);
  }

  // When the analysis has to be done: a tenth of the caller's time is kept for encoding and sending.
  absl::Time Deadline(absl::Time now, const Cancellation& cancellation) const {
    const absl::Time waits_until = cancellation.deadline();
    return std::min(now + limits_.max_time,
                    waits_until == absl::InfiniteFuture() ? waits_until : now + 0.9 * (waits_until - now));
  }

  // No data is an answer, not an error: an empty frame and a sentence.
  static std::vector<Frame> NoData(const AnswerContext& context) {
    Frame frame = StartFrame(context, AnswerName(context), "timeseries-wide");
    frame.meta.notices.push_back(
        {NoticeSeverity::kInfo, context.input.series.empty()
                                    ? "The source has no series for this query. Choose others in the query editor."
                                    : "The source has no data in this time range. Choose another range."});
    std::vector<Frame> frames;
    frames.push_back(std::move(frame));
    return frames;
  }

  const ConnectorRegistry& registry_;
  const Clock& clock_;
  const ServerSettings settings_;
  const QueryLimits limits_;
  const TextFileReader read_file_;
  mutable SeriesWorkers workers_{limits_.max_threads > 0 ? limits_.max_threads - 1
                                                         : SeriesWorkers::HelpersForThisMachine()};
};

}  // namespace

std::unique_ptr<QueryService> MakeConnectorQueryService(const ConnectorRegistry& registry, const Clock& clock,
                                                        ServerSettings settings, QueryLimits limits,
                                                        TextFileReader read_file) {
  return std::make_unique<ConnectorQueryService>(registry, clock, std::move(settings), limits, std::move(read_file));
}

absl::StatusOr<DataSourceSettings> DataSourceSettings::Parse(std::string_view json_data) {
  DataSourceSettings settings;
  if (json_data.empty()) {
    return settings;
  }
  BELLWETHER_ASSIGN_OR_RETURN(const json object, ParseUserJson(json_data));
  if (object.is_null()) {
    return settings;
  }
  if (!object.is_object()) {
    return BadQueryError(
        "The settings of the data source (jsonData) must be a JSON object. Save the data source again.");
  }
  JsonReader reader(object, "jsonData");
  if (const json* demo = reader.Find("demoEnabled"); demo != nullptr) {
    if (!demo->is_boolean()) {
      return BadQueryError(Concat("jsonData.demoEnabled must be true or false, not ", JsonTypeName(*demo),
                                  ". Correct the provisioning file or save the data source again."));
    }
    settings.demo_enabled = demo->get<bool>();
  }
  return settings;
}

}  // namespace bellwether
