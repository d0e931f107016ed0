#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace bellwether {

/// -2 log likelihood of `values` about the best combination of `columns` orthonormal columns (`basis`, one after the
/// other, each of the size of `values`) under noise of Student's law, the best of a few degrees of freedom, less that
/// of normal noise of variance 1. `rows` of the values count, all others are 0 there and in the basis. `floor` is added
/// to the squares, so that an exact fit is finite.
///
/// Fitted by iterated weights (Lange, Little, Taylor 1989, "Robust statistical modeling using the t distribution").
/// `weights`, one for each value, are where it starts from if they are not empty, and what it ends at: a fit to nearly
/// the same columns begins near its end.
[[nodiscard]] double StudentDeviance(std::span<const double> values, std::span<const double> basis, size_t columns,
                                     size_t rows, double floor, std::vector<double>& weights);

/// Fourth moment over the square of the second (3 for normal numbers) of `values`, of which `rows` count and all others
/// are 0; 0 for zeros.
[[nodiscard]] double Kurtosis(std::span<const double> values, size_t rows);

}  // namespace bellwether
