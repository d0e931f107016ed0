#pragma once

#include <span>

namespace bellwether {

/// The largest magnitude among the finite ones of `values`; 0 where there is none.
[[nodiscard]] float LargestMagnitude(std::span<const float> values);
[[nodiscard]] double LargestMagnitude(std::span<const double> values);

}  // namespace bellwether
