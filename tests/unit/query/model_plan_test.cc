#include "server/query/exec/model_plan.h"

#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/status/error_origin.h"

namespace bellwether {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'760'000'123);

TEST(NiceStepTest, RoundsUpToAStepThatDividesTheClock) {
  EXPECT_EQ(NiceStep(absl::Seconds(61)), absl::Minutes(2));
  EXPECT_EQ(NiceStep(absl::Minutes(5)), absl::Minutes(5));
  EXPECT_EQ(NiceStep(absl::Milliseconds(3)), absl::Milliseconds(5));
  EXPECT_EQ(NiceStep(absl::Hours(25)), absl::Hours(48));
  EXPECT_GE(NiceStep(absl::Hours(24 * 3000)), absl::Hours(24 * 3000));
}

TEST(AutoHistoryTest, IsTwoWeeksOfFiveMinutes) {
  EXPECT_EQ(AutoHistory(absl::Minutes(5)), absl::Hours(14 * 24));
  EXPECT_EQ(AutoHistory(absl::Seconds(10)), absl::Hours(12));
  EXPECT_EQ(AutoHistory(absl::Hours(1)), absl::Hours(168 * 24));
}

TEST(PlanModelTest, EndsWithTheLastCompleteBucket) {
  QuerySpec spec;
  const ModelPlan plan = PlanModel(spec, absl::Minutes(5), {kNow - absl::Hours(6), kNow}, kNow, QueryLimits()).value();
  EXPECT_LE(plan.visible_to_ns, absl::ToUnixNanos(kNow));
  EXPECT_GT(plan.visible_to_ns, absl::ToUnixNanos(kNow - absl::Minutes(5)));
  EXPECT_EQ(plan.visible_to_ns % plan.step_ns, 0);
  EXPECT_LE(plan.visible_from_ns, absl::ToUnixNanos(kNow - absl::Hours(6)));
}

TEST(PlanModelTest, LearnsForAtLeastOneHistoryBeforeTheRange) {
  QuerySpec spec;
  for (int hours = 1; hours < 2000; hours += 137) {
    const ModelPlan plan =
        PlanModel(spec, absl::Minutes(5), {kNow - absl::Hours(hours), kNow}, kNow, QueryLimits()).value();
    EXPECT_LE(plan.learn_from_ns, plan.visible_from_ns - plan.history_ns) << hours;
    EXPECT_GE(plan.learn_from_ns, plan.visible_from_ns - 2 * plan.history_ns) << hours;
    EXPECT_EQ(plan.learn_from_ns % plan.history_ns, 0) << hours;
  }
}

TEST(PlanModelTest, RefusesMoreStepsThanTheLimitAndSaysWhichStepWouldDo) {
  QuerySpec spec;
  spec.interval = absl::Seconds(1);
  const absl::Status status =
      PlanModel(spec, absl::Seconds(1), {kNow - absl::Hours(24 * 365), kNow}, kNow, QueryLimits()).status();
  EXPECT_EQ(HttpStatusOf(status), 400);
  EXPECT_EQ(OriginOf(status), Origin::kDownstream);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("Set interval to at least 5m"));
}

TEST(PlanModelTest, PlansMonthlyAndYearlyStepsWithinWhatNanosecondsHold) {
  for (const int days : {7, 30, 90, 365}) {
    for (const Analysis analysis :
         {Analysis::kAnomalies, Analysis::kForecast, Analysis::kTrend, Analysis::kChangepoints, Analysis::kPatterns}) {
      QuerySpec spec;
      spec.analysis = analysis;
      const absl::Time from = absl::FromUnixSeconds(946'684'800);
      const absl::StatusOr<ModelPlan> plan = PlanModel(spec, absl::Hours(24 * days), {from, kNow}, kNow, QueryLimits());
      ASSERT_TRUE(plan.ok()) << days << ": " << plan.status();
      EXPECT_GT(plan->history_ns, 0) << days;
      EXPECT_EQ(plan->history_ns % plan->step_ns, 0) << days;
      EXPECT_LE(plan->learn_from_ns, plan->visible_from_ns) << days;
      EXPECT_LT(plan->visible_from_ns, plan->visible_to_ns) << days;
    }
  }
}

TEST(PlanModelTest, RefusesWhatLeavesNanosecondsInsteadOfWrappingAround) {
  QuerySpec spec;
  spec.history = absl::Hours(50 * 365 * 24);
  const absl::Time first = absl::FromUnixSeconds(-9'200'000'000);
  const absl::Duration millennium = absl::Hours(1000LL * 365 * 24);
  for (const auto& [from, step] : {std::pair(first, absl::Hours(24)), std::pair(first + absl::Hours(1), millennium),
                                   std::pair(kNow - absl::Hours(1), millennium)}) {
    const absl::Status status = PlanModel(spec, step, {from, kNow}, kNow, QueryLimits()).status();
    EXPECT_EQ(HttpStatusOf(status), 400) << step;
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr("before the year 1678")) << step;
  }
}

TEST(ModelStepTest, GrowsWithTheHorizonAndTheHistoryOnlyWhereItIsAuto) {
  QuerySpec spec;
  spec.analysis = Analysis::kForecast;
  spec.forecast.horizon = absl::Hours(24 * 30);
  EXPECT_EQ(ModelStep(spec, absl::Minutes(5)), absl::Hours(1));
  spec.interval = absl::Minutes(1);
  EXPECT_EQ(ModelStep(spec, absl::Minutes(5)), absl::Minutes(1));
}

TEST(ModelStepTest, SeesTwoWeeksOfThePastWhereTheHorizonKeepsEnoughSteps) {
  QuerySpec spec;
  spec.analysis = Analysis::kForecast;
  spec.forecast.horizon = absl::Hours(24);
  EXPECT_EQ(ModelStep(spec, absl::Seconds(10)), absl::Minutes(5));
  EXPECT_EQ(ModelStep(spec, absl::Hours(24)), absl::Hours(24));
  spec.forecast.horizon = absl::Hours(1);
  EXPECT_EQ(ModelStep(spec, absl::Seconds(10)), absl::Minutes(1));
  EXPECT_EQ(ModelStep(spec, absl::Minutes(15)), absl::Minutes(15));
  spec.history = absl::Hours(2);
  EXPECT_EQ(ModelStep(spec, absl::Seconds(10)), absl::Seconds(10));
  spec.analysis = Analysis::kAnomalies;
  EXPECT_EQ(ModelStep(spec, absl::Seconds(10)), absl::Seconds(10));
}

TEST(CheckRangeTest, RefusesEmptyBackwardAndUnrepresentableRanges) {
  EXPECT_TRUE(CheckRange({kNow - absl::Hours(1), kNow}).ok());
  EXPECT_THAT(std::string(CheckRange({kNow, kNow}).message()), testing::HasSubstr("empty"));
  EXPECT_THAT(std::string(CheckRange({kNow, kNow - absl::Hours(1)}).message()), testing::HasSubstr("Swap from and to"));
  EXPECT_FALSE(CheckRange({absl::InfinitePast(), kNow}).ok());
  EXPECT_FALSE(CheckRange({kNow, absl::InfiniteFuture()}).ok());
}

}  // namespace
}  // namespace bellwether
