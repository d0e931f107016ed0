#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bellwether::injected {

/// Choices are made on one set of carriers and seeds and confirmed on the other.
enum class Set : uint32_t { kChoose = 0, kConfirm = 1 };

/// A series without known anomalies, to inject into.
struct Carrier {
  std::string kind;  ///< what it is like, for example "ar.9" or "ops"
  int64_t step_ns = 0;
  bool seasonal = false;  ///< has a day whose phase can be moved
  std::vector<int64_t> times_unix_ns = {};
  std::vector<double> values = {};    ///< NaN = missing
  std::vector<uint8_t> unusual = {};  ///< 1 = labelled anomalous, or close to it: neither injected into nor counted

  [[nodiscard]] size_t size() const { return values.size(); }
  [[nodiscard]] double RowsPerHour() const { return 3600e9 / static_cast<double>(step_ns); }
};

/// Rows of a made carrier, so that each step has about as many events: 30 days of minutes, six weeks of five minutes,
/// 125 days of hours.
[[nodiscard]] size_t CarrierRows(int64_t step_ns);

/// `replicas` series of CarrierRows of each generated kind and step (1 min, 5 min, 1 h).
[[nodiscard]] std::vector<Carrier> GeneratedCarriers(Set set, size_t replicas);

/// `replicas` series of each of some kinds and steps that have states or reset: for the false alarms of what looks for
/// lasting changes, which they have all the time. Not among the carriers that power is measured on.
[[nodiscard]] std::vector<Carrier> StateCarriers(Set set, size_t replicas);

/// `replicas` series of each of some kinds and steps whose usual course is a steady rise or jobs by the clock, and of a
/// level to compare with. Not among the carriers that power is measured on otherwise.
[[nodiscard]] std::vector<Carrier> CourseCarriers(Set set, size_t replicas);

/// The series of GeneratedCarriers with incidents of their own, one in five days from the beginning on: 5 to 60 local
/// spreads up, down or to and fro, or frozen, for one row to six hours. They are unusual rows: how well a detector
/// still finds what is injected, and keeps quiet, where real incidents have been before.
[[nodiscard]] std::vector<Carrier> TroubledCarriers(Set set, size_t replicas);

/// Every metric of the demo world (a shop, hosts, sensors) for CarrierRows at steps of 1 min, 5 min and 1 h; its own
/// incidents, about one in 30 hours, are unusual rows.
[[nodiscard]] std::vector<Carrier> DemoCarriers(Set set);

/// The series of a benchmark folder that belong to the set by a hash of their names: ops/**.csv with their label
/// column, the first `most_hourly` of m4/hourly-train.csv, nab/data/**.csv outside the windows of
/// nab/combined_windows.json. At most 50,000 rows each. Empty where the folder holds none.
[[nodiscard]] std::vector<Carrier> FileCarriers(const std::string& folder, Set set, size_t most_hourly = 40);

/// How a recording of a machine is used.
struct HostCarrierOptions {
  /// Stretches of up to 6,000 rows that each series gives, evenly spread over the recording: each gets other events.
  size_t copies = 4;
  /// Above 0: rows count as this far apart. A recording of some hours holds no week in which a false incident could be
  /// counted; as minutes its rows are asked for the same rarity as those of the other carriers.
  int64_t row_step_ns = 0;
};

/// The moving series of a folder that `injected_bench record` wrote, those of the set by a hash of their names.
[[nodiscard]] std::vector<Carrier> HostCarriers(const std::string& folder, Set set,
                                                const HostCarrierOptions& options = {});

}  // namespace bellwether::injected
