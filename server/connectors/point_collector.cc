#include "server/connectors/point_collector.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bellwether {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

PointCollector::PointCollector(absl::Duration step, size_t max_points)
    : step_ns_(std::clamp<int64_t>(absl::ToInt64Nanoseconds(step), 1, INT64_MAX / 4)),
      max_points_(std::max<size_t>(max_points, 1)) {}

int64_t PointCollector::BucketOf(int64_t time) const {
  const int64_t width = stats_.bucket_width_ns;
  const int64_t rest = time % width;
  const int64_t down = rest < 0 ? rest + width : rest;
  return time < INT64_MIN + down ? time : time - down;
}

// A weighted mean without a sum, so that values near the largest double do not overflow.
void PointCollector::Blend(Entry& into, const Entry& from) {
  const double count = into.count + from.count;
  if (from.count == 0) {
    return;
  }
  into.mean = into.count == 0 ? from.mean : into.mean * (into.count / count) + from.mean * (from.count / count);
  into.count = count;
}

void PointCollector::Add(int64_t time_unix_ns, double value) {
  stats_.backward += time_unix_ns < last_time_ ? 1 : 0;
  const bool repeats = time_unix_ns == last_time_ && back_is_newest_;
  const double count = std::isnan(value) ? 0 : 1;
  if (stats_.bucket_width_ns == 0) {
    sorted_ = sorted_ && (entries_.empty() || time_unix_ns >= entries_.back().time);
    if (repeats) {
      ++stats_.duplicates;
      entries_.back() = {time_unix_ns, value, count};
    } else {
      entries_.push_back({time_unix_ns, value, count});
    }
  } else {
    const int64_t bucket = BucketOf(time_unix_ns);
    if (repeats && !std::isnan(last_value_) && entries_.back().count > 0) {
      ++stats_.duplicates;  // Takes the earlier reading out of the mean again.
      Entry& entry = entries_.back();
      const double rest = entry.count - 1;
      entry.mean = rest == 0 ? value : entry.mean * (entry.count / rest) - last_value_ / rest;
      entry.count = rest;
    }
    if (!entries_.empty() && entries_.back().time == bucket) {
      Blend(entries_.back(), {bucket, value, count});
    } else {
      sorted_ = sorted_ && (entries_.empty() || bucket > entries_.back().time);
      entries_.push_back({bucket, value, count});
    }
  }
  last_time_ = time_unix_ns;
  last_value_ = value;
  back_is_newest_ = true;
  if (entries_.size() >= 2 * max_points_) {
    Compact();
  }
}

void PointCollector::LimitTo(size_t max_points) {
  max_points_ = std::clamp<size_t>(max_points, 1, max_points_);
  if (entries_.size() > max_points_) {
    Compact();
    entries_.shrink_to_fit();
  }
}

void PointCollector::SortEntries() {
  if (!sorted_) {
    std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.time < b.time; });
    sorted_ = true;
  }
}

void PointCollector::MergeSameTimes() {
  size_t out = 0;
  for (size_t i = 1; i < entries_.size(); ++i) {
    if (entries_[i].time != entries_[out].time) {
      entries_[++out] = entries_[i];
    } else if (stats_.bucket_width_ns == 0) {
      ++stats_.duplicates;
      entries_[out] = entries_[i];
    } else {
      Blend(entries_[out], entries_[i]);
    }
  }
  entries_.resize(entries_.empty() ? 0 : out + 1);
}

void PointCollector::WidenOnce() {
  stats_.bucket_width_ns = stats_.bucket_width_ns == 0 ? step_ns_ : stats_.bucket_width_ns * 2;
  for (Entry& entry : entries_) {
    entry.time = BucketOf(entry.time);
  }
  MergeSameTimes();
}

void PointCollector::Compact() {
  back_is_newest_ = back_is_newest_ && sorted_;
  SortEntries();
  MergeSameTimes();
  while (entries_.size() > max_points_ && stats_.bucket_width_ns < INT64_MAX / 4) {
    WidenOnce();
  }
}

void PointCollector::Finish(const TimeRange& range, RawSeries& series) {
  SortEntries();
  MergeSameTimes();
  while (entries_.size() > max_points_ && stats_.bucket_width_ns < INT64_MAX / 4) {
    WidenOnce();
  }
  const int64_t from = absl::ToUnixNanos(range.from);
  series.times_unix_ns.reserve(entries_.size());
  series.values.reserve(entries_.size());
  for (const Entry& entry : entries_) {
    // The first bucket may start before the range, its points do not.
    series.times_unix_ns.push_back(std::max(entry.time, from));
    series.values.push_back(entry.count > 0 && std::isfinite(entry.mean) ? entry.mean : kNan);
  }
  entries_ = {};
}

}  // namespace bellwether
