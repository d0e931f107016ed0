#include "server/analytics/forecast/lone_outliers.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

constexpr size_t kLeastSeasons = 4;
constexpr size_t kSeasonsAround = 3;  // before and after, that the usual value of a phase is the median of
constexpr size_t kMostRows = 3;       // of an outlier
constexpr size_t kNeighbours = 3;     // rows before and after
constexpr size_t kLeastAfter = 2;     // of them known after it
constexpr double kFar = 6;            // robust deviations
constexpr double kUsualShare = 0.98;
constexpr double kFarFromUsual = 2.5;
constexpr size_t kRareRows = 100;    // for each outlier, where it is none of the law,
constexpr size_t kRareSeasons = 10;  // and so many seasons
constexpr double kAlike = 0.5;

/// Up to six values; no allocation.
class FewValues {
 public:
  void Add(double value) { values_[count_++] = value; }
  double Middle() { return QuantileInPlace(std::span(values_).first(count_), 0.5); }

 private:
  std::array<double, 2 * std::max(kSeasonsAround, kNeighbours)> values_{};
  size_t count_ = 0;
};

/// The values less the median of the same phase in the seasons around.
std::vector<double> LessPhase(std::span<const double> values, size_t season) {
  std::vector<double> rest(values.size());
  for (size_t t = 0; t < values.size(); ++t) {
    FewValues others;
    for (size_t k = 1; k <= kSeasonsAround; ++k) {
      if (t >= k * season) {
        others.Add(values[t - k * season]);
      }
      if (t + k * season < values.size()) {
        others.Add(values[t + k * season]);
      }
    }
    rest[t] = values[t] - others.Middle();
  }
  return rest;
}

/// The median of the rows from `begin` to `end`.
double LevelOf(std::span<const double> rest, size_t begin, size_t end) {
  FewValues rows;
  for (size_t t = begin; t < end; ++t) {
    rows.Add(rest[t]);
  }
  return rows.Middle();
}

/// How far each row is from the median of its neighbours.
std::vector<double> FromNeighbours(std::span<const double> rest) {
  std::vector<double> distances(rest.size());
  for (size_t t = 0; t < rest.size(); ++t) {
    FewValues rows;
    for (size_t k = 1; k <= kNeighbours; ++k) {
      if (t >= k) {
        rows.Add(rest[t - k]);
      }
      if (t + k < rest.size()) {
        rows.Add(rest[t + k]);
      }
    }
    distances[t] = rest[t] - rows.Middle();
  }
  return distances;
}

struct Outlier {
  size_t begin = 0;
  size_t end = 0;
  double level = 0;  ///< of what the season leaves, about it
};

/// The outlier of `rows` rows from `begin` on, if it is one: each row beyond the limit from the level before, from that
/// after and, at the end of the history, from each row after.
bool IsOutlier(std::span<const double> rest, size_t begin, size_t rows, double limit, Outlier& found) {
  const size_t end = begin + rows;
  if (begin < kNeighbours || end + kLeastAfter > rest.size()) {
    return false;
  }
  const double before = LevelOf(rest, begin - kNeighbours, begin);
  const size_t last = std::min(end + kNeighbours, rest.size());
  const double after = LevelOf(rest, end, last);
  double highest = std::max(before, after);
  double lowest = std::min(before, after);
  if (last - end < kNeighbours) {
    highest = std::max(highest, *std::max_element(rest.begin() + static_cast<ptrdiff_t>(end), rest.end()));
    lowest = std::min(lowest, *std::min_element(rest.begin() + static_cast<ptrdiff_t>(end), rest.end()));
  }
  const std::span<const double> own = rest.subspan(begin, rows);
  found = {.begin = begin, .end = end, .level = 0.5 * (before + after)};
  return std::all_of(own.begin(), own.end(), [&](double v) { return v - highest > limit; }) ||
         std::all_of(own.begin(), own.end(), [&](double v) { return lowest - v > limit; });
}

std::vector<Outlier> FindOutliers(std::span<const double> rest, double limit) {
  std::vector<Outlier> outliers;
  for (size_t t = kNeighbours; t < rest.size(); ++t) {
    Outlier found;
    for (size_t rows = 1; rows <= kMostRows; ++rows) {
      if (IsOutlier(rest, t, rows, limit, found)) {
        outliers.push_back(found);
        t = found.end;
        break;
      }
    }
  }
  return outliers;
}

/// Whether another season had something alike at the same phase.
bool Recurs(std::span<const double> distances, const Outlier& outlier, std::span<const size_t> seasons) {
  for (size_t t = outlier.begin; t < outlier.end; ++t) {
    for (const size_t season : seasons) {
      for (size_t other = t % season; other < distances.size(); other += season) {
        if (other != t && distances[other] / distances[t] >= kAlike) {
          return true;
        }
      }
    }
  }
  return false;
}

}  // namespace

std::vector<double> WithoutLoneOutliers(std::span<const double> history, std::span<const size_t> seasons) {
  std::vector<double> cleaned(history.begin(), history.end());
  if (seasons.empty() || seasons.front() < 2 * kMostRows || history.size() < kLeastSeasons * seasons.front()) {
    return cleaned;
  }
  // Where values are never negative, scatter tends to follow the level; roots make it alike.
  const bool has_roots = *std::min_element(history.begin(), history.end()) >= 0;
  std::vector<double> values = cleaned;
  if (has_roots) {
    std::transform(values.begin(), values.end(), values.begin(), [](double v) { return std::sqrt(v); });
  }
  const std::vector<double> rest = LessPhase(values, seasons.front());
  const std::vector<double> distances = FromNeighbours(rest);
  std::vector<double> sizes(distances.size());
  std::transform(distances.begin(), distances.end(), sizes.begin(), [](double v) { return std::abs(v); });
  const double limit =
      std::max(kFar * 1.4826 * QuantileInPlace(sizes, 0.5), kFarFromUsual * QuantileInPlace(sizes, kUsualShare));
  const std::vector<Outlier> outliers = limit > 0 ? FindOutliers(rest, limit) : std::vector<Outlier>();
  const size_t rare = std::max(kRareRows, kRareSeasons * seasons.front());
  if (outliers.size() > std::max<size_t>(1, history.size() / rare)) {
    return cleaned;
  }
  for (const Outlier& outlier : outliers) {
    if (Recurs(distances, outlier, seasons)) {
      continue;
    }
    for (size_t t = outlier.begin; t < outlier.end; ++t) {
      const double usual = values[t] - rest[t] + outlier.level;
      cleaned[t] = has_roots ? std::max(usual, 0.0) * std::max(usual, 0.0) : usual;
    }
  }
  return cleaned;
}

}  // namespace bellwether
