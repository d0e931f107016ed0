#include "server/analytics/forecast/streaming_band.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace bellwether {
namespace {

/// How far a miss moves the logarithm of a factor; a hit moves it back by as much as keeps the balance.
constexpr std::array<double, 5> kRateOf = {0.005, 0.02, 0.06, 0.15, 0.4};
/// How far an outcome moves the median, in usual misses.
constexpr std::array<double, 5> kShiftRateOf = {0, 0.002, 0.01, 0.04, 0.15};
constexpr double kCorrectionRate = 0.02;
constexpr double kShiftCorrectionRate = 0.005;
constexpr double kMostFactor = 20;         // of the logarithm, either way
constexpr double kLossMemory = 200;        // outcomes at least, and
constexpr double kLossMemoryOfMisses = 5;  // so many misses
constexpr double kWeightPower = 20;        // a loss larger by 3 % has half the weight
constexpr double kMissMemory = 100;        // outcomes
constexpr size_t kFirst = 10;              // outcomes that are taken as they are
constexpr double kFarMiss = 10;            // usual misses: farther ones count no more
constexpr double kLeastShare = 0.05;       // of a normal edge about the usual miss: distances are never less
constexpr double kMost = 1.7e308;

/// The pinball loss of an edge `reach` out, for an outcome `outcome` out.
double PinballLoss(double outcome, double reach, double miss_rate) {
  return outcome > reach ? (1 - miss_rate) * (outcome - reach) : miss_rate * (reach - outcome);
}

}  // namespace

double StreamingForecastBand::Adapted::Value() const {
  double least = losses[0];
  for (const double loss : losses) {
    least = std::min(least, loss);
  }
  double sum = 0;
  double total = 0;
  for (size_t k = 0; k < kRates; ++k) {
    const double weight = losses[k] > 0 ? std::pow(least / losses[k], kWeightPower) : 1;
    sum += weight * values[k];
    total += weight;
  }
  return sum / total + correction;
}

void StreamingForecastBand::Edge::Learn(double outcome, bool is_missed, bool is_pushed) {
  const double fade = 1 - 1 / std::max(kLossMemory, kLossMemoryOfMisses / miss_rate);
  const auto moved = [&](double value, double rate, bool is_beyond) {
    return std::clamp(value + rate * ((is_beyond ? 1 : 0) - miss_rate), -kMostFactor, kMostFactor);
  };
  for (size_t k = 0; k < kRates; ++k) {
    const double reach = std::exp(factor.values[k]);
    factor.losses[k] = fade * factor.losses[k] + std::min(PinballLoss(outcome, reach, miss_rate), 1e100);
    factor.values[k] = moved(factor.values[k], kRateOf[k], outcome > reach);
  }
  if (is_missed || !is_pushed) {
    factor.correction = moved(factor.correction, kCorrectionRate, is_missed);
  }
}

void StreamingForecastBand::LearnShift(double own_median, double outcome) {
  const double miss = std::clamp(outcome - own_median, -kMost, kMost);
  const double in_force = shift_.Value();
  // Single giants say little of what is usual.
  const double far = std::abs(std::clamp(miss - in_force, -kMost, kMost));
  const double weight = 1 / std::min<double>(static_cast<double>(outcomes_), kMissMemory);
  usual_miss_ +=
      weight * ((outcomes_ > kFirst && usual_miss_ > 0 ? std::min(far, kFarMiss * usual_miss_) : far) - usual_miss_);
  const auto moved = [&](double value, double rate, bool is_above) {
    return std::clamp(value + (is_above ? rate : -rate) * usual_miss_, -kMost, kMost);
  };
  for (size_t k = 0; k < kRates; ++k) {
    const double loss = usual_miss_ > 0 ? std::abs(miss - shift_.values[k]) / usual_miss_ : 0;
    shift_.losses[k] = (1 - 1 / kLossMemory) * shift_.losses[k] + std::min(loss, kFarMiss);
    if (miss != shift_.values[k]) {
      shift_.values[k] = moved(shift_.values[k], kShiftRateOf[k], miss > shift_.values[k]);
    }
  }
  if (miss != in_force) {
    shift_.correction = moved(shift_.correction, kShiftCorrectionRate, miss > in_force);
  }
}

StreamingForecastBand::StreamingForecastBand(std::span<const double> levels, const ValueRange& range)
    : levels_(levels.begin(), levels.end()), range_(range), held_(levels.size(), 0) {
  static_assert(kRateOf.size() == kRates && kShiftRateOf.size() == kRates);
  range_.max = std::max(range_.max, range_.min);
  for (double& level : levels_) {
    level = std::clamp(level, 1e-6, 1 - 1e-6);
    Edge edge;
    edge.miss_rate = 0.5 * (1 - level);
    lower_.push_back(edge);
    upper_.push_back(edge);
  }
}

std::vector<StreamingForecastBand::Reach> StreamingForecastBand::ReachOf(const ForecastDistribution& forecast, size_t h,
                                                                         const std::vector<Edge>& edges,
                                                                         double side) const {
  const double median = forecast.Quantile(h, 0.5);
  std::vector<Reach> reaches;
  for (const Edge& edge : edges) {
    const double own = forecast.Quantile(h, side > 0 ? 1 - edge.miss_rate : edge.miss_rate);
    Reach reach;
    reach.own = std::clamp(side * (own - median), 0.0, kMost);
    reach.own = std::max(reach.own, kLeastShare * NormalQuantile(1 - edge.miss_rate) * usual_miss_);
    reach.in_force = std::min(std::exp(std::clamp(edge.factor.Value(), -kMostFactor, kMostFactor)) * reach.own, kMost);
    if (!reaches.empty() && reach.in_force < reaches.back().in_force) {
      reach.in_force = reaches.back().in_force;
      reach.is_pushed = true;
    }
    reaches.push_back(reach);
  }
  return reaches;
}

double StreamingForecastBand::Median(const ForecastDistribution& forecast, size_t h) const {
  const double moved = std::clamp(forecast.Quantile(h, 0.5) + shift_.Value(), -kMost, kMost);
  return std::clamp(range_.whole_numbers ? std::round(moved) : moved, range_.min, range_.max);
}

std::vector<BandEdges> StreamingForecastBand::Edges(const ForecastDistribution& forecast, size_t h) const {
  const double median = Median(forecast, h);
  const std::vector<Reach> below = ReachOf(forecast, h, lower_, -1);
  const std::vector<Reach> above = ReachOf(forecast, h, upper_, 1);
  std::vector<BandEdges> edges;
  for (size_t l = 0; l < levels_.size(); ++l) {
    BandEdges band{std::clamp(median - below[l].in_force, -kMost, kMost),
                   std::clamp(median + above[l].in_force, -kMost, kMost)};
    if (range_.whole_numbers) {
      band = {std::floor(band.lower), std::ceil(band.upper)};
    }
    edges.push_back({std::clamp(band.lower, range_.min, median), std::clamp(band.upper, median, range_.max)});
  }
  return edges;
}

void StreamingForecastBand::Observe(const ForecastDistribution& forecast, size_t h, double outcome) {
  if (!std::isfinite(outcome)) {
    return;
  }
  const double median = Median(forecast, h);
  const std::vector<BandEdges> bands = Edges(forecast, h);
  for (const double side : {-1.0, 1.0}) {
    std::vector<Edge>& edges = side < 0 ? lower_ : upper_;
    const std::vector<Reach> reaches = ReachOf(forecast, h, edges, side);
    for (size_t l = 0; l < edges.size(); ++l) {
      if (reaches[l].own > 0) {
        const double out = std::clamp(side * (outcome - median) / reaches[l].own, -kMost, kMost);
        const bool is_missed = side < 0 ? outcome < bands[l].lower : outcome > bands[l].upper;
        edges[l].Learn(out, is_missed, reaches[l].is_pushed);
      }
    }
  }
  for (size_t l = 0; l < levels_.size(); ++l) {
    held_[l] += outcome >= bands[l].lower && outcome <= bands[l].upper ? 1 : 0;
  }
  ++outcomes_;
  LearnShift(forecast.Quantile(h, 0.5), outcome);
}

std::vector<double> StreamingForecastBand::Coverage() const {
  std::vector<double> shares;
  for (const size_t held : held_) {
    shares.push_back(outcomes_ > 0 ? static_cast<double>(held) / static_cast<double>(outcomes_) : 0.0);
  }
  return shares;
}

}  // namespace bellwether
