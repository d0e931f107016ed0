#include "server/analytics/multivariate/random_cut_tree.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "server/analytics/multivariate/model_state.h"
#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr size_t kFewLanes = 4;
constexpr size_t kLanes = 8;
constexpr double kTiny = 1e-300;  // a box without sides and a row within it

template <size_t kWidth>
struct Vector {
  using Floats __attribute__((vector_size(kWidth * sizeof(float)), aligned(sizeof(float)), may_alias)) = float;
};

/// How far a row lies outside a box, all sides together. Sums by lane, so that every processor gets the same.
template <size_t kWidth>
inline double Beyond(const float* low, const float* high, const float* row, size_t width) {
  using Floats = typename Vector<kWidth>::Floats;
  Floats sums{};
  for (size_t f = 0; f < width; f += kWidth) {
    const Floats at = *reinterpret_cast<const Floats*>(row + f);
    const Floats below = *reinterpret_cast<const Floats*>(low + f) - at;
    const Floats above = at - *reinterpret_cast<const Floats*>(high + f);
    const Floats beyond = below > above ? below : above;  // of a box one of them is at most 0
    sums += beyond > 0 ? beyond : Floats{};
  }
  float sum = 0;
  for (size_t lane = 0; lane < kWidth; ++lane) {
    sum += sums[lane];
  }
  return static_cast<double>(sum);
}

}  // namespace

size_t RandomCutTree::PaddedWidth(size_t features) {
  return features <= kFewLanes ? kFewLanes : (features + kLanes - 1) / kLanes * kLanes;
}

RandomCutTree::RandomCutTree(size_t features, size_t capacity) : features_(features), width_(PaddedWidth(features)) {
  nodes_.reserve(2 * capacity);
  boxes_.reserve(4 * capacity * width_);
}

uint32_t RandomCutTree::NewNode() {
  uint32_t node = 0;
  if (free_.empty()) {
    node = static_cast<uint32_t>(nodes_.size());
    nodes_.emplace_back();
    boxes_.resize(boxes_.size() + 2 * width_);
  } else {
    node = free_.back();
    free_.pop_back();
    nodes_[node] = Node();
  }
  return node;
}

uint32_t RandomCutTree::NewLeaf(std::span<const float> row) {
  const uint32_t node = NewNode();
  nodes_[node].rows = 1;
  std::copy_n(row.begin(), features_, Low(node));
  std::copy_n(row.begin(), features_, High(node));
  return node;
}

void RandomCutTree::Grow(uint32_t node, std::span<const float> row) {
  float* const low = Low(node);
  float* const high = High(node);
  for (size_t f = 0; f < features_; ++f) {
    low[f] = std::min(low[f], row[f]);
    high[f] = std::max(high[f], row[f]);
  }
  MeasureSides(node);
}

void RandomCutTree::MeasureSides(uint32_t node) {
  double sides = 0;
  for (size_t f = 0; f < features_; ++f) {
    sides += static_cast<double>(High(node)[f]) - static_cast<double>(Low(node)[f]);
  }
  nodes_[node].sides = sides;
}

void RandomCutTree::Join(uint32_t node, uint32_t leaf, uint32_t feature, float cut) {
  const bool leaf_is_left = Low(leaf)[feature] <= cut;
  const uint32_t parent = nodes_[node].parent;
  const uint32_t joint = NewNode();  // where there is no room left, boxes move
  Node& branch = nodes_[joint];
  branch.parent = parent;
  branch.left = leaf_is_left ? leaf : node;
  branch.right = leaf_is_left ? node : leaf;
  branch.rows = nodes_[node].rows + 1;
  branch.feature = feature;
  branch.cut = cut;
  std::copy_n(Low(node), 2 * width_, Low(joint));
  Grow(joint, {Low(leaf), features_});
  nodes_[node].parent = joint;
  nodes_[leaf].parent = joint;
  if (parent == kNone) {
    root_ = joint;
  } else {
    (nodes_[parent].left == node ? nodes_[parent].left : nodes_[parent].right) = joint;
  }
}

size_t RandomCutTree::Insert(std::span<const float> row, RandomStream& random) {
  if (root_ == kNone) {
    root_ = NewLeaf(row);
    return root_;
  }
  for (uint32_t node = root_;;) {
    // A cut of the box that would hold the row as well, evenly along all sides together.
    double sides = 0;
    for (size_t f = 0; f < features_; ++f) {
      sides +=
          static_cast<double>(std::max(High(node)[f], row[f])) - static_cast<double>(std::min(Low(node)[f], row[f]));
    }
    if (sides <= 0) {  // a leaf with the same numbers
      for (uint32_t above = node; above != kNone; above = nodes_[above].parent) {
        ++nodes_[above].rows;
      }
      return node;
    }
    double drawn = random.Uniform() * sides;
    for (size_t f = 0; f < features_; ++f) {
      const double low = static_cast<double>(std::min(Low(node)[f], row[f]));
      const double high = static_cast<double>(std::max(High(node)[f], row[f]));
      if (drawn >= high - low && f + 1 < features_) {
        drawn -= high - low;
        continue;
      }
      const auto cut = static_cast<float>(low + std::min(drawn, high - low));
      const bool below = row[f] <= cut && cut < Low(node)[f];
      const bool above = High(node)[f] <= cut && cut < row[f];
      if (below || above) {
        for (uint32_t up = nodes_[node].parent; up != kNone; up = nodes_[up].parent) {
          ++nodes_[up].rows;
          Grow(up, row);
        }
        const uint32_t leaf = NewLeaf(row);
        Join(node, leaf, static_cast<uint32_t>(f), cut);
        return leaf;
      }
      break;
    }
    if (nodes_[node].left != kNone) {
      node = row[nodes_[node].feature] <= nodes_[node].cut ? nodes_[node].left : nodes_[node].right;
    }
    // At a leaf, only a cut between the two rows is one; draw again.
  }
}

void RandomCutTree::Shrink(uint32_t node) {
  for (; node != kNone; node = nodes_[node].parent) {
    const Node& branch = nodes_[node];
    for (size_t f = 0; f < features_; ++f) {
      Low(node)[f] = std::min(Low(branch.left)[f], Low(branch.right)[f]);
      High(node)[f] = std::max(High(branch.left)[f], High(branch.right)[f]);
    }
    MeasureSides(node);
  }
}

void RandomCutTree::Remove(size_t leaf_index) {
  const auto leaf = static_cast<uint32_t>(leaf_index);
  for (uint32_t node = leaf; node != kNone; node = nodes_[node].parent) {
    --nodes_[node].rows;
  }
  if (nodes_[leaf].rows > 0) {
    return;
  }
  const uint32_t joint = nodes_[leaf].parent;
  free_.push_back(leaf);
  if (joint == kNone) {
    root_ = kNone;
    return;
  }
  const uint32_t sibling = nodes_[joint].left == leaf ? nodes_[joint].right : nodes_[joint].left;
  const uint32_t above = nodes_[joint].parent;
  nodes_[sibling].parent = above;
  if (above == kNone) {
    root_ = sibling;
  } else {
    (nodes_[above].left == joint ? nodes_[above].left : nodes_[above].right) = sibling;
  }
  free_.push_back(joint);
  Shrink(above);
}

// Side by side, one level at a time: a tree waits for memory at every level.
BELLWETHER_SIMD_CLONES void RandomCutTree::WalkDown(std::span<Walk> walks, size_t width, const float* row) {
  size_t under_way = walks.size();
  std::array<Walk*, kWalks> open;
  for (size_t k = 0; k < under_way; ++k) {
    open[k] = &walks[k];
  }
  for (double depth = 1; under_way > 0; ++depth) {
    const double per_level = 1 / depth;
    for (size_t k = 0; k < under_way;) {
      Walk& walk = *open[k];
      const Node& node = walk.nodes[walk.at];
      const float* const low = walk.boxes + 2 * walk.at * width;
      const double outside = width == kFewLanes ? Beyond<kFewLanes>(low, low + width, row, width)
                                                : Beyond<kLanes>(low, low + width, row, width);
      const double apart = outside / (node.sides + outside + kTiny);
      walk.expected += walk.undecided * apart * per_level;
      walk.undecided *= 1 - apart;
      if (node.left == kNone) {
        // An equal row: as deep as the leaf, and deeper by what its rows would need to be told apart.
        const double deeper = node.rows == 1 ? 1 : std::log2(1.0 + node.rows);
        walk.expected += walk.undecided / (depth + deeper);
        open[k] = open[--under_way];
        continue;
      }
      walk.at = row[node.feature] <= node.cut ? node.left : node.right;
      ++k;
    }
  }
}

double RandomCutTree::MeanScore(std::span<const RandomCutTree> trees, std::span<const float> row) {
  double sum = 0;
  std::array<Walk, kWalks> walks;
  for (size_t first = 0; first < trees.size(); first += kWalks) {
    const auto some = trees.subspan(first, std::min(kWalks, trees.size() - first));
    size_t count = 0;
    for (const RandomCutTree& tree : some) {
      if (tree.size() >= 2) {
        walks[count++] = {.nodes = tree.nodes_.data(), .boxes = tree.boxes_.data(), .at = tree.root_};
      }
    }
    WalkDown(std::span(walks).first(count), some.front().width_, row.data());
    size_t next = 0;
    double rows = 0;
    double factor = 0;
    for (const RandomCutTree& tree : some) {
      if (tree.size() >= 2) {
        if (static_cast<double>(tree.size()) != rows) {  // as a rule all are equally large
          rows = static_cast<double>(tree.size());
          factor = std::log2(1.0 + rows);
        }
        sum += walks[next++].expected * factor;
      }
    }
  }
  return sum / static_cast<double>(trees.size());
}

void RandomCutTree::Save(StateWriter& writer) const {
  writer(root_), writer(static_cast<uint32_t>(nodes_.size())), writer(static_cast<uint32_t>(free_.size()));
  for (const Node& node : nodes_) {
    writer(node.parent), writer(node.left), writer(node.right), writer(node.rows), writer(node.feature);
    writer(node.cut);
  }
  for (size_t node = 0; node < nodes_.size(); ++node) {
    WriteAll<float>(writer, {Low(node), features_});
    WriteAll<float>(writer, {High(node), features_});
  }
  for (const uint32_t node : free_) {
    writer(node);
  }
}

bool RandomCutTree::Restore(StateReader& reader, size_t capacity, std::span<const uint32_t> leaves) {
  uint32_t nodes = 0;
  uint32_t unused = 0;
  reader(root_), reader(nodes), reader(unused);
  if (nodes > 2 * capacity || unused > nodes) {
    return false;
  }
  nodes_.resize(nodes);
  for (Node& node : nodes_) {
    reader(node.parent), reader(node.left), reader(node.right), reader(node.rows), reader(node.feature);
    reader(node.cut);
  }
  boxes_.assign(2 * nodes * width_, 0.0F);
  for (uint32_t node = 0; node < nodes; ++node) {
    for (float* const side : {Low(node), High(node)}) {
      for (size_t f = 0; f < features_; ++f) {
        reader(side[f]);
      }
    }
    MeasureSides(node);
  }
  free_.resize(unused);
  for (uint32_t& node : free_) {
    reader(node);
  }
  return IsSound(leaves);
}

bool RandomCutTree::BoxFits(uint32_t node) const {
  const Node& branch = nodes_[node];
  for (size_t f = 0; f < features_; ++f) {
    if (Low(node)[f] != std::min(Low(branch.left)[f], Low(branch.right)[f]) ||
        High(node)[f] != std::max(High(branch.left)[f], High(branch.right)[f])) {
      return false;
    }
  }
  return High(branch.left)[branch.feature] <= branch.cut && Low(branch.right)[branch.feature] > branch.cut;
}

bool RandomCutTree::IsSound(std::span<const uint32_t> leaves) const {
  std::vector<uint32_t> sampled(nodes_.size(), 0);  // rows in each leaf
  for (const uint32_t leaf : leaves) {
    if (leaf >= nodes_.size()) {
      return false;
    }
    ++sampled[leaf];
  }
  std::vector<uint8_t> seen(nodes_.size(), 0);
  std::vector<uint32_t> open;
  if (root_ != kNone) {
    if (root_ >= nodes_.size() || nodes_[root_].parent != kNone) {
      return false;
    }
    open.push_back(root_);
  }
  size_t reached = 0;
  uint64_t rows = 0;
  while (!open.empty()) {
    const uint32_t at = open.back();
    open.pop_back();
    if (seen[at] != 0) {
      return false;
    }
    seen[at] = 1;
    ++reached;
    const Node& node = nodes_[at];
    if (node.left == kNone) {
      if (!std::equal(Low(at), High(at), High(at)) || node.right != kNone || node.rows == 0 ||
          node.rows != sampled[at]) {
        return false;
      }
      rows += node.rows;
      continue;
    }
    for (const uint32_t child : {node.left, node.right}) {
      if (child >= nodes_.size() || nodes_[child].parent != at) {
        return false;
      }
      open.push_back(child);
    }
    if (node.feature >= features_ || !BoxFits(at)) {
      return false;
    }
    const uint64_t below = uint64_t{nodes_[node.left].rows} + nodes_[node.right].rows;
    if (sampled[at] != 0 || node.rows != below) {
      return false;
    }
  }
  for (const uint32_t node : free_) {
    if (node >= nodes_.size() || seen[node] != 0) {
      return false;
    }
    seen[node] = 1;
  }
  return rows == leaves.size() && reached + free_.size() == nodes_.size();
}

size_t RandomCutTree::StateBytes() const {
  return sizeof(*this) + nodes_.capacity() * sizeof(Node) + boxes_.capacity() * sizeof(float) +
         free_.capacity() * sizeof(uint32_t);
}

}  // namespace bellwether
