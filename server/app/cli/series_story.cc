#include "server/app/cli/series_story.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"
#include "server/analytics/changepoint/changepoints.h"
#include "server/analytics/patterns/patterns.h"
#include "server/analytics/series/grid.h"
#include "server/analytics/trend/trend_outlook.h"
#include "server/app/cli/forecast_rows.h"
#include "server/app/cli/table_notices.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"
#include "server/connectors/connector_registry.h"
#include "server/query/connector_query_service.h"
#include "server/query/exec/answer_context.h"
#include "server/query/exec/change_course.h"
#include "server/query/exec/change_marks.h"
#include "server/query/exec/forecast_text.h"
#include "server/query/exec/pattern_text.h"
#include "server/query/exec/quantity_text.h"
#include "server/query/exec/trend_text.h"
#include "server/query/spec/duration.h"
#include "server/query/spec/query_spec.h"

namespace bellwether {
namespace {

using nlohmann::json;

constexpr size_t kMostAnomalies = 5;  // told one by one
constexpr size_t kMostChanges = 5;
constexpr double kDayNs = 86'400e9;
constexpr int64_t kLeastIntervalSteps = 4;

// The series as a source of queries.
class TableConnector final : public Connector {
 public:
  explicit TableConnector(RawSeries series) : series_(std::move(series)) {}

  [[nodiscard]] std::string_view kind() const override { return "csv"; }

  [[nodiscard]] absl::StatusOr<FetchResult> Fetch(const FetchRequest& request, const Cancellation&) const override {
    FetchResult result;
    RawSeries& part = result.series.emplace_back(RawSeries{series_.name, {}, series_.unit, {}, {}});
    const std::vector<int64_t>& times = series_.times_unix_ns;
    const auto at = [&](absl::Time time) {
      return std::lower_bound(times.begin(), times.end(), absl::ToUnixNanos(time)) - times.begin();
    };
    const std::ptrdiff_t from = at(request.range.from);
    const std::ptrdiff_t to = std::max(from, at(request.range.to));
    part.times_unix_ns.assign(times.begin() + from, times.begin() + to);
    part.values.assign(series_.values.begin() + from, series_.values.begin() + to);
    return result;
  }

  [[nodiscard]] absl::StatusOr<std::vector<SeriesInfo>> List(std::string_view) const override {
    return std::vector<SeriesInfo>{};
  }

 private:
  const RawSeries series_;
};

// The present of the story: the end of its data.
class EndClock final : public Clock {
 public:
  explicit EndClock(absl::Time now) : now_(now) {}
  [[nodiscard]] absl::Time Now() const override { return now_; }

 private:
  const absl::Time now_;
};

// Rows in order of time; of those with the same time the last counts.
absl::StatusOr<RawSeries> InOrder(const TableSeries& series, const StoryOptions& options) {
  std::vector<size_t> order(series.values.size());
  for (size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return series.times_unix_ns[a] < series.times_unix_ns[b]; });
  RawSeries raw{series.name.empty() ? "value" : series.name, {}, options.unit, {}, {}};
  size_t present = 0;
  for (const size_t i : order) {
    if (!raw.times_unix_ns.empty() && raw.times_unix_ns.back() == series.times_unix_ns[i]) {
      raw.times_unix_ns.pop_back();
      raw.values.pop_back();
    }
    raw.times_unix_ns.push_back(series.times_unix_ns[i]);
    raw.values.push_back(series.values[i]);
  }
  for (const double value : raw.values) {
    present += std::isfinite(value) ? 1 : 0;
  }
  if (present < 3) {
    return BadQueryError(Concat("A story needs at least 3 values at different times, but the series has ", present,
                                ". Give a longer table."));
  }
  return raw;
}

std::string Percent(double share) { return absl::StrFormat("%.0f %%", 100 * share); }

double Rounded(double value) { return RoundTo(value, 6); }

// The most rows of `step_ns` that a forecast may reach ahead.
size_t MostRowsAhead(int64_t step_ns) {
  return static_cast<size_t>(absl::ToInt64Nanoseconds(kLongestHorizon) / step_ns);
}

// Tells one series, subject by subject.
class Teller {
 public:
  Teller(RawSeries raw, const StoryOptions& options) : options_(options), raw_(std::move(raw)) {
    step_ns_ = std::max<int64_t>(1, MedianStep(raw_.times_unix_ns));
    grid_ = ToGrid(raw_.times_unix_ns, raw_.values, raw_.times_unix_ns.front(), raw_.times_unix_ns.back() + step_ns_,
                   step_ns_);
  }

  absl::StatusOr<SeriesStory> Tell() {
    Data();
    TellPatterns();
    BELLWETHER_RETURN_IF_ERROR(TellTrend());
    Changes();
    BELLWETHER_RETURN_IF_ERROR(Anomalies());
    BELLWETHER_RETURN_IF_ERROR(TellForecast());
    return SeriesStory{facts_.dump(-1, ' ', false, json::error_handler_t::replace), std::move(lines_)};
  }

 private:
  void Data() {
    const auto present = static_cast<size_t>(
        std::count_if(grid_.values.begin(), grid_.values.end(), [](double v) { return std::isfinite(v); }));
    const double missing = 1 - static_cast<double>(present) / static_cast<double>(grid_.values.size());
    facts_["series"] = raw_.name;
    facts_["data"] = {{"values", present},
                      {"from", FormatTime(raw_.times_unix_ns.front())},
                      {"to", FormatTime(raw_.times_unix_ns.back())},
                      {"stepSeconds", static_cast<double>(step_ns_) / 1e9},
                      {"missingShare", RoundTo(missing, 3)}};
    lines_.push_back(Concat("Data: ", present, present == 1 ? " value from " : " values from ",
                            FormatTime(raw_.times_unix_ns.front()), " to ", FormatTime(raw_.times_unix_ns.back()),
                            ", one every ", TimeSpanText(static_cast<double>(step_ns_) / 1e9),
                            missing >= 0.005 ? Concat("; ", Percent(missing), " missing") : "", "."));
  }

  static void AddPeak(const char* name, const std::string& at, const std::optional<Peak>& peak, json& facts) {
    if (peak.has_value()) {
      facts[name] = {{"at", at},
                     {"level", Rounded(peak->level)},
                     {"size", Rounded(peak->size)},
                     {"share", RoundTo(peak->share, 3)}};
    }
  }

  void TellPatterns() {
    const Patterns patterns = DescribePatterns(grid_.values, grid_.start_unix_ns, step_ns_);
    json list = json::array();
    for (const Period& period : patterns.periods) {
      list.push_back({{"name", PatternName(period.steps, step_ns_)},
                      {"rows", period.steps},
                      {"strength", RoundTo(period.strength, 3)}});
    }
    json peaks = json::object();
    const auto slot = [](const std::optional<Peak>& peak) { return peak.has_value() ? peak->slot : 0; };
    AddPeak("peakHour", HourText(slot(patterns.peak_hour)), patterns.peak_hour, peaks);
    AddPeak("lowHour", HourText(slot(patterns.low_hour)), patterns.low_hour, peaks);
    AddPeak("peakWeekday", WeekdayText(slot(patterns.peak_weekday)), patterns.peak_weekday, peaks);
    AddPeak("lowWeekday", WeekdayText(slot(patterns.low_weekday)), patterns.low_weekday, peaks);
    facts_["patterns"] = std::move(list);
    facts_["peaks"] = std::move(peaks);
    facts_["behaviour"] = BehaviourName(patterns.main);
    lines_.push_back(Concat("Patterns: ", PatternsText(patterns, step_ns_, options_.unit)));
  }

  absl::Status TellTrend() {
    BELLWETHER_ASSIGN_OR_RETURN(const TrendOutlook outlook, EstimateTrendOutlook(grid_.values));
    const Trend& trend = outlook.whole;
    const double per_day = kDayNs / static_cast<double>(step_ns_);
    facts_["trend"] = {{"direction", TrendDirectionName(trend.direction)},
                       {"perDay", Rounded(trend.slope * per_day)},
                       {"perDayLower", Rounded(trend.slope_lower * per_day)},
                       {"perDayUpper", Rounded(trend.slope_upper * per_day)},
                       {"pValue", RoundTo(trend.p_value, 3)},
                       {"rSquared", RoundTo(trend.r_squared, 3)},
                       {"strength", RoundTo(outlook.strength, 3)},
                       {"recentDirection", TrendDirectionName(outlook.recent.direction)},
                       {"recentPerDay", Rounded(outlook.recent.slope * per_day)}};
    if (outlook.growth.has_value()) {
      facts_["trend"]["growthPerDay"] = Rounded(*outlook.growth * per_day);
    }
    if (outlook.origins > 0) {
      facts_["trend"]["continuation"] = RoundTo(outlook.continuation, 3);
    }
    lines_.push_back(Concat("Trend: ", TrendText(outlook, step_ns_, options_.unit)));
    return absl::OkStatus();
  }

  void Changes() {
    const std::vector<ChangePoint> changes = FindChangePoints(grid_.values);
    const std::vector<ChangeCourse> courses = ChangeCourses(changes, grid_.values.size());
    // The first change that each one takes back, its own index where it takes back none.
    std::vector<size_t> takes_back(changes.size());
    for (size_t i = changes.size(); i-- > 0;) {
      takes_back[i] = i;
      if (courses[i].end == ChangeEnd::kTakenBack) {
        takes_back[courses[i].ended] = i;
      }
    }
    json list = json::array();
    std::vector<std::string> told;
    const size_t first_told = changes.size() > kMostChanges ? changes.size() - kMostChanges : 0;
    for (size_t i = 0; i < changes.size(); ++i) {
      const ChangePoint& change = changes[i];
      const std::string at = FormatTime(grid_.TimeAt(change.index));
      const std::string back = takes_back[i] == i ? ""
                                                  : Concat(" That brings back what was before ",
                                                           FormatTime(grid_.TimeAt(changes[takes_back[i]].index)), ".");
      const std::string text =
          Concat(ChangeText(change, options_.unit, step_ns_), back, " ", CourseText(courses[i], step_ns_));
      list.push_back({{"at", at},
                      {"kind", ChangeKindName(change.kind)},
                      {"before", Rounded(ReadableSize(change, change.before, step_ns_))},
                      {"after", Rounded(ReadableSize(change, change.after, step_ns_))},
                      {"confidence", RoundTo(change.confidence, 3)},
                      {"end", ChangeEndName(courses[i].end)},
                      {"heldSeconds", static_cast<double>(courses[i].rows) * static_cast<double>(step_ns_) / 1e9},
                      {"text", text}});
      if (i >= first_told) {
        told.push_back(Concat("  ", at, ": ", text));
      }
    }
    facts_["changes"] = std::move(list);
    lines_.push_back(changes.empty()  ? "Changes of level, slope or scatter: none."
                     : first_told > 0 ? Concat("Changes: ", changes.size(), ", the latest ", kMostChanges, ":")
                                      : Concat("Changes: ", changes.size(), ":"));
    lines_.insert(lines_.end(), told.begin(), told.end());
  }

  // Asks as a panel over all of the data would, at the moment where they end.
  absl::StatusOr<CheckedFrame> Ask(json query) const {
    ConnectorRegistry registry;
    registry.Add(std::make_unique<TableConnector>(raw_));
    const absl::Time end = absl::FromUnixNanos(raw_.times_unix_ns.back() + step_ns_);
    // The bucket that holds the last row must be complete.
    const EndClock clock(end + absl::Nanoseconds(step_ns_));
    QueryLimits limits;
    limits.max_threads = 1;
    limits.max_time = absl::InfiniteDuration();
    const std::unique_ptr<QueryService> service = MakeConnectorQueryService(registry, clock, {}, limits);
    query["source"] = {{"kind", "csv"}};
    query["form"] = "rows";
    if (!options_.interval.empty()) {
      query["interval"] = options_.interval;
    }
    QueryRequest request;
    request.ref_id = "A";
    request.json = query.dump();
    request.range = {absl::FromUnixNanos(raw_.times_unix_ns.front()), end};
    QueryAnswer answer = service->Answer(request, {}, Cancellation());
    if (!answer.status.ok()) {
      return answer.status;
    }
    return std::move(answer.frames.front());
  }

  static const Field* Named(const Frame& frame, std::string_view name) {
    const auto found =
        std::find_if(frame.fields.begin(), frame.fields.end(), [&](const Field& field) { return field.name == name; });
    return found == frame.fields.end() ? nullptr : &*found;
  }

  absl::Status Anomalies() {
    BELLWETHER_ASSIGN_OR_RETURN(
        const CheckedFrame checked,
        Ask({{"analysis", "anomalies"}, {"anomalies", {{"falseAlarmsPerWeek", options_.false_alarms_per_week}}}}));
    const Frame& frame = checked.frame();
    json list = json::array();
    std::vector<std::string> told;
    for (size_t row = 0; row < checked.rows(); ++row) {
      const auto text = [&](const char* name) {
        return std::string(std::get<StringColumn>(Named(frame, name)->column)[row]);
      };
      const auto time = [&](const char* name) {
        return FormatTime(std::get<TimeColumn>(Named(frame, name)->column).values[row]);
      };
      list.push_back({{"start", time("start")},
                      {"end", time("end")},
                      {"severity", text("severity")},
                      {"type", text("type")},
                      {"text", text("explanation")}});
      if (told.size() < kMostAnomalies) {
        told.push_back(Concat("  ", time("start"), " (", text("severity"), "): ", text("explanation")));
      }
    }
    const bool is_one = options_.false_alarms_per_week == 1;
    lines_.push_back(Concat("Anomalies: ", list.empty() ? "none" : Concat(list.size()), " (",
                            absl::StrFormat("%g", options_.false_alarms_per_week), " false alarm", is_one ? "" : "s",
                            " a week accepted)",
                            list.size() > told.size() ? Concat(", the latest ", told.size(), ":")
                            : told.empty()            ? "."
                                                      : ":"));
    lines_.insert(lines_.end(), told.begin(), told.end());
    for (const Notice& notice : frame.meta.notices) {
      lines_.push_back(Concat("  ", AdviceForFiles(notice.text)));
    }
    facts_["anomalies"] = std::move(list);
    return absl::OkStatus();
  }

  absl::Status TellForecast() {
    const size_t most = MostRowsAhead(step_ns_);
    const size_t rows = options_.horizon.value_or(std::min(kUsualStoryHorizon, most));
    if (rows == 0) {
      lines_.push_back(Concat("Forecast: none. One row ahead is further than ",
                              TimeSpanText(absl::ToDoubleSeconds(kLongestHorizon)),
                              ", the longest horizon of a forecast."));
      return absl::OkStatus();
    }
    const absl::Duration horizon = absl::Nanoseconds(step_ns_) * static_cast<int64_t>(rows);
    json forecast = {{"horizon", DurationText(std::max(horizon, absl::Milliseconds(1)))}, {"levels", options_.levels}};
    const char* direction = options_.below ? "below" : "above";
    if (options_.threshold.has_value()) {
      forecast["threshold"] = {{"value", *options_.threshold}, {"direction", direction}};
    }
    if (options_.capacity.has_value()) {
      forecast["capacity"] = {{"value", *options_.capacity}, {"direction", direction}};
    }
    BELLWETHER_ASSIGN_OR_RETURN(const CheckedFrame checked, Ask({{"analysis", "forecast"}, {"forecast", forecast}}));
    const json summary = json::parse(checked.frame().meta.custom_json, nullptr, /*allow_exceptions=*/false);
    if (summary.is_object() && !summary["series"].empty()) {
      facts_["forecast"] = summary["series"][0];
      facts_["forecast"].erase("series");
      facts_["forecast"]["horizonSeconds"] = summary["horizonSeconds"];
      lines_.push_back(Concat("Forecast: ", facts_["forecast"]["text"].get<std::string>()));
    }
    for (const Notice& notice : checked.frame().meta.notices) {
      lines_.push_back(Concat("  ", AdviceForFiles(notice.text)));
    }
    TellLimitOfOtherSide();
    if (!options_.horizon.has_value() && most < kUsualStoryHorizon) {
      lines_.push_back(Concat("  It goes ", rows, rows == 1 ? " row" : " rows", " ahead instead of ",
                              kUsualStoryHorizon, ": a forecast reaches at most ",
                              TimeSpanText(absl::ToDoubleSeconds(kLongestHorizon)), " ahead."));
    }
    return absl::OkStatus();
  }

  // A capacity on the wrong side of the values is reached before anything begins.
  void TellLimitOfOtherSide() {
    const auto last = std::find_if(raw_.values.rbegin(), raw_.values.rend(), [](double v) { return std::isfinite(v); });
    if (options_.capacity.has_value() && last != raw_.values.rend() &&
        (options_.below ? *last <= *options_.capacity : *last >= *options_.capacity)) {
      lines_.push_back(Concat("  ", ReachedAlreadyAdvice(*options_.capacity, options_.below)));
    }
  }

  const StoryOptions& options_;
  const RawSeries raw_;
  int64_t step_ns_ = 1;
  GridSeries grid_;
  json facts_ = json::object();
  std::vector<std::string> lines_;
};

// OK, or how few whole steps of --interval the rows hold: what is cut at either end is not judged.
absl::Status CheckInterval(const RawSeries& raw, const StoryOptions& options, int64_t step_ns) {
  const auto interval = ParseDuration(options.interval);
  if (!interval.ok()) {
    return absl::OkStatus();  // none, or the query says what is wrong with it
  }
  const int64_t span = raw.times_unix_ns.back() - raw.times_unix_ns.front() + step_ns;
  const int64_t steps = absl::Nanoseconds(span) / *interval;
  if (steps >= kLeastIntervalSteps) {
    return absl::OkStatus();
  }
  return BadQueryError(Concat("--interval ", options.interval, " leaves ", steps,
                              steps == 1 ? " whole step" : " whole steps", " of the ",
                              TimeSpanText(static_cast<double>(span) / 1e9), " of the series; at least ",
                              kLeastIntervalSteps, " are needed. Choose a shorter --interval."));
}

}  // namespace

absl::StatusOr<SeriesStory> TellStory(const TableSeries& series, const StoryOptions& options) {
  BELLWETHER_ASSIGN_OR_RETURN(RawSeries raw, InOrder(series, options));
  const int64_t span = raw.times_unix_ns.back() - raw.times_unix_ns.front();
  const int64_t step = std::max<int64_t>(1, MedianStep(raw.times_unix_ns));
  if (span / step > 1'000'000) {
    return BadQueryError(Concat("The series spans ", span / step,
                                " steps of its rows; at most 1,000,000 can be told. "
                                "Cut the table."));
  }
  if (const size_t most = MostRowsAhead(step); options.horizon.has_value() && *options.horizon > most) {
    return BadQueryError(Concat("--horizon ", *options.horizon, " reaches further ahead than ",
                                TimeSpanText(absl::ToDoubleSeconds(kLongestHorizon)), " with one row every ",
                                TimeSpanText(static_cast<double>(step) / 1e9),
                                most > 0 ? Concat(". Ask for at most ", most, ".") : ". Leave it out."));
  }
  BELLWETHER_RETURN_IF_ERROR(CheckInterval(raw, options, step));
  return Teller(std::move(raw), options).Tell();
}

}  // namespace bellwether
