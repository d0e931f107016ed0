// The saved state of a MultivariateDetector.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/analytics/multivariate/model_state.h"
#include "server/analytics/multivariate/multivariate_detector.h"

namespace bellwether {
namespace {

constexpr std::string_view kStateName = "multivariate";
constexpr uint16_t kStateVersion = 1;

}  // namespace

void MultivariateDetector::Save(StateWriter& writer) const {
  writer(static_cast<uint32_t>(scales_.size()));
  writer(static_cast<uint8_t>(only_.has_value() ? static_cast<size_t>(*only_) : kMultivariateMembers));
  writer(alarm_chance_);
  WriteScales(writer, scales_);
  for (size_t m = 0; m < kMultivariateMembers; ++m) {
    if (members_[m].has_value()) {
      members_[m]->Save(writer);
    }
  }
  combined_->Save(writer);
  const auto save = [&writer](const auto& member) {
    if (member.has_value()) {
      member->Save(writer);
    }
  };
  save(plain_), save(extended_), save(machine_), save(cuts_);
}

std::optional<MultivariateDetector> MultivariateDetector::Restore(StateReader& reader) {
  MultivariateDetector detector;
  uint32_t features = 0;
  uint8_t only = 0;
  reader(features), reader(only), reader(detector.alarm_chance_);
  if (features == 0 || features > kMaxForestFeatures || only > kMultivariateMembers || !(detector.alarm_chance_ > 0) ||
      detector.alarm_chance_ > kMostAlarmChance) {
    return std::nullopt;
  }
  if (only < kMultivariateMembers) {
    detector.only_ = static_cast<MultivariateMember>(only);
  }
  std::optional<std::vector<FeatureScale>> scales = ReadScales(reader, features);
  if (!scales.has_value()) {
    return std::nullopt;
  }
  detector.scales_ = *std::move(scales);
  // Each part is there, makes sense and has the features of the whole.
  bool sound = true;
  for (size_t m = 0; m < kMultivariateMembers && sound; ++m) {
    if (detector.Uses(static_cast<MultivariateMember>(m))) {
      detector.members_[m] = ScoreCalibration::Restore(reader);
      sound = detector.members_[m].has_value();
    }
  }
  if (sound) {
    detector.combined_ = ScoreCalibration::Restore(reader);
    sound = detector.combined_.has_value();
  }
  const auto restore = [&]<typename Model>(MultivariateMember member, std::optional<Model>& model) {
    if (sound && detector.Uses(member)) {
      model = Model::Restore(reader);
      sound = model.has_value() && model->features() == features;
    }
  };
  restore(MultivariateMember::kIsolationForest, detector.plain_);
  restore(MultivariateMember::kExtendedForest, detector.extended_);
  restore(MultivariateMember::kOneClassSvm, detector.machine_);
  restore(MultivariateMember::kRandomCutForest, detector.cuts_);
  return sound ? std::optional(std::move(detector)) : std::nullopt;
}

std::string MultivariateDetector::SaveState() const { return SaveModel(kStateName, kStateVersion, *this); }

absl::StatusOr<MultivariateDetector> MultivariateDetector::RestoreState(std::string_view record) {
  return RestoreModel<MultivariateDetector>(kStateName, kStateVersion, record);
}

}  // namespace bellwether
