#include "server/analytics/anomaly/batch_detection.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "server/analytics/anomaly/batch_baseline.h"
#include "server/analytics/anomaly/batch_segments.h"
#include "server/analytics/anomaly/budget_judge.h"
#include "server/analytics/anomaly/distance_band.h"
#include "server/analytics/anomaly/feedback_timeline.h"
#include "server/analytics/anomaly/lasting_incidents.h"
#include "server/analytics/anomaly/severity.h"
#include "server/analytics/anomaly/tail_sketch.h"
#include "server/analytics/anomaly/verdict_rules.h"
#include "server/analytics/series/fast_exp.h"
#include "server/analytics/series/grid.h"
#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kMeanRows = 6;
constexpr size_t kRoughRows = 12;
/// Of the combined surprise of three views, measured on generated noise.
constexpr float kCombinedSlope = 0.30f;
constexpr float kCombinedEdge = 0.75f;
constexpr float kLoneShare = 0.6f;
constexpr float kScoreCentre = 3;  // the surprise that scores one half
constexpr float kHeldShare = 0.1f;
constexpr size_t kLeastRows = 32;
constexpr double kRowsShare = 0.25;    // of the budget, for single rows; the rest is for what lasts
constexpr double kScoredPerWeek = 10;  // segments as rare as that have a score
constexpr double kMostSegments = 1000;

/// How a row takes part: what people said of it, or that it has no value.
enum class Part : uint8_t { kFull, kKnownNormal, kKnownAnomaly, kAbsent };

std::vector<Part> PartsOf(std::span<const int64_t> times_unix_ns, std::span<const double> values,
                          std::span<const FeedbackInterval> feedback) {
  FeedbackTimeline timeline(feedback);
  std::vector<Part> parts(values.size(), Part::kFull);
  for (size_t i = 0; i < values.size(); ++i) {
    const std::optional<FeedbackLabel> label = timeline.At(times_unix_ns[i]);
    if (std::isnan(values[i]) || label == FeedbackLabel::kIgnore) {
      parts[i] = Part::kAbsent;
    } else if (label == FeedbackLabel::kAnomaly) {
      parts[i] = Part::kKnownAnomaly;
    } else if (label == FeedbackLabel::kExpected) {
      parts[i] = Part::kKnownNormal;
    }
  }
  return parts;
}

bool Learned(Part part) { return part == Part::kFull || part == Part::kKnownNormal; }

/// The views of the rows, as columns; NaN = silent.
struct ViewColumns {
  std::vector<double> residual;
  std::vector<double> mean;       ///< of the last residuals
  std::vector<double> roughness;  ///< log of the mean absolute step, about its median
};

ViewColumns ViewsOf(std::span<const double> values, std::span<const double> baseline, std::span<const Part> parts) {
  const size_t n = values.size();
  ViewColumns views{.residual = std::vector<double>(n, kMissing),
                    .mean = std::vector<double>(n, kMissing),
                    .roughness = std::vector<double>(n, kMissing)};
  std::vector<double> residuals;  // of the rows present
  std::vector<size_t> rows;
  residuals.reserve(n);
  rows.reserve(n);
  for (size_t i = 0; i < n; ++i) {
    if (parts[i] != Part::kAbsent) {
      residuals.push_back(values[i] - baseline[i]);
      rows.push_back(i);
    }
  }
  const double floor = 1e-3 * RobustScale(residuals, 0) + std::numeric_limits<double>::min();
  std::vector<double> rough;
  rough.reserve(n);
  for (size_t k = 0; k < rows.size(); ++k) {
    views.residual[rows[k]] = residuals[k];
    if (k + 1 >= kMeanRows) {
      double sum = 0;
      for (size_t back = 0; back < kMeanRows; ++back) {
        sum += residuals[k - back];
      }
      views.mean[rows[k]] = sum / kMeanRows;
    }
    if (k >= kRoughRows) {
      double sum = 0;
      for (size_t back = 0; back < kRoughRows; ++back) {
        sum += std::abs(residuals[k - back] - residuals[k - back - 1]);
      }
      const auto step = static_cast<float>(std::clamp(sum / kRoughRows + floor, 1e-35, 1e35));
      views.roughness[rows[k]] = static_cast<double>(FastLog2(step));
      rough.push_back(views.roughness[rows[k]]);
    }
  }
  const double usual = Median(rough);
  for (double& number : views.roughness) {
    number -= usual;
  }
  return views;
}

/// The surprise of a view's numbers by all rows, 0 where it is silent.
std::vector<float> ViewSurprise(std::span<const double> numbers, std::span<const Part> parts, double scale) {
  // A sketch forgets when its weights are full; with these they never are.
  constexpr size_t kRoom = 4000 * size_t{kFullWeight};
  const size_t n = numbers.size();
  const auto weight = static_cast<uint32_t>(std::clamp<size_t>(kRoom / n, 1, kFullWeight));
  const size_t stride = n / kRoom + 1;
  const auto number_of = [&](size_t i) { return static_cast<float>(std::clamp(numbers[i] / scale, -1e30, 1e30)); };
  TailSketch<2> sketch;
  for (size_t i = 0; i < n; i += stride) {
    if (!std::isnan(numbers[i]) && Learned(parts[i])) {
      static_cast<void>(sketch.Observe(number_of(i), weight));
    }
  }
  sketch.Refresh();
  std::vector<float> surprise(n, 0.0f);
  for (size_t i = 0; i < n; ++i) {
    if (!std::isnan(numbers[i])) {
      surprise[i] = sketch.Observe(number_of(i), 0);
    }
  }
  return surprise;
}

std::vector<float> CombinedSurprise(const ViewColumns& views, std::span<const Part> parts, double scale) {
  std::vector<float> combined = ViewSurprise(views.residual, parts, scale);
  const std::vector<float> mean = ViewSurprise(views.mean, parts, scale);
  const std::vector<float> rough = ViewSurprise(views.roughness, parts, 1);
  for (size_t i = 0; i < combined.size(); ++i) {
    const float largest = std::max({combined[i], mean[i], rough[i]});
    combined[i] = std::max((combined[i] + mean[i] + rough[i]) / 3, kLoneShare * largest);
  }
  return combined;
}

Learning LearningOf(Part part) {
  return part == Part::kKnownAnomaly  ? Learning::kKnownAnomaly
         : part == Part::kKnownNormal ? Learning::kKnownNormal
                                      : Learning::kFull;
}

/// Fills expected and band of every row.
void Describe(const NormalizedSeries& series, const ViewColumns& views, std::span<const Part> parts,
              std::span<const double> baseline, double scale, const DetectorOptions& options, Detection& detection) {
  DistanceBand<> band(options.band_level);
  for (size_t i = 0; i < parts.size(); ++i) {
    if (Learned(parts[i])) {
      band.Learn(static_cast<float>(std::clamp(views.residual[i] / scale, -1e6, 1e6)));
    }
  }
  const double lower = scale * static_cast<double>(band.down());
  const double upper = scale * static_cast<double>(band.up());
  const auto in_unit = [&](double value) {
    return std::clamp(value * series.unit, -std::numeric_limits<double>::max(), std::numeric_limits<double>::max());
  };
  for (size_t i = 0; i < parts.size(); ++i) {
    detection.expected[i] = in_unit(baseline[i]);
    detection.lower[i] = in_unit(baseline[i] - lower);
    detection.upper[i] = in_unit(baseline[i] + upper);
  }
}

void JudgeRows(std::span<const double> values, std::span<const float> combined, std::span<const Part> parts,
               float rows_per_day, const DetectorOptions& options, Detection& detection) {
  BudgetJudge<> judge({.false_alarms_per_week = static_cast<float>(kRowsShare * options.false_alarms_per_week),
                       .tail_slope = kCombinedSlope,
                       .bulk_edge = kCombinedEdge});
  // Twice: the first time to learn what the whole series is like.
  for (const bool learning : {true, false}) {
    for (size_t i = 0; i < values.size(); ++i) {
      if (parts[i] == Part::kAbsent) {
        continue;
      }
      const BudgetVerdict<> judged = judge.Judge(combined[i], rows_per_day, LearningOf(parts[i]));
      if (learning || parts[i] == Part::kKnownNormal) {
        continue;
      }
      const float score = 1 / (1 + FastExp(kScoreCentre - judged.surprise));
      detection.score[i] = static_cast<double>(judged.speaks ? score : kHeldShare * score);
      detection.p_value[i] = static_cast<double>(FastExp10(-judged.surprise));
      detection.is_anomaly[i] = judged.is_alarm ? 1 : 0;
      if (judged.is_alarm) {
        SeverityFacts facts = SizeOf(values[i], detection.expected[i], detection.lower[i], detection.upper[i]);
        facts.surprise = static_cast<double>(judged.surprise);
        facts.needed = static_cast<double>(judge.threshold());
        detection.severity[i] = GradeSeverity(facts);
      }
    }
  }
}

/// Looks for what lasts and leaves it as incidents.
void JudgeWhatLasts(const NormalizedSeries& series, std::span<const double> values, std::span<const Part> parts,
                    std::span<const double> season, float rows_per_day, const DetectorOptions& options,
                    Detection& detection) {
  std::vector<double> rest;
  std::vector<size_t> rows;
  std::vector<unsigned char> may_alarm(parts.size());
  rest.reserve(parts.size());
  rows.reserve(parts.size());
  for (size_t i = 0; i < parts.size(); ++i) {
    may_alarm[i] = parts[i] == Part::kFull || parts[i] == Part::kKnownAnomaly ? 1 : 0;
    if (parts[i] != Part::kAbsent) {
      rest.push_back(series.values[i] - season[i]);
      rows.push_back(i);
    }
  }
  const double rows_per_week = 7 * static_cast<double>(rows_per_day);
  const double weeks = static_cast<double>(rows.size()) / rows_per_week;
  const double often = std::max(kScoredPerWeek, options.false_alarms_per_week);
  const auto most = static_cast<size_t>(std::clamp(2 * often * (weeks + 1), 8.0, kMostSegments));
  DetectorOptions own = options;
  own.false_alarms_per_week *= 1 - kRowsShare;
  std::vector<size_t> periods;
  for (const Period& period : detection.periods) {
    periods.push_back(period.steps);
  }
  const std::vector<LastingSegment> segments =
      FindLastingSegments(rest, periods, most, std::log10(rows_per_week / often));
  detection.incidents = JudgeSegments(segments,
                                      {.values = values,
                                       .rows = rows,
                                       .rest = rest,
                                       .unit = series.unit,
                                       .rows_per_week = rows_per_week,
                                       .may_alarm = may_alarm},
                                      own, detection);
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
  NormalizedSeries series = Normalize(values);
  const std::vector<Part> parts = PartsOf(times_unix_ns, series.values, options.feedback);
  const auto learned = static_cast<size_t>(std::count_if(parts.begin(), parts.end(), Learned));
  if (learned < kLeastRows) {
    detection.learning_points = n;
    return detection;
  }
  const int64_t step = MedianStep(times_unix_ns);
  std::vector<double> filled = series.values;
  for (size_t i = 0; i < n; ++i) {
    filled[i] = Learned(parts[i]) ? filled[i] : kMissing;
  }
  FillGaps(filled);
  BatchBaseline baseline = FitBatchBaseline(filled, step);
  detection.periods = std::move(baseline.periods);
  const ViewColumns views = ViewsOf(series.values, baseline.expected, parts);
  const double scale = RobustScale(views.residual, 0) + std::numeric_limits<double>::min();
  Describe(series, views, parts, baseline.expected, scale, options, detection);
  std::vector<float> combined = CombinedSurprise(views, parts, scale);
  for (size_t i = 0; i < n; ++i) {
    if (!DeviationCounts(values[i], detection.expected[i], options)) {
      combined[i] = 0;
    }
  }
  const auto rows_per_day =
      static_cast<float>(step > 0 ? std::clamp(86'400e9 / static_cast<double>(step), 1.0, 1e6) : 288.0);
  JudgeRows(values, combined, parts, rows_per_day, options, detection);
  JudgeWhatLasts(series, values, parts, baseline.season, rows_per_day, options, detection);
  return detection;
}

}  // namespace bellwether
