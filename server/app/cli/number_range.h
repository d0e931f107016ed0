#pragma once

#include <string>

#include "CLI/CLI.hpp"

namespace bellwether {

/// Takes numbers from `least` to `most`, as CLI::Range does, but not NaN, which that one lets pass.
[[nodiscard]] inline CLI::Validator NumberIn(double least, double most) {
  const std::string range = CLI::detail::to_string(least) + " to " + CLI::detail::to_string(most);
  return {[=](std::string& text) {
            double number = 0;
            const bool is_number = CLI::detail::lexical_cast(text, number);
            return is_number && number >= least && number <= most ? std::string()
                                                                  : text + " is not a number from " + range;
          },
          range};
}

}  // namespace bellwether
