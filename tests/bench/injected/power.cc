#include "tests/bench/injected/power.h"

#include <algorithm>
#include <cmath>

#include "tests/bench/injected/for_each.h"

namespace bellwether::injected {
namespace {

/// What a method said of one carrier.
struct Run {
  Scored untouched;
  Scored scored;
  InjectedSeries injected;
};

size_t CountedFrom(const Carrier& carrier) { return carrier.size() / 5; }

/// The lowest score at which the carriers of a step give no more than `per_week` incidents a week.
double ThresholdOf(std::span<const Carrier> carriers, std::span<const Run> runs, int64_t step_ns, double per_week) {
  double weeks = 0;
  for (const Carrier& carrier : carriers) {
    weeks += carrier.step_ns == step_ns ? CountedWeeks(carrier) : 0;
  }
  double low = 0;
  double high = 1 + 1e-9;
  for (int round = 0; round < 40; ++round) {
    const double middle = 0.5 * (low + high);
    size_t incidents = 0;
    for (size_t k = 0; k < carriers.size(); ++k) {
      incidents += carriers[k].step_ns == step_ns ? CountIncidents(carriers[k], runs[k].untouched.score, middle) : 0;
    }
    (static_cast<double>(incidents) <= per_week * weeks ? high : low) = middle;
  }
  return high;
}

std::string StepName(const Carrier& carrier) {
  const int64_t seconds = carrier.step_ns / 1'000'000'000;
  return seconds % 60 == 0 ? std::to_string(seconds / 60) + " min" : std::to_string(seconds) + " s";
}

std::string KindAndStep(const Carrier& carrier) { return carrier.kind + ", " + StepName(carrier); }

void CountEvent(const Carrier& carrier, const Run& run, const Event& event, double week, double day,
                PowerReport& report) {
  const size_t grace = std::max<size_t>(3, (event.end - event.first) / 10);
  const size_t end = std::min(carrier.size(), event.end + grace);
  double largest = 0;
  bool as_is = false;
  size_t first_hit = end;
  for (size_t i = event.first; i < end; ++i) {
    largest = std::max(largest, run.scored.score[i]);
    as_is = as_is || (!run.scored.is_anomaly.empty() && run.scored.is_anomaly[i] != 0);
    if (first_hit == end && run.scored.score[i] >= week) {
      first_hit = i;
    }
  }
  for (Count* count : {&report.by_injection[std::string(Injections()[event.injection].name)],
                       &report.by_carrier[carrier.kind], &report.by_step[StepName(carrier)]}) {
    ++count->cases;
    count->by_week += largest >= week ? 1 : 0;
    count->by_day += largest >= day ? 1 : 0;
    count->as_is += as_is ? 1 : 0;
    if (largest >= week) {
      count->delays.push_back(static_cast<double>(first_hit - event.first));
    }
  }
  ++report.cases;
  report.events.push_back({.carrier = KindAndStep(carrier),
                           .injection = std::string(Injections()[event.injection].name),
                           .score = largest,
                           .threshold = week,
                           .as_is = as_is});
}

size_t AlarmsOf(const Carrier& carrier, const std::vector<uint8_t>& own) {
  return own.empty() ? 0 : CountIncidents(carrier, std::vector<double>(own.begin(), own.end()), 1);
}

}  // namespace

double CountedWeeks(const Carrier& carrier) {
  size_t rows = 0;
  for (size_t i = CountedFrom(carrier); i < carrier.size(); ++i) {
    rows += carrier.unusual[i] == 0 ? 1 : 0;
  }
  return static_cast<double>(rows) * static_cast<double>(carrier.step_ns) / (7 * 86'400e9);
}

size_t CountIncidents(const Carrier& carrier, std::span<const double> score, double threshold) {
  const auto most = static_cast<size_t>(std::max(24.0, 24 * carrier.RowsPerHour()));
  size_t incidents = 0;
  size_t quiet = kIncidentGap + 1;
  size_t since = 0;
  for (size_t i = CountedFrom(carrier); i < carrier.size(); ++i, ++quiet, ++since) {
    if (carrier.unusual[i] == 0 && score[i] >= threshold) {
      if (quiet > kIncidentGap || since >= most) {
        ++incidents;
        since = 0;
      }
      quiet = 0;
    }
  }
  return incidents;
}

std::map<std::string, FalseIncidents> MeasureOwnAlarms(std::span<const Carrier> carriers, const Scorer& scorer,
                                                       size_t jobs) {
  std::vector<size_t> alarms(carriers.size());
  ForEach(carriers.size(), jobs, [&](size_t k) {
    alarms[k] = AlarmsOf(carriers[k], scorer(carriers[k].times_unix_ns, carriers[k].values).is_anomaly);
  });
  std::map<std::string, FalseIncidents> measured;
  for (size_t k = 0; k < carriers.size(); ++k) {
    FalseIncidents& of_kind = measured[KindAndStep(carriers[k])];
    of_kind.incidents += alarms[k];
    of_kind.weeks += CountedWeeks(carriers[k]);
  }
  return measured;
}

Interval WilsonInterval(size_t hits, size_t cases) {
  if (cases == 0) {
    return {};
  }
  constexpr double kZ = 1.959964;
  const auto n = static_cast<double>(cases);
  const double share = static_cast<double>(hits) / n;
  const double centre = (share + kZ * kZ / (2 * n)) / (1 + kZ * kZ / n);
  const double half = kZ / (1 + kZ * kZ / n) * std::sqrt(share * (1 - share) / n + kZ * kZ / (4 * n * n));
  return {.low = std::max(0.0, centre - half), .high = std::min(1.0, centre + half)};
}

PowerReport MeasurePower(std::span<const Carrier> carriers, const Scorer& scorer, uint64_t seed, size_t jobs,
                         double gap_hours) {
  std::vector<Run> runs(carriers.size());
  ForEach(carriers.size(), jobs, [&](size_t k) {
    const Carrier& carrier = carriers[k];
    runs[k].untouched = scorer(carrier.times_unix_ns, carrier.values);
    runs[k].injected = Inject(carrier, seed * 7919 + k, gap_hours);
    runs[k].scored = scorer(carrier.times_unix_ns, runs[k].injected.values);
  });

  PowerReport report;
  size_t alarms = 0;
  std::map<int64_t, std::pair<double, double>> thresholds;
  for (size_t k = 0; k < carriers.size(); ++k) {
    const Carrier& carrier = carriers[k];
    report.weeks += CountedWeeks(carrier);
    alarms += AlarmsOf(carrier, runs[k].untouched.is_anomaly);
    auto [found, is_new] = thresholds.try_emplace(carrier.step_ns);
    if (is_new) {
      found->second = {ThresholdOf(carriers, runs, carrier.step_ns, 1),
                       ThresholdOf(carriers, runs, carrier.step_ns, 7)};
    }
    FalseIncidents& of_kind = report.by_false[KindAndStep(carrier)];
    of_kind.incidents += CountIncidents(carrier, runs[k].untouched.score, found->second.first);
    of_kind.weeks += CountedWeeks(carrier);
    for (const Event& event : runs[k].injected.events) {
      CountEvent(carrier, runs[k], event, found->second.first, found->second.second, report);
    }
  }
  report.false_alarms_per_week = report.weeks > 0 ? static_cast<double>(alarms) / report.weeks : 0;
  for (const auto& [name, count] : report.by_injection) {
    const double share = 1 / (static_cast<double>(report.by_injection.size()) * static_cast<double>(count.cases));
    report.mean_by_week += share * static_cast<double>(count.by_week);
    report.mean_by_day += share * static_cast<double>(count.by_day);
    report.mean_as_is += share * static_cast<double>(count.as_is);
  }
  return report;
}

}  // namespace bellwether::injected
