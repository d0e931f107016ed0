#include "server/analytics/forecast/regressors.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "Eigen/Dense"
#include "server/analytics/series/robust.h"
#include "server/base/status/error_origin.h"
#include "server/base/text/concat.h"

namespace bellwether {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

constexpr size_t kMostRegressors = 32;
constexpr size_t kWaves = 3;
constexpr double kRidge = 1e-8;        // of the mean diagonal: only what is all but collinear feels it
constexpr double kLeastT = 1.4142136;  // beyond it a coefficient lowers the expected squared error (Akaike)

// A regressor brought to mean 0 and deviation 1 over the rows that count.
struct Scaled {
  size_t index = 0;  // of the caller's regressors
  double centre = 0;
  double unit = 1;
};

bool IsKnown(std::span<const double> values, size_t i) { return i < values.size() && std::isfinite(values[i]); }

// Centre and unit over the steps where series and regressor are known; unit 0 for one that never changes.
Scaled Scale(size_t index, std::span<const double> values, const Regressor& regressor, size_t& rows) {
  Scaled scaled{index, 0, 0};
  rows = 0;
  double largest = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (IsKnown(values, i) && IsKnown(regressor.past, i)) {
      ++rows;
      const auto n = static_cast<double>(rows);
      scaled.centre += regressor.past[i] / n - scaled.centre / n;
      largest = std::max(largest, std::abs(regressor.past[i]));
    }
  }
  double square = 0;
  for (size_t i = 0; i < values.size() && largest > 0; ++i) {
    if (IsKnown(values, i) && IsKnown(regressor.past, i)) {
      const double part = regressor.past[i] / largest - scaled.centre / largest;
      square += part * part / static_cast<double>(rows);
    }
  }
  scaled.unit = largest * std::sqrt(square);
  if (!(scaled.unit > 1e-9 * largest) || !std::isfinite(scaled.unit)) {
    scaled.unit = 0;
  }
  return scaled;
}

// The design: rows at which everything is known, columns of level, trend, waves, then the regressors.
struct Design {
  std::vector<size_t> rows;
  Matrix x;
  Vector y;
  size_t first_regressor = 0;
};

Design MakeDesign(std::span<const double> values, std::span<const Regressor> regressors,
                  const std::vector<Scaled>& kept, std::span<const size_t> seasons) {
  Design design;
  for (size_t i = 0; i < values.size(); ++i) {
    const bool known = IsKnown(values, i) && std::all_of(kept.begin(), kept.end(), [&](const Scaled& one) {
                         return IsKnown(regressors[one.index].past, i);
                       });
    if (known) {
      design.rows.push_back(i);
    }
  }
  std::vector<double> frequencies;
  for (const size_t season : seasons) {
    for (size_t k = 1; k <= kWaves && season >= 2 && 2 * season <= values.size() && 2 * k <= season; ++k) {
      frequencies.push_back(2 * M_PI * static_cast<double>(k) / static_cast<double>(season));
    }
  }
  const auto n = static_cast<Eigen::Index>(design.rows.size());
  // Where there are hardly more rows than columns, the waves give way.
  if (design.rows.size() < 3 * (2 + 2 * frequencies.size() + kept.size())) {
    frequencies.clear();
  }
  design.first_regressor = 2 + 2 * frequencies.size();
  design.x.resize(n, static_cast<Eigen::Index>(design.first_regressor + kept.size()));
  design.y.resize(n);
  for (Eigen::Index r = 0; r < n; ++r) {
    const size_t i = design.rows[static_cast<size_t>(r)];
    const auto t = static_cast<double>(i);
    design.y[r] = values[i];
    design.x(r, 0) = 1;
    design.x(r, 1) = 2 * t / static_cast<double>(values.size()) - 1;
    Eigen::Index column = 2;
    for (const double frequency : frequencies) {
      design.x(r, column++) = std::cos(frequency * t);
      design.x(r, column++) = std::sin(frequency * t);
    }
    for (const Scaled& one : kept) {
      design.x(r, column++) = (regressors[one.index].past[i] - one.centre) / one.unit;
    }
  }
  return design;
}

struct Solution {
  Vector coefficients;
  Matrix inverse;  // of X'X
  Vector residuals;
};

Solution Solve(const Matrix& x, const Vector& y) {
  Matrix gram = x.transpose() * x;
  gram.diagonal().array() += kRidge * gram.trace() / static_cast<double>(gram.rows());
  const Eigen::LDLT<Matrix> factors(gram);
  Solution solution;
  solution.coefficients = factors.solve(x.transpose() * y);
  solution.inverse = factors.solve(Matrix::Identity(gram.rows(), gram.cols()));
  solution.residuals = y - x * solution.coefficients;
  return solution;
}

// Takes the autocorrelation of the residuals out of both sides. Rows that do not follow one another stay as they are.
void Whiten(Design& design) {
  const Solution first = Solve(design.x, design.y);
  double product = 0;
  double square = 0;
  for (Eigen::Index r = 1; r < design.y.size(); ++r) {
    if (design.rows[static_cast<size_t>(r)] == design.rows[static_cast<size_t>(r - 1)] + 1) {
      product += first.residuals[r] * first.residuals[r - 1];
      square += first.residuals[r - 1] * first.residuals[r - 1];
    }
  }
  const double correlation = square > 0 ? std::clamp(product / square, 0.0, 0.98) : 0.0;
  const double lone = std::sqrt(1 - correlation * correlation);
  for (Eigen::Index r = design.y.size() - 1; r >= 0; --r) {
    const bool follows = r > 0 && design.rows[static_cast<size_t>(r)] == design.rows[static_cast<size_t>(r - 1)] + 1;
    if (follows) {
      design.y[r] -= correlation * design.y[r - 1];
      design.x.row(r) -= correlation * design.x.row(r - 1);
    } else {
      design.y[r] *= lone;
      design.x.row(r) *= lone;
    }
  }
}

// Variances of the coefficients that hold for residuals of changing size and with some memory left.
Vector RobustVariances(const Matrix& x, const Solution& solution) {
  const Eigen::Index n = x.rows();
  const Matrix scores = x.array().colwise() * solution.residuals.array();
  Matrix middle = scores.transpose() * scores;
  const auto lags = static_cast<Eigen::Index>(4 * std::pow(static_cast<double>(n) / 100, 2.0 / 9));
  for (Eigen::Index lag = 1; lag <= lags && lag < n; ++lag) {
    const Matrix cross = scores.bottomRows(n - lag).transpose() * scores.topRows(n - lag);
    const double weight = 1 - static_cast<double>(lag) / static_cast<double>(lags + 1);
    middle += weight * (cross + cross.transpose());
  }
  const double small_sample = static_cast<double>(n) / std::max(1.0, static_cast<double>(n - x.cols()));
  return small_sample * (solution.inverse * middle * solution.inverse).diagonal();
}

double ValueAhead(const Regressor& regressor, size_t h, double last) {
  return IsKnown(regressor.future, h) ? regressor.future[h] : last;
}

double LastKnown(std::span<const double> past) {
  const auto found = std::find_if(past.rbegin(), past.rend(), [](double value) { return std::isfinite(value); });
  return found == past.rend() ? std::numeric_limits<double>::quiet_NaN() : *found;
}

bool KnownThroughout(const Regressor& regressor, size_t horizon) {
  for (size_t h = 0; h < horizon; ++h) {
    if (!IsKnown(regressor.future, h)) {
      return false;
    }
  }
  return true;
}

// The t value of kept regressor `k`, or the root mean square of those of its group.
double GroupT(std::span<const Regressor> regressors, const std::vector<Scaled>& kept, std::span<const double> t_values,
              size_t k) {
  const int group = regressors[kept[k].index].group;
  if (group == 0) {
    return t_values[k];
  }
  double square = 0;
  double count = 0;
  for (size_t i = 0; i < kept.size(); ++i) {
    if (regressors[kept[i].index].group == group) {
      square += t_values[i] * t_values[i];
      ++count;
    }
  }
  return std::sqrt(square / count);
}

// Puts what a used regressor adds into the parts of the series.
void AddPart(const Regressor& regressor, const Scaled& scaled, double per_unit, ExplainedSeries& explained) {
  for (size_t i = 0; i < explained.past_part.size(); ++i) {
    if (IsKnown(regressor.past, i)) {
      explained.past_part[i] += per_unit * (regressor.past[i] - scaled.centre);
    }
  }
  double last = LastKnown(regressor.past);
  for (size_t h = 0; h < explained.future_part.size(); ++h) {
    last = ValueAhead(regressor, h, last);
    explained.future_part[h] += per_unit * (last - scaled.centre);
  }
}

}  // namespace

absl::StatusOr<ExplainedSeries> ExplainByRegressors(std::span<const double> values,
                                                    std::span<const Regressor> regressors,
                                                    std::span<const size_t> seasons, size_t horizon,
                                                    UnknownFuture unknown) {
  if (regressors.size() > kMostRegressors) {
    return BadQueryError(Concat("There are ", regressors.size(), " regressors; at most ", kMostRegressors,
                                " can explain a series. Name fewer."));
  }
  ExplainedSeries explained;
  explained.past_part.assign(values.size(), 0.0);
  explained.future_part.assign(horizon, 0.0);
  const NormalizedSeries normalized = Normalize(values);
  std::vector<Scaled> kept;
  for (size_t k = 0; k < regressors.size(); ++k) {
    RegressorEffect effect;
    effect.name = regressors[k].name;
    size_t rows = 0;
    const Scaled scaled = Scale(k, normalized.values, regressors[k], rows);
    const size_t needed = std::max<size_t>(20, 4 * (2 + regressors.size()));
    if (rows < needed) {
      effect.note = Concat("has ", rows, rows == 1 ? " value" : " values", " beside those of the series; at least ",
                           needed, " are needed");
    } else if (scaled.unit == 0) {
      effect.note = "never changed, so nothing can be learned from it";
    } else {
      kept.push_back(scaled);
    }
    explained.effects.push_back(std::move(effect));
  }
  if (kept.empty()) {
    return explained;
  }
  Design design = MakeDesign(normalized.values, regressors, kept, seasons);
  explained.rows = design.rows.size();
  if (design.rows.size() < 2 * static_cast<size_t>(design.x.cols())) {
    for (const Scaled& one : kept) {
      explained.effects[one.index].note = "has too few values at the same time as the others";
    }
    return explained;
  }
  const Vector plain_y = design.y;
  Whiten(design);
  const Solution solution = Solve(design.x, design.y);
  const Vector variances = RobustVariances(design.x, solution);
  const double spread = std::sqrt((plain_y.array() - plain_y.mean()).square().mean());
  std::vector<double> t_values;
  for (size_t k = 0; k < kept.size(); ++k) {
    const auto column = static_cast<Eigen::Index>(design.first_regressor + k);
    RegressorEffect& effect = explained.effects[kept[k].index];
    const double scaled_effect = solution.coefficients[column];
    const double error = std::sqrt(std::max(variances[column], 0.0));
    const double unit = normalized.unit / kept[k].unit;
    effect.per_unit = scaled_effect * unit;
    effect.lower = (scaled_effect - 1.96 * error) * unit;
    effect.upper = (scaled_effect + 1.96 * error) * unit;
    t_values.push_back(error > 0 ? std::abs(scaled_effect) / error : (scaled_effect != 0 ? 1e9 : 0.0));
    effect.p_value = std::erfc(t_values.back() * M_SQRT1_2);
    effect.share = spread > 0 ? std::abs(scaled_effect) / spread : 0;
  }
  for (size_t k = 0; k < kept.size(); ++k) {
    const Regressor& regressor = regressors[kept[k].index];
    RegressorEffect& effect = explained.effects[kept[k].index];
    const bool known_ahead = KnownThroughout(regressor, horizon);
    if (!std::isfinite(effect.per_unit) || !std::isfinite(effect.lower) || !std::isfinite(effect.upper)) {
      effect = RegressorEffect{.name = regressor.name, .note = "has numbers too far from those of the series"};
    } else if (!(GroupT(regressors, kept, t_values, k) >= kLeastT)) {
      effect.note = "has no effect that can be told from chance";
    } else if (!known_ahead && unknown == UnknownFuture::kLeaveOut) {
      effect.note = "is not known ahead, so the forecast does without it";
    } else {
      effect.is_used = true;
      effect.is_held = !known_ahead;
      if (!regressor.is_in_method) {
        AddPart(regressor, kept[k], effect.per_unit, explained);
      }
    }
  }
  return explained;
}

}  // namespace bellwether
