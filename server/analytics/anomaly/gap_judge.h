#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "server/analytics/anomaly/detector.h"

namespace bellwether {

/// What is said of a row without data.
struct GapVerdict {
  bool is_alarm = false;  ///< the stretch is longer than usual; stays so to its end
  double p_value = 1;     ///< chance of so long a stretch at a row, on this series
};

/// Learns how long data usually stay away and says when they stay away for longer than the budget allows. Causal;
/// bounded state.
///
/// Stretches are counted by length; a length never seen is as likely as the seen ones near it make it, plus a common
/// prior (one row in a thousand begins a stretch, every second one goes on) that counts as one week of history. A
/// stretch is an alarm as soon as stretches of its length are expected less often than a tenth of the budget.
class GapJudge {
 public:
  /// `rows_per_week` is above 0.
  GapJudge(double false_alarms_per_week, double rows_per_week);

  /// Judges the next row. Nothing is said before 48 rows had data.
  [[nodiscard]] GapVerdict Observe(bool present);

 private:
  static constexpr size_t kBins = 64;

  double ExpectedPerWeek(size_t rows) const;
  void Learn();

  double limit_;  // stretches expected less often than this are alarms, a week
  double rows_per_week_;
  std::array<float, kBins> count_{};  // of stretches, four bins to a doubling
  double rows_ = 0;
  size_t present_ = 0;
  size_t gap_ = 0;
  bool alarmed_ = false;
};

/// Marks the stretches without data of a whole series that are longer than usual: alarm, score, p-value and severity of
/// their rows in `detection`. Row by row from those before it alone; `step_ns` is the usual distance of rows.
void JudgeGaps(std::span<const double> values, int64_t step_ns, const DetectorOptions& options, Detection& detection);

}  // namespace bellwether
