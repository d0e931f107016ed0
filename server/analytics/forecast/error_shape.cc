#include "server/analytics/forecast/error_shape.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <utility>

namespace bellwether {
namespace {

constexpr double kUsualTail = 0.125;   // eight degrees of freedom
constexpr double kTailPrior = 8;       // errors beyond a quantile that weigh as much as the tails
constexpr double kSkewShare = 0.5;     // of the observed quantiles: at least so much signed ones, the rest of the size
constexpr double kMostSkewness = 2;    // that of an exponential law
constexpr size_t kMostPooled = 1'024;  // errors that the quantiles are taken from; more say nothing new
constexpr double kLeastTail = 1e-3;

using Quantiles = std::array<double, QuantileShape::kPoints>;
using Votes = std::vector<std::pair<double, double>>;  // values with their weights

/// Quantiles of ascending weighted numbers, by the middles of their cumulated weights.
class WeightedQuantiles {
 public:
  explicit WeightedQuantiles(Votes ascending) : votes_(std::move(ascending)) {
    double total = 0;
    for (const auto& vote : votes_) {
      total += vote.second;
    }
    double sum = 0;
    for (auto& vote : votes_) {
      const double weight = vote.second;
      vote.second = (sum + 0.5 * weight) / total;
      sum += weight;
    }
  }

  [[nodiscard]] double At(double p) const {
    const auto right =
        std::lower_bound(votes_.begin(), votes_.end(), p,
                         [](const std::pair<double, double>& vote, double q) { return vote.second < q; });
    if (right == votes_.end()) {
      return votes_.back().first;
    }
    if (right == votes_.begin()) {
      return right->first;
    }
    const auto left = right - 1;
    const double share = (p - left->second) / (right->second - left->second);
    return left->first + share * (right->first - left->first);
  }

 private:
  std::vector<std::pair<double, double>> votes_;  ///< value and place in the distribution, ascending
};

/// The sizes of ascending values, ascending.
Votes Sizes(const Votes& ascending) {
  const auto first = std::find_if(ascending.begin(), ascending.end(), [](const auto& vote) { return vote.first >= 0; });
  Votes negative(std::make_reverse_iterator(first), ascending.rend());
  for (auto& vote : negative) {
    vote.first = -vote.first;
  }
  Votes sizes(ascending.size());
  std::merge(negative.begin(), negative.end(), first, ascending.end(), sizes.begin());
  return sizes;
}

/// The skewness of errors as far as chance does not explain it, with the share of it that was kept.
struct Skew {
  double share = 0;
  double skewness = 0;
};

/// Near the middle (Bowley 1920, "Elements of statistics", by the tenths) and far out (mean signed square against mean
/// square), of which the lesser counts: one that only tails or only the middle shows is no law's. `signed_squares`,
/// `squares` and `fourths` are means; each variance is that under symmetry, from as many `independent` errors.
Skew SkewOf(const WeightedQuantiles& side, double signed_squares, double squares, double fourths, double independent) {
  constexpr double kBowleyVariance = 1.06;     // of one normal number
  constexpr double kSkewnessPerBowley = 4.68;  // to the first order of Cornish and Fisher's expansion
  constexpr double kSkewnessPerSquare = 3.76;  // likewise
  const double low = side.At(0.1);
  const double high = side.At(0.9);
  const double near = (high + low - 2 * side.At(0.5)) / (high - low);
  const double far = signed_squares / squares;
  if (!(near * far > 0)) {
    return {};
  }
  const double near_square = near * near * independent / kBowleyVariance;
  const double far_square = signed_squares * signed_squares * independent / fourths;
  const double share = std::max(1 - 1 / std::min(near_square, far_square), 0.0);
  const double skewness = std::min(kSkewnessPerBowley * std::abs(near), kSkewnessPerSquare * std::abs(far));
  return {share, std::copysign(share * std::min(skewness, kMostSkewness), far)};
}

/// The quantile of a gamma law of unit variance and this skewness at the normal quantile `z` (Wilson and Hilferty 1931,
/// "The distribution of chi-square").
double SkewedQuantile(double z, double skewness) {
  constexpr double kNone = 1e-3;
  const double sixth = skewness / 6;
  const double root = std::max(1 + sixth * (z - sixth), 0.0);
  return std::abs(skewness) < kNone ? z : (root * root * root - 1) / (3 * sixth);
}

/// Tails of Student's t laws, the ratio of mean size to deviation of their numbers, and how usual they are.
struct TailLaw {
  double tail;
  double ratio;
  double prior;
};
constexpr std::array<TailLaw, 7> kTailLaws = {{{0, 0.7979, 6},  // every second one has none
                                               {0.05, 0.7865, 1},
                                               {0.1, 0.7734, 1},
                                               {0.15, 0.7582, 1},
                                               {0.2, 0.7403, 1},
                                               {0.25, 0.7071, 1},
                                               {0.3333, 0.637, 1}}};
constexpr double kRatioDeviation = 0.2126;  // of the ratio of one normal number: sqrt(1 - 3 / pi)

/// The mean tail of the laws that may have given such a ratio among `count` numbers.
double TailOfRatio(double ratio, double count) {
  double sum = 0;
  double total = 0;
  for (const TailLaw& law : kTailLaws) {
    // A ratio above that of the normal law speaks for it and no less against the others.
    const double distance = (std::min(ratio, kTailLaws.front().ratio) - law.ratio) / kRatioDeviation;
    const double belief = law.prior * std::exp(-0.5 * count * distance * distance);
    sum += belief * law.tail;
    total += belief;
  }
  return total > 0 ? sum / total : kTailLaws.back().tail;
}

}  // namespace

std::vector<double> TailsOf(const ErrorGrowth& growth, size_t horizon) {
  if (!growth.is_known()) {
    return std::vector<double>(horizon, kUsualTail);
  }
  const double tail = TailOfRatio(growth.innovation_size(), growth.rows());
  const double kurtosis = 6 * tail / std::max(1 - 4 * tail, 0.15);  // in excess; infinite from 4 degrees down
  std::vector<double> tails(horizon);
  for (size_t h = 0; h < horizon; ++h) {
    const double left = kurtosis * growth.KurtosisLeft(h);
    tails[h] = left / (4 * left + 6);
  }
  return tails;
}

double TailStretch(double square, double tail) {
  return StudentStretch(square, 1 / std::max(tail, kLeastTail)) * std::sqrt(1 - 2 * tail);
}

QuantileShape ShapeOf(const PastErrors& past, std::span<const double> weights, std::span<const double> scales,
                      std::span<const double> tails, double independent) {
  const std::vector<double>& errors = past.errors;
  const size_t horizon = past.horizon;
  double tail = 0;
  for (const double t : tails) {
    tail += t / static_cast<double>(horizon);
  }
  Votes votes;
  double total = 0;
  double squares = 0;
  double signed_squares = 0;
  double fourths = 0;
  size_t stride = (errors.size() + kMostPooled - 1) / kMostPooled;
  stride += stride > 1 && horizon % stride == 0 ? 1 : 0;  // so that all steps have their turn
  for (size_t i = 0; i < errors.size(); i += std::max<size_t>(stride, 1)) {
    const size_t h = i % horizon;
    if (scales[h] > 0 && !std::isnan(errors[i])) {
      const double r = errors[i] / scales[h];
      const double weight = weights[i / horizon];
      votes.emplace_back(r, weight);
      total += weight;
      squares += weight * r * r;
      signed_squares += weight * r * std::abs(r);
      fourths += weight * r * r * r * r;
    }
  }
  Quantiles shape{};
  if (!(total > 0)) {
    for (size_t i = 0; i < shape.size(); ++i) {
      shape[i] = NormalQuantile(QuantileShape::Probability(i));
    }
    return QuantileShape(shape);
  }
  const double rms = std::sqrt(squares / total);
  std::sort(votes.begin(), votes.end());
  const WeightedQuantiles size(Sizes(votes));
  const WeightedQuantiles side(std::move(votes));
  const Skew skew = SkewOf(side, signed_squares / total, squares / total, fourths / total, independent);
  const double signed_share = kSkewShare + (1 - kSkewShare) * skew.share;
  for (size_t i = 0; i < shape.size(); ++i) {
    const double p = QuantileShape::Probability(i);
    const double z = NormalQuantile(p);
    const double sign = p < 0.5 ? -1.0 : 1.0;
    const double observed = ((1 - signed_share) * sign * size.At(std::abs(2 * p - 1)) + signed_share * side.At(p)) /
                            TailStretch(z * z, tail);
    // As many errors as lie beyond this quantile speak for themselves.
    const double beyond = independent * 2 * std::min(p, 1 - p);
    const double trust = beyond / (beyond + kTailPrior);
    const double own = trust * observed + (1 - trust) * SkewedQuantile(z, skew.skewness) * rms;
    shape[i] = 2 * i + 1 == shape.size() ? 0.0 : sign * std::max(sign * own, 0.0);
  }
  return QuantileShape(shape);
}

}  // namespace bellwether
