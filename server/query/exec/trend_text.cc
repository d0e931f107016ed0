#include "server/query/exec/trend_text.h"

#include <cmath>

#include "absl/strings/str_format.h"
#include "server/base/text/concat.h"
#include "server/query/exec/quantity_text.h"

namespace bellwether {
namespace {

constexpr double kDayNs = 86'400e9;

/// The span that slopes are told by.
struct Span {
  double steps = 1;
  std::string_view text;
};

Span SpanFor(int64_t step_ns) {
  const bool is_slow = static_cast<double>(step_ns) >= kDayNs;
  return {(is_slow ? 7 : 1) * kDayNs / static_cast<double>(step_ns), is_slow ? "a week" : "a day"};
}

std::string PValueText(double p) { return p < 0.001 ? "p < 0.001" : absl::StrFormat("p = %.2g", p); }

std::string StepsText(size_t steps, int64_t step_ns) {
  return TimeSpanText(static_cast<double>(steps) * static_cast<double>(step_ns) / 1e9);
}

constexpr std::string_view kPoints = " percentage points";

/// By how much something moved. Of a share that is a difference of percentages, not a share of the value.
std::string MoveText(double value, std::string_view unit) {
  std::string text = QuantityText(value, unit);
  constexpr std::string_view kSign = " %";
  if (unit.starts_with("percent") && text.ends_with(kSign)) {
    text.replace(text.size() - kSign.size(), kSign.size(), kPoints);
  }
  return text;
}

std::string_view Verb(double slope) { return slope < 0 ? "falls" : "rises"; }

std::string WholeText(const TrendOutlook& outlook, const Span& span, std::string_view unit) {
  const Trend& trend = outlook.whole;
  if (trend.slope_lower == 0 && trend.slope_upper == 0 && trend.p_value >= 1) {
    return "none: it does not change";
  }
  if (trend.direction == TrendDirection::kNone) {
    return Concat("none that can be told from chance (", PValueText(trend.p_value), ")");
  }
  const auto quantity = [&](double slope) { return MoveText(slope * span.steps, unit); };
  std::string text = Concat("it ", Verb(trend.slope), " by ", quantity(std::abs(trend.slope)), " ", span.text);
  if (outlook.growth.has_value()) {
    text += absl::StrFormat(", or %.2g %% of its usual size", 100 * std::abs(*outlook.growth) * span.steps);
  }
  std::string lower = quantity(trend.slope_lower);
  const std::string upper = quantity(trend.slope_upper);
  const bool is_same = lower == upper;
  if (lower.ends_with(kPoints)) {
    lower.resize(lower.size() - kPoints.size());  // the upper one names it for both
  }
  text += Concat(" (", is_same ? "" : Concat("95 %: ", lower, " to ", upper, "; "), PValueText(trend.p_value), ")");
  return Concat(text, "; a straight line explains ",
                trend.r_squared < 0.01 ? "less than 1 %" : absl::StrFormat("%.0f %%", 100 * trend.r_squared),
                " of its variation");
}

}  // namespace

std::string TrendText(const TrendOutlook& outlook, int64_t step_ns, std::string_view unit) {
  const Span span = SpanFor(step_ns);
  std::string text = WholeText(outlook, span, unit) + ".";
  if (outlook.origins == 0 || outlook.whole.p_value >= 1) {
    return text;
  }
  const Trend& recent = outlook.recent;
  text += Concat(" In the last ", StepsText(outlook.recent_steps, step_ns), " ",
                 recent.direction == TrendDirection::kNone
                     ? std::string("there is none that can be told from chance")
                     : Concat("it ", Verb(recent.slope), " by ", MoveText(std::abs(recent.slope) * span.steps, unit),
                              " ", span.text),
                 ".");
  const int chance = static_cast<int>(std::lround(100 * outlook.continuation));
  if (recent.direction != TrendDirection::kNone || outlook.whole.direction != TrendDirection::kNone) {
    text += Concat(" The chance that it ", recent.slope < 0 ? "is lower" : "is higher", " on average over the next ",
                   StepsText(outlook.horizon, step_ns), " is ", chance, " %, by its own past.");
  }
  return text;
}

}  // namespace bellwether
