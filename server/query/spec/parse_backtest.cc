#include "server/query/spec/parse_backtest.h"

#include <algorithm>

#include "nlohmann/json.hpp"
#include "server/analytics/anomaly/backtest.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"
#include "server/query/spec/json_reader.h"
#include "server/query/spec/parse_feedback.h"

namespace bellwether {
namespace {

using nlohmann::json;

void ReadBudgets(JsonReader& reader, std::vector<double>& budgets) {
  const json* list = reader.ReadList("budgets");
  if (list == nullptr) {
    return;
  }
  if (list->empty() || list->size() > kMostBacktestBudgets) {
    return reader.Fail(Concat("budgets has ", list->size(), " entries. It must have 1 to ", kMostBacktestBudgets,
                              ", in false alarms a series and week, such as [0.25, 1, 7]."));
  }
  for (size_t i = 0; i < list->size(); ++i) {
    const json& budget = (*list)[i];
    if (!budget.is_number()) {
      return reader.Fail(Concat("budgets[", i, "] must be a number, not ", JsonTypeName(budget), "."));
    }
    const double number = budget.get<double>();
    if (!(number >= kLeastFalseAlarmsPerWeek && number <= kMostFalseAlarmsPerWeek)) {
      return reader.Fail(Concat("budgets[", i, "] is ", number, ". It must be at least ", kLeastFalseAlarmsPerWeek,
                                " and at most ", kMostFalseAlarmsPerWeek, "."));
    }
    budgets.push_back(number);
  }
  std::sort(budgets.begin(), budgets.end());
  budgets.erase(std::unique(budgets.begin(), budgets.end()), budgets.end());
}

}  // namespace

absl::StatusOr<BacktestAsk> ParseBacktest(std::string_view body) {
  BELLWETHER_ASSIGN_OR_RETURN(const json object, ParseUserJson(body));
  if (!object.is_object()) {
    return BadQueryError(Concat(R"(The body must be a JSON object such as {"query": {...}, "days": 14}, not )",
                                JsonTypeName(object), "."));
  }
  BacktestAsk ask;
  JsonReader reader(object, "");
  const json* query = reader.ReadObject("query");
  if (reader.status().ok() && query == nullptr) {
    reader.Fail("query is missing. It must be the saved query to replay.");
  }
  std::optional<double> days;
  reader.Read("days", 0, kMostBacktestDays, /*above_min=*/true, days);
  ReadBudgets(reader, ask.budgets);
  std::string to;
  reader.Read("to", to);
  BELLWETHER_RETURN_IF_ERROR(reader.status());
  if (!to.empty() && !(ask.to = ParseMoment(to)).has_value()) {
    return BadQueryError(
        Concat("to ", QuotedExcerpt(to), " is not a moment with its zone. Write it as 2026-11-20T12:00:00Z."));
  }
  ask.days = days.value_or(ask.days);
  ask.query_json = query->dump(-1, ' ', false, json::error_handler_t::replace);
  return ask;
}

}  // namespace bellwether
