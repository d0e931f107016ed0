#include "server/analytics/forecast/rolling_origins.h"

#include <algorithm>

namespace bellwether {
namespace {

constexpr size_t kMostOrigins = 32;
constexpr size_t kLeastOrigins = 6;
constexpr size_t kLeastHistory = 8;
constexpr size_t kMostTried = 49'152;  // forecasts at all origins together: bounds the work for long horizons

}  // namespace

RollingOrigins ChooseOrigins(size_t n, size_t horizon, std::span<const size_t> seasons, size_t most) {
  RollingOrigins chosen;
  // A season must have been seen as often before the first origin as it takes to be used at all.
  const size_t learned = seasons.empty() ? 0 : 3 * seasons.back() / 2;
  const size_t least = std::max({n / 3, std::min(n / 2, learned), kLeastHistory});
  if (n <= least) {
    return chosen;
  }
  // At least half of what lies behind the first origin is for spreading the others.
  chosen.horizon = std::max<size_t>(1, std::min(horizon, (n - least) / 2));
  const size_t span = n - chosen.horizon - least;
  size_t step = !seasons.empty() && seasons.front() <= chosen.horizon ? seasons.front() : (chosen.horizon + 2) / 3;
  step = std::max<size_t>(1, std::min(step, span / 8));
  size_t count = std::min(kMostOrigins, std::max(kLeastOrigins, kMostTried / chosen.horizon));
  if (!seasons.empty()) {
    count = std::min(count, (6 * seasons.back() + step - 1) / step);
  }
  count = std::max<size_t>(1, std::min({count, most, span / step + 1}));
  for (size_t i = count; i-- > 0;) {
    chosen.origins.push_back(n - chosen.horizon - i * step);
  }
  return chosen;
}

void AddLateOrigins(size_t n, RollingOrigins& rolling) {
  constexpr size_t kLeastKnown = 3;
  for (const size_t part : {size_t{2}, size_t{4}}) {
    const size_t known = rolling.horizon / part;
    if (!rolling.origins.empty() && known >= kLeastKnown && n - known > rolling.origins.back()) {
      rolling.origins.push_back(n - known);
    }
  }
}

}  // namespace bellwether
