#include "server/analytics/anomaly/bank_detection.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "server/analytics/anomaly/feedback_timeline.h"
#include "server/analytics/anomaly/lane_bank.h"
#include "server/analytics/anomaly/robust_seasonal_detector.h"
#include "server/analytics/anomaly/seasonal_lanes.h"

namespace bellwether {
namespace {

constexpr size_t kBlockRows = 64;  // verdicts are kept row by row for so many rows, then put into columns

/// The rows of a bank's series, and where its verdicts go.
class BankRun {
 public:
  BankRun(std::span<const int64_t> times_unix_ns, std::span<const SeriesToJudge> series, const DetectorOptions& options,
          std::span<Detection> detections)
      : times_(times_unix_ns), series_(series), detections_(detections), bank_(MakeLaneBank(options)) {
    for (size_t lane = 0; lane < series.size(); ++lane) {
      timelines_.emplace_back(series[lane].feedback);
      told_ = told_ || !series[lane].feedback.empty();
      MakeRoom(times_.size() - series[lane].begin, detections[lane]);
      cold_[lane] = true;
    }
  }

  void Run() {
    for (size_t row = 0; row < times_.size();) {
      const size_t rows = std::min(kBlockRows, times_.size() - row);
      for (size_t k = 0; k < rows; ++k) {
        Observe(row + k, block_[k]);
      }
      for (size_t lane = 0; lane < series_.size(); ++lane) {
        Store(lane, row, rows);
      }
      row += rows;
    }
    for (size_t lane = 0; lane < series_.size(); ++lane) {
      detections_[lane].periods = PeriodsThere(bank_->PeriodsOf(lane));
    }
  }

 private:
  static void MakeRoom(size_t rows, Detection& detection) {
    for (std::vector<double>* column :
         {&detection.expected, &detection.lower, &detection.upper, &detection.score, &detection.p_value}) {
      column->resize(rows);
    }
    detection.is_anomaly.resize(rows);
    detection.severity.resize(rows);
  }

  void Observe(size_t row, LaneVerdicts<kBankLanes>& verdicts) {
    std::array<double, kBankLanes> values;
    for (size_t lane = 0; lane < series_.size(); ++lane) {
      values[lane] = row >= series_[lane].begin ? series_[lane].values[row] : std::numeric_limits<double>::quiet_NaN();
    }
    // Lanes without a series repeat one: rows that count in all lanes are the fast ones.
    std::fill(values.begin() + series_.size(), values.end(), values[0]);
    std::array<uint8_t, kBankLanes> labels{};
    for (size_t lane = 0; told_ && lane < series_.size(); ++lane) {
      const std::optional<FeedbackLabel> label = timelines_[lane].At(times_[row]);
      labels[lane] = label.has_value() ? LaneLabel(*label) : kNoLabel;
    }
    bank_->Observe(times_[row], values.data(), told_ ? labels.data() : nullptr, verdicts);
    for (size_t lane = 0; lane < series_.size(); ++lane) {
      if (verdicts.is_anomaly[lane] != 0) {
        KeepEvidence(lane, row - series_[lane].begin);
      }
    }
  }

  void KeepEvidence(size_t lane, size_t row) {
    std::array<float, kSurpriseViews> surprises;
    for (size_t view = 0; view < kSurpriseViews; ++view) {
      surprises[view] = bank_->SurpriseOf(static_cast<SurpriseView>(view), lane);
    }
    detections_[lane].evidence.push_back({.row = row, .contributions = ToContributions(surprises)});
  }

  /// Puts a lane's verdicts on `rows` rows from `row` on into its columns.
  void Store(size_t lane, size_t row, size_t rows) {
    Detection& detection = detections_[lane];
    const size_t begin = series_[lane].begin;
    const size_t skipped = row >= begin ? 0 : std::min(rows, begin - row);
    for (size_t k = skipped; k < rows; ++k) {
      const LaneVerdicts<kBankLanes>& said = block_[k];
      const size_t place = row + k - begin;
      detection.expected[place] = said.expected[lane];
      detection.lower[place] = said.lower[lane];
      detection.upper[place] = said.upper[lane];
      detection.score[place] = said.score[lane];
      detection.p_value[place] = said.p_value[lane];
      detection.is_anomaly[place] = said.is_anomaly[lane];
      detection.severity[place] = said.severity[lane];
      cold_[lane] = cold_[lane] && std::isnan(said.expected[lane]);
      detection.learning_points += cold_[lane] ? 1 : 0;
    }
  }

  std::span<const int64_t> times_;
  std::span<const SeriesToJudge> series_;
  std::span<Detection> detections_;
  std::unique_ptr<LaneBank> bank_;
  std::vector<FeedbackTimeline> timelines_;
  bool told_ = false;
  std::array<bool, kBankLanes> cold_{};
  std::array<LaneVerdicts<kBankLanes>, kBlockRows> block_;
};

}  // namespace

void DetectInBank(std::span<const int64_t> times_unix_ns, std::span<const SeriesToJudge> series,
                  const DetectorOptions& options, std::span<Detection> detections) {
  std::make_unique<BankRun>(times_unix_ns, series, options, detections)->Run();
}

}  // namespace bellwether
