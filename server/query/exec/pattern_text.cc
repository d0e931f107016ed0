#include "server/query/exec/pattern_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "absl/strings/str_format.h"
#include "server/base/text/concat.h"
#include "server/query/exec/forecast_text.h"
#include "server/query/exec/quantity_text.h"

namespace bellwether {
namespace {

// Share of the days or weeks from which on it is worth telling: a flat top has its highest hour here and there.
constexpr double kOften = 0.25;

constexpr double kMostShare = 10;

std::string Percent(double share) { return absl::StrFormat("%.0f %%", 100 * share); }

enum class Slot { kHour, kWeekday };
enum class Side { kHigh, kLow };

std::string PeakText(const std::optional<Peak>& peak, Slot slot, Side side, std::string_view unit) {
  if (!peak.has_value()) {
    return "";
  }
  const std::string often = peak->share < kOften ? ""
                                                 : Concat("; so on ", Percent(peak->share), " of the ",
                                                          slot == Slot::kHour ? "days" : "weeks");
  return Concat("; ", side == Side::kHigh ? "highest " : "lowest ",
                slot == Slot::kHour ? HourText(peak->slot) : WeekdayText(peak->slot), " (usually by ",
                QuantityText(std::abs(peak->size), unit), often, ")");
}

/// Why the series is what it mainly is.
std::string MainText(const Patterns& patterns) {
  const auto found = std::find_if(patterns.scores.begin(), patterns.scores.end(),
                                  [&](const BehaviourScore& score) { return score.behaviour == patterns.main; });
  if (found == patterns.scores.end()) {
    return "";
  }
  const std::string number = Percent(found->number);
  // Beside a usual size of next to nothing a share says nothing.
  const std::string against_size =
      found->number > kMostShare ? "far more than its usual size" : number + " of its usual size";
  switch (patterns.main) {
    case Behaviour::kSeasonal:
      return Concat("mainly seasonal: its strongest pattern makes up ", number, " of its variation");
    case Behaviour::kTrending:
      return Concat("mainly trending: a straight line explains ", number, " of its variation");
    case Behaviour::kVolatile:
      return Concat("mainly volatile: from step to step it moves by ", against_size);
    case Behaviour::kStable:
      if (found->number == 0) {
        return "constant";
      }
      return found->holds ? Concat("stable: nine of ten values lie within a range of ", against_size)
                          : Concat("neither seasonal, trending nor volatile; nine of ten values lie within a range of ",
                                   against_size);
  }
  return "";
}

}  // namespace

std::string HourText(size_t hour) { return absl::StrFormat("between %02d:00 and %02d:00 UTC", hour, hour + 1); }

std::string WeekdayText(size_t day) { return Concat("on ", WeekdayName(day), "s"); }

std::string HourName(size_t hour) { return absl::StrFormat("%02d:00 to %02d:00 UTC", hour, hour + 1); }

std::string_view WeekdayName(size_t day) {
  static constexpr std::array<std::string_view, 7> kDays = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                            "Friday", "Saturday", "Sunday"};
  return kDays[std::min<size_t>(day, 6)];
}

std::string PeriodsText(const Patterns& patterns, int64_t step_ns) {
  std::string text;
  for (const Period& period : patterns.periods) {
    text += Concat(text.empty() ? "" : ", ", WithArticle(PatternName(period.steps, step_ns)), " pattern (",
                   Percent(period.strength), " of its variation)");
  }
  return text.empty() ? "none that repeats" : text;
}

std::string PatternsText(const Patterns& patterns, int64_t step_ns, std::string_view unit) {
  return Concat(PeriodsText(patterns, step_ns), PeakText(patterns.peak_hour, Slot::kHour, Side::kHigh, unit),
                PeakText(patterns.low_hour, Slot::kHour, Side::kLow, unit),
                PeakText(patterns.peak_weekday, Slot::kWeekday, Side::kHigh, unit),
                PeakText(patterns.low_weekday, Slot::kWeekday, Side::kLow, unit), ". It is ", MainText(patterns), ".");
}

}  // namespace bellwether
