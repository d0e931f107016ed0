#include "server/analytics/changepoint/change_regression.h"

#include <algorithm>
#include <cmath>

#include "server/analytics/changepoint/vector_sums.h"
#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr size_t kPowers = 4;
constexpr double kDependent = 1e-9;  // share of a column's norm that must be new
constexpr double kDependentPair = 1e-6;
constexpr double kTiny = 1e-300;

/// Takes the part along each of the orthonormal columns out of `column`, and adds these parts to `parts`.
BELLWETHER_SIMD_CLONES
void Orthogonalise(const double* basis, size_t columns, size_t n, double* column, double* parts) {
  for (size_t k = 0; k < columns; ++k) {
    const double* const one = basis + k * n;
    const double along = Dot(column, one, n);
    parts[k] += along;
    for (size_t i = 0; i < n; ++i) {
      column[i] -= along * one[i];
    }
  }
}

BELLWETHER_SIMD_CLONES
double SquaresOf(const double* column, size_t n) { return Dot(column, column, n); }

/// Replaces numbers by their sums from each place on, and gives the sums of (t - place) / n times them as well.
void SumTails(std::span<double> numbers, std::span<double> moments) {
  double sum = 0;
  double moment = 0;
  const double unit = 1 / static_cast<double>(numbers.size());
  for (size_t t = numbers.size(); t-- > 0;) {
    moment += sum;
    sum += numbers[t];
    numbers[t] = sum;
    moments[t] = moment * unit;
  }
}

/// Turns two columns in their plane.
BELLWETHER_SIMD_CLONES
void Rotate(double* first, double* second, double c, double s, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    const double one = first[i];
    const double two = second[i];
    first[i] = c * one + s * two;
    second[i] = c * two - s * one;
  }
}

BELLWETHER_SIMD_CLONES
void AddProducts(const double* step, const double* bend, size_t count, double* steps, double* bends, double* crosses) {
  for (size_t p = 0; p < count; ++p) {
    steps[p] += step[p] * step[p];
    bends[p] += bend[p] * bend[p];
    crosses[p] += step[p] * bend[p];
  }
}

BELLWETHER_SIMD_CLONES
void WeighedNorms(const double* weights, const double* step, const double* bend, size_t count, double& step_norm,
                  double& bend_norm, double& cross_norm) {
  constexpr size_t kLanes = 8;
  double s[kLanes] = {};
  double b[kLanes] = {};
  double c[kLanes] = {};
  for (size_t i = 0; i < count; i += kLanes) {
    const size_t lanes = std::min(kLanes, count - i);
    for (size_t k = 0; k < lanes; ++k) {
      const double weighed = weights[i + k] * step[i + k];
      s[k] += weighed * step[i + k];
      c[k] += weighed * bend[i + k];
      b[k] += weights[i + k] * bend[i + k] * bend[i + k];
    }
  }
  step_norm = bend_norm = cross_norm = 0;
  for (size_t k = 0; k < kLanes; ++k) {
    step_norm += s[k];
    bend_norm += b[k];
    cross_norm += c[k];
  }
}

}  // namespace

ChangeRegression::ChangeRegression(std::span<const double> values, std::span<const double> weights)
    : values_(values),
      weights_(weights),
      n_(values.size()),
      innovations_(n_),
      residual_(n_),
      powers_(kPowers * n_),
      step_response_(n_),
      bend_response_(n_),
      step_norm_(n_),
      bend_norm_(n_),
      cross_norm_(n_),
      step_taken_(n_),
      bend_taken_(n_),
      cross_taken_(n_),
      step_gain_(n_),
      bend_gain_(n_),
      both_gain_(n_),
      scratch_(2 * n_) {}

void ChangeRegression::SetNoise(const NoiseShape& shape) {
  filter_ = NoiseFilter(shape);
  filter_.Apply(values_, innovations_);
  ApplyWeights(innovations_);
  const double unit = 1 / static_cast<double>(n_);
  const std::span<double> input = std::span(scratch_).first(n_);
  for (size_t power = 0; power < kPowers; ++power) {
    for (size_t i = 0; i < n_; ++i) {
      const double t = static_cast<double>(i) * unit - 0.5;
      input[i] = power == 0 ? 1 : power == 1 ? t : power == 2 ? t * t : t * t * t;
    }
    const std::span<double> output = std::span(powers_).subspan(power * n_, n_);
    filter_.Apply(input, output);
    ApplyWeights(output);
  }
  filter_.Responses(unit, step_response_, bend_response_);
  ComputeNorms();
}

void ChangeRegression::ApplyWeights(std::span<double> column) const {
  for (size_t i = 0; i < weights_.size(); ++i) {
    column[i] *= weights_[i];
  }
}

void ChangeRegression::ComputeNorms() {
  if (weights_.empty()) {  // a place further back sees the same squares and one more
    double step = 0;
    double bend = 0;
    double cross = 0;
    for (size_t k = 0; k < n_; ++k) {
      step += step_response_[k] * step_response_[k];
      bend += bend_response_[k] * bend_response_[k];
      cross += step_response_[k] * bend_response_[k];
      step_norm_[n_ - 1 - k] = step;
      bend_norm_[n_ - 1 - k] = bend;
      cross_norm_[n_ - 1 - k] = cross;
    }
    return;
  }
  std::vector<double> squares(weights_.begin(), weights_.end());
  for (double& weight : squares) {
    weight *= weight;
  }
  for (size_t p = 0; p < n_; ++p) {
    WeighedNorms(squares.data() + p, step_response_.data(), bend_response_.data(), n_ - p, step_norm_[p], bend_norm_[p],
                 cross_norm_[p]);
  }
}

void ChangeRegression::AddColumn(std::span<double> column) {
  in_basis_.push_back(false);
  const double before = SquaresOf(column.data(), n_);
  if (!(before > kTiny)) {
    return;
  }
  const size_t start = columns_ * (columns_ + 1) / 2;  // of its numbers in the triangle
  triangle_.resize(start + columns_ + 1);
  std::fill(triangle_.begin() + static_cast<ptrdiff_t>(start), triangle_.end(), 0.0);
  double* const parts = triangle_.data() + start;
  Orthogonalise(basis_.data(), columns_, n_, column.data(), parts);
  double norm = SquaresOf(column.data(), n_);
  if (norm < 0.1 * before) {  // rounding has left parts along the basis
    Orthogonalise(basis_.data(), columns_, n_, column.data(), parts);
    norm = SquaresOf(column.data(), n_);
  }
  if (!(norm > kDependent * before)) {
    return;
  }
  if (basis_.size() < (columns_ + 1) * n_) {
    basis_.resize((columns_ + 1) * n_);
  }
  double* const added = basis_.data() + columns_ * n_;
  parts[columns_] = std::sqrt(norm);
  const double unit = 1 / parts[columns_];
  for (size_t i = 0; i < n_; ++i) {
    added[i] = column[i] * unit;
  }
  along_.resize(columns_ + 1);
  along_[columns_] = 0;
  Orthogonalise(added, 1, n_, residual_.data(), along_.data() + columns_);
  in_basis_.back() = true;
  ++columns_;
}

std::vector<double> ChangeRegression::Coefficients() const {
  std::vector<double> solved(along_.begin(), along_.begin() + static_cast<ptrdiff_t>(columns_));
  for (size_t j = columns_; j-- > 0;) {
    const double* const column = triangle_.data() + j * (j + 1) / 2;
    solved[j] /= column[j];
    for (size_t k = 0; k < j; ++k) {
      solved[k] -= column[k] * solved[j];
    }
  }
  std::vector<double> all;
  size_t next = 0;
  for (const bool in_basis : in_basis_) {
    all.push_back(in_basis ? solved[next++] : 0.0);
  }
  return all;
}

void ChangeRegression::AddResponse(std::span<const double> response, size_t place) {
  const std::span<double> column = std::span(scratch_).first(n_);
  std::fill(column.begin(), column.begin() + static_cast<ptrdiff_t>(place), 0.0);
  std::copy_n(response.begin(), n_ - place, column.begin() + static_cast<ptrdiff_t>(place));
  ApplyWeights(column);
  AddColumn(column);
}

void ChangeRegression::Fit(const MeanModel& model) {
  std::copy(innovations_.begin(), innovations_.end(), residual_.begin());
  columns_ = 0;
  in_basis_.clear();
  change_columns_.clear();
  is_kept_ = false;
  const std::span<double> column = std::span(scratch_).first(n_);
  for (size_t power = 0; power <= std::min(model.degree, kPowers - 1); ++power) {
    std::copy_n(powers_.begin() + static_cast<ptrdiff_t>(power * n_), n_, column.begin());
    AddColumn(column);
  }
  for (const MeanChange& change : model.changes) {
    AddChange(change);
  }
  squares_ = SquaresOf(residual_.data(), n_);
}

void ChangeRegression::AddChange(const MeanChange& change) {
  const size_t first = columns_;
  if (change.form != ChangeForm::kBend) {
    AddResponse(step_response_, change.place);
  }
  if (change.form != ChangeForm::kStep) {
    AddResponse(bend_response_, change.place);
  }
  change_columns_.push_back({first, columns_ - first});
}

void ChangeRegression::Extend(const MeanChange& change) {
  is_kept_ = false;
  AddChange(change);
  squares_ = SquaresOf(residual_.data(), n_);
}

void ChangeRegression::KeepFit() {
  const auto copy = [](const std::vector<double>& from, size_t count, std::vector<double>& to) {
    to.assign(from.begin(), from.begin() + static_cast<ptrdiff_t>(count));
  };
  copy(basis_, columns_ * n_, kept_.basis);
  copy(triangle_, columns_ * (columns_ + 1) / 2, kept_.triangle);
  copy(along_, columns_, kept_.along);
  copy(residual_, n_, kept_.residual);
  kept_.squares = squares_;
  kept_.columns = columns_;
  is_kept_ = true;
}

void ChangeRegression::FitWithout(size_t change) {
  if (is_kept_) {
    std::copy(kept_.basis.begin(), kept_.basis.end(), basis_.begin());
    std::copy(kept_.triangle.begin(), kept_.triangle.end(), triangle_.begin());
    std::copy(kept_.along.begin(), kept_.along.end(), along_.begin());
    std::copy(kept_.residual.begin(), kept_.residual.end(), residual_.begin());
    squares_ = kept_.squares;
    columns_ = kept_.columns;
  } else {
    KeepFit();
  }
  for (size_t k = 0; k < change_columns_[change].count; ++k) {
    RotateOut(change_columns_[change].first);
  }
}

/// Takes a column out of the factorisation: those after it move up by one, and plane rotations make them a triangle
/// again.
void ChangeRegression::RotateOut(size_t column) {
  const auto at = [&](size_t j) { return triangle_.data() + j * (j + 1) / 2; };
  for (size_t j = column; j + 1 < columns_; ++j) {
    const double* const next = at(j + 1);
    const double length = std::hypot(next[j], next[j + 1]);
    const double c = length > 0 ? next[j] / length : 1;
    const double s = length > 0 ? next[j + 1] / length : 0;
    std::copy(next, next + j, at(j));
    at(j)[j] = length;
    for (size_t m = j + 2; m < columns_; ++m) {
      const double upper = at(m)[j];
      const double lower = at(m)[j + 1];
      at(m)[j] = c * upper + s * lower;
      at(m)[j + 1] = c * lower - s * upper;
    }
    const double upper = along_[j];
    const double lower = along_[j + 1];
    along_[j] = c * upper + s * lower;
    along_[j + 1] = c * lower - s * upper;
    Rotate(basis_.data() + j * n_, basis_.data() + (j + 1) * n_, c, s, n_);
  }
  --columns_;
  // What the last direction explained is left now.
  const double* const last = basis_.data() + columns_ * n_;
  for (size_t i = 0; i < n_; ++i) {
    residual_[i] += along_[columns_] * last[i];
  }
  squares_ += along_[columns_] * along_[columns_];
}

void ChangeRegression::ComputeGains() {
  std::fill(step_taken_.begin(), step_taken_.end(), 0.0);
  std::fill(bend_taken_.begin(), bend_taken_.end(), 0.0);
  std::fill(cross_taken_.begin(), cross_taken_.end(), 0.0);
  const std::span<double> step = std::span(scratch_).first(n_);
  const std::span<double> bend = std::span(scratch_).last(n_);
  std::vector<double> weighed;
  const auto project = [&](std::span<const double> column) {
    if (!weights_.empty()) {
      weighed.assign(column.begin(), column.end());
      ApplyWeights(weighed);
      column = weighed;
    }
    filter_.ApplyTransposed(column, step);
    SumTails(step, bend);
  };
  for (size_t k = 0; k < columns_; ++k) {
    project(std::span(basis_).subspan(k * n_, n_));
    AddProducts(step.data(), bend.data(), n_, step_taken_.data(), bend_taken_.data(), cross_taken_.data());
  }
  project(residual_);
  for (size_t p = 0; p < n_; ++p) {
    const double s = step_norm_[p] - step_taken_[p];
    const double b = bend_norm_[p] - bend_taken_[p];
    const double c = cross_norm_[p] - cross_taken_[p];
    const bool has_step = p >= NoiseFilter::kLost && s > kDependent * step_norm_[p];
    const bool has_bend = p >= NoiseFilter::kLost && b > kDependent * bend_norm_[p];
    step_gain_[p] = has_step ? step[p] * step[p] / s : 0;
    bend_gain_[p] = has_bend ? bend[p] * bend[p] / b : 0;
    const double determinant = s * b - c * c;
    both_gain_[p] = has_step && has_bend && determinant > kDependentPair * s * b
                        ? (step[p] * step[p] * b - 2 * step[p] * bend[p] * c + bend[p] * bend[p] * s) / determinant
                        : 0;
  }
}

}  // namespace bellwether
