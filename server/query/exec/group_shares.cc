#include "server/query/exec/group_shares.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string_view>

#include "server/base/text/concat.h"

namespace bellwether {
namespace {

constexpr double kLeastShare = 0.5;  // a label value that carries less does not stand out
constexpr double kMostWidths = 1e3;

float ExcessOf(double value, double lower, double upper) {
  const double outside = value > upper ? value - upper : value < lower ? lower - value : 0.0;
  if (!(outside > 0) || !std::isfinite(outside)) {
    return 0;
  }
  const double width = upper - lower;
  return static_cast<float>(width > 0 ? std::min(outside / width, kMostWidths) : kMostWidths);
}

std::string_view LabelOf(const ModelSeries& series, const std::string& key) {
  for (const auto& [name, value] : series.labels) {
    if (name == key) {
      return value;
    }
  }
  return "";
}

}  // namespace

GroupShares::GroupShares(const ModelInput& input)
    : input_(input), position_of_(input.series.size(), 0), excess_(input.series.size()) {
  std::map<std::string_view, std::vector<size_t>> by_metric;
  for (size_t i = 0; i < input.series.size(); ++i) {
    by_metric[input.series[i].name].push_back(i);
  }
  std::vector<size_t> group_of(input.series.size(), by_metric.size());
  for (auto& [metric, members] : by_metric) {
    if (members.size() < kLeastMembers) {
      continue;
    }
    Group group;
    std::set<std::string> keys;
    for (size_t k = 0; k < members.size(); ++k) {
      group_of[members[k]] = groups_.size();
      position_of_[members[k]] = k;
      for (const auto& [key, value] : input.series[members[k]].labels) {
        keys.insert(key);
      }
    }
    for (const std::string& key : keys) {
      std::map<std::string_view, size_t> first;
      std::vector<size_t> value_of(members.size());
      for (size_t k = 0; k < members.size(); ++k) {
        value_of[k] = first.emplace(LabelOf(input.series[members[k]], key), k).first->second;
      }
      if (first.size() > 1) {
        group.keys.push_back(key);
        group.value_of.push_back(std::move(value_of));
      }
    }
    group.members = std::move(members);
    groups_.push_back(std::move(group));
  }
  group_of_ = std::move(group_of);
  std::replace_if(
      group_of_.begin(), group_of_.end(), [&](size_t g) { return g >= groups_.size(); }, groups_.size());
}

void GroupShares::Add(size_t index, const SeriesVerdicts& verdicts) {
  if (group_of_[index] == groups_.size()) {
    return;
  }
  const std::span<const double> values = std::span(input_.series[index].values).subspan(input_.visible_begin);
  std::vector<float>& excess = excess_[index];
  excess.resize(std::min(values.size(), verdicts.lower.size()));
  for (size_t i = 0; i < excess.size(); ++i) {
    excess[i] = ExcessOf(values[i], verdicts.lower[i], verdicts.upper[i]);
  }
}

void GroupShares::Complete(size_t index, std::vector<IncidentFact>& incidents) const {
  if (group_of_[index] == groups_.size()) {
    return;
  }
  const Group& group = groups_[group_of_[index]];
  const auto times = std::span(input_.times_unix_ns).subspan(input_.visible_begin);
  std::vector<double> at_peak(group.members.size());
  std::vector<double> by_value(group.members.size());
  for (IncidentFact& fact : incidents) {
    const auto row =
        static_cast<size_t>(std::lower_bound(times.begin(), times.end(), fact.peak_unix_ns) - times.begin());
    double total = 0;
    GroupFact found;
    found.members = group.members.size();
    for (size_t k = 0; k < at_peak.size(); ++k) {
      const std::vector<float>& excess = excess_[group.members[k]];
      at_peak[k] = row < excess.size() ? excess[row] : 0.0;
      total += at_peak[k];
      found.outside += at_peak[k] > 0 ? 1 : 0;
    }
    if (at_peak[position_of_[index]] <= 0) {
      continue;  // what is unusual about it is not its distance; that of others explains nothing
    }
    // The value that carries most for the number of series that have it.
    double best = 0;
    for (size_t key = 0; key < group.keys.size(); ++key) {
      std::fill(by_value.begin(), by_value.end(), 0.0);
      std::vector<size_t> count(group.members.size(), 0);
      for (size_t k = 0; k < at_peak.size(); ++k) {
        by_value[group.value_of[key][k]] += at_peak[k];
        ++count[group.value_of[key][k]];
      }
      for (size_t k = 0; k < at_peak.size(); ++k) {
        const double share = by_value[k] / total;
        const double lift = share - static_cast<double>(count[k]) / static_cast<double>(at_peak.size());
        if (count[k] > 0 && share >= kLeastShare && lift > best) {
          best = lift;
          found.label = Concat(group.keys[key], "=", LabelOf(input_.series[group.members[k]], group.keys[key]));
          found.share = share;
          found.carriers = count[k];
          found.is_own = group.value_of[key][position_of_[index]] == k;
        }
      }
    }
    fact.group = std::move(found);
  }
}

}  // namespace bellwether
