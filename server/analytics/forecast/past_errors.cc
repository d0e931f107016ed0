#include "server/analytics/forecast/past_errors.h"

#include <cmath>

namespace bellwether {

std::vector<double> OriginWeights(size_t origins, double half_life) {
  std::vector<double> weights(origins);
  for (size_t o = 0; o < origins; ++o) {
    weights[o] = std::exp2(-static_cast<double>(origins - 1 - o) / half_life);
  }
  return weights;
}

double EffectiveCount(const std::vector<double>& weights) {
  double sum = 0;
  double squares = 0;
  for (const double w : weights) {
    sum += w;
    squares += w * w;
  }
  return squares > 0 ? sum * sum / squares : 0.0;
}

}  // namespace bellwether
