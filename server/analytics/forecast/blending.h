#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace bellwether {

/// Of each of `count` steps, half the weighted mean and half the weighted median of the paths (interpolated between the
/// middles of the cumulated weights; Petropoulos and Svetunkov 2020, "A simple combination of univariate models"). In
/// the mean a path counts as no farther from the median than twice the mean distance (after Huber 1964, "Robust
/// estimation of a location parameter"): one that runs away takes nobody along. `weights` adds up to 1, one a path;
/// `paths` holds at least one, of finite values. Several steps go side by side, each with the arithmetic of one alone.
[[nodiscard]] std::vector<double> BlendAll(std::span<const double* const> paths, std::span<const double> weights,
                                           size_t count);

}  // namespace bellwether
