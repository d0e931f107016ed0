#pragma once

#include <string>
#include <string_view>

namespace bellwether {

/// `value` with its unit, for a sentence: "83.1 %", "2.4 MB/s", "1.92 s", "$1,204", "12.5 req/s". `unit` is one of
/// Grafana's ids; one that is not known adds nothing. Three significant digits, or as many as it takes to show
/// differences of `resolution` (0 = none in particular) with two digits. "unknown" for NaN.
[[nodiscard]] std::string QuantityText(double value, std::string_view unit, double resolution = 0);

/// Whether QuantityText writes something for `unit` or knows that there is nothing to write ("", "none", "short").
[[nodiscard]] bool IsKnownUnit(std::string_view unit);

/// A length of time for a sentence, in one or two whole units: "45 s", "25 min", "3 h 20 min", "4 days".
[[nodiscard]] std::string TimeSpanText(double seconds);

}  // namespace bellwether
