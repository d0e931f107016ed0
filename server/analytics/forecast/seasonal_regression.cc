#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <utility>

#include "server/analytics/forecast/models.h"

namespace bellwether {
namespace {

constexpr double kPriorDeviation = 0.3;  // of a coefficient of the standardised series
constexpr double kMaxDeviations = 8;     // a recursive path never leaves this

/// The lags that may matter, ascending: the last values, those around a season ago, the step between two seasons.
std::vector<size_t> LagsFor(const std::vector<size_t>& seasons, size_t rows) {
  std::vector<size_t> lags = {1, 2, 3, 4};
  const auto around = [&](size_t centre, size_t reach) {
    for (size_t lag = centre > reach ? centre - reach : 1; lag <= centre + reach; ++lag) {
      lags.push_back(lag);
    }
  };
  for (size_t k = 0; k < seasons.size(); ++k) {
    around(seasons[k], 2);
    if (k == 0 && seasons.size() > 1) {
      around(2 * seasons[0], 1);
      around(seasons.back() - std::min(seasons[0], seasons.back() - 1), 1);
    }
  }
  std::sort(lags.begin(), lags.end());
  lags.erase(std::unique(lags.begin(), lags.end()), lags.end());
  // At least six rows a coefficient.
  while (lags.size() > 1 && (lags.back() >= rows || rows - lags.back() < 6 * lags.size())) {
    lags.pop_back();
  }
  return lags;
}

class SeasonalRegressionModel final : public ForecastModel {
 public:
  explicit SeasonalRegressionModel(std::vector<size_t> seasons) : seasons_(std::move(seasons)) {}
  std::string_view id() const override { return "seasonal-regression"; }
  size_t MinPoints() const override { return 24; }
  std::vector<double> Extend(std::span<const double> history, size_t horizon) const override;

 private:
  std::vector<size_t> seasons_;
};

std::vector<double> SeasonalRegressionModel::Extend(std::span<const double> history, size_t horizon) const {
  const size_t longest = seasons_.empty() ? 50 : seasons_.back();
  // Beyond four half-lives a row has no weight left.
  const size_t half_life = std::max<size_t>(2 * longest, 50);
  const size_t rows = std::min(history.size(), 5 * half_life + longest);
  history = history.subspan(history.size() - rows);
  const bool positive = *std::min_element(history.begin(), history.end()) >= 0;
  std::vector<double> z(rows + horizon);
  double weights = 0;
  double mean = 0;
  const auto weight_of = [&](size_t i) {
    return std::exp2(-static_cast<double>(rows - 1 - i) / static_cast<double>(half_life));
  };
  for (size_t i = 0; i < rows; ++i) {
    z[i] = positive ? std::sqrt(history[i]) : history[i];
    weights += weight_of(i);
    mean += weight_of(i) * z[i];
  }
  mean /= weights;
  double power = 0;
  for (size_t i = 0; i < rows; ++i) {
    power += weight_of(i) * (z[i] - mean) * (z[i] - mean);
  }
  const double deviation = std::sqrt(power / weights);
  if (!(deviation > 0)) {
    return std::vector<double>(horizon, history.back());
  }
  for (size_t i = 0; i < rows; ++i) {
    z[i] = (z[i] - mean) / deviation;
  }

  const std::vector<size_t> lags = LagsFor(seasons_, rows);
  const auto p = static_cast<Eigen::Index>(lags.size());
  const size_t first = lags.back();
  const auto count = static_cast<Eigen::Index>(rows - first);
  // Column k holds sqrt(weight) * z lagged by lags[k].
  Eigen::MatrixXd columns(count, p);
  Eigen::VectorXd target(count);
  Eigen::VectorXd root(count);
  for (Eigen::Index t = 0; t < count; ++t) {
    root[t] = std::sqrt(weight_of(first + static_cast<size_t>(t)));
    target[t] = root[t] * z[first + static_cast<size_t>(t)];
  }
  for (Eigen::Index k = 0; k < p; ++k) {
    const double* lagged = z.data() + first - lags[static_cast<size_t>(k)];
    columns.col(k) = root.array() * Eigen::Map<const Eigen::ArrayXd>(lagged, count);
  }
  Eigen::MatrixXd gram = Eigen::MatrixXd::Zero(p, p);
  gram.selfadjointView<Eigen::Lower>().rankUpdate(columns.transpose());
  const Eigen::VectorXd moment = columns.transpose() * target;
  const double mass = root.squaredNorm();
  // First nearly unpenalised, for the size of the noise, which then sets the weight of the prior.
  const auto solve = [&](double ridge) -> Eigen::VectorXd {
    Eigen::MatrixXd penalised = gram;
    penalised.diagonal().array() += ridge;
    return penalised.ldlt().solve(moment);
  };
  Eigen::VectorXd b = solve(1e-4 * mass);
  const double noise = (target - columns * b).squaredNorm() / mass;
  const double effective = std::min(static_cast<double>(count), static_cast<double>(half_life) / 0.6931);
  b = solve(mass * noise / (kPriorDeviation * kPriorDeviation * effective) + 1e-9 * mass);
  const double intercept = (root.dot(target) - root.dot(columns * b)) / mass;

  std::vector<double> forecast(horizon);
  for (size_t h = 0; h < horizon; ++h) {
    double next = intercept;
    for (size_t k = 0; k < lags.size(); ++k) {
      next += b[static_cast<Eigen::Index>(k)] * z[rows + h - lags[k]];
    }
    z[rows + h] = std::clamp(next, -kMaxDeviations, kMaxDeviations);
    const double value = mean + deviation * z[rows + h];
    forecast[h] = positive ? std::max(value, 0.0) * std::max(value, 0.0) : value;
  }
  return forecast;
}

}  // namespace

std::unique_ptr<ForecastModel> MakeSeasonalRegressionModel(std::vector<size_t> seasons) {
  return std::make_unique<SeasonalRegressionModel>(std::move(seasons));
}

}  // namespace bellwether
