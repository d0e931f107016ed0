#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/base/time/cancellation.h"
#include "server/base/time/clock.h"
#include "server/connectors/connector.h"

namespace bellwether {

/// A made-up world with known incidents: an online shop (label category), four hosts (label host) and a sensor fleet
/// (labels sensor, site). Query keys: series (one name or several; revenue when left out), labels, seed (42).
///
/// Labels: a value of "*" stands for any. A shop metric without a category is the total; {"category": "*"} gives the
/// five categories. Host and sensor metrics without labels give all of their series.
///
/// Values exist once a minute and are a pure function of seed, series and minute, whatever is asked. At a coarser step
/// a point is the mean of the readings of its bucket (of every n-th one past 15 minutes, so that a bucket needs at most
/// 30 of them); only whole buckets are given, and none that reach past the present. Times before 1970 have no data.
/// Stateless, so safe from any thread.
class DemoConnector final : public Connector {
 public:
  static constexpr uint64_t kDefaultSeed = 42;

  /// `clock` must outlive the connector.
  explicit DemoConnector(const Clock& clock) : clock_(clock) {}

  [[nodiscard]] std::string_view kind() const override { return "demo"; }
  [[nodiscard]] absl::Duration PreferredStep() const override { return absl::Minutes(5); }
  [[nodiscard]] absl::StatusOr<FetchResult> Fetch(const FetchRequest& request,
                                                  const Cancellation& cancellation) const override;
  [[nodiscard]] absl::StatusOr<std::vector<SeriesInfo>> List(std::string_view query_json) const override;

 private:
  const Clock& clock_;
};

}  // namespace bellwether
