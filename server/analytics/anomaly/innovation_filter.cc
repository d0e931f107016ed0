#include "server/analytics/anomaly/innovation_filter.h"

#include <algorithm>

#include "server/analytics/series/clip.h"

namespace bellwether {
namespace {

constexpr float kMemory = 1e-3f;
constexpr float kCalm = 4;  // usual sizes: wilder rows count no more
constexpr float kFurthest = 1e6f;
constexpr float kRidge = 0.02f;
constexpr float kEarlyRidge = 4;  // over the number of rows, in addition
constexpr float kLeastSquare = 1e-9f;
constexpr float kMostCoefficient = 4;
constexpr uint32_t kFirstRows = 8;  // of which nothing is known to be wild
constexpr uint32_t kSolveRows = 16;

float Inverse(float size) { return size > 1e-30f ? 1 / size : 0.0f; }

}  // namespace

void InnovationFilter::Solve(float ridge) {
  // Cholesky's factors of the squares with the ridge on the diagonal.
  const float a = squares_[0] * (1 + ridge) + kLeastSquare;
  const float l11 = std::sqrt(a);
  const float l21 = squares_[1] / l11;
  const float b = squares_[2] * (1 + ridge) + kLeastSquare - l21 * l21;
  const float l22 = std::sqrt(Most(b, kLeastSquare));
  const float l31 = squares_[3] / l11;
  const float l32 = (squares_[4] - l31 * l21) / l22;
  const float c = squares_[5] * (1 + ridge) + kLeastSquare - l31 * l31 - l32 * l32;
  const float l33 = std::sqrt(Most(c, kLeastSquare));
  const float y1 = products_[0] / l11;
  const float y2 = (products_[1] - l21 * y1) / l22;
  const float y3 = (products_[2] - l31 * y1 - l32 * y2) / l33;
  const float third = y3 / l33;
  const float second = (y2 - l32 * third) / l22;
  const float first = (y1 - l21 * second - l31 * third) / l11;
  coefficients_ = {first, second, third};
  for (float& one : coefficients_) {
    one = Clip(one, -kMostCoefficient, kMostCoefficient);
  }
}

float InnovationFilter::Observe(float value, float usual, float last, float before, bool learn, uint32_t rows) {
  const float step = value - last;
  const float gap = usual_before_ - last;
  const float per_gap = Inverse(gap_size_);
  const float per_step = Inverse(step_size_);
  std::array<float, kInputs> input = {(usual - usual_before_) * per_gap, gap * per_gap, (last - before) * per_step};
  float foretold = 0;
  for (size_t i = 0; i < kInputs; ++i) {
    foretold += coefficients_[i] * Clip(input[i], -kFurthest, kFurthest);
    input[i] = Clip(input[i], -kCalm, kCalm);
  }
  const float innovation = step - step_size_ * foretold;
  if (learn && rows > 1) {
    const float gain = Most(1 / static_cast<float>(rows), kMemory);
    const float target = Clip(step * per_step, -kCalm, kCalm);
    size_t pair = 0;
    for (size_t i = 0; i < kInputs; ++i) {
      for (size_t j = 0; j <= i; ++j, ++pair) {
        squares_[pair] += gain * (input[i] * input[j] - squares_[pair]);
      }
      products_[i] += gain * (input[i] * target - products_[i]);
    }
    const bool early = rows <= kFirstRows;
    const float most_step = early ? std::abs(step) : kCalm * step_size_ + 1e-6f * gap_size_;
    const float most_gap = early ? std::abs(gap) : kCalm * gap_size_ + step_size_;
    step_size_ += gain * (Least(std::abs(step), most_step) - step_size_);
    gap_size_ += gain * (Least(std::abs(gap), most_gap) - gap_size_);
    if (rows % kSolveRows == 0) {
      Solve(kRidge + kEarlyRidge / static_cast<float>(rows));
    }
  }
  usual_before_ = usual;
  return innovation;
}

bool InnovationFilter::Valid() const {
  const auto sound = [](float number) { return std::abs(number) <= 1e35f; };
  return step_size_ >= 0 && gap_size_ >= 0 && sound(step_size_) && sound(gap_size_) && sound(usual_before_) &&
         squares_[0] >= 0 && squares_[2] >= 0 && squares_[5] >= 0 &&
         std::all_of(squares_.begin(), squares_.end(), sound) &&
         std::all_of(products_.begin(), products_.end(), sound) &&
         std::all_of(coefficients_.begin(), coefficients_.end(), sound);
}

}  // namespace bellwether
