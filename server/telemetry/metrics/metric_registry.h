#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"

namespace bellwether {

/// A label and every value it may take; anything else is counted under "other", so that no input can grow the output.
struct MetricLabel {
  std::string name;
  std::vector<std::string> values;
};

/// A count that only grows.
class Counter {
 public:
  void Increment(uint64_t by = 1) { count_.fetch_add(by, std::memory_order_relaxed); }
  [[nodiscard]] uint64_t value() const { return count_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> count_{0};
};

/// Counts of observations at or below each of a few fixed bounds, and their sum.
class Histogram {
 public:
  /// `bounds` ascend; a bucket for everything above them is implied.
  explicit Histogram(std::vector<double> bounds);

  void Observe(double value);

  [[nodiscard]] const std::vector<double>& bounds() const { return bounds_; }
  /// Observations in bucket `i` alone (not cumulated), `i` up to and including bounds().size().
  [[nodiscard]] uint64_t bucket(size_t i) const { return buckets_[i].load(std::memory_order_relaxed); }
  [[nodiscard]] double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  const std::vector<double> bounds_;
  std::vector<std::atomic<uint64_t>> buckets_;
  std::atomic<double> sum_{0};
};

/// Metrics of one name, told apart by label values. Made by MetricRegistry; safe to use from any thread.
template <typename Metric>
class MetricFamily {
 public:
  MetricFamily(std::vector<MetricLabel> labels, std::function<std::unique_ptr<Metric>()> make)
      : labels_(std::move(labels)), make_(std::move(make)) {}

  /// The metric with these label values, in the order the labels were registered; missing ones count as "other". The
  /// reference stays valid as long as the family.
  [[nodiscard]] Metric& With(absl::Span<const std::string_view> values);

  /// Calls `visit` with label values and metric of every combination asked for so far.
  void ForEach(const std::function<void(absl::Span<const std::string>, const Metric&)>& visit) const;

  [[nodiscard]] const std::vector<MetricLabel>& labels() const { return labels_; }

 private:
  const std::vector<MetricLabel> labels_;
  const std::function<std::unique_ptr<Metric>()> make_;
  mutable absl::Mutex mutex_;
  std::map<std::vector<std::string>, std::unique_ptr<Metric>> metrics_ ABSL_GUARDED_BY(mutex_);
};

using CounterFamily = MetricFamily<Counter>;
using HistogramFamily = MetricFamily<Histogram>;
extern template class MetricFamily<Counter>;
extern template class MetricFamily<Histogram>;

/// All metrics of the process. Families are registered at start-up and live as long as the registry; names follow
/// Prometheus' rules (letters, digits, underscores). Safe to use from any thread.
class MetricRegistry {
 public:
  MetricRegistry();
  ~MetricRegistry();
  MetricRegistry(const MetricRegistry&) = delete;
  MetricRegistry& operator=(const MetricRegistry&) = delete;

  CounterFamily& AddCounter(std::string name, std::string help, std::vector<MetricLabel> labels);
  HistogramFamily& AddHistogram(std::string name, std::string help, std::vector<MetricLabel> labels,
                                std::vector<double> bounds);

  /// A value read at the moment of export by `read`, which must be safe to call from any thread. `labels` are fixed
  /// name and value pairs. `is_counter` declares it as a counter kept elsewhere (CPU seconds), not as a gauge.
  struct Sampled {
    std::string name;
    std::string help;
    std::vector<std::pair<std::string, std::string>> labels;
    bool is_counter = false;
    std::function<double()> read;
  };
  void AddSampled(Sampled sampled);

  /// Everything in the Prometheus text format, version 0.0.4.
  [[nodiscard]] std::string PrometheusText() const;

 private:
  struct Entry;
  mutable absl::Mutex mutex_;
  std::vector<std::unique_ptr<Entry>> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace bellwether
