#include "server/analytics/forecast/capacity.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "server/analytics/changepoint/changepoints.h"
#include "server/analytics/forecast/late_shift.h"
#include "server/analytics/forecast/threshold_crossing.h"
#include "server/analytics/series/robust.h"
#include "server/base/status/error_origin.h"

namespace bellwether {
namespace {

constexpr size_t kMostBlocks = 64;
constexpr size_t kLeastBlocks = 5;
constexpr size_t kNodes = 15;  // of an average over a distribution, at equal probabilities
constexpr size_t kMostJumps = 2;
constexpr double kNewRate = 4;        // robust deviations of a mean of rates that is worth a look
constexpr size_t kLeastLateRows = 6;  // of a slope that began not long ago
constexpr double kJump = 6;           // in robust standard deviations of the changes

// Means of the blocks, counted back from the end; a block without values is skipped together with its time.
struct BlockMeans {
  std::vector<double> times;  ///< middle of each block, in steps
  std::vector<double> means;
};

BlockMeans MeansOfBlocks(std::span<const double> values, size_t length) {
  BlockMeans blocks;
  const size_t count = values.size() / length;
  for (size_t b = 0; b < count; ++b) {
    const size_t begin = values.size() - (count - b) * length;
    double mean = 0;
    size_t present = 0;
    for (size_t i = begin; i < begin + length; ++i) {
      if (std::isfinite(values[i])) {
        ++present;
        mean += values[i] / static_cast<double>(present) - mean / static_cast<double>(present);
      }
    }
    if (2 * present >= length) {
      blocks.times.push_back(static_cast<double>(begin) + 0.5 * static_cast<double>(length));
      blocks.means.push_back(mean);
    }
  }
  return blocks;
}

// Cuts back one or two changes that are far from all others.
void CutJumps(std::vector<double>& rates) {
  if (rates.size() < 12) {
    return;
  }
  const double middle = Median(rates);
  const double most = kJump * RobustScale(rates, middle);
  const auto jumps = std::count_if(rates.begin(), rates.end(), [&](double r) { return std::abs(r - middle) > most; });
  if (jumps <= static_cast<ptrdiff_t>(kMostJumps)) {
    for (double& rate : rates) {
      rate = std::clamp(rate, middle - most, middle + most);
    }
  }
}

// Probability that a Brownian motion with drift covers `distance` (above 0) within `time`.
double PassageShare(double distance, double time, double drift, double variance) {
  const double deviation = std::sqrt(variance * time);
  if (!(deviation > 1e-12 * distance)) {
    return drift * time >= distance ? 1 : 0;
  }
  const double first = NormalCdf((drift * time - distance) / deviation);
  // exp(2 d a / s²) Φ(-z) with both factors in logarithms: the exponent alone may leave the range of doubles.
  const double z = (drift * time + distance) / deviation;
  const double exponent = 2 * drift * distance / variance;
  const double second = z < 25 ? std::exp(std::min(exponent, 700.0)) * NormalCdf(-z)
                               : std::exp(exponent - 0.5 * z * z) / (z * std::sqrt(2 * M_PI));
  return std::clamp(first + (std::isfinite(second) ? second : 0.0), 0.0, 1.0);
}

// What happens after the end of the forecast, seen towards the capacity: distances still to go and speeds.
class Beyond {
 public:
  Beyond(const Forecast& forecast, const CapacityQuestion& question, const Drift& drift) : variance_(drift.variance) {
    const double sign = question.side == CrossingSide::kAbove ? 1 : -1;
    const size_t horizon = forecast.point.size();
    const size_t season =
        forecast.seasons.empty() ? 1 : *std::max_element(forecast.seasons.begin(), forecast.seasons.end());
    // It is the peak of the season that reaches the capacity.
    size_t peak = horizon - 1;
    for (size_t h = horizon - std::min(season, horizon); h < horizon; ++h) {
      peak = sign * forecast.point[h] > sign * forecast.point[peak] ? h : peak;
    }
    for (size_t i = 0; i < kNodes; ++i) {
      const double probability = (static_cast<double>(i) + 0.5) / kNodes;
      const double distance = sign * (question.capacity - forecast.distribution.Quantile(peak, probability));
      if (distance > 0 && std::isfinite(distance)) {
        distances_.push_back(distance);
      }
      speeds_[i] = sign * drift.per_step + drift.error * NormalQuantile(probability);
    }
  }

  /// Probability of having reached the capacity `time` steps after the end of the forecast, where it was not before.
  [[nodiscard]] double Share(double time) const {
    if (distances_.empty()) {
      return 1;
    }
    double sum = 0;
    for (const double distance : distances_) {
      for (const double speed : speeds_) {
        sum += PassageShare(distance, time, speed, variance_);
      }
    }
    return sum / static_cast<double>(distances_.size() * speeds_.size());
  }

 private:
  std::vector<double> distances_;
  std::array<double, kNodes> speeds_{};
  double variance_;
};

// The slope that the last change of the history brought, if that is what changed.
std::optional<LateSlope> FindLateSlope(std::span<const double> history) {
  const std::vector<ChangePoint> changes = FindChangePoints(history);
  if (changes.empty() || changes.back().kind != ChangeKind::kSlope) {
    return std::nullopt;
  }
  const ChangePoint& change = changes.back();
  LateSlope late{.rows = history.size() - change.index, .per_step = change.after, .chance = change.confidence};
  const std::span<const double> rows = history.subspan(change.index);
  const double middle = 0.5 * static_cast<double>(rows.size() - 1);
  std::vector<double> rest;
  double times = 0;  // squared distances from the middle
  for (size_t t = 0; t < rows.size(); ++t) {
    if (std::isfinite(rows[t])) {
      const double time = static_cast<double>(t) - middle;
      rest.push_back(rows[t] - change.after * time);
      times += time * time;
    }
  }
  if (late.rows < kLeastLateRows || 2 * rest.size() < late.rows || !std::isfinite(change.after)) {
    return std::nullopt;
  }
  late.level = Median(rest) + change.after * middle;
  late.error = RobustScale(rest, Median(rest)) / std::sqrt(times);
  return std::isfinite(late.level) && std::isfinite(late.error) ? std::optional(late) : std::nullopt;
}

// How far the peak of the last season of the forecast lies above its mean, seen towards the capacity.
double PeakOf(const Forecast& forecast, double sign) {
  const size_t horizon = forecast.point.size();
  const size_t season =
      forecast.seasons.empty() ? 1 : *std::max_element(forecast.seasons.begin(), forecast.seasons.end());
  const std::span<const double> last = std::span(forecast.point).last(std::min(season, horizon));
  double mean = 0;
  double peak = sign * last.front();
  for (const double value : last) {
    mean += sign * value / static_cast<double>(last.size());
    peak = std::max(peak, sign * value);
  }
  return last.size() < season ? 0.0 : peak - mean;
}

// The chance of having reached the capacity by each time where a late slope may go on or not.
class Mixed {
 public:
  Mixed(const LateSlope& late, double distance, double sign, const ThresholdCrossing& within, const Beyond& beyond,
        bool on_drift)
      : late_(late), distance_(distance), sign_(sign), within_(within), beyond_(beyond), on_drift_(on_drift) {}

  [[nodiscard]] double Share(double time) const {
    double goes_on = 0;
    for (size_t i = 0; i < kNodes; ++i) {
      const double normal = NormalQuantile((static_cast<double>(i) + 0.5) / kNodes);
      goes_on += PassageShare(distance_, time, sign_ * late_.per_step + late_.error * normal, 0) / kNodes;
    }
    return late_.chance * goes_on + (1 - late_.chance) * WithoutSlope(time);
  }

  [[nodiscard]] std::optional<double> TimeOf(double probability, double look_ahead) const {
    if (Share(look_ahead) < probability) {
      return std::nullopt;
    }
    double low = 0;
    double high = look_ahead;
    for (int i = 0; i < 40; ++i) {
      const double middle = 0.5 * (low + high);
      (Share(middle) < probability ? low : high) = middle;
    }
    return high;
  }

 private:
  [[nodiscard]] double WithoutSlope(double time) const {
    const auto horizon = static_cast<double>(within_.by_step.size());
    if (time < horizon) {
      return time < 1 ? 0.0 : within_.by_step[static_cast<size_t>(time) - 1];
    }
    const double by_end = within_.by_step.empty() ? 0.0 : within_.by_step.back();
    return by_end + (on_drift_ && time > horizon ? (1 - by_end) * beyond_.Share(time - horizon) : 0.0);
  }

  const LateSlope& late_;
  double distance_;
  double sign_;
  const ThresholdCrossing& within_;
  const Beyond& beyond_;
  bool on_drift_;
};

// When the capacity has been reached with `probability`.
std::optional<double> TimeOf(double probability, const ThresholdCrossing& within, const Beyond& beyond, bool on_drift,
                             double look_ahead) {
  if (const std::optional<size_t> step = within.StepOf(probability); step.has_value()) {
    return static_cast<double>(*step + 1);
  }
  const double by_end = within.by_step.empty() ? 0 : within.by_step.back();
  const auto horizon = static_cast<double>(within.by_step.size());
  const double wanted = by_end < 1 ? (probability - by_end) / (1 - by_end) : 0;
  if (!on_drift || beyond.Share(look_ahead - horizon) < wanted) {
    return std::nullopt;
  }
  double low = 0;
  double high = look_ahead - horizon;
  for (int i = 0; i < 30; ++i) {
    const double middle = 0.5 * (low + high);
    (beyond.Share(middle) < wanted ? low : high) = middle;
  }
  return horizon + high;
}

// Changes a step between means of blocks.
struct BlockRates {
  size_t length = 0;  ///< of a block
  std::vector<double> rates;
};

BlockRates RatesOf(std::span<const double> values, size_t season) {
  const size_t whole = std::max<size_t>(1, season);
  // Whole seasons; where those are too few to learn from, shorter blocks, whose changes the variance then pays for.
  size_t length = (std::max(whole, values.size() / kMostBlocks) + whole - 1) / whole * whole;
  if (values.size() / std::max<size_t>(1, length) < kLeastBlocks + 1) {
    length = std::max<size_t>(1, values.size() / (4 * kLeastBlocks));
  }
  const BlockMeans blocks = MeansOfBlocks(values, length);
  BlockRates found{.length = length};
  for (size_t b = 1; b < blocks.means.size(); ++b) {
    const double rate = (blocks.means[b] - blocks.means[b - 1]) / (blocks.times[b] - blocks.times[b - 1]);
    if (std::isfinite(rate)) {
      found.rates.push_back(rate);
    }
  }
  return found;
}

// Whether the newest rates are unlike those before: change points take long to be found.
bool HasNewRate(const std::vector<double>& rates) {
  for (size_t last = 1; 2 * last <= rates.size(); last = last < 4 ? last + 1 : 2 * last) {
    const std::span<const double> before = std::span(rates).first(rates.size() - last);
    const double usual = Median(before);
    double sum = 0;
    for (const double rate : std::span(rates).last(last)) {
      sum += rate - usual;
    }
    if (std::abs(sum) > kNewRate * std::sqrt(static_cast<double>(last)) * RobustScale(before, usual)) {
      return true;
    }
  }
  return false;
}

}  // namespace

Drift EstimateDrift(std::span<const double> values, size_t season) {
  Drift drift;
  auto [length, rates] = RatesOf(values, season);
  drift.blocks = rates.size();
  if (rates.size() < kLeastBlocks) {
    return drift;
  }
  CutJumps(rates);
  const auto count = static_cast<double>(rates.size());
  for (const double rate : rates) {
    drift.per_step += rate / count;
  }
  // Divided by the largest rate, so that squares neither overflow nor vanish.
  double unit = 0;
  for (const double rate : rates) {
    unit = std::max(unit, std::abs(rate - drift.per_step));
  }
  double long_run = 0;
  const auto lags = static_cast<size_t>(std::cbrt(count));
  for (size_t lag = 0; unit > 0 && lag <= std::min(lags, rates.size() - 1); ++lag) {
    double covariance = 0;
    for (size_t i = lag; i < rates.size(); ++i) {
      covariance += (rates[i] - drift.per_step) / unit * ((rates[i - lag] - drift.per_step) / unit) / count;
    }
    long_run += (lag == 0 ? 1 : 2 * (1 - static_cast<double>(lag) / static_cast<double>(lags + 1))) * covariance;
  }
  // The mean is taken from the same changes, which makes each term too small by about 1 / count.
  const double shrinkage = 1 - static_cast<double>(lags + 1) / count;
  const double deviation = unit * std::sqrt(std::max(long_run, 0.0) / shrinkage);
  drift.error = deviation / std::sqrt(count);
  drift.variance = deviation * static_cast<double>(length) * deviation;
  drift.is_known = std::isfinite(drift.per_step) && std::isfinite(drift.variance);
  return drift;
}

absl::StatusOr<TimeToCapacity> ForecastCapacity(const Forecast& forecast, std::span<const double> history,
                                                const CapacityQuestion& question) {
  if (!std::isfinite(question.capacity)) {
    return BadQueryError("The capacity must be a finite number. Give a value in the unit of the series.");
  }
  if (!(question.level > 0 && question.level < 1)) {
    return BadQueryError("The level of the interval must lie between 0 and 1, both excluded, such as 0.95.");
  }
  TimeToCapacity found;
  const auto last = std::find_if(history.rbegin(), history.rend(), [](double value) { return std::isfinite(value); });
  if (last != history.rend() && Reaches(*last, question.capacity, question.side)) {
    found.reached_already = true;
    found.earliest = found.median = found.latest = 0;
    found.probability = 1;
    return found;
  }
  if (forecast.point.empty()) {
    return found;
  }
  absl::StatusOr<ThresholdCrossing> within = CrossThreshold(forecast, question.capacity, question.side);
  if (!within.ok()) {
    return within.status();
  }
  const size_t season =
      forecast.seasons.empty() ? 0 : *std::max_element(forecast.seasons.begin(), forecast.seasons.end());
  found.drift = EstimateDrift(history, season);
  const size_t horizon = within->by_step.size();
  found.rests_on_drift = found.drift.is_known && question.look_ahead > horizon && horizon > 0;
  const auto look_ahead = static_cast<double>(std::max(question.look_ahead, horizon));
  const Beyond beyond(forecast, question, found.drift);
  const double by_end = within->by_step.empty() ? 0 : within->by_step.back();
  found.probability = by_end;
  if (found.rests_on_drift) {
    found.probability += (1 - by_end) * beyond.Share(look_ahead - static_cast<double>(horizon));
  }
  const auto time_of = [&](double probability) {
    return TimeOf(probability, *within, beyond, found.rests_on_drift, look_ahead);
  };
  found.earliest = time_of(0.5 - 0.5 * question.level);
  found.median = time_of(0.5);
  found.latest = time_of(0.5 + 0.5 * question.level);
  found.late = HasNewRate(RatesOf(history, season).rates) ? FindLateSlope(history) : std::nullopt;
  if (found.late.has_value()) {
    LateSlope& late = *found.late;
    const double sign = question.side == CrossingSide::kAbove ? 1 : -1;
    const double distance = std::max(sign * (question.capacity - late.level) - PeakOf(forecast, sign), 0.0);
    const double time = distance / (sign * late.per_step);
    if (std::isfinite(time) && time >= 0) {
      late.time = time;
    }
    late.chance *= ChanceToLast(late.rows, static_cast<size_t>(std::min(late.time.value_or(look_ahead), look_ahead)));
    const Mixed mixed(late, distance, sign, *within, beyond, found.rests_on_drift);
    found.probability = mixed.Share(look_ahead);
    found.earliest = mixed.TimeOf(0.5 - 0.5 * question.level, look_ahead);
    found.median = mixed.TimeOf(0.5, look_ahead);
    found.latest = mixed.TimeOf(0.5 + 0.5 * question.level, look_ahead);
  }
  return found;
}

}  // namespace bellwether
