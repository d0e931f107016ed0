#include "server/analytics/forecast/forecast_member.h"

#include <algorithm>
#include <array>

#include "server/analytics/forecast/arima_member.h"
#include "server/analytics/forecast/damped_member.h"
#include "server/analytics/forecast/ets_member.h"
#include "server/analytics/forecast/lag_members.h"
#include "server/analytics/forecast/naive_members.h"
#include "server/analytics/forecast/piecewise_member.h"
#include "server/analytics/forecast/profile_member.h"
#include "server/analytics/forecast/recent_member.h"
#include "server/analytics/forecast/theta_members.h"

namespace bellwether {
namespace {

constexpr auto kMembers = std::to_array<ForecastMemberEntry>({
    {"naive", "Naive", "The last value goes on.", MakeNaiveMember},
    {"seasonal-naive", "Seasonal naive", "The next season repeats the last one.", MakeSeasonalNaiveMember},
    {"seasonal-regression", "Seasonal regression",
     "The next value is a linear function of the last values and of those around one season ago.",
     MakeSeasonalLagsMember},
    {"differenced-lags", "Regression of changes",
     "The next change is a linear function of the last changes and of those around one season ago.",
     MakeDifferencedLagsMember},
    {"fourier-lags", "Waves and memory", "A sum of smooth waves, with deviations that fade out.",
     MakeFourierLagsMember},
    {"seasonal-means", "Seasonal means",
     "The next value follows the mean of its phase in past seasons, the newest weighing most.",
     MakeSeasonalMeansMember},
    {"profiles", "Profiles", "Mean profiles of the seasons on a steady level, with deviations that fade out.",
     MakeProfileMember},
    {"recent-seasons", "Recent seasons", "The next season takes the mean course of the last three.",
     MakeRecentSeasonsMember},
    {"damped-level", "Damped level", "A slowly changing level with a trend that fades out, no season.",
     MakeDampedMember},
    {"damped-trend", "Damped trend", "A slowly changing level with a trend that fades out, on top of a stable season.",
     MakeDampedTrendMember},
    {"short-memory", "Short memory", "The next value is a linear function of the last three.", MakeShortMemoryMember},
    {"ets", "Exponential smoothing (ETS)",
     "A level with no, a straight or a fading trend, additive or multiplicative, on top of stable seasons.",
     MakeEtsMember},
    {"theta", "Theta", "Exponential smoothing with half the slope of the long run, on top of stable seasons.",
     MakeThetaMember},
    {"optimised-theta", "Dynamic optimised theta",
     "Exponential smoothing with a share of the slope so far that is chosen, on top of stable seasons.",
     MakeOptimisedThetaMember},
    {"arima", "ARIMA",
     "An autoregression with moving averages of as many differences as make the level steady, on top of stable "
     "seasons.",
     MakeArimaMember},
    {"mstl-naive", "MSTL with the last level", "The last level goes on, on top of seasons that change slowly.",
     MakeMstlNaiveMember},
    {"mstl-drift", "MSTL with drift", "A straight line goes on, on top of seasons that change slowly.",
     MakeMstlDriftMember},
    {"mstl-ets", "MSTL with exponential smoothing", "As ETS, on top of seasons that change slowly.", MakeMstlEtsMember},
    {"mstl-theta", "MSTL with theta", "As theta, on top of seasons that change slowly.", MakeMstlThetaMember},
    {"mstl-optimised-theta", "MSTL with dynamic optimised theta",
     "As dynamic optimised theta, on top of seasons that change slowly.", MakeMstlOptimisedThetaMember},
    {"mstl-arima", "MSTL with ARIMA", "As ARIMA, on top of seasons that change slowly.", MakeMstlArimaMember},
    {"piecewise", "Piecewise trend", "A trend of straight pieces, smooth waves for the seasons, and holidays.",
     MakePiecewiseMember, /*knows_holidays=*/true},
    {"drift", "Drift", "The straight line from the first to the last value goes on.", MakeDriftMember},
});

}  // namespace

std::span<const ForecastMemberEntry> ForecastMembers() { return kMembers; }

bool KnowsHolidays(std::string_view id) {
  return std::any_of(kMembers.begin(), kMembers.end(),
                     [&](const ForecastMemberEntry& entry) { return entry.id == id && entry.knows_holidays; });
}

std::unique_ptr<ForecastMember> MakeForecastMember(std::string_view id, const MemberSetting& setting) {
  for (const ForecastMemberEntry& entry : kMembers) {
    if (entry.id == id) {
      return entry.make(setting);
    }
  }
  return nullptr;
}

}  // namespace bellwether
