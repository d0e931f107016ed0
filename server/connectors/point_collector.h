#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "server/base/time/time_range.h"
#include "server/connectors/connector.h"

namespace bellwether {

/// What was seen while a series was collected.
struct CollectionStats {
  uint64_t backward = 0;        ///< points whose time was before that of their predecessor
  uint64_t duplicates = 0;      ///< points that replaced an earlier one of the same time
  int64_t bucket_width_ns = 0;  ///< 0 = points as they came, otherwise means over buckets of this width
};

/// Collects the points of one series in any order and in bounded memory: at most twice `max_points` are held. When
/// there are more, they are averaged over buckets whose width is `step` (at least 1 ns) times a power of two, aligned
/// to the epoch; every point counts once in the mean of its bucket, missing ones (NaN) not at all. Points of the same
/// time: the last one wins; where points were already averaged, only neighbours are recognised as the same time. Not
/// thread-safe.
class PointCollector {
 public:
  PointCollector(absl::Duration step, size_t max_points);

  /// Adds a point. `value` is finite or NaN.
  void Add(int64_t time_unix_ns, double value);

  /// Lowers the bound from now on.
  void LimitTo(size_t max_points);

  /// Points held at present.
  [[nodiscard]] size_t size() const { return entries_.size(); }

  /// Moves the points, in ascending time and none before `range.from`, to `series`.
  void Finish(const TimeRange& range, RawSeries& series);

  [[nodiscard]] const CollectionStats& stats() const { return stats_; }

 private:
  struct Entry {
    int64_t time;
    double mean;
    double count;
  };

  void Compact();
  void SortEntries();
  void MergeSameTimes();
  void WidenOnce();
  int64_t BucketOf(int64_t time) const;
  static void Blend(Entry& into, const Entry& from);

  int64_t step_ns_;
  size_t max_points_;
  bool sorted_ = true;
  bool back_is_newest_ = false;  ///< the point added last went into the last entry
  int64_t last_time_ = INT64_MIN;
  double last_value_ = 0;
  std::vector<Entry> entries_;
  CollectionStats stats_;
};

}  // namespace bellwether
