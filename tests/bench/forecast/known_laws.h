#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <string_view>

namespace bellwether::forecast_yardstick {

/// Laws that series can follow, by the hour with a season of 24 hours where they have one.
enum class Law {
  kNoise,           ///< normal
  kAutoregression,  ///< of order one, .8
  kMixedMemory,     ///< ARMA(1, 1) with .9 and -.5
  kWalk,            ///< normal steps
  kHeavyWalk,       ///< steps of Student's t with 4 degrees of freedom
  kLocalLevel,      ///< a walk of steps .3 under noise of 1
  kTrend,           ///< a line under an autoregression of .5
  kSeasonal,        ///< a wave under an autoregression of .8
  kSeasonalWalk,    ///< a wave under a walk
  kTwoSeasons,      ///< day and week under an autoregression of .5
  kHeavyTails,      ///< a wave under noise of Student's t with 4 degrees of freedom
  kSkewed,          ///< a wave under gamma noise of shape 2
  kSeasonalNoise,   ///< noise whose deviation goes from .2 to 1.8 in a day
  kLogNormal,       ///< the exponential of a wave under an autoregression of .8
  kCounts,          ///< Poisson, mean 10 to 30
  kFewCounts,       ///< Poisson, mean .2 to 1.4
  kClusteredNoise,  ///< GARCH(1, 1) with .1 and .85
};

struct NamedLaw {
  Law law;
  std::string_view name;
};
[[nodiscard]] std::span<const NamedLaw> KnownLaws();

/// The mean of a law of counts (Poisson) at a step from 0; nothing for other laws. Repeats every 24 steps.
[[nodiscard]] std::optional<double> MeanCount(Law law, size_t step);

/// A series in the making. A copy goes on from the same state: what can follow a history is known by as many copies
/// as one cares to run.
class LawProcess {
 public:
  explicit LawProcess(Law law) : law_(law) {}

  double Next(std::mt19937_64& random);

 private:
  Law law_;
  size_t step_ = 0;
  double state_ = 0;
  double previous_ = 0;
  double variance_ = 1;
};

}  // namespace bellwether::forecast_yardstick
