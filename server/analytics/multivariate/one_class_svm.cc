#include "server/analytics/multivariate/one_class_svm.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>

#include "server/analytics/multivariate/feature_correlation.h"
#include "server/analytics/multivariate/model_state.h"
#include "server/analytics/multivariate/random_stream.h"
#include "server/analytics/series/simd.h"
#include "server/base/status/error_origin.h"

namespace bellwether {
namespace {

constexpr std::string_view kStateName = "one-class-svm";
constexpr uint16_t kStateVersion = 1;
constexpr size_t kMostFeatures = 64;     // of a state that is restored
constexpr float kMostTurns = 1e4F;       // of a frequency in a state, a spread
constexpr double kLeastFrontier = 1e-6;  // below, a score of 1 means a likeness of 1
constexpr size_t kRandomFeatures = 256;
constexpr size_t kMaxTrainingRows = 4096;
constexpr int kMaxRounds = 200;
constexpr double kFarthest = 50;  // units: far beyond any likeness, and phases stay exact

using RandomFeatures = std::array<float, kRandomFeatures>;

/// cos of 2 pi times each entry, to 1e-4: the turns are reduced to [-1/4, 1/4] by symmetry, then a polynomial.
BELLWETHER_SIMD_CLONES void CosineOfTurns(float* turns) {
  for (size_t d = 0; d < kRandomFeatures; ++d) {
    // Adding and taking away 1.5 * 2^23 rounds to the nearest whole turn.
    const float magic = 12582912.0F;
    const float whole = (turns[d] + magic) - magic;
    const float part = turns[d] - whole;                     // -1/2 to 1/2, cos is even
    const float folded = 0.25F - (part < 0 ? -part : part);  // cos(2 pi part) = sin(2 pi folded)
    const float square = folded * folded;
    // Taylor terms of sin(2 pi t) up to t^9; |t| is at most 1/4.
    turns[d] = folded * (6.2831853F +
                         square * (-41.341702F + square * (81.605249F + square * (-76.705859F + square * 42.058693F))));
  }
}

BELLWETHER_SIMD_CLONES float Dot(const float* a, const float* b) {
  std::array<float, 16> sums{};
  for (size_t d = 0; d < kRandomFeatures; d += sums.size()) {
    for (size_t lane = 0; lane < sums.size(); ++lane) {
      sums[lane] += a[d + lane] * b[d + lane];
    }
  }
  return std::accumulate(sums.begin(), sums.end(), 0.0F);
}

BELLWETHER_SIMD_CLONES void AddScaled(const float* from, float factor, float* to) {
  for (size_t d = 0; d < kRandomFeatures; ++d) {
    to[d] += factor * from[d];
  }
}

/// Finds the weights by Frank and Wolfe's method on the dual: the weights are a mean of rows in which none counts more
/// than 1 / (nu n), as short as possible. Each round moves towards the mean of the nu n rows least like the weights.
std::vector<float> Train(const std::vector<RandomFeatures>& rows, double nu) {
  const size_t counted = std::max<size_t>(1, static_cast<size_t>(std::lround(nu * static_cast<double>(rows.size()))));
  std::vector<float> weights(kRandomFeatures, 0.0F);
  for (const RandomFeatures& row : rows) {
    AddScaled(row.data(), 1.0F / static_cast<float>(rows.size()), weights.data());
  }
  std::vector<float> likeness(rows.size());
  std::vector<size_t> order(rows.size());
  std::iota(order.begin(), order.end(), size_t{0});
  RandomFeatures target{};
  for (int round = 0; round < kMaxRounds; ++round) {
    for (size_t i = 0; i < rows.size(); ++i) {
      likeness[i] = Dot(rows[i].data(), weights.data());
    }
    const auto end = order.begin() + static_cast<std::ptrdiff_t>(counted);
    std::nth_element(order.begin(), end - 1, order.end(), [&likeness](size_t a, size_t b) {
      return likeness[a] != likeness[b] ? likeness[a] < likeness[b] : a < b;
    });
    target.fill(0);
    for (auto it = order.begin(); it != end; ++it) {
      AddScaled(rows[*it].data(), 1.0F / static_cast<float>(counted), target.data());
    }
    // The point between weights and target that is nearest to the origin.
    const float own = Dot(weights.data(), weights.data());
    const float cross = Dot(weights.data(), target.data());
    const float apart = own - 2 * cross + Dot(target.data(), target.data());
    if (own - cross <= 1e-4F * own || apart <= 0) {
      break;
    }
    const float step = std::clamp((own - cross) / apart, 0.0F, 1.0F);
    for (size_t d = 0; d < kRandomFeatures; ++d) {
      weights[d] += step * (target[d] - weights[d]);
    }
  }
  return weights;
}

/// The random features of one row, each between -1 and 1. `offset` is the row's place in the columns.
void Lift(const FeatureColumns& points, size_t offset, std::span<const FeatureScale> scales,
          std::span<const float> frequencies, std::span<const float> phases, RandomFeatures& lifted) {
  std::copy(phases.begin(), phases.end(), lifted.begin());
  for (size_t f = 0; f < points.features; ++f) {
    const float units = UnitsOf(scales[f], points.Column(f)[offset], kFarthest);
    AddScaled(frequencies.data() + f * kRandomFeatures, units, lifted.data());
  }
  CosineOfTurns(lifted.data());
}

}  // namespace

absl::StatusOr<OneClassSvm> OneClassSvm::Fit(const FeatureColumns& history, const OneClassSvmOptions& options) {
  if (history.rows == 0 || history.features == 0) {
    return BadQueryError("There is no history to learn from. Choose a range with data.");
  }
  if (!(options.nu > 0) || options.nu > 1) {
    return BadQueryError("The share nu of a one-class support vector machine must be above 0 and at most 1.");
  }
  OneClassSvm machine;
  machine.scales_ = MeasureScales(history);
  // A Gaussian kernel exp(-g |x - y|^2), g = 1 / (4 features): rows two spreads apart in every feature are unlike.
  const double deviation = std::sqrt(0.5 / static_cast<double>(history.features)) / (2 * std::numbers::pi);
  RandomStream random(options.seed);
  const FeatureCorrelation correlation(history, machine.scales_);
  machine.frequencies_.resize(history.features * kRandomFeatures);
  std::vector<double> frequency(history.features);
  for (size_t d = 0; d < kRandomFeatures; ++d) {
    std::generate(frequency.begin(), frequency.end(), [&] { return deviation * random.Normal(); });
    if (d >= kRandomFeatures / 2) {
      correlation.Turn(frequency);
    }
    for (size_t f = 0; f < history.features; ++f) {
      machine.frequencies_[f * kRandomFeatures + d] = static_cast<float>(frequency[f]);
    }
  }
  for (size_t d = 0; d < kRandomFeatures; ++d) {
    machine.phases_.push_back(static_cast<float>(random.Uniform()));
  }
  const size_t count = std::min(history.rows, kMaxTrainingRows);
  std::vector<RandomFeatures> rows(count);
  for (size_t i = 0; i < count; ++i) {
    Lift(history, i * history.rows / count, machine.scales_, machine.frequencies_, machine.phases_, rows[i]);
  }
  machine.weights_ = Train(rows, options.nu);
  std::vector<float> likeness(count);
  for (size_t i = 0; i < count; ++i) {
    likeness[i] = Dot(rows[i].data(), machine.weights_.data());
  }
  const size_t rank = std::min(count - 1, static_cast<size_t>(options.nu * static_cast<double>(count)));
  std::nth_element(likeness.begin(), likeness.begin() + static_cast<std::ptrdiff_t>(rank), likeness.end());
  machine.frontier_ = static_cast<double>(likeness[rank]);
  machine.unit_ = machine.frontier_ > kLeastFrontier ? 1 / machine.frontier_ : 1;
  return machine;
}

void OneClassSvm::Score(const FeatureColumns& points, std::span<double> scores) const {
  RandomFeatures lifted{};
  for (size_t i = 0; i < points.rows; ++i) {
    Lift(points, i, scales_, frequencies_, phases_, lifted);
    scores[i] = unit_ * (frontier_ - static_cast<double>(Dot(lifted.data(), weights_.data())));
  }
}

void OneClassSvm::Save(StateWriter& writer) const {
  writer(static_cast<uint32_t>(scales_.size()));
  WriteScales(writer, scales_);
  WriteAll<float>(writer, frequencies_);
  WriteAll<float>(writer, phases_);
  WriteAll<float>(writer, weights_);
  writer(frontier_), writer(unit_);
}

std::optional<OneClassSvm> OneClassSvm::Restore(StateReader& reader) {
  uint32_t features = 0;
  reader(features);
  if (features == 0 || features > kMostFeatures) {
    return std::nullopt;
  }
  std::optional<std::vector<FeatureScale>> scales = ReadScales(reader, features);
  OneClassSvm machine;
  machine.frequencies_ = ReadAll<float>(reader, features * kRandomFeatures);
  machine.phases_ = ReadAll<float>(reader, kRandomFeatures);
  machine.weights_ = ReadAll<float>(reader, kRandomFeatures);
  reader(machine.frontier_), reader(machine.unit_);
  const auto all_within = [](std::span<const float> numbers, float most) {
    return std::all_of(numbers.begin(), numbers.end(), [most](float number) { return std::abs(number) <= most; });
  };
  // What training can give: so phases stay exact enough, and scores finite.
  if (!scales.has_value() || !all_within(machine.frequencies_, kMostTurns) || !all_within(machine.phases_, 1) ||
      !all_within(machine.weights_, 1.01F) || std::abs(machine.frontier_) > 2 * kRandomFeatures ||
      !(machine.unit_ > 0) || machine.unit_ > 1 / kLeastFrontier) {
    return std::nullopt;
  }
  machine.scales_ = *std::move(scales);
  return machine;
}

std::string OneClassSvm::SaveState() const { return SaveModel(kStateName, kStateVersion, *this); }

absl::StatusOr<OneClassSvm> OneClassSvm::RestoreState(std::string_view record) {
  return RestoreModel<OneClassSvm>(kStateName, kStateVersion, record);
}

size_t OneClassSvm::StateBytes() const {
  return sizeof(*this) + scales_.capacity() * sizeof(FeatureScale) +
         (frequencies_.capacity() + phases_.capacity() + weights_.capacity()) * sizeof(float);
}

}  // namespace bellwether
