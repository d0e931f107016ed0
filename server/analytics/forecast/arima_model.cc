#include "server/analytics/forecast/arima_model.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace bellwether {
namespace {

constexpr size_t kMostDifferences = 2;
constexpr double kKpssAtFivePercent = 0.463;

std::vector<double> Differenced(std::span<const double> values, size_t times) {
  std::vector<double> w(values.begin(), values.end());
  for (size_t d = 0; d < times; ++d) {
    for (size_t i = 0; i + 1 < w.size(); ++i) {
      w[i] = w[i + 1] - w[i];
    }
    w.pop_back();
  }
  return w;
}

/// The statistic of a steady level, with the variance of Newey and West over 3 / 13 √n neighbours, as that package
/// takes.
double KpssStatistic(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  std::vector<double> rest(values.begin(), values.end());
  double sum = 0;
  double squares = 0;
  for (double& value : rest) {
    value -= mean;
    sum += value;
    squares += sum * sum;
  }
  const auto lags = static_cast<size_t>(3 * std::sqrt(n) / 13);
  double variance = std::inner_product(rest.begin(), rest.end(), rest.begin(), 0.0) / n;
  for (size_t lag = 1; lag <= lags && lag < rest.size(); ++lag) {
    const double weight = 1 - static_cast<double>(lag) / static_cast<double>(lags + 1);
    variance +=
        2 * weight * std::inner_product(rest.begin() + static_cast<ptrdiff_t>(lag), rest.end(), rest.begin(), 0.0) / n;
  }
  return variance > 0 ? squares / (n * n * variance) : 0;
}

}  // namespace

size_t DifferencesNeeded(std::span<const double> values) {
  constexpr size_t kLeast = 8;
  size_t differences = 0;
  std::vector<double> w(values.begin(), values.end());
  while (differences < kMostDifferences && w.size() > kLeast && KpssStatistic(w) > kKpssAtFivePercent) {
    w = Differenced(w, 1);
    ++differences;
  }
  return differences;
}

ArimaModel ChooseArima(std::span<const double> values) {
  ArimaModel model;
  model.differences = DifferencesNeeded(values);
  std::vector<double> w = Differenced(values, model.differences);
  const auto [low, high] = std::minmax_element(w.begin(), w.end());
  if (*low == *high) {
    model.arma.constant = model.differences < kMostDifferences ? *low : 0;
    return model;
  }
  model.arma = SearchArma(std::move(w), model.differences < kMostDifferences);
  return model;
}

void ExtendArima(const ArimaModel& model, std::span<const double> values, std::span<double> path) {
  const size_t d = std::min(model.differences, values.size() - 1);
  std::vector<double> w = Differenced(values, d);
  const size_t n = w.size();
  std::vector<double> e(n + path.size(), 0.0);
  w.resize(n + path.size());
  const size_t first = std::min(n, std::max(model.arma.ar.size(), model.arma.ma.size()));
  for (size_t t = first; t < w.size(); ++t) {
    double foretold = model.arma.constant;
    for (size_t i = 0; i < std::min(model.arma.ar.size(), t); ++i) {
      foretold += model.arma.ar[i] * w[t - 1 - i];
    }
    for (size_t j = 0; j < std::min(model.arma.ma.size(), t); ++j) {
      foretold += model.arma.ma[j] * e[t - 1 - j];
    }
    if (t < n) {
      e[t] = w[t] - foretold;
    } else {
      w[t] = foretold;
    }
  }
  std::copy(w.begin() + static_cast<ptrdiff_t>(n), w.end(), path.begin());
  // Differences are added up again, the inner ones first.
  for (size_t k = d; k > 0; --k) {
    double level = Differenced(values.last(k), k - 1).back();
    for (double& value : path) {
      level += value;
      value = level;
    }
  }
}

}  // namespace bellwether
