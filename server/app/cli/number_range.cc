#include "server/app/cli/number_range.h"

#include <charconv>
#include <limits>
#include <string>
#include <system_error>

#include "server/base/text/concat.h"

namespace bellwether {

double NumberOf(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : std::numeric_limits<double>::quiet_NaN();
}

CLI::Validator NumberIn(double least, double most) {
  const std::string range = Concat(least, " to ", most);
  return {[=](std::string& text) {
            const double number = NumberOf(text);
            return number >= least && number <= most ? std::string() : Concat(text, " is not a number from ", range);
          },
          range};
}

}  // namespace bellwether
