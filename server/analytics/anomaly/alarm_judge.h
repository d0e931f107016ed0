#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace bellwether {

/// How the combined surprise of a method behaves on plain noise, measured once for each method.
struct JudgeOptions {
  double false_alarms_per_week = 1;
  double tail_slope =
      0.4343;  ///< decay of the combined surprise per unit beyond the bulk; 0.4343 if it is an exact -log10 p
  double bulk_edge = 1.0;  ///< its 90 % quantile
};

/// What the judge says of one row.
struct Judgement {
  double surprise = 0;  ///< -log10 of the calibrated p-value
  double score = 0;     ///< 0 to 1
  bool is_alarm = false;
  double threshold = 0;  ///< the surprise that was needed
};

/// Turns the combined surprise of a detector's views into a calibrated p-value, a score that means the same on every
/// series, and alarms that keep to a budget. Causal; bounded state.
///
/// The own history centres the bulk, a common slope gives the tail its meaning (an own slope would let a few real
/// anomalies raise the bar for the next). A row speaks when it is more surprising than what is left of the last one
/// that spoke (held for a day, so one incident is one alarm). The alarm threshold is the surprise that the rows that
/// speak reach as often as the budget allows, by an exponential tail with a prior, corrected by what the alarms really
/// came to.
class AlarmJudge {
 public:
  explicit AlarmJudge(const JudgeOptions& options);

  /// `combined` is the surprise of the row, finite and at least 0; `rows_per_day` the rate at this moment.
  [[nodiscard]] Judgement Judge(double combined, double rows_per_day);

  /// Learns the bulk of `combined` values without judging: the first pass over a known series.
  void Prime(double combined);

 private:
  static constexpr size_t kBulkBins = 128;
  static constexpr double kBulkBin = 0.05;
  static constexpr size_t kSpokenBins = 150;
  static constexpr double kSpokenBin = 0.1;

  double Calibrated(double combined) const;
  void LearnBulk(double combined);
  void RefreshBulk();
  void RefreshThreshold(double rows_per_week);
  void Forget();

  JudgeOptions options_;
  std::array<float, kBulkBins> bulk_{};
  std::array<float, kBulkBins> bulk_surprise_{};  // at the lower edge of each bin
  double bulk_total_ = 0;
  double bulk_gain_ = 1;
  double edge_ = 0;  // where the common tail begins
  double edge_surprise_ = 1;
  uint32_t stale_ = 0;
  uint64_t rows_ = 0;

  std::array<float, kSpokenBins> spoken_{};  // surprise of the rows that spoke
  double spoken_gain_ = 1;                   // grows; weights are relative to it
  double weeks_ = 0;                         // observed, in units of spoken_gain_
  double alarms_ = 0;                        // likewise
  double threshold_ = 3;
  double peak_ = 0;  // surprise of the last row that spoke
  double rows_since_peak_ = 1e18;
  uint32_t until_threshold_ = 0;
};

}  // namespace bellwether
