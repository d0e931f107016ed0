#include "server/analytics/forecast/late_shift.h"

#include <algorithm>
#include <cmath>

#include "server/analytics/forecast/combination.h"
#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

constexpr size_t kLeastRows = 3;     // at the new level,
constexpr size_t kLeastShare = 10;   // and a tenth of the horizon,
constexpr size_t kEnoughRows = 6;    // or so many: a spike is over by then
constexpr size_t kLeastOrigins = 6;  // before the shift, to know what is usual
constexpr double kFar = 6;           // robust deviations of what is usual
constexpr double kBeyondAll = 1.6;   // times as far as ever before
constexpr size_t kSearched = 4;      // horizons before the end that a shift is looked for in
constexpr double kLeastPart = 0.5;   // of the shift: at its first rows, and at all last ones
constexpr double kForGood = 0.7;     // of the levels that are proven
constexpr double kRareMove = 0.99;   // of the moves before a jump that are smaller than it

/// Mean error over the last `steps` of the forecast from origin `o`; NaN where half of them are unknown.
double MeanLastError(const Backtest& backtest, size_t o, size_t steps) {
  double sum = 0;
  double count = 0;
  for (size_t i = (o + 1) * backtest.horizon - steps; i < (o + 1) * backtest.horizon; ++i) {
    if (!std::isnan(backtest.truth[i])) {
      sum += backtest.truth[i] - backtest.forecast[i];
      count += 1;
    }
  }
  return 2 * count >= static_cast<double>(steps) ? sum / count : std::nan("");
}

/// How the last `steps` rows were missed from origin `last` where that is unlike all that happened before; 0 otherwise.
double ProvenMiss(const Backtest& backtest, size_t last, size_t steps) {
  const double now = MeanLastError(backtest, last, steps);
  std::vector<double> before;
  for (size_t o = 0; o < last; ++o) {
    // None of whose rows are among those judged.
    const double miss = std::abs(MeanLastError(backtest, o, steps));
    if (backtest.rows[o] + backtest.horizon + steps <= backtest.history && !std::isnan(miss)) {
      before.push_back(miss);
    }
  }
  if (before.size() < kLeastOrigins || std::isnan(now)) {
    return 0;
  }
  const double largest = *std::max_element(before.begin(), before.end());
  const double usual = 1.4826 * QuantileInPlace(before, 0.5);
  return std::abs(now) > std::max(kFar * usual, kBeyondAll * largest) ? now : 0.0;
}

/// The values on the scale without the course of the longest season that was seen twice before `begin`.
std::vector<double> WithoutSeason(std::span<const double> values, size_t begin, std::span<const size_t> seasons) {
  std::vector<double> rest(values.begin(), values.end());
  size_t season = 0;
  for (const size_t candidate : seasons) {
    season = begin >= 2 * candidate ? candidate : season;
  }
  if (season < 2) {
    return rest;
  }
  std::vector<double> sums(season, 0.0);
  std::vector<double> counts(season, 0.0);
  for (size_t t = begin % season; t < begin; ++t) {
    sums[t % season] += values[t];
    counts[t % season] += 1;
  }
  for (size_t t = 0; t < rest.size(); ++t) {
    rest[t] -= sums[t % season] / counts[t % season];
  }
  return rest;
}

/// Means of any rows in constant time.
class RunningMeans {
 public:
  explicit RunningMeans(const std::vector<double>& values) : sums_(values.size() + 1, 0.0) {
    for (size_t t = 0; t < values.size(); ++t) {
      sums_[t + 1] = sums_[t] + values[t];
    }
  }

  [[nodiscard]] size_t size() const { return sums_.size() - 1; }

  [[nodiscard]] double Mean(size_t from, size_t to) const {
    return (sums_[to] - sums_[from]) / static_cast<double>(to - from);
  }
  /// The mean of `after` rows from `row` on less that of `before` rows before it.
  [[nodiscard]] double Contrast(size_t row, size_t after, size_t before) const {
    return Mean(row, row + after) - Mean(row - before, row);
  }

 private:
  std::vector<double> sums_;
};

/// Rows before a shift that its size is measured from: few enough for a trend to matter little.
size_t BaseRows(size_t row, size_t after) { return std::min(row, std::max<size_t>(8, 2 * after)); }

/// Rows on both sides of a jump that show it.
size_t NearRows(size_t after) { return std::min(std::max<size_t>(3, after / 8), after); }

/// The split from `begin` on whose two sides differ most, in standard errors of their contrast.
size_t LargestContrast(const RunningMeans& means, size_t begin, size_t n) {
  size_t found = begin;
  double farthest = -1;
  for (size_t row = std::max<size_t>(begin, 1); row < n; ++row) {
    const size_t base = BaseRows(row, n - row);
    const auto after = static_cast<double>(n - row);
    const auto before = static_cast<double>(base);
    const double score = std::abs(means.Contrast(row, n - row, base)) * std::sqrt(after * before / (after + before));
    if (score > farthest) {
      farthest = score;
      found = row;
    }
  }
  return found;
}

/// Noise moves that split about; the jump itself is where near values differ most.
size_t LargestJump(const RunningMeans& means, size_t n, size_t split) {
  const size_t near = NearRows(n - split);
  const size_t around = (n - split) / 4 + 2;
  size_t found = split;
  double farthest = 0;
  for (size_t row = std::max(near, split - std::min(around, split)); row <= std::min(split + around, n - near); ++row) {
    const double jump = std::abs(means.Contrast(row, near, near));
    if (jump > farthest) {
      farthest = jump;
      found = row;
    }
  }
  return found;
}

/// Where values step to another level, and how far.
struct Step {
  size_t row = 0;
  double size = 0;
};

/// The step from `begin` on: half of it at once, still there at the end, of `least` rows, to the side of `miss`.
std::optional<Step> FindStep(const RunningMeans& means, size_t begin, size_t least, double miss) {
  const size_t n = means.size();
  const size_t row = LargestJump(means, n, LargestContrast(means, begin, n));
  const size_t after = n - row;
  const size_t near = NearRows(after);
  const size_t base = BaseRows(row, after);
  const double size = means.Contrast(row, after, base);
  const double before = means.Mean(row - base, row);
  double least_part = near <= row ? means.Contrast(row, near, near) / size : 0.0;
  for (const size_t newest : {size_t{1}, size_t{3}, after / 4, after / 2}) {
    const size_t count = std::clamp<size_t>(newest, 1, after);
    least_part = std::min(least_part, (means.Mean(n - count, n) - before) / size);
  }
  const bool is_step = after >= least && size * miss > 0 && least_part >= kLeastPart;
  return is_step ? std::optional(Step{row, size}) : std::nullopt;
}

/// Whether the values themselves made at least half of the step, and moved farther than nearly ever before: where one
/// was expected to rise that did not, as on a holiday, only the errors step.
bool IsRareMove(const RunningMeans& values, const Step& step) {
  const size_t near = NearRows(values.size() - step.row);
  if (step.row < 3 * near) {
    return false;
  }
  const double move = values.Contrast(step.row, near, near);
  std::vector<double> before;
  for (size_t row = near; row + 2 * near <= step.row; ++row) {
    before.push_back(std::abs(values.Contrast(row, near, near)));
  }
  return move / step.size >= kLeastPart && std::abs(move) > QuantileInPlace(before, kRareMove);
}

double ToScale(double value, ValueScale scale) {
  return scale == ValueScale::kRoot ? std::sqrt(std::max(value, 0.0)) : value;
}

/// What the forecast from origin `o` missed of the newest values, which are on `scale`: no season is left in it.
/// Nothing before, and what was missed last where the truth is unknown.
std::vector<double> MissedBy(const Backtest& backtest, size_t o, std::span<const double> values, ValueScale scale) {
  std::vector<double> missed(values.size(), 0.0);
  const size_t begin = values.size() - backtest.horizon;
  for (size_t h = 0; h < backtest.horizon; ++h) {
    const size_t i = o * backtest.horizon + h;
    missed[begin + h] = std::isnan(backtest.truth[i]) ? (h > 0 ? missed[begin + h - 1] : 0.0)
                                                      : values[begin + h] - ToScale(backtest.forecast[i], scale);
  }
  return missed;
}

}  // namespace

std::optional<LateShift> FindLateShift(std::span<const double> history, const Backtest& backtest,
                                       std::span<const size_t> seasons) {
  const size_t n = history.size();
  const size_t horizon = backtest.horizon;
  // The newest origin whose horizon is known to its end, which is that of the history.
  size_t last = backtest.origins;
  while (last > 0 && backtest.rows[last - 1] + horizon > n) {
    --last;
  }
  if (last < kLeastOrigins + 1 || backtest.rows[last - 1] + horizon != n) {
    return std::nullopt;
  }
  const size_t least = std::max(kLeastRows, std::min(kEnoughRows, horizon / kLeastShare));
  double miss = 0;
  for (size_t steps = horizon; steps >= least && miss == 0; steps /= 2) {
    miss = ProvenMiss(backtest, last - 1, steps);
  }
  if (miss == 0) {
    return std::nullopt;
  }
  const ValueScale scale =
      *std::min_element(history.begin(), history.end()) >= 0 ? ValueScale::kRoot : ValueScale::kRaw;
  std::vector<double> values(n);
  std::transform(history.begin(), history.end(), values.begin(), [&](double v) { return ToScale(v, scale); });
  const RunningMeans moves(values);
  const size_t begin = n - std::min(kSearched * horizon, n / 2);
  std::optional<Step> step =
      FindStep(RunningMeans(MissedBy(backtest, last - 1, values, scale)), n - horizon, least, miss);
  if (!step.has_value() || !IsRareMove(moves, *step)) {
    step = FindStep(RunningMeans(WithoutSeason(values, begin, seasons)), begin, least, miss);
  }
  if (!step.has_value() || !IsRareMove(moves, *step)) {
    return std::nullopt;
  }
  return LateShift{.row = step->row, .size = step->size, .scale = scale};
}

double ChanceToLast(size_t rows, size_t ahead) {
  const auto lasted = static_cast<double>(rows);
  return kForGood + (1 - kForGood) * lasted / (lasted + static_cast<double>(ahead));
}

std::vector<double> LiftedHistory(std::span<const double> history, const LateShift& shift) {
  std::vector<double> lifted(history.begin(), history.end());
  for (size_t t = 0; t < shift.row; ++t) {
    const double value = ToScale(lifted[t], shift.scale) + shift.size;
    lifted[t] = shift.scale == ValueScale::kRoot ? std::max(value, 0.0) * std::max(value, 0.0) : value;
  }
  return lifted;
}

}  // namespace bellwether
