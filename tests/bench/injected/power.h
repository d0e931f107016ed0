#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "tests/bench/injected/carriers.h"
#include "tests/bench/injected/injections.h"
#include "tests/bench/injected/scorers.h"

namespace bellwether::injected {

/// Rows this close belong to one incident.
inline constexpr size_t kIncidentGap = 12;

/// Hits among cases, and how long they took.
struct Count {
  size_t cases = 0;
  size_t by_week = 0;          ///< found at one false incident a series-week
  size_t by_day = 0;           ///< at seven
  size_t as_is = 0;            ///< by the method's own decision
  std::vector<double> delays;  ///< rows from the beginning, of those found at one a week

  [[nodiscard]] double Power() const {
    return cases > 0 ? static_cast<double>(by_week) / static_cast<double>(cases) : 0.0;
  }
};

/// The 95 % interval of a share by Wilson (1927).
struct Interval {
  double low = 0;
  double high = 1;
};
[[nodiscard]] Interval WilsonInterval(size_t hits, size_t cases);

/// Incidents on the untouched rows of carriers: all of them false.
struct FalseIncidents {
  size_t incidents = 0;
  double weeks = 0;  ///< of the rows that count

  [[nodiscard]] double PerWeek() const { return weeks > 0 ? static_cast<double>(incidents) / weeks : 0.0; }
};

/// One event and what was said of it.
struct EventResult {
  std::string carrier;  ///< kind and step
  std::string injection;
  double score = 0;      ///< largest of its rows
  double threshold = 0;  ///< of one false incident a series-week at its step
  bool as_is = false;
};

/// Weeks of rows that are counted: those after the first fifth that are not unusual.
[[nodiscard]] double CountedWeeks(const Carrier& carrier);

/// Incidents among them: runs of rows at the threshold, at most kIncidentGap apart; of one that does not end, every day
/// is another.
[[nodiscard]] size_t CountIncidents(const Carrier& carrier, std::span<const double> score, double threshold);

/// What a method's own decision says of untouched carriers, by kind and step: "white, 5 min". `jobs` threads.
[[nodiscard]] std::map<std::string, FalseIncidents> MeasureOwnAlarms(std::span<const Carrier> carriers,
                                                                     const Scorer& scorer, size_t jobs);

/// What a method can do.
struct PowerReport {
  std::vector<EventResult> events;
  std::map<std::string, Count> by_injection;
  std::map<std::string, Count> by_carrier;
  std::map<std::string, Count> by_step;            ///< "1 min", "60 min"
  std::map<std::string, FalseIncidents> by_false;  ///< at the threshold of one a series-week, by kind and step
  double mean_by_week = 0;                         ///< mean over the kinds of injection
  double mean_by_day = 0;
  double mean_as_is = 0;
  double false_alarms_per_week = 0;  ///< of its own decision, on the untouched carriers
  double weeks = 0;                  ///< of untouched rows that count
  size_t cases = 0;
};

/// Runs a method over carriers and their injected copies. Carriers of one step share a threshold: the lowest score at
/// which their untouched rows after the first fifth give one incident a series-week (and seven). An event is found when
/// a row of it, or of a grace of three rows or a tenth of its length, reaches it. `jobs` threads.
[[nodiscard]] PowerReport MeasurePower(std::span<const Carrier> carriers, const Scorer& scorer, uint64_t seed,
                                       size_t jobs, double gap_hours = kGapHours);

}  // namespace bellwether::injected
