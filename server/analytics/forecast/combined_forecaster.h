#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "server/analytics/forecast/combination.h"
#include "server/analytics/forecast/forecaster.h"

namespace bellwether {

/// What "auto" combines for such values (finite, at least one).
[[nodiscard]] std::vector<CombinationEntry> AutoEntries(std::span<const double> values);

/// As FitForecast, with a combination of one's own: what each member adds is measured with it. Entries on scales that
/// the values do not allow are left out.
[[nodiscard]] absl::StatusOr<std::unique_ptr<FittedForecast>> FitEntries(std::span<const CombinationEntry> entries,
                                                                         const ForecastInput& input,
                                                                         size_t max_horizon);

}  // namespace bellwether
