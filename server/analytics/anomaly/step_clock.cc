#include "server/analytics/anomaly/step_clock.h"

#include <algorithm>
#include <cmath>

namespace bellwether {
namespace {

constexpr double kSameStep = 0.2;
constexpr double kDayNs = 86'400e9;

}  // namespace

void StepClock::Observe(int64_t time_unix_ns) {
  const double distance = started_ != 0 ? static_cast<double>(time_unix_ns) - static_cast<double>(last_) : 0.0;
  last_ = time_unix_ns;
  started_ = 1;
  if (distance <= 0) {
    return;
  }
  if (step_ns_ > 0 && std::abs(distance - step_ns_) <= kSameStep * step_ns_) {
    votes_ = std::min<int16_t>(static_cast<int16_t>(votes_ + 1), kMostVotes);
  } else if (--votes_ <= 0) {
    step_ns_ = distance;
    votes_ = 1;
    rows_per_day_ = static_cast<float>(std::clamp(kDayNs / step_ns_, 1.0, 1e6));
  }
}

}  // namespace bellwether
