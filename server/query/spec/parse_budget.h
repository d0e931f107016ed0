#pragma once

#include "server/query/spec/json_reader.h"

namespace bellwether {

/// Reads the members `sensitivity` and `falseAlarmsPerWeek` (which wins) of an analysis that raises alarms: the false
/// alarms a week that it may come to. What is wrong is left in the reader's status.
[[nodiscard]] double ReadBudget(JsonReader& reader);

}  // namespace bellwether
