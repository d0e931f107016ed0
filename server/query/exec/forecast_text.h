#pragma once

#include <string>
#include <vector>

#include "server/query/exec/answer_context.h"
#include "server/query/exec/forecast_analysis.h"

namespace bellwether {

/// A fact that makes a forecast less certain than it looks, or tells how certain it is.
struct UncertaintyFactor {
  std::string id;    ///< "band_growth", "missing_data", "short_history", "long_reach", "held_regressor"
  double value = 0;  ///< the number itself, see `text`
  std::string text;  ///< a sentence that holds the number
};

/// What the uncertainty of a forecast comes from, by its own numbers.
[[nodiscard]] std::vector<UncertaintyFactor> UncertaintyOf(const AnswerContext& context, const SeriesForecast& one);

/// "daily", "weekly", "3 h": a pattern of so many steps in words.
[[nodiscard]] std::string PatternName(size_t steps, int64_t step_ns);

/// `name` of a pattern with its article: "a daily", "an hourly", "an 8 h", "an 18 days".
[[nodiscard]] std::string WithArticle(std::string_view name);

/// Where the series is heading in plain sentences: the value at the end of the horizon with its widest band, threshold
/// and capacity where they are asked for, what explains it, patterns, reliability with its reasons, and what makes it
/// uncertain. Quantities are in the unit of the series.
[[nodiscard]] std::string ExplainForecast(const AnswerContext& context, const SeriesForecast& one);

}  // namespace bellwether
