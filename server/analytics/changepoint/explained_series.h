#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "server/analytics/changepoint/change_search.h"
#include "server/analytics/changepoint/variance_changes.h"

namespace bellwether {

/// The scale on which a series is taken apart: where growth compounds or swings grow with the level, logarithms are
/// straighter.
enum class SeriesScale { kPlain, kLogarithm };

/// A series on one scale, with what explains it.
struct ExplainedSeries {
  SeriesScale scale = SeriesScale::kPlain;
  std::vector<double> clean;            ///< as CleanValues, at full resolution; NaN = missing
  size_t width = 1;                     ///< values in a bin
  std::vector<double> bins;             ///< means of `width` values, with mean 0 and deviation 1; gaps filled
  double mean = 0;                      ///< of the bins on the scale
  double deviation = 0;                 ///< 0: a constant, which nothing explains
  std::vector<RatedModel> models;       ///< as of SearchChangeModels
  std::vector<double> weights;          ///< of the bins; empty where all weigh the same, 0 of what is no evidence
  std::vector<VarianceChange> spreads;  ///< changes that the weights are made from, by place in the bins
  double cost = 0;                      ///< of the cheapest model, comparable between scales
};

/// Values (NaN = missing; above 0 for a logarithm) on a scale, without what no mean is to explain: single giants are
/// taken out, then strong seasons, then single spikes.
[[nodiscard]] std::vector<double> CleanValues(std::span<const double> values, SeriesScale scale);

/// Explains values that are clean already, at least 10; more than 480 are averaged in bins. Where the spread of what is
/// left changes, the means are searched again with each value weighed by its own spread, if the likelihood pays for
/// these changes. Missing values (NaN) are no evidence for anything, nor are the first two after a long gap, whose past
/// is not known. A deviation of 0 and no models where there is too little evidence.
[[nodiscard]] ExplainedSeries ExplainSeries(std::vector<double> clean, SeriesScale scale);

/// The same on another scale than that of `rival`, which explains the same values; with no models, and an infinite
/// cost, where they have no prospect of being cheaper.
[[nodiscard]] ExplainedSeries ExplainSeriesAgainst(const ExplainedSeries& rival, std::vector<double> clean,
                                                   SeriesScale scale);

/// Mean and standard deviation of the values present (NaN = missing); both 0 without any.
struct Moments {
  double mean = 0;
  double deviation = 0;
};
[[nodiscard]] Moments MomentsOf(std::span<const double> values);

}  // namespace bellwether
