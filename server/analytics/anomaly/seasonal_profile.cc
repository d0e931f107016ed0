#include "server/analytics/anomaly/seasonal_profile.h"

#include <algorithm>
#include <cmath>

namespace bellwether {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kDayNs = 86'400 * kSecondNs;
constexpr double kMemoryDays = 6;

}  // namespace

size_t SeasonalProfile::SlotOf(int64_t time_unix_ns, double rows_per_day) {
  int64_t day = time_unix_ns / kDayNs;
  int64_t in_day = time_unix_ns % kDayNs;
  if (in_day < 0) {
    in_day += kDayNs;
    --day;
  }
  if (rows_per_day <= 2) {
    return static_cast<size_t>(((day % 7) + 7) % 7);
  }
  return static_cast<size_t>(in_day / (kDayNs / static_cast<int64_t>(kSlots)));
}

double SeasonalProfile::Between(int64_t time_unix_ns, size_t slot, double rows_per_day) const {
  // With at most one row a slot there is nothing between.
  if (rows_per_day <= kSlots) {
    return mean_[slot];
  }
  constexpr int64_t kSlotNs = kDayNs / static_cast<int64_t>(kSlots);
  const int64_t in_slot = ((time_unix_ns % kSlotNs) + kSlotNs) % kSlotNs;
  const double position = static_cast<double>(in_slot) / static_cast<double>(kSlotNs) - 0.5;
  const size_t other = (slot + (position < 0 ? kSlots - 1 : 1)) % kSlots;
  return Knows(other) ? mean_[slot] + std::abs(position) * (mean_[other] - mean_[slot]) : mean_[slot];
}

double SeasonalProfile::ScaleAt(size_t slot, double spread) const {
  constexpr double kPriorValues = 6;
  const auto n = static_cast<double>(std::min<uint32_t>(count_[slot], 50));
  return (n * static_cast<double>(deviation_[slot]) + kPriorValues * spread) / (n + kPriorValues);
}

double SeasonalProfile::DistanceOutside(double value, size_t slot, size_t reach) const {
  double low = mean_[slot];
  double high = low;
  for (size_t k = kSlots - reach; k <= kSlots + reach; ++k) {
    const size_t other = (slot + k) % kSlots;
    if (Knows(other)) {
      low = std::min(low, mean_[other]);
      high = std::max(high, mean_[other]);
    }
  }
  return value > high ? value - high : value < low ? value - low : 0.0;
}

void SeasonalProfile::Learn(size_t slot, double value, double spread, double rows_per_day) {
  const double rows_per_slot = std::max(rows_per_day <= 2 ? rows_per_day / 7 : rows_per_day / kSlots, 1e-3);
  const double gain = std::max(1 / static_cast<double>(count_[slot] + 1),
                               std::min(0.25, 1 / (kMemoryDays * std::max(rows_per_slot, 1.0))));
  double residual = value - mean_[slot];
  if (count_[slot] > 3) {
    const double limit = 3 * static_cast<double>(deviation_[slot]) + 0.1 * spread;
    residual = std::clamp(residual, -limit, limit);
  }
  mean_[slot] += gain * residual;
  if (count_[slot] > 0) {
    deviation_[slot] += static_cast<float>(gain * (std::abs(residual) - static_cast<double>(deviation_[slot])));
  }
  count_[slot] = std::min<uint32_t>(count_[slot] + 1, 1'000'000);
}

}  // namespace bellwether
