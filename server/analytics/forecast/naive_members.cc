#include "server/analytics/forecast/naive_members.h"

namespace bellwether {
namespace {

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
      const double last = history[origins[o] - 1];
      const double slope = origins[o] < 2 ? 0.0 : (last - history[0]) / static_cast<double>(origins[o] - 1);
      for (size_t h = 0; h < horizon; ++h) {
        paths[o * horizon + h] = last + slope * static_cast<double>(h + 1);
      }
    }
  }
};

}  // namespace

std::unique_ptr<ForecastMember> MakeNaiveMember(const MemberSetting&) { return std::make_unique<NaiveMember>(); }

std::unique_ptr<ForecastMember> MakeSeasonalNaiveMember(const MemberSetting& setting) {
  return setting.seasons.empty() ? nullptr : std::make_unique<SeasonalNaiveMember>(setting.seasons.back());
}

std::unique_ptr<ForecastMember> MakeDriftMember(const MemberSetting&) { return std::make_unique<DriftMember>(); }

}  // namespace bellwether
