#include "server/query/exec/display_grid.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "server/base/time/step.h"

namespace bellwether {

DisplayGrid::DisplayGrid(std::span<const int64_t> times_unix_ns, int64_t step_ns, size_t max_points) {
  const size_t steps = times_unix_ns.size();
  group_ = std::max<size_t>(1, (steps + max_points - 1) / std::max<size_t>(1, max_points));
  const int64_t run_ns = step_ns * static_cast<int64_t>(group_);
  times_unix_ns_.reserve(steps / group_ + 2);
  begins_.reserve(steps / group_ + 3);
  int64_t run_end = std::numeric_limits<int64_t>::min();
  for (size_t i = 0; i < steps; ++i) {
    const int64_t time = times_unix_ns[i];
    if (i == 0 || time >= run_end) {
      run_end = FloorToStep(time, run_ns) + run_ns;
      times_unix_ns_.push_back(time);
      begins_.push_back(i);
    }
  }
  begins_.push_back(steps);
}

std::vector<double> DisplayGrid::Mean(std::span<const double> values) const {
  if (group_ == 1) {
    return {values.begin(), values.end()};
  }
  std::vector<double> means(size());
  for (size_t i = 0; i < means.size(); ++i) {
    double mean = 0;
    size_t count = 0;
    for (size_t k = begin(i); k < end(i); ++k) {
      if (std::isfinite(values[k])) {
        ++count;
        mean += values[k] / static_cast<double>(count) - mean / static_cast<double>(count);
      }
    }
    means[i] = count == 0 ? std::numeric_limits<double>::quiet_NaN() : mean;
  }
  return means;
}

}  // namespace bellwether
