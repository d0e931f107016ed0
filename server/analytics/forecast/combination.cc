#include "server/analytics/forecast/combination.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

constexpr double kWeightPower = 4;
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

using Paths = std::vector<std::vector<double>>;  // one path a model; empty = the model did not speak

/// The forecasts of all models from the end of `history`.
Paths Extend(const std::vector<std::unique_ptr<ForecastModel>>& models, std::span<const double> history,
             size_t horizon) {
  const auto [low, high] = std::minmax_element(history.begin(), history.end());
  // No forecast leaves the range seen by more than three times its width.
  const double reach = 3 * (*high - *low);
  Paths paths;
  for (const auto& model : models) {
    paths.emplace_back();
    if (history.size() < model->MinPoints()) {
      continue;
    }
    std::vector<double> path = model->Extend(history, horizon);
    if (std::all_of(path.begin(), path.end(), [](double v) { return std::isfinite(v); })) {
      for (double& value : path) {
        value = std::clamp(value, *low - reach, *high + reach);
      }
      paths.back() = std::move(path);
    }
  }
  return paths;
}

/// Half weighted mean, half weighted median, step by step.
std::vector<double> Blend(const Paths& paths, std::span<const double> weights, size_t horizon, double fallback) {
  std::vector<double> blended(horizon, fallback);
  std::vector<std::pair<double, double>> votes;
  for (size_t h = 0; h < horizon; ++h) {
    votes.clear();
    double total = 0;
    double mean = 0;
    for (size_t m = 0; m < paths.size(); ++m) {
      if (!paths[m].empty() && weights[m] > 0) {
        votes.emplace_back(paths[m][h], weights[m]);
        total += weights[m];
        mean += weights[m] * paths[m][h];
      }
    }
    if (votes.empty()) {
      continue;
    }
    std::sort(votes.begin(), votes.end());
    double below = 0;
    double median = votes.back().first;
    double previous_middle = 0;
    for (size_t k = 0; k < votes.size(); ++k) {
      const double middle = (below + 0.5 * votes[k].second) / total;
      if (middle >= 0.5) {
        median = votes[k].first;
        if (k > 0 && middle > previous_middle) {
          const double share = (0.5 - previous_middle) / (middle - previous_middle);
          median = votes[k - 1].first + share * (votes[k].first - votes[k - 1].first);
        }
        break;
      }
      previous_middle = middle;
      below += votes[k].second;
    }
    blended[h] = 0.5 * (mean / total + median);
  }
  return blended;
}

std::vector<size_t> Origins(size_t n, size_t horizon, size_t max_origins, size_t season) {
  std::vector<size_t> origins;
  if (n < horizon + 4) {
    return origins;
  }
  const size_t earliest = std::max<size_t>(n / 2, 3);
  if (n - horizon < earliest) {
    return origins;
  }
  size_t step = season > 0 && season <= horizon ? season : (horizon + 2) / 3;
  step = std::clamp<size_t>(step, 1, std::max<size_t>(1, (n - horizon - earliest) / 4));
  for (size_t origin = n - horizon; origin >= earliest && origins.size() < max_origins; origin -= step) {
    origins.push_back(origin);
    if (origin < step) {
      break;
    }
  }
  return origins;
}

/// Typical change between neighbours, for when there are no origins to learn from.
double TypicalChange(std::span<const double> history) {
  double sum = 0;
  for (size_t i = 1; i < history.size(); ++i) {
    sum += (history[i] - history[i - 1]) * (history[i] - history[i - 1]);
  }
  return history.size() > 1 ? std::sqrt(sum / static_cast<double>(history.size() - 1)) : 0.0;
}

}  // namespace

CombinedForecast Combine(const std::vector<std::unique_ptr<ForecastModel>>& models, std::span<const double> history,
                         size_t horizon, size_t max_origins, size_t season) {
  const size_t n = history.size();
  CombinedForecast combined;
  combined.fallback_scale = TypicalChange(history);
  // Short histories still get origins, with as much of the horizon as they hold.
  combined.origin_horizon = std::clamp<size_t>(n / 4, 1, horizon);
  const std::vector<size_t> origins = Origins(n, combined.origin_horizon, max_origins, season);
  combined.origins = origins.size();

  std::vector<Paths> past;
  std::vector<double> loss(models.size(), 0.0);
  double naive_loss = 0;
  for (const size_t origin : origins) {
    past.push_back(Extend(models, history.first(origin), combined.origin_horizon));
    std::vector<double> own(models.size(), kMissing);
    double worst = 0;
    for (size_t m = 0; m < models.size(); ++m) {
      if (past.back()[m].empty()) {
        continue;
      }
      own[m] = 0;
      for (size_t h = 0; h < combined.origin_horizon; ++h) {
        own[m] += std::abs(history[origin + h] - past.back()[m][h]);
      }
      worst = std::max(worst, own[m]);
    }
    for (size_t m = 0; m < models.size(); ++m) {
      // A model that could not speak yet is taken to have been as bad as the worst.
      loss[m] += std::isnan(own[m]) ? worst : own[m];
    }
    for (size_t h = 0; h < combined.origin_horizon; ++h) {
      naive_loss += std::abs(history[origin + h] - history[origin - 1]);
    }
  }
  combined.weights.assign(models.size(), 1.0 / static_cast<double>(models.size()));
  const double least = *std::min_element(loss.begin(), loss.end());
  const double floor = 1e-12 * (*std::max_element(loss.begin(), loss.end())) + std::numeric_limits<double>::min();
  if (!origins.empty()) {
    double total = 0;
    for (size_t m = 0; m < models.size(); ++m) {
      combined.weights[m] = std::pow((least + floor) / (loss[m] + floor), kWeightPower);
      total += combined.weights[m];
    }
    for (double& weight : combined.weights) {
      weight /= total;
    }
  }
  double combined_loss = 0;
  for (size_t o = 0; o < origins.size(); ++o) {
    const std::vector<double> blended =
        Blend(past[o], combined.weights, combined.origin_horizon, history[origins[o] - 1]);
    for (size_t h = 0; h < combined.origin_horizon; ++h) {
      const double error = history[origins[o] + h] - blended[h];
      combined.errors.push_back(error);
      combined_loss += std::abs(error);
    }
  }
  combined.skill = naive_loss > 0 ? 1 - combined_loss / naive_loss : 0.0;
  combined.path = Blend(Extend(models, history, horizon), combined.weights, horizon, history.back());
  return combined;
}

}  // namespace bellwether
