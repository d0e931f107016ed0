#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bellwether {

/// A generated series whose changes are known.
struct KnownSeries {
  std::vector<double> values;
  std::vector<size_t> changes;  ///< first index after each change, ascending; empty = none
};

/// The kinds of series the yardstick draws: `none/...` have no change, `level/...`, `slope/...`, `variance/...` and
/// `mixed/...` have some.
[[nodiscard]] std::vector<std::string> StructureKinds();

/// Draws one series of a kind; the same `seed` gives the same series. Lengths are drawn too: 60 to 480 points, 15 to
/// 100 for kinds that end in `-short`, 1,000 to 10,000 for those that end in `-long`.
[[nodiscard]] KnownSeries DrawSeries(std::string_view kind, uint64_t seed);

/// `count` values of AR(1) noise of standard deviation 1 (phi = 1: a random walk of steps 1).
[[nodiscard]] std::vector<double> Ar1(size_t count, double phi, uint64_t seed);

}  // namespace bellwether
