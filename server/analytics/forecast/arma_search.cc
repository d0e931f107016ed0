#include "server/analytics/forecast/arma_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "Eigen/Dense"

namespace bellwether {
namespace {

constexpr size_t kMostOrder = 5;
constexpr double kUnitRoot = 1.01;  // roots within this radius are refused
constexpr size_t kMostSteps = 6;    // of Gauss and Newton
constexpr double kWorthAStep = 1e-5;
constexpr double kRidge = 1e-9;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

/// Whether all roots of 1 - Σ coefficients[i] z^(i+1) lie outside the radius kUnitRoot (Schur and Cohn).
bool IsStable(std::span<const double> coefficients) {
  std::array<double, kMostOrder> a{};
  double power = 1;
  for (size_t i = 0; i < coefficients.size(); ++i) {
    power *= kUnitRoot;
    a[i] = coefficients[i] * power;
  }
  for (size_t k = coefficients.size(); k > 0; --k) {
    const double last = a[k - 1];
    if (!(std::abs(last) < 1)) {
      return false;
    }
    std::array<double, kMostOrder> shorter{};
    for (size_t i = 0; i + 1 < k; ++i) {
      shorter[i] = (a[i] + last * a[k - 2 - i]) / (1 - last * last);
    }
    a = shorter;
  }
  return true;
}

struct Order {
  size_t p = 0;
  size_t q = 0;
  bool has_constant = false;

  [[nodiscard]] size_t coefficients() const { return p + q + (has_constant ? 1 : 0); }
  friend bool operator==(const Order&, const Order&) = default;
};

/// Coefficients in the order autoregressive, moving average, constant.
struct Fit {
  Order order;
  Vector coefficients;
  double squares = kInfinity;
  double criterion = kInfinity;
};

/// Orders tried on one series of differences.
class ArmaSearch {
 public:
  explicit ArmaSearch(std::vector<double> w);

  [[nodiscard]] Fit Best(bool may_have_constant);

 private:
  static constexpr Eigen::Index kColumns = 2 * kMostOrder + 1;  // of the regression that all fits begin with

  void RegressOnLongMisses();
  [[nodiscard]] Vector Begin(const Order& order) const;
  /// The misses and their squares, from the first row on that all orders have.
  double Run(const Order& order, const Vector& coefficients);
  [[nodiscard]] static bool IsAllowed(const Order& order, const Vector& coefficients);
  [[nodiscard]] Fit TryOrder(const Order& order);
  /// One step of Gauss and Newton from where Run was last; false where it does not help.
  bool Improve(Fit& fit);

  std::vector<double> w_;
  size_t first_ = 0;          // row that counts, the same for all orders
  std::vector<double> long_;  // misses of the long autoregression
  Matrix products_;           // of the columns of the regression, and with the target as the last one
  std::vector<double> e_;
  std::vector<double> by_ar_;        // how a miss changes with the first coefficient of either kind
  std::vector<double> by_ma_;        // (the others are the same, later)
  std::vector<double> by_constant_;  // and with the constant
};

ArmaSearch::ArmaSearch(std::vector<double> w) : w_(std::move(w)) {
  first_ = std::min(kMostOrder, w_.size() / 4);
  e_.resize(w_.size());
  RegressOnLongMisses();
}

void ArmaSearch::RegressOnLongMisses() {
  const size_t n = w_.size();
  const auto order = static_cast<Eigen::Index>(
      std::min(n / 4, kMostOrder + static_cast<size_t>(2 * std::log(static_cast<double>(n)))));
  // The long autoregression with a constant, by least squares.
  Matrix gram = Matrix::Zero(order + 1, order + 1);
  Vector right = Vector::Zero(order + 1);
  Vector row(order + 1);
  const auto fill = [&](size_t t) {
    for (Eigen::Index i = 0; i < order; ++i) {
      row[i] = w_[t - 1 - static_cast<size_t>(i)];
    }
    row[order] = 1;
  };
  for (size_t t = static_cast<size_t>(order); t < n; ++t) {
    fill(t);
    gram.selfadjointView<Eigen::Lower>().rankUpdate(row);
    right += w_[t] * row;
  }
  gram.diagonal().array() += kRidge * (1 + gram.trace());
  const Vector solution = gram.selfadjointView<Eigen::Lower>().ldlt().solve(right);
  long_.assign(n, 0.0);
  for (size_t t = static_cast<size_t>(order); t < n; ++t) {
    fill(t);
    long_[t] = w_[t] - row.dot(solution);
  }
  products_ = Matrix::Zero(kColumns + 1, kColumns + 1);
  Vector columns(kColumns + 1);
  for (size_t t = std::max(static_cast<size_t>(order), kMostOrder); t < n; ++t) {
    for (size_t i = 0; i < kMostOrder; ++i) {
      columns[static_cast<Eigen::Index>(i)] = w_[t - 1 - i];
      columns[static_cast<Eigen::Index>(kMostOrder + i)] = long_[t - 1 - i];
    }
    columns[kColumns - 1] = 1;
    columns[kColumns] = w_[t];
    products_.selfadjointView<Eigen::Lower>().rankUpdate(columns);
  }
  products_ = products_.selfadjointView<Eigen::Lower>();
}

Vector ArmaSearch::Begin(const Order& order) const {
  std::vector<Eigen::Index> columns;
  for (size_t i = 0; i < order.p; ++i) {
    columns.push_back(static_cast<Eigen::Index>(i));
  }
  for (size_t j = 0; j < order.q; ++j) {
    columns.push_back(static_cast<Eigen::Index>(kMostOrder + j));
  }
  if (order.has_constant) {
    columns.push_back(kColumns - 1);
  }
  Matrix gram = products_(columns, columns);
  gram.diagonal().array() += kRidge * (1 + gram.trace());
  return gram.ldlt().solve(products_(columns, kColumns));
}

double ArmaSearch::Run(const Order& order, const Vector& coefficients) {
  const double constant = order.has_constant ? coefficients[coefficients.size() - 1] : 0;
  double squares = 0;
  std::fill(e_.begin(), e_.begin() + static_cast<ptrdiff_t>(first_), 0.0);
  const double* ar = coefficients.data();
  const double* ma = ar + order.p;
  for (size_t t = first_; t < w_.size(); ++t) {
    double miss = w_[t] - constant;
    for (size_t i = 0; i < order.p; ++i) {
      miss -= ar[i] * w_[t - 1 - i];
    }
    for (size_t j = 0; j < order.q; ++j) {
      miss -= ma[j] * e_[t - 1 - j];
    }
    e_[t] = miss;
    squares += miss * miss;
  }
  return squares;
}

bool ArmaSearch::IsAllowed(const Order& order, const Vector& coefficients) {
  std::array<double, kMostOrder> ma{};
  for (size_t j = 0; j < order.q; ++j) {
    ma[j] = -coefficients[static_cast<Eigen::Index>(order.p + j)];
  }
  return coefficients.allFinite() && IsStable({coefficients.data(), order.p}) && IsStable({ma.data(), order.q});
}

bool ArmaSearch::Improve(Fit& fit) {
  const Order& order = fit.order;
  const size_t n = w_.size();
  const double* ma = fit.coefficients.data() + order.p;
  by_ar_.assign(n, 0.0);
  by_ma_.assign(n, 0.0);
  by_constant_.assign(n, 0.0);
  for (size_t t = 0; t < n; ++t) {
    double of_ar = -w_[t];
    double of_ma = -e_[t];
    double of_constant = -1;
    for (size_t j = 0; j < std::min(order.q, t); ++j) {
      of_ar -= ma[j] * by_ar_[t - 1 - j];
      of_ma -= ma[j] * by_ma_[t - 1 - j];
      of_constant -= ma[j] * by_constant_[t - 1 - j];
    }
    by_ar_[t] = of_ar;
    by_ma_[t] = of_ma;
    by_constant_[t] = of_constant;
  }
  const auto size = static_cast<Eigen::Index>(order.coefficients());
  Matrix gram = Matrix::Zero(size, size);
  Vector right = Vector::Zero(size);
  std::array<const double*, kColumns> columns{};
  for (size_t i = 0; i < order.p; ++i) {
    columns[i] = by_ar_.data() + first_ - 1 - i;
  }
  for (size_t j = 0; j < order.q; ++j) {
    columns[order.p + j] = by_ma_.data() + first_ - 1 - j;
  }
  if (order.has_constant) {
    columns[order.p + order.q] = by_constant_.data() + first_;
  }
  const auto rows = static_cast<Eigen::Index>(n - first_);
  const auto column = [&](Eigen::Index i) { return Eigen::Map<const Vector>(columns[static_cast<size_t>(i)], rows); };
  const Eigen::Map<const Vector> misses(e_.data() + first_, rows);
  for (Eigen::Index i = 0; i < size; ++i) {
    for (Eigen::Index j = 0; j <= i; ++j) {
      gram(i, j) = column(i).dot(column(j));
    }
    right[i] = column(i).dot(misses);
  }
  gram.diagonal().array() += kRidge * (1 + gram.trace());
  const Vector step = gram.selfadjointView<Eigen::Lower>().ldlt().solve(right);
  double length = 1;
  for (size_t attempt = 0; attempt < 4; ++attempt, length *= 0.4) {
    const Vector moved = fit.coefficients - length * step;
    if (!IsAllowed(order, moved)) {
      continue;
    }
    const double squares = Run(order, moved);
    if (squares < fit.squares) {
      const bool is_worth_more = squares < (1 - kWorthAStep) * fit.squares;
      fit.coefficients = moved;
      fit.squares = squares;
      return is_worth_more;
    }
  }
  return false;
}

Fit ArmaSearch::TryOrder(const Order& order) {
  Fit fit;
  fit.order = order;
  const auto rows = static_cast<double>(w_.size() - first_);
  const auto k = static_cast<double>(order.coefficients() + 1);  // and the variance
  if (std::max(order.p, order.q) > first_ || rows - k - 1 <= 0) {
    return fit;
  }
  fit.coefficients = Begin(order);
  for (size_t shrink = 0; !IsAllowed(order, fit.coefficients) && shrink < 8; ++shrink) {
    fit.coefficients.head(static_cast<Eigen::Index>(order.p + order.q)) *= 0.8;
  }
  if (!IsAllowed(order, fit.coefficients)) {
    return fit;
  }
  fit.squares = Run(order, fit.coefficients);
  for (size_t step = 0; order.coefficients() > 0 && step < kMostSteps && Improve(fit); ++step) {
  }
  fit.criterion = rows * std::log(fit.squares / rows + std::numeric_limits<double>::min()) + 2 * k +
                  2 * k * (k + 1) / (rows - k - 1);
  return fit;
}

Fit ArmaSearch::Best(bool may_have_constant) {
  std::vector<Order> tried;
  Fit best;
  const auto try_order = [&](const Order& order) {
    if (order.p > kMostOrder || order.q > kMostOrder || std::find(tried.begin(), tried.end(), order) != tried.end()) {
      return false;
    }
    tried.push_back(order);
    Fit fit = TryOrder(order);
    if (!(fit.criterion < best.criterion)) {
      return false;
    }
    best = std::move(fit);
    return true;
  };
  for (const auto& [p, q] : {std::pair<size_t, size_t>{2, 2}, {0, 0}, {1, 0}, {0, 1}}) {
    try_order({p, q, may_have_constant});
  }
  if (may_have_constant) {
    try_order({0, 0, false});
  }
  if (best.criterion == kInfinity) {
    best.coefficients = Vector();
    return best;
  }
  for (bool is_better = true; is_better;) {
    is_better = false;
    const Order now = best.order;
    // Orders below 0 wrap around and are too large.
    const Order near[] = {{now.p + 1, now.q, now.has_constant},     {now.p - 1, now.q, now.has_constant},
                          {now.p, now.q + 1, now.has_constant},     {now.p, now.q - 1, now.has_constant},
                          {now.p + 1, now.q + 1, now.has_constant}, {now.p - 1, now.q - 1, now.has_constant},
                          {now.p, now.q, !now.has_constant}};
    for (const Order& order : near) {
      if ((!order.has_constant || may_have_constant) && try_order(order)) {
        is_better = true;
        break;
      }
    }
  }
  return best;
}

}  // namespace

ArmaModel SearchArma(std::vector<double> w, bool may_have_constant) {
  const Fit fit = ArmaSearch(std::move(w)).Best(may_have_constant);
  ArmaModel model;
  if (fit.coefficients.size() > 0) {
    const double* coefficients = fit.coefficients.data();
    const size_t p = fit.order.p;
    const size_t q = fit.order.q;
    model.ar.assign(coefficients, coefficients + p);
    model.ma.assign(coefficients + p, coefficients + p + q);
    model.constant = fit.order.has_constant ? coefficients[p + q] : 0;
  }
  return model;
}

}  // namespace bellwether
