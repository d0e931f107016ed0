#include "server/analytics/forecast/batch_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

namespace bellwether {
namespace {

constexpr size_t kMostDimensions = 3;
// Of one, two and three dimensions: places along a side of the first lattice, rounds of finer ones, places along a side
// of those, and how much finer each is.
constexpr std::array<size_t, kMostDimensions> kFirst = {16, 8, 4};
constexpr std::array<size_t, kMostDimensions> kRounds = {1, 2, 5};
constexpr std::array<size_t, kMostDimensions> kAround = {31, 5, 3};
constexpr std::array<double, kMostDimensions> kFiner = {1.0 / 16, 0.25, 0.5};
constexpr size_t kBatch = 8;

using Point = std::array<double, kMostDimensions>;

class CubeSearch {
 public:
  CubeSearch(size_t dimensions, const BatchLoss& loss) : dimensions_(dimensions), loss_(loss) {}

  /// Tries all points of a lattice of `places` a side, `step` apart, about `centre`; keeps the best.
  void Try(const Point& centre, size_t places, double step) {
    size_t count = 1;
    for (size_t d = 0; d < dimensions_; ++d) {
      count *= places;
    }
    const size_t padded = (count + kBatch - 1) / kBatch * kBatch;
    points_.resize(padded * dimensions_);
    losses_.resize(padded);
    for (size_t i = 0; i < padded; ++i) {
      size_t rest = std::min(i, count - 1);
      for (size_t d = 0; d < dimensions_; ++d, rest /= places) {
        const double from_centre = static_cast<double>(rest % places) - 0.5 * static_cast<double>(places - 1);
        points_[d * padded + i] = std::clamp(centre[d] + step * from_centre, 0.0, 1.0);
      }
    }
    loss_(points_, padded, losses_);
    for (size_t i = 0; i < count; ++i) {
      if (std::isfinite(losses_[i]) && losses_[i] < least_) {
        least_ = losses_[i];
        for (size_t d = 0; d < dimensions_; ++d) {
          best_[d] = points_[d * padded + i];
        }
      }
    }
  }

  [[nodiscard]] const Point& best() const { return best_; }

 private:
  size_t dimensions_;
  const BatchLoss& loss_;
  std::vector<double> points_;
  std::vector<double> losses_;
  Point best_ = {0.5, 0.5, 0.5};
  double least_ = std::numeric_limits<double>::infinity();
};

}  // namespace

std::vector<double> SearchCube(size_t dimensions, const BatchLoss& loss) {
  const size_t kind = std::clamp<size_t>(dimensions, 1, kMostDimensions) - 1;
  CubeSearch search(kind + 1, loss);
  double step = 1 / static_cast<double>(kFirst[kind] - 1);
  search.Try({0.5, 0.5, 0.5}, kFirst[kind], step);
  for (size_t round = 0; round < kRounds[kind]; ++round) {
    step *= kFiner[kind];
    search.Try(Point(search.best()), kAround[kind], step);
  }
  return {search.best().begin(), search.best().begin() + static_cast<ptrdiff_t>(kind + 1)};
}

}  // namespace bellwether
