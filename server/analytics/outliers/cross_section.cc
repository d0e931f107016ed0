#include "server/analytics/outliers/cross_section.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

// Eight times side by side: a row of the matrix gives them with one load, and each lane has its own pivot.
constexpr size_t kLanes = 8;
// Aligned by hand: GCC's own choice depends on the instruction set, and the clones must agree.
using Lanes = double __attribute__((vector_size(kLanes * sizeof(double)), aligned(kLanes * sizeof(double))));
using Counts = int64_t __attribute__((vector_size(kLanes * sizeof(double)), aligned(kLanes * sizeof(double))));

/// Eight times of one series. A class of its own, because a container of bare vectors forgets their alignment.
struct BlockRow {
  Lanes at;
};

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kMaxPasses = 24;
constexpr size_t kFewSeries = 24;  // below this, sorting a column is cheaper than passes over all
constexpr size_t kMaxLinks = 64;

/// What one pass over a block says of its pivots.
struct PassResult {
  Counts at_most{};  ///< numbers <= pivot
  Lanes below{};     ///< the largest of them
  Lanes above{};     ///< the smallest of the others
};

/// Copies eight times of every series, infinite numbers as NaN; lanes past the last time are NaN.
BELLWETHER_SIMD_CLONES void CopyBlock(const SeriesMatrix& matrix, size_t first, BlockRow* block, Counts* present) {
  const size_t count = std::min(kLanes, matrix.points - first);
  Counts finite{};
  for (size_t s = 0; s < matrix.series; ++s) {
    const double* const from = matrix.values.data() + s * matrix.points + first;
    Lanes values;
    if (count == kLanes) {
      std::memcpy(&values, from, sizeof(values));
    } else {
      for (size_t lane = 0; lane < kLanes; ++lane) {
        values[lane] = lane < count ? from[lane] : kNan;
      }
    }
    const Counts is_finite = (values - values) == 0;
    finite -= is_finite;
    block[s].at = is_finite ? values : Lanes{} + kNan;
  }
  *present = finite;
}

BELLWETHER_SIMD_CLONES void CountAtMost(const BlockRow* block, size_t series, const Lanes* pivots, Counts* at_most) {
  const Lanes pivot = *pivots;
  Counts first{};
  Counts second{};
  size_t s = 0;
  for (; s + 2 <= series; s += 2) {
    first -= block[s].at <= pivot;
    second -= block[s + 1].at <= pivot;
  }
  if (s < series) {
    first -= block[s].at <= pivot;
  }
  *at_most = first + second;
}

BELLWETHER_SIMD_CLONES void PassOver(const BlockRow* block, size_t series, const Lanes* pivots, PassResult* result) {
  const Lanes pivot = *pivots;
  Counts at_most{};
  Lanes below = Lanes{} - kInfinity;
  Lanes above = Lanes{} + kInfinity;
  for (size_t s = 0; s < series; ++s) {
    const Lanes value = block[s].at;
    const Counts inside = value <= pivot;
    at_most -= inside;
    const Lanes under = inside ? value : below;
    below = under > below ? under : below;
    const Lanes over = value > pivot ? value : above;
    above = over < above ? over : above;
  }
  *result = {at_most, below, above};
}

BELLWETHER_SIMD_CLONES void ToDistances(BlockRow* block, size_t series, const Lanes* centres) {
  const Lanes centre = *centres;
  for (size_t s = 0; s < series; ++s) {
    const Lanes off = block[s].at - centre;
    block[s].at = off < 0 ? -off : off;
  }
}

/// One step outwards on both sides; unchanged lanes are done.
BELLWETHER_SIMD_CLONES void Reach(const BlockRow* block, size_t series, const Lanes* reach, Lanes* lower,
                                  Lanes* upper) {
  const Lanes low_limit = *lower - *reach;
  const Lanes high_limit = *upper + *reach;
  Lanes low = *lower;
  Lanes high = *upper;
  for (size_t s = 0; s < series; ++s) {
    const Lanes value = block[s].at;
    const Lanes down = value >= low_limit ? value : low;
    low = down < low ? down : low;
    const Lanes up = value <= high_limit ? value : high;
    high = up > high ? up : high;
  }
  *lower = low;
  *upper = high;
}

/// Finds the medians of the eight columns of a block by moving pivots until half of the numbers are below them.
class ColumnMedians {
 public:
  ColumnMedians(const std::vector<BlockRow>& block, const Counts& present) : block_(block), present_(present) {}

  /// The medians; NaN for columns without a number. The pivots start at `guess`, and `spread` is about how far off that
  /// is; both only cost or save time.
  void Find(double guess, double spread, Lanes* medians) {
    spread_ = spread;
    for (size_t lane = 0; lane < kLanes; ++lane) {
      Lane& state = lanes_[lane];
      state.rank = (present_[lane] + 1) / 2;
      state.has_two = present_[lane] % 2 == 0;
      state.high_count = present_[lane];
      state.done = present_[lane] == 0;
      state.median = kNan;
      pivot_[lane] = std::isfinite(guess) ? guess : 0;
    }
    if (block_.size() < kFewSeries || !std::isfinite(guess)) {
      return BySorting(medians);
    }
    Approach();
    for (size_t pass = 0; pass < kMaxPasses && !AllDone(); ++pass) {
      PassResult result;
      PassOver(block_.data(), block_.size(), &pivot_, &result);
      for (size_t lane = 0; lane < kLanes; ++lane) {
        if (!lanes_[lane].done) {
          Narrow(lane, result);
        }
      }
    }
    BySorting(medians);
  }

 private:
  struct Lane {
    int64_t rank = 0;
    double median = 0;
    double low = -kInfinity;  ///< fewer than `rank` numbers are at most this
    int64_t low_count = 0;
    double next_of_low = -kInfinity;  ///< the smallest number above `low`
    double high = kInfinity;          ///< `rank` numbers or more are at most this
    int64_t high_count = 0;
    bool has_two = false;  ///< the median lies between the numbers of this rank and the next
    bool done = false;
  };

  bool AllDone() const {
    return std::all_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return lane.done; });
  }

  /// Two cheap passes that only count, and a step by the density that a normal group would have there.
  void Approach() {
    for (int pass = 0; pass < 2; ++pass) {
      Counts at_most{};
      CountAtMost(block_.data(), block_.size(), &pivot_, &at_most);
      for (size_t lane = 0; lane < kLanes; ++lane) {
        Lane& state = lanes_[lane];
        const double missing = static_cast<double>(state.rank - at_most[lane]);
        if (state.done || missing == 0) {
          continue;
        }
        Keep(state, pivot_[lane], at_most[lane], -kInfinity);
        const double step = missing * 2.5 * spread_ / static_cast<double>(present_[lane]);
        const double next = pivot_[lane] + step;
        pivot_[lane] = next > state.low && next < state.high ? next : Between(state);
      }
    }
  }

  static void Keep(Lane& state, double pivot, int64_t at_most, double above) {
    if (at_most >= state.rank) {
      if (pivot < state.high) {
        state.high = pivot;
        state.high_count = at_most;
      }
    } else if (pivot > state.low || (pivot == state.low && above > state.next_of_low)) {
      state.low = pivot;
      state.low_count = at_most;
      state.next_of_low = above;
    }
  }

  void Narrow(size_t lane, const PassResult& result) {
    Lane& state = lanes_[lane];
    const int64_t at_most = result.at_most[lane];
    const double below = result.below[lane];
    const double above = result.above[lane];
    if (at_most == state.rank || (at_most > state.rank && below == state.next_of_low)) {
      const double second = at_most > state.rank ? below : above;
      state.median = state.has_two ? below / 2 + second / 2 : below;
      state.done = true;
      return;
    }
    Keep(state, at_most > state.rank ? below : pivot_[lane], at_most, above);
    if (state.next_of_low == state.high) {
      pivot_[lane] = state.high;  // nothing lies between; the next pass tells its neighbour
    } else if (at_most + 1 == state.rank) {
      pivot_[lane] = above;  // the number of this rank itself
    } else if (at_most > state.rank && (at_most - state.rank < 4 || below == pivot_[lane])) {
      // A few too many, or many equal ones: the largest is not wanted.
      pivot_[lane] = std::max(std::nextafter(below, -kInfinity), state.low);
    } else {
      pivot_[lane] = Between(state);
    }
  }

  /// A pivot between the bounds, by their counts; in the middle where a bound is not known yet.
  double Between(const Lane& state) const {
    if (std::isinf(state.low) || std::isinf(state.high)) {
      const double far = 4 * spread_ + std::numeric_limits<double>::min();
      return std::isinf(state.low) ? state.high - far : state.low + far;
    }
    const double wanted = static_cast<double>(state.rank - state.low_count) - 0.5;
    const double share = wanted / static_cast<double>(state.high_count - state.low_count);
    const double pivot = state.low * (1 - share) + state.high * share;
    return std::clamp(pivot, state.low, state.high);
  }

  /// The columns that are not done, one by one.
  void BySorting(Lanes* medians) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      if (!lanes_[lane].done) {
        column_.clear();
        for (const BlockRow& row : block_) {
          column_.push_back(row.at[lane]);
        }
        lanes_[lane].median = MedianOf(column_);
      }
      (*medians)[lane] = lanes_[lane].median;
    }
  }

  static double MedianOf(std::vector<double>& column) {
    const auto end = std::remove_if(column.begin(), column.end(), [](double value) { return std::isnan(value); });
    const auto middle = column.begin() + (end - column.begin() - 1) / 2;
    std::nth_element(column.begin(), middle, end);
    if ((end - column.begin()) % 2 == 1) {
      return *middle;
    }
    return *middle / 2 + *std::min_element(middle + 1, end) / 2;
  }

  Lanes pivot_{};
  std::array<Lane, kLanes> lanes_{};
  std::vector<double> column_;
  const std::vector<BlockRow>& block_;
  const Counts& present_;
  double spread_ = 0;
};

/// The mean of one lane's distances in units of a normal sample's median distance, 0 when at most a tenth are above 0.
double MeanDistance(const std::vector<BlockRow>& distances, size_t lane, int64_t present) {
  double mean = 0;
  int64_t differing = 0;
  for (const BlockRow& row : distances) {
    const double distance = row.at[lane];
    if (distance > 0) {
      mean += distance / static_cast<double>(present);
      ++differing;
    }
  }
  constexpr double kMedianPerMean = 0.8453;  // of the distances of a normal sample
  return 10 * differing > present ? kMedianPerMean * mean : 0;
}

}  // namespace

CrossSections MeasureCrossSections(const SeriesMatrix& matrix) {
  CrossSections sections;
  sections.median.resize(matrix.points);
  sections.distance.resize(matrix.points);
  sections.spread.resize(matrix.points);
  sections.present.resize(matrix.points);
  std::vector<BlockRow> block(matrix.series);
  double median = kNan;
  double distance = kNan;
  for (size_t first = 0; first < matrix.points; first += kLanes) {
    Counts present{};
    CopyBlock(matrix, first, block.data(), &present);
    Lanes medians;
    ColumnMedians(block, present).Find(median, 1.5 * distance, &medians);
    ToDistances(block.data(), block.size(), &medians);
    Lanes distances;
    ColumnMedians(block, present).Find(distance, distance, &distances);
    for (size_t lane = 0; lane < std::min(kLanes, matrix.points - first); ++lane) {
      sections.median[first + lane] = medians[lane];
      sections.distance[first + lane] = distances[lane];
      sections.spread[first + lane] = distances[lane] == 0 ? MeanDistance(block, lane, present[lane]) : distances[lane];
      sections.present[first + lane] = static_cast<size_t>(present[lane]);
      if (present[lane] > 0) {
        median = medians[lane];
        distance = distances[lane];
      }
    }
  }
  return sections;
}

GroupEdges FindConnectedEdges(const SeriesMatrix& matrix, std::span<const double> median,
                              std::span<const double> reach) {
  GroupEdges edges{std::vector<double>(matrix.points), std::vector<double>(matrix.points)};
  std::vector<BlockRow> block(matrix.series);
  for (size_t first = 0; first < matrix.points; first += kLanes) {
    const size_t count = std::min(kLanes, matrix.points - first);
    Counts present{};
    CopyBlock(matrix, first, block.data(), &present);
    Lanes lower;
    Lanes reaches;
    for (size_t lane = 0; lane < kLanes; ++lane) {
      lower[lane] = lane < count ? median[first + lane] : kNan;
      reaches[lane] = lane < count ? reach[first + lane] : 0;
    }
    Lanes upper = lower;
    for (size_t link = 0; link < kMaxLinks; ++link) {
      const Lanes lower_before = lower;
      const Lanes upper_before = upper;
      Reach(block.data(), block.size(), &reaches, &lower, &upper);
      bool moved = false;
      for (size_t lane = 0; lane < kLanes; ++lane) {
        moved = moved || lower[lane] < lower_before[lane] || upper[lane] > upper_before[lane];
      }
      if (!moved) {
        break;
      }
    }
    for (size_t lane = 0; lane < count; ++lane) {
      edges.lower[first + lane] = lower[lane];
      edges.upper[first + lane] = upper[lane];
    }
  }
  return edges;
}

}  // namespace bellwether
