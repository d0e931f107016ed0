#include "server/analytics/changepoint/changepoints.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "server/analytics/changepoint/change_average.h"
#include "server/analytics/changepoint/change_regression.h"
#include "server/analytics/changepoint/explained_series.h"
#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

constexpr double kLogarithmFrom = 1.5;  // highest over lowest value
constexpr double kLeastShare = 0.01;    // of the range of nine values in ten
constexpr size_t kCloser = 4;
constexpr size_t kLeastRecent = 10;    // values after a change to search them again
constexpr size_t kBinsFromChange = 3;  // whose place is known to some bins, and
constexpr size_t kBinsFromEdge = 10;   // from the beginning of a part, before which nothing is known
constexpr size_t kBinsToEnd = 20;
constexpr double kWalkFrom = 0.9;  // how slowly noise forgets whose steps are told, not its spread

/// The first value present from `index` on; the last one where there is none.
size_t PresentFrom(std::span<const double> values, size_t index) {
  while (index + 1 < values.size() && std::isnan(values[index])) {
    ++index;
  }
  return index;
}

/// Where a level that changes about `rough` (in bins of `width`) really changes: the best two levels around it. NaN =
/// missing.
size_t RefinedPlace(std::span<const double> values, size_t rough, size_t width) {
  const size_t reach = 8 * width;
  const size_t centre = std::min(rough * width, values.size() - 1);
  std::vector<size_t> near;  // the values present around it, the nearest of each side first
  for (size_t i = centre; i-- > 0 && near.size() < reach;) {
    if (!std::isnan(values[i])) {
      near.push_back(i);
    }
  }
  std::reverse(near.begin(), near.end());
  const size_t before = near.size();
  for (size_t i = centre; i < values.size() && near.size() < before + reach; ++i) {
    if (!std::isnan(values[i])) {
      near.push_back(i);
    }
  }
  double total = 0;
  for (const size_t i : near) {
    total += values[i];
  }
  double left = 0;
  double most = -1;
  size_t place = PresentFrom(values, centre);
  for (size_t k = 0; k + 1 < near.size(); ++k) {
    left += values[near[k]];
    const double a = static_cast<double>(k + 1);
    const double b = static_cast<double>(near.size() - k - 1);
    const double gain = left * left / a + (total - left) * (total - left) / b;
    if (k + 1 + 2 * width >= before && k + 1 <= before + 2 * width && gain > most) {
      most = gain;
      place = near[k + 1];
    }
  }
  return place;
}

double Logistic(double x) { return 1 / (1 + std::exp(-x)); }

/// The shares of changes of such weight, and of such gain, that were right on generated series of known truth
/// (tests/bench/ structure), as logistic fits.
double MeanConfidence(double weight) {
  const double odds = std::min(std::log(weight / std::max(1 - weight, 1e-9)), 7.0);
  return Logistic(-0.63 + 0.487 * odds);
}
double VarianceConfidence(double gain) { return Logistic(-1.64 + 0.046 * std::clamp(gain, 0.0, 100.0)); }

/// Tells changes in the unit of the series.
class Teller {
 public:
  /// Changes of the mean that move the series by less than `least`, in its unit, are not told.
  Teller(const ExplainedSeries& series, double unit, double least)
      : series_(series), unit_(unit), least_(least), regression_(series.bins, series.weights) {
    const RatedModel& best = series.models.front();
    noise_ = best.noise;
    mean_.degree = best.mean.degree;
    for (const WeighedChange& weighed : AgreedChanges(series.models, series.bins.size())) {
      mean_.changes.push_back(weighed.change);
      weights_.push_back(weighed.weight);
    }
    regression_.SetNoise(noise_);
    regression_.Fit(mean_);
    DrawCurve();
  }

  std::vector<ChangePoint> Tell() const {
    std::vector<ChangePoint> changes;
    for (size_t k = 0; k < mean_.changes.size(); ++k) {
      TellMean(k, changes);
    }
    AddVariance(changes);
    std::sort(changes.begin(), changes.end(),
              [](const ChangePoint& a, const ChangePoint& b) { return a.index < b.index; });
    return changes;
  }

 private:
  void DrawCurve() {
    const size_t n = series_.bins.size();
    const std::vector<double> numbers = regression_.Coefficients();
    polynomial_.assign(numbers.begin(), numbers.begin() + static_cast<ptrdiff_t>(mean_.degree + 1));
    size_t next = mean_.degree + 1;
    for (const MeanChange& change : mean_.changes) {
      steps_.push_back(change.form == ChangeForm::kBend ? 0 : numbers[next++]);
      bends_.push_back(change.form == ChangeForm::kStep ? 0 : numbers[next++] / static_cast<double>(n));
    }
    curve_.resize(n);
    double away = 0;
    double evidence = 0;
    for (size_t i = 0; i < n; ++i) {
      const double t = static_cast<double>(i) / static_cast<double>(n) - 0.5;
      for (size_t power = polynomial_.size(); power-- > 0;) {
        curve_[i] = curve_[i] * t + polynomial_[power];
      }
      for (size_t k = 0; k < mean_.changes.size(); ++k) {
        if (i >= mean_.changes[k].place) {
          curve_[i] += steps_[k] + bends_[k] * static_cast<double>(i - mean_.changes[k].place);
        }
      }
      if (series_.weights.empty() || series_.weights[i] > 0) {
        away += series_.bins[i] - curve_[i];
        ++evidence;
      }
    }
    if (noise_.slow == 1) {  // whose level is none of the fit's numbers
      for (double& value : curve_) {
        value += away / evidence;
      }
    }
  }

  /// A level of the bins in the unit of the series.
  double Level(double value) const {
    const double scaled = value * series_.deviation + series_.mean;
    return (series_.scale == SeriesScale::kLogarithm ? std::exp(scaled) : scaled) * unit_;
  }
  /// A slope of the bins at a level of them, a step of the series.
  double Slope(double slope, double at) const {
    return slope * series_.deviation / static_cast<double>(series_.width) *
           (series_.scale == SeriesScale::kLogarithm ? Level(at) : unit_);
  }

  void TellMean(size_t k, std::vector<ChangePoint>& changes) const {
    const size_t place = mean_.changes[k].place;
    const size_t n = series_.bins.size();
    ChangePoint change = {.index = place * series_.width, .confidence = MeanConfidence(weights_[k])};
    size_t near = std::min(place, n - place);
    double slope = 0;
    for (size_t power = polynomial_.size(); power-- > 1;) {
      const double t = static_cast<double>(place) / static_cast<double>(n) - 0.5;
      slope = slope * t + static_cast<double>(power) * polynomial_[power] / static_cast<double>(n);
    }
    for (size_t other = 0; other < mean_.changes.size(); ++other) {
      const size_t at = mean_.changes[other].place;
      slope += at < place ? bends_[other] : 0;
      near = other == k ? near : std::min(near, std::max(at, place) - std::min(at, place));
    }
    // Noise that forgets slowly may have carried the series away from its mean.
    constexpr size_t kLast = 3;
    double carried = 0;
    for (size_t i = place - std::min(place, kLast); i < place; ++i) {
      carried += (series_.bins[i] - curve_[i]) / static_cast<double>(kLast);
    }
    const double remembered = std::max(noise_.slow, 0.0);
    const double after = curve_[place] + remembered * remembered * carried;
    const double before = after - steps_[k];
    const double turn = 0.5 * bends_[k] * static_cast<double>(near);
    if (mean_.changes[k].form == ChangeForm::kStep || std::abs(steps_[k]) >= std::abs(turn)) {
      change.kind = ChangeKind::kLevel;
      change.before = Level(before);
      change.after = Level(after);
      if (series_.width > 1) {
        change.index = RefinedPlace(series_.clean, place, series_.width);
      }
    } else {
      change.kind = ChangeKind::kSlope;
      change.before = Slope(slope, before);
      change.after = Slope(slope + bends_[k], after);
      change.index += (series_.width - 1) / 2;
    }
    change.size = change.after - change.before;
    const double lasts = change.kind == ChangeKind::kSlope ? static_cast<double>(near * series_.width) : 1;
    if (std::abs(change.size) * lasts >= least_) {
      change.index = PresentFrom(series_.clean, change.index);
      changes.push_back(change);
    }
  }

  void AddVariance(std::vector<ChangePoint>& changes) const {
    const size_t n = series_.bins.size();
    const size_t known = changes.size();
    const std::vector<VarianceChange>& found = series_.spreads;
    for (size_t k = 0; k < found.size(); ++k) {
      const size_t place = found[k].place;
      const size_t index = PresentFrom(series_.clean, place * series_.width);
      const size_t near = std::max<size_t>(5, n / 25) * series_.width;
      if (std::any_of(changes.begin(), changes.begin() + static_cast<ptrdiff_t>(known), [&](const ChangePoint& change) {
            return std::max(change.index, index) - std::min(change.index, index) < near;
          })) {
        continue;
      }
      ChangePoint change = {
          .index = index, .kind = ChangeKind::kVariance, .confidence = VarianceConfidence(found[k].gain)};
      const size_t from = k > 0 ? found[k - 1].place : 0;
      const size_t to = k + 1 < found.size() ? found[k + 1].place : n;
      change.before = Spread(from, place);
      change.after = Spread(place, to);
      change.size = change.before > 0 ? std::min(change.after / change.before, 1e9) : 1e9;
      changes.push_back(change);
    }
  }

  /// Standard deviation of the values in the bins [from, to) about the curve; of a near random walk that of their
  /// changes from one to the next.
  double Spread(size_t from, size_t to) const {
    std::vector<double> rest;
    const size_t end = to == series_.bins.size() ? series_.clean.size() : to * series_.width;
    for (size_t i = from * series_.width; i < end; ++i) {
      const double curve = curve_[std::min(i / series_.width, curve_.size() - 1)] * series_.deviation + series_.mean;
      const bool steps = noise_.slow >= kWalkFrom;
      if (!steps || i > from * series_.width) {  // NaN where one of them is missing
        rest.push_back(series_.clean[i] - (steps ? series_.clean[i - 1] : curve));
      }
    }
    return MomentsOf(rest).deviation *
           (series_.scale == SeriesScale::kLogarithm ? Level(curve_[from + (to - from) / 2]) : unit_);
  }

  const ExplainedSeries& series_;
  const double unit_;
  const double least_;
  ChangeRegression regression_;
  NoiseShape noise_;
  MeanModel mean_;
  std::vector<double> weights_;
  std::vector<double> polynomial_;
  std::vector<double> steps_;
  std::vector<double> bends_;  ///< a bin
  std::vector<double> curve_;
};

/// In a long series a bin holds many values, and a change needs some bins on either side: what happened of late would
/// be told late. So what follows the last change is searched again, closer and closer to its end.
void AddRecentChanges(const ExplainedSeries& whole, double unit, double least, std::vector<ChangePoint>& changes) {
  const size_t n = whole.clean.size();
  size_t coarser = whole.width;
  while (coarser > 1) {
    // A change too near to the end for its bins is told as one before it.
    std::erase_if(changes, [&](const ChangePoint& change) { return change.index + kBinsToEnd * coarser > n; });
    const size_t width = std::max<size_t>(coarser / kCloser, 1);
    const size_t last = changes.empty() ? 0 : changes.back().index;
    const size_t begin = std::max(last, n - std::min(n, width * whole.bins.size()));
    const size_t edge = begin == last ? kBinsFromChange * coarser : kBinsFromEdge * width;
    coarser = width;
    if (begin + edge + kLeastRecent > n) {
      continue;
    }
    const ExplainedSeries recent =
        ExplainSeries({whole.clean.begin() + static_cast<ptrdiff_t>(begin), whole.clean.end()}, whole.scale);
    if (recent.deviation == 0) {
      continue;
    }
    for (ChangePoint change : Teller(recent, unit, least).Tell()) {
      if (change.index >= edge) {
        change.index += begin;
        changes.push_back(change);
      }
    }
  }
}

}  // namespace

std::string_view ChangeKindName(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kLevel:
      return "level";
    case ChangeKind::kVariance:
      return "variance";
    case ChangeKind::kSlope:
      return "slope";
  }
  return "level";
}

std::vector<ChangePoint> FindChangePoints(std::span<const double> values) {
  NormalizedSeries normal = Normalize(values);
  if (normal.present < kLeastChangeValues || normal.present * 2 < values.size()) {
    return {};
  }
  std::vector<double> present;
  std::copy_if(normal.values.begin(), normal.values.end(), std::back_inserter(present),
               [](double value) { return !std::isnan(value); });
  const auto [low, high] = std::minmax_element(present.begin(), present.end());
  const bool may_be_logarithm = *low > 0 && *high > kLogarithmFrom * *low;
  ExplainedSeries found = ExplainSeries(CleanValues(normal.values, SeriesScale::kPlain), SeriesScale::kPlain);
  if (found.deviation == 0) {
    return {};
  }
  if (may_be_logarithm) {
    ExplainedSeries other =
        ExplainSeriesAgainst(found, CleanValues(normal.values, SeriesScale::kLogarithm), SeriesScale::kLogarithm);
    if (other.cost < found.cost) {
      found = std::move(other);
    }
  }
  // Of a strong season hardly anything may be left, and a hundredth of the range is nothing that anybody sees.
  const double range = QuantileInPlace(present, 0.95) - QuantileInPlace(present, 0.05);
  const double least = kLeastShare * range * normal.unit;
  std::vector<ChangePoint> changes = Teller(found, normal.unit, least).Tell();
  AddRecentChanges(found, normal.unit, least, changes);
  return changes;
}

}  // namespace bellwether
