#include "server/query/spec/parse_multivariate.h"

#include "server/query/spec/json_reader.h"
#include "server/query/spec/parse_budget.h"

namespace bellwether {

absl::Status ReadMultivariate(const nlohmann::json& object, MultivariateSpec& spec) {
  JsonReader reader(object, "multivariate");
  size_t method = 0;
  reader.ReadChoice("method", kMultivariateMethodNames, /*required=*/false, method);
  if (method > 0) {  // the first is all of the others together
    spec.only = static_cast<MultivariateMember>(method - 1);
  }
  spec.false_alarms_per_week = ReadBudget(reader);
  return reader.status();
}

}  // namespace bellwether
