#include "server/analytics/changepoint/explained_series.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "server/analytics/changepoint/change_regression.h"
#include "server/analytics/changepoint/prepared_series.h"
#include "server/analytics/changepoint/short_bumps.h"
#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

constexpr size_t kMaxBins = 480;
constexpr double kGiantScales = 12;
constexpr double kSpikeScales = 6;
constexpr double kSpreadPrice = 3.5;  // of a change of the spread, in log n
constexpr size_t kRivalModels = 6;
constexpr double kNoProspect = 40;  // of what a search may take off a cost without one
constexpr double kLeastDeviation = 1e-150;
constexpr size_t kLongGap = 5;         // rows after which the noise of the next value is not known
constexpr size_t kLeastEvidence = 10;  // rows

/// Where the spread of the noise changes, the mean is explained again by weighed values, if that is worth what the
/// changes of the spread cost: heavy tails may explain the same.
void WeighBySpread(ExplainedSeries& series) {
  ChangeRegression regression(series.bins, series.weights);
  regression.SetNoise(series.models.front().noise);
  regression.Fit(series.models.front().mean);
  const size_t n = series.bins.size();
  std::vector<size_t> places;
  std::vector<double> left;
  for (size_t i = NoiseFilter::kLost; i < n; ++i) {
    if (series.weights.empty() || series.weights[i] > 0) {
      places.push_back(i);
      left.push_back(regression.residuals()[i]);
    }
  }
  std::vector<VarianceChange> changes = FindVarianceChanges(left);
  if (changes.empty()) {
    return;
  }
  std::vector<double> weights(n, 1 / changes.front().before);
  for (VarianceChange& change : changes) {
    change.place = places[change.place];
    std::fill(weights.begin() + static_cast<ptrdiff_t>(change.place), weights.end(), 1 / change.after);
  }
  double logarithms = 0;
  for (const size_t i : places) {
    logarithms += std::log(weights[i]) / static_cast<double>(places.size());
  }
  for (size_t i = 0; i < n; ++i) {
    weights[i] *= series.weights.empty() || series.weights[i] > 0 ? std::exp(-logarithms) : 0;
  }
  std::vector<RatedModel> models = SearchChangeModels(series.bins, weights, series.models.front().mean.changes);
  const double price = kSpreadPrice * static_cast<double>(changes.size()) * std::log(static_cast<double>(n));
  if (models.front().cost + price >= series.models.front().cost) {
    return;
  }
  for (RatedModel& model : models) {
    model.cost += price;
  }
  series.models = std::move(models);
  series.weights = std::move(weights);
  series.spreads = std::move(changes);
}

/// Weights of values of which some are missing (NaN): 0 of these and of what follows a long gap, whose innovation is
/// not known, 1 of the rest. Empty where none is missing.
std::vector<double> EvidenceOf(std::span<const double> values) {
  std::vector<double> weights(values.size(), 1.0);
  size_t gap = 0;
  size_t unknown = 0;  // values to come that follow a long gap
  bool has_gaps = false;
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) {
      has_gaps = true;
      weights[i] = 0;
      unknown = ++gap >= kLongGap ? NoiseFilter::kLost : unknown;
    } else {
      weights[i] = unknown > 0 ? 0 : 1;
      unknown -= unknown > 0 ? 1 : 0;
      gap = 0;
    }
  }
  return has_gaps ? weights : std::vector<double>();
}

}  // namespace

Moments MomentsOf(std::span<const double> values) {
  size_t present = 0;
  Moments moments;
  for (const double value : values) {
    moments.mean += std::isnan(value) ? 0 : value;
    present += std::isnan(value) ? 0 : 1;
  }
  const double count = static_cast<double>(std::max<size_t>(present, 1));
  moments.mean /= count;
  for (const double value : values) {
    moments.deviation += std::isnan(value) ? 0 : (value - moments.mean) * (value - moments.mean);
  }
  moments.deviation = std::sqrt(moments.deviation / count);
  return moments;
}

std::vector<double> CleanValues(std::span<const double> values, SeriesScale scale) {
  std::vector<double> clean(values.begin(), values.end());
  if (scale == SeriesScale::kLogarithm) {
    for (double& value : clean) {
      value = std::log(value);
    }
  }
  TakeOutSpikes(clean, kGiantScales);  // a giant would smear over the moving means of the seasons
  TakeOutSeasons(clean);
  TakeOutSpikes(clean, kSpikeScales);
  return clean;
}

namespace {

size_t EvidenceCount(const ExplainedSeries& series) {
  return series.weights.empty() ? series.bins.size()
                                : static_cast<size_t>(std::count(series.weights.begin(), series.weights.end(), 1.0));
}

/// The series in bins, not explained yet.
ExplainedSeries Binned(std::vector<double> clean, SeriesScale scale) {
  ExplainedSeries series;
  series.scale = scale;
  series.clean = std::move(clean);
  series.width = (series.clean.size() + kMaxBins - 1) / kMaxBins;
  series.bins = series.width == 1 ? series.clean : BinMeans(series.clean, series.width);
  LeaveOutShortBumps(series.bins, LeastStretch(series.bins.size()));
  const Moments moments = MomentsOf(series.bins);
  series.weights = EvidenceOf(series.bins);
  FillGaps(series.bins);
  series.mean = moments.mean;
  series.deviation =
      moments.deviation > kLeastDeviation && EvidenceCount(series) >= kLeastEvidence ? moments.deviation : 0;
  for (double& value : series.bins) {
    value = series.deviation > 0 ? (value - series.mean) / series.deviation : 0;
  }
  return series;
}

/// What turns the cost of a model of the bins into that of the values before scaling.
double CostOfScale(const ExplainedSeries& series) {
  double cost = 0;
  for (size_t i = NoiseFilter::kLost; i < series.bins.size(); ++i) {
    if (series.weights.empty() || series.weights[i] > 0) {
      cost += 2 * std::log(series.deviation);
      cost += series.scale == SeriesScale::kLogarithm ? 2 * (series.bins[i] * series.deviation + series.mean) : 0;
    }
  }
  return cost;
}

void Search(ExplainedSeries& series) {
  series.models = SearchChangeModels(series.bins, series.weights);
  WeighBySpread(series);
  series.cost = series.models.front().cost + CostOfScale(series);
}

}  // namespace

ExplainedSeries ExplainSeries(std::vector<double> clean, SeriesScale scale) {
  ExplainedSeries series = Binned(std::move(clean), scale);
  if (series.deviation > 0) {
    Search(series);
  }
  return series;
}

ExplainedSeries ExplainSeriesAgainst(const ExplainedSeries& rival, std::vector<double> clean, SeriesScale scale) {
  ExplainedSeries series = Binned(std::move(clean), scale);
  const auto models = std::span(rival.models).first(std::min(rival.models.size(), kRivalModels));
  if (series.deviation > 0 &&
      QuickChangeCost(series.bins, series.weights, models) + CostOfScale(series) < rival.cost + kNoProspect) {
    Search(series);
  } else {
    series.cost = std::numeric_limits<double>::infinity();
  }
  return series;
}

}  // namespace bellwether
