#pragma once

#include <string>

namespace bellwether {

/// How rare an incident is by chance. The p-value of a row counts rows; those of means over many rows, or of one
/// incident, are no chances of their own, so rows as rare as its peak come more often than such incidents do. What
/// alarmed did so at a threshold that incidents pass no more often than the budget of false alarms allows, so the
/// budget bounds how often they come.
struct Rarity {
  double seconds_between_rows = 0;    ///< step over the p-value of the peak, may be infinite
  double seconds_between_alarms = 0;  ///< a week over the budget of false alarms a week; 0 = no budget is known
  double history_seconds = 0;         ///< what was judged before; 0 = not known
};

/// "once in 40 days", or "at most once in 7 days" where only the budget tells; empty where either is longer than the
/// history, which cannot tell how much rarer it is.
[[nodiscard]] std::string HowOften(const Rarity& rarity);

}  // namespace bellwether
