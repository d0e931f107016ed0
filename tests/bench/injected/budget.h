#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace bellwether::injected {

/// How often a budget was spent on one kind of generated stream.
struct BudgetResult {
  std::string stream;
  double promised = 0;  ///< false alarms a series and week
  double ratio = 0;     ///< alarms (runs of is_anomaly) in the second to last week over the promise
  double error = 0;     ///< standard error of the ratio
  double late = 0;      ///< the ratio in the second half
};

/// Streams of known law (white, AR(1) .9, Student t3, Poisson .2, daily season, noise that changes by the day),
/// `series` of each, eight weeks of five-minute rows, at one alarm a month, a week and a day. `jobs` threads.
[[nodiscard]] std::vector<BudgetResult> MeasureBudgets(const std::string& method, size_t series, size_t jobs);

}  // namespace bellwether::injected
