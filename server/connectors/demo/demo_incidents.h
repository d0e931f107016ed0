#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bellwether {

/// What happens to a demo series; the names are those of the detectors.
enum class IncidentType { kSpike, kDrop, kLevelShift, kDrift, kVarianceChange, kSeasonBreak, kFlatline, kMissingData };
inline constexpr size_t kIncidentTypes = 8;

/// "spike", "level_shift" …
[[nodiscard]] std::string_view IncidentTypeName(IncidentType type);

/// Something that goes wrong with one metric from `begin_s` to before `end_s` (seconds since the epoch, whole minutes).
struct DemoIncident {
  IncidentType type = IncidentType::kSpike;
  int64_t begin_s = 0;
  int64_t end_s = 0;
  std::optional<size_t> member;  ///< the member of the label set it strikes; all of them when empty
  double strength = 1;           ///< 0.8 to 1.3

  [[nodiscard]] bool Covers(int64_t time_s) const { return begin_s <= time_s && time_s < end_s; }
  [[nodiscard]] bool Strikes(size_t member_index) const { return !member.has_value() || *member == member_index; }
};

/// Length of the schedule's slots. Every metric has one incident in each slot, so that a week has five or six and most
/// days have one; the types take turns. Slots of different metrics begin at different times.
inline constexpr int64_t kIncidentSlotSeconds = 30 * 3600;

/// The incident of the slot that contains `time_s` (not negative). It lies within the slot. Of a metric with a total,
/// one half strikes all members and the other one member, so that in 20 days the total sees all types.
[[nodiscard]] DemoIncident IncidentAround(uint64_t seed, size_t metric, size_t members, int64_t time_s);

/// A title for people, such as "revenue drops".
[[nodiscard]] std::string IncidentTitle(const DemoIncident& incident, std::string_view metric);

}  // namespace bellwether
