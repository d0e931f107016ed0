#include "server/query/spec/duration.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <system_error>

#include "server/base/text/concat.h"

namespace bellwether {
namespace {

struct Unit {
  std::string_view name;
  int64_t milliseconds;
};

// Largest first, for formatting; parsing tries the longest name first because "ms" begins with "m".
constexpr std::array<Unit, 7> kUnits = {{{"y", 365LL * 24 * 3'600'000},
                                         {"w", 7LL * 24 * 3'600'000},
                                         {"d", 24LL * 3'600'000},
                                         {"h", 3'600'000},
                                         {"m", 60'000},
                                         {"s", 1'000},
                                         {"ms", 1}}};

const Unit* UnitAtStart(std::string_view text) {
  const Unit* best = nullptr;
  for (const Unit& unit : kUnits) {
    if (text.substr(0, unit.name.size()) == unit.name && (best == nullptr || unit.name.size() > best->name.size())) {
      best = &unit;
    }
  }
  return best;
}

}  // namespace

absl::StatusOr<absl::Duration> ParseDuration(std::string_view text) {
  const absl::Status not_a_duration = absl::InvalidArgumentError(Concat("\"", text, "\" is not a duration"));
  constexpr absl::Duration kLongest = absl::Hours(1'000LL * 365 * 24);
  absl::Duration total;
  if (text.empty() || text.size() > 64) {
    return not_a_duration;
  }
  while (!text.empty()) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc() || text.front() == '-') {
      return not_a_duration;
    }
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    const Unit* unit = UnitAtStart(text);
    if (unit == nullptr) {
      return not_a_duration;
    }
    text.remove_prefix(unit->name.size());
    total += number * absl::Milliseconds(unit->milliseconds);
    if (!(total <= kLongest)) {
      return not_a_duration;
    }
  }
  if (total < absl::Milliseconds(1)) {
    return not_a_duration;
  }
  return total;
}

std::string DurationText(absl::Duration duration) {
  int64_t rest = absl::ToInt64Milliseconds(duration);
  std::string text;
  for (const Unit& unit : kUnits) {
    if (unit.name == "y" || unit.name == "w") {
      continue;  // "14d" reads better than "2w"
    }
    if (const int64_t count = rest / unit.milliseconds; count > 0) {
      text += Concat(count, unit.name);
      rest -= count * unit.milliseconds;
    }
  }
  return text.empty() ? "0s" : text;
}

}  // namespace bellwether
