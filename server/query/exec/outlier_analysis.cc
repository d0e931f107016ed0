#include "server/query/exec/outlier_analysis.h"

#include <algorithm>
#include <map>
#include <utility>

#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"
#include "server/query/spec/duration.h"

namespace bellwether {
namespace {

constexpr size_t kAutoWindow = 30;

absl::StatusOr<GroupOutlierOptions> OptionsOf(const AnswerContext& context) {
  const OutlierSpec& spec = context.spec.outliers;
  GroupOutlierOptions options;
  options.method = spec.method;
  options.tolerance = spec.tolerance.value_or(0);
  options.min_share = spec.min_share;
  options.window = kAutoWindow;
  const absl::Duration step = absl::Nanoseconds(context.input.plan.step_ns);
  if (spec.window.has_value()) {
    const int64_t steps = std::max<int64_t>(1, (*spec.window + step - absl::Nanoseconds(1)) / step);
    options.window = static_cast<size_t>(steps);
  }
  // The verdict on a point rests on its window, and the band of each of those points on a window of its own.
  const absl::Duration needed = 2 * static_cast<int64_t>(options.window) * step;
  if (options.window > kMaxOutlierWindow || needed > absl::Nanoseconds(context.input.plan.history_ns)) {
    return BadQueryError(Concat("The outlier window of ", options.window, " steps of ", DurationText(step),
                                " needs a history of twice its length. Set history to at least ", DurationText(needed),
                                ", or outliers.window to a shorter time."));
  }
  return options;
}

/// The series of each metric, as indices into the input.
std::vector<std::vector<size_t>> SeriesByMetric(const AnswerContext& context) {
  std::vector<std::vector<size_t>> groups;
  std::map<std::string, size_t> by_metric;
  for (size_t i = 0; i < context.input.series.size(); ++i) {
    const auto [place, is_new] = by_metric.emplace(context.input.series[i].name, groups.size());
    if (is_new) {
      groups.emplace_back();
    }
    groups[place->second].push_back(i);
  }
  return groups;
}

absl::StatusOr<GroupOutliers> FindBand(const AnswerContext& context, const std::vector<size_t>& members,
                                       const GroupOutlierOptions& options) {
  const size_t points = context.input.times_unix_ns.size();
  std::vector<double> values;
  values.reserve(members.size() * points);
  for (const size_t member : members) {
    const std::vector<double>& row = context.input.series[member].values;
    values.insert(values.end(), row.begin(), row.end());
  }
  return FindGroupBand({values, members.size(), points}, options);
}

/// Whether the answer tells the score of a series at each step.
bool TellsShares(const AnswerContext& context, const SeriesOutlierVerdict& verdict) {
  if (context.request.from_alert || context.spec.form == AnswerForm::kLast) {
    return true;
  }
  const ShowSet& show = context.spec.show;
  const bool is_drawn = context.spec.form != AnswerForm::kRows && context.spec.form != AnswerForm::kAnnotations;
  return is_drawn && (show.score || (show.points && IsVisibleOutlier(context, verdict)));
}

JudgedPeer JudgePeer(const AnswerContext& context, size_t series, const GroupOutliers& band,
                     const GroupOutlierOptions& options) {
  const std::vector<double>& row = context.input.series[series].values;
  JudgedPeer peer{.series = series, .verdict = JudgeOutlier(row, band, options)};
  if (TellsShares(context, peer.verdict)) {
    const std::vector<double> shares = OutlierShares(row, band, options);
    peer.shares.assign(shares.begin() + static_cast<std::ptrdiff_t>(context.input.visible_begin), shares.end());
  }
  return peer;
}

}  // namespace

bool IsVisible(const AnswerContext& context, const OutlierStretch& stretch) {
  return stretch.last >= context.input.visible_begin;
}

bool IsVisibleOutlier(const AnswerContext& context, const SeriesOutlierVerdict& verdict) {
  return std::any_of(verdict.stretches.begin(), verdict.stretches.end(),
                     [&](const OutlierStretch& stretch) { return IsVisible(context, stretch); });
}

absl::StatusOr<PeerGroups> JudgePeers(const AnswerContext& context) {
  PeerGroups judged;
  BELLWETHER_ASSIGN_OR_RETURN(judged.options, OptionsOf(context));
  const std::vector<std::vector<size_t>> members = SeriesByMetric(context);
  // The bands of the groups first, each in the place of its first series, then every series against its group's.
  std::vector<size_t> firsts;
  std::vector<size_t> group_of(context.input.series.size());
  for (size_t g = 0; g < members.size(); ++g) {
    firsts.push_back(members[g].front());
    for (const size_t member : members[g]) {
      group_of[member] = g;
    }
  }
  std::vector<absl::StatusOr<GroupOutliers>> bands(members.size(), GroupOutliers{});
  BELLWETHER_ASSIGN_OR_RETURN(const SeriesPass drawn, ForEachSeries(
                                                          context, firsts, kPeersVerb,
                                                          [&](size_t first) {
                                                            const size_t g = group_of[first];
                                                            bands[g] = FindBand(context, members[g], judged.options);
                                                          },
                                                          "groups"));
  std::vector<size_t> which;
  for (size_t g = 0; g < members.size(); ++g) {
    BELLWETHER_RETURN_IF_ERROR(bands[g].status());
    if (drawn.Has(firsts[g])) {
      which.insert(which.end(), members[g].begin(), members[g].end());
    }
  }
  std::vector<JudgedPeer> peers(context.input.series.size());
  BELLWETHER_ASSIGN_OR_RETURN(judged.pass, ForEachSeries(context, which, kPeersVerb, [&](size_t series) {
                                peers[series] = JudgePeer(context, series, *bands[group_of[series]], judged.options);
                              }));
  judged.pass.late += context.input.series.size() - judged.pass.wanted;
  judged.pass.wanted = context.input.series.size();
  for (size_t g = 0; g < members.size(); ++g) {
    if (!drawn.Has(firsts[g])) {
      continue;
    }
    PeerGroup group{context.input.series[firsts[g]].name, members[g].size(), *std::move(bands[g]), {}};
    for (const size_t member : members[g]) {
      if (judged.pass.Has(member)) {
        group.peers.push_back(std::move(peers[member]));
      }
    }
    judged.groups.push_back(std::move(group));
  }
  return judged;
}

}  // namespace bellwether
