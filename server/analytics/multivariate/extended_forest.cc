#include "server/analytics/multivariate/extended_forest.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "server/analytics/multivariate/feature_correlation.h"
#include "server/analytics/multivariate/model_state.h"
#include "server/analytics/multivariate/random_stream.h"
#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr std::string_view kStateName = "extended-isolation-forest";
constexpr uint16_t kStateVersion = 1;
constexpr size_t kDirections = 32;
constexpr size_t kBlockRows = 128;  // their units and projections stay in the first cache
constexpr double kFarthest = 1e30;  // units; sums of as many as there are features stay finite floats

/// Unit vectors: the first half evenly over all directions, the second half so that projections of the history on them
/// would be were its correlations gone.
std::vector<float> DrawDirections(const FeatureColumns& history, std::span<const FeatureScale> scales, uint64_t seed) {
  const size_t features = history.features;
  const FeatureCorrelation correlation(history, scales);
  RandomStream random(seed);
  std::vector<float> directions(features * kDirections);
  for (size_t d = 0; d < kDirections; ++d) {
    std::vector<double> drawn(features);
    double squares = 0;
    for (double& coordinate : drawn) {
      coordinate = random.Normal();
    }
    if (d >= kDirections / 2) {
      correlation.Turn(drawn);
    }
    for (const double coordinate : drawn) {
      squares += coordinate * coordinate;
    }
    const double length = squares > 0 ? std::sqrt(squares) : 1;
    for (size_t f = 0; f < features; ++f) {
      directions[d * features + f] = static_cast<float>(drawn[f] / length);
    }
  }
  return directions;
}

/// The projections on one direction of `count` rows whose units stand at f * kBlockRows + i.
BELLWETHER_SIMD_CLONES void ProjectOnto(const float* weights, const float* units, size_t features, size_t count,
                                        double* projections) {
  std::array<float, kBlockRows> sums{};
  for (size_t f = 0; f < features; ++f) {
    const float weight = weights[f];
    const float* const of_feature = units + f * kBlockRows;
    for (size_t i = 0; i < count; ++i) {
      sums[i] += weight * of_feature[i];
    }
  }
  for (size_t i = 0; i < count; ++i) {
    projections[i] = static_cast<double>(sums[i]);
  }
}

/// The rows from `first` on along each direction: direction d of row i at d * count + i. `units` is room for a block.
void Project(const FeatureColumns& points, std::span<const FeatureScale> scales, std::span<const float> directions,
             size_t first, size_t count, std::span<float> units, std::span<double> projections) {
  for (size_t f = 0; f < points.features; ++f) {
    ColumnToUnits(scales[f], points.Column(f).subspan(first, count), kFarthest, units.subspan(f * kBlockRows, count));
  }
  for (size_t d = 0; d < kDirections; ++d) {
    ProjectOnto(directions.data() + d * points.features, units.data(), points.features, count,
                projections.data() + d * count);
  }
}

}  // namespace

absl::StatusOr<ExtendedForest> ExtendedForest::Fit(const FeatureColumns& history,
                                                   const IsolationForestOptions& options) {
  std::vector<FeatureScale> scales = MeasureScales(history);
  std::vector<float> directions = DrawDirections(history, scales, ~options.seed);
  std::vector<double> projections(kDirections * history.rows);
  std::vector<float> units(history.features * kBlockRows);
  std::vector<double> block(kDirections * kBlockRows);
  for (size_t first = 0; first < history.rows; first += kBlockRows) {
    const size_t count = std::min(kBlockRows, history.rows - first);
    Project(history, scales, directions, first, count, units, block);
    for (size_t d = 0; d < kDirections; ++d) {
      std::copy_n(block.begin() + static_cast<std::ptrdiff_t>(d * count), count,
                  projections.begin() + static_cast<std::ptrdiff_t>(d * history.rows + first));
    }
  }
  const size_t directions_used = history.features == 0 ? 0 : kDirections;
  absl::StatusOr<IsolationForest> forest = IsolationForest::Fit({projections, history.rows, directions_used}, options);
  if (!forest.ok()) {
    return forest.status();
  }
  ExtendedForest extended(*std::move(forest));
  extended.scales_ = std::move(scales);
  extended.directions_ = std::move(directions);
  return extended;
}

void ExtendedForest::Score(const FeatureColumns& points, std::span<double> scores) const {
  std::vector<float> units(points.features * kBlockRows);
  std::vector<double> block(kDirections * kBlockRows);
  for (size_t first = 0; first < points.rows; first += kBlockRows) {
    const size_t count = std::min(kBlockRows, points.rows - first);
    const auto projections = std::span(block).first(kDirections * count);
    Project(points, scales_, directions_, first, count, units, projections);
    forest_.Score({projections, count, kDirections}, scores.subspan(first, count));
  }
}

void ExtendedForest::Save(StateWriter& writer) const {
  writer(static_cast<uint32_t>(scales_.size()));
  WriteScales(writer, scales_);
  WriteAll<float>(writer, directions_);
  forest_.Save(writer);
}

std::optional<ExtendedForest> ExtendedForest::Restore(StateReader& reader) {
  uint32_t features = 0;
  reader(features);
  if (features == 0 || features > kMaxForestFeatures) {
    return std::nullopt;
  }
  std::optional<std::vector<FeatureScale>> scales = ReadScales(reader, features);
  std::vector<float> directions = ReadAll<float>(reader, features * kDirections);
  // Coordinates of unit vectors, give or take a rounding: so projections stay finite.
  const bool are_units =
      std::all_of(directions.begin(), directions.end(), [](float weight) { return std::abs(weight) <= 1.01F; });
  std::optional<IsolationForest> forest = IsolationForest::Restore(reader);
  if (!scales.has_value() || !are_units || !forest.has_value() || forest->features() != kDirections) {
    return std::nullopt;
  }
  ExtendedForest extended(*std::move(forest));
  extended.scales_ = *std::move(scales);
  extended.directions_ = std::move(directions);
  return extended;
}

std::string ExtendedForest::SaveState() const { return SaveModel(kStateName, kStateVersion, *this); }

absl::StatusOr<ExtendedForest> ExtendedForest::RestoreState(std::string_view record) {
  return RestoreModel<ExtendedForest>(kStateName, kStateVersion, record);
}

size_t ExtendedForest::StateBytes() const {
  return sizeof(*this) - sizeof(forest_) + forest_.StateBytes() + scales_.capacity() * sizeof(FeatureScale) +
         directions_.capacity() * sizeof(float);
}

}  // namespace bellwether
