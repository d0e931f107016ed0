#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "server/query/exec/anomaly_analysis.h"
#include "server/query/exec/incident_facts.h"
#include "server/query/exec/model_input.h"

namespace bellwether {

/// Finds for the incidents of a metric with several series which label value carries them: whose series make up most of
/// what lies outside the bands at the peak. Distances are counted in band widths, so that a large series does not hide
/// a small one. Keeps one float a visible bucket of each series that has companions.
class GroupShares {
 public:
  /// `input` must outlive the object.
  explicit GroupShares(const ModelInput& input);

  /// Takes the verdicts on series `index` of the input.
  void Add(size_t index, const SeriesVerdicts& verdicts);

  /// Completes the incidents of series `index`; call when every series was added.
  void Complete(size_t index, std::vector<IncidentFact>& incidents) const;

 private:
  struct Group {
    std::vector<size_t> members;
    std::vector<std::string> keys;              // of the labels that differ
    std::vector<std::vector<size_t>> value_of;  // by key: the member that first has the same value, by position
  };
  static constexpr size_t kLeastMembers = 3;

  const ModelInput& input_;
  std::vector<Group> groups_;
  std::vector<size_t> group_of_;            // by series; groups_.size() = none
  std::vector<size_t> position_of_;         // by series, in its group
  std::vector<std::vector<float>> excess_;  // by series: distance outside the band, in band widths
};

}  // namespace bellwether
