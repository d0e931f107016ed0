#include "server/analytics/forecast/blending.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>

#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr size_t kLanes = 8;     // steps side by side
constexpr double kFarApart = 2;  // mean distances from the median that a member counts at the most
constexpr int kReachTurns = 3;   // that distance is found in so many turns

using Lanes = double __attribute__((vector_size(kLanes * sizeof(double)), may_alias));
using Mask = int64_t __attribute__((vector_size(kLanes * sizeof(double))));

/// A member's values and weights, one a step.
struct alignas(64) Votes {
  Lanes values;
  Lanes weights;
};

/// Sorts the values of each step, equal ones as they came, with their weights.
inline __attribute__((always_inline)) void Sort(Votes* votes, size_t members) {
  for (size_t round = 0; round < members; ++round) {
    for (size_t m = round % 2; m + 1 < members; m += 2) {
      Votes& low = votes[m];
      Votes& high = votes[m + 1];
      const Votes a = low;
      const Votes b = high;
      const Mask swaps = a.values > b.values;
      low.values = swaps ? b.values : a.values;
      high.values = swaps ? a.values : b.values;
      low.weights = swaps ? b.weights : a.weights;
      high.weights = swaps ? a.weights : b.weights;
    }
  }
}

/// The weighted medians of the sorted values.
inline __attribute__((always_inline)) void FindMedians(const Votes* votes, size_t members, Lanes& medians) {
  Lanes value = votes[members - 1].values;
  Lanes before = value;
  Lanes below = {};
  Lanes last = {};
  Lanes middle = {};
  Lanes previous = {};
  Mask found = {};
  for (size_t m = 0; m < members; ++m) {
    const Lanes here = below + 0.5 * votes[m].weights;
    const Mask is_it = (here >= 0.5) & ~found;
    value = is_it ? votes[m].values : value;
    before = is_it ? votes[m > 0 ? m - 1 : 0].values : before;
    middle = is_it ? here : middle;
    previous = is_it ? last : previous;
    found |= is_it;
    last = here;
    below += votes[m].weights;
  }
  const Lanes between = middle - previous;
  const Lanes one = Lanes{} + 1;
  const Lanes back = (value - before) * (middle - 0.5) / (between > 0 ? between : one);
  medians = between > 0 ? value - back : value;
}

/// The mean deviations of the values from the medians, the far ones drawn near.
inline __attribute__((always_inline)) void FindMeanDeviations(const Votes* votes, size_t members, const Lanes& medians,
                                                              Lanes& deviations) {
  Lanes reach = Lanes{} + std::numeric_limits<double>::infinity();
  for (int turn = 0; turn < kReachTurns; ++turn) {
    Lanes distance = {};
    for (size_t m = 0; m < members; ++m) {
      const Lanes far = votes[m].values - medians;
      const Lanes size = far < 0 ? -far : far;
      distance += votes[m].weights * (reach < size ? reach : size);
    }
    reach = kFarApart * distance;
  }
  deviations = Lanes{};
  for (size_t m = 0; m < members; ++m) {
    const Lanes far = votes[m].values - medians;
    const Lanes low = far < -reach ? -reach : far;
    deviations += votes[m].weights * (reach < low ? reach : low);
  }
}

BELLWETHER_SIMD_CLONES
void BlendSteps(Votes* votes, size_t members, Lanes* blended) {
  Lanes medians;
  Lanes deviations;
  Sort(votes, members);
  FindMedians(votes, members, medians);
  FindMeanDeviations(votes, members, medians, deviations);
  *blended = medians + 0.5 * deviations;
}

}  // namespace

std::vector<double> BlendAll(std::span<const double* const> paths, std::span<const double> weights, size_t count) {
  const size_t members = paths.size();
  std::vector<Votes> votes(members);
  std::vector<double> blended(count);
  const auto blend = [&](size_t from, size_t bytes) {
    Lanes steps = {};
    for (size_t m = 0; m < members; ++m) {
      std::memcpy(&steps, paths[m] + from, bytes);
      votes[m].values = steps;
      votes[m].weights = Lanes{} + weights[m];
    }
    BlendSteps(votes.data(), members, &steps);
    std::memcpy(blended.data() + from, &steps, bytes);
  };
  const size_t whole = count / kLanes * kLanes;
  for (size_t from = 0; from < whole; from += kLanes) {
    blend(from, sizeof(Lanes));
  }
  if (whole < count) {
    blend(whole, (count - whole) * sizeof(double));
  }
  return blended;
}

}  // namespace bellwether
