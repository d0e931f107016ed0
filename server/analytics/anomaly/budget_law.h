#pragma once

#include <cstddef>
#include <cstdint>

namespace bellwether {

/// How the combined surprise of a method behaves on plain noise, measured once for each method.
struct BudgetOptions {
  float false_alarms_per_week = 1;
  float tail_slope = 0.4343f;  ///< decay beyond the bulk, per factor e; 0.4343 if the combination is an exact -log10 p
  float bulk_edge = 1;         ///< least start of the common tail: the 90 % quantile on noise
  /// The surprise builds up over many rows: an incident lasts from 1.5 until it falls below 1 and is one alarm; a row
  /// speaks when it is rarer than the last that spoke by a factor of four.
  bool lasting = false;
};

/// Bins of the combined surprise, and of the surprise of incidents.
inline constexpr size_t kBulkBins = 64;
inline constexpr float kBulkBin = 0.1f;
inline constexpr size_t kSpokenBins = 64;
inline constexpr float kSpokenBin = 0.16f;

/// The unit of the surprises of the bulk's bins.
inline constexpr float kBulkUnit = 1.0f / 32;
inline constexpr float kMostBulkSurprise = 7.95f;
/// The share of the rows that lies in the common tail.
inline constexpr float kBulkShare = 0.1f;

/// Where the common tail begins, and the surprise there.
struct BulkEdge {
  float edge;
  float surprise;
};

/// Fills `surprise` (kBulkBins, in kBulkUnit, at the lower edge of each bin) from the rows in each bin of `bulk`.
[[nodiscard]] BulkEdge FitBulk(const uint16_t* bulk, uint32_t total, float least_edge, uint8_t* surprise);

/// What a series' incidents came to.
struct SpokenHistory {
  const uint16_t* spoken;  ///< kSpokenBins: incidents by surprise, in quarters
  float weeks;             ///< observed
  float alarms;            ///< probably false
  float rows_per_week;
  float false_alarms_per_week;  ///< the budget
  float heaviness;              ///< of the series' tails: SurpriseViews::heaviness
};

/// The surprise that an alarm needs so that the budget is kept (BudgetJudge says how).
[[nodiscard]] float FitThreshold(const SpokenHistory& history);

/// Weeks after which half of what was counted is forgotten, twice.
inline constexpr float kForgetWeeks = 8;
/// Alarms this far above the threshold are probably real, and the share of an exponential tail's that are not.
inline constexpr float kFarAlarm = 3;
inline constexpr float kNearShare = 0.957f;  // 1 - exp(-3 / .95)

}  // namespace bellwether
