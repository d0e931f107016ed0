#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "server/analytics/anomaly/budget_judge.h"
#include "server/analytics/anomaly/detector.h"
#include "server/analytics/anomaly/seasonal_lanes.h"
#include "server/analytics/anomaly/state_record.h"
#include "tests/unit/analytics/detector_carriers.h"

namespace bellwether {
namespace {

/// Sets the member of type Number that is visited as number `which` to `value`.
template <class Number>
class SetOne {
 public:
  SetOne(size_t which, Number value) : which_(which), value_(value) {}

  template <class Other>
  void operator()(Other& member) {
    if constexpr (std::is_same_v<Other, Number>) {
      was_set_ = was_set_ || seen_ == which_;
      member = seen_++ == which_ ? value_ : member;
    }
  }
  [[nodiscard]] bool was_set() const { return was_set_; }

 private:
  size_t which_;
  Number value_;
  size_t seen_ = 0;
  bool was_set_ = false;
};

SeasonalLanes<1> LanesAfter(size_t rows) {
  SeasonalLanes<1> lanes{DetectorOptions{}};
  LaneVerdicts<1> verdicts;
  std::vector<double> values = DailyValues(rows, 5);
  for (size_t i = 0; i < rows; ++i) {
    values[i] += i % 12 < 2 ? 40 : 0;  // a job each hour
    lanes.Observe(static_cast<int64_t>(i) * 300 * kSecondNs, &values[i], nullptr, verdicts);
  }
  return lanes;
}

TEST(SeasonalLanesStateTest, IsSoundAfterAnyNumberOfRows) {
  for (const size_t rows : {0u, 5u, 12u, 100u, 5000u}) {
    EXPECT_TRUE(LanesAfter(rows).ValidState()) << rows;
  }
}

/// The state with one counter changed; false where there are no more than `which` of them.
bool WithCounter(size_t rows, size_t which, int32_t value, bool& is_valid) {
  SeasonalLanes<1> lanes = LanesAfter(rows);
  SetOne<int32_t> change(which, value);
  lanes.VisitState(change);
  is_valid = lanes.ValidState();
  return change.was_set();
}

TEST(SeasonalLanesStateTest, NoCounterMayBeSoLargeThatCountingOnOverflows) {
  for (const size_t rows : {5u, 1500u}) {
    for (const int32_t value : {std::numeric_limits<int32_t>::max(), std::numeric_limits<int32_t>::min()}) {
      size_t which = 0;
      for (bool is_valid = false; WithCounter(rows, which, value, is_valid); ++which) {
        EXPECT_FALSE(is_valid) << "counter " << which << " is " << value << " after " << rows << " rows";
      }
      EXPECT_GT(which, 20u);
    }
  }
}

TEST(BudgetJudgeStateTest, ABudgetOfNoDetectorIsRefused) {
  for (const float budget : {1.3e-38f, 0.0f, -1.0f, 1e30f}) {
    BudgetJudge<1> judge({.false_alarms_per_week = 1});
    ASSERT_TRUE(judge.Valid());
    SetOne<float> change(0, budget);
    judge.VisitState(change);
    EXPECT_FALSE(judge.Valid()) << budget;
  }
}

TEST(DetectorStateTest, AStateOfAnotherVersionIsNamedAsSuch) {
  for (const DetectorMethod& method : DetectorMethods()) {
    const auto detector = MakeStreamingDetector(method.id, {});
    ASSERT_TRUE(detector.ok());
    std::string record = (*detector)->SaveState();
    record[4] = 77;
    record.resize(record.size() - sizeof(uint32_t));
    const uint32_t checksum = StateChecksum(record);
    record.append(reinterpret_cast<const char*>(&checksum), sizeof(checksum));
    const auto restored = RestoreStreamingDetector(method.id, {}, record);
    EXPECT_EQ(restored.status().message(),
              "The saved state of a detector was written by another version. Let the detector learn anew.");
  }
}

}  // namespace
}  // namespace bellwether
