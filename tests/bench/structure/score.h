#pragma once

#include <cstddef>
#include <vector>

namespace bellwether {

/// F1 of the reported change points with a margin of 5 points (1 % of the length, where that is more); place 0 always
/// counts as a change, as in van den Burg and Williams 2020, "An Evaluation of Change Point Detection Algorithms".
[[nodiscard]] double ChangeF1(const std::vector<size_t>& truth, const std::vector<size_t>& reported, size_t length);

/// Cover of the true segments by the reported ones: best Jaccard overlap, weighted by length (same source).
[[nodiscard]] double ChangeCover(const std::vector<size_t>& truth, const std::vector<size_t>& reported, size_t length);

}  // namespace bellwether
