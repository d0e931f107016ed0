#include "server/analytics/patterns/patterns.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "server/analytics/series/log_gamma.h"
#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

constexpr int64_t kHourNs = int64_t{3600} * 1'000'000'000;
constexpr int64_t kDayNs = 24 * kHourNs;
constexpr size_t kLeastCycles = 3;
constexpr double kSeasonalFrom = 0.3;
constexpr double kTrendingFrom = 0.3;
constexpr double kVolatileFrom = 0.25;
constexpr double kStableTo = 0.2;
constexpr double kLevel = 0.001;
constexpr double kNormalQuantile = 3.0902;  // of kLevel

double Bounded(double value) { return std::isfinite(value) ? value : 0.0; }

/// Means of the slots of each cycle; a cycle is left out unless three slots of four have values.
struct Cycles {
  size_t slots = 0;
  std::vector<double> means;  ///< cycle after cycle; NaN where a slot is empty
  size_t count = 0;

  double at(size_t cycle, size_t slot) const { return means[cycle * slots + slot]; }
};

int64_t FloorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

Cycles FoldCycles(std::span<const double> values, int64_t start, int64_t step, int64_t slot_ns, size_t slots,
                  int64_t offset_slots) {
  Cycles cycles;
  cycles.slots = slots;
  std::vector<double> sum(slots);
  std::vector<size_t> count(slots);
  const auto close = [&] {
    const auto filled = static_cast<size_t>(std::count_if(count.begin(), count.end(), [](size_t c) { return c > 0; }));
    if (filled * 4 >= slots * 3) {
      for (size_t s = 0; s < slots; ++s) {
        cycles.means.push_back(count[s] > 0 ? sum[s] / static_cast<double>(count[s]) : std::nan(""));
      }
      ++cycles.count;
    }
    std::fill(sum.begin(), sum.end(), 0.0);
    std::fill(count.begin(), count.end(), size_t{0});
  };
  const int64_t length = static_cast<int64_t>(slots);
  const int64_t first_slot = FloorDivide(start, slot_ns) + offset_slots;
  const int64_t into_slot = start % slot_ns + (start % slot_ns < 0 ? slot_ns : 0);
  int64_t current = FloorDivide(first_slot, length);
  for (size_t i = 0; i < values.size(); ++i) {
    // Counted from the slot of the first value, so that no time of the far future overflows.
    const __int128 ahead = static_cast<__int128>(i) * step + into_slot;
    const int64_t slot = first_slot + static_cast<int64_t>(ahead / slot_ns);
    const int64_t cycle = FloorDivide(slot, length);
    if (cycle != current) {
      close();
      current = cycle;
    }
    if (!std::isnan(values[i])) {
      const auto at = static_cast<size_t>(slot - cycle * length);
      sum[at] += values[i];
      ++count[at];
    }
  }
  close();
  return cycles;
}

/// Less a centred moving mean over one cycle of `length` steps, so that a slow course, which orders the slots of every
/// cycle alike, passes for no pattern; near the ends less that of the first or last cycle. NaN where the mean has no
/// value.
std::vector<double> WithoutLevel(std::span<const double> values, size_t length) {
  const size_t n = values.size();
  length = std::clamp<size_t>(length, 1, std::max<size_t>(n, 1));
  std::vector<double> sum(n + 1);
  std::vector<double> count(n + 1);
  for (size_t i = 0; i < n; ++i) {
    const bool is_there = !std::isnan(values[i]);
    sum[i + 1] = sum[i] + (is_there ? values[i] : 0);
    count[i + 1] = count[i] + (is_there ? 1 : 0);
  }
  std::vector<double> rest(n);
  for (size_t i = 0; i < n; ++i) {
    const size_t from = std::min(i > length / 2 ? i - length / 2 : 0, n - length);
    const double present = count[from + length] - count[from];
    rest[i] = values[i] - (sum[from + length] - sum[from]) / present;  // NaN for none
  }
  return rest;
}

/// Whether one slot is the highest, or the lowest, of its cycle more often than chance would have any of them: the
/// binomial tail, for all slots and both sides.
bool OneSlotLeads(const Cycles& cycles) {
  const double chance = 1 / static_cast<double>(cycles.slots);
  for (const double sign : {1.0, -1.0}) {
    std::vector<size_t> leads(cycles.slots);
    for (size_t c = 0; c < cycles.count; ++c) {
      size_t best = 0;
      size_t ties = 0;
      for (size_t s = 1; s < cycles.slots; ++s) {
        const double lead = sign * cycles.at(c, s) - sign * cycles.at(c, best);
        ties = lead > 0 ? 0 : ties + (lead == 0 ? 1 : 0);
        best = lead > 0 || std::isnan(cycles.at(c, best)) ? s : best;
      }
      leads[best] += ties == 0 ? 1 : 0;
    }
    const size_t most = *std::max_element(leads.begin(), leads.end());
    const double count = static_cast<double>(cycles.count);
    double tail = 0;
    for (size_t k = most; k <= cycles.count; ++k) {
      const double hits = static_cast<double>(k);
      tail += std::exp(LogGamma(count + 1) - LogGamma(hits + 1) - LogGamma(count - hits + 1) + hits * std::log(chance) +
                       (count - hits) * std::log1p(-chance));
    }
    if (2 * tail * static_cast<double>(cycles.slots) < kLevel) {
      return true;
    }
  }
  return false;
}

/// Whether the slots differ more than chance: Friedman's test on the ranks within each
/// cycle, its chi-square law by Wilson and Hilferty.
bool SlotsDiffer(const Cycles& cycles) {
  std::vector<double> ranks(cycles.slots);
  std::vector<size_t> order(cycles.slots);
  double used = 0;
  for (size_t c = 0; c < cycles.count; ++c) {
    std::vector<double> row(cycles.slots);
    for (size_t s = 0; s < cycles.slots; ++s) {
      row[s] = cycles.at(c, s);
      order[s] = s;
    }
    if (std::any_of(row.begin(), row.end(), [](double value) { return std::isnan(value); })) {
      continue;
    }
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return row[a] < row[b]; });
    for (size_t k = 0; k < cycles.slots;) {
      size_t end = k;
      while (end < cycles.slots && row[order[end]] == row[order[k]]) {
        ++end;
      }
      for (size_t j = k; j < end; ++j) {
        ranks[order[j]] += 0.5 * static_cast<double>(k + end + 1);
      }
      k = end;
    }
    ++used;
  }
  if (used < static_cast<double>(kLeastCycles)) {
    return false;
  }
  const double k = static_cast<double>(cycles.slots);
  double squares = 0;
  for (const double rank : ranks) {
    const double away = rank / used - 0.5 * (k + 1);
    squares += away * away;
  }
  if (used >= static_cast<double>(kLeastCycles) && OneSlotLeads(cycles)) {
    return true;
  }
  const double statistic = 12 * used / (k * (k + 1)) * squares;
  const double freedom = k - 1;
  const double part = 2 / (9 * freedom);
  return (std::cbrt(statistic / freedom) - (1 - part)) / std::sqrt(part) > kNormalQuantile;
}

Peak DescribeSlot(const Cycles& cycles, const std::vector<double>& medians, size_t slot, double sign, double unit) {
  Peak peak = {.slot = slot, .cycles = cycles.count};
  peak.size = Bounded((medians[slot] - Median(medians)) * unit);
  double best = 0;
  for (size_t c = 0; c < cycles.count; ++c) {
    bool highest = !std::isnan(cycles.at(c, slot));
    for (size_t s = 0; s < cycles.slots; ++s) {
      highest = highest && !(sign * cycles.at(c, s) > sign * cycles.at(c, slot));
    }
    best += highest ? 1 : 0;
  }
  peak.share = best / static_cast<double>(cycles.count);
  return peak;
}

void FindPeaks(const Cycles& cycles, const Cycles& raw, double unit, std::optional<Peak>& high,
               std::optional<Peak>& low) {
  if (cycles.count < kLeastCycles || !SlotsDiffer(cycles)) {
    return;
  }
  std::vector<double> medians(cycles.slots);
  std::vector<double> one;
  for (size_t s = 0; s < cycles.slots; ++s) {
    one.clear();
    for (size_t c = 0; c < cycles.count; ++c) {
      one.push_back(cycles.at(c, s));
    }
    medians[s] = Median(one);
  }
  const auto [least, most] = std::minmax_element(medians.begin(), medians.end());
  high = DescribeSlot(cycles, medians, static_cast<size_t>(most - medians.begin()), 1, unit);
  low = DescribeSlot(cycles, medians, static_cast<size_t>(least - medians.begin()), -1, unit);
  for (std::optional<Peak>* peak : {&high, &low}) {
    one.clear();
    for (size_t c = 0; c < raw.count; ++c) {
      one.push_back(raw.at(c, (*peak)->slot));
    }
    (*peak)->level = Bounded(Median(one) * unit);
  }
}

void Rate(const NormalizedSeries& series, Patterns& patterns) {
  std::vector<double> present;
  std::vector<double> steps;
  std::vector<double> magnitudes;
  double last = std::nan("");
  for (const double value : series.values) {
    if (!std::isnan(value)) {
      present.push_back(value);
      magnitudes.push_back(std::abs(value));
      if (!std::isnan(last)) {
        steps.push_back(value - last);
      }
    }
    last = value;
  }
  const double wide = present.empty() ? 0 : QuantileInPlace(present, 0.95) - QuantileInPlace(present, 0.05);
  const double level = present.empty() ? 0 : Median(magnitudes);
  const double moves = steps.empty() ? 0 : RobustScale(steps, Median(steps)) / std::sqrt(2.0);
  constexpr double kMost = 1e6;
  const auto against_level = [&](double number) {
    return number <= 0 ? 0.0 : level > 0 ? std::min(number / level, kMost) : kMost;
  };
  const auto trend = EstimateTrend(series.values);
  const double line = trend.ok() && trend->direction != TrendDirection::kNone ? trend->r_squared : 0.0;
  const double season = patterns.periods.empty() ? 0.0 : patterns.periods.front().strength;
  const double width = against_level(wide);
  const double restless = against_level(moves);
  patterns.scores = {{Behaviour::kSeasonal, season >= kSeasonalFrom, season, kSeasonalFrom},
                     {Behaviour::kTrending, line >= kTrendingFrom, line, kTrendingFrom},
                     {Behaviour::kVolatile, restless >= kVolatileFrom, restless, kVolatileFrom},
                     {Behaviour::kStable, width <= kStableTo, width, kStableTo}};
  for (const BehaviourScore& score : patterns.scores) {
    if (score.holds) {
      patterns.main = score.behaviour;
      return;
    }
  }
}

}  // namespace

std::string_view BehaviourName(Behaviour behaviour) {
  switch (behaviour) {
    case Behaviour::kStable:
      return "stable";
    case Behaviour::kTrending:
      return "trending";
    case Behaviour::kVolatile:
      return "volatile";
    case Behaviour::kSeasonal:
      return "seasonal";
  }
  return "stable";
}

Patterns DescribePatterns(std::span<const double> values, int64_t start_unix_ns, int64_t step_ns) {
  Patterns patterns;
  const NormalizedSeries series = Normalize(values);
  patterns.periods = FindPeriods(series.values, {.step_ns = std::max<int64_t>(step_ns, 0)});
  Rate(series, patterns);
  if (step_ns <= 0) {
    return patterns;
  }
  const auto find = [&](int64_t slot_ns, size_t slots, int64_t offset, std::optional<Peak>& high,
                        std::optional<Peak>& low) {
    const double steps = static_cast<double>(slot_ns) * static_cast<double>(slots) / static_cast<double>(step_ns);
    if (steps > static_cast<double>(series.values.size())) {
      return;
    }
    const std::vector<double> rest = WithoutLevel(series.values, static_cast<size_t>(std::lround(steps)));
    FindPeaks(FoldCycles(rest, start_unix_ns, step_ns, slot_ns, slots, offset),
              FoldCycles(series.values, start_unix_ns, step_ns, slot_ns, slots, offset), series.unit, high, low);
  };
  if (step_ns <= kHourNs) {
    find(kHourNs, 24, 0, patterns.peak_hour, patterns.low_hour);
  }
  if (step_ns <= kDayNs) {
    // The first of January 1970 was a Thursday.
    find(kDayNs, 7, 3, patterns.peak_weekday, patterns.low_weekday);
  }
  return patterns;
}

}  // namespace bellwether
