#include "server/analytics/forecast/naive_members.h"

#include <algorithm>
#include <span>
#include <vector>

#include "server/analytics/forecast/deseasonalised_member.h"

namespace bellwether {
namespace {

/// What comes after the values by the line through the first and the last.
void ExtendDrift(std::span<const double> values, std::span<double> path) {
  const double slope =
      values.size() < 2 ? 0.0 : (values.back() - values.front()) / static_cast<double>(values.size() - 1);
  for (size_t h = 0; h < path.size(); ++h) {
    path[h] = values.back() + slope * static_cast<double>(h + 1);
  }
}

class NaiveMember final : public ForecastMember {
 public:
  std::string_view id() const override { return "naive"; }
  size_t MinPoints() const override { return 1; }

  void ForecastFrom(std::span<const double> history, std::span<const size_t> origins, size_t horizon,
                    std::span<double> paths) const override {
    for (size_t o = 0; o < origins.size(); ++o) {
      for (size_t h = 0; h < horizon; ++h) {
        paths[o * horizon + h] = history[origins[o] - 1];
      }
    }
  }
};

class SeasonalNaiveMember final : public ForecastMember {
 public:
  explicit SeasonalNaiveMember(size_t season) : season_(season) {}

  std::string_view id() const override { return "seasonal-naive"; }
  size_t MinPoints() const override { return season_; }

  void ForecastFrom(std::span<const double> history, std::span<const size_t> origins, size_t horizon,
                    std::span<double> paths) const override {
    for (size_t o = 0; o < origins.size(); ++o) {
      const size_t origin = origins[o];
      for (size_t h = 0; h < horizon; ++h) {
        paths[o * horizon + h] = history[origin >= season_ ? origin - season_ + h % season_ : origin - 1];
      }
    }
  }

 private:
  size_t season_;
};

class DriftMember final : public ForecastMember {
 public:
  std::string_view id() const override { return "drift"; }
  size_t MinPoints() const override { return 2; }

  void ForecastFrom(std::span<const double> history, std::span<const size_t> origins, size_t horizon,
                    std::span<double> paths) const override {
    for (size_t o = 0; o < origins.size(); ++o) {
      ExtendDrift(history.first(origins[o]), paths.subspan(o * horizon, horizon));
    }
  }
};

/// Either on what MSTL leaves.
class MstlPlainMember final : public DeseasonalisedMember {
 public:
  MstlPlainMember(const MemberSetting& setting, bool has_drift)
      : DeseasonalisedMember(setting, Deseasoning::kMstl), has_drift_(has_drift) {}

  std::string_view id() const override { return has_drift_ ? "mstl-drift" : "mstl-naive"; }

 protected:
  std::vector<double> Choose(std::span<const double>) const override { return {}; }
  void Extend(std::span<const double> values, std::span<const double>, std::span<double> path) const override {
    if (has_drift_) {
      ExtendDrift(values, path);
    } else {
      std::fill(path.begin(), path.end(), values.back());
    }
  }

 private:
  bool has_drift_;
};

}  // namespace

std::unique_ptr<ForecastMember> MakeNaiveMember(const MemberSetting&) { return std::make_unique<NaiveMember>(); }

std::unique_ptr<ForecastMember> MakeSeasonalNaiveMember(const MemberSetting& setting) {
  return setting.seasons.empty() ? nullptr : std::make_unique<SeasonalNaiveMember>(setting.seasons.back());
}

std::unique_ptr<ForecastMember> MakeDriftMember(const MemberSetting&) { return std::make_unique<DriftMember>(); }

std::unique_ptr<ForecastMember> MakeMstlNaiveMember(const MemberSetting& setting) {
  return setting.seasons.empty() ? nullptr : std::make_unique<MstlPlainMember>(setting, /*has_drift=*/false);
}

std::unique_ptr<ForecastMember> MakeMstlDriftMember(const MemberSetting& setting) {
  return setting.seasons.empty() ? nullptr : std::make_unique<MstlPlainMember>(setting, /*has_drift=*/true);
}

}  // namespace bellwether
