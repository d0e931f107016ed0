#include "server/query/exec/group_shares.h"

#include "gtest/gtest.h"

namespace bellwether {
namespace {

constexpr int64_t kStep = int64_t{60} * 1'000'000'000;

// Six series of one metric in two regions, ten visible buckets, expected within 0 and 10.
class GroupSharesTest : public testing::Test {
 protected:
  GroupSharesTest() {
    for (int64_t i = 0; i < 10; ++i) {
      input_.times_unix_ns.push_back(i * kStep);
    }
    for (int k = 0; k < 6; ++k) {
      ModelSeries series;
      series.name = "errors";
      series.labels = {{"region", k < 3 ? "eu" : "us"}, {"host", "h" + std::to_string(k)}, {"env", "prod"}};
      series.values.assign(10, 5);
      input_.series.push_back(std::move(series));
    }
  }

  std::vector<IncidentFact> Told(size_t index) {
    GroupShares shares(input_);
    SeriesVerdicts verdicts;
    verdicts.lower.assign(10, 0);
    verdicts.upper.assign(10, 10);
    for (size_t k = 0; k < input_.series.size(); ++k) {
      shares.Add(k, verdicts);
    }
    std::vector<IncidentFact> facts(1);
    facts[0].peak_unix_ns = 4 * kStep;
    shares.Complete(index, facts);
    return facts;
  }

  ModelInput input_;
};

TEST_F(GroupSharesTest, NamesTheLabelValueThatCarriesIt) {
  input_.series[0].values[4] = 40;
  input_.series[1].values[4] = 50;
  input_.series[2].values[4] = 40;
  input_.series[5].values[4] = 20;
  const std::vector<IncidentFact> facts = Told(0);
  ASSERT_TRUE(facts[0].group.has_value());
  EXPECT_EQ(facts[0].group->label, "region=eu");
  EXPECT_NEAR(facts[0].group->share, 10.0 / 11, 1e-6);
  EXPECT_EQ(facts[0].group->carriers, 3u);
  EXPECT_EQ(facts[0].group->outside, 4u);
  EXPECT_EQ(facts[0].group->members, 6u);
  EXPECT_TRUE(facts[0].group->is_own);
  EXPECT_FALSE(Told(5)[0].group->is_own);
}

TEST_F(GroupSharesTest, OneSeriesAloneIsNamedByWhatIsItsOwn) {
  input_.series[4].values[4] = -30;
  const std::vector<IncidentFact> facts = Told(4);
  ASSERT_TRUE(facts[0].group.has_value());
  EXPECT_EQ(facts[0].group->label, "host=h4");
  EXPECT_EQ(facts[0].group->share, 1);
  EXPECT_EQ(facts[0].group->outside, 1u);
}

TEST_F(GroupSharesTest, WhereAllAreOffNoLabelIsBlamed) {
  for (ModelSeries& series : input_.series) {
    series.values[4] = 40;
  }
  const std::vector<IncidentFact> facts = Told(2);
  ASSERT_TRUE(facts[0].group.has_value());
  EXPECT_EQ(facts[0].group->outside, 6u);
  EXPECT_EQ(facts[0].group->label, "");
}

TEST_F(GroupSharesTest, SaysNothingOfASeriesThatIsInsideItsBand) {
  input_.series[0].values[4] = 40;
  EXPECT_FALSE(Told(1)[0].group.has_value());
}

TEST_F(GroupSharesTest, TwoSeriesAreNoGroup) {
  input_.series.resize(2);
  input_.series[0].values[4] = 40;
  EXPECT_FALSE(Told(0)[0].group.has_value());
}

}  // namespace
}  // namespace bellwether
