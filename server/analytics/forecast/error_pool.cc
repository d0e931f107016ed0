#include "server/analytics/forecast/error_pool.h"

#include <array>

#include "server/analytics/series/robust.h"

namespace bellwether {

namespace {

/// Step by step.
std::vector<double> Middle(const std::vector<std::vector<double>>& columns, size_t wanted) {
  if (columns.empty()) {
    return {};
  }
  std::vector<double> middle(wanted);
  std::vector<double> votes(columns.size());
  for (size_t h = 0; h < wanted; ++h) {
    for (size_t i = 0; i < votes.size(); ++i) {
      votes[i] = columns[i][h];
    }
    middle[h] = QuantileInPlace(votes, 0.5);
  }
  return middle;
}

}  // namespace

void ErrorPool::Add(const ErrorLaw& law, double typical_change) {
  if (law.scale.empty() || !(typical_change > 0)) {
    return;
  }
  std::vector<double> relative = law.scale;
  for (double& scale : relative) {
    scale /= typical_change;
  }
  scales_.push_back(std::move(relative));
  freedoms_.push_back(law.freedom);
  shapes_.push_back(law.shape);
}

std::vector<double> ErrorPool::Scale(size_t wanted) const {
  std::vector<std::vector<double>> extended;
  for (const std::vector<double>& scale : scales_) {
    extended.push_back(ExtendScale(scale, wanted));
  }
  return Middle(extended, wanted);
}

std::vector<double> ErrorPool::Freedom(size_t wanted) const {
  std::vector<std::vector<double>> extended = freedoms_;
  for (std::vector<double>& freedom : extended) {
    freedom.resize(wanted, freedom.back());
  }
  return Middle(extended, wanted);
}

std::shared_ptr<const QuantileShape> ErrorPool::Shape() const {
  if (shapes_.empty()) {
    return nullptr;
  }
  std::array<double, QuantileShape::kPoints> mean{};
  for (const auto& shape : shapes_) {
    for (size_t i = 0; i < mean.size(); ++i) {
      mean[i] += shape->Quantile(QuantileShape::Probability(i)) / static_cast<double>(shapes_.size());
    }
  }
  return std::make_shared<QuantileShape>(mean);
}

}  // namespace bellwether
