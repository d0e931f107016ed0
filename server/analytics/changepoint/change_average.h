#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "server/analytics/changepoint/change_search.h"

namespace bellwether {

/// A change with the share of the models' weight that has it.
struct WeighedChange {
  MeanChange change;
  double weight = 0;  ///< 0 to 1
};

/// The changes that at least half of the weight of all models agree on, within a few values of one another, by place.
///
/// Models (as SearchChangeModels gives them, of a series of `length` values) weigh by the square root of their
/// probability: all of them are wrong, and so tempered weights predict better than the probabilities themselves
/// (Grünwald and van Ommen 2017, "Inconsistency of Bayesian inference for misspecified linear models, and a proposal
/// for repairing it").
[[nodiscard]] std::vector<WeighedChange> AgreedChanges(std::span<const RatedModel> models, size_t length);

}  // namespace bellwether
