#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace bellwether {

/// A way to continue a series. Stateless and deterministic.
class ForecastModel {
 public:
  virtual ~ForecastModel() = default;

  [[nodiscard]] virtual std::string_view id() const = 0;

  /// How many values it wants before it is worth asking.
  [[nodiscard]] virtual size_t MinPoints() const = 0;

  /// The `horizon` values after `history` (no NaN in it, magnitudes at most 1, at least one value).
  [[nodiscard]] virtual std::vector<double> Extend(std::span<const double> history, size_t horizon) const = 0;
};

/// The last value goes on.
[[nodiscard]] std::unique_ptr<ForecastModel> MakeNaiveModel();

/// The last season goes on; `season` in steps, at least 2.
[[nodiscard]] std::unique_ptr<ForecastModel> MakeSeasonalNaiveModel(size_t season);

/// The mean of the past seasons, the newest weighing most (memory of about `memory` seasons), on the level of the last
/// one.
[[nodiscard]] std::unique_ptr<ForecastModel> MakeSeasonalMeanModel(size_t season, double memory);

/// Exponential smoothing with a damped trend (Gardner and McKenzie 1985) of what is left without the profiles of the
/// `seasons` (shortest first; may be empty). Its three constants are chosen on a small grid by discounted one-step
/// errors.
[[nodiscard]] std::unique_ptr<ForecastModel> MakeDampedTrendModel(std::vector<size_t> seasons);

/// Ridge regression on the last values and on the values around one and two seasons ago, on the square-root scale where
/// the data are not negative; recursive beyond one step.
[[nodiscard]] std::unique_ptr<ForecastModel> MakeSeasonalRegressionModel(std::vector<size_t> seasons);

}  // namespace bellwether
