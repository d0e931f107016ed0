#include "server/analytics/forecast/forecast_member.h"

#include <array>

#include "server/analytics/forecast/naive_members.h"

namespace bellwether {
namespace {

constexpr auto kMembers = std::to_array<ForecastMemberEntry>({
    {"naive", "Naive", "The last value goes on.", MakeNaiveMember},
    {"seasonal-naive", "Seasonal naive", "The next season repeats the last one.", MakeSeasonalNaiveMember},
    {"drift", "Drift", "The straight line from the first to the last value goes on.", MakeDriftMember},
});

}  // namespace

std::span<const ForecastMemberEntry> ForecastMembers() { return kMembers; }

std::unique_ptr<ForecastMember> MakeForecastMember(std::string_view id, const MemberSetting& setting) {
  for (const ForecastMemberEntry& entry : kMembers) {
    if (entry.id == id) {
      return entry.make(setting);
    }
  }
  return nullptr;
}

}  // namespace bellwether
