#include "server/analytics/multivariate/isolation_forest.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <utility>

#include "server/analytics/multivariate/model_state.h"
#include "server/base/status/error_origin.h"
#include "server/base/text/concat.h"

namespace bellwether {
namespace {

constexpr std::string_view kStateName = "isolation-forest";
constexpr uint16_t kStateVersion = 1;
constexpr size_t kMaxTrees = 1000;
constexpr size_t kBlockRows = 512;  // rows that are scored together: their codes stay in the first cache

absl::Status CheckFit(const FeatureColumns& history, const IsolationForestOptions& options) {
  if (history.rows == 0 || history.features == 0) {
    return BadQueryError("There is no history to learn from. Choose a range with data.");
  }
  if (history.features > kMaxForestFeatures) {
    return BadQueryError(Concat("There are ", history.features, " features, and an isolation forest takes at most ",
                                kMaxForestFeatures, ". Select fewer series."));
  }
  if (options.trees < 1 || options.trees > kMaxTrees) {
    return BadQueryError(Concat("An isolation forest has 1 to ", kMaxTrees, " trees, not ", options.trees, "."));
  }
  if (options.sample_size < 2 || options.sample_size > kTreePlaces) {
    return BadQueryError(
        Concat("Each tree sees 2 to ", kTreePlaces, " rows of the history, not ", options.sample_size, "."));
  }
  return absl::OkStatus();
}

/// Whether every split names one of the features, and places without a tree add nothing.
bool IsSound(const TreeQuad& quad, size_t features, size_t trees) {
  for (size_t i = 0; i < quad.feature.size(); ++i) {
    const size_t place = quad.feature[i] >> 4;
    const size_t block = quad.feature[i] & 7;
    if (place >= kFeatureBlock || FeatureByte(block * kFeatureBlock + place) != quad.feature[i] ||
        block * kFeatureBlock + place >= features) {
      return false;
    }
  }
  return trees >= 4 || std::all_of(quad.length.begin() + static_cast<std::ptrdiff_t>(trees * kTreePlaces),
                                   quad.length.end(), [](uint8_t length) { return length == 0; });
}

/// A search tree from the saved state; false where its cuts do not ascend.
bool ReadCuts(StateReader& reader, CutTree& tree) {
  uint32_t count = 0;
  reader(tree.centre), reader(tree.inverse_scale), reader(count);
  if (!(tree.inverse_scale > 0) || count >= kTreePlaces) {
    return false;
  }
  const ForestCuts cuts = ReadAll<float>(reader, count);
  FillCutTree(cuts, tree);
  return std::adjacent_find(cuts.begin(), cuts.end(), std::greater_equal<>()) == cuts.end();
}

}  // namespace

absl::StatusOr<IsolationForest> IsolationForest::Fit(const FeatureColumns& history,
                                                     const IsolationForestOptions& options) {
  if (absl::Status status = CheckFit(history, options); !status.ok()) {
    return status;
  }
  const size_t sample_size = std::min(options.sample_size, history.rows);
  return IsolationForest(GrowForest(history, options.trees, sample_size, options.seed), options.trees,
                         std::max(UsualPathLength(sample_size), 1.0));
}

void IsolationForest::Score(const FeatureColumns& points, std::span<double> scores) const {
  struct alignas(64) Line {
    std::array<uint8_t, 64> bytes{};
  };
  const size_t group_bytes = GroupBytes(features());
  std::vector<Line> lines(kBlockRows / kGroupRows * group_bytes / sizeof(Line));
  const std::span<uint8_t> codes(lines.front().bytes.data(), lines.size() * sizeof(Line));
  std::array<uint32_t, kBlockRows> sums{};
  const double factor = -kLengthUnit / (static_cast<double>(trees_) * usual_length_);
  for (size_t first = 0; first < points.rows; first += kBlockRows) {
    const size_t count = std::min(kBlockRows, points.rows - first);
    for (size_t f = 0; f < features(); ++f) {
      EncodeFeature(cuts_[f], points.Column(f).subspan(first, count), f, group_bytes, codes);
    }
    sums.fill(0);
    AddPathLengths(quads_, features(), codes,
                   std::span(sums).first((count + kGroupRows - 1) / kGroupRows * kGroupRows));
    for (size_t i = 0; i < count; ++i) {
      scores[first + i] = std::exp2(factor * static_cast<double>(sums[i]));
    }
  }
}

void IsolationForest::Save(StateWriter& writer) const {
  writer(static_cast<uint32_t>(cuts_.size())), writer(static_cast<uint32_t>(trees_)), writer(usual_length_);
  for (const CutTree& tree : cuts_) {
    const ForestCuts cuts = CutsOf(tree);
    writer(tree.centre), writer(tree.inverse_scale), writer(static_cast<uint32_t>(cuts.size()));
    WriteAll<float>(writer, cuts);
  }
  for (const TreeQuad& quad : quads_) {
    writer(quad.cut), writer(quad.feature), writer(quad.length);
  }
}

std::optional<IsolationForest> IsolationForest::Restore(StateReader& reader) {
  uint32_t features = 0;
  uint32_t trees = 0;
  double usual_length = 0;
  reader(features), reader(trees), reader(usual_length);
  if (features == 0 || features > kMaxForestFeatures || trees == 0 || trees > kMaxTrees || usual_length < 1 ||
      usual_length > UsualPathLength(kTreePlaces)) {
    return std::nullopt;
  }
  GrownForest grown;
  grown.cuts.resize(features);
  for (CutTree& tree : grown.cuts) {
    if (!ReadCuts(reader, tree)) {
      return std::nullopt;
    }
  }
  grown.quads.resize((trees + 3) / 4);
  for (size_t q = 0; q < grown.quads.size(); ++q) {
    TreeQuad& quad = grown.quads[q];
    reader(quad.cut), reader(quad.feature), reader(quad.length);
    if (!IsSound(quad, features, trees - 4 * q)) {
      return std::nullopt;
    }
  }
  return IsolationForest(std::move(grown), trees, usual_length);
}

std::string IsolationForest::SaveState() const { return SaveModel(kStateName, kStateVersion, *this); }

absl::StatusOr<IsolationForest> IsolationForest::RestoreState(std::string_view record) {
  return RestoreModel<IsolationForest>(kStateName, kStateVersion, record);
}

size_t IsolationForest::StateBytes() const {
  return sizeof(*this) + cuts_.capacity() * sizeof(CutTree) + quads_.capacity() * sizeof(TreeQuad);
}

}  // namespace bellwether
