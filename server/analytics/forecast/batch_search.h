#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace bellwether {

/// The losses of `count` points of a unit cube at once: coordinate d of point i stands at points[d * count + i].
using BatchLoss = std::function<void(std::span<const double> points, size_t count, std::span<double> losses)>;

/// The point of the unit cube of 1 to 3 dimensions at which `loss` is least, by a lattice over the cube and finer and
/// finer ones about the best point so far: to within 1 / 90 of a side, a local minimum where there are several. Points
/// come in batches of a multiple of 8, so that losses can be computed side by side. Losses that are not finite count as
/// worst. Deterministic.
[[nodiscard]] std::vector<double> SearchCube(size_t dimensions, const BatchLoss& loss);

}  // namespace bellwether
