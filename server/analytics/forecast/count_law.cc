#include "server/analytics/forecast/count_law.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "server/analytics/forecast/usual_value.h"

namespace bellwether {
namespace {

constexpr size_t kLeastRows = 50;
constexpr double kUsualShare = 0.8;
constexpr double kMostLasting = 0.5;  // of the rows away from the usual value after which the next is away as well

}  // namespace

CountLaw::CountLaw(std::span<const double> values)
    : rows_(values.begin(), values.end()), sorted_(values.begin(), values.end()) {
  std::sort(sorted_.begin(), sorted_.end());
}

std::shared_ptr<const CountLaw> CountLaw::Of(std::span<const double> values) {
  const bool is_whole = std::all_of(values.begin(), values.end(), [](double v) { return v == std::rint(v); });
  const std::optional<double> usual = UsualValue(values);
  if (values.size() < kLeastRows || !is_whole || !usual.has_value()) {
    return nullptr;
  }
  size_t away = 0;
  size_t lasting = 0;
  for (size_t t = 0; t < values.size(); ++t) {
    away += values[t] != *usual ? 1 : 0;
    lasting += t > 0 && values[t] != *usual && values[t - 1] != *usual ? 1 : 0;
  }
  const auto count = static_cast<double>(values.size());
  const bool is_rare = static_cast<double>(away) <= (1 - kUsualShare) * count;
  const bool is_brief = static_cast<double>(lasting) <= kMostLasting * static_cast<double>(away);
  return is_rare && is_brief && away > 0 ? std::shared_ptr<const CountLaw>(new CountLaw(values)) : nullptr;
}

double CountLaw::Quantile(double p) const {
  const double rank = std::ceil(p * static_cast<double>(sorted_.size())) - 1;
  return sorted_[static_cast<size_t>(std::clamp(rank, 0.0, static_cast<double>(sorted_.size() - 1)))];
}

double CountLaw::Beyond(double threshold, CrossingSide side) const {
  const auto below =
      static_cast<size_t>((side == CrossingSide::kAbove ? std::lower_bound(sorted_.begin(), sorted_.end(), threshold)
                                                        : std::upper_bound(sorted_.begin(), sorted_.end(), threshold)) -
                          sorted_.begin());
  const size_t beyond = side == CrossingSide::kAbove ? sorted_.size() - below : below;
  return beyond == sorted_.size() ? 1.0 : (static_cast<double>(beyond) + 0.5) / static_cast<double>(sorted_.size() + 1);
}

double CountLaw::Bunches(double threshold, CrossingSide side) const {
  // Rows between one that reaches the threshold and the next.
  double sum = 0;
  double squares = 0;
  double longest = 0;
  double count = 0;
  double rest_sum = 0;
  double rest_squares = 0;
  size_t last = rows_.size();
  for (size_t t = 0; t < rows_.size(); ++t) {
    if (!Reaches(rows_[t], threshold, side)) {
      continue;
    }
    if (last < rows_.size()) {
      const auto time = static_cast<double>(t - last);
      count += 1;
      sum += time;
      squares += time * time;
      rest_sum += time - 1;
      rest_squares += (time - 1) * (time - 2);
      longest = std::max(longest, time);
    }
    last = t;
  }
  if (longest <= 2) {
    return squares > 0 ? std::min(2 * sum * sum / (count * squares), 1.0) : 1.0;
  }
  return std::min(2 * rest_sum * rest_sum / (count * rest_squares), 1.0);
}

std::vector<double> CountLaw::CrossedBy(std::span<const double> at_step, std::span<const double> bunches) {
  std::vector<double> by_step(at_step.size());
  double kept = 1;
  double last = 0;
  for (size_t h = 0; h < at_step.size(); ++h) {
    // What comes in a bunch with a row before has been counted there.
    kept *= h == 0 ? 1 - at_step[h] : std::pow(1 - at_step[h], bunches[h]);
    last = std::max({last, at_step[h], 1 - kept});
    by_step[h] = last;
  }
  return by_step;
}

double CountLaw::ShareWithin(double lower, double upper) const {
  const auto begin = std::lower_bound(sorted_.begin(), sorted_.end(), lower);
  const auto end = std::upper_bound(sorted_.begin(), sorted_.end(), upper);
  return end > begin ? static_cast<double>(end - begin) / static_cast<double>(sorted_.size()) : 0.0;
}

}  // namespace bellwether
