#include "server/query/spec/parse_outliers.h"

#include <optional>
#include <string>

#include "server/base/text/concat.h"
#include "server/query/spec/duration.h"
#include "server/query/spec/json_reader.h"

namespace bellwether {

absl::Status ReadOutliers(const nlohmann::json& object, OutlierSpec& spec) {
  JsonReader reader(object, "outliers");
  size_t method = 0;
  reader.ReadChoice("method", kOutlierMethodNames, /*required=*/false, method);
  spec.method = static_cast<OutlierMethod>(method);
  reader.Read("tolerance", 0, kMaxOutlierTolerance, /*above_min=*/true, spec.tolerance);
  std::string window = "auto";
  reader.Read("window", window);
  if (reader.status().ok() && window != "auto") {
    const absl::StatusOr<absl::Duration> duration = ParseDuration(window);
    if (duration.ok()) {
      spec.window = *duration;
    } else {
      reader.Fail(Concat("outliers.window ", QuotedExcerpt(window),
                         " is not a duration. Write a number and a unit such as 14d, 6h or 1h30m, or auto."));
    }
  }
  std::optional<double> min_share;
  reader.Read("minShare", 0, 1, /*above_min=*/true, min_share);
  spec.min_share = min_share.value_or(spec.min_share);
  return reader.status();
}

}  // namespace bellwether
