#include "server/analytics/changepoint/noise_filter.h"

namespace bellwether {

void NoiseFilter::Apply(std::span<const double> values, std::span<double> innovations) const {
  double last = 0;
  for (size_t t = 0; t < values.size(); ++t) {
    if (t < kLost) {
      innovations[t] = 0;
      continue;
    }
    last = values[t] - one_ * values[t - 1] - two_ * values[t - 2] + average_ * last;
    innovations[t] = last;
  }
}

void NoiseFilter::Responses(double rise, std::span<double> step, std::span<double> line) const {
  double last_step = 0;
  double last_line = 0;
  for (size_t k = 0; k < step.size(); ++k) {
    const double at = rise * static_cast<double>(k);
    last_step = 1 - (k > 0 ? one_ : 0) - (k > 1 ? two_ : 0) + average_ * last_step;
    last_line = at - (k > 0 ? one_ * (at - rise) : 0) - (k > 1 ? two_ * (at - 2 * rise) : 0) + average_ * last_line;
    step[k] = last_step;
    line[k] = last_line;
  }
}

void NoiseFilter::ApplyTransposed(std::span<const double> numbers, std::span<double> answer) const {
  double first = 0;   // the transposed moving average at t + 1
  double second = 0;  // and at t + 2
  for (size_t t = numbers.size(); t-- > 0;) {
    const double now = (t < kLost ? 0 : numbers[t]) + average_ * first;
    answer[t] = now - one_ * first - two_ * second;
    second = first;
    first = now;
  }
}

}  // namespace bellwether
