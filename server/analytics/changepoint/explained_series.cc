#include "server/analytics/changepoint/explained_series.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "server/analytics/changepoint/change_regression.h"
#include "server/analytics/changepoint/prepared_series.h"

namespace bellwether {
namespace {

constexpr size_t kMaxBins = 480;
constexpr double kGiantScales = 12;
constexpr double kSpikeScales = 6;
constexpr double kSpreadPrice = 3.5;  // of a change of the spread, in log n
constexpr size_t kRivalModels = 6;
constexpr double kNoProspect = 40;  // of what a search may take off a cost without one
constexpr double kLeastDeviation = 1e-150;

/// Where the spread of the noise changes, the mean is explained again by weighed values, if that is worth what the
/// changes of the spread cost: heavy tails may explain the same.
void WeighBySpread(ExplainedSeries& series) {
  ChangeRegression regression(series.bins, {});
  regression.SetNoise(series.models.front().noise);
  regression.Fit(series.models.front().mean);
  std::vector<VarianceChange> changes = FindVarianceChanges(regression.residuals().subspan(NoiseFilter::kLost));
  if (changes.empty()) {
    return;
  }
  const size_t n = series.bins.size();
  std::vector<double> weights(n, 1 / changes.front().before);
  double logarithms = 0;
  for (VarianceChange& change : changes) {
    change.place += NoiseFilter::kLost;
    std::fill(weights.begin() + static_cast<ptrdiff_t>(change.place), weights.end(), 1 / change.after);
  }
  for (size_t i = NoiseFilter::kLost; i < n; ++i) {
    logarithms += std::log(weights[i]) / static_cast<double>(n - NoiseFilter::kLost);
  }
  for (double& weight : weights) {
    weight *= std::exp(-logarithms);
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

}  // namespace

Moments MomentsOf(std::span<const double> values) {
  const double count = static_cast<double>(std::max<size_t>(values.size(), 1));
  Moments moments;
  for (const double value : values) {
    moments.mean += value;
  }
  moments.mean /= count;
  for (const double value : values) {
    moments.deviation += (value - moments.mean) * (value - moments.mean);
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

/// The series in bins, not explained yet.
ExplainedSeries Binned(std::vector<double> clean, SeriesScale scale) {
  ExplainedSeries series;
  series.scale = scale;
  series.clean = std::move(clean);
  series.width = (series.clean.size() + kMaxBins - 1) / kMaxBins;
  series.bins = series.width == 1 ? series.clean : BinMeans(series.clean, series.width);
  const Moments moments = MomentsOf(series.bins);
  series.mean = moments.mean;
  series.deviation = moments.deviation > kLeastDeviation ? moments.deviation : 0;
  for (double& value : series.bins) {
    value = series.deviation > 0 ? (value - series.mean) / series.deviation : 0;
  }
  return series;
}

/// What turns the cost of a model of the bins into that of the values before scaling.
double CostOfScale(const ExplainedSeries& series) {
  double cost = 2 * static_cast<double>(series.bins.size() - NoiseFilter::kLost) * std::log(series.deviation);
  if (series.scale == SeriesScale::kLogarithm) {
    for (size_t i = NoiseFilter::kLost; i < series.bins.size(); ++i) {
      cost += 2 * (series.bins[i] * series.deviation + series.mean);
    }
  }
  return cost;
}

void Search(ExplainedSeries& series) {
  series.models = SearchChangeModels(series.bins);
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
  if (series.deviation > 0 && QuickChangeCost(series.bins, models) + CostOfScale(series) < rival.cost + kNoProspect) {
    Search(series);
  } else {
    series.cost = std::numeric_limits<double>::infinity();
  }
  return series;
}

}  // namespace bellwether
