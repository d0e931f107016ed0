#include "server/analytics/anomaly/batch_detection.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "server/analytics/anomaly/alarm_judge.h"
#include "server/analytics/anomaly/residual_band.h"
#include "server/analytics/anomaly/tail_histogram.h"
#include "server/analytics/anomaly/verdict_rules.h"
#include "server/analytics/seasonality/period_finder.h"
#include "server/analytics/series/grid.h"
#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kMeanRows = 6;
constexpr size_t kRoughRows = 12;
/// Of the combined surprise of three views, measured on generated noise.
constexpr double kCombinedSlope = 0.30;
constexpr double kCombinedEdge = 0.75;
constexpr double kLoneShare = 0.6;

/// A slow level: medians of blocks, joined by straight lines. No value may be NaN.
std::vector<double> SlowLevel(std::span<const double> values, size_t block) {
  const size_t n = values.size();
  const size_t blocks = std::max<size_t>(1, n / block);
  std::vector<double> centre(blocks);
  std::vector<double> level(blocks);
  for (size_t b = 0; b < blocks; ++b) {
    const size_t from = b * n / blocks;
    const size_t to = (b + 1) * n / blocks;
    level[b] = Median(values.subspan(from, to - from));
    centre[b] = 0.5 * static_cast<double>(from + to - 1);
  }
  std::vector<double> result(n);
  size_t right = 0;
  for (size_t i = 0; i < n; ++i) {
    const double at = static_cast<double>(i);
    while (right < blocks && centre[right] < at) {
      ++right;
    }
    if (right == 0 || right == blocks) {
      result[i] = right == 0 ? level.front() : level.back();
    } else {
      const double share = (at - centre[right - 1]) / (centre[right] - centre[right - 1]);
      result[i] = level[right - 1] + share * (level[right] - level[right - 1]);
    }
  }
  return result;
}

/// Adds the phase medians of `rest` to `baseline` and takes them out of `rest`.
void MoveSeason(std::vector<double>& rest, std::vector<double>& baseline, size_t period) {
  std::vector<double> phase;
  for (size_t start = 0; start < period && start < rest.size(); ++start) {
    phase.clear();
    for (size_t i = start; i < rest.size(); i += period) {
      phase.push_back(rest[i]);
    }
    const double usual = QuantileInPlace(phase, 0.5);
    for (size_t i = start; i < rest.size(); i += period) {
      rest[i] -= usual;
      baseline[i] += usual;
    }
  }
}

/// The expected value of every row: slow level plus seasons.
std::vector<double> Baseline(std::span<const double> filled, const std::vector<Period>& periods) {
  const size_t n = filled.size();
  size_t longest = 0;
  for (const Period& period : periods) {
    longest = std::max(longest, period.steps);
  }
  const size_t block = std::clamp<size_t>(longest > 0 ? longest : n / 16, std::min<size_t>(48, n), n);
  std::vector<double> baseline = SlowLevel(filled, block);
  std::vector<double> rest(n);
  for (size_t i = 0; i < n; ++i) {
    rest[i] = filled[i] - baseline[i];
  }
  for (const Period& period : periods) {
    MoveSeason(rest, baseline, period.steps);
  }
  return baseline;
}

/// The views of one row; NaN = silent.
struct RowViews {
  double residual = kMissing;
  double mean = kMissing;       ///< of the last residuals
  double roughness = kMissing;  ///< log of the mean absolute step, about its median
};

std::vector<RowViews> ViewsOf(std::span<const double> values, std::span<const double> baseline) {
  const size_t n = values.size();
  std::vector<RowViews> views(n);
  std::vector<double> residuals;  // of the rows present
  std::vector<size_t> rows;
  for (size_t i = 0; i < n; ++i) {
    if (!std::isnan(values[i])) {
      residuals.push_back(values[i] - baseline[i]);
      rows.push_back(i);
    }
  }
  const double floor = 1e-3 * RobustScale(residuals, 0) + std::numeric_limits<double>::min();
  std::vector<double> rough;
  for (size_t k = 0; k < rows.size(); ++k) {
    views[rows[k]].residual = residuals[k];
    if (k + 1 >= kMeanRows) {
      double sum = 0;
      for (size_t back = 0; back < kMeanRows; ++back) {
        sum += residuals[k - back];
      }
      views[rows[k]].mean = sum / kMeanRows;
    }
    if (k >= kRoughRows) {
      double sum = 0;
      for (size_t back = 0; back < kRoughRows; ++back) {
        sum += std::abs(residuals[k - back] - residuals[k - back - 1]);
      }
      views[rows[k]].roughness = std::log2(sum / kRoughRows + floor);
      rough.push_back(views[rows[k]].roughness);
    }
  }
  const double usual = Median(rough);
  for (RowViews& view : views) {
    view.roughness -= usual;
  }
  return views;
}

/// The two sides of a view over the whole series.
class WholeView {
 public:
  void Add(double number) {
    if (!std::isnan(number)) {
      above_.Add(std::max(number, 0.0));
      below_.Add(std::max(-number, 0.0));
    }
  }
  void Refresh() {
    above_.Refresh();
    below_.Refresh();
  }
  double Surprise(double number) const {
    if (std::isnan(number)) {
      return 0;
    }
    return std::max(0.0, (number > 0 ? above_.Surprise(number) : below_.Surprise(-number)) - std::log10(2.0));
  }

 private:
  TailHistogram above_{TailHistogram::Memory::kWhole};
  TailHistogram below_{TailHistogram::Memory::kWhole};
};

std::vector<double> CombinedSurprise(std::span<const double> values, std::span<const double> baseline) {
  const std::vector<RowViews> views = ViewsOf(values, baseline);
  std::array<WholeView, 3> sides;
  for (const RowViews& row : views) {
    sides[0].Add(row.residual);
    sides[1].Add(row.mean);
    sides[2].Add(row.roughness);
  }
  for (WholeView& side : sides) {
    side.Refresh();
  }
  std::vector<double> combined(views.size());
  for (size_t i = 0; i < views.size(); ++i) {
    const double a = sides[0].Surprise(views[i].residual);
    const double b = sides[1].Surprise(views[i].mean);
    const double c = sides[2].Surprise(views[i].roughness);
    combined[i] = std::max((a + b + c) / 3, kLoneShare * std::max({a, b, c}));
  }
  return combined;
}

}  // namespace

Detection DetectInBatch(std::span<const int64_t> times_unix_ns, std::span<const double> values,
                        const DetectorOptions& options) {
  const size_t n = values.size();
  Detection detection;
  detection.expected.assign(n, kMissing);
  detection.lower.assign(n, kMissing);
  detection.upper.assign(n, kMissing);
  detection.score.assign(n, 0.0);
  detection.p_value.assign(n, 1.0);
  detection.is_anomaly.assign(n, 0);
  detection.severity.assign(n, Severity::kNone);
  const NormalizedSeries series = Normalize(values);
  if (series.present < TailHistogram::kWarmUp) {
    detection.learning_points = n;
    return detection;
  }
  const int64_t step = MedianStep(times_unix_ns);
  std::vector<double> filled = series.values;
  FillGaps(filled);
  detection.periods = FindPeriods(filled, {.max_periods = 2, .step_ns = step});
  const std::vector<double> baseline = Baseline(filled, detection.periods);
  std::vector<double> combined = CombinedSurprise(series.values, baseline);

  ResidualBand band(options.band_level, TailHistogram::Memory::kWhole);
  for (size_t i = 0; i < n; ++i) {
    if (!std::isnan(series.values[i])) {
      band.Add(series.values[i] - baseline[i]);
    }
  }
  band.Refresh();
  const double lower = band.LowerDistance();
  const double upper = band.UpperDistance();
  const auto in_unit = [&](double value) {
    return std::clamp(value * series.unit, -std::numeric_limits<double>::max(), std::numeric_limits<double>::max());
  };
  for (size_t i = 0; i < n; ++i) {
    detection.expected[i] = in_unit(baseline[i]);
    detection.lower[i] = in_unit(baseline[i] - lower);
    detection.upper[i] = in_unit(baseline[i] + upper);
    if (!DeviationCounts(values[i], detection.expected[i], options)) {
      combined[i] = 0;
    }
  }

  const double rows_per_day = step > 0 ? std::clamp(86'400e9 / static_cast<double>(step), 1.0, 1e6) : 288.0;
  AlarmJudge judge({.false_alarms_per_week = options.false_alarms_per_week,
                    .tail_slope = kCombinedSlope,
                    .bulk_edge = kCombinedEdge});
  for (size_t i = 0; i < n; ++i) {
    if (!std::isnan(series.values[i])) {
      judge.Prime(combined[i]);
    }
  }
  for (size_t i = 0; i < n; ++i) {
    if (std::isnan(series.values[i])) {
      continue;
    }
    const Judgement judgement = judge.Judge(combined[i], rows_per_day);
    detection.score[i] = judgement.score;
    detection.p_value[i] = std::pow(10.0, -judgement.surprise);
    detection.is_anomaly[i] = judgement.is_alarm ? 1 : 0;
    if (judgement.is_alarm) {
      detection.severity[i] =
          SeverityOf(judgement, values[i],
                     {.expected = detection.expected[i], .lower = detection.lower[i], .upper = detection.upper[i]});
    }
  }
  return detection;
}

}  // namespace bellwether
