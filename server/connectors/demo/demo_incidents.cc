#include "server/connectors/demo/demo_incidents.h"

#include "absl/strings/str_cat.h"
#include "server/connectors/demo/demo_noise.h"

namespace bellwether {
namespace {

constexpr uint64_t kScheduleKey = 0x1C1DE275;

/// Typical length of an incident in minutes.
int64_t TypicalMinutes(IncidentType type) {
  switch (type) {
    case IncidentType::kSpike:
      return 25;
    case IncidentType::kDrop:
      return 50;
    case IncidentType::kLevelShift:
      return 6 * 60;
    case IncidentType::kDrift:
      return 7 * 60;
    case IncidentType::kVarianceChange:
      return 4 * 60;
    case IncidentType::kSeasonBreak:
      return 9 * 60;
    case IncidentType::kFlatline:
      return 3 * 60;
    case IncidentType::kMissingData:
      return 100;
  }
  return 0;
}

}  // namespace

std::string_view IncidentTypeName(IncidentType type) {
  switch (type) {
    case IncidentType::kSpike:
      return "spike";
    case IncidentType::kDrop:
      return "drop";
    case IncidentType::kLevelShift:
      return "level_shift";
    case IncidentType::kDrift:
      return "drift";
    case IncidentType::kVarianceChange:
      return "variance_change";
    case IncidentType::kSeasonBreak:
      return "season_break";
    case IncidentType::kFlatline:
      return "flatline";
    case IncidentType::kMissingData:
      return "missing_data";
  }
  return "spike";
}

DemoIncident IncidentAround(uint64_t seed, size_t metric, size_t members, int64_t time_s) {
  const uint64_t key = HashKey(seed ^ kScheduleKey, metric);
  const auto phase_s = static_cast<int64_t>(HashKey(key, 0) % (kIncidentSlotSeconds / 60)) * 60;
  const int64_t slot = (time_s + phase_s) / kIncidentSlotSeconds;
  const int64_t slot_begin_s = slot * kIncidentSlotSeconds - phase_s;
  const auto turn = static_cast<uint64_t>(slot);
  const uint64_t slot_key = HashKey(key, turn + 1);
  DemoIncident incident;
  incident.type = static_cast<IncidentType>((turn + metric * 3) % kIncidentTypes);
  // Odd and even turns change sides every round of the types, so that both sides see every type.
  const bool strikes_all = (turn + turn / kIncidentTypes) % 2 == 0;
  if (!strikes_all || members == 1) {
    incident.member = HashKey(slot_key, 0) % members;
  }
  const double length = static_cast<double>(TypicalMinutes(incident.type)) * (0.8 + 0.4 * UniformAt(slot_key, 1));
  const auto minutes = static_cast<int64_t>(length);
  // Never in the first or last hour of the slot: incidents of one series do not touch.
  const int64_t room_minutes = kIncidentSlotSeconds / 60 - minutes - 120;
  incident.begin_s =
      slot_begin_s + 3600 + static_cast<int64_t>(UniformAt(slot_key, 2) * static_cast<double>(room_minutes)) * 60;
  incident.end_s = incident.begin_s + minutes * 60;
  incident.strength = 0.8 + 0.5 * UniformAt(slot_key, 3);
  return incident;
}

std::string IncidentTitle(const DemoIncident& incident, std::string_view metric) {
  const std::string name(metric);
  switch (incident.type) {
    case IncidentType::kSpike:
      return absl::StrCat(name, " shoots up");
    case IncidentType::kDrop:
      return absl::StrCat(name, " drops");
    case IncidentType::kLevelShift:
      return absl::StrCat(name, " moves to another level");
    case IncidentType::kDrift:
      return absl::StrCat(name, " drifts away");
    case IncidentType::kVarianceChange:
      return absl::StrCat(name, " becomes erratic");
    case IncidentType::kSeasonBreak:
      return absl::StrCat(name, " leaves its daily rhythm");
    case IncidentType::kFlatline:
      return absl::StrCat(name, " is frozen");
    case IncidentType::kMissingData:
      return absl::StrCat("no data of ", name);
  }
  return name;
}

}  // namespace bellwether
