#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace bellwether {

/// What people reach for: the best cut of the standardised series into constant levels under white noise of variance 1,
/// at 3 log n a change (PELT of Killick, Fearnhead, Eckley 2012, "Optimal detection of changepoints with a linear
/// computational cost", with the penalty of Zhang and Siegmund 2007).
[[nodiscard]] std::vector<size_t> PeltChanges(std::span<const double> values);

/// The same by binary segmentation (Scott and Knott 1974), at most five changes.
[[nodiscard]] std::vector<size_t> BinarySegmentationChanges(std::span<const double> values);

}  // namespace bellwether
