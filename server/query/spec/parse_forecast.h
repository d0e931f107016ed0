#pragma once

#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "server/query/spec/json_reader.h"
#include "server/query/spec/query_spec.h"

namespace bellwether {

/// Reads the options of a forecast query. BadQueryError names the field and what it may be.
[[nodiscard]] absl::Status ReadForecast(const nlohmann::json& object, ForecastSpec& spec);

/// Reads a duration at `key`; an absent key and, where it `may_be_auto`, "auto" leave `out` as it is.
void ReadDuration(JsonReader& reader, std::string_view key, std::optional<absl::Duration>& out,
                  bool may_be_auto = true);

}  // namespace bellwether
