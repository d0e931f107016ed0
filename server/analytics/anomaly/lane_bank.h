#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "server/analytics/anomaly/detector.h"

namespace bellwether {

enum class SurpriseView : size_t;
template <size_t N>
struct LaneVerdicts;

/// Series that one bank judges.
inline constexpr size_t kBankLanes = 16;

/// The method "robust-seasonal" for up to kBankLanes series with the same times, all at once: each gets, bit for bit,
/// what a detector of its own would say. Series that are not there are given as missing values. Not thread-safe.
class LaneBank {
 public:
  LaneBank() = default;
  LaneBank(const LaneBank&) = delete;
  LaneBank& operator=(const LaneBank&) = delete;
  virtual ~LaneBank() = default;

  /// Judges a row of each series, then learns from it. NaN = missing. `labels` are LaneLabels, null = none.
  virtual void Observe(int64_t time_unix_ns, const double* values, const uint8_t* labels,
                       LaneVerdicts<kBankLanes>& verdicts) = 0;

  /// What a view said of the last row of a series.
  [[nodiscard]] virtual float SurpriseOf(SurpriseView view, size_t lane) const = 0;

  /// The periods that the model of a series uses by now: the day or the week, and the hour or another cycle;
  /// 0 rows = none.
  [[nodiscard]] virtual std::array<Period, 2> PeriodsOf(size_t lane) const = 0;
};

/// A bank compiled for the processor at hand. The feedback in `options` is not used: labels come with the rows.
[[nodiscard]] std::unique_ptr<LaneBank> MakeLaneBank(const DetectorOptions& options);

/// The same for a given instruction set: "avx512", "avx2" or "plain"; null where the program or the processor has none
/// such.
[[nodiscard]] std::unique_ptr<LaneBank> MakeLaneBankFor(const char* instructions, const DetectorOptions& options);

}  // namespace bellwether
