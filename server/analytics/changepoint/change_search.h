#pragma once

#include <span>
#include <vector>

#include "server/analytics/changepoint/mean_model.h"
#include "server/analytics/changepoint/noise_filter.h"

namespace bellwether {

/// How many values a stretch between two changes has at least, in a series of `count` values.
[[nodiscard]] size_t LeastStretch(size_t count);

/// A mean with the noise about it, and what both cost together.
struct RatedModel {
  NoiseShape noise;
  MeanModel mean;
  double cost = 0;  ///< -2 log likelihood and prices; of two models the cheaper one is the more likely
};

/// Means with steps and bends that explain a series best, with the noise that each was judged under; the cheapest
/// first, and variants of the good ones with one change less after them. `values` (no NaN, at least 10) have mean 0 and
/// variance 1.
///
/// The likelihood is that of the innovations given the first two values. Each coefficient, each number of the noise
/// and, less, each place costs log n (a small-sample correction added), so a change costs about what the modified BIC
/// of Zhang and Siegmund 2007 ("A modified Bayes information criterion with applications to the analysis of comparative
/// genomic hybridization data") charges. Means are searched by adding, moving and dropping changes one by one, from no
/// change and from the exact best cut into levels and lines (segment_search.h); noises by what the means found so far
/// would cost under them. Where innovations have heavy tails, models are judged by Student's law as well.
///
/// `weights`, where there are any, are what the innovation of each value is multiplied by: one over its deviation, with
/// a geometric mean of 1, so that costs compare; 0 for a value that is no evidence, which neither costs nor counts
/// anywhere. Of steps within a stretch without evidence only one at its beginning is looked for. `start` are changes to
/// begin with.
[[nodiscard]] std::vector<RatedModel> SearchChangeModels(std::span<const double> values,
                                                         std::span<const double> weights = {},
                                                         std::span<const MeanChange> start = {});

/// What the cheapest of `models`, or of curves without changes under their noises, costs on `values` (as above): no
/// search, so more than SearchChangeModels finds.
[[nodiscard]] double QuickChangeCost(std::span<const double> values, std::span<const double> weights,
                                     std::span<const RatedModel> models);

}  // namespace bellwether
