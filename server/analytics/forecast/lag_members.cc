#include "server/analytics/forecast/lag_members.h"

#include <algorithm>
#include <initializer_list>
#include <utility>
#include <vector>

#include "server/analytics/forecast/lag_regression.h"

namespace bellwether {
namespace {

constexpr size_t kShortHarmonics = 11;
constexpr size_t kLongHarmonics = 13;
constexpr size_t kSingleHarmonics = 6;

/// Lags `reach` to either side of each centre, and single ones.
struct LagGroup {
  std::ptrdiff_t centre = 0;
  std::ptrdiff_t reach = 0;
};

std::vector<size_t> Lags(std::initializer_list<LagGroup> groups) {
  std::vector<size_t> lags;
  for (const LagGroup& group : groups) {
    for (std::ptrdiff_t lag = group.centre - group.reach; lag <= group.centre + group.reach; ++lag) {
      if (lag > 0) {
        lags.push_back(static_cast<size_t>(lag));
      }
    }
  }
  std::sort(lags.begin(), lags.end());
  lags.erase(std::unique(lags.begin(), lags.end()), lags.end());
  return lags;
}

struct Seasons {
  explicit Seasons(const MemberSetting& setting)
      : count(std::min<size_t>(setting.seasons.size(), 2)),
        brief(count > 0 ? static_cast<std::ptrdiff_t>(setting.seasons.front()) : 0),
        extended(count > 0 ? static_cast<std::ptrdiff_t>(setting.seasons.back()) : 0) {}

  size_t count;
  std::ptrdiff_t brief;
  std::ptrdiff_t extended;
};

std::unique_ptr<ForecastMember> Make(const MemberSetting& setting, LagRegressionSpec wide, std::vector<size_t> narrow) {
  wide.half_life = MemberHalfLife(setting);
  std::vector<LagRegressionSpec> choices(3, wide);
  choices[1].lags = std::move(narrow);
  choices[2].lags = {1, 2, 3, 4};
  return MakeLagRegression(std::move(choices));
}

}  // namespace

double MemberHalfLife(const MemberSetting& setting) {
  constexpr double kWithoutSeason = 100;
  return setting.seasons.empty() ? kWithoutSeason : 2 * static_cast<double>(setting.seasons.back());
}

std::unique_ptr<ForecastMember> MakeSeasonalLagsMember(const MemberSetting& setting) {
  const Seasons s(setting);
  LagRegressionSpec wide{.id = "seasonal-regression"};
  std::vector<size_t> narrow;
  if (s.count == 0) {
    wide.lags = narrow = {1, 2, 3, 4};
  } else if (s.count == 1) {
    wide.lags = Lags({{3, 3}, {s.brief, 2}});
    narrow = Lags({{2, 2}, {s.brief, 1}});
  } else {
    wide.lags =
        Lags({{2, 2}, {s.brief, 2}, {2 * s.brief, 2}, {3 * s.brief, 1}, {s.extended - s.brief, 1}, {s.extended, 2}});
    narrow = Lags({{2, 1}, {s.brief, 1}, {2 * s.brief, 1}, {s.extended, 1}});
  }
  return Make(setting, std::move(wide), std::move(narrow));
}

std::unique_ptr<ForecastMember> MakeDifferencedLagsMember(const MemberSetting& setting) {
  const Seasons s(setting);
  LagRegressionSpec wide{.id = "differenced-lags", .differences = true};
  std::vector<size_t> narrow;
  if (s.count == 0) {
    wide.lags = narrow = {1, 2, 3, 4};
  } else if (s.count == 1) {
    wide.lags = Lags({{3, 3}, {8, 0}, {s.brief / 4, 0}, {s.brief / 2, 0}, {s.brief, 2}, {2 * s.brief, 0}});
    narrow = Lags({{2, 2}, {s.brief, 1}});
  } else {
    wide.lags = narrow = Lags({{2, 1}, {s.brief, 1}, {2 * s.brief, 1}, {s.extended, 1}});
  }
  return Make(setting, std::move(wide), std::move(narrow));
}

std::unique_ptr<ForecastMember> MakeFourierLagsMember(const MemberSetting& setting) {
  if (setting.seasons.empty()) {
    return nullptr;
  }
  const Seasons s(setting);
  LagRegressionSpec wide{
      .id = "fourier-lags",
      .waves = SeasonWaves(setting, s.count == 1 ? kSingleHarmonics : kShortHarmonics, kLongHarmonics)};
  std::vector<size_t> narrow;
  if (s.count == 1) {
    wide.lags = narrow = Lags({{2, 2}, {s.brief, 1}});
  } else {
    wide.lags = Lags({{2, 1}, {s.brief, 0}, {s.brief + 1, 0}});
    narrow = Lags({{2, 1}, {s.brief, 1}, {2 * s.brief, 1}, {s.extended, 1}});
  }
  return Make(setting, std::move(wide), std::move(narrow));
}

std::unique_ptr<ForecastMember> MakeSeasonalMeansMember(const MemberSetting& setting) {
  if (setting.seasons.empty()) {
    return nullptr;
  }
  const Seasons s(setting);
  LagRegressionSpec wide{.id = "seasonal-means", .mean_seasons = setting.seasons};
  std::vector<size_t> narrow;
  if (s.count == 1) {
    wide.lags = Lags({{2, 2}, {s.brief, 2}});
    narrow = {1, 2, 3};
  } else {
    wide.lags = Lags({{2, 1}, {s.brief, 1}, {s.extended, 1}});
    narrow = Lags({{2, 1}, {s.brief, 1}});
  }
  return Make(setting, std::move(wide), std::move(narrow));
}

std::unique_ptr<ForecastMember> MakeShortMemoryMember(const MemberSetting& setting) {
  LagRegressionSpec spec{.id = "short-memory", .lags = {1, 2, 3}, .half_life = MemberHalfLife(setting)};
  return MakeLagRegression({std::move(spec)});
}

}  // namespace bellwether
