#include "server/analytics/changepoint/change_average.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bellwether {
namespace {

constexpr double kLearningRate = 0.5;
constexpr double kLeastWeight = 0.5;
constexpr double kFarBehind = 40;  // in cost, of models that weigh nothing

size_t Distance(size_t a, size_t b) { return std::max(a, b) - std::min(a, b); }

/// A model of which some changes have been told.
struct OpenModel {
  std::vector<MeanChange> changes;
  double weight = 0;
};

}  // namespace

std::vector<WeighedChange> AgreedChanges(std::span<const RatedModel> models, size_t length) {
  std::vector<OpenModel> open;
  for (size_t m = 0; m < models.size() && models[m].cost <= models.front().cost + kFarBehind; ++m) {
    const bool known =
        std::any_of(models.begin(), models.begin() + static_cast<ptrdiff_t>(m),
                    [&](const RatedModel& o) { return o.noise == models[m].noise && o.mean == models[m].mean; });
    if (!known) {
      open.push_back({models[m].mean.changes, std::exp(-0.5 * kLearningRate * (models[m].cost - models.front().cost))});
    }
  }
  const double total =
      std::accumulate(open.begin(), open.end(), 0.0, [](double sum, const OpenModel& m) { return sum + m.weight; });
  const size_t margin = std::clamp<size_t>(length / 50, 2, 5);
  std::vector<WeighedChange> agreed;
  for (;;) {
    WeighedChange top;
    double top_own = 0;
    for (const OpenModel& model : open) {
      for (const MeanChange& change : model.changes) {
        double near = 0;
        double own = 0;  // of the models that have just this place: it decides between places
        for (const OpenModel& other : open) {
          size_t closest = length;
          for (const MeanChange& one : other.changes) {
            closest = std::min(closest, Distance(one.place, change.place));
          }
          near += closest <= margin ? other.weight : 0;
          own += closest == 0 ? other.weight : 0;
        }
        near /= total;
        if (near > top.weight + 1e-9 || (near > top.weight - 1e-9 && own > top_own)) {
          top = {change, near};
          top_own = own;
        }
      }
    }
    if (!(top.weight >= kLeastWeight)) {
      break;
    }
    agreed.push_back(top);
    for (OpenModel& model : open) {
      std::erase_if(model.changes,
                    [&](const MeanChange& one) { return Distance(one.place, top.change.place) <= margin; });
    }
  }
  std::sort(agreed.begin(), agreed.end(),
            [](const WeighedChange& a, const WeighedChange& b) { return a.change.place < b.change.place; });
  return agreed;
}

}  // namespace bellwether
