#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/time/cancellation.h"
#include "server/base/time/clock.h"
#include "server/connectors/connector.h"
#include "server/connectors/system/series_ring.h"
#include "server/connectors/system/system_options.h"
#include "server/connectors/system/system_sampler.h"

namespace bellwether {

/// The machine this process runs on, sampled from /proc into a bounded history. Query keys: series (one name or
/// several; cpu_total when left out) and labels (device or interface). Points are means over the slots of the options,
/// or over the step asked for when that is longer; the newest one may still grow.
///
/// After `Start` a thread takes a reading at once, one a second later (so that rates exist) and then one every
/// interval; the destructor ends it. Fetch and List are safe from any thread at any time.
class SystemConnector final : public Connector {
 public:
  /// `clock` must outlive the connector; it dates the readings.
  SystemConnector(SystemOptions options, const Clock& clock);
  SystemConnector(const SystemConnector&) = delete;
  SystemConnector& operator=(const SystemConnector&) = delete;
  ~SystemConnector() override;

  /// Starts the sampling thread; later calls do nothing.
  void Start();

  /// Takes one reading now, as the thread does.
  void SampleOnce();

  /// Bytes held by the history.
  [[nodiscard]] size_t history_bytes() const;

  [[nodiscard]] std::string_view kind() const override { return "system"; }
  [[nodiscard]] absl::Duration PreferredStep() const override { return options_.slot; }
  [[nodiscard]] absl::StatusOr<FetchResult> Fetch(const FetchRequest& request,
                                                  const Cancellation& cancellation) const override;
  [[nodiscard]] absl::StatusOr<std::vector<SeriesInfo>> List(std::string_view query_json) const override;

 private:
  /// Metric (position in SystemMetrics()) and device.
  using SeriesKey = std::pair<size_t, std::string>;

  void Run();
  void Store(absl::Time now, const std::vector<SystemReading>& readings);
  bool MakeRoom(int64_t slot);
  absl::StatusOr<std::vector<size_t>> ChooseMetrics(const std::vector<std::string>& names) const;
  size_t PointsAt(int64_t step_ns) const;
  RawSeries Describe(const SeriesKey& key) const;
  void Read(const SeriesRing& ring, const FetchRequest& request, int64_t step_ns, RawSeries& series) const;

  const SystemOptions options_;
  const Clock& clock_;
  const int64_t slot_ns_;
  const size_t max_slots_;

  std::mutex sampler_mutex_;
  SystemSampler sampler_;  ///< guarded by sampler_mutex_

  mutable std::mutex mutex_;  ///< guards all below
  std::map<SeriesKey, SeriesRing> rings_;
  absl::Time history_begin_ = absl::InfiniteFuture();
  bool left_some_out_ = false;
  bool stopping_ = false;
  std::condition_variable stop_signal_;
  std::thread thread_;  ///< started and joined by the owner alone
};

}  // namespace bellwether
