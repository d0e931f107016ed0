#include "server/analytics/changepoint/change_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "server/analytics/changepoint/change_regression.h"
#include "server/analytics/changepoint/segment_search.h"
#include "server/analytics/changepoint/student_noise.h"

namespace bellwether {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr size_t kLeastSegment = 5;
constexpr size_t kLeastOfShort = 4;  // of series below kShort
constexpr size_t kShort = 40;
constexpr size_t kMostDegree = 3;
constexpr size_t kMostChanges = 24;
constexpr size_t kMostMeans = 8;
constexpr size_t kMostNoises = 10;     // tried beside the first three
constexpr size_t kMostRated = 8;       // models whose variants are looked at
constexpr size_t kLookedAtAgain = 4;   // changes that may be dropped next
constexpr double kNoiseWithin = 12;    // of the best, in cost, to be tried
constexpr double kPlacePrice = 1.75;   // of a place, in log n
constexpr double kCutPrice = 3.5;      // of a change in the first cut, in log n
constexpr double kSmallSample = 0.75;  // weight of the small-sample correction of Hurvich and Tsai 1989
constexpr int kMostSweeps = 5;
constexpr int kFewSweeps = 2;  // over many changes
constexpr size_t kMany = 8;
constexpr double kBetter = 1e-9;
constexpr double kHeavyTails = 4;  // kurtosis

/// Noises that a series may have: how slowly it forgets, and a second root or a moving average.
std::vector<NoiseShape> NoiseGrid() {
  std::vector<NoiseShape> grid;
  for (const double slow : {-0.3, 0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0}) {
    grid.push_back({slow, 0, 0});
    for (const double average : {0.3, 0.6, 0.8}) {
      if (slow >= 0.7 && average < slow - 0.15) {
        grid.push_back({slow, 0, average});
      }
    }
    for (const double fast : {0.4, 0.6, 0.8, 0.9, 0.97}) {
      if (slow >= 0.5 && fast <= slow && (fast < 0.85 || slow >= 0.98)) {
        grid.push_back({slow, fast, 0});
      }
    }
  }
  return grid;
}

class Search {
 public:
  Search(std::span<const double> values, std::span<const double> weights, std::span<const MeanChange> start)
      : values_(values),
        n_(values.size()),
        weights_(weights),
        evidence_(EvidenceBefore(n_, weights)),
        rows_(static_cast<double>(EvidenceBetween(NoiseFilter::kLost, n_))),
        log_n_(std::log(static_cast<double>(evidence_.back()))),
        least_(LeastStretch(evidence_.back())),
        spreads_differ_(SpreadsDiffer(weights)),
        regression_(values, weights) {
    best_.mean.changes.assign(start.begin(), start.end());
    for (const NoiseShape& noise : NoiseGrid()) {
      untried_.push_back({.noise = noise});
    }
    double squares = 0;
    for (size_t i = 1; i < n_; ++i) {
      if (IsEvidence(i)) {
        squares += (values[i] - values[i - 1]) * (values[i] - values[i - 1]);
      }
    }
    floor_ = 1e-6 * squares + 1e-9 * rows_;
  }

  std::vector<RatedModel> Run();
  double QuickCost(std::span<const RatedModel> models);

 private:
  /// A noise with what the means found so far cost under it.
  struct UntriedNoise {
    NoiseShape noise;
    double cost = kInfinity;
    size_t means_seen = 0;
  };

  /// How many values before each place are evidence.
  static std::vector<size_t> EvidenceBefore(size_t n, std::span<const double> weights) {
    std::vector<size_t> before(n + 1);
    for (size_t i = 0; i < n; ++i) {
      before[i + 1] = before[i] + (weights.empty() || weights[i] > 0 ? 1 : 0);
    }
    return before;
  }
  /// Whether there are different weights other than 0.
  static bool SpreadsDiffer(std::span<const double> weights) {
    double first = 0;
    for (const double weight : weights) {
      first = first > 0 ? first : weight;
      if (weight > 0 && weight != first) {
        return true;
      }
    }
    return false;
  }
  [[nodiscard]] bool IsEvidence(size_t i) const { return weights_.empty() || weights_[i] > 0; }
  /// How much evidence lies between two places, in any order.
  [[nodiscard]] size_t EvidenceBetween(size_t a, size_t b) const {
    return evidence_[std::max(a, b)] - evidence_[std::min(a, b)];
  }
  /// Whether a change there has enough evidence between itself and the others, and the ends.
  [[nodiscard]] bool HasRoom(size_t place, std::span<const MeanChange> others) const {
    return EvidenceBetween(0, place) >= least_ && EvidenceBetween(place, n_) >= least_ &&
           std::none_of(others.begin(), others.end(),
                        [&](const MeanChange& other) { return EvidenceBetween(other.place, place) < least_; });
  }

  /// What the numbers of a model cost, `extra_coefficients` and `extra_changes` added to it.
  double Price(const MeanModel& mean, const NoiseShape& noise, size_t extra_coefficients, size_t extra_changes) const;
  double Cost(const MeanModel& mean, const NoiseShape& noise, double squares, size_t extra_coefficients = 0,
              size_t extra_changes = 0) const {
    return rows_ * std::log((squares + floor_) / rows_) + Price(mean, noise, extra_coefficients, extra_changes);
  }
  /// The addition to the mean fitted last that costs least, if that is less than `cost`, which it lowers.
  bool FindAddition(const MeanModel& mean, const NoiseShape& noise, double& cost, MeanChange& change);
  /// Changes degree, places, forms and number of the changes as long as that pays. The noise is set.
  RatedModel Improved(const NoiseShape& noise, MeanModel mean);
  /// The exact best cut into levels and lines, under noise that forgets alike.
  MeanModel CutUnder(const NoiseShape& noise, double variance) const;
  void Optimise(NoiseShape noise, bool from_cut);
  /// The noise not tried yet under which one of the means found so far costs least.
  const UntriedNoise* NextNoise();
  /// Judges a model, and those that dropping changes leads to, by Student's law as well.
  void Rate(RatedModel model);
  /// Of the model as it is fitted now; `weights` as of StudentDeviance.
  double RobustCost(const RatedModel& model, std::vector<double>& weights);

  std::span<const double> values_;
  size_t n_;
  std::span<const double> weights_;
  std::vector<size_t> evidence_;
  double rows_;
  double log_n_;
  size_t least_;
  double floor_ = 0;
  bool spreads_differ_;
  ChangeRegression regression_;
  std::vector<UntriedNoise> untried_;
  std::vector<MeanModel> means_ = {{0, {}}, {1, {}}, {2, {}}};
  std::vector<RatedModel> optimised_;
  RatedModel best_{{}, {}, kInfinity};
  std::vector<RatedModel> rated_;
};

double Search::Price(const MeanModel& mean, const NoiseShape& noise, size_t extra_coefficients,
                     size_t extra_changes) const {
  const auto changes = static_cast<double>(mean.changes.size() + extra_changes);
  // A random walk has no level of its own.
  const double level = noise.slow == 1 ? 1 : 0;
  const double used = static_cast<double>(mean.coefficients() + extra_coefficients + noise.parameters()) - level;
  const double curved = mean.degree > 1 ? static_cast<double>(mean.degree - 1) : 0;
  const double correction = rows_ / std::max(rows_ - kSmallSample * (used + changes + 2), 2.0);
  return log_n_ * (used + curved + kPlacePrice * changes) * correction;
}

bool Search::FindAddition(const MeanModel& mean, const NoiseShape& noise, double& cost, MeanChange& change) {
  regression_.ComputeGains();
  const double squares = regression_.squares();
  std::array<double, 2> most{};  // of additions with one coefficient and with two
  std::array<MeanChange, 2> found;
  const auto consider = [&](double gain, size_t place, ChangeForm form, size_t at) {
    if (gain > most[at]) {
      most[at] = gain;
      found[at] = {place, form};
    }
  };
  for (size_t p = least_; p + least_ <= n_; ++p) {
    if (!HasRoom(p, mean.changes)) {
      continue;
    }
    consider(regression_.bend_gains()[p], p, ChangeForm::kBend, 0);
    if (IsEvidence(p) || IsEvidence(p - 1)) {
      consider(regression_.step_gains()[p], p, ChangeForm::kStep, 0);
      consider(regression_.both_gains()[p], p, ChangeForm::kBoth, 1);
    }
  }
  bool pays = false;
  for (size_t at = 0; at < most.size(); ++at) {
    const double now = Cost(mean, noise, std::max(squares - most[at], 0.0), at + 1, 1);
    if (most[at] > 0 && now < cost - kBetter) {
      cost = now;
      change = found[at];
      pays = true;
    }
  }
  return pays;
}

RatedModel Search::Improved(const NoiseShape& noise, MeanModel mean) {
  regression_.Fit(mean);
  double cost = Cost(mean, noise, regression_.squares());
  bool moved = true;
  const auto take = [&](MeanModel other, double now) {
    mean = std::move(other);
    cost = now;
    moved = true;
  };
  for (int sweep = 0; sweep < (mean.changes.size() > kMany ? kFewSweeps : kMostSweeps) && moved; ++sweep) {
    moved = false;
    for (const bool up : {true, false}) {
      if (up ? mean.degree == kMostDegree : mean.degree == 0) {
        continue;
      }
      MeanModel other = mean;
      other.degree = up ? mean.degree + 1 : mean.degree - 1;
      regression_.Fit(other);
      if (const double now = Cost(other, noise, regression_.squares()); now < cost - kBetter) {
        take(std::move(other), now);
      }
    }
    regression_.Fit(mean);
    for (size_t k = mean.changes.size(); k-- > 0;) {
      MeanModel others = mean;
      others.changes.erase(others.changes.begin() + static_cast<ptrdiff_t>(k));
      regression_.FitWithout(k);
      double now = Cost(others, noise, regression_.squares());
      MeanChange change;
      if (FindAddition(others, noise, now, change)) {
        others.changes.push_back(change);
      }
      if (now < cost - kBetter) {
        take(std::move(others), now);
        regression_.Fit(mean);
      }
    }
    regression_.Fit(mean);
    while (mean.changes.size() < kMostChanges) {
      double now = cost;
      MeanChange change;
      if (!FindAddition(mean, noise, now, change)) {
        break;
      }
      regression_.Extend(change);
      mean.changes.push_back(change);
      cost = now;
      moved = true;
    }
  }
  return {noise, std::move(mean), cost};
}

MeanModel Search::CutUnder(const NoiseShape& noise, double variance) const {
  SegmentSearch search;
  search.phi = std::min(noise.slow, 0.95);
  search.variance = std::max(variance, 1e-6);
  search.change_price = kCutPrice * log_n_;
  search.line_price = 2 * log_n_;
  search.least_length = least_;
  search.least_line = std::max<size_t>(8, n_ / 30);
  MeanModel mean;
  for (const size_t place : CutIntoSegments(values_, search)) {
    if (mean.changes.size() < kMostChanges && HasRoom(place, mean.changes)) {
      mean.changes.push_back({place, ChangeForm::kBoth});
    }
  }
  return mean;
}

void Search::Optimise(NoiseShape noise, bool from_cut) {
  std::erase_if(untried_, [&](const UntriedNoise& one) { return one.noise == noise; });
  regression_.SetNoise(noise);
  // With many changes each start is dear, and the best mean so far is as good as any.
  const bool has_many = best_.mean.changes.size() > kMany;
  RatedModel model = Improved(noise, has_many ? best_.mean : MeanModel{});
  const auto start_from = [&](MeanModel start) {
    if (RatedModel other = Improved(noise, std::move(start)); other.cost < model.cost - kBetter) {
      model = std::move(other);
    }
  };
  if (!has_many) {
    start_from({2, {}});
    if (!best_.mean.changes.empty()) {
      start_from(best_.mean);
    }
  }
  if (from_cut) {
    regression_.Fit(model.mean);
    start_from(CutUnder(noise, regression_.squares() / rows_));
  }
  if (std::find(means_.begin(), means_.end(), model.mean) == means_.end() && means_.size() < kMostMeans) {
    means_.push_back(model.mean);
  }
  if (model.cost < best_.cost) {
    best_ = model;
  }
  optimised_.push_back(std::move(model));
}

const Search::UntriedNoise* Search::NextNoise() {
  for (UntriedNoise& one : untried_) {
    if (one.means_seen < means_.size()) {
      regression_.SetNoise(one.noise);
    }
    for (; one.means_seen < means_.size(); ++one.means_seen) {
      const MeanModel& mean = means_[one.means_seen];
      regression_.Fit(mean);
      one.cost = std::min(one.cost, Cost(mean, one.noise, regression_.squares()));
    }
  }
  const auto next = std::min_element(untried_.begin(), untried_.end(),
                                     [](const UntriedNoise& a, const UntriedNoise& b) { return a.cost < b.cost; });
  return next == untried_.end() ? nullptr : &*next;
}

double Search::RobustCost(const RatedModel& model, std::vector<double>& weights) {
  const double normal = Cost(model.mean, model.noise, regression_.squares());
  const auto rows = static_cast<size_t>(rows_);
  if (Kurtosis(regression_.residuals(), rows) < kHeavyTails) {
    return normal;
  }
  return std::min(normal, StudentDeviance(regression_.innovations(), regression_.basis(), regression_.columns(), rows,
                                          floor_, weights) +
                              Price(model.mean, model.noise, 1, 0));
}

void Search::Rate(RatedModel model) {
  regression_.SetNoise(model.noise);
  regression_.Fit(model.mean);
  std::vector<double> weights;
  model.cost = RobustCost(model, weights);
  rated_.push_back(model);
  // Cost without each change, as last seen: the ones that are missed least are looked at again.
  std::vector<std::pair<double, MeanChange>> without;
  for (const MeanChange& change : model.mean.changes) {
    without.emplace_back(-kInfinity, change);
  }
  size_t looked_at = without.size();
  std::vector<double> those;
  while (!without.empty()) {
    for (size_t k = 0; k < looked_at; ++k) {
      RatedModel fewer = model;
      const auto gone = std::find(fewer.mean.changes.begin(), fewer.mean.changes.end(), without[k].second);
      regression_.FitWithout(static_cast<size_t>(gone - fewer.mean.changes.begin()));
      fewer.mean.changes.erase(gone);
      those = weights;
      fewer.cost = RobustCost(fewer, those);
      without[k].first = fewer.cost;
      rated_.push_back(std::move(fewer));
    }
    std::stable_sort(without.begin(), without.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    if (without.front().first >= model.cost) {
      break;
    }
    std::erase(model.mean.changes, without.front().second);
    model.cost = without.front().first;
    without.erase(without.begin());
    looked_at = std::min(without.size(), kLookedAtAgain);
    regression_.Fit(model.mean);
  }
}

double Search::QuickCost(std::span<const RatedModel> models) {
  double least = kInfinity;
  for (const RatedModel& model : models) {
    regression_.SetNoise(model.noise);
    for (const MeanModel& mean : {model.mean, MeanModel{0, {}}, MeanModel{1, {}}, MeanModel{2, {}}}) {
      regression_.Fit(mean);
      least = std::min(least, Cost(mean, model.noise, regression_.squares()));
    }
  }
  return least;
}

std::vector<RatedModel> Search::Run() {
  Optimise({0, 0, 0}, /*from_cut=*/!spreads_differ_);
  Optimise({0.5, 0, 0}, /*from_cut=*/false);
  Optimise({0.9, 0, 0}, /*from_cut=*/!spreads_differ_);
  for (size_t turn = 0; turn < kMostNoises; ++turn) {
    const UntriedNoise* const next = NextNoise();
    if (next == nullptr || !(next->cost < best_.cost + kNoiseWithin)) {
      break;
    }
    Optimise(next->noise, /*from_cut=*/false);
  }
  const auto cheaper = [](const RatedModel& a, const RatedModel& b) { return a.cost < b.cost; };
  std::stable_sort(optimised_.begin(), optimised_.end(), cheaper);
  optimised_.resize(std::min(optimised_.size(), kMostRated));
  for (const RatedModel& model : optimised_) {
    Rate(model);
  }
  std::stable_sort(rated_.begin(), rated_.end(), cheaper);
  return std::move(rated_);
}

}  // namespace

size_t LeastStretch(size_t count) { return std::max(count < kShort ? kLeastOfShort : kLeastSegment, count / 50); }

double QuickChangeCost(std::span<const double> values, std::span<const double> weights,
                       std::span<const RatedModel> models) {
  return Search(values, weights, {}).QuickCost(models);
}

std::vector<RatedModel> SearchChangeModels(std::span<const double> values, std::span<const double> weights,
                                           std::span<const MeanChange> start) {
  return Search(values, weights, start).Run();
}

}  // namespace bellwether
