#include "server/connectors/demo/demo_connector.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/connectors/demo/demo_catalog.h"
#include "server/connectors/demo/demo_incidents.h"
#include "server/connectors/demo/demo_signal.h"
#include "server/connectors/source_query.h"

namespace bellwether {
namespace {

constexpr int64_t kMinute = 60;
constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr int64_t kMaxStep = 366 * 86400;
constexpr size_t kMaxIncidents = 1000;
constexpr size_t kPointsPerCancellationCheck = 512;

/// One series to be made: a member of the metric's group, or all of them as the total.
struct Wanted {
  size_t metric = 0;
  std::optional<size_t> member;
  Labels labels;
};

struct DemoQuery {
  uint64_t seed = DemoConnector::kDefaultSeed;
  std::vector<size_t> metrics;
  Labels labels;
};

/// Times in seconds since the epoch; `step` is a whole number of minutes and divides `begin`.
struct Grid {
  int64_t begin = 0;
  int64_t end = 0;  ///< exclusive
  int64_t step = kMinute;

  size_t size() const { return end <= begin ? 0 : static_cast<size_t>((end - begin + step - 1) / step); }
};

absl::StatusOr<DemoQuery> ParseDemoQuery(std::string_view json) {
  BELLWETHER_ASSIGN_OR_RETURN(const SourceQuery source, SourceQuery::Parse(json));
  DemoQuery query;
  BELLWETHER_ASSIGN_OR_RETURN(std::vector<std::string> names, source.Strings("series"));
  BELLWETHER_ASSIGN_OR_RETURN(query.labels, source.LabelMap("labels"));
  BELLWETHER_ASSIGN_OR_RETURN(const std::optional<uint64_t> seed, source.Unsigned("seed"));
  query.seed = seed.value_or(DemoConnector::kDefaultSeed);
  if (names.empty()) {
    names.push_back("revenue");
  }
  for (const std::string& name : names) {
    const size_t metric = FindDemoMetric(name);
    if (metric == DemoMetrics().size()) {
      std::vector<std::string> known;
      for (const DemoMetric& one : DemoMetrics()) {
        known.emplace_back(one.name);
      }
      return WithOrigin(absl::NotFoundError(absl::StrCat("The demo has no series \"", name, "\". Choose one of ",
                                                         QuotedList(known), ".")),
                        Origin::kDownstream);
    }
    query.metrics.push_back(metric);
  }
  return query;
}

bool MatchesPattern(const Labels& labels, const Labels& pattern) {
  return std::all_of(pattern.begin(), pattern.end(), [&](const auto& wanted) {
    const auto found = labels.find(wanted.first);
    return found != labels.end() && (wanted.second == "*" || wanted.second == found->second);
  });
}

std::vector<Wanted> ChooseSeries(const DemoQuery& query) {
  std::vector<Wanted> chosen;
  for (const size_t metric : query.metrics) {
    const std::string_view group = DemoMetrics()[metric].group;
    if (HasTotal(group) && query.labels.empty()) {
      chosen.push_back({metric, std::nullopt, {}});
      continue;
    }
    const std::vector<DemoMember> members = DemoMembers(group);
    for (size_t i = 0; i < members.size(); ++i) {
      if (MatchesPattern(members[i].labels, query.labels)) {
        chosen.push_back({metric, i, members[i].labels});
      }
    }
  }
  return chosen;
}

int64_t SecondsSinceEpoch(absl::Time time) { return std::clamp<int64_t>(absl::ToUnixSeconds(time), 0, INT64_MAX / 4); }

/// The whole buckets of `request` that have passed by `now`.
Grid GridOf(const FetchRequest& request, absl::Time now) {
  Grid grid;
  if (request.range.to <= absl::UnixEpoch()) {
    return grid;
  }
  const int64_t step_s =
      std::clamp<int64_t>(absl::ToInt64Seconds(absl::Ceil(request.step, absl::Seconds(1))), 1, kMaxStep);
  grid.step = (step_s + kMinute - 1) / kMinute * kMinute;
  const absl::Duration since_epoch = std::max(request.range.from, absl::UnixEpoch()) - absl::UnixEpoch();
  const int64_t from = SecondsSinceEpoch(absl::UnixEpoch() + absl::Ceil(since_epoch, absl::Seconds(1)));
  const int64_t to = std::min(SecondsSinceEpoch(request.range.to - absl::Nanoseconds(1)), SecondsSinceEpoch(now)) + 1;
  const auto max_points = static_cast<int64_t>(std::clamp<size_t>(request.max_points_per_series, 1, 10'000'000));
  // Past the bound the step doubles, so that coarser buckets are made of whole finer ones.
  while ((to - from) / grid.step >= max_points) {
    grid.step *= 2;
  }
  grid.begin = (from + grid.step - 1) / grid.step * grid.step;
  // A bucket is whole once its last minute has begun.
  const int64_t last_whole = (SecondsSinceEpoch(now) + kMinute) / grid.step * grid.step - grid.step;
  grid.end = std::min(to, last_whole + 1);
  return grid;
}

/// Reads the signals of one series, all members for a total.
class SeriesMaker {
 public:
  SeriesMaker(uint64_t seed, const Wanted& wanted) : additive_(DemoMetrics()[wanted.metric].additive) {
    const size_t members = DemoMembers(DemoMetrics()[wanted.metric].group).size();
    for (size_t member = 0; member < members; ++member) {
      if (!wanted.member.has_value() || *wanted.member == member) {
        signals_.emplace_back(DemoSignalKey{seed, wanted.metric, member});
      }
    }
  }

  /// The mean over the bucket, nothing when it has no reading.
  std::optional<double> Mean(int64_t begin, int64_t step) {
    const int64_t stride = std::max<int64_t>(step / (15 * kMinute), 1) * kMinute;
    double sum = 0;
    int count = 0;
    for (int64_t time = begin; time < begin + step; time += stride) {
      if (const std::optional<double> value = Reading(time); value.has_value()) {
        sum += *value;
        ++count;
      }
    }
    return count == 0 ? std::nullopt : std::optional<double>(sum / count);
  }

 private:
  /// A total has a reading when every member has one: a sum of some would be a wrong one.
  std::optional<double> Reading(int64_t time) {
    double sum = 0;
    for (DemoSignal& signal : signals_) {
      const std::optional<double> value = signal.At(time);
      if (!value.has_value()) {
        return std::nullopt;
      }
      sum += *value;
    }
    return additive_ ? sum : sum / static_cast<double>(signals_.size());
  }

  bool additive_;
  std::vector<DemoSignal> signals_;
};

absl::Status MakeSeries(const DemoQuery& query, const Wanted& wanted, const Grid& grid,
                        const Cancellation& cancellation, RawSeries& series) {
  const DemoMetric& metric = DemoMetrics()[wanted.metric];
  series.name = std::string(metric.name);
  series.unit = std::string(metric.unit);
  series.labels = wanted.labels;
  series.times_unix_ns.reserve(grid.size());
  series.values.reserve(grid.size());
  SeriesMaker maker(query.seed, wanted);
  size_t until_check = 0;
  for (int64_t time = grid.begin; time < grid.end; time += grid.step) {
    if (until_check-- == 0) {
      BELLWETHER_RETURN_IF_ERROR(cancellation.Check());
      until_check = kPointsPerCancellationCheck;
    }
    if (const std::optional<double> value = maker.Mean(time, grid.step); value.has_value()) {
      series.times_unix_ns.push_back(time * kNsPerSecond);
      series.values.push_back(*value);
    }
  }
  return absl::OkStatus();
}

/// The incidents that overlap the range and strike one of `chosen`; a total also has those of a single member.
void AddIncidents(const DemoQuery& query, const std::vector<Wanted>& chosen, const TimeRange& range, absl::Time now,
                  FetchResult& result) {
  const int64_t from = SecondsSinceEpoch(range.from);
  const int64_t to = std::min(SecondsSinceEpoch(range.to), SecondsSinceEpoch(now));
  for (const size_t metric : query.metrics) {
    const std::string_view group = DemoMetrics()[metric].group;
    const std::vector<DemoMember> members = DemoMembers(group);
    for (int64_t time = from; time < to + kIncidentSlotSeconds; time += kIncidentSlotSeconds) {
      const DemoIncident incident = IncidentAround(query.seed, metric, members.size(), time);
      const bool struck = std::any_of(chosen.begin(), chosen.end(), [&](const Wanted& one) {
        return one.metric == metric && (!one.member.has_value() || incident.Strikes(*one.member));
      });
      if (!struck || incident.end_s <= from || incident.begin_s >= to) {
        continue;
      }
      if (result.incidents.size() >= kMaxIncidents) {
        result.notices.push_back(
            {NoticeSeverity::kInfo, "Only the first 1,000 incidents are listed. Choose a shorter range."});
        return;
      }
      result.incidents.push_back({{absl::FromUnixSeconds(incident.begin_s), absl::FromUnixSeconds(incident.end_s)},
                                  std::string(DemoMetrics()[metric].name),
                                  incident.member.has_value() ? members[*incident.member].labels : Labels(),
                                  std::string(IncidentTypeName(incident.type)),
                                  IncidentTitle(incident, DemoMetrics()[metric].name)});
    }
  }
}

}  // namespace

absl::StatusOr<FetchResult> DemoConnector::Fetch(const FetchRequest& request, const Cancellation& cancellation) const {
  BELLWETHER_RETURN_IF_ERROR(cancellation.Check());
  BELLWETHER_ASSIGN_OR_RETURN(const DemoQuery query, ParseDemoQuery(request.query_json));
  std::vector<Wanted> chosen = ChooseSeries(query);
  FetchResult result;
  if (chosen.empty()) {
    return WithOrigin(
        absl::NotFoundError("No demo series has the labels asked for. Shop series have category, host series have "
                            "host, sensors have sensor and site; pick a value from the list."),
        Origin::kDownstream);
  }
  if (chosen.size() > request.max_series) {
    result.notices.push_back(
        {NoticeSeverity::kWarning, absl::StrCat(chosen.size() - request.max_series,
                                                " series past the limit were left out. Filter with labels.")});
    chosen.resize(request.max_series);
  }
  const absl::Time now = clock_.Now();
  const Grid grid = GridOf(request, now);
  if (grid.step > std::max<int64_t>(kMinute, absl::ToInt64Seconds(absl::Ceil(request.step, absl::Minutes(1))))) {
    result.notices.push_back(
        {NoticeSeverity::kInfo,
         absl::StrCat("The range has more than ", WithThousands(request.max_points_per_series),
                      " steps: points are means over ", absl::FormatDuration(absl::Seconds(grid.step)), ".")});
  }
  for (const Wanted& wanted : chosen) {
    BELLWETHER_RETURN_IF_ERROR(MakeSeries(query, wanted, grid, cancellation, result.series.emplace_back()));
  }
  AddIncidents(query, chosen, request.range, now, result);
  result.executed_query = absl::StrCat("demo world with seed ", query.seed, ", one point every ",
                                       absl::FormatDuration(absl::Seconds(grid.step)));
  return result;
}

absl::StatusOr<std::vector<SeriesInfo>> DemoConnector::List(std::string_view query_json) const {
  // The list does not depend on the query, but a broken one is still said.
  if (const absl::StatusOr<SourceQuery> source = SourceQuery::Parse(query_json); !source.ok()) {
    return source.status();
  }
  std::vector<SeriesInfo> listed;
  for (const DemoMetric& metric : DemoMetrics()) {
    const std::string name(metric.name);
    const std::string unit(metric.unit);
    const std::string description(metric.description);
    if (HasTotal(metric.group)) {
      listed.push_back({name, {}, unit, description});
    }
    for (const DemoMember& member : DemoMembers(metric.group)) {
      listed.push_back({name, member.labels, unit, description});
    }
  }
  return listed;
}

}  // namespace bellwether
