#include "server/analytics/forecast/simplex_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace bellwether {
namespace {

constexpr double kFirstStep = 0.2;     // of a range
constexpr double kCloseEnough = 1e-5;  // relative difference of the best and the worst loss

struct Corner {
  std::vector<double> at;
  double loss = 0;
};

class Simplex {
 public:
  Simplex(std::span<const SearchRange> ranges, const std::function<double(std::span<const double>)>& loss)
      : ranges_(ranges), loss_(loss) {}

  std::vector<double> Search(size_t most_calls);

 private:
  Corner MakeCorner(std::vector<double> at) {
    for (size_t i = 0; i < at.size(); ++i) {
      at[i] = std::clamp(at[i], ranges_[i].low, ranges_[i].high);
    }
    ++calls_;
    const double loss = loss_(at);
    return {std::move(at), std::isfinite(loss) ? loss : std::numeric_limits<double>::max()};
  }
  /// A point on the line through the worst corner and the centre of the others; 1 mirrors the worst.
  Corner Along(const std::vector<double>& centre, double factor) {
    std::vector<double> at(centre);
    for (size_t i = 0; i < at.size(); ++i) {
      at[i] += factor * (centre[i] - corners_.back().at[i]);
    }
    return MakeCorner(std::move(at));
  }
  void Step();

  std::span<const SearchRange> ranges_;
  const std::function<double(std::span<const double>)>& loss_;
  std::vector<Corner> corners_;  // best first
  size_t calls_ = 0;
};

void Simplex::Step() {
  std::vector<double> centre(ranges_.size(), 0.0);
  for (size_t k = 0; k + 1 < corners_.size(); ++k) {
    for (size_t i = 0; i < centre.size(); ++i) {
      centre[i] += corners_[k].at[i] / static_cast<double>(corners_.size() - 1);
    }
  }
  Corner& worst = corners_.back();
  Corner mirrored = Along(centre, 1);
  if (mirrored.loss < corners_.front().loss) {
    Corner further = Along(centre, 2);
    worst = further.loss < mirrored.loss ? std::move(further) : std::move(mirrored);
  } else if (mirrored.loss < corners_[corners_.size() - 2].loss) {
    worst = std::move(mirrored);
  } else {
    Corner nearer = Along(centre, mirrored.loss < worst.loss ? 0.5 : -0.5);
    if (nearer.loss < std::min(worst.loss, mirrored.loss)) {
      worst = std::move(nearer);
    } else {
      for (size_t k = 1; k < corners_.size(); ++k) {
        std::vector<double> at(corners_[k].at);
        for (size_t i = 0; i < at.size(); ++i) {
          at[i] = 0.5 * (at[i] + corners_.front().at[i]);
        }
        corners_[k] = MakeCorner(std::move(at));
      }
    }
  }
}

std::vector<double> Simplex::Search(size_t most_calls) {
  const auto by_loss = [](const Corner& a, const Corner& b) { return a.loss < b.loss; };
  std::vector<double> start;
  for (const SearchRange& range : ranges_) {
    start.push_back(range.start);
  }
  corners_.push_back(MakeCorner(start));
  for (size_t i = 0; i < ranges_.size(); ++i) {
    std::vector<double> at(start);
    const double step = kFirstStep * (ranges_[i].high - ranges_[i].low);
    at[i] += at[i] + step > ranges_[i].high ? -step : step;
    corners_.push_back(MakeCorner(std::move(at)));
  }
  std::stable_sort(corners_.begin(), corners_.end(), by_loss);
  while (calls_ < most_calls) {
    Step();
    std::stable_sort(corners_.begin(), corners_.end(), by_loss);
    const double best = corners_.front().loss;
    if (corners_.back().loss - best <= kCloseEnough * std::abs(best)) {
      break;
    }
  }
  return corners_.front().at;
}

}  // namespace

std::vector<double> SearchSimplex(std::span<const SearchRange> ranges,
                                  const std::function<double(std::span<const double>)>& loss, size_t most_calls) {
  return ranges.empty() ? std::vector<double>{} : Simplex(ranges, loss).Search(most_calls);
}

}  // namespace bellwether
