#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/analytics/analysis_method.h"
#include "server/analytics/outliers/series_matrix.h"

namespace bellwether {

/// How the band of a group is drawn.
enum class OutlierMethod {
  /// Around the median at each time, by the median distance from it. For groups around one level.
  kMad,
  /// As far as numbers hang together, starting at the median (DBSCAN on a line). For groups that are spread evenly or
  /// in
  /// lumps that touch.
  kDbscan,
};

/// "mad", "dbscan".
[[nodiscard]] std::string_view OutlierMethodName(OutlierMethod method);

/// In the order of OutlierMethod.
[[nodiscard]] std::span<const AnalysisMethod> OutlierMethods();

/// What the user asks.
struct GroupOutlierOptions {
  OutlierMethod method = OutlierMethod::kMad;
  /// How far from the group counts: for kMad in robust standard deviations, for kDbscan the widest gap in usual
  /// distances from the median. 0 = by the number of series, so that among alike series one group in 20 has an outlier
  /// by chance.
  double tolerance = 0;
  size_t window = 30;      ///< points looked at together, 1 to kMaxOutlierWindow
  double min_share = 0.7;  ///< the share of the window's points outside the band that makes an outlier, above 0, to 1
};

/// The bounds of the options.
inline constexpr double kMaxOutlierTolerance = 1000;
inline constexpr size_t kMaxOutlierWindow = 100'000;

/// Two series say nothing of who is unlike the other: fewer than these at a time give no band.
inline constexpr size_t kMinGroupSeries = 3;

/// A stretch over which a series was unlike its peers.
struct OutlierStretch {
  size_t first = 0;      ///< its first point outside the band
  size_t last = 0;       ///< its last point outside the band
  double deviation = 0;  ///< mean distance of its points from the median, with sign, in the series' unit
  double spreads = 0;    ///< the same in robust standard deviations of the group, at most 1e6 in size
};

/// What is said of one series.
struct SeriesOutlierVerdict {
  bool is_outlier = false;  ///< at any time
  double score = 0;         ///< 0 to 1: the largest share of a window outside the band
  std::vector<OutlierStretch> stretches;
};

/// A group's band and who left it. Columns have one entry a point; NaN where fewer than kMinGroupSeries have a number.
struct GroupOutliers {
  std::vector<double> median;
  std::vector<double> lower;
  std::vector<double> upper;
  std::vector<double> spread;  ///< robust standard deviation across the group
  double tolerance = 0;        ///< the one that was used
  std::vector<SeriesOutlierVerdict> series;
};

/// Finds the series that are unlike their peers. At each time the group has a band; a series is an outlier while at
/// least `min_share` of its points in the window ending there lie outside, with at least half of a window to judge by.
/// So one stray point makes no outlier, and the answer at a time depends on earlier times alone. Missing and infinite
/// numbers are no evidence. INVALID_ARGUMENT for options out of their bounds. Time O(series * points).
[[nodiscard]] absl::StatusOr<GroupOutliers> FindGroupOutliers(const SeriesMatrix& matrix,
                                                              const GroupOutlierOptions& options = {});

/// The first part of that: the band, with no verdicts in `series`. The second part for one series: those of a group can
/// be judged at the same time.
[[nodiscard]] absl::StatusOr<GroupOutliers> FindGroupBand(const SeriesMatrix& matrix,
                                                          const GroupOutlierOptions& options = {});
[[nodiscard]] SeriesOutlierVerdict JudgeOutlier(std::span<const double> row, const GroupOutliers& group,
                                                const GroupOutlierOptions& options);

/// The score of one series at each time, 0 to 1: the share of its points in the window ending there that lie outside
/// the band; NaN where there are too few to judge. `row` and the band are equally long.
[[nodiscard]] std::vector<double> OutlierShares(std::span<const double> row, const GroupOutliers& group,
                                                const GroupOutlierOptions& options);

}  // namespace bellwether
