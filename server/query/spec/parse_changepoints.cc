#include "server/query/spec/parse_changepoints.h"

#include <optional>

#include "server/query/spec/json_reader.h"

namespace bellwether {

absl::Status ReadChangepoints(const nlohmann::json& object, ChangepointSpec& spec) {
  JsonReader reader(object, "changepoints");
  size_t mode = 0;
  reader.ReadChoice("mode", kChangepointModeNames, /*required=*/false, mode);
  spec.online = mode == 1;
  std::optional<double> min_confidence;
  reader.Read("minConfidence", 0, 1, /*above_min=*/false, min_confidence);
  spec.min_confidence = min_confidence.value_or(0);
  return reader.status();
}

}  // namespace bellwether
