#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "server/analytics/forecast/value_scale.h"

namespace bellwether {

struct Backtest;

/// A level that jumped shortly before the end of a history: forecasts learned from the time before come back to a level
/// that is gone.
struct LateShift {
  size_t row = 0;   ///< the first at the new level
  double size = 0;  ///< on `scale`
  ValueScale scale = ValueScale::kRaw;
};

/// A shift is proven where the last rows lie so far to one side of what was forecast for them that nothing like it
/// happened at the earlier origins: then values are there that no experience tells to come back. Where it began is
/// looked for in what the newest forecast missed, where the values themselves moved as they hardly ever do, or else in
/// the values without their season (the split with the largest contrast of means: Page 1954, "Continuous inspection
/// schemes"). O(backtest + history).
[[nodiscard]] std::optional<LateShift> FindLateShift(std::span<const double> history, const Backtest& backtest,
                                                     std::span<const size_t> seasons);

/// The chance that a level that came `rows` (above 0) ago is still there in `ahead` rows: seven of ten are there for
/// good, and of others it is known only how long they lasted so far (Gott 1993, "Implications of the Copernican
/// principle for our future prospects").
[[nodiscard]] double ChanceToLast(size_t rows, size_t ahead);

/// The history as if it had had the new level all along.
[[nodiscard]] std::vector<double> LiftedHistory(std::span<const double> history, const LateShift& shift);

}  // namespace bellwether
