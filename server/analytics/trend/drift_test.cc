#include "server/analytics/trend/drift_test.h"

#include <cmath>
#include <cstddef>
#include <vector>

namespace bellwether {
namespace {

constexpr size_t kLeastBlocks = 24;
constexpr size_t kLeastIncrements = 5;
constexpr double kFreedomOfMeans = 0.89;  // of an increment: those of block means have a correlation of 1/4

}  // namespace

double DriftDeviate(std::span<const double> values) {
  const size_t width = values.size() < 2 * kLeastBlocks ? 1 : values.size() / kLeastBlocks;
  const size_t blocks = values.size() / width;
  if (blocks < kLeastIncrements + 1) {
    return 0;
  }
  const size_t first = values.size() - blocks * width;
  std::vector<double> increments(blocks);
  double last = 0;
  for (size_t block = 0; block < blocks; ++block) {
    double mean = 0;
    for (size_t i = 0; i < width; ++i) {
      mean += values[first + block * width + i] / static_cast<double>(width);
    }
    increments[block] = mean - last;
    last = mean;
  }
  const double count = static_cast<double>(blocks - 1);
  double rise = 0;
  for (size_t k = 1; k < blocks; ++k) {
    rise += increments[k];
  }
  double variance = 0;
  for (size_t k = 1; k < blocks; ++k) {
    const double away = increments[k] - rise / count;
    variance += away * away / (count - 1);
  }
  if (rise == 0) {
    return 0;
  }
  // On a walk the rise from the first block to the last against as many independent increments.
  const double m = static_cast<double>(width);
  const double edges = (m * m - 1) / (3 * m);
  const double stretch = (m * count - edges) / (count * (m - edges));
  const double square = rise * rise / (stretch * count * variance);
  const double freedom = width == 1 ? count - 1 : kFreedomOfMeans * count;
  const double deviate = (8 * freedom + 1) / (8 * freedom + 3) *
                         (variance > 0 ? std::sqrt(freedom * std::log1p(square / freedom)) : HUGE_VAL);
  return std::copysign(deviate, rise);
}

}  // namespace bellwether
