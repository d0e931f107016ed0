#include "server/analytics/anomaly/explanations.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "server/analytics/anomaly/huber_regression.h"

namespace bellwether {
namespace {

constexpr double kPulseRow = 2.5;  // price of explaining one more row by itself, about a parameter
constexpr double kPulseRun = 2.5;  // and of beginning to
constexpr std::array<size_t, 12> kLeads = {0, 1, 2, 4, 7, 11, 17, 26, 40, 60, 90, 144};
constexpr std::array<double, 10> kRatios = {0.03, 0.1, 0.2, 0.35, 0.6, 1.6, 2.4, 3.8, 6, 11};

/// Noise of another scale looks like noise: a row that would be far off even then is not explained by it.
double LossOfNoise(double magnitude) {
  constexpr double kEdge = 5;
  return magnitude <= kEdge ? HuberLoss(magnitude) : HuberLoss(kEdge) + 0.5 * (magnitude - kEdge) * (magnitude + kEdge);
}

}  // namespace

Fit Fit::None() {
  Fit fit;
  fit.cost = std::numeric_limits<double>::infinity();
  return fit;
}

Explanations::Explanations(const IncidentWindow& window, size_t lasting_rows)
    : window_(window),
      lasting_rows_(std::max(lasting_rows, kLeastLasting)),
      half_log_rows_(0.5 * std::log(static_cast<double>(window.rows.size()))),
      constant_(window.rows.size(), (1 - window.phi) / window.innovation),
      x_(window.rows.size()),
      x_whitened_(window.rows.size()),
      left_(window.rows.size()) {
  constant_[0] = std::sqrt(1 - window.phi * window.phi) / window.innovation;
  std::fill(x_.begin(), x_.end(), 0.0);
  as_usual_ = Regress(x_, size(), size(), 0);
  as_usual_.left = left_;
  const size_t quiet = window.alarm > 2 * kLeastLasting ? window.alarm - kLeastLasting : window.alarm;
  for (size_t k = 0; k < quiet; ++k) {
    usual_loss_ += HuberLoss(left_[k]) / static_cast<double>(quiet);
  }
}

bool Explanations::Suffices(const Fit& fit) const {
  // The sum of the losses of noise alone scatters by a few times so much.
  const double rows = static_cast<double>(size());
  return fit.cost < as_usual_.cost && fit.cost <= usual_loss_ * rows + PriceOf(3) + 0.2 * std::sqrt(rows);
}

Fit Explanations::Regress(std::span<const double> x, size_t begin, size_t end, double parameters) const {
  const double gain = 1 / window_.innovation;
  x_whitened_[0] = x[0] * constant_[0];
  for (size_t k = 1; k < size(); ++k) {
    x_whitened_[k] = (x[k] - window_.phi * x[k - 1]) * gain;
  }
  const HuberLine line = FitHuberLine(window_.whitened, constant_, x_whitened_, left_);
  return {.cost = line.cost + PriceOf(parameters),
          .coefficient = line.slope,
          .begin = begin,
          .end = end,
          .pulses = PulsesLeft().saved,
          .left = {}};
}

void Explanations::Keep(const Fit& candidate, Fit& best) const {
  if (candidate.cost < best.cost) {
    best.cost = candidate.cost;
    best.coefficient = candidate.coefficient;
    best.begin = candidate.begin;
    best.end = candidate.end;
    best.pulses = candidate.pulses;
    best.left = left_;
  }
}

Fit Explanations::Offset(size_t begin, size_t end) const {
  std::fill(x_.begin(), x_.end(), 0.0);
  std::fill(x_.begin() + static_cast<ptrdiff_t>(begin), x_.begin() + static_cast<ptrdiff_t>(end), 1.0);
  return Regress(x_, begin, end, end == size() ? 2 : 3);
}

Fit Explanations::Ramp(size_t begin, size_t end, bool stays) const {
  const double from = static_cast<double>(window_.rows[begin]);
  const double length = static_cast<double>(window_.rows[end - 1]) - from + 1;
  for (size_t k = 0; k < size(); ++k) {
    x_[k] = k < begin ? 0.0 : k < end ? (static_cast<double>(window_.rows[k]) - from + 1) / length : stays ? 1.0 : 0.0;
  }
  return Regress(x_, begin, end, end == size() ? 2 : 3);
}

std::vector<size_t> Explanations::Begins(size_t least_lead) const {
  std::vector<size_t> begins;
  for (const size_t lead : kLeads) {
    if (lead >= least_lead && lead < window_.alarm) {
      begins.push_back(window_.alarm - lead);
    }
  }
  return begins;
}

std::vector<size_t> Explanations::Ends(size_t begin) const {
  std::vector<size_t> ends = {size(), window_.last};
  for (size_t length = 2; begin + length < size(); length += 1 + length / 3) {
    if (begin + length > window_.alarm) {
      ends.push_back(begin + length);
    }
  }
  return ends;
}

Fit Explanations::BestOffset(size_t least_rows, size_t most_rows) const {
  Fit best = Fit::None();
  const auto attempt = [&](size_t begin, size_t end) {
    if (end > begin && end - begin >= least_rows && end - begin <= most_rows && end <= size()) {
      Keep(Offset(begin, end), best);
    }
  };
  for (const size_t begin : Begins(0)) {
    if (begin + lasting_rows_ + lasting_rows_ / 2 < window_.alarm) {
      break;  // that is for drifts; an offset is seen sooner
    }
    attempt(begin, size());
    attempt(begin, window_.last);
    attempt(begin, std::min(begin + most_rows, size()));
  }
  if (std::isinf(best.cost)) {
    return best;
  }
  for (const size_t end : Ends(best.begin)) {
    attempt(best.begin, end);
  }
  for (size_t step : {4, 2, 1}) {
    const Fit centre = best;
    attempt(centre.begin, centre.end + step);
    if (centre.end > step) {
      attempt(centre.begin, centre.end - step);
    }
    attempt(centre.begin + step, centre.end);
    if (centre.begin > step) {
      attempt(centre.begin - step, centre.end);
    }
  }
  return best;
}

Explanations::Pulses Explanations::PulsesLeft() const {
  // A spike may have been under way before it was one.
  const size_t reach = lasting_rows_ / 2;
  Pulses pulses;
  pulses.begin = std::min(window_.last + reach, size());
  const size_t from = window_.alarm > reach ? window_.alarm - reach : 0;
  const size_t to = pulses.begin;
  double run = 0;
  size_t length = 0;
  for (size_t k = from; k <= to; ++k) {
    const double misfit = k < to ? HuberLoss(left_[k]) : 0.0;
    if (misfit > kPulseRow) {
      run += misfit;
      ++length;
      continue;
    }
    const double price = kPulseRun + kPulseRow * static_cast<double>(length);
    if (length > 0 && length < lasting_rows_ && run > price) {
      pulses.saved += run - price;
      pulses.begin = std::min(pulses.begin, k - length);
      pulses.end = k;
    }
    run = 0;
    length = 0;
  }
  return pulses;
}

Fit Explanations::LonePulses() const {
  std::fill(x_.begin(), x_.end(), 0.0);
  Fit fit = Regress(x_, window_.alarm, window_.last, 0);
  const Pulses pulses = PulsesLeft();
  fit.cost -= pulses.saved;
  fit.coefficient = window_.rest[window_.alarm];
  fit.left = left_;
  if (pulses.begin < pulses.end) {
    fit.begin = pulses.begin;
    fit.end = pulses.end;
    double moved = 0;
    double weight = 0;
    for (size_t k = fit.begin; k < fit.end; ++k) {
      const double misfit = HuberLoss(left_[k]);
      if (misfit > kPulseRow) {
        moved += misfit * window_.rest[k];
        weight += misfit;
        fit.left[k] = 0;
      }
    }
    fit.coefficient = weight > 0 ? moved / weight : fit.coefficient;
  }
  return fit;
}

Fit Explanations::Pulse() const {
  Fit best = LonePulses();
  if (Suffices(best)) {
    return best;
  }
  Fit offset = BestOffset(2, lasting_rows_ - 1);
  if (offset.cost < best.cost) {
    best = std::move(offset);
  }
  return best;
}

Fit Explanations::LevelShift() const {
  Fit best = BestOffset(lasting_rows_, size());
  if (std::isinf(best.cost)) {
    return best;
  }
  // Or one that takes a moment: a slope of less than lasting rows, and then the new level.
  for (const size_t begin : Begins(0)) {
    if (begin + 2 * lasting_rows_ < window_.alarm) {
      break;
    }
    for (size_t rows = std::max<size_t>(3, lasting_rows_ / 4); rows <= lasting_rows_; rows *= 2) {
      if (begin + rows + lasting_rows_ <= size()) {
        Fit soft = Ramp(begin, begin + rows, true);
        soft.end = size();
        Keep(soft, best);
      }
    }
  }
  return best;
}

/// Where the rows after the first of the incident begin to be at another level than those before: the largest sum of
/// squares between the two, rows far off drawn in so that one alone makes no level. 0 = there is no room.
size_t Explanations::LaterSplit() const {
  constexpr double kDrawnIn = 8;    // spreads
  constexpr size_t kLeastRows = 3;  // of the new level
  const auto drawn_in = [&](size_t k) { return std::clamp(window_.rest[k], -kDrawnIn, kDrawnIn); };
  double total = 0;
  for (size_t k = 0; k < size(); ++k) {
    total += drawn_in(k);
  }
  double left = 0;
  double most = 0;
  size_t split = 0;
  for (size_t k = 1; k + kLeastRows <= size(); ++k) {
    left += drawn_in(k - 1);
    const auto before = static_cast<double>(k);
    const auto after = static_cast<double>(size() - k);
    const double difference = left / before - (total - left) / after;
    const double between = difference * difference * before * after;
    if (k > window_.alarm && between > most) {
      most = between;
      split = k;
    }
  }
  return split;
}

Fit Explanations::LaterLevel() const {
  Fit best = Fit::None();
  const size_t split = LaterSplit();
  if (split == 0) {
    return best;
  }
  for (const size_t begin : {split, split - 1, split + 1}) {
    if (begin > window_.alarm && begin < size()) {
      Keep(Offset(begin, size()), best);
    }
  }
  for (const size_t end : {split + lasting_rows_ / 2, split + lasting_rows_, split + 2 * lasting_rows_}) {
    if (end < size()) {
      Keep(Offset(best.begin, end), best);
    }
  }
  return best;
}

Fit Explanations::Drift() const {
  Fit best = Fit::None();
  const auto attempt = [&](size_t begin, size_t end, bool stays) {
    if (end > begin && end - begin >= lasting_rows_ && end <= size()) {
      Keep(Ramp(begin, end, stays), best);
    }
  };
  bool best_stays = false;
  for (const size_t begin : Begins(0)) {
    attempt(begin, size(), false);
    attempt(begin, window_.last, false);
    const double before = best.cost;
    attempt(begin, window_.last, true);
    attempt(begin, window_.alarm + 1, true);
    best_stays = best_stays || best.cost < before;
  }
  if (std::isinf(best.cost)) {
    return best;
  }
  for (const size_t end : Ends(best.begin)) {
    attempt(best.begin, end, best_stays);
  }
  return best;
}

Fit Explanations::ScatterOf(std::span<const double> left) const {
  std::vector<double> usual_sum(size() + 1, 0.0);
  std::vector<double> other_sum(size() + 1, 0.0);
  for (size_t k = 0; k < size(); ++k) {
    usual_sum[k + 1] = usual_sum[k] + HuberLoss(left[k]);
  }
  Fit best = Fit::None();
  const std::vector<size_t> begins = Begins(0);
  for (const double ratio : kRatios) {
    const double log_ratio = std::log(ratio);
    const double shrink = 1 / ratio;
    for (size_t k = 0; k < size(); ++k) {
      other_sum[k + 1] = other_sum[k] + LossOfNoise(std::abs(left[k]) * shrink) + log_ratio;
    }
    for (const size_t begin : begins) {
      for (size_t end = begin + kLeastLasting; end <= size();
           end += end == size() ? 1 : std::min<size_t>(6, size() - end)) {
        if (end <= window_.alarm) {
          continue;
        }
        const double gain = usual_sum[end] - usual_sum[begin] - (other_sum[end] - other_sum[begin]);
        const double cost = PriceOf(end == size() ? 2 : 3) - gain;
        if (cost < best.cost) {
          best.cost = cost;
          best.coefficient = ratio;
          best.begin = begin;
          best.end = end;
        }
      }
    }
  }
  return best;
}

}  // namespace bellwether
