#include "server/analytics/anomaly/robust_seasonal_detector.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "server/analytics/anomaly/feedback_timeline.h"
#include "server/analytics/anomaly/seasonal_lanes.h"
#include "server/analytics/anomaly/state_record.h"
#include "server/base/status/error_origin.h"

namespace bellwether {
namespace {

constexpr std::string_view kMethod = "robust-seasonal";
constexpr uint16_t kStateVersion = 6;

constexpr std::array<std::string_view, kSurpriseViews> kViewNames = {
    "sudden change",    "distance from usual", "value never seen", "shape never seen",
    "lasting distance", "roughness",           "long distance",    "long roughness"};

class RobustSeasonalDetector final : public StreamingDetector {
 public:
  explicit RobustSeasonalDetector(const DetectorOptions& options) : feedback_(options.feedback), lane_(options) {}

  Verdict Observe(int64_t time_unix_ns, double value) override {
    const std::optional<FeedbackLabel> label = feedback_.At(time_unix_ns);
    const uint8_t told = label.has_value() ? LaneLabel(*label) : kNoLabel;
    LaneVerdicts<1> said;
    lane_.Observe(time_unix_ns, &value, &told, said);
    return {.expected = said.expected[0],
            .lower = said.lower[0],
            .upper = said.upper[0],
            .score = said.score[0],
            .p_value = said.p_value[0],
            .is_anomaly = said.is_anomaly[0] != 0,
            .severity = said.severity[0]};
  }

  std::vector<Contribution> Contributions() const override {
    std::array<float, kSurpriseViews> surprises;
    for (size_t view = 0; view < kSurpriseViews; ++view) {
      surprises[view] = lane_.SurpriseOf(static_cast<SurpriseView>(view), 0);
    }
    return ToContributions(surprises);
  }

  std::vector<Period> Periods() const override { return PeriodsThere(lane_.PeriodsOf(0)); }

  size_t StateBytes() const override { return sizeof(*this) + feedback_.HeapBytes() + lane_.HeapBytes(); }

  std::string SaveState() const override {
    StateWriter writer;
    // Visiting does not change anything; the members' visitors are written once, for reading and writing.
    const_cast<SeasonalLanes<1>&>(lane_).VisitState(writer);
    return WrapState(kMethod, kStateVersion, writer.bytes());
  }

  absl::Status RestoreState(std::string_view record) {
    const absl::StatusOr<std::string_view> state = UnwrapState(kMethod, kStateVersion, record);
    if (!state.ok()) {
      return state.status();
    }
    StateReader reader(*state);
    lane_.VisitState(reader);
    if (!reader.Complete() || !lane_.ValidState()) {
      return BadQueryError("The saved state of a detector makes no sense. Let the detector learn anew.");
    }
    return absl::OkStatus();
  }

 private:
  FeedbackTimeline feedback_;
  SeasonalLanes<1> lane_;
};

}  // namespace

std::vector<Contribution> ToContributions(std::span<const float> surprises) {
  std::vector<Contribution> contributions;
  contributions.reserve(kSurpriseViews);
  for (size_t view = 0; view < kSurpriseViews; ++view) {
    contributions.push_back({.view = kViewNames[view], .surprise = static_cast<double>(surprises[view])});
  }
  std::stable_sort(contributions.begin(), contributions.end(),
                   [](const Contribution& a, const Contribution& b) { return a.surprise > b.surprise; });
  return contributions;
}

std::vector<Period> PeriodsThere(std::span<const Period> periods) {
  std::vector<Period> there;
  std::copy_if(periods.begin(), periods.end(), std::back_inserter(there),
               [](const Period& period) { return period.steps > 0; });
  std::stable_sort(there.begin(), there.end(),
                   [](const Period& a, const Period& b) { return a.strength > b.strength; });
  return there;
}

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
