#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/analytics/anomaly/detector.h"
#include "server/query/exec/model_input.h"
#include "server/query/exec/rarity_text.h"

namespace bellwether {

/// An earlier incident of the same series and type.
struct PastIncident {
  int64_t start_unix_ns = 0;
  int64_t end_unix_ns = 0;
};

/// Where in a group (the series of one metric) an incident sits.
struct GroupFact {
  std::string label;    ///< "region=eu": the label value whose series lie furthest outside their bands
  double share = 0;     ///< of all that lies outside the bands of the group at the peak, 0 to 1
  size_t carriers = 0;  ///< series with that label value
  size_t outside = 0;   ///< series of the group outside their bands at the peak
  size_t members = 0;   ///< series of the group
  bool is_own = false;  ///< the incident's own series has that label value
};

/// One view's part in the alarm.
struct ViewShare {
  std::string view;  ///< fit for a sentence: "point", "hour mean"
  double share = 0;  ///< of the surprise of all views, 0 to 1
};

/// One incident of a series, with the numbers that tell its story.
struct IncidentFact {
  int64_t start_unix_ns = 0;
  int64_t end_unix_ns = 0;  ///< end of its last bucket
  int64_t peak_unix_ns = 0;
  int64_t since_unix_ns = 0;  ///< where what broke began to, by the best explanation; at or before the start
  int64_t until_unix_ns = 0;  ///< end of the last bucket that what broke explains; at or after the end
  int64_t step_ns = 0;
  bool goes_on = false;   ///< it reaches the last bucket known
  double peak_value = 0;  ///< NaN for missing data
  double expected = 0;
  double lower = 0;
  double upper = 0;
  double score = 0;
  double p_value = 1;
  AnomalyType type = AnomalyType::kNone;
  Severity severity = Severity::kNone;
  std::string_view operational_name;  ///< see OperationalName
  IncidentEvidence evidence;
  std::vector<ViewShare> views;          ///< largest first; empty for a method with a single view
  std::optional<PastIncident> previous;  ///< the nearest earlier one of the same type that is known
  size_t earlier_incidents = 0;          ///< known ones of the same type before it
  double history_seconds = 0;            ///< judged before it
  double seconds_between_alarms = 0;     ///< by chance, on average, at least: the budget of false alarms; 0 = not known
  std::optional<GroupFact>
      group;  ///< for a metric of at least three series, where its own is outside its band at the peak

  /// Distance from what was expected, in the series' unit; NaN where either is not known.
  [[nodiscard]] double Deviation() const { return peak_value - expected; }
  /// The same in spreads (usual deviations); NaN where the spread is not known.
  [[nodiscard]] double DeviationInSpreads() const { return Deviation() / evidence.spread; }
  /// How often such an incident comes by chance.
  [[nodiscard]] Rarity HowRare() const {
    return {.seconds_between_rows = static_cast<double>(step_ns) / 1e9 / p_value,
            .seconds_between_alarms = seconds_between_alarms,
            .history_seconds = history_seconds};
  }
};

/// What of a series broke: "value", "level", "slope", "variance", "season", "missing data".
[[nodiscard]] std::string_view BrokenComponent(AnomalyType type);

/// The facts of `incident`, whose rows index `detection`, `values` and `times_unix_ns`; it alarmed at a budget of
/// `false_alarms_per_week`.
[[nodiscard]] IncidentFact MakeIncidentFact(const Incident& incident, const Detection& detection,
                                            std::span<const double> values, std::span<const int64_t> times_unix_ns,
                                            int64_t step_ns, double false_alarms_per_week, const ModelSeries& series);

}  // namespace bellwether
