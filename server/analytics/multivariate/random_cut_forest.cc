#include "server/analytics/multivariate/random_cut_forest.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "server/analytics/multivariate/model_state.h"

namespace bellwether {
namespace {

constexpr std::string_view kStateName = "random-cut-forest";
constexpr uint16_t kStateVersion = 1;
constexpr uint64_t kMostTrees = 1000;  // of a state that is restored
constexpr uint64_t kMostSampled = 65'536;
constexpr uint64_t kMostFeatures = 64;
constexpr uint64_t kMostNumbers = uint64_t{1} << 22;  // of all trees together
constexpr double kFarthest = 1000;                    // units: one wild row must not leave room for cuts nowhere else

}  // namespace

RandomCutForest::RandomCutForest(std::vector<FeatureScale> scales, const RandomCutForestOptions& options)
    : scales_(std::move(scales)), options_(options), random_(options.seed) {
  for (size_t t = 0; t < options.trees; ++t) {
    trees_.emplace_back(scales_.size(), options.sample_size);
    leaves_.emplace_back();
    leaves_.back().reserve(options.sample_size);
  }
}

void RandomCutForest::ToUnits(std::span<const double> row, std::span<float> units) const {
  for (size_t f = 0; f < scales_.size(); ++f) {
    units[f] = UnitsOf(scales_[f], row[f], kFarthest);
  }
}

double RandomCutForest::Score(std::span<const double> row) const {
  std::vector<float> units(RandomCutTree::PaddedWidth(scales_.size()));
  ToUnits(row, units);
  return RandomCutTree::MeanScore(trees_, units);
}

double RandomCutForest::Observe(std::span<const double> row) {
  std::vector<float> units(RandomCutTree::PaddedWidth(scales_.size()));
  ToUnits(row, units);
  const double score = RandomCutTree::MeanScore(trees_, units);
  ++seen_;
  const double taken =
      static_cast<double>(options_.sample_size) / static_cast<double>(std::min(seen_, options_.memory));
  for (size_t t = 0; t < trees_.size(); ++t) {
    if (leaves_[t].size() < options_.sample_size) {
      leaves_[t].push_back(static_cast<uint32_t>(trees_[t].Insert(units, random_)));
    } else if (random_.Uniform() < taken) {
      const size_t slot = random_.Below(leaves_[t].size());
      trees_[t].Remove(leaves_[t][slot]);
      leaves_[t][slot] = static_cast<uint32_t>(trees_[t].Insert(units, random_));
    }
  }
  return score;
}

void RandomCutForest::Save(StateWriter& writer) const {
  writer(static_cast<uint64_t>(scales_.size())), writer(static_cast<uint64_t>(options_.trees));
  writer(static_cast<uint64_t>(options_.sample_size)), writer(static_cast<uint64_t>(options_.memory));
  writer(random_.state()), writer(static_cast<uint64_t>(seen_));
  WriteScales(writer, scales_);
  for (size_t t = 0; t < trees_.size(); ++t) {
    writer(static_cast<uint32_t>(leaves_[t].size()));
    WriteAll<uint32_t>(writer, leaves_[t]);
    trees_[t].Save(writer);
  }
}

std::optional<RandomCutForest> RandomCutForest::Restore(StateReader& reader) {
  uint64_t features = 0;
  uint64_t trees = 0;
  uint64_t sample_size = 0;
  uint64_t memory = 0;
  uint64_t random = 0;
  uint64_t seen = 0;
  reader(features), reader(trees), reader(sample_size), reader(memory), reader(random), reader(seen);
  if (features == 0 || features > kMostFeatures || trees == 0 || trees > kMostTrees || sample_size < 2 ||
      sample_size > kMostSampled || memory < sample_size || trees * sample_size * features > kMostNumbers) {
    return std::nullopt;
  }
  std::optional<std::vector<FeatureScale>> scales = ReadScales(reader, features);
  if (!scales.has_value()) {
    return std::nullopt;
  }
  RandomCutForest forest(*std::move(scales),
                         {.trees = trees, .sample_size = sample_size, .memory = memory, .seed = random});
  forest.seen_ = seen;
  for (size_t t = 0; t < trees; ++t) {
    uint32_t sampled = 0;
    reader(sampled);
    if (sampled > sample_size || sampled > seen) {
      return std::nullopt;
    }
    forest.leaves_[t] = ReadAll<uint32_t>(reader, sampled);
    if (!forest.trees_[t].Restore(reader, sample_size, forest.leaves_[t])) {
      return std::nullopt;
    }
  }
  return forest;
}

std::string RandomCutForest::SaveState() const { return SaveModel(kStateName, kStateVersion, *this); }

absl::StatusOr<RandomCutForest> RandomCutForest::RestoreState(std::string_view record) {
  return RestoreModel<RandomCutForest>(kStateName, kStateVersion, record);
}

size_t RandomCutForest::StateBytes() const {
  size_t bytes = sizeof(*this) + scales_.capacity() * sizeof(FeatureScale);
  for (size_t t = 0; t < trees_.size(); ++t) {
    bytes += trees_[t].StateBytes() + leaves_[t].capacity() * sizeof(uint32_t);
  }
  return bytes;
}

}  // namespace bellwether
