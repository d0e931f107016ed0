#include "server/analytics/anomaly/classification.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "server/analytics/anomaly/explanations.h"
#include "server/analytics/anomaly/huber_regression.h"
#include "server/analytics/anomaly/incident_window.h"
#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

constexpr size_t kRunHistory = 2'000;  // rows in which usual runs are looked for
constexpr size_t kLeastRun = 5;        // equal values that can be a flatline
constexpr size_t kLongestRunLookedAt = 20'000;
constexpr double kSurelyGone = 3;           // nats for each row without data
constexpr double kLeastBeyondScatter = 12;  // nats that a level must say beyond what another scatter says
constexpr double kPulseBeyondScatter = 3;   // the same of a spike, which is simpler
constexpr double kLeastPulse = 10;          // nats of a spike that a lasting change must not leave
constexpr double kLaterBeyondOthers = 12;   // nats that a level from later on must say beyond what was chosen
constexpr double kLaterBeyondLevel = 3;     // the same where that is a level or slope
constexpr double kMostLeftOver = 0.5;       // of what a spike would explain
constexpr double kRunMargin = 1.5;          // over the longest usual run

size_t Index(AnomalyType type) { return static_cast<size_t>(type); }

/// A run of rows that are alike, around or just before an incident.
struct Run {
  size_t begin = 0;
  size_t end = 0;    // behind its last row
  size_t usual = 0;  // the longest one before
  double rate = 0;   // share of the rows before that go on with such a run
  size_t length() const { return end - begin; }
};

/// The longest run in [from, to) that touches [first, last], where `alike(i)` says that row i goes on like row i - 1.
template <typename Alike>
Run FindRun(std::span<const double> values, size_t first, size_t last, const Alike& alike) {
  Run best{.begin = first, .end = first};
  // A run that ended just before the alarm may have caused it.
  size_t i = first > 2 ? first - 2 : 0;
  while (i <= last) {
    Run run{.begin = i, .end = i + 1};
    while (run.begin > 0 && i - run.begin < kLongestRunLookedAt && alike(run.begin)) {
      --run.begin;
    }
    while (run.end < values.size() && run.end - i < kLongestRunLookedAt && alike(run.end)) {
      ++run.end;
    }
    if (run.length() > best.length()) {
      best = run;
    }
    i = run.end;
  }
  size_t alikes = 0;
  size_t length = 1;
  const size_t from = best.begin > kRunHistory ? best.begin - kRunHistory : 0;
  for (size_t k = from + 1; k < best.begin; ++k) {
    const bool goes_on = alike(k);
    alikes += goes_on ? 1 : 0;
    length = goes_on ? length + 1 : 1;
    best.usual = std::max(best.usual, length);
  }
  best.rate = (static_cast<double>(alikes) + 1) / (static_cast<double>(best.begin - from) + 2);
  return best;
}

Run EqualRun(std::span<const double> values, size_t first, size_t last) {
  return FindRun(values, first, last, [&](size_t i) { return values[i] == values[i - 1]; });
}

Run MissingRun(std::span<const double> values, size_t first, size_t last) {
  Run run = FindRun(values, first, last,
                    [&](size_t i) { return !std::isfinite(values[i]) && !std::isfinite(values[i - 1]); });
  if (!std::isfinite(values[run.begin])) {
    return run;
  }
  run.end = run.begin;  // a present row is a run of one row of the wrong kind
  return run;
}

/// Correlation of two columns.
double Correlation(std::span<const double> a, std::span<const double> b) {
  const double n = static_cast<double>(a.size());
  double sa = 0, sb = 0, aa = 0, bb = 0, ab = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    sa += a[i];
    sb += b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
    ab += a[i] * b[i];
  }
  const double va = aa - sa * sa / n;
  const double vb = bb - sb * sb / n;
  return va > 1e-12 && vb > 1e-12 ? std::clamp((ab - sa * sb / n) / std::sqrt(va * vb), -1.0, 1.0)
                                  : IncidentEvidence::kUnknown;
}

struct Fits {
  static Fit NotTried() {
    Fit fit;
    fit.cost = std::numeric_limits<double>::infinity();
    return fit;
  }
  Fit pulse = NotTried();
  Fit scatter = NotTried();
  Fit level = NotTried();
  Fit drift = NotTried();
  Fit season_size = NotTried();
  Fit season_move = NotTried();
};

/// Tries the explanations; those that could not do better than what was found before are left out.
Fits Try(const Explanations& explanations) {
  Fits fits{.pulse = explanations.Pulse(), .scatter = explanations.ScatterOf(explanations.AsUsual().left)};
  fits.scatter.cost += explanations.AsUsual().cost;
  if (fits.scatter.cost < fits.pulse.cost || !explanations.Suffices(fits.pulse)) {
    fits.level = explanations.LevelShift();
    fits.drift = explanations.Drift();
    fits.season_size = explanations.SeasonSize();
    fits.season_move = explanations.SeasonMove();
  }
  return fits;
}

/// Usual size of numbers about zero; of fewer than four, unknown.
double UsualMagnitude(std::span<const double> values) {
  std::vector<double> magnitudes(values.size());
  std::transform(values.begin(), values.end(), magnitudes.begin(), [](double v) { return std::abs(v); });
  return magnitudes.size() < 4 ? IncidentEvidence::kUnknown : QuantileInPlace(magnitudes, 0.75);
}

void FillNumbers(const IncidentWindow& window, const Fits& fits, IncidentEvidence& evidence) {
  evidence.spread = window.spread;
  evidence.level_before = window.level;
  const double finite_level = std::isfinite(fits.level.cost) ? fits.level.coefficient : fits.pulse.coefficient;
  evidence.level_change = finite_level * window.spread;
  if (std::isfinite(fits.drift.cost)) {
    const double rows = static_cast<double>(window.rows[fits.drift.end - 1] - window.rows[fits.drift.begin] + 1);
    evidence.slope_per_row = fits.drift.coefficient * window.spread / rows;
  }
  if (std::isfinite(fits.scatter.cost)) {
    const std::span<const double> fresh = window.whitened;
    const double before = UsualMagnitude(fresh.first(fits.scatter.begin));
    const double ratio =
        UsualMagnitude(fresh.subspan(fits.scatter.begin, fits.scatter.end - fits.scatter.begin)) / before;
    // The fit knows the side; numbers that say otherwise are few.
    const bool agrees = std::isfinite(ratio) && (ratio > 1) == (fits.scatter.coefficient > 1);
    evidence.spread_ratio = agrees ? ratio : fits.scatter.coefficient;
  }
  if (window.profile.empty() || !std::isfinite(fits.season_size.cost)) {
    return;
  }
  evidence.period = window.profile.size();
  evidence.season_gain = fits.season_size.coefficient;
  const size_t from = fits.season_size.begin;
  const size_t rows = fits.season_size.end - from;
  std::vector<double> seen(rows);
  std::vector<double> moved(rows);
  const auto move = std::isfinite(fits.season_move.cost) ? static_cast<ptrdiff_t>(fits.season_move.coefficient) : 0;
  const auto period = static_cast<ptrdiff_t>(evidence.period);
  for (size_t k = 0; k < rows; ++k) {
    seen[k] = window.rest[from + k] + window.season[from + k];
    const auto row = static_cast<ptrdiff_t>(window.rows[from + k]);
    moved[k] = window.profile[static_cast<size_t>(((row - move) % period + period) % period)];
  }
  evidence.season_agreement = Correlation(seen, std::span(window.season).subspan(from, rows));
  evidence.moved_season_agreement = Correlation(seen, moved);
  evidence.season_move_rows = move;
}

/// The types that an explanation stands for, each with its gain over "as usual".
struct Candidate {
  AnomalyType type;
  const Fit* fit;
};

AnomalyType SpikeOrDrop(double coefficient) { return coefficient < 0 ? AnomalyType::kDrop : AnomalyType::kSpike; }

struct Choice {
  AnomalyType type = AnomalyType::kNone;
  const Fit* fit = nullptr;
};

/// The explanation that gains most, and keeps the gain of each in `evidence`.
Choice Choose(const Explanations& explanations, const Fits& fits, IncidentEvidence& evidence) {
  Choice choice;
  const double scatter_gain = explanations.AsUsual().cost - fits.scatter.cost;
  const double as_usual = explanations.AsUsual().cost;
  const Fit& season = fits.season_move.cost < fits.season_size.cost ? fits.season_move : fits.season_size;
  const Candidate candidates[] = {{SpikeOrDrop(fits.pulse.coefficient), &fits.pulse},
                                  {AnomalyType::kLevelShift, &fits.level},
                                  {AnomalyType::kDrift, &fits.drift},
                                  {AnomalyType::kSeasonBreak, &season},
                                  {AnomalyType::kVarianceChange, &fits.scatter}};
  double chosen_gain = 0;
  for (const Candidate& candidate : candidates) {
    const Fit& fit = *candidate.fit;
    double gain = as_usual - fit.cost;
    if (!std::isfinite(gain)) {
      continue;
    }
    evidence.gain[Index(candidate.type)] = std::max(gain, 0.0);
    const bool is_lasting = &fit != &fits.pulse && &fit != &fits.scatter;
    // What leaves the alarm itself to be explained by a spike is not what the alarm was about.
    if (is_lasting && &fit != &season && fit.pulses > kLeastPulse &&
        fit.pulses > kMostLeftOver * explanations.AsUsual().pulses) {
      continue;
    }
    // A change of level or season may come with another scatter, which is then no rival but goes with it.
    if (&fit != &fits.scatter && scatter_gain > 0) {
      gain += std::max(0.0, -explanations.ScatterOf(fit.left).cost);
    }
    // In wider noise there is always some level to be found: it has to say much more than the noise alone.
    const double margin = is_lasting ? kLeastBeyondScatter : std::min(kPulseBeyondScatter, 0.5 * scatter_gain);
    if (&fit != &fits.scatter && scatter_gain > 0 && gain < scatter_gain + margin) {
      continue;
    }
    if (gain > chosen_gain) {
      choice.fit = &fit;
      chosen_gain = gain;
      choice.type = candidate.type;
    }
  }
  return choice;
}

/// Misfit of the rows of a run, as usual; a flatline explains all of it.
double MisfitWithin(const IncidentWindow& window, const Run& run) {
  double sum = 0;
  for (size_t k = 0; k < window.rows.size(); ++k) {
    if (window.rows[k] >= run.begin && window.rows[k] < run.end) {
      sum += HuberLoss(window.whitened[k]);
    }
  }
  return sum;
}

/// Nothing at all, where there always was something and never less than nothing: an outage, which is a drop or a new
/// level. That it stays at 0 then says nothing more.
bool IsOutage(std::span<const double> values, const Run& run, const IncidentWindow& window) {
  return values[run.begin] == 0 && window.level > 2 * window.spread &&
         std::none_of(window.rows.begin(), window.rows.end(), [&](size_t row) { return values[row] < 0; });
}

bool IsUnusual(const Run& run) {
  return run.length() >= kLeastRun && static_cast<double>(run.length()) > kRunMargin * static_cast<double>(run.usual);
}

}  // namespace

size_t LastingRows(int64_t step_ns) {
  constexpr int64_t kHour = int64_t{3600} * 1'000'000'000;
  return step_ns > 0 ? static_cast<size_t>(std::clamp<int64_t>(kHour / step_ns, 8, 96)) : 12;
}

Classification ClassifyIncident(std::span<const double> values, std::span<const Period> periods, size_t first,
                                size_t last, size_t lasting_rows) {
  Classification result;
  IncidentEvidence& evidence = result.evidence;
  evidence.since = first;
  evidence.until = last;
  const Run missing = MissingRun(values, first, last);
  evidence.missing_rows = missing.length();
  evidence.usual_missing_rows = missing.usual;
  const auto gone =
      std::count_if(values.begin() + static_cast<ptrdiff_t>(first), values.begin() + static_cast<ptrdiff_t>(last + 1),
                    [](double v) { return !std::isfinite(v); });
  evidence.missing_share = static_cast<double>(gone) / static_cast<double>(last + 1 - first);
  if (evidence.missing_share > 0.5) {
    result.type = AnomalyType::kMissingData;
    if (missing.length() > 0) {
      evidence.since = std::min(first, missing.begin);
      evidence.until = missing.end - 1;
    }
    evidence.lasts = evidence.until + 1 == values.size();
    evidence.gain[Index(result.type)] = kSurelyGone * static_cast<double>(missing.length());
    return result;
  }
  const Run equal = EqualRun(values, first, last);
  evidence.equal_run = equal.length();
  evidence.usual_equal_run = equal.usual;
  const IncidentWindow window = MakeIncidentWindow(values, periods, first, last);
  if (!window.usable) {
    return result;
  }
  const Explanations explanations(window, lasting_rows);
  const Fits fits = Try(explanations);
  Choice choice = Choose(explanations, fits, evidence);
  Fit later = Fit::None();
  const Fit& chosen = choice.fit != nullptr ? *choice.fit : explanations.AsUsual();
  const bool is_lasting = choice.fit == &fits.level || choice.fit == &fits.drift;
  if (is_lasting || !explanations.Suffices(chosen)) {
    later = explanations.LaterLevel();
    // Wider noise has some level later on as well; what says as much of the level itself is a fair rival.
    const double margin = is_lasting ? kLaterBeyondLevel : kLaterBeyondOthers;
    if (later.cost - later.pulses + margin < chosen.cost) {
      const size_t begin = window.rows[later.begin];
      if (begin > last) {  // that is another incident: this one is named by what was before
        Classification before = ClassifyIncident(values.first(begin), periods, first, last, lasting_rows);
        before.evidence.lasts = false;
        return before;
      }
      evidence.gain[Index(AnomalyType::kLevelShift)] = explanations.AsUsual().cost - later.cost;
      choice = {.type = AnomalyType::kLevelShift, .fit = &later};
    }
  }
  FillNumbers(window, fits, evidence);
  if (choice.fit == &later) {
    evidence.level_change = later.coefficient * window.spread;
  }
  result.type = choice.type;
  if (choice.fit != nullptr) {
    evidence.since = std::min(first, window.rows[choice.fit->begin]);
    evidence.until = window.rows[choice.fit->end - 1];
    evidence.lasts = choice.fit->end == window.rows.size();
  }
  if (IsUnusual(equal) && !IsOutage(values, equal, window)) {
    const double rows = static_cast<double>(equal.length() - 1);
    const double gain = MisfitWithin(window, equal) - rows * std::log(equal.rate) - 0.5 * std::log(rows + 1);
    evidence.gain[Index(AnomalyType::kFlatline)] = gain;
    if (gain > evidence.gain[Index(result.type)]) {
      result.type = AnomalyType::kFlatline;
      evidence.since = std::min(first, equal.begin);
      evidence.until = equal.end - 1;
      evidence.lasts = equal.end == values.size();
    }
  }
  return result;
}

}  // namespace bellwether
