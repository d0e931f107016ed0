#include "server/analytics/forecast/piecewise_member.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "Eigen/Dense"
#include "server/analytics/forecast/calendar.h"
#include "server/analytics/forecast/fourier_waves.h"

namespace bellwether {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using Index = Eigen::Index;

constexpr size_t kMostChanges = 25;
constexpr size_t kLeastValues = 8;
constexpr size_t kShortHarmonics = 11;
constexpr size_t kLongHarmonics = 13;
constexpr double kChangeScale = 0.05;  // of the Laplace prior: a change of slope in deviations over the whole history
constexpr double kHolidayDeviation = 3;
constexpr double kWaveDeviation = 1;  // of the first harmonic; the k-th has a k-th of it
constexpr double kWeak = 1e-6;        // for level and slope, which have no prior
constexpr size_t kRounds = 6;         // of weights for the changes
constexpr size_t kRecent = 400;       // misses that tell how long they last
constexpr double kFirstNoise = 0.25;  // variance before any fit
constexpr double kLeastNoise = 1e-6;

/// Sums over all rows so far of the columns, and of the columns times the row's number.
struct ColumnSums {
  Vector plain;
  Vector timed;
};

/// Where the slope may change, in rows from the start: multiples of a power of two in the first four fifths.
size_t SpacingFor(size_t n) {
  const size_t span = 4 * n / 5;
  return std::bit_ceil(std::max<size_t>(1, (span + kMostChanges) / (kMostChanges + 1)));
}

/// One series passing through.
class PiecewiseRun {
 public:
  PiecewiseRun(const MemberSetting& setting, std::span<const double> history, size_t first_origin, size_t horizon);

  /// Takes in the rows before `origin` and solves.
  void FitAt(size_t origin);
  void Extend(size_t origin, std::span<double> path) const;

 private:
  [[nodiscard]] Index TargetColumn() const { return prior_.size(); }
  void FillRow(size_t t, double* row) const;
  void AddRows(size_t end);
  void Solve(size_t origin);
  void MeasureMemory(size_t origin);
  /// The fit of `origin` from row `from` on.
  void Draw(size_t origin, size_t from, std::span<double> path) const;

  std::span<const double> history_;
  WaveTable waves_;
  std::vector<CalendarColumn> holidays_;
  size_t spacing_;  ///< of the sums that are kept
  size_t added_ = 0;
  Vector prior_;  ///< precision of each column that is not a change of slope, in units of the noise
  Matrix gram_;   ///< products of those columns and the target
  ColumnSums sums_;
  std::vector<ColumnSums> at_;  ///< sums before row k * spacing_
  double noise_ = kFirstNoise;
  // The newest fit.
  Vector coefficients_;
  size_t change_spacing_ = 1;
  Vector changes_;
  double memory_ = 0;  ///< correlation of neighbouring misses
  double last_miss_ = 0;
};

PiecewiseRun::PiecewiseRun(const MemberSetting& setting, std::span<const double> history, size_t first_origin,
                           size_t horizon)
    : history_(history),
      waves_(SeasonWaves(setting, kShortHarmonics, kLongHarmonics), history.size() + horizon),
      spacing_(SpacingFor(first_origin)) {
  std::vector<double> prior;
  for (const FourierWave& wave : SeasonWaves(setting, kShortHarmonics, kLongHarmonics)) {
    const auto k = static_cast<double>(wave.harmonic) / kWaveDeviation;
    prior.insert(prior.end(), 2, k * k);
  }
  if (setting.calendar != nullptr && setting.step_ns > 0 && setting.start_ns != 0) {
    holidays_ = CalendarColumns({.holidays = setting.calendar->holidays, .zone = setting.calendar->zone},
                                setting.start_ns, setting.step_ns, history.size() + horizon);
    prior.insert(prior.end(), holidays_.size(), 1 / (kHolidayDeviation * kHolidayDeviation));
  }
  prior.insert(prior.end(), {kWeak, kWeak});  // level and slope
  prior_ = Eigen::Map<const Vector>(prior.data(), static_cast<Index>(prior.size()));
  const Index columns = prior_.size() + 1;
  gram_ = Matrix::Zero(columns, columns);
  sums_ = {Vector::Zero(columns), Vector::Zero(columns)};
}

void PiecewiseRun::FillRow(size_t t, double* row) const {
  const double* wave = waves_.row(t);
  row = std::copy(wave, wave + waves_.columns(), row);
  for (const CalendarColumn& holiday : holidays_) {
    *row++ = holiday.values[t];
  }
  *row++ = 1;
  *row++ = static_cast<double>(t);
}

void PiecewiseRun::AddRows(size_t end) {
  constexpr Index kChunk = 64;
  const Index columns = prior_.size() + 1;
  Matrix rows(columns, kChunk);
  while (added_ < end) {
    Index count = 0;
    for (; added_ < end && count < kChunk; ++added_, ++count) {
      if (added_ % spacing_ == 0) {
        at_.push_back(sums_);
      }
      double* row = rows.col(count).data();
      FillRow(added_, row);
      row[columns - 1] = history_[added_];
      sums_.plain += rows.col(count);
      sums_.timed += static_cast<double>(added_) * rows.col(count);
    }
    gram_.selfadjointView<Eigen::Lower>().rankUpdate(rows.leftCols(count));
  }
}

void PiecewiseRun::Solve(size_t origin) {
  const auto n = static_cast<double>(origin);
  const Index size = prior_.size();
  change_spacing_ = std::max(spacing_, SpacingFor(origin));
  const auto count = static_cast<Index>((4 * origin / 5) / change_spacing_);
  // Slope and changes of slope are measured over the whole history, so that their priors mean the same for all lengths.
  Matrix gram = gram_.topLeftCorner(size, size).selfadjointView<Eigen::Lower>();
  Vector right = gram_.row(TargetColumn()).head(size);
  gram.col(size - 1) /= n;
  gram.row(size - 1) /= n;
  right[size - 1] /= n;
  Matrix cross(size, count);
  Vector change_right(count);
  Matrix change_gram(count, count);
  for (Index j = 0; j < count; ++j) {
    const size_t place = change_spacing_ * static_cast<size_t>(j + 1);
    const ColumnSums& before = at_[place / spacing_];
    const Vector product =
        ((sums_.timed - before.timed) - static_cast<double>(place) * (sums_.plain - before.plain)) / n;
    cross.col(j) = product.head(size);
    cross(size - 1, j) /= n;
    change_right[j] = product[size];
    for (Index i = 0; i <= j; ++i) {
      // Σ x (x + d) over 0 <= x < m, where the later change has seen m rows and the earlier one d more.
      const double m = n - static_cast<double>(place);
      const double d = static_cast<double>(change_spacing_) * static_cast<double>(j - i);
      change_gram(i, j) = change_gram(j, i) = (m * (m - 1) * (2 * m - 1) / 6 + d * m * (m - 1) / 2) / (n * n);
    }
  }
  gram.diagonal() += noise_ * prior_;
  const Eigen::LLT<Matrix> factor(gram);
  const Vector reduced_right = factor.matrixL().solve(right);
  const Matrix reduced_cross = factor.matrixL().solve(cross);
  change_gram.noalias() -= reduced_cross.transpose() * reduced_cross;
  change_right.noalias() -= reduced_cross.transpose() * reduced_right;
  const double total = gram_(TargetColumn(), TargetColumn()) - reduced_right.squaredNorm();
  changes_ = Vector::Constant(count, kChangeScale);
  for (size_t round = 0; round < kRounds && count > 0; ++round) {
    Matrix system = change_gram;
    system.diagonal().array() += noise_ / (kChangeScale * (changes_.array().abs() + 1e-4 * kChangeScale));
    changes_ = system.llt().solve(change_right);
    const double squares = total - 2 * changes_.dot(change_right) + changes_.dot(change_gram * changes_);
    noise_ = std::max(squares / n, kLeastNoise);
  }
  coefficients_ = factor.matrixU().solve(reduced_right - reduced_cross * changes_);
}

void PiecewiseRun::FitAt(size_t origin) {
  const bool is_first = added_ == 0;
  AddRows(origin);
  Solve(origin);
  if (is_first) {
    Solve(origin);  // once more, now that the noise is known
  }
  MeasureMemory(origin);
}

void PiecewiseRun::MeasureMemory(size_t origin) {
  const size_t rows = std::min(origin, kRecent);
  std::vector<double> misses(history_.begin() + static_cast<ptrdiff_t>(origin - rows),
                             history_.begin() + static_cast<ptrdiff_t>(origin));
  std::vector<double> fitted(rows);
  Draw(origin, origin - rows, fitted);
  double product = 0;
  double square = 0;
  for (size_t i = 0; i < rows; ++i) {
    misses[i] -= fitted[i];
    product += i > 0 ? misses[i] * misses[i - 1] : 0.0;
    square += misses[i] * misses[i];
  }
  memory_ = square > 0 ? std::clamp(product / square, 0.0, 1.0) : 0.0;
  last_miss_ = misses.back();
}

void PiecewiseRun::Extend(size_t origin, std::span<double> path) const {
  Draw(origin, origin, path);
  double rest = last_miss_;
  for (double& value : path) {
    rest *= memory_;
    value += rest;
  }
}

void PiecewiseRun::Draw(size_t origin, size_t from, std::span<double> path) const {
  const auto n = static_cast<double>(origin);
  const Index size = prior_.size();
  std::vector<double> padded(waves_.width(), 0.0);
  std::copy_n(coefficients_.data(), waves_.columns(), padded.begin());
  std::fill(path.begin(), path.end(), 0.0);
  waves_.AddProducts(from, padded, path);
  for (size_t i = 0; i < path.size(); ++i) {
    const double at = static_cast<double>(from + i) / n;
    path[i] += coefficients_[size - 2] + coefficients_[size - 1] * at;
    for (size_t k = 0; k < holidays_.size(); ++k) {
      path[i] += coefficients_[static_cast<Index>(waves_.columns() + k)] * holidays_[k].values[from + i];
    }
  }
  for (Index j = 0; j < changes_.size(); ++j) {
    const size_t place = change_spacing_ * static_cast<size_t>(j + 1);
    for (size_t i = place > from ? place - from : 0; i < path.size(); ++i) {
      path[i] += changes_[j] * static_cast<double>(from + i - place) / n;
    }
  }
}

class PiecewiseMember final : public ForecastMember {
 public:
  explicit PiecewiseMember(const MemberSetting& setting) : setting_(setting) {}

  std::string_view id() const override { return "piecewise"; }
  size_t MinPoints() const override { return kLeastValues; }

  void ForecastFrom(std::span<const double> history, std::span<const size_t> origins, size_t horizon,
                    std::span<double> paths) const override {
    const auto first = std::find_if(origins.begin(), origins.end(), [](size_t o) { return o >= kLeastValues; });
    std::fill(paths.begin(), paths.begin() + (first - origins.begin()) * static_cast<ptrdiff_t>(horizon),
              std::numeric_limits<double>::quiet_NaN());
    if (first == origins.end()) {
      return;
    }
    PiecewiseRun run(setting_, history, *first, horizon);
    for (auto origin = first; origin != origins.end(); ++origin) {
      run.FitAt(*origin);
      run.Extend(*origin, paths.subspan(static_cast<size_t>(origin - origins.begin()) * horizon, horizon));
    }
  }

 private:
  MemberSetting setting_;
};

}  // namespace

std::unique_ptr<ForecastMember> MakePiecewiseMember(const MemberSetting& setting) {
  return std::make_unique<PiecewiseMember>(setting);
}

}  // namespace bellwether
