#include "server/query/exec/quantity_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <span>

#include "absl/strings/str_format.h"
#include "server/base/text/concat.h"

namespace bellwether {
namespace {

struct Step {
  double size;  // of one, in the base unit
  std::string_view text;
};

constexpr std::array kTime = {Step{1e-9, " ns"}, Step{1e-6, " µs"}, Step{1e-3, " ms"},   Step{1, " s"},
                              Step{60, " min"},  Step{3600, " h"},  Step{86400, " days"}};
constexpr std::array kDecimalBytes = {Step{1, " B"},    Step{1e3, " kB"},  Step{1e6, " MB"},
                                      Step{1e9, " GB"}, Step{1e12, " TB"}, Step{1e15, " PB"}};
constexpr std::array kBinaryBytes = {Step{1, " B"}, Step{1024.0, " KiB"}, Step{1048576.0, " MiB"},
                                     Step{1073741824.0, " GiB"}, Step{1099511627776.0, " TiB"}};
constexpr std::array kBits = {Step{1, " bit"}, Step{1e3, " kbit"}, Step{1e6, " Mbit"}, Step{1e9, " Gbit"},
                              Step{1e12, " Tbit"}};
constexpr std::array kWatts = {Step{1, " W"}, Step{1e3, " kW"}, Step{1e6, " MW"}, Step{1e9, " GW"}};
constexpr std::array kHertz = {Step{1, " Hz"}, Step{1e3, " kHz"}, Step{1e6, " MHz"}, Step{1e9, " GHz"}};
constexpr std::array kPlain = {Step{1, ""}, Step{1e6, " million"}, Step{1e9, " billion"}, Step{1e12, " trillion"}};

struct UnitText {
  std::string_view id;
  double size = 1;  // of one, in the base of `steps`
  std::span<const Step> steps;
  std::string_view suffix = "";
  std::string_view prefix = "";
};

const UnitText kUnits[] = {
    {"percent", 1, {}, " %"},
    {"percentunit", 100, {}, " %"},
    {"ns", 1e-9, kTime},
    {"µs", 1e-6, kTime},
    {"ms", 1e-3, kTime},
    {"s", 1, kTime},
    {"m", 60, kTime},
    {"h", 3600, kTime},
    {"d", 86400, kTime},
    {"bytes", 1, kBinaryBytes},
    {"kbytes", 1024, kBinaryBytes},
    {"mbytes", 1048576, kBinaryBytes},
    {"gbytes", 1073741824, kBinaryBytes},
    {"decbytes", 1, kDecimalBytes},
    {"bits", 1, kBits},
    {"decbits", 1, kBits},
    {"Bps", 1, kDecimalBytes, "/s"},
    {"binBps", 1, kBinaryBytes, "/s"},
    {"bps", 1, kBits, "/s"},
    {"binbps", 1, kBits, "/s"},
    {"reqps", 1, kPlain, " req/s"},
    {"reqpm", 1, kPlain, " req/min"},
    {"ops", 1, kPlain, " ops/s"},
    {"opm", 1, kPlain, " ops/min"},
    {"rps", 1, kPlain, " reads/s"},
    {"wps", 1, kPlain, " writes/s"},
    {"iops", 1, kPlain, " I/O ops/s"},
    {"cps", 1, kPlain, " /s"},
    {"mps", 1, kPlain, " messages/s"},
    {"pps", 1, kPlain, " packets/s"},
    {"hertz", 1, kHertz},
    {"rotrpm", 1, kPlain, " rpm"},
    {"celsius", 1, {}, " °C"},
    {"fahrenheit", 1, {}, " °F"},
    {"kelvin", 1, {}, " K"},
    {"watt", 1, kWatts},
    {"volt", 1, {}, " V"},
    {"amp", 1, {}, " A"},
    {"humidity", 1, {}, " % humidity"},
    {"currencyUSD", 1, kPlain, "", "$"},
    {"currencyEUR", 1, kPlain, "", "€"},
    {"currencyGBP", 1, kPlain, "", "£"},
};

constexpr std::string_view kSuffix = "suffix:";
constexpr std::string_view kPrefix = "prefix:";

const UnitText* FindUnit(std::string_view id) {
  const auto* found =
      std::find_if(std::begin(kUnits), std::end(kUnits), [&](const UnitText& known) { return known.id == id; });
  return found == std::end(kUnits) ? nullptr : found;
}

std::string WithThousands(std::string digits) {
  const size_t start = !digits.empty() && digits[0] == '-' ? 1 : 0;
  const size_t dot = std::min(digits.find('.'), digits.size());
  for (size_t at = dot; at > start + 3; at -= 3) {
    digits.insert(at - 3, ",");
  }
  return digits;
}

// Rounded to three significant digits, or to two digits of `resolution` where that is finer.
std::string NumberText(double value, double resolution) {
  const double magnitude = std::abs(value);
  if (magnitude >= 1e15 || (magnitude > 0 && magnitude < 1e-6)) {
    return absl::StrFormat("%.3g", value);
  }
  const auto digits_for = [](double size, int digits) {
    return size > 0 ? digits - 1 - static_cast<int>(std::floor(std::log10(size))) : 0;
  };
  int decimals = digits_for(magnitude, 3);
  if (resolution > 0 && std::isfinite(resolution)) {
    decimals = std::clamp(digits_for(resolution, 2), decimals, std::max(decimals, digits_for(magnitude, 6)));
  }
  std::string text = absl::StrFormat("%.*f", std::clamp(decimals, 0, 9), value);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') {
      text.pop_back();
    }
  }
  return text == "-0" ? "0" : WithThousands(std::move(text));
}

std::string Scaled(double value, double resolution, std::span<const Step> steps) {
  const Step* chosen = &steps.front();
  if (value != 0) {
    for (const Step& step : steps) {
      // Ten times the next one reads well up to twice the step: 90 s, 100 min, 30 h.
      const bool slow = step.size >= 60 && (step.text == " min" || step.text == " h" || step.text == " days");
      if (std::abs(value) >= step.size * (slow ? 2 : 1) * 0.9995) {
        chosen = &step;
      }
    }
  } else if (steps.data() == kTime.data()) {
    chosen = &kTime[3];
  }
  return Concat(NumberText(value / chosen->size, resolution / chosen->size), chosen->text);
}

}  // namespace

std::string QuantityText(double value, std::string_view unit, double resolution) {
  if (!std::isfinite(value)) {
    return "unknown";
  }
  if (unit.starts_with(kSuffix)) {
    const std::string_view text = unit.substr(kSuffix.size());
    return Concat(Scaled(value, resolution, kPlain), text.starts_with(" ") ? "" : " ", text);
  }
  if (unit.starts_with(kPrefix)) {
    return Concat(unit.substr(kPrefix.size()), Scaled(value, resolution, kPlain));
  }
  const UnitText* known = FindUnit(unit);
  if (known == nullptr) {
    return Scaled(value, resolution, kPlain);
  }
  const std::string number = known->steps.empty() ? NumberText(value * known->size, resolution * known->size)
                                                  : Scaled(value * known->size, resolution * known->size, known->steps);
  const bool negative = !known->prefix.empty() && number.starts_with("-");
  return Concat(negative ? "-" : "", known->prefix, negative ? number.substr(1) : number, known->suffix);
}

bool IsKnownUnit(std::string_view unit) {
  return unit.empty() || unit == "none" || unit == "short" || unit.starts_with(kSuffix) || unit.starts_with(kPrefix) ||
         FindUnit(unit) != nullptr;
}

std::string TimeSpanText(double seconds) {
  if (!(seconds > 0)) {
    return "0 s";
  }
  const auto both = [](double large, std::string_view large_text, double small, std::string_view small_text) {
    return small > 0 ? absl::StrFormat("%.0f %s %.0f %s", large, large_text, small, small_text)
                     : absl::StrFormat("%.0f %s", large, large_text);
  };
  if (seconds < 1) {
    return absl::StrFormat("%.3g s", seconds);
  }
  if (seconds < 119.5) {
    return absl::StrFormat("%.0f s", seconds);
  }
  const double minutes = std::round(seconds / 60);
  if (minutes < 90) {
    return absl::StrFormat("%.0f min", minutes);
  }
  if (minutes < 2 * 1440) {
    return both(std::floor(minutes / 60), "h", minutes < 720 ? std::fmod(minutes, 60) : 0.0, "min");
  }
  const double days = minutes / 1440;
  return days < 730 ? absl::StrFormat("%.3g days", days < 10 ? std::round(10 * days) / 10 : std::round(days))
                    : absl::StrFormat("%.0f years", days / 365);
}

}  // namespace bellwether
