#include "server/analytics/changepoint/online_changepoints.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

namespace bellwether {
namespace {

constexpr double kSlope = 0.25;         // prior probability that a run has a slope
constexpr double kSlopeSpread = 0.1;    // of the slope a step, in spreads of the noise
constexpr double kWild = 0.01;          // share of values that say nothing
constexpr double kWildSpreads = 5;      // that these lie out, as Cauchy's law
constexpr double kNoShare = 0.05;       // of a value in a run, that makes it wild if it lies
constexpr double kFarOut = 3;           // times as far out as wild ones do
constexpr double kFreedom = 2;          // values that the prior spread of a run is worth
constexpr double kSlowest = 1.0 / 500;  // gain of what is learned of the whole series
constexpr double kClip = 9;             // squares beyond this multiple of their mean are cut
constexpr double kLearnedFrom = 8;      // differences until squares are cut
constexpr double kMostAway = 5;         // spreads that a value may pull the mean
constexpr double kMostPhi = 0.99;
constexpr double kDoubt = 5;  // differences until half of a dependence seen is believed
constexpr double kLeastVariance = 1e-6;
constexpr double kLargest = 1e60;
constexpr int kLeastExponent = -1000;  // of the unit, so that dividing by it cannot overflow
constexpr double kLevelSpreads = 5;
constexpr double kWiderSpread = 4;  // prior of a variance that has changed, against the one before
constexpr double kLeastWeight = 1e-7;
constexpr double kAgreed = 0.45;      // weight that must lie around one place
constexpr size_t kWarmUp = 8;         // values
constexpr size_t kMostMissing = 64;   // more of them during the warm-up end it
constexpr double kSeasonCycles = 10;  // that a season remembers
constexpr double kSeasonSpreads = 3;  // of a value that the season is drawn towards
constexpr double kLeastMove = 1;      // of a change beside a season, in spreads of what the season leaves
constexpr double kLeastRatio = 2;     // likewise of a change of spread
constexpr size_t kSame = 3;           // places this near are one change
constexpr size_t kLeastRun = 3;

/// Log density of a value for what was known before, which is then known as well.
double TakeIn(RunRegression& regression, double value, double level) {
  const RunRegression::Outlook outlook = regression.LookAt(value, level, 0);
  const double density = regression.LogDensity(outlook);
  regression.Add(outlook, 1);
  return density;
}

double Finite(double value) { return std::isfinite(value) ? value : 0; }

/// The nearest number that is finite: units near the largest number overflow.
double WithinRange(double number) {
  return std::clamp(number, std::numeric_limits<double>::lowest(), std::numeric_limits<double>::max());
}

}  // namespace

OnlineChangeDetector::OnlineChangeDetector(const OnlineChangeOptions& options) : options_(options) {
  options_.expected_run = options_.expected_run >= 2 ? options_.expected_run : 2;  // NaN is 2
  options_.told_from = options_.told_from >= 0.5 ? std::min(options_.told_from, 1 - 1e-9) : 0.5;
  options_.most_runs = std::max<size_t>(options_.most_runs, 10);
  if (options_.period < 2 || options_.period > OnlineChangeOptions::kMostPeriod) {
    options_.period = 0;
  }
}

/// The value counted from the first one, in units of the first difference.
double OnlineChangeDetector::Scaled(double value) {
  if (!std::isfinite(value)) {
    return std::nan("");
  }
  if (!has_first_) {
    has_first_ = true;
    first_ = value;
  }
  const double difference = value * 0.5 - first_ * 0.5;  // halves cannot overflow
  if (unit_ == 0 && difference != 0) {
    unit_ = std::ldexp(1.0, std::max(std::ilogb(difference), kLeastExponent));
  }
  return unit_ == 0 ? 0 : std::clamp(2 * (difference / unit_), -kLargest, kLargest);
}

double OnlineChangeDetector::Season(size_t at) const { return season_.empty() ? 0 : season_[at % season_.size()]; }

/// The season of the first values: the mean of each place in the cycle about their line.
void OnlineChangeDetector::LearnFirstSeason() {
  const size_t period = options_.period;
  season_.assign(period, 0.0);
  season_counts_.assign(period, 0.0);
  std::array<double, 2> sum{};
  std::array<double, 2> count{};
  for (size_t i = 0; i < warm_up_.size(); ++i) {
    const size_t half = 2 * i < warm_up_.size() ? 0 : 1;
    sum[half] += std::isnan(warm_up_[i]) ? 0 : warm_up_[i];
    count[half] += std::isnan(warm_up_[i]) ? 0 : 1;
  }
  const double first = count[0] > 0 ? sum[0] / count[0] : 0;
  const double second = count[1] > 0 ? sum[1] / count[1] : first;
  const double length = static_cast<double>(warm_up_.size());
  for (size_t i = 0; i < warm_up_.size(); ++i) {
    if (!std::isnan(warm_up_[i])) {
      const double line = first + (second - first) * (2 * static_cast<double>(i) / length - 0.5);
      const size_t at = (now_ + i) % period;
      ++season_counts_[at];
      season_[at] += (warm_up_[i] - line - season_[at]) / season_counts_[at];
    }
  }
}

/// Draws the season towards what a value (its season taken out) is away from the likeliest run.
void OnlineChangeDetector::LearnSeason(double value) {
  if (season_.empty() || std::isnan(value) || runs_.empty()) {
    return;
  }
  const Run& likeliest =
      *std::max_element(runs_.begin(), runs_.end(), [](const Run& a, const Run& b) { return a.weight < b.weight; });
  const Portrait portrait = PortraitOf(likeliest, now_, value);
  const double most = kSeasonSpreads * std::sqrt(portrait.variance / std::max(1 - phi_ * phi_, 0.05));
  const size_t at = now_ % season_.size();
  season_counts_[at] = std::min(season_counts_[at] + 1, kSeasonCycles);
  season_[at] += std::clamp(value - portrait.level, -most, most) / season_counts_[at];
}

/// Learns scale and dependence of the noise and the whereabouts of the series.
void OnlineChangeDetector::Learn(double value) {
  const auto learn = [&](double square, double& mean_square) {
    const double gain = std::max(1 / (steps_ + 1), kSlowest);
    const double cut = steps_ >= kLearnedFrom && mean_square > 0 ? std::min(square, kClip * mean_square) : square;
    mean_square += gain * (cut - mean_square);
  };
  const double one = value - learned_before_;
  const double two = value - learned_before_that_;
  if (std::isfinite(one) && std::isfinite(two) && present_ >= 2) {  // none of the three is missing
    learn(one * one, one_square_);
    learn(two * two, two_square_);
    ++steps_;
    const double ratio = one_square_ > 0 ? two_square_ / one_square_ - 1 : 0;
    phi_ = std::clamp(ratio, 0.0, kMostPhi) * steps_ / (steps_ + kDoubt);
  }
  learned_before_that_ = std::exchange(learned_before_, value);
  if (std::isnan(value)) {
    return;
  }
  ++present_;
  const double gain = std::max(1 / present_, kSlowest);
  const double most = kMostAway * std::sqrt(spread_ + one_square_);
  const double away = present_ > kLearnedFrom ? std::clamp(value - mean_, -most, most) : value - mean_;
  mean_ += gain * away;
  spread_ += gain * ((1 - gain) * away * away - spread_);
}

void OnlineChangeDetector::StartRuns(double value, double mass) {
  const double variance = std::max(0.5 * one_square_ * (1 + phi_), kLeastVariance);
  // Any level is as likely as another, but for how unlikely a value this far out is.
  const double whole = std::sqrt(spread_) + kLevelSpreads * std::sqrt(variance / (1 - phi_ * phi_));
  const double away = (value - mean_) / whole;
  const double density = std::numbers::inv_pi / (whole * (1 + away * away));
  for (const bool slope : {false, true}) {
    const RunPrior prior = {.level_spread = 1 / std::sqrt(1 - phi_ * phi_),
                            .slope_spread = slope ? kSlopeSpread : 0,
                            .freedom = kFreedom,
                            .variance = variance};
    runs_.push_back({now_, value, mass * density * (slope ? kSlope : 1 - kSlope), RunRegression(prior)});
  }
}

void OnlineChangeDetector::Weigh(double value) {
  if (std::isnan(value)) {
    before_ = value;
    return;
  }
  const bool follows = !std::isnan(before_) && !runs_.empty();
  const double start = std::sqrt(1 - phi_ * phi_);
  double total = 0;
  double likeliest = 0;
  bool is_wild = false;  // for the likeliest run: what follows does not go on from it
  for (Run& run : runs_) {
    total += run.weight;
    const auto age = static_cast<double>(now_ - run.start);
    const double level = follows ? 1 - phi_ : start;
    const double slope = follows ? age - phi_ * (age - 1) : start * age;
    const double seen = follows ? value - run.origin - phi_ * (before_ - run.origin) : start * (value - run.origin);
    const RunRegression::Outlook outlook = run.regression.LookAt(seen, level, slope);
    const double density = std::exp(run.regression.LogDensity(outlook));
    const double deviation = kWildSpreads * std::sqrt(run.regression.Variance());
    const double away = outlook.away / deviation;
    const double wild = std::numbers::inv_pi / (deviation * (1 + away * away));
    const double both = (1 - kWild) * density + kWild * wild;
    const double share = (1 - kWild) * density / both;
    if (run.weight > likeliest) {
      likeliest = run.weight;
      is_wild = share < kNoShare && std::abs(away) > kFarOut;
    }
    run.regression.Add(outlook, share);
    run.weight *= (1 - 1 / options_.expected_run) * both;
  }
  if (runs_.empty()) {
    told_ = now_;  // there is nothing before it that it could differ from
  }
  StartRuns(value, runs_.empty() ? 1 : total / options_.expected_run);
  before_ = is_wild ? std::nan("") : value;
  Prune();
}

void OnlineChangeDetector::Prune() {
  double total = 0;
  for (const Run& run : runs_) {
    total += Finite(run.weight);
  }
  if (!(total > 0)) {  // nothing foresaw this value at all: begin anew
    runs_.erase(runs_.begin(), runs_.end() - 2);
    runs_.front().weight = 1 - kSlope;
    runs_.back().weight = kSlope;
    total = 1;
  }
  for (Run& run : runs_) {
    run.weight = Finite(run.weight) / total;
  }
  std::erase_if(runs_, [](const Run& run) { return run.weight < kLeastWeight; });
  if (runs_.size() > options_.most_runs) {
    std::stable_sort(runs_.begin(), runs_.end(), [](const Run& a, const Run& b) { return a.weight > b.weight; });
    runs_.erase(runs_.begin() + static_cast<ptrdiff_t>(options_.most_runs), runs_.end());
  }
}

OnlineChangeDetector::Portrait OnlineChangeDetector::PortraitOf(const Run& run, size_t at, double value) {
  const auto age = static_cast<double>(at - run.start);
  return {.value = value,
          .level = run.origin + run.regression.Level() + age * run.regression.Slope(),
          .slope = run.regression.Slope(),
          .variance = run.regression.Variance(),
          .count = run.regression.freedom()};
}

/// Keeps what the run since the change told last is like now.
void OnlineChangeDetector::Remember(double value) {
  const Run* present = nullptr;
  for (const Run& run : runs_) {
    if (run.start <= told_ + kSame && (present == nullptr || run.weight > present->weight)) {
      present = &run;
    }
  }
  Portrait& now = remembered_[now_ % kRemembered];
  if (present != nullptr) {
    now = PortraitOf(*present, now_, value);
  } else if (now_ > 0) {
    now = remembered_[(now_ - 1) % kRemembered];
    now.level += now.slope;
  }
  now.value = value;
}

/// The likeliest start of a run after the change told last, among those around which most of the weight lies.
const OnlineChangeDetector::Run* OnlineChangeDetector::LikeliestNewRun() const {
  const auto weight_around = [&](size_t start, size_t reach) {
    double sum = 0;
    for (const Run& other : runs_) {
      const size_t apart = std::max(start, other.start) - std::min(start, other.start);
      sum += other.start > told_ + kSame && apart <= reach ? other.weight : 0;
    }
    return sum;
  };
  double most = 0;
  size_t middle = 0;
  for (const Run& run : runs_) {
    const double around = run.start > told_ + kSame ? weight_around(run.start, kSame) : 0;
    if (around > most) {
      most = around;
      middle = run.start;
    }
  }
  if (most < kAgreed) {
    return nullptr;
  }
  const Run* best = nullptr;
  double best_weight = 0;
  for (const Run& run : runs_) {
    if (run.start <= told_ + kSame || std::max(run.start, middle) - std::min(run.start, middle) > kSame) {
      continue;
    }
    const double own = weight_around(run.start, 0);
    if (best == nullptr || own > best_weight || (run.start == best->start && run.weight > best->weight)) {
      best = &run;
      best_weight = own;
    }
  }
  return best;
}

/// Which change explains the values since the run began, the noise going on from the value before it: its level, its
/// slope, or its spread; by the marginal likelihood of each.
ChangePoint OnlineChangeDetector::Describe(const Run& run) const {
  const size_t oldest = now_ + 1 > kRemembered ? now_ + 1 - kRemembered : 0;
  const size_t last = std::max(run.start - 1, oldest);  // of the run before
  const Portrait before = remembered_[last % kRemembered];
  const double freedom = std::max(before.count, kFreedom);
  // The prior of a jump is as wide as the jump.
  const double jump = std::abs(Finite(remembered_[(last + 1) % kRemembered].value - before.level));
  const double width = std::max(2 * kLevelSpreads, jump / std::sqrt(before.variance));
  RunRegression level({.level_spread = width, .freedom = freedom, .variance = before.variance});
  RunRegression slope({.level_spread = 1, .freedom = freedom, .variance = before.variance});
  RunRegression spread({.freedom = 1, .variance = kWiderSpread * before.variance});
  double level_evidence = 0;
  double slope_evidence = 0;
  double spread_evidence = 0;
  double noise = before.value - before.level;
  for (size_t at = last + 1; at <= now_; ++at) {
    const auto age = static_cast<double>(at - last);
    const double value = remembered_[at % kRemembered].value;
    if (std::isnan(value)) {
      continue;
    }
    const double rest = value - before.level - age * before.slope;
    const double seen = rest - phi_ * (std::isnan(noise) ? 0 : noise);
    const double step = at == last + 1 ? 1 : 1 - phi_;
    const double bend = age - phi_ * (age - 1);
    level_evidence += TakeIn(level, seen, step);
    slope_evidence += TakeIn(slope, seen, bend);
    spread_evidence += TakeIn(spread, seen, 0);
    noise = rest;
  }
  ChangePoint change = {.index = run.start, .confidence = std::clamp(probability_, 0.0, 1.0)};
  if (spread_evidence > std::max(level_evidence, slope_evidence)) {
    change.kind = ChangeKind::kVariance;
    change.before = WithinRange(std::sqrt(before.variance) * unit_);
    change.after = WithinRange(std::sqrt(spread.Variance()) * unit_);
    change.size = std::min(change.after / change.before, 1e9);
    return change;
  }
  if (slope_evidence > level_evidence) {
    change.kind = ChangeKind::kSlope;
    change.before = WithinRange(before.slope * unit_);
    change.after = WithinRange((before.slope + slope.Level()) * unit_);
  } else {
    change.kind = ChangeKind::kLevel;
    // Halves cannot overflow.
    const auto value = [&](double scaled) { return WithinRange(2 * (0.5 * first_ + 0.5 * scaled * unit_)); };
    change.before = value(before.level + before.slope);
    change.after = value(before.level + before.slope + level.Level());
  }
  change.size = WithinRange(change.after - change.before);
  return change;
}

/// Cycles are never quite alike: what a season leaves wanders and scatters by the hour, which is no news. A change must
/// stand out from all that the season left.
bool OnlineChangeDetector::StandsOut(const OnlineChange& told) const {
  if (season_.empty()) {
    return true;
  }
  if (told.change.kind == ChangeKind::kVariance) {
    return told.change.size >= kLeastRatio || told.change.size <= 1 / kLeastRatio;
  }
  const bool bends = told.change.kind == ChangeKind::kSlope;
  const double rows = bends ? static_cast<double>(told.told_at - told.change.index + 1) : 1;
  return std::abs(told.change.size) * rows >= kLeastMove * std::sqrt(spread_) * unit_;
}

std::optional<OnlineChange> OnlineChangeDetector::Settle() {
  probability_ = 0;
  for (const Run& run : runs_) {
    probability_ += run.start > told_ + kSame ? run.weight : 0;
  }
  if (probability_ < options_.told_from) {
    return std::nullopt;
  }
  const Run* const run = LikeliestNewRun();
  if (run == nullptr || run->start + kLeastRun > now_ + 1) {
    return std::nullopt;
  }
  const OnlineChange told = {.change = Describe(*run), .told_at = now_};
  const bool stands_out = StandsOut(told);
  told_ = run->start;
  for (size_t at = told_; at <= now_; ++at) {
    Portrait& portrait = remembered_[at % kRemembered];
    portrait = PortraitOf(*run, at, portrait.value);
  }
  probability_ = 0;
  return stands_out ? std::optional(told) : std::nullopt;
}

/// Starts on the values gathered so far: their scale is known first, then they are weighed one by one.
void OnlineChangeDetector::EndWarmUp() {
  is_warm_ = true;
  now_ = told_;
  if (options_.period > 0) {
    LearnFirstSeason();
  }
  const std::vector<double> values = std::exchange(warm_up_, {});
  for (size_t i = 0; i < values.size(); ++i) {
    Learn(values[i] - Season(now_ + i));
  }
  if (options_.period > 0) {  // which has taken half of the noise of two cycles with it
    one_square_ *= 2;
    two_square_ *= 2;
    now_ += values.size();
    told_ = now_;
    return;
  }
  for (const double value : values) {
    Weigh(value - Season(now_));
    Remember(value - Season(now_));
    ++now_;
  }
}

std::optional<OnlineChange> OnlineChangeDetector::Observe(double value) {
  const double scaled = Scaled(value);
  if (is_warm_) {
    const double rest = scaled - Season(now_);
    Learn(rest);
    Weigh(rest);
    Remember(rest);
    std::optional<OnlineChange> told = std::isnan(rest) ? std::nullopt : Settle();
    LearnSeason(rest);
    ++now_;
    return told;
  }
  if (warm_up_.empty() && std::isnan(scaled)) {
    told_ = ++now_;  // nothing has begun yet
    return std::nullopt;
  }
  warm_up_.push_back(scaled);
  gathered_ += std::isnan(scaled) ? 0 : 1;
  const size_t wanted = std::max(2 * options_.period, kWarmUp);
  if ((warm_up_.size() >= wanted && gathered_ >= kWarmUp) || warm_up_.size() >= wanted + kMostMissing) {
    EndWarmUp();
  } else {
    ++now_;
  }
  return std::nullopt;
}

std::vector<OnlineChange> FindChangePointsOnline(std::span<const double> values, const OnlineChangeOptions& options) {
  OnlineChangeDetector detector(options);
  std::vector<OnlineChange> changes;
  for (const double value : values) {
    if (auto told = detector.Observe(value)) {
      changes.push_back(*told);
    }
  }
  return changes;
}

}  // namespace bellwether
