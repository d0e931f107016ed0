#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "server/analytics/forecast/forecast_member.h"

namespace bellwether {

/// A member that continues what is left of a series without its seasons and lays them on again. Its parameters are
/// chosen on the values before the first origin, again before the last, and stay the same between them. What it learns
/// from is at most the newest 2,000 values before an origin.
class DeseasonalisedMember : public ForecastMember {
 public:
  explicit DeseasonalisedMember(const MemberSetting& setting) : seasons_(setting.seasons) {}

  [[nodiscard]] size_t MinPoints() const override { return 6; }
  void ForecastFrom(std::span<const double> history, std::span<const size_t> origins, size_t horizon,
                    std::span<double> paths) const override;

 protected:
  /// What Extend needs to know, chosen on the values alone. At least four values.
  [[nodiscard]] virtual std::vector<double> Choose(std::span<const double> values) const = 0;

  /// Writes what comes after the values.
  virtual void Extend(std::span<const double> values, std::span<const double> parameters,
                      std::span<double> path) const = 0;

 private:
  std::vector<size_t> seasons_;
};

/// Takes the seasons out of `values`, shortest first: the mean at each phase of the distances from a centred moving
/// mean over one season (classical decomposition), where there are two whole seasons. Returns what one is to add to the
/// values that follow, `horizon` of them.
[[nodiscard]] std::vector<double> TakeSeasonsOut(std::span<double> values, std::span<const size_t> seasons,
                                                 size_t horizon);

}  // namespace bellwether
