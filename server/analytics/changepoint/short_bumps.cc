#include "server/analytics/changepoint/short_bumps.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

constexpr double kUsualDifferences = 8;
constexpr size_t kAround = 4;      // sides before and behind a run that tell what is usual there
constexpr size_t kMostShare = 10;  // one in so many

/// A run that is off, and by how many usual differences.
struct Bump {
  size_t first = 0;
  size_t end = 0;
  double distance = 0;
};

/// Means of the values present.
class PresentMeans {
 public:
  explicit PresentMeans(std::span<const double> values) : sum_(values.size() + 1), count_(values.size() + 1) {
    for (size_t i = 0; i < values.size(); ++i) {
      sum_[i + 1] = sum_[i] + (std::isnan(values[i]) ? 0 : values[i]);
      count_[i + 1] = count_[i] + (std::isnan(values[i]) ? 0 : 1);
    }
  }
  /// NaN where fewer than half of the values are there.
  [[nodiscard]] double Of(size_t from, size_t to) const {
    const size_t count = count_[to] - count_[from];
    return 2 * count >= to - from ? (sum_[to] - sum_[from]) / static_cast<double>(count) : std::nan("");
  }

 private:
  std::vector<double> sum_;
  std::vector<size_t> count_;
};

void FindBumps(const PresentMeans& means, size_t n, size_t length, size_t side, std::vector<Bump>& found) {
  std::vector<double> differences;
  std::vector<Bump> runs;
  for (size_t first = side; first + length + side <= n; ++first) {
    const size_t end = first + length;
    const double own = means.Of(first, end);
    const double before = own - means.Of(first - side, first);
    const double after = own - means.Of(end, end + side);
    differences.push_back(0.5 * (before + after));  // NaN where one of them is not known
    if (before * after > 0) {
      runs.push_back({first, end, std::min(std::abs(before), std::abs(after))});
    }
  }
  const double usual = ScaledMad(differences, 0);
  for (Bump& run : runs) {
    if (!(run.distance > kUsualDifferences * usual) || usual == 0) {
      continue;
    }
    // Where everything differs more than elsewhere, such a run is nothing special.
    const size_t at = run.first - side;
    const size_t from = at - std::min(at, kAround * side);
    const size_t to = std::min(differences.size(), at + kAround * side);
    run.distance /= std::max(usual, ScaledMad(std::span(differences).subspan(from, to - from), 0));
    if (run.distance > kUsualDifferences) {
      found.push_back(run);
    }
  }
}

}  // namespace

void LeaveOutShortBumps(std::vector<double>& values, size_t least) {
  const size_t n = values.size();
  const PresentMeans means(values);
  std::vector<Bump> found;
  for (size_t length = 1; length < least; ++length) {
    FindBumps(means, n, length, least, found);
  }
  std::stable_sort(found.begin(), found.end(), [](const Bump& a, const Bump& b) { return a.distance > b.distance; });
  std::vector<Bump> taken;
  size_t gone = 0;
  for (const Bump& bump : found) {
    if (std::all_of(taken.begin(), taken.end(),
                    [&](const Bump& one) { return bump.end <= one.first || one.end <= bump.first; })) {
      taken.push_back(bump);
      gone += bump.end - bump.first;
    }
  }
  if (gone * kMostShare > n) {
    return;
  }
  for (const Bump& bump : taken) {
    std::fill(values.begin() + static_cast<ptrdiff_t>(bump.first), values.begin() + static_cast<ptrdiff_t>(bump.end),
              std::nan(""));
  }
}

}  // namespace bellwether
