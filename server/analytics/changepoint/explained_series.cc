#include "server/analytics/changepoint/explained_series.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "server/analytics/changepoint/change_regression.h"
#include "server/analytics/changepoint/prepared_series.h"

namespace bellwether {
namespace {

constexpr size_t kMaxBins = 480;
constexpr double kGiantScales = 12;
constexpr double kSpikeScales = 6;
constexpr double kSpreadPrice = 3.5;  // of a change of the spread, in log n
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

ExplainedSeries ExplainSeries(std::span<const double> values, SeriesScale scale) {
  ExplainedSeries result;
  result.scale = scale;
  result.clean.assign(values.begin(), values.end());
  if (scale == SeriesScale::kLogarithm) {
    for (double& value : result.clean) {
      value = std::log(value);
    }
  }
  TakeOutSpikes(result.clean, kGiantScales);  // a giant would smear over the moving means of the seasons
  TakeOutSeasons(result.clean);
  TakeOutSpikes(result.clean, kSpikeScales);
  result.width = (result.clean.size() + kMaxBins - 1) / kMaxBins;
  result.bins = result.width == 1 ? result.clean : BinMeans(result.clean, result.width);
  const Moments moments = MomentsOf(result.bins);
  result.mean = moments.mean;
  result.deviation = moments.deviation;
  if (!(result.deviation > kLeastDeviation)) {
    result.deviation = 0;
    return result;
  }
  double logarithms = 0;
  for (size_t i = NoiseFilter::kLost; i < result.bins.size(); ++i) {
    logarithms += result.bins[i];
  }
  for (double& value : result.bins) {
    value = (value - result.mean) / result.deviation;
  }
  result.models = SearchChangeModels(result.bins);
  WeighBySpread(result);
  result.cost = result.models.front().cost +
                2 * static_cast<double>(result.bins.size() - NoiseFilter::kLost) * std::log(result.deviation) +
                (scale == SeriesScale::kLogarithm ? 2 * logarithms : 0);
  return result;
}

}  // namespace bellwether
