#include "server/analytics/outliers/group_outliers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "server/analytics/outliers/cross_section.h"
#include "server/analytics/series/simd.h"
#include "server/base/status/error_origin.h"
#include "server/base/text/concat.h"

namespace bellwether {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kMost = std::numeric_limits<double>::max();
constexpr double kSigmaPerDistance = 1.4826;  // standard deviation of a normal sample by its median distance
constexpr double kRoundingShare = 1e-9;       // differences below this share of the median are rounding
constexpr double kMostSpreads = 1e6;
constexpr size_t kDirectWindow = 512;

/// What the largest of n independent normal levels reaches in one group of 20: 95 % quantiles from 20,000 (up to 128
/// series) and 3,000 simulated groups. For kMad the largest distance from the median in robust standard deviations, for
/// kDbscan the widest gap between neighbours in median distances, at least the 3 that is customary.
struct ToleranceRow {
  double series;
  double mad;
  double dbscan;
};
constexpr std::array<ToleranceRow, 12> kTolerances = {{{3, 21.4, 31.7},
                                                       {4, 7.9, 9.7},
                                                       {5, 7.9, 9.7},
                                                       {7, 5.9, 6.7},
                                                       {8, 4.9, 5.1},
                                                       {10, 4.6, 4.3},
                                                       {16, 4.2, 3.2},
                                                       {32, 3.9, 3},
                                                       {128, 3.8, 3},
                                                       {512, 4, 3},
                                                       {1024, 4.1, 3},
                                                       {4096, 4.4, 3}}};

double AutomaticTolerance(OutlierMethod method, size_t series) {
  const auto of = [method](const ToleranceRow& row) { return method == OutlierMethod::kMad ? row.mad : row.dbscan; };
  const double n = static_cast<double>(series);
  for (size_t i = 1; i < kTolerances.size(); ++i) {
    if (n < kTolerances[i].series) {
      const ToleranceRow& low = kTolerances[i - 1];
      const double share =
          std::clamp(std::log(n / low.series) / std::log(kTolerances[i].series / low.series), 0.0, 1.0);
      return of(low) + share * (of(kTolerances[i]) - of(low));
    }
  }
  return of(kTolerances.back());
}

absl::Status CheckOptions(const GroupOutlierOptions& options) {
  if (!(options.tolerance >= 0) || options.tolerance > kMaxOutlierTolerance) {
    return BadQueryError(Concat("The tolerance of outliers must be between 0 (chosen by the number of series) and ",
                                kMaxOutlierTolerance, "."));
  }
  if (options.window < 1 || options.window > kMaxOutlierWindow) {
    return BadQueryError(Concat("The window of outliers must have 1 to ", kMaxOutlierWindow, " points."));
  }
  if (!(options.min_share > 0) || options.min_share > 1) {
    return BadQueryError("The minimum share of outliers must be above 0 and at most 1.");
  }
  return absl::OkStatus();
}

/// The mean of the numbers in the window ending at each entry, NaN skipped. Each is summed by itself, so that it is the
/// same to the last bit wherever the series begins.
std::vector<double> DirectTrailingMeans(std::span<const double> values, size_t window) {
  const double unit = 1 / static_cast<double>(window);  // so that sums cannot overflow
  std::vector<double> means(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    double sum = 0;
    size_t count = 0;
    for (size_t k = i + 1 < window ? 0 : i + 1 - window; k <= i; ++k) {
      sum += std::isnan(values[k]) ? 0 : values[k] * unit;
      count += std::isnan(values[k]) ? 0 : 1;
    }
    means[i] = count == 0 ? kNan : sum * (static_cast<double>(window) / static_cast<double>(count));
  }
  return means;
}

/// The same for windows of any length in linear time. Sums of what precedes and what follows the
/// blocks' borders are added, never subtracted, so that a huge number leaves nothing behind when it has passed.
std::vector<double> TrailingMeans(std::span<const double> values, size_t window) {
  const size_t n = values.size();
  if (window <= kDirectWindow) {
    return DirectTrailingMeans(values, window);
  }
  std::vector<double> until(n);  // from the start of the entry's block
  std::vector<double> since(n);  // to the end of the entry's block
  std::vector<size_t> counts(n + 1);
  const double unit = 1 / static_cast<double>(window);  // so that sums cannot overflow
  for (size_t i = 0; i < n; ++i) {
    const double value = std::isnan(values[i]) ? 0 : values[i] * unit;
    until[i] = value + (i % window == 0 ? 0 : until[i - 1]);
    counts[i + 1] = counts[i] + (std::isnan(values[i]) ? 0 : 1);
  }
  for (size_t i = n; i-- > 0;) {
    const double value = std::isnan(values[i]) ? 0 : values[i] * unit;
    since[i] = value + (i + 1 == n || (i + 1) % window == 0 ? 0 : since[i + 1]);
  }
  std::vector<double> means(n);
  for (size_t i = 0; i < n; ++i) {
    const size_t first = i + 1 < window ? 0 : i + 1 - window;
    const double sum = first / window == i / window ? until[i] : since[first] + until[i];
    const size_t count = counts[i + 1] - counts[first];
    means[i] = count == 0 ? kNan : sum * (static_cast<double>(window) / static_cast<double>(count));
  }
  return means;
}

/// Marks the points outside the band and those that are evidence at all. Returns how many are outside.
BELLWETHER_SIMD_CLONES size_t MarkOutside(const double* row, const double* lower, const double* upper, size_t points,
                                          uint8_t* outside, uint8_t* evidence) {
  for (size_t t = 0; t < points; ++t) {
    const bool counts = (row[t] - row[t] == 0) & (lower[t] <= upper[t]);
    evidence[t] = static_cast<uint8_t>(counts);
    outside[t] = static_cast<uint8_t>(counts & ((row[t] < lower[t]) | (row[t] > upper[t])));
  }
  size_t total = 0;
  for (size_t t = 0; t < points; ++t) {
    total += outside[t];
  }
  return total;
}

/// The points outside and the evidence in a window that moves along.
class MovingShare {
 public:
  MovingShare(std::span<const uint8_t> outside, std::span<const uint8_t> evidence, size_t window)
      : outside_(outside), evidence_(evidence), window_(window), needed_((window + 1) / 2) {}

  /// Takes in point t; points come in order.
  void Move(size_t t) {
    outside_count_ += outside_[t];
    evidence_count_ += evidence_[t];
    if (t >= window_) {
      outside_count_ -= outside_[t - window_];
      evidence_count_ -= evidence_[t - window_];
    }
  }

  bool Enough() const { return evidence_count_ >= needed_; }
  double Share() const { return static_cast<double>(outside_count_) / static_cast<double>(evidence_count_); }

 private:
  std::span<const uint8_t> outside_;
  std::span<const uint8_t> evidence_;
  size_t window_;
  size_t needed_;
  size_t outside_count_ = 0;
  size_t evidence_count_ = 0;
};

/// Judges one series after the other; keeps its buffers.
class SeriesJudge {
 public:
  SeriesJudge(const GroupOutliers& group, const GroupOutlierOptions& options)
      : group_(group), options_(options), outside_(group.median.size()), evidence_(group.median.size()) {}

  SeriesOutlierVerdict Judge(std::span<const double> row) {
    SeriesOutlierVerdict verdict;
    if (MarkOutside(row.data(), group_.lower.data(), group_.upper.data(), row.size(), outside_.data(),
                    evidence_.data()) == 0) {
      return verdict;
    }
    MovingShare window(outside_, evidence_, options_.window);
    bool was_outlier = false;
    size_t last_outside = 0;
    for (size_t t = 0; t < row.size(); ++t) {
      window.Move(t);
      last_outside = outside_[t] != 0 ? t : last_outside;
      const double share = window.Enough() ? window.Share() : 0;
      verdict.score = std::max(verdict.score, share);
      const bool is_outlier = share >= options_.min_share;
      if (is_outlier && !was_outlier) {
        Begin(verdict, t);
      }
      if (is_outlier) {
        verdict.stretches.back().last = last_outside;
      }
      was_outlier = is_outlier;
    }
    verdict.is_outlier = !verdict.stretches.empty();
    for (OutlierStretch& stretch : verdict.stretches) {
      Measure(row, stretch);
    }
    return verdict;
  }

  std::vector<double> Shares(std::span<const double> row) {
    MarkOutside(row.data(), group_.lower.data(), group_.upper.data(), row.size(), outside_.data(), evidence_.data());
    MovingShare window(outside_, evidence_, options_.window);
    std::vector<double> shares(row.size());
    for (size_t t = 0; t < row.size(); ++t) {
      window.Move(t);
      shares[t] = window.Enough() ? window.Share() : kNan;
    }
    return shares;
  }

 private:
  /// A stretch whose window ends at t, from its first point outside on; part of the stretch before when they overlap.
  void Begin(SeriesOutlierVerdict& verdict, size_t t) const {
    size_t first = t + 1 < options_.window ? 0 : t + 1 - options_.window;
    while (first < t && outside_[first] == 0) {
      ++first;
    }
    if (verdict.stretches.empty() || verdict.stretches.back().last < first) {
      verdict.stretches.push_back({first, t, 0, 0});
    }
  }

  void Measure(std::span<const double> row, OutlierStretch& stretch) const {
    double deviation = 0;
    double spreads = 0;
    double count = 0;
    for (size_t t = stretch.first; t <= stretch.last; ++t) {
      if (outside_[t] == 0) {
        continue;
      }
      const double off = std::clamp(row[t] - group_.median[t], -kMost, kMost);
      const double relative = group_.spread[t] > 0 ? off / group_.spread[t] : std::copysign(kMostSpreads, off);
      count += 1;
      deviation += off / count - deviation / count;
      spreads += (std::clamp(relative, -kMostSpreads, kMostSpreads) - spreads) / count;
    }
    stretch.deviation = deviation;
    stretch.spreads = spreads;
  }

  const GroupOutliers& group_;
  const GroupOutlierOptions& options_;
  std::vector<uint8_t> outside_;
  std::vector<uint8_t> evidence_;
};

/// The band at each time, from the group's medians and its usual distances over the window.
void DrawBand(const SeriesMatrix& matrix, const GroupOutlierOptions& options, CrossSections sections,
              GroupOutliers& group) {
  const std::vector<double> usual = TrailingMeans(sections.spread, options.window);
  const double unit = options.method == OutlierMethod::kMad ? kSigmaPerDistance : 1;
  std::vector<double> reach(matrix.points);
  group.spread.resize(matrix.points);
  for (size_t t = 0; t < matrix.points; ++t) {
    // A time at which the whole group scatters makes no outliers, and neither does one at which it happens to agree.
    const double distance = std::max(usual[t], sections.spread[t]);
    group.spread[t] = std::min(kSigmaPerDistance * distance, kMost);
    reach[t] =
        std::min(std::max(group.tolerance * unit * distance, kRoundingShare * std::abs(sections.median[t])), kMost);
  }
  GroupEdges edges{sections.median, sections.median};
  if (options.method == OutlierMethod::kDbscan) {
    edges = FindConnectedEdges(matrix, sections.median, reach);
  }
  group.lower.resize(matrix.points);
  group.upper.resize(matrix.points);
  for (size_t t = 0; t < matrix.points; ++t) {
    const bool is_group = sections.present[t] >= kMinGroupSeries;
    group.lower[t] = is_group ? std::max(edges.lower[t] - reach[t], -kMost) : kNan;
    group.upper[t] = is_group ? std::min(edges.upper[t] + reach[t], kMost) : kNan;
    group.spread[t] = is_group ? group.spread[t] : kNan;
    sections.median[t] = is_group ? sections.median[t] : kNan;
  }
  group.median = std::move(sections.median);
}

}  // namespace

std::span<const AnalysisMethod> OutlierMethods() {
  static constexpr AnalysisMethod kMethods[] = {
      {.id = "mad",
       .name = "Around the median",
       .assumptions = "At each time the group lies about one level, and fewer than half of it are outliers.",
       .purpose = "Alike hosts, replicas and branches."},
      {.id = "dbscan",
       .name = "By density",
       .assumptions = "At each time the numbers of the group hang together without wide gaps, starting at the median.",
       .purpose = "Groups that are spread evenly, or in lumps that touch."},
  };
  return kMethods;
}

std::string_view OutlierMethodName(OutlierMethod method) { return OutlierMethods()[static_cast<size_t>(method)].id; }

absl::StatusOr<GroupOutliers> FindGroupBand(const SeriesMatrix& matrix, const GroupOutlierOptions& options) {
  if (absl::Status status = CheckOptions(options); !status.ok()) {
    return status;
  }
  GroupOutliers group;
  group.tolerance = options.tolerance > 0 ? options.tolerance : AutomaticTolerance(options.method, matrix.series);
  DrawBand(matrix, options, MeasureCrossSections(matrix), group);
  return group;
}

absl::StatusOr<GroupOutliers> FindGroupOutliers(const SeriesMatrix& matrix, const GroupOutlierOptions& options) {
  absl::StatusOr<GroupOutliers> group = FindGroupBand(matrix, options);
  if (!group.ok()) {
    return group;
  }
  std::vector<SeriesOutlierVerdict> verdicts;
  verdicts.reserve(matrix.series);
  SeriesJudge judge(*group, options);
  for (size_t s = 0; s < matrix.series; ++s) {
    verdicts.push_back(judge.Judge(matrix.Row(s)));
  }
  group->series = std::move(verdicts);
  return group;
}

SeriesOutlierVerdict JudgeOutlier(std::span<const double> row, const GroupOutliers& group,
                                  const GroupOutlierOptions& options) {
  return SeriesJudge(group, options).Judge(row);
}

std::vector<double> OutlierShares(std::span<const double> row, const GroupOutliers& group,
                                  const GroupOutlierOptions& options) {
  return SeriesJudge(group, options).Shares(row);
}

}  // namespace bellwether
