#pragma once

#include <functional>
#include <span>
#include <vector>

namespace bellwether {

/// The range of one parameter and where to begin.
struct SearchRange {
  double low = 0;
  double high = 1;
  double start = 0.5;
};

/// The parameters within their ranges at which `loss` is least, by the simplex method of Nelder and Mead (1965, "A
/// simplex method for function minimization") with at most `most_calls` calls; a local minimum. Losses that are not
/// finite count as worst. Deterministic. Empty ranges give no parameters.
[[nodiscard]] std::vector<double> SearchSimplex(std::span<const SearchRange> ranges,
                                                const std::function<double(std::span<const double>)>& loss,
                                                size_t most_calls);

}  // namespace bellwether
