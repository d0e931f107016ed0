#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bellwether {

/// The seasons to forecast with, shortest first, at most two. `wanted` wins where it is not empty; otherwise those that
/// are found in the values, and the calendar season of the step where the history holds enough of it (the combination's
/// weights decide whether it helps). NaN = missing.
[[nodiscard]] std::vector<size_t> SeasonsFor(std::span<const double> values, int64_t step_ns,
                                             std::span<const size_t> wanted);

/// Other sets worth trying where seasons were found that the calendar does not suggest: those of the calendar alone,
/// and the longest of the found ones with the day. Sets as SeasonsFor makes them, different from `chosen`.
[[nodiscard]] std::vector<std::vector<size_t>> OtherSeasons(size_t n, int64_t step_ns, std::span<const size_t> chosen);

/// Replaces NaN by the course one `season` before or after, shifted so that it meets the values at both ends of the gap
/// (0 = no season); gaps shorter than an eighth of a season, and where there is no such course, by interpolation. O(n).
void FillSeasonalGaps(std::span<double> values, size_t season);

}  // namespace bellwether
