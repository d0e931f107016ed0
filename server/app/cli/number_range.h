#pragma once

#include <string_view>

#include "CLI/CLI.hpp"

namespace bellwether {

/// The number that `text` is as a whole, NaN for one that is none.
[[nodiscard]] double NumberOf(std::string_view text);

/// Takes numbers from `least` to `most`, as CLI::Range does, but not NaN, which that one lets pass.
[[nodiscard]] CLI::Validator NumberIn(double least, double most);

}  // namespace bellwether
