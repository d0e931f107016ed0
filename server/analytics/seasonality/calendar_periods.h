#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bellwether {

/// The lengths that human calendars and schedulers impose (minute, hour, day, week ...) in steps of one series, and
/// what they mean for the evidence that a period needs: one that the calendar names is expected, so it is one of a few;
/// any other is one of as many as there are values.
class CalendarPeriods {
 public:
  /// `step_ns` = 0: unknown, there are none. `rows` of the series: those that fit in at least twice count.
  CalendarPeriods(int64_t step_ns, size_t rows);

  /// Those that fit, in steps, shortest first.
  [[nodiscard]] std::span<const double> periods() const { return periods_; }

  /// Those that stand for themselves, whether they fit or not: their fractions are harmonics. 0 where the step is not
  /// known.
  [[nodiscard]] std::span<const double> main_periods() const { return main_; }

  /// Whether `period` (in steps) is one of periods().
  [[nodiscard]] bool Contains(double period) const;

  /// Whether `period` (in steps) is one of main_periods() that is at least two steps long.
  [[nodiscard]] bool IsMain(double period) const;

  /// Whether noise would show `evidence` (-log of its chance) of `period` too seldom to be the cause.
  [[nodiscard]] bool IsSignificant(double period, double evidence) const;

  /// What the evidence must be above when `tries` periods are looked at.
  [[nodiscard]] static double EvidenceNeeded(double tries);

 private:
  static constexpr size_t kMain = 4;

  size_t rows_;
  std::vector<double> periods_;
  std::array<double, kMain> main_{};
};

}  // namespace bellwether
