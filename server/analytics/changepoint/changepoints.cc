#include "server/analytics/changepoint/changepoints.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "server/analytics/changepoint/prepared_series.h"
#include "server/analytics/changepoint/segment_search.h"
#include "server/analytics/series/autocorrelation.h"
#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

constexpr size_t kMinPoints = 10;
constexpr size_t kMaxBins = 480;
constexpr std::array<double, 7> kPhis = {-0.3, 0.0, 0.3, 0.5, 0.7, 0.85, 0.95};
constexpr size_t kFirstPhi = 2;
constexpr double kGiantScales = 12;
constexpr double kSpikeScales = 6;
constexpr double kDependent = 2.5;       // standard errors of an autocorrelation
constexpr double kLeastVariance = 1e-6;  // of the innovations, the series having variance 1

/// A cut with the noise it was made under.
struct Model {
  Segmentation cut;
  SegmentSearch search;
  double cost = std::numeric_limits<double>::infinity();  ///< -2 log likelihood and prices
};

double InnovationVariance(std::span<const double> values, double phi) {
  std::vector<double> second;
  second.reserve(values.size());
  for (size_t t = 2; t < values.size(); ++t) {
    second.push_back(values[t] - values[t - 1] - phi * (values[t - 1] - values[t - 2]));
  }
  const double scale = RobustScale(second, Median(second));
  return 0.5 * scale * scale;
}

SegmentSearch PricesFor(size_t n, double phi, double variance, bool lines) {
  const double log_n = std::log(static_cast<double>(n));
  const double start = -std::log(1 - phi * phi);
  SegmentSearch search;
  search.phi = phi;
  search.variance = variance;
  // The modified BIC of Zhang and Siegmund 2007 ("A modified Bayes information criterion with applications to the
  // analysis of comparative genomic hybridization data") charges about three log n for a change of level; half a log n
  // more costs nothing on series with changes
  search.change_price = 3.5 * log_n + start;
  search.line_price = lines ? 2 * log_n : std::numeric_limits<double>::infinity();
  search.least_length = std::max<size_t>(5, n / 50);
  search.least_line = std::max<size_t>(8, n / 30);
  return search;
}

/// The best cut under noise of this autocorrelation; its variance follows the cut.
Model ModelFor(std::span<const double> values, double phi, SegmentSearch search, double floor, int turns) {
  const double n = static_cast<double>(values.size());
  Model model;
  model.search = search;
  for (int turn = 0; turn < turns; ++turn) {
    model.cut = CutIntoSegments(values, model.search);
    double used = 1;
    for (const Segment& segment : model.cut.segments) {
      used += segment.line ? 2 : 1;
    }
    const double variance = std::max(model.cut.squares / std::max(n - used, 1.0), floor);
    model.cost = n * std::log(std::max(model.cut.squares / n, floor)) + model.cut.price - std::log(1 - phi * phi);
    if (std::abs(std::log(variance / model.search.variance)) < 0.1) {
      break;
    }
    model.search.variance = variance;
  }
  return model;
}

/// The cut and the noise that together cost least: up and down from the middle of the grid while it pays.
Model BestModel(std::span<const double> values) {
  const auto model_of = [&](double phi) {
    const double variance = std::max(InnovationVariance(values, phi), kLeastVariance);
    return ModelFor(values, phi, PricesFor(values.size(), phi, variance, true), kLeastVariance, 2);
  };
  Model best = model_of(kPhis[kFirstPhi]);
  for (const int way : {1, -1}) {
    bool moved = false;
    for (size_t i = kFirstPhi + static_cast<size_t>(way); i < kPhis.size(); i += static_cast<size_t>(way)) {
      Model model = model_of(kPhis[i]);
      if (!(model.cost < best.cost)) {
        break;
      }
      best = std::move(model);
      moved = true;
    }
    if (moved) {
      break;
    }
  }
  return best;
}

std::vector<size_t> ChangesOf(const Segmentation& cut) {
  std::vector<size_t> changes;
  for (size_t k = 1; k < cut.segments.size(); ++k) {
    changes.push_back(cut.segments[k].begin);
  }
  return changes;
}

/// How much the cost rises without each change, the neighbours joined to one segment.
std::vector<double> GainsOf(std::span<const double> values, const Model& model) {
  std::vector<double> gains;
  const std::vector<size_t> changes = ChangesOf(model.cut);
  const double whole = model.cut.squares / model.search.variance + model.cut.price;
  for (size_t k = 0; k < changes.size(); ++k) {
    std::vector<size_t> others = changes;
    others.erase(others.begin() + static_cast<ptrdiff_t>(k));
    const Segmentation without = FitSegments(values, others, model.search);
    gains.push_back(without.squares / model.search.variance + without.price - whole);
  }
  return gains;
}

/// By how much the cost rises without it, as the share of such changes that were right on generated series of known
/// truth (a logistic fit).
double Confidence(double gain) { return 1 / (1 + std::exp(0.6 - 0.065 * gain)); }

double LevelAt(const Segment& segment, double place) {
  return segment.level + segment.slope * (place - 0.5 * static_cast<double>(segment.begin + segment.end - 1));
}

double MeanAndDeviation(std::span<const double> values, double& deviation) {
  double sum = 0;
  double squares = 0;
  for (const double value : values) {
    sum += value;
  }
  const double mean = sum / static_cast<double>(std::max<size_t>(values.size(), 1));
  for (const double value : values) {
    squares += (value - mean) * (value - mean);
  }
  deviation = std::sqrt(squares / static_cast<double>(std::max<size_t>(values.size(), 1)));
  return mean;
}

/// Where a level that changes about `rough` (in bins of `width`) really changes: the best two levels around it.
size_t RefinedPlace(std::span<const double> values, size_t rough, size_t width) {
  const size_t n = values.size();
  const size_t centre = rough * width;
  const size_t from = centre > 8 * width ? centre - 8 * width : 0;
  const size_t to = std::min(n, centre + 8 * width);
  double total = 0;
  for (size_t i = from; i < to; ++i) {
    total += values[i];
  }
  double left = 0;
  double most = -1;
  size_t place = centre;
  for (size_t i = from; i + 1 < to; ++i) {
    left += values[i];
    const double a = static_cast<double>(i + 1 - from);
    const double b = static_cast<double>(to - i - 1);
    const double gain = left * left / a + (total - left) * (total - left) / b;
    if (i + 1 + 2 * width >= centre && i + 1 <= centre + 2 * width && gain > most) {
      most = gain;
      place = i + 1;
    }
  }
  return place;
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

namespace {

/// What the search works on.
struct Prepared {
  std::vector<double> clean;
  std::vector<double> bins;
  size_t width = 1;
  double unit = 1;
};

std::vector<ChangePoint> MeanChanges(const Prepared& series, const Model& model) {
  std::vector<ChangePoint> changes;
  const std::vector<double> gains = GainsOf(series.bins, model);
  const double width = static_cast<double>(series.width);
  for (size_t k = 1; k < model.cut.segments.size(); ++k) {
    const Segment& before = model.cut.segments[k - 1];
    const Segment& after = model.cut.segments[k];
    const double edge = static_cast<double>(after.begin) - 0.5;
    const double jump = LevelAt(after, edge) - LevelAt(before, edge);
    const double turn = (after.slope - before.slope) * 0.5 *
                        static_cast<double>(std::min(after.end - after.begin, before.end - before.begin));
    ChangePoint change;
    change.confidence = Confidence(gains[k - 1]);
    change.index = after.begin * series.width;
    if (std::abs(jump) >= std::abs(turn)) {
      change.kind = ChangeKind::kLevel;
      change.before = LevelAt(before, edge) * series.unit;
      change.after = LevelAt(after, edge) * series.unit;
      if (series.width > 1) {
        change.index = RefinedPlace(series.clean, after.begin, series.width);
      }
    } else {
      change.kind = ChangeKind::kSlope;
      change.before = before.slope / width * series.unit;
      change.after = after.slope / width * series.unit;
      // Two lines that nearly meet are a bend where they do.
      const double bend = -jump / (after.slope - before.slope);
      const double reach = 0.5 * static_cast<double>(std::min(after.end - after.begin, before.end - before.begin));
      if (std::abs(bend) < reach) {
        change.index = static_cast<size_t>(std::max(1.0, (edge + bend) * width + 0.5 * width + 0.5));
      }
    }
    change.size = change.after - change.before;
    changes.push_back(change);
  }
  return changes;
}

/// Innovations of the bins about the model.
std::vector<double> Innovations(std::span<const double> bins, const Model& model) {
  std::vector<double> rest(bins.begin(), bins.end());
  for (const Segment& segment : model.cut.segments) {
    for (size_t i = segment.begin; i < segment.end; ++i) {
      rest[i] -= LevelAt(segment, static_cast<double>(i));
    }
  }
  for (size_t i = rest.size() - 1; i > 0; --i) {
    rest[i] -= model.search.phi * rest[i - 1];
  }
  return rest;
}

/// Noise smoother than AR(1) noise can be leaves innovations that depend on one another; then they are worth fewer, and
/// the cut is made again at their long-run variance.
void AllowForSmoothNoise(std::span<const double> bins, Model& model) {
  for (int turn = 0; turn < 2 && model.cut.segments.size() > 1; ++turn) {
    const double dependence = Autocorrelation(std::span<const double>(Innovations(bins, model)).subspan(1), 1);
    if (dependence * std::sqrt(static_cast<double>(bins.size())) < kDependent) {
      return;
    }
    const double used = static_cast<double>(2 * model.cut.segments.size());
    const double bounded = std::min(dependence, 0.95);
    model.search.variance =
        std::max(model.cut.squares / std::max(static_cast<double>(bins.size()) - used, 1.0), kLeastVariance) *
        (1 + bounded) / (1 - bounded);
    model.cut = CutIntoSegments(bins, model.search);
  }
}

/// Where between `begin` and `end` the variance of normal innovations changes, near `rough`: the highest likelihood.
size_t VariancePlace(std::span<const double> innovations, size_t begin, size_t rough, size_t end) {
  double total = 0;
  for (size_t i = begin; i < end; ++i) {
    total += innovations[i] * innovations[i];
  }
  const size_t reach = std::max<size_t>(8, (end - begin) / 10);
  double left = 0;
  double least = std::numeric_limits<double>::infinity();
  size_t place = rough;
  for (size_t i = begin; i + 5 < end; ++i) {
    left += innovations[i] * innovations[i];
    const double a = static_cast<double>(i + 1 - begin);
    const double b = static_cast<double>(end - i - 1);
    if (a < 5 || i + 1 + reach < rough || i + 1 > rough + reach) {
      continue;
    }
    const double tiny = 1e-12 * total + 1e-300;
    const double cost = a * std::log((left + tiny) / a) + b * std::log((std::max(total - left, 0.0) + tiny) / b);
    if (cost < least) {
      least = cost;
      place = i + 1;
    }
  }
  return place;
}

/// |e|^(2/3) of normal noise is nearly normal itself (Wilson and Hilferty 1931), so a change of variance is a step in
/// it.
void AddVarianceChanges(std::span<const double> innovations, size_t width, double unit,
                        std::vector<ChangePoint>& changes) {
  const size_t n = innovations.size();
  if (n < 30) {
    return;
  }
  std::vector<double> spread(n);
  double top = 0;
  for (size_t i = 0; i < n; ++i) {
    spread[i] = std::cbrt(innovations[i] * innovations[i]);
    top = std::max(top, spread[i]);
  }
  double deviation = 0;
  const double centre = MeanAndDeviation(spread, deviation);
  if (!(centre > 0)) {
    return;
  }
  const double floor = 0.1 * centre * centre;
  Model best;
  for (const double phi : {0.0, 0.3, 0.6}) {
    SegmentSearch search = PricesFor(n, phi, std::max(deviation * deviation, floor), false);
    search.change_price += 0.5 * std::log(static_cast<double>(n));
    search.least_length = std::max<size_t>(10, n / 25);
    Model model = ModelFor(spread, phi, search, floor, 3);
    if (!(model.cost < best.cost)) {
      break;
    }
    best = std::move(model);
  }
  const std::vector<double> gains = GainsOf(spread, best);
  const size_t known = changes.size();
  for (size_t k = 1; k < best.cut.segments.size(); ++k) {
    const Segment& before = best.cut.segments[k - 1];
    const Segment& after = best.cut.segments[k];
    const size_t index = VariancePlace(innovations, before.begin, after.begin, after.end) * width;
    const size_t near = std::max<size_t>(5, n / 25) * width;
    if (std::any_of(changes.begin(), changes.begin() + static_cast<ptrdiff_t>(known), [&](const ChangePoint& change) {
          return std::max(change.index, index) - std::min(change.index, index) < near;
        })) {
      continue;
    }
    ChangePoint change = {.index = index, .kind = ChangeKind::kVariance, .confidence = Confidence(gains[k - 1])};
    (void)MeanAndDeviation(innovations.subspan(before.begin, before.end - before.begin), change.before);
    (void)MeanAndDeviation(innovations.subspan(after.begin, after.end - after.begin), change.after);
    change.before *= unit;
    change.after *= unit;
    change.size = change.before > 0 ? std::min(change.after / change.before, 1e9) : 1e9;
    changes.push_back(change);
  }
}

}  // namespace

std::vector<ChangePoint> FindChangePoints(std::span<const double> values) {
  NormalizedSeries normal = Normalize(values);
  if (normal.present < kMinPoints || normal.present * 2 < values.size()) {
    return {};
  }
  Prepared series;
  series.unit = normal.unit;
  series.clean = std::move(normal.values);
  FillGaps(series.clean);
  TakeOutSpikes(series.clean, kGiantScales);  // a giant would smear over the moving means of the seasons
  TakeOutSeasons(series.clean);
  TakeOutSpikes(series.clean, kSpikeScales);
  series.width = (series.clean.size() + kMaxBins - 1) / kMaxBins;
  series.bins = series.width == 1 ? series.clean : BinMeans(series.clean, series.width);
  double deviation = 0;
  const double mean = MeanAndDeviation(series.bins, deviation);
  if (!(deviation > 1e-150)) {
    return {};
  }
  for (double& value : series.bins) {
    value = (value - mean) / deviation;
  }
  Model model = BestModel(series.bins);
  AllowForSmoothNoise(series.bins, model);
  std::vector<ChangePoint> changes = MeanChanges(series, model);
  for (ChangePoint& change : changes) {
    const double shift = change.kind == ChangeKind::kLevel ? mean * series.unit : 0;
    change.before = change.before * deviation + shift;
    change.after = change.after * deviation + shift;
    change.size = change.after - change.before;
  }
  AddVarianceChanges(Innovations(series.bins, model), series.width, deviation * series.unit, changes);
  std::sort(changes.begin(), changes.end(),
            [](const ChangePoint& a, const ChangePoint& b) { return a.index < b.index; });
  return changes;
}

}  // namespace bellwether
