#pragma once

#include <optional>
#include <span>

namespace bellwether {

struct Backtest;

/// The value that more than half of the values are: the zero of a count that is nearly always zero. It is their median,
/// and so the forecast with the smallest absolute error while nothing tells when the others come. O(n) (Boyer and Moore
/// 1991, "MJRTY: a fast majority vote algorithm").
[[nodiscard]] std::optional<double> UsualValue(std::span<const double> values);

/// Whether the combination was better than `constant` at the origins by more than chance: a single event that a season
/// happened to meet is no proof.
[[nodiscard]] bool IsWorthMore(const Backtest& backtest, double constant);

}  // namespace bellwether
