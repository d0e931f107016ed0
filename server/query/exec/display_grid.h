#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bellwether {

/// How model steps are drawn: runs of `group` steps, aligned to the clock, become one point. The panel's resolution
/// ends here; what was computed does not depend on it.
class DisplayGrid {
 public:
  /// For the model steps at `times_unix_ns` (evenly spaced by `step_ns`), at most about `max_points` of them drawn.
  DisplayGrid(std::span<const int64_t> times_unix_ns, int64_t step_ns, size_t max_points);

  /// Points drawn.
  [[nodiscard]] size_t size() const { return times_unix_ns_.size(); }
  /// The time of each drawn point: the beginning of its run.
  [[nodiscard]] const std::vector<int64_t>& times_unix_ns() const { return times_unix_ns_; }
  /// Model steps a point.
  [[nodiscard]] size_t group() const { return group_; }
  /// First and one past the last model step of point i.
  [[nodiscard]] size_t begin(size_t i) const { return begins_[i]; }
  [[nodiscard]] size_t end(size_t i) const { return begins_[i + 1]; }

  /// The mean of each run, NaN where it has no value. `values` has one entry a model step.
  [[nodiscard]] std::vector<double> Mean(std::span<const double> values) const;

 private:
  size_t group_ = 1;
  std::vector<int64_t> times_unix_ns_;
  std::vector<size_t> begins_;
};

}  // namespace bellwether
