#include "server/analytics/anomaly/segment_surprise.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "server/analytics/series/robust.h"

namespace bellwether {

double TailSurprise(double z, double freedom) {
  const double square = freedom * std::log1p(z * z / freedom);
  constexpr double kLog10E = 0.4342944819;
  return square < 800 ? -std::log10(std::erfc(std::sqrt(0.5 * square))) : 0.5 * kLog10E * square;
}

void CalibrateSurprise(std::span<Stretch> stretches, double least, double expected) {
  constexpr double kPrior = 8;  // segments that the prior is worth
  constexpr double kPart = 0.35;
  constexpr double kSlope = 0.4342944819;
  if (stretches.empty()) {
    return;
  }
  std::vector<double> excess;
  for (const Stretch& stretch : stretches) {
    excess.push_back(stretch.surprise - least);
  }
  const auto count = static_cast<double>(excess.size());
  const double slope = QuantileInPlace(excess, kPart) / -std::log(1 - kPart);
  const double drawn = std::max(kSlope, (count * slope + kPrior * kSlope) / (count + kPrior));
  const double often = std::log10(std::max(1.0, (count + 2) / (expected + 2)));
  for (Stretch& stretch : stretches) {
    stretch.surprise = least - often + (stretch.surprise - least) * kSlope / drawn;
  }
}

std::vector<double> SurpriseByCount(std::span<const Stretch> stretches, std::span<const double> sizes, size_t rows,
                                    double clearly) {
  constexpr size_t kFew = 4;
  constexpr double kAlike = 0.6;  // of its size
  constexpr size_t kShare = 4;    // and as long as one such part of it
  std::vector<double> at_most(stretches.size(), std::numeric_limits<double>::infinity());
  for (size_t k = 0; k < stretches.size(); ++k) {
    size_t alike = 1;
    for (size_t other = 0; other < stretches.size(); ++other) {
      const Stretch& one = stretches[other];
      alike += other != k && one.surprise >= clearly && IsScatter(one.look) == IsScatter(stretches[k].look) &&
                       kShare * one.Length() >= stretches[k].Length() && sizes[other] >= kAlike * sizes[k]
                   ? 1
                   : 0;
    }
    if (alike > kFew) {
      const auto count = static_cast<double>(alike);
      at_most[k] = std::log10(static_cast<double>(rows) / std::max(1.0, count - 2 * std::sqrt(count)));
    }
  }
  return at_most;
}

}  // namespace bellwether
