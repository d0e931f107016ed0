#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace bellwether {

struct Backtest;

/// Adds to the forecasts of a combination what they miss of the slope of their history. Members that return to a mean
/// or carry a level on lag behind a trend, and do so at every origin alike: the errors are regressed on the line that
/// the slope before each origin draws ahead (between the means of whole seasons in the first and the last third), both
/// turned into innovations first, so that errors that hang together count as what they are (generalised least squares:
/// Aitken 1935, "On least squares and linear combination of observations"). The share of the slope that is added (0 to
/// 1) is drawn towards none by twice its error variance, and is none below a t value of the root of 2. Changes
/// `backtest.forecast` and `path`; beyond the steps that were tried the line is level. Returns the share. O(backtest +
/// history).
double FollowMissedTrend(std::span<const double> history, std::span<const size_t> seasons, Backtest& backtest,
                         std::vector<double>& path);

}  // namespace bellwether
