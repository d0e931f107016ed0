#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "server/analytics/changepoint/changepoints.h"
#include "server/analytics/changepoint/run_regression.h"

namespace bellwether {

/// How changes are looked for as values come in.
struct OnlineChangeOptions {
  double expected_run = 500;  ///< values between changes, at least 2
  double told_from = 0.95;    ///< probability of a change from which it is told, 0.5 to below 1
  size_t most_runs = 200;     ///< hypotheses kept, at least 10
  /// Length of a season that is learned and taken out, at most kMostPeriod; below 2 = none. Nothing is told in its
  /// first two cycles.
  size_t period = 0;
  static constexpr size_t kMostPeriod = 20'000;
};

/// A change with the value at which it was told.
struct OnlineChange {
  ChangePoint change;
  size_t told_at = 0;  ///< index of the value that settled it, at least change.index
};

/// Finds changes of level, slope and spread as values come in, one pass, each answer made from the values up to it
/// alone, in bounded memory.
///
/// Bayesian online detection (Adams and MacKay 2007, "Bayesian Online Changepoint Detection"): each hypothesis says
/// when the present run began and whether it has a slope, and is weighed by how well it foresaw every value; the
/// unlikeliest are dropped beyond `most_runs`. Dependence from one value to the next and the scale of the noise are
/// learned on the way, robustly, so the prior of a new run follows the data's own scale. A value may be a wild one that
/// says nothing. Of seasons it knows the one it is given. Not thread-safe.
class OnlineChangeDetector {
 public:
  explicit OnlineChangeDetector(const OnlineChangeOptions& options = {});

  /// Takes the next value, NaN or infinite = missing; a change when this value settled one.
  std::optional<OnlineChange> Observe(double value);

  /// That the run has begun after the change told last, in all hypotheses together.
  [[nodiscard]] double change_probability() const { return probability_; }
  [[nodiscard]] size_t runs() const { return runs_.size(); }  ///< hypotheses now

 private:
  static constexpr size_t kRemembered = 256;

  /// A hypothesis: the run began at `start`.
  struct Run {
    size_t start;
    double origin;  ///< value that the regression counts from
    double weight;  ///< probability
    RunRegression regression;
  };
  /// What the present run was like at some value.
  struct Portrait {
    double value = 0;  ///< NaN = missing
    double level = 0;  ///< its mean there
    double slope = 0;
    double variance = 0;  ///< of the innovations
    double count = 0;     ///< values that this rests on
  };

  [[nodiscard]] double Scaled(double value);
  /// What the season has at an index; 0 without one.
  [[nodiscard]] double Season(size_t at) const;
  void LearnFirstSeason();
  void LearnSeason(double value);
  void Learn(double value);
  void EndWarmUp();
  /// Weighs all hypotheses by a value (NaN = missing) and starts those that begin with it.
  void Weigh(double value);
  void StartRuns(double value, double mass);
  void Prune();
  void Remember(double value);
  [[nodiscard]] static Portrait PortraitOf(const Run& run, size_t at, double value);
  [[nodiscard]] const Run* LikeliestNewRun() const;
  [[nodiscard]] ChangePoint Describe(const Run& run) const;
  [[nodiscard]] bool StandsOut(const OnlineChange& told) const;
  std::optional<OnlineChange> Settle();

  OnlineChangeOptions options_;
  std::vector<Run> runs_;
  std::array<Portrait, kRemembered> remembered_{};  ///< of the run since the change told last, by index
  size_t now_ = 0;                                  ///< index of the value that comes next
  size_t told_ = 0;                                 ///< start of the present run as told
  double probability_ = 0;
  bool has_first_ = false;
  double first_ = 0;             ///< what values are counted from, and
  double unit_ = 0;              ///< in what unit; 0 as long as all are equal
  std::vector<double> warm_up_;  ///< the first values, until there are enough to know their scale; empty afterwards
  size_t gathered_ = 0;          ///< of them not missing
  bool is_warm_ = false;
  std::vector<double> season_;         ///< by place in the cycle
  std::vector<double> season_counts_;  ///< cycles that each rests on
  double before_ = 0;                  ///< value before, NaN = missing or wild
  double learned_before_ = 0;
  double learned_before_that_ = 0;
  double present_ = 0;  ///< values learned from
  double steps_ = 0;    ///< differences learned from
  double one_square_ = 0;
  double two_square_ = 0;
  double mean_ = 0;
  double spread_ = 0;  ///< squares about the mean
  double phi_ = 0;     ///< dependence on the value before
};

/// All changes of a series, in the order in which they are told.
[[nodiscard]] std::vector<OnlineChange> FindChangePointsOnline(std::span<const double> values,
                                                               const OnlineChangeOptions& options = {});

}  // namespace bellwether
