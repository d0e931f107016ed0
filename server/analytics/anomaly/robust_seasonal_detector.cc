#include "server/analytics/anomaly/robust_seasonal_detector.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/analytics/anomaly/baseline.h"
#include "server/analytics/anomaly/budget_judge.h"
#include "server/analytics/anomaly/distance_band.h"
#include "server/analytics/anomaly/feedback_timeline.h"
#include "server/analytics/anomaly/severity.h"
#include "server/analytics/anomaly/state_record.h"
#include "server/analytics/anomaly/step_clock.h"
#include "server/analytics/anomaly/surprise_views.h"
#include "server/analytics/anomaly/verdict_rules.h"
#include "server/analytics/series/clip.h"
#include "server/analytics/series/fast_exp.h"
#include "server/base/status/error_origin.h"

namespace bellwether {
namespace {

constexpr std::string_view kMethod = "robust-seasonal";
constexpr uint16_t kStateVersion = 3;

// How the combined surprises behave on generated noise of many kinds.
constexpr float kMomentSlope = 0.25f;
constexpr float kMomentEdge = 0.6f;
constexpr float kLastingSlope = 0.4343f;
constexpr float kLastingEdge = 1.3f;

constexpr uint32_t kFirstRows = 12;     // from which the series' place and scale are read
constexpr float kMostFirst = 10;       // a first value counts as at most that many usual distances from the others
constexpr float kLastingShare = 0.25f;  // of the budget, for what builds up over rows
constexpr uint32_t kShareRows = 64;     // between looks at what was left of that
constexpr float kFastRows = 200;        // a day: from here on lasting changes are judged every few rows
constexpr uint32_t kLastingEvery = 4;
constexpr float kScoreCentre = 3;   // the surprise that scores one half
constexpr float kOwnBar = 0.2f;     // share of what a series' alarms need above that which moves its scores
constexpr float kHeldShare = 0.1f;  // of the score of a row that repeats what was told already
constexpr float kMuchBetter = 0.8f;  // share of the level's loss that another model leaves
constexpr float kUnusual = 2;       // a run of rows more surprising than this is derated after its first rows
constexpr uint32_t kFirstUnusual = 2;
constexpr uint32_t kUnusualWeight = 1;             // of kFullWeight
constexpr uint32_t kMostRows = uint32_t{1} << 31;  // counted no further
constexpr double kMostUnits = 1e30;
constexpr double kLeastUnit = 1e-290;
constexpr double kMostUnit = 2 * kLargestMagnitude;
constexpr double kRounding = 1e-13;  // movements below this share of the value are no movements

class RobustSeasonalDetector final : public StreamingDetector {
 public:
  explicit RobustSeasonalDetector(const DetectorOptions& options)
      : options_(options),
        feedback_(options.feedback),
        budget_(static_cast<float>(options.false_alarms_per_week)),
        band_(options.band_level),
        moment_({.false_alarms_per_week = (1 - kLastingShare) * budget_,
                 .tail_slope = kMomentSlope,
                 .bulk_edge = kMomentEdge}),
        lasting_({.false_alarms_per_week = kLastingShare * budget_,
                  .tail_slope = kLastingSlope,
                  .bulk_edge = kLastingEdge,
                  .lasting = true}) {
    options_.feedback = {};
  }

  Verdict Observe(int64_t time_unix_ns, double value) override;
  std::vector<Contribution> Contributions() const override { return views_.Contributions(); }
  size_t StateBytes() const override { return sizeof(*this) + feedback_.HeapBytes(); }
  std::vector<Period> Periods() const override;
  std::string SaveState() const override;
  absl::Status RestoreState(std::string_view record);

 private:
  void Start();
  float InUnits(double value);
  double FromUnits(float x) const {
    return Clip(origin_ + unit_ * static_cast<double>(x), -kLargestMagnitude, kLargestMagnitude);
  }
  void Describe(const Baseline::Expectation& usual, Verdict& verdict) const;
  void Judge(double value, float x, const Baseline::Expectation& usual, std::optional<FeedbackLabel> label,
             Verdict& verdict);

  template <class Self, class Visitor>
  static void VisitMembers(Self& self, Visitor&& visit) {
    visit(self.rows_), visit(self.first_), visit(self.origin_), visit(self.unit_), visit(self.unusual_rows_),
        visit(self.surprise_);
    visit(self.lasting_surprise_), visit(self.adopted_);
    self.clock_.VisitState(visit), self.baseline_.VisitState(visit), self.views_.VisitState(visit);
    self.band_.VisitState(visit), self.moment_.VisitState(visit), self.lasting_.VisitState(visit);
  }

  DetectorOptions options_;
  FeedbackTimeline feedback_;
  float budget_;
  uint32_t rows_ = 0;
  std::array<double, kFirstRows> first_{};  // values, until origin and unit are known
  double origin_ = 0;                       // the median of the first values
  double unit_ = 0;                         // their median distance from it; 0 until there was one
  float surprise_ = 0;                      // of the last row
  float lasting_surprise_ = 0;              // of the lasting changes when they were judged last
  uint32_t unusual_rows_ = 0;
  uint32_t adopted_ = 0;  // the finest model of what is usual that was much better than the level

  StepClock clock_;
  Baseline baseline_;
  SurpriseViews views_;
  DistanceBand band_;
  BudgetJudge moment_;
  BudgetJudge lasting_;
};

void RobustSeasonalDetector::Start() {
  std::array<double, kFirstRows> sorted = first_;
  std::sort(sorted.begin(), sorted.end());
  origin_ = std::midpoint(sorted[kFirstRows / 2 - 1], sorted[kFirstRows / 2]);
  for (double& number : sorted) {
    number = std::abs(number - origin_);
  }
  std::sort(sorted.begin(), sorted.end());
  // The median distance; where most values are equal the smallest one there is.
  const auto usual = std::upper_bound(sorted.begin() + kFirstRows / 2, sorted.end(), kRounding * std::abs(origin_));
  unit_ = usual == sorted.end() ? 0 : Most(*usual, kLeastUnit);
  for (const double value : first_) {
    baseline_.LearnLevel(Clip(InUnits(value), -kMostFirst, kMostFirst));
  }
  rows_ = kFirstRows;
}

float RobustSeasonalDetector::InUnits(double value) {
  const double distance = value - origin_;
  if (unit_ == 0) {
    if (std::abs(distance) <= kRounding * std::abs(origin_)) {
      return 0;
    }
    unit_ = Most(std::abs(distance), kLeastUnit);
  }
  return static_cast<float>(Clip(distance / unit_, -kMostUnits, kMostUnits));
}

void RobustSeasonalDetector::Describe(const Baseline::Expectation& usual, Verdict& verdict) const {
  verdict.expected = FromUnits(usual.value);
  verdict.lower = FromUnits(usual.value - usual.scale * band_.down());
  verdict.upper = FromUnits(usual.value + usual.scale * band_.up());
}

void RobustSeasonalDetector::Judge(double value, float x, const Baseline::Expectation& usual,
                                   std::optional<FeedbackLabel> label, Verdict& verdict) {
  const auto rows_per_day = static_cast<float>(clock_.rows_per_day());
  unusual_rows_ = surprise_ >= kUnusual ? unusual_rows_ + 1 : 0;
  const uint32_t weight = label == FeedbackLabel::kAnomaly    ? 0
                          : unusual_rows_ < kFirstUnusual     ? kFullWeight
                          : label == FeedbackLabel::kExpected ? kFullWeight
                                                              : kUnusualWeight;
  // What builds up over rows need not be looked at in every one.
  const uint32_t every = rows_per_day >= kFastRows ? kLastingEvery : 1;
  const bool judge_lasting = rows_ % every == 0;
  RowSurprise row = views_.Observe(x, usual, baseline_.spread(), weight, judge_lasting, every, rows_per_day);
  if (!DeviationCounts(value, verdict.expected, options_)) {
    row = {};
  }
  const Learning learning = label == FeedbackLabel::kAnomaly    ? Learning::kKnownAnomaly
                            : label == FeedbackLabel::kExpected ? Learning::kKnownNormal
                                                                : Learning::kFull;
  const BudgetVerdict moment = moment_.Judge(row.moment, rows_per_day, learning, 0, views_.heaviness());
  BudgetVerdict lasting;
  if (judge_lasting) {
    lasting = lasting_.Judge(row.lasting, rows_per_day / static_cast<float>(every), learning, row.lengthy);
    lasting_surprise_ = lasting.surprise;
  } else {
    lasting.surprise = lasting_surprise_;
  }
  if (rows_ % kShareRows == 0) {
    // What lasting changes leave of their share belongs to the others.
    const float share = kLastingShare * budget_;
    moment_.SetBudget(budget_ - Least(share, lasting_.SpentPerWeek(0.5f * share)));
  }
  surprise_ = Most(moment.surprise, lasting.surprise);
  if (label == FeedbackLabel::kExpected) {
    return;
  }
  const auto score_of = [](const BudgetVerdict& judged, float centre) {
    const float score = 1 / (1 + FastExp(centre - judged.surprise));
    return judged.speaks ? score : kHeldShare * score;
  };
  verdict.score =
      static_cast<double>(Most(score_of(moment, kScoreCentre + kOwnBar * (moment_.threshold() - kScoreCentre)),
                               score_of(lasting, kScoreCentre)));
  verdict.p_value = static_cast<double>(FastExp10(-surprise_));
  verdict.is_anomaly = moment.is_alarm || lasting.is_alarm;
  if (verdict.is_anomaly) {
    const bool by_lasting = lasting.is_alarm && (!moment.is_alarm || lasting.surprise - lasting_.threshold() >
                                                                         moment.surprise - moment_.threshold());
    SeverityFacts facts = SizeOf(value, verdict.expected, verdict.lower, verdict.upper);
    facts.surprise = static_cast<double>(by_lasting ? lasting.surprise : moment.surprise);
    facts.needed = static_cast<double>(by_lasting ? lasting_.threshold() : moment_.threshold());
    verdict.severity = GradeSeverity(facts);
  }
}

Verdict RobustSeasonalDetector::Observe(int64_t time_unix_ns, double value) {
  clock_.Observe(time_unix_ns);
  baseline_.Locate(time_unix_ns, static_cast<float>(clock_.rows_per_day()));
  Verdict verdict = MissingVerdict();
  const std::optional<FeedbackLabel> label = feedback_.At(time_unix_ns);
  const bool known_anomaly = label == FeedbackLabel::kAnomaly;
  const bool counts = std::isfinite(value) && label != FeedbackLabel::kIgnore;
  value = Clip(value, -kLargestMagnitude, kLargestMagnitude);
  if (rows_ < kFirstRows) {
    if (counts && !known_anomaly) {
      first_[rows_++] = value;
      if (rows_ == kFirstRows) {
        Start();
      }
    }
    return verdict;
  }
  const Baseline::Model model = baseline_.best();
  if (model > adopted_ && baseline_.ShareLeft() < kMuchBetter) {
    adopted_ = model;
    views_.FadeDistances();
  }
  const Baseline::Expectation usual = baseline_.Expect();
  if (band_.warm()) {
    Describe(usual, verdict);
  }
  if (!counts) {
    return verdict;
  }
  const float x = InUnits(value);
  Judge(value, x, usual, label, verdict);
  if (!known_anomaly) {
    constexpr float kFurthest = 1e6;
    band_.Learn(Clip((x - usual.value) / usual.scale, -kFurthest, kFurthest));
    baseline_.Learn(x);
  }
  rows_ = Least(rows_ + 1, kMostRows);
  return verdict;
}

std::vector<Period> RobustSeasonalDetector::Periods() const {
  const double rows_per_day = clock_.rows_per_day();
  const bool by_week = baseline_.best() == Baseline::kWeek || rows_per_day <= 2;
  const double steps = by_week ? 7 * rows_per_day : rows_per_day;
  if (baseline_.best() == Baseline::kLevel || static_cast<double>(rows_) < 2 * steps || steps < 2) {
    return {};
  }
  const auto share = static_cast<double>(baseline_.ShareLeft());
  return {{.steps = static_cast<size_t>(std::lround(steps)), .strength = 1 - share * share}};
}

std::string RobustSeasonalDetector::SaveState() const {
  StateWriter writer;
  // Visiting does not change anything; the members' visitors are written once, for reading and writing.
  VisitMembers(const_cast<RobustSeasonalDetector&>(*this), writer);
  return WrapState(kMethod, kStateVersion, writer.bytes());
}

absl::Status RobustSeasonalDetector::RestoreState(std::string_view record) {
  const absl::StatusOr<std::string_view> state = UnwrapState(kMethod, kStateVersion, record);
  if (!state.ok()) {
    return state.status();
  }
  StateReader reader(*state);
  VisitMembers(*this, reader);
  if (!reader.Complete() || !clock_.Valid() || !baseline_.Valid() || !views_.Valid() || !band_.Valid() ||
      !moment_.Valid() || !lasting_.Valid() || !(unit_ >= 0 && unit_ <= kMostUnit) ||
      std::abs(origin_) > kLargestMagnitude || rows_ > kMostRows) {
    return BadQueryError("The saved state of a detector makes no sense. Let the detector learn anew.");
  }
  return absl::OkStatus();
}

}  // namespace

std::unique_ptr<StreamingDetector> MakeRobustSeasonalDetector(const DetectorOptions& options) {
  return std::make_unique<RobustSeasonalDetector>(options);
}

absl::StatusOr<std::unique_ptr<StreamingDetector>> RestoreRobustSeasonalDetector(const DetectorOptions& options,
                                                                                 std::string_view state) {
  auto detector = std::make_unique<RobustSeasonalDetector>(options);
  if (absl::Status status = detector->RestoreState(state); !status.ok()) {
    return status;
  }
  return detector;
}

}  // namespace bellwether
