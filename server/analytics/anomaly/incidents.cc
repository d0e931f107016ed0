#include "server/analytics/anomaly/incidents.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "server/analytics/anomaly/classification.h"
#include "server/analytics/anomaly/severity.h"
#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

constexpr size_t kMaxGap = 3;        // rows inside the band that do not end an incident
constexpr size_t kContextRows = 48;  // for a side, where nothing was expected
constexpr int64_t kLeastRowsOfDay = 12;
constexpr int64_t kMostRowsOfDay = 2880;
constexpr size_t kCloseLooks = 16;         // incidents of a series whose kind is told by all its evidence, and one more
constexpr size_t kRowsPerCloseLook = 256;  // for so many rows

bool Outside(std::span<const double> values, const Detection& detection, size_t i) {
  return !std::isnan(values[i]) && !std::isnan(detection.lower[i]) &&
         (values[i] < detection.lower[i] || values[i] > detection.upper[i]);
}

/// Takes row `k` into the incident.
void Absorb(const Detection& detection, size_t k, Incident& incident) {
  incident.last = k;
  if (detection.score[k] > detection.score[incident.peak]) {
    incident.peak = k;
  }
  incident.severity = std::max(incident.severity, detection.severity[k]);
}

/// From the alarm at `first` on for as long as rows lie outside the band or raise alarms.
Incident Follow(std::span<const double> values, const Detection& detection, size_t first) {
  Incident incident;
  incident.first = incident.last = incident.peak = first;
  for (size_t k = first, quiet = 0; k < values.size() && quiet <= kMaxGap; ++k) {
    if (detection.is_anomaly[k] != 0 || Outside(values, detection, k)) {
      Absorb(detection, k, incident);
      quiet = 0;
    } else {
      ++quiet;
    }
  }
  return incident;
}

/// Which side the peak lies on, of what passes.
AnomalyType Side(std::span<const double> values, const Detection& detection, const Incident& incident) {
  double expected = detection.expected[incident.peak];
  if (std::isnan(expected)) {
    const size_t from = incident.first > kContextRows ? incident.first - kContextRows : 0;
    expected = Median(values.subspan(from, incident.first - from));
  }
  return values[incident.peak] < expected ? AnomalyType::kDrop : AnomalyType::kSpike;
}

/// Whether the band tells how long an anomaly of this type lasts; for the others their evidence does.
bool ShowsInBand(AnomalyType type) {
  return type != AnomalyType::kFlatline && type != AnomalyType::kMissingData && type != AnomalyType::kVarianceChange &&
         type != AnomalyType::kSeasonBreak;
}

/// Values that stay in their usual range hardly hurt yet: they count as a quarter of what was expected.
constexpr double kWithinBand = 0.25;

/// What the band does not show is as large as its evidence.
Severity SeverityOfEvidence(const Detection& detection, const Incident& incident) {
  const IncidentEvidence& evidence = incident.evidence;
  const double p_value = std::max(detection.p_value[incident.peak], 1e-300);
  SeverityFacts facts{.surprise = -std::log10(p_value), .relative = kWithinBand};
  switch (incident.type) {
    case AnomalyType::kVarianceChange:
      facts.band_widths = std::max(evidence.spread_ratio, 1 / std::max(evidence.spread_ratio, 1e-3));
      break;
    case AnomalyType::kFlatline:
      facts.band_widths =
          static_cast<double>(evidence.equal_run) / static_cast<double>(std::max<size_t>(evidence.usual_equal_run, 12));
      break;
    case AnomalyType::kSeasonBreak:
      facts.band_widths = 4 * (1 - (std::isnan(evidence.season_agreement) ? 0.0 : evidence.season_agreement));
      break;
    default:
      return Severity::kNone;
  }
  return GradeSeverity(facts);
}

/// The score from which on incidents are looked at closely, which takes time: all, or where a series has very many the
/// highest of them.
double CloseLookFrom(std::span<const double> values, const Detection& detection) {
  const size_t most = kCloseLooks + values.size() / kRowsPerCloseLook;
  std::vector<double> peaks;
  for (const AlarmStretch& stretch : AlarmStretches(values, detection)) {
    const auto first = detection.score.begin() + static_cast<std::ptrdiff_t>(stretch.first);
    const auto last = detection.score.begin() + static_cast<std::ptrdiff_t>(stretch.last) + 1;
    peaks.push_back(*std::max_element(first, last));
  }
  if (peaks.size() <= most) {
    return -1;
  }
  std::nth_element(peaks.begin(), peaks.begin() + static_cast<std::ptrdiff_t>(most), peaks.end(), std::greater<>());
  return peaks[most];
}

/// The periods that incidents are held against: those in use, and the day where the step is known. Each is used only
/// where the rows before an incident follow it.
std::vector<Period> PeriodsToTry(const Detection& detection, int64_t step_ns) {
  constexpr int64_t kDay = int64_t{86'400} * 1'000'000'000;
  std::vector<Period> periods = detection.periods;
  if (step_ns > 0 && kDay % step_ns == 0 && kDay / step_ns >= kLeastRowsOfDay && kDay / step_ns <= kMostRowsOfDay) {
    const auto day = static_cast<size_t>(kDay / step_ns);
    if (std::none_of(periods.begin(), periods.end(), [&](const Period& one) { return one.steps == day; })) {
      periods.push_back({.steps = day, .strength = 0});
    }
  }
  return periods;
}

void AddContributions(const Detection& detection, Incident& incident) {
  const auto found = std::lower_bound(detection.evidence.begin(), detection.evidence.end(), incident.first,
                                      [](const AlarmEvidence& evidence, size_t row) { return evidence.row < row; });
  if (found != detection.evidence.end() && found->row == incident.first) {
    incident.contributions = found->contributions;
  }
}

}  // namespace

std::vector<AlarmStretch> AlarmStretches(std::span<const double> values, const Detection& detection) {
  std::vector<AlarmStretch> stretches;
  for (size_t i = 0; i < values.size(); ++i) {
    if (detection.is_anomaly[i] != 0) {
      const Incident incident = Follow(values, detection, i);
      stretches.push_back({incident.first, incident.last});
      i = incident.last;
    }
  }
  return stretches;
}

std::vector<Incident> GroupIncidents(std::span<const double> values, const Detection& detection, int64_t step_ns) {
  std::vector<Incident> incidents;
  const size_t lasting_rows = LastingRows(step_ns);
  const std::vector<Period> periods = PeriodsToTry(detection, step_ns);
  const double close_look_from = CloseLookFrom(values, detection);
  for (size_t i = 0; i < values.size(); ++i) {
    if (detection.is_anomaly[i] == 0) {
      continue;
    }
    Incident incident = Follow(values, detection, i);
    Classification named;
    if (detection.score[incident.peak] > close_look_from) {
      named = ClassifyIncident(values, periods, incident.first, incident.last, lasting_rows);
    } else {
      named.evidence.since = incident.first;
      named.evidence.until = incident.last;
    }
    // What was expected knows more than the rows around, such as jobs by the clock.
    const bool passes =
        named.type == AnomalyType::kNone || named.type == AnomalyType::kSpike || named.type == AnomalyType::kDrop;
    incident.type = passes ? Side(values, detection, incident) : named.type;
    incident.evidence = named.evidence;
    if (!ShowsInBand(incident.type)) {
      for (size_t k = incident.last + 1; k <= named.evidence.until; ++k) {
        Absorb(detection, k, incident);
      }
    }
    incident.severity = std::max(incident.severity, SeverityOfEvidence(detection, incident));
    AddContributions(detection, incident);
    // What goes on with the same evidence is no second incident.
    if (!incidents.empty() && !ShowsInBand(incident.type) && incidents.back().type == incident.type &&
        incident.evidence.since <= incidents.back().last + 1 + kMaxGap) {
      Incident& one = incidents.back();
      for (size_t k = one.last + 1; k <= incident.last; ++k) {
        Absorb(detection, k, one);
      }
      one.evidence.until = incident.evidence.until;
      one.evidence.lasts = incident.evidence.lasts;
    } else {
      incidents.push_back(std::move(incident));
    }
    i = incidents.back().last;
  }
  return incidents;
}

}  // namespace bellwether
