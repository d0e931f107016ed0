#include "server/analytics/anomaly/gap_judge.h"

#include <algorithm>
#include <cmath>

#include "server/analytics/anomaly/severity.h"

namespace bellwether {
namespace {

constexpr size_t kColdRows = 48;
constexpr size_t kLeastRows = 3;  // one or two missing rows are no news on any series
constexpr double kBinsPerDoubling = 4;
constexpr double kBudgetShare = 0.1;
constexpr double kMostPerWeek = 0.2;   // also where the budget is large
constexpr double kPriorBegins = 1e-3;  // of the rows
constexpr double kPriorWeeks = 1;
constexpr double kNearby = 0.12;       // of a length: how far others may be from it
constexpr double kAlarmWeight = 0.25;  // a stretch that was an alarm is learned in part: it may be the new usual
constexpr double kMemoryWeeks = 16;

size_t BinOf(size_t rows) { return static_cast<size_t>(kBinsPerDoubling * std::log2(static_cast<double>(rows))); }
double LengthOf(size_t bin) { return std::exp2((static_cast<double>(bin) + 0.5) / kBinsPerDoubling); }

}  // namespace

GapJudge::GapJudge(double false_alarms_per_week, double rows_per_week)
    : limit_(std::min(kBudgetShare * false_alarms_per_week, kMostPerWeek)), rows_per_week_(rows_per_week) {}

double GapJudge::ExpectedPerWeek(size_t rows) const {
  const double length = static_cast<double>(rows);
  double longer = 0;
  for (size_t bin = 0; bin < kBins; ++bin) {
    if (count_[bin] > 0) {
      const double seen = LengthOf(bin);
      longer += seen >= length ? count_[bin] : count_[bin] * std::exp((seen - length) / (kNearby * seen + 1));
    }
  }
  const double prior = rows_per_week_ * kPriorBegins * std::exp2(1 - length);
  const double weeks = rows_ / rows_per_week_;
  return (longer + kPriorWeeks * prior) / (weeks + kPriorWeeks);
}

void GapJudge::Learn() {
  const size_t bin = std::min(BinOf(gap_), kBins - 1);
  count_[bin] += alarmed_ ? static_cast<float>(kAlarmWeight) : 1.0f;
  gap_ = 0;
  alarmed_ = false;
  if (rows_ > kMemoryWeeks * rows_per_week_) {
    rows_ /= 2;
    for (float& count : count_) {
      count /= 2;
    }
  }
}

GapVerdict GapJudge::Observe(bool present) {
  if (present) {
    if (gap_ > 0) {
      Learn();
    }
    ++present_;
    ++rows_;
    return {};
  }
  if (present_ == 0) {
    return {};  // what lies before the first value is not missing, it never was
  }
  ++gap_;
  if (!alarmed_) {
    ++rows_;  // an outage is no time in which others could have begun
  }
  if (present_ < kColdRows) {
    return {};
  }
  const double expected = ExpectedPerWeek(gap_);
  alarmed_ = alarmed_ || (gap_ >= kLeastRows && expected <= limit_);
  return {.is_alarm = alarmed_, .p_value = std::clamp(expected / rows_per_week_, 1e-12, 1.0)};
}

void JudgeGaps(std::span<const double> values, int64_t step_ns, const DetectorOptions& options, Detection& detection) {
  constexpr double kWeekNs = 7 * 86'400e9;
  if (step_ns <= 0) {
    return;
  }
  const double rows_per_week = std::max(kWeekNs / static_cast<double>(step_ns), 1e-3);
  GapJudge judge(options.false_alarms_per_week, rows_per_week);
  const double needed = std::log10(rows_per_week / (kBudgetShare * options.false_alarms_per_week));
  for (size_t i = 0; i < values.size(); ++i) {
    const GapVerdict verdict = judge.Observe(std::isfinite(values[i]));
    if (!verdict.is_alarm) {
      continue;
    }
    const double surprise = -std::log10(verdict.p_value);
    detection.is_anomaly[i] = 1;
    detection.p_value[i] = verdict.p_value;
    detection.score[i] = std::max(0.8, 1 / (1 + std::exp(3 - surprise)));
    // Data that are gone differ from what was expected by all of it.
    detection.severity[i] = GradeSeverity({.surprise = surprise, .needed = needed, .band_widths = 2, .relative = 1});
  }
}

}  // namespace bellwether
