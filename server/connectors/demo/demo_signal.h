#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "server/connectors/demo/demo_catalog.h"
#include "server/connectors/demo/demo_incidents.h"

namespace bellwether {

/// Which world and which series a signal belongs to.
struct DemoSignalKey {
  uint64_t seed = 42;
  size_t metric = 0;  ///< in DemoMetrics()
  size_t member = 0;  ///< in the members of the metric's group
};

/// One series of the demo world as a function of time: season of day and week (and year), growth, white and slowly
/// varying noise whose size follows the level, and the incidents of the schedule. The value at a minute depends on the
/// key and that minute alone. Not thread-safe (remembers the current incident); make one where it is needed.
class DemoSignal {
 public:
  explicit DemoSignal(const DemoSignalKey& key);

  /// The reading of the minute that starts at `time_s` (a multiple of 60, not negative); nothing while data is missing.
  [[nodiscard]] std::optional<double> At(int64_t time_s);

 private:
  double Expected(double time_s) const;
  double DayFactor(double day_hours) const;
  double WeekFactor(double time_s) const;
  double Noise(double time_s, double expected) const;
  double Finish(double value) const;
  double Struck(int64_t time_s, double expected, double noise, const DemoIncident& incident) const;
  const DemoIncident& IncidentAt(int64_t time_s);

  const DemoMetric& metric_;
  DemoMember member_;
  DemoSignalKey key_;
  size_t member_count_;
  uint64_t noise_key_;
  DemoIncident incident_;
  int64_t incident_slot_from_s_ = 0;
  int64_t incident_slot_to_s_ = 0;
};

}  // namespace bellwether
