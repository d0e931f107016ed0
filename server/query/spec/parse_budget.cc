#include "server/query/spec/parse_budget.h"

#include <optional>

#include "server/query/spec/query_spec.h"

namespace bellwether {

double ReadBudget(JsonReader& reader) {
  size_t sensitivity = 1;
  reader.ReadChoice("sensitivity", kSensitivityNames, /*required=*/false, sensitivity);
  std::optional<double> budget;
  reader.Read("falseAlarmsPerWeek", kLeastFalseAlarmsPerWeek, kMostFalseAlarmsPerWeek, /*above_min=*/false, budget);
  return budget.value_or(kSensitivityBudgets[sensitivity]);
}

}  // namespace bellwether
