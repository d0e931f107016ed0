#pragma once

#include <cstddef>
#include <string_view>

#include "CLI/CLI.hpp"

namespace bellwether {

/// The number that `text` is as a whole, with blanks and a sign before it or not, as CLI11 reads
/// it; NaN for one that is none.
[[nodiscard]] double NumberOf(std::string_view text);

/// Takes whole numbers from `least` to `most` and says of others whether they are none or out of the range.
[[nodiscard]] CLI::Validator WholeNumberIn(size_t least, size_t most);

/// Takes numbers from `least` to `most`, not NaN.
[[nodiscard]] CLI::Validator NumberIn(double least, double most);

}  // namespace bellwether
