#include "server/analytics/forecast/lag_regression.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>
#include <utility>

#include "server/analytics/forecast/running_ridge.h"
#include "server/analytics/series/clip.h"
#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

constexpr double kPriorDeviation = 0.3;
constexpr double kHuber = 1.5;             // misses beyond this many robust deviations are weighted down
constexpr double kHuberVariance = 0.7785;  // mean square of a standard normal cut at 1.5
constexpr double kSeasonalMemory = 0.8;    // a mean of about five seasons
constexpr double kReach = 8;               // forecasts stay within this many deviations of the local mean
constexpr size_t kLeastRows = 20;
constexpr size_t kRowsPerLag = 6;
constexpr std::array<ptrdiff_t, 4> kMeanOffsets = {-1, 0, 1, 2};
constexpr size_t kChunk = 64;  // rows that are made and added at a time: they stay in the cache

/// Exponentially weighted mean and variance.
struct LocalMoments {
  double weight = 0;
  double sum = 0;
  double squares = 0;

  void Add(double z, double fade) {
    weight = fade * weight + 1;
    sum = fade * sum + z;
    squares = fade * squares + z * z;
  }
  [[nodiscard]] double Mean() const { return weight > 0 ? sum / weight : 0.0; }
  [[nodiscard]] double Deviation() const {
    const double mean = Mean();
    return weight > 0 ? std::sqrt(std::max(squares / weight - mean * mean, 0.0)) : 0.0;
  }
};

/// A specification and what follows from it.
struct LagDesign {
  explicit LagDesign(LagRegressionSpec wanted) : spec(std::move(wanted)) {
    first = spec.lags.back();
    for (const size_t season : spec.mean_seasons) {
      first = std::max(first, season + static_cast<size_t>(kMeanOffsets.back()));
    }
    first += spec.differences ? 1 : 0;
    centred = spec.lags.size() + kMeanOffsets.size() * spec.mean_seasons.size();
    slopes = centred + 2 * spec.waves.size();
  }

  [[nodiscard]] size_t MinPoints() const { return first + std::max(kLeastRows, 2 * slopes); }

  LagRegressionSpec spec;
  size_t first = 0;    ///< the first row with all its columns
  size_t centred = 0;  ///< columns measured from the local mean
  size_t slopes = 0;
};

/// How rows are weighed besides by their age.
enum class Weighing {
  kPlain,
  kRobust,          ///< less where the newest fit misses by far
  kRobustAndLearn,  ///< likewise, and the misses say how large the noise is now
};

/// One series passing through: sums, the newest fit, and what depends on it.
class LagRegressionRun {
 public:
  LagRegressionRun(const LagDesign& design, std::span<const double> history, size_t horizon);

  /// Takes in the rows before `origin` and solves. False where there is nothing to solve.
  bool FitAt(size_t origin);

  void Forecast(size_t origin, std::span<double> path);

 private:
  void FillRow(size_t t, double* row) const;
  /// Adds rows to the sums.
  void AddRows(size_t from, size_t to, Weighing weighing);
  void LearnNoise(size_t count, double limit);
  /// The noise from the misses of all rows before `origin`, by the newest fit.
  void MeasureNoise(size_t origin);
  bool Solve(size_t origin);
  /// Sizes of the misses of the first `count` rows at hand.
  void MeasureMisses(size_t count);

  const LagDesign& design_;
  const LagRegressionSpec& spec_;
  std::span<const double> history_;
  size_t horizon_;
  std::vector<double> z_;                   ///< the values regressed: the history or its differences
  std::vector<std::vector<double>> means_;  ///< of each mean season, one longer than the horizon reaches
  WaveTable waves_;
  RunningRidge ridge_;
  PaddedRows rows_;
  std::vector<double> fades_;  ///< powers of the fading of one step
  std::vector<double> weights_;
  size_t added_ = 0;     ///< rows before this one are in the sums
  size_t measured_ = 0;  ///< values before this one are in the moments
  LocalMoments moments_;
  double mean_ = 0;
  double deviation_ = 1;
  double noise_ = 0;  ///< robust variance of the misses
  double noise_sum_ = 0;
  double noise_weight_ = 0;
  bool fitted_ = false;
  std::vector<double> slopes_;
  double intercept_ = 0;
  std::vector<double> padded_;
  std::vector<double> misses_;
  std::vector<double> work_;
  std::vector<std::vector<double>> run_;
};

LagRegressionRun::LagRegressionRun(const LagDesign& design, std::span<const double> history, size_t horizon)
    : design_(design),
      spec_(design.spec),
      history_(history),
      horizon_(horizon),
      z_(history.begin(), history.end()),
      waves_(spec_.waves, history.size() + horizon),
      ridge_(design.slopes, design.centred),
      rows_(kChunk, design.slopes + 2),
      fades_(kChunk + 1),
      weights_(kChunk) {
  const size_t n = history.size();
  if (spec_.differences) {
    for (size_t t = n; t-- > 1;) {
      z_[t] -= z_[t - 1];
    }
    z_[0] = 0;
  }
  const double fade = std::exp2(-1 / spec_.half_life);
  fades_[0] = 1;
  for (size_t i = 1; i < fades_.size(); ++i) {
    fades_[i] = fades_[i - 1] * fade;
  }
  for (const size_t m : spec_.mean_seasons) {
    // Known up to one season after the end; what the forecasts add beyond is made while forecasting.
    std::vector<double> mean(n + horizon + 1, 0.0);
    for (size_t t = 0; t < std::min(n + m, mean.size()); ++t) {
      mean[t] = t >= 2 * m ? (1 - kSeasonalMemory) * z_[t - m] + kSeasonalMemory * mean[t - m]
                : t >= m   ? z_[t - m]
                           : (t < n ? z_[t] : 0.0);
    }
    means_.push_back(std::move(mean));
  }
  added_ = design.first;
  measured_ = spec_.differences ? 1 : 0;
}

void LagRegressionRun::FillRow(size_t t, double* row) const {
  const double* now = z_.data() + t;
  for (size_t i = 0; i < spec_.lags.size(); ++i) {
    row[i] = now[-static_cast<ptrdiff_t>(spec_.lags[i])];
  }
  size_t column = spec_.lags.size();
  for (const std::vector<double>& mean : means_) {
    for (const ptrdiff_t offset : kMeanOffsets) {
      row[column++] = mean[static_cast<size_t>(static_cast<ptrdiff_t>(t) - offset)];
    }
  }
  if (waves_.columns() > 0) {
    std::memcpy(row + column, waves_.row(t), waves_.columns() * sizeof(double));
    column += waves_.columns();
  }
  row[column] = *now;
  row[column + 1] = 1;
}

void LagRegressionRun::MeasureMisses(size_t count) {
  double constant = intercept_ + mean_;
  for (size_t i = 0; i < design_.centred; ++i) {
    constant -= slopes_[i] * mean_;
  }
  padded_.assign(rows_.width(), 0.0);
  std::copy(slopes_.begin(), slopes_.end(), padded_.begin());
  misses_.assign(count, constant);
  AddRowProducts(rows_, 0, padded_, misses_);
  for (size_t i = 0; i < count; ++i) {
    misses_[i] = std::abs(rows_.row(i)[design_.slopes] - misses_[i]);
  }
}

void LagRegressionRun::AddRows(size_t from, size_t to, Weighing weighing) {
  for (size_t begin = from; begin < to; begin += kChunk) {
    const size_t count = std::min(kChunk, to - begin);
    for (size_t i = 0; i < count; ++i) {
      FillRow(begin + i, rows_.row(i));
      weights_[i] = fades_[count - 1 - i];
    }
    if (weighing != Weighing::kPlain) {
      MeasureMisses(count);
      const double limit = kHuber * std::sqrt(noise_);
      if (weighing == Weighing::kRobustAndLearn) {
        LearnNoise(count, limit);
      }
      for (size_t i = 0; i < count; ++i) {
        weights_[i] *= misses_[i] > limit ? limit / misses_[i] : 1.0;
      }
    }
    ridge_.Fade(fades_[count]);
    ridge_.Add(rows_, weights_, count);
  }
}

void LagRegressionRun::LearnNoise(size_t count, double limit) {
  noise_sum_ *= fades_[count];
  noise_weight_ *= fades_[count];
  for (size_t i = 0; i < count; ++i) {
    const double miss = std::min(misses_[i], limit);
    noise_sum_ += weights_[i] * miss * miss / kHuberVariance;
    noise_weight_ += weights_[i];
  }
  noise_ = noise_sum_ / noise_weight_ + 1e-14;
}

bool LagRegressionRun::Solve(size_t origin) {
  mean_ = moments_.Mean();
  deviation_ = moments_.Deviation() + 1e-12;
  const double effective = std::min(static_cast<double>(origin - design_.first), spec_.half_life / std::numbers::ln2);
  const double ridge = noise_ / (kPriorDeviation * kPriorDeviation * effective);
  return ridge_.Solve(mean_, ridge, ridge, slopes_, intercept_);
}

void LagRegressionRun::MeasureNoise(size_t origin) {
  std::vector<double> misses;
  misses.reserve(origin - design_.first);
  for (size_t t = design_.first; t < origin; t += kChunk) {
    const size_t count = std::min(kChunk, origin - t);
    for (size_t i = 0; i < count; ++i) {
      FillRow(t + i, rows_.row(i));
    }
    MeasureMisses(count);
    misses.insert(misses.end(), misses_.begin(), misses_.end());
  }
  const double typical = 1.4826 * QuantileInPlace(misses, 0.5);
  noise_ = typical * typical + 1e-14;
}

bool LagRegressionRun::FitAt(size_t origin) {
  const double fade = fades_[1];
  for (; measured_ < origin; ++measured_) {
    moments_.Add(z_[measured_], fade);
  }
  if (origin < design_.MinPoints()) {
    return false;
  }
  if (!fitted_) {
    // The first fit is made twice: plainly, for the size of the misses, then with the weights that follow from them.
    AddRows(added_, origin, Weighing::kPlain);
    mean_ = moments_.Mean();
    deviation_ = moments_.Deviation();
    if (!ridge_.Solve(mean_, 1e-4 * deviation_ * deviation_, 1e-3, slopes_, intercept_)) {
      return false;
    }
    fitted_ = true;
    MeasureNoise(origin);
    noise_weight_ = static_cast<double>(origin - design_.first);
    noise_sum_ = noise_ * noise_weight_;
    ridge_.Clear();
    AddRows(added_, origin, Weighing::kRobust);
  } else {
    AddRows(added_, origin, Weighing::kRobustAndLearn);
  }
  added_ = origin;
  return Solve(origin);
}

void LagRegressionRun::Forecast(size_t origin, std::span<double> path) {
  const size_t lags = spec_.lags.size();
  const size_t reach = design_.first;
  const size_t begin = origin - std::min(origin, reach + 1);
  work_.assign(origin - begin + horizon_, 0.0);
  for (size_t t = begin; t < origin; ++t) {
    work_[t - begin] = z_[t] - mean_;
  }
  run_.assign(means_.size(), {});
  for (size_t a = 0; a < means_.size(); ++a) {
    run_[a].assign(means_[a].begin() + static_cast<ptrdiff_t>(begin),
                   means_[a].begin() + static_cast<ptrdiff_t>(origin + horizon_ + 1));
  }
  std::fill(path.begin(), path.end(), intercept_);
  if (waves_.columns() > 0) {
    padded_.assign(waves_.width(), 0.0);
    std::copy(slopes_.begin() + static_cast<ptrdiff_t>(design_.centred), slopes_.end(), padded_.begin());
    waves_.AddProducts(origin, padded_, path);
  }
  double level = history_[origin - 1];
  const double limit = kReach * deviation_;
  const double* slopes = slopes_.data();
  for (size_t h = 0; h < horizon_; ++h) {
    const size_t t = origin - begin + h;
    double sum = path[h];
    double other = 0;
    size_t i = 0;
    for (; i + 2 <= lags; i += 2) {
      sum += slopes[i] * work_[t - spec_.lags[i]];
      other += slopes[i + 1] * work_[t - spec_.lags[i + 1]];
    }
    if (i < lags) {
      sum += slopes[i] * work_[t - spec_.lags[i]];
    }
    for (size_t a = 0; a < means_.size(); ++a) {
      const size_t m = spec_.mean_seasons[a];
      std::vector<double>& run = run_[a];
      if (h + 1 >= m) {
        run[t + 1] = (1 - kSeasonalMemory) * (work_[t + 1 - m] + mean_) + kSeasonalMemory * run[t + 1 - m];
      }
      const double* slope = slopes + lags + a * kMeanOffsets.size();
      for (size_t j = 0; j < kMeanOffsets.size(); ++j) {
        other += slope[j] * (run[static_cast<size_t>(static_cast<ptrdiff_t>(t) - kMeanOffsets[j])] - mean_);
      }
    }
    work_[t] = Clip(sum + other, -limit, limit);
    level += work_[t] + mean_;
    path[h] = spec_.differences ? level : work_[t] + mean_;
  }
}

/// Chooses among column sets by the length of the history: the first that leaves enough rows for each coefficient.
class LagRegression final : public ForecastMember {
 public:
  explicit LagRegression(std::vector<LagRegressionSpec> choices) {
    for (LagRegressionSpec& spec : choices) {
      designs_.emplace_back(std::move(spec));
    }
  }

  std::string_view id() const override { return designs_.front().spec.id; }
  size_t MinPoints() const override { return designs_.back().MinPoints(); }

  void ForecastFrom(std::span<const double> history, std::span<const size_t> origins, size_t horizon,
                    std::span<double> paths) const override {
    const auto fits = [&](const LagDesign& design) {
      const bool last_resort = &design + 2 == designs_.data() + designs_.size();
      const size_t rows = last_resort ? kLeastRows : kRowsPerLag * design.spec.lags.size();
      return history.size() >= design.spec.lags.back() + rows;
    };
    const auto chosen = std::find_if(designs_.begin(), designs_.end() - 1, fits);
    LagRegressionRun run(*chosen, history, horizon);
    for (size_t o = 0; o < origins.size(); ++o) {
      const std::span<double> path = paths.subspan(o * horizon, horizon);
      if (run.FitAt(origins[o])) {
        run.Forecast(origins[o], path);
      } else {
        std::fill(path.begin(), path.end(), std::numeric_limits<double>::quiet_NaN());
      }
    }
  }

 private:
  std::vector<LagDesign> designs_;
};

}  // namespace

std::unique_ptr<ForecastMember> MakeLagRegression(std::vector<LagRegressionSpec> choices) {
  return std::make_unique<LagRegression>(std::move(choices));
}

}  // namespace bellwether
