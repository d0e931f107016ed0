#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tests/bench/injected/carriers.h"

namespace bellwether::injected {

/// How an injected event changes the rows of its stretch.
enum class Change { kAdd, kRamp, kSpread, kPhase, kHold, kTrain, kShiftSpread, kAfterGap, kZero };

/// One kind of event.
struct Injection {
  std::string_view name;
  Change change;
  /// kAdd, kRamp: local spreads added (at the end of a ramp), up or down by chance. kSpread: factor of the deviations
  /// from the local mean. kPhase: share of the day by which the season is moved. kTrain: as kAdd, in every sixth row.
  /// kShiftSpread: as kAdd, with the deviations doubled. kAfterGap: as kAdd, after twelve rows without values that are
  /// no part of the event. kHold, kZero: nothing.
  double size;
  double hours = 0;  ///< length, or
  size_t rows = 0;   ///< length in rows, where hours is 0
  /// Shorter events cannot be told from noise by anybody: left out.
  size_t least_rows = 1;
};

/// All kinds there are.
[[nodiscard]] std::span<const Injection> Injections();

/// An event: rows [first, end) of kind Injections()[injection].
struct Event {
  size_t injection = 0;
  size_t first = 0;
  size_t end = 0;
};

/// A carrier with events in it.
struct InjectedSeries {
  std::vector<double> values;
  std::vector<Event> events = {};
};

/// The local spread of the noise before row `row`: 1.4826 times the median absolute distance of up to 300 rows from a
/// running median of nine, at least 0.3 times their root mean square distance. 0 where the series does not move.
[[nodiscard]] double LocalSpread(const Carrier& carrier, size_t row);

/// Four days: what one event teaches a detector has faded a little when the next one comes.
inline constexpr double kGapHours = 96;

/// Injects random events, the first after 40 % of the rows, at least 250 rows and `gap_hours` apart, none on unusual
/// rows.
[[nodiscard]] InjectedSeries Inject(const Carrier& carrier, uint64_t seed, double gap_hours = kGapHours);

}  // namespace bellwether::injected
