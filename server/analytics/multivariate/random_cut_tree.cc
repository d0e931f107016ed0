#include "server/analytics/multivariate/random_cut_tree.h"

#include <algorithm>
#include <cmath>

namespace bellwether {

RandomCutTree::RandomCutTree(size_t features, size_t capacity) : features_(features) {
  nodes_.reserve(2 * capacity);
  boxes_.reserve(4 * capacity * features);
}

uint32_t RandomCutTree::NewNode() {
  uint32_t node = 0;
  if (free_.empty()) {
    node = static_cast<uint32_t>(nodes_.size());
    nodes_.emplace_back();
    boxes_.resize(boxes_.size() + 2 * features_);
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
  std::copy(row.begin(), row.end(), Low(node));
  std::copy(row.begin(), row.end(), High(node));
  return node;
}

void RandomCutTree::Grow(uint32_t node, std::span<const float> row) {
  float* const low = Low(node);
  float* const high = High(node);
  for (size_t f = 0; f < features_; ++f) {
    low[f] = std::min(low[f], row[f]);
    high[f] = std::max(high[f], row[f]);
  }
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
  std::copy_n(Low(node), 2 * features_, Low(joint));
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

double RandomCutTree::Score(std::span<const float> row) const {
  if (size() < 2) {
    return 0;
  }
  double expected = 0;
  double undecided = 1;  // the chance that no cut has set the row apart yet
  double depth = 1;
  for (uint32_t node = root_;; ++depth) {
    double sides = 0;
    double outside = 0;
    for (size_t f = 0; f < features_; ++f) {
      const float low = Low(node)[f];
      const float high = High(node)[f];
      const float beyond = std::max(low - row[f], 0.0F) + std::max(row[f] - high, 0.0F);
      outside += static_cast<double>(beyond);
      sides += static_cast<double>(high - low + beyond);
    }
    const bool is_leaf = nodes_[node].left == kNone;
    const double apart = sides > 0 ? outside / sides : 0;
    expected += undecided * apart / depth;
    undecided *= 1 - apart;
    if (is_leaf) {
      // An equal row: as deep as the leaf, and deeper by what its rows would need to be told apart.
      expected += undecided / (depth + std::log2(1.0 + nodes_[node].rows));
      break;
    }
    if (undecided < 1e-6) {
      break;
    }
    node = row[nodes_[node].feature] <= nodes_[node].cut ? nodes_[node].left : nodes_[node].right;
  }
  return expected * std::log2(1.0 + static_cast<double>(size()));
}

void RandomCutTree::Save(StateWriter& writer) const {
  writer(root_), writer(static_cast<uint32_t>(nodes_.size())), writer(static_cast<uint32_t>(free_.size()));
  for (const Node& node : nodes_) {
    writer(node.parent), writer(node.left), writer(node.right), writer(node.rows), writer(node.feature);
    writer(node.cut);
  }
  for (const float number : boxes_) {
    writer(number);
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
  boxes_.resize(2 * nodes * features_);
  for (float& number : boxes_) {
    reader(number);
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
