#include "server/analytics/forecast/recent_member.h"

#include <algorithm>
#include <limits>

namespace bellwether {
namespace {

constexpr size_t kSeasons = 3;
constexpr size_t kBase = 4;  // values that a course is measured from

double MeanBefore(std::span<const double> history, size_t end) {
  double sum = 0;
  for (size_t t = end - kBase; t < end; ++t) {
    sum += history[t];
  }
  return sum / static_cast<double>(kBase);
}

class RecentSeasonsMember final : public ForecastMember {
 public:
  explicit RecentSeasonsMember(size_t season) : season_(season) {}

  std::string_view id() const override { return "recent-seasons"; }
  size_t MinPoints() const override { return season_ + kBase; }

  void ForecastFrom(std::span<const double> history, std::span<const size_t> origins, size_t horizon,
                    std::span<double> paths) const override {
    for (size_t o = 0; o < origins.size(); ++o) {
      const size_t origin = origins[o];
      const std::span<double> path = paths.subspan(o * horizon, horizon);
      if (origin < MinPoints()) {
        std::fill(path.begin(), path.end(), std::numeric_limits<double>::quiet_NaN());
        continue;
      }
      const size_t seasons = std::min(kSeasons, (origin - kBase) / season_);
      std::fill(path.begin(), path.end(), MeanBefore(history, origin));
      for (size_t i = 1; i <= seasons; ++i) {
        const size_t start = origin - i * season_;
        const double base = MeanBefore(history, start);
        for (size_t h = 0; h < horizon; ++h) {
          path[h] += (history[start + h % season_] - base) / static_cast<double>(seasons);
        }
      }
    }
  }

 private:
  size_t season_;
};

}  // namespace

std::unique_ptr<ForecastMember> MakeRecentSeasonsMember(const MemberSetting& setting) {
  return setting.seasons.empty() ? nullptr : std::make_unique<RecentSeasonsMember>(setting.seasons.back());
}

}  // namespace bellwether
