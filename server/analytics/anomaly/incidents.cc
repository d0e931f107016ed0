#include "server/analytics/anomaly/incidents.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

constexpr size_t kContextRows = 48;  // looked at on either side
constexpr size_t kLastingRows = 8;   // a level or slope that stays this long is no spike
constexpr size_t kMaxGap = 3;        // rows inside the band that do not end an incident

bool Outside(std::span<const double> values, const Detection& detection, size_t i) {
  return !std::isnan(values[i]) && !std::isnan(detection.lower[i]) &&
         (values[i] < detection.lower[i] || values[i] > detection.upper[i]);
}

double MeanStep(std::span<const double> values) {
  double sum = 0;
  size_t count = 0;
  for (size_t i = 1; i < values.size(); ++i) {
    if (!std::isnan(values[i]) && !std::isnan(values[i - 1])) {
      sum += std::abs(values[i] - values[i - 1]);
      ++count;
    }
  }
  return count > 0 ? sum / static_cast<double>(count) : std::numeric_limits<double>::quiet_NaN();
}

/// Correlation of the values with the expected ones; NaN where either does not move.
double Agreement(std::span<const double> values, std::span<const double> expected) {
  double n = 0, mean_v = 0, mean_e = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isnan(values[i]) && !std::isnan(expected[i])) {
      n += 1;
      mean_v += (values[i] - mean_v) / n;
      mean_e += (expected[i] - mean_e) / n;
    }
  }
  double vv = 0, ee = 0, ve = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isnan(values[i]) && !std::isnan(expected[i])) {
      vv += (values[i] - mean_v) * (values[i] - mean_v);
      ee += (expected[i] - mean_e) * (expected[i] - mean_e);
      ve += (values[i] - mean_v) * (expected[i] - mean_e);
    }
  }
  return ve / std::sqrt(vv * ee);
}

}  // namespace

AnomalyType ClassifyIncident(std::span<const double> values, const Detection& detection, size_t first, size_t last,
                             size_t peak) {
  const size_t n = values.size();
  const size_t from = first > kContextRows ? first - kContextRows : 0;
  const size_t to = std::min(n, last + 1 + kContextRows);
  const auto before = values.subspan(from, first - from);
  const auto inside = values.subspan(first, last + 1 - first);
  const auto onward = values.subspan(first, std::min(n, first + kContextRows) - first);
  const auto missing = std::count_if(inside.begin(), inside.end(), [](double v) { return std::isnan(v); });
  if (2 * static_cast<size_t>(missing) > inside.size()) {
    return AnomalyType::kMissingData;
  }
  const double old_level = Median(before);
  const double new_level = Median(onward);
  const double old_scale = RobustScale(before, old_level);
  const double old_step = MeanStep(before);
  // The rows that led up to the peak tell of a flatline or of another spread, which show only after a while.
  const size_t recent_from = peak > 11 ? peak - 11 : 0;
  const auto recent = values.subspan(recent_from, peak + 1 - recent_from);
  const double recent_step = MeanStep(recent);
  const auto earlier =
      values.subspan(recent_from > kContextRows ? recent_from - kContextRows : 0, std::min(recent_from, kContextRows));
  const double earlier_step = MeanStep(earlier);
  if (recent.size() >= 6 && recent_step == 0 && earlier_step > 0) {
    return AnomalyType::kFlatline;
  }
  const double deviation = values[peak] - detection.expected[peak];
  const bool inside_band = !Outside(values, detection, peak);
  if (inside_band && earlier_step > 0 && (recent_step > 2.5 * earlier_step || recent_step < 0.4 * earlier_step)) {
    return AnomalyType::kVarianceChange;
  }
  const double noise = std::max(old_scale, old_step);
  if (onward.size() >= kLastingRows && std::abs(new_level - old_level) > 3 * noise) {
    // A slope takes its time: the first rows have gone only part of the way that the last ones have.
    const double early = Median(onward.first(onward.size() / 4)) - old_level;
    const double late = Median(onward.last(onward.size() / 4)) - old_level;
    return std::abs(early) < 0.4 * std::abs(late) ? AnomalyType::kDrift : AnomalyType::kLevelShift;
  }
  const double agreement = Agreement(values.subspan(first, to - first),
                                     std::span<const double>(detection.expected).subspan(first, to - first));
  if (last - first + 1 >= kLastingRows && !detection.periods.empty() && agreement < 0.3) {
    return AnomalyType::kSeasonBreak;
  }
  const double reference = std::isnan(deviation) ? values[peak] - old_level : deviation;
  return reference < 0 ? AnomalyType::kDrop : AnomalyType::kSpike;
}

std::vector<Incident> GroupIncidents(std::span<const double> values, const Detection& detection) {
  std::vector<Incident> incidents;
  const size_t n = values.size();
  for (size_t i = 0; i < n; ++i) {
    if (detection.is_anomaly[i] == 0) {
      continue;
    }
    Incident incident{.first = i, .last = i, .peak = i};
    size_t quiet = 0;
    for (size_t k = i; k < n && quiet <= kMaxGap; ++k) {
      if (detection.is_anomaly[k] != 0 || Outside(values, detection, k)) {
        incident.last = k;
        quiet = 0;
        if (detection.score[k] > detection.score[incident.peak]) {
          incident.peak = k;
        }
        incident.severity = std::max(incident.severity, detection.severity[k]);
      } else {
        ++quiet;
      }
    }
    incident.type = ClassifyIncident(values, detection, incident.first, incident.last, incident.peak);
    incidents.push_back(incident);
    i = incident.last;
  }
  return incidents;
}

}  // namespace bellwether
