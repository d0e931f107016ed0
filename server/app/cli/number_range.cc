#include "server/app/cli/number_range.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <system_error>

#include "server/base/text/concat.h"

namespace bellwether {

double NumberOf(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  // from_chars knows no plus; "+-1" stays no number.
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') {
    text.remove_prefix(1);
  }
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : std::numeric_limits<double>::quiet_NaN();
}

CLI::Validator WholeNumberIn(size_t least, size_t most) {
  const std::string range = Concat(least, " to ", most);
  return {[=](std::string& text) {
            const double number = NumberOf(text);
            if (std::isnan(number) || number != std::floor(number)) {
              return Concat("\"", text, "\" is no whole number. It must be one from ", range);
            }
            return number >= static_cast<double>(least) && number <= static_cast<double>(most)
                       ? std::string()
                       : Concat(text, " is not from ", range);
          },
          range};
}

CLI::Validator NumberIn(double least, double most) {
  const std::string range = Concat(least, " to ", most);
  return {[=](std::string& text) {
            const double number = NumberOf(text);
            if (std::isnan(number)) {
              return Concat("\"", text, "\" is no number. It must be one from ", range);
            }
            return number >= least && number <= most ? std::string() : Concat(text, " is not from ", range);
          },
          range};
}

}  // namespace bellwether
