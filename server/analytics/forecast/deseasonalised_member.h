#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "server/analytics/forecast/forecast_member.h"

namespace bellwether {

/// How a member takes the seasons out.
enum class Deseasoning {
  kClassical,  ///< TakeSeasonsOut: patterns that never change
  kMstl,       ///< DecomposeMstl: patterns that change slowly; the last ones go on
};

/// A member that continues what is left of a series without its seasons and lays them on again. Its parameters are
/// chosen anew at the first origin at which a series has grown by a fifth, so that many origins share them. What it
/// learns from is at most the newest 2,000 values.
class DeseasonalisedMember : public ForecastMember {
 public:
  DeseasonalisedMember(const MemberSetting& setting, Deseasoning deseasoning)
      : seasons_(setting.seasons), deseasoning_(deseasoning) {}

  [[nodiscard]] size_t MinPoints() const override { return 6; }
  void ForecastFrom(std::span<const double> history, std::span<const size_t> origins, size_t horizon,
                    std::span<double> paths) const override;

 protected:
  /// What Extend needs to know, chosen on the values alone. At least four values.
  [[nodiscard]] virtual std::vector<double> Choose(std::span<const double> values) const = 0;

  /// Writes what comes after the values.
  virtual void Extend(std::span<const double> values, std::span<const double> parameters,
                      std::span<double> path) const = 0;

  [[nodiscard]] bool ByMstl() const { return deseasoning_ == Deseasoning::kMstl; }

 private:
  /// The values before an origin without the seasons, and what these are to add to those that follow.
  [[nodiscard]] std::vector<double> Without(std::span<const double> history, size_t origin,
                                            std::span<double> seasons) const;

  std::vector<size_t> seasons_;
  Deseasoning deseasoning_;
};

/// Takes the seasons out of `values`, shortest first: the mean at each phase of the distances from a centred moving
/// mean over one season (classical decomposition), where there are two whole seasons. Returns what one is to add to the
/// values that follow, `horizon` of them.
[[nodiscard]] std::vector<double> TakeSeasonsOut(std::span<double> values, std::span<const size_t> seasons,
                                                 size_t horizon);

}  // namespace bellwether
