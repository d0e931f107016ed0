#include "server/query/exec/multivariate_analysis.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "server/analytics/multivariate/feature_columns.h"
#include "server/analytics/multivariate/feature_evidence.h"
#include "server/analytics/multivariate/host_anomalies.h"
#include "server/analytics/multivariate/multivariate_detector.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"
#include "server/base/time/step.h"

namespace bellwether {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kQuietRows = 3;  // that an incident may hold between two unusual ones
constexpr const char* kMetricLabel = "series";

size_t IndexOf(std::span<const int64_t> times, int64_t time) {
  return static_cast<size_t>(std::lower_bound(times.begin(), times.end(), time) - times.begin());
}

/// Rows of the model's grid as feature columns.
struct FeatureRows {
  std::vector<double> values;
  size_t rows = 0;
  size_t features = 0;
  [[nodiscard]] FeatureColumns Columns() const { return {.values = values, .rows = rows, .features = features}; }
};

FeatureRows RowsOf(const ModelInput& input, const FeatureGroup& group, size_t begin, size_t end) {
  FeatureRows out{.values = {}, .rows = end - begin, .features = group.features.size()};
  out.values.reserve(out.rows * out.features);
  for (const size_t feature : group.features) {
    const auto column = std::span(input.series[feature].values).subspan(begin, out.rows);
    out.values.insert(out.values.end(), column.begin(), column.end());
  }
  return out;
}

bool IsEmptyRow(const FeatureColumns& points, size_t row) {
  for (size_t f = 0; f < points.features; ++f) {
    if (std::isfinite(points.Column(f)[row])) {
      return false;
    }
  }
  return true;
}

size_t SeenRows(const FeatureColumns& points) {
  size_t seen = 0;
  for (size_t row = 0; row < points.rows; ++row) {
    seen += IsEmptyRow(points, row) ? 0 : 1;
  }
  return seen;
}

std::string NameOf(const Labels& labels) {
  std::string name;
  for (const auto& [key, value] : labels) {
    name += Concat(name.empty() ? "" : ", ", value);
  }
  return name.empty() ? "all series" : name;
}

/// Tells an incident at its most surprising row.
void Describe(const FeatureRows& rows, size_t row, const FeatureGroup& group, const MultivariateDetector& detector,
              const ModelInput& input, GroupIncident& incident) {
  const FeatureColumns points = rows.Columns();
  std::vector<double> values;
  std::vector<FeatureMeaning> meanings;
  for (size_t f = 0; f < points.features; ++f) {
    values.push_back(points.Column(f)[row]);
    const ModelSeries& series = input.series[group.features[f]];
    meanings.push_back(MeaningOf(series.name, series.unit));
  }
  const std::vector<FeatureContribution> contributions = detector.Explain(values);
  const HostAnomalyKind& kind = ClassifyHostAnomaly(EvidenceOf(points, row, contributions, meanings));
  incident.kind = kind.id;
  incident.action = kind.action;
  incident.parts.clear();
  for (const FeatureContribution& one : contributions) {
    incident.parts.push_back({.series = group.features[one.feature], .share = one.share, .units = one.units});
  }
}

/// One block of time and what its detector, which learned from the block before, says of it.
struct JudgedBlock {
  size_t begin = 0;  ///< index into the grid
  FeatureRows rows;
  std::optional<MultivariateDetector> detector;  ///< none where there was too little to learn from
  MultivariateVerdicts verdicts;
  std::vector<GroupIncident> incidents;  ///< without what Describe adds

  [[nodiscard]] size_t end() const { return begin + rows.rows; }
};

/// The incidents of a block whose rows begin at grid index `begin`.
std::vector<GroupIncident> IncidentsOf(const MultivariateVerdicts& judged, size_t begin) {
  std::vector<GroupIncident> incidents;
  for (size_t row = 0; row < judged.score.size(); ++row) {
    if (judged.is_anomaly[row] == 0) {
      continue;
    }
    const size_t at = begin + row;
    if (incidents.empty() || at - incidents.back().last > kQuietRows + 1) {
      incidents.emplace_back().first = at;
      incidents.back().peak = at;
      incidents.back().score = judged.score[row];
    }
    GroupIncident& incident = incidents.back();
    incident.last = at;
    if (judged.score[row] > incident.score) {
      incident.peak = at;
      incident.score = judged.score[row];
    }
  }
  return incidents;
}

/// The whole block is judged, so that what is said of an incident does not depend on where the panel begins.
absl::StatusOr<JudgedBlock> JudgeBlock(const ModelInput& input, const FeatureGroup& group, const MultivariateSpec& spec,
                                       int64_t block) {
  const std::span<const int64_t> times = input.times_unix_ns;
  JudgedBlock judged;
  judged.begin = IndexOf(times, block);
  const FeatureRows history = RowsOf(input, group, IndexOf(times, block - input.plan.history_ns), judged.begin);
  judged.rows = RowsOf(input, group, judged.begin, IndexOf(times, block + input.plan.history_ns));
  if (SeenRows(history.Columns()) < MultivariateDetector::kLeastHistory) {
    return judged;
  }
  const MultivariateOptions options{
      .false_alarms_per_week = spec.false_alarms_per_week, .step_ns = input.plan.step_ns, .only = spec.only};
  BELLWETHER_ASSIGN_OR_RETURN(judged.detector, MultivariateDetector::Fit(history.Columns(), options));
  judged.verdicts = judged.detector->Judge(judged.rows.Columns());
  judged.incidents = IncidentsOf(judged.verdicts, judged.begin);
  return judged;
}

/// Adds the verdicts on the rows of a block from grid index `shown` on.
void AppendRows(const JudgedBlock& judged, size_t shown, GroupVerdicts& verdicts) {
  if (!judged.detector.has_value()) {
    verdicts.learning_buckets += judged.end() - shown;
    verdicts.score.resize(verdicts.score.size() + judged.end() - shown, kNan);
    verdicts.p_value.resize(verdicts.score.size(), kNan);
    verdicts.is_anomaly.resize(verdicts.score.size(), 0);
    return;
  }
  const FeatureColumns points = judged.rows.Columns();
  for (size_t row = shown - judged.begin; row < points.rows; ++row) {
    const bool seen = !IsEmptyRow(points, row);
    verdicts.score.push_back(seen ? judged.verdicts.score[row] : kNan);
    verdicts.p_value.push_back(seen ? judged.verdicts.p_value[row] : kNan);
    verdicts.is_anomaly.push_back(judged.verdicts.is_anomaly[row]);
  }
}

/// The last incident of `before` where the first one of `block` goes on with it. One that fills the block before from
/// its beginning on is not continued: whether it began there is not known to a panel that begins later.
std::optional<GroupIncident> ContinuedBy(const JudgedBlock& before, const JudgedBlock& block) {
  if (before.incidents.empty() || block.incidents.empty()) {
    return std::nullopt;
  }
  const GroupIncident& last = before.incidents.back();
  const bool is_close = block.incidents.front().first - last.last <= kQuietRows + 1;
  return is_close && last.first > before.begin + kQuietRows ? std::optional(last) : std::nullopt;
}

/// The block that holds the peak tells what the incident was.
void Describe(const JudgedBlock& judged, const FeatureGroup& group, const ModelInput& input, GroupIncident& incident) {
  const size_t row = incident.peak - judged.begin;
  incident.p_value = judged.verdicts.p_value[row];
  Describe(judged.rows, row, group, *judged.detector, input, incident);
}

/// Series of the group that never have a value when another one of it has.
std::vector<size_t> NeverTogether(const ModelInput& input, const FeatureGroup& group) {
  std::vector<uint8_t> together(group.features.size(), 0);
  for (size_t row = 0; row < input.times_unix_ns.size(); ++row) {
    const auto has = [&](size_t feature) { return std::isfinite(input.series[feature].values[row]); };
    if (std::count_if(group.features.begin(), group.features.end(), has) < 2) {
      continue;
    }
    for (size_t f = 0; f < together.size(); ++f) {
      together[f] = together[f] != 0 || has(group.features[f]) ? 1 : 0;
    }
  }
  std::vector<size_t> apart;
  for (size_t f = 0; f < together.size(); ++f) {
    if (together[f] == 0) {
      apart.push_back(group.features[f]);
    }
  }
  return apart;
}

}  // namespace

absl::StatusOr<std::vector<FeatureGroup>> GroupFeatures(const ModelInput& input) {
  if (input.series.size() < 2) {
    return BadQueryError(
        "This analysis looks at several series together and there is one. Select more metrics, such as the processor, "
        "memory and network of one host, or choose the analysis anomalies.");
  }
  std::vector<FeatureGroup> groups;
  std::map<Labels, size_t> by_labels;
  for (size_t i = 0; i < input.series.size(); ++i) {
    Labels labels = input.series[i].labels;
    labels.erase(kMetricLabel);
    const auto [place, is_new] = by_labels.emplace(labels, groups.size());
    if (is_new) {
      groups.push_back({.labels = labels, .name = NameOf(labels), .features = {}});
    }
    groups[place->second].features.push_back(i);
  }
  std::erase_if(groups, [](const FeatureGroup& group) { return group.features.size() < 2; });
  if (groups.empty()) {
    groups.push_back({.labels = {}, .name = "all series", .features = {}});
    for (size_t i = 0; i < input.series.size(); ++i) {
      groups.front().features.push_back(i);
    }
  }
  for (const FeatureGroup& group : groups) {
    if (group.features.size() > kMaxForestFeatures) {
      return BadQueryError(Concat("Together at most ", kMaxForestFeatures, " series can be looked at; ", group.name,
                                  " has ", group.features.size(), ". Select fewer metrics or filter by labels."));
    }
  }
  return groups;
}

absl::StatusOr<GroupVerdicts> JudgeGroup(const ModelInput& input, const FeatureGroup& group,
                                         const MultivariateSpec& spec, const Cancellation& cancellation) {
  GroupVerdicts verdicts;
  verdicts.never_together = NeverTogether(input, group);
  const int64_t block_ns = input.plan.history_ns;
  const int64_t visible_from = input.times_unix_ns[input.visible_begin];
  std::optional<JudgedBlock> before;
  for (int64_t block = FloorToStep(visible_from, block_ns); block < input.plan.visible_to_ns; block += block_ns) {
    BELLWETHER_RETURN_IF_ERROR(cancellation.Check());
    BELLWETHER_ASSIGN_OR_RETURN(JudgedBlock judged, JudgeBlock(input, group, spec, block));
    const size_t shown = std::clamp(input.visible_begin, judged.begin, judged.end());
    AppendRows(judged, shown, verdicts);
    std::optional<GroupIncident> continued;
    if (!judged.incidents.empty() && judged.incidents.front().first <= judged.begin + kQuietRows) {
      if (!before.has_value()) {  // the panel begins in this block
        BELLWETHER_RETURN_IF_ERROR(cancellation.Check());
        BELLWETHER_ASSIGN_OR_RETURN(before, JudgeBlock(input, group, spec, block - block_ns));
      }
      continued = ContinuedBy(*before, judged);
    }
    for (GroupIncident& incident : judged.incidents) {
      const JudgedBlock* told_by = &judged;
      if (continued.has_value()) {
        if (!verdicts.incidents.empty() && verdicts.incidents.back().last == continued->last) {
          verdicts.incidents.pop_back();
        }
        incident.first = continued->first;
        if (continued->score >= incident.score) {
          incident.peak = continued->peak;
          incident.score = continued->score;
          told_by = &*before;
        }
        continued.reset();
      }
      if (incident.last >= shown) {
        Describe(*told_by, group, input, incident);
        verdicts.incidents.push_back(incident);
      }
    }
    before = std::move(judged);
  }
  return verdicts;
}

}  // namespace bellwether
