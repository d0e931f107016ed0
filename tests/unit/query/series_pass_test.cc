// Many series in one query: the same answer however many threads work on it, and a sentence where time runs out.

#include <atomic>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/status/error_origin.h"
#include "server/connectors/connector_registry.h"
#include "server/query/connector_query_service.h"
#include "tests/support/function_connector.h"
#include "tests/support/simulated_clock.h"

namespace bellwether {
namespace {

using testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'760'000'100);

// Moves on by a second whenever it is read.
class RunningClock final : public Clock {
 public:
  [[nodiscard]] absl::Time Now() const override { return kNow + absl::Seconds(reads_++); }

 private:
  mutable std::atomic<int> reads_ = 0;
};

std::unique_ptr<Connector> Series(size_t count) {
  std::vector<FunctionConnector::Line> lines;
  for (size_t i = 0; i < count; ++i) {
    const auto value = [i](int64_t t) {
      const auto hash = static_cast<uint64_t>(t / 300'000'000'000 + static_cast<int64_t>(i)) * 0x9E3779B97F4A7C15ULL;
      return 100 + 20 * std::sin(2 * M_PI * static_cast<double>(t) / 86'400e9) +
             static_cast<double>(hash >> 40) / static_cast<double>(1 << 24);
    };
    lines.push_back({"load", {{"host", std::to_string(i)}}, value, ""});
  }
  return std::make_unique<FunctionConnector>("demo", absl::Minutes(5), std::move(lines));
}

QueryAnswer Ask(const Clock& clock, size_t series, const std::string& json, QueryLimits limits, bool from_alert = false,
                const Cancellation& cancellation = Cancellation()) {
  ConnectorRegistry registry;
  registry.Add(Series(series));
  const auto service = MakeConnectorQueryService(registry, clock, {"1.2.3", ""}, limits);
  QueryRequest request{"A", json, {kNow - absl::Hours(6), kNow}, 100, absl::Minutes(5), from_alert};
  return service->Answer(request, {}, cancellation);
}

std::string Query(const std::string& analysis) {
  return R"({"analysis":")" + analysis + R"(","source":{"kind":"demo"},"history":"2d","forecast":{"horizon":"2h"}})";
}

class SeriesPassTest : public testing::TestWithParam<const char*> {};

TEST_P(SeriesPassTest, AnswersTheSameWithOneThreadAndWithMany) {
  const SimulatedClock clock(kNow);
  const QueryAnswer one = Ask(clock, 12, Query(GetParam()), {.max_threads = 1});
  const QueryAnswer many = Ask(clock, 12, Query(GetParam()), {.max_threads = 4});
  ASSERT_TRUE(one.status.ok()) << one.status;
  ASSERT_EQ(one.frames.size(), many.frames.size());
  for (size_t i = 0; i < one.frames.size(); ++i) {
    EXPECT_EQ(one.frames[i].frame(), many.frames[i].frame());
  }
}

TEST_P(SeriesPassTest, SaysHowManySeriesWereNotDoneInTime) {
  const RunningClock clock;
  const QueryAnswer answer = Ask(clock, 400, Query(GetParam()), {.max_threads = 2, .max_time = absl::Seconds(20)});
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  const Frame& frame = answer.frames[0].frame();
  std::string notices;
  for (const Notice& notice : frame.meta.notices) {
    notices += notice.text;
  }
  EXPECT_THAT(notices, HasSubstr("of 400 series were"));
  EXPECT_THAT(notices, HasSubstr("in the time there was. Filter by labels"));
  EXPECT_GT(frame.fields.size(), 10U);
  EXPECT_THAT(frame.meta.custom_json, HasSubstr("load 0"));
  EXPECT_THAT(frame.meta.custom_json, testing::Not(HasSubstr("load 399")));
}

TEST_P(SeriesPassTest, FailsAnAlertRuleRatherThanLeaveSeriesOut) {
  const RunningClock clock;
  const QueryAnswer answer =
      Ask(clock, 400, Query(GetParam()), {.max_threads = 2, .max_time = absl::Seconds(20)}, /*from_alert=*/true);
  EXPECT_EQ(HttpStatusOf(answer.status), 504);
  EXPECT_EQ(OriginOf(answer.status), Origin::kDownstream);
  EXPECT_THAT(std::string(answer.status.message()), HasSubstr("of 400 series were"));
}

TEST_P(SeriesPassTest, KeepsToTheDeadlineOfTheCaller) {
  const RunningClock clock;
  const Cancellation soon([] { return false; }, kNow + absl::Seconds(10));
  const QueryAnswer answer = Ask(clock, 400, Query(GetParam()), {.max_threads = 1}, /*from_alert=*/true, soon);
  EXPECT_EQ(HttpStatusOf(answer.status), 504);
}

TEST_P(SeriesPassTest, StopsWhenTheCallerLeavesHalfway) {
  const SimulatedClock clock(kNow);
  std::atomic<int> asked = 0;
  const Cancellation leaves([&asked] { return ++asked > 15; });
  const QueryAnswer answer = Ask(clock, 400, Query(GetParam()), {.max_threads = 2}, false, leaves);
  EXPECT_TRUE(absl::IsCancelled(answer.status)) << answer.status;
  EXPECT_LT(asked, 100);
}

INSTANTIATE_TEST_SUITE_P(Analyses, SeriesPassTest,
                         testing::Values("anomalies", "forecast", "trend", "changepoints", "patterns"));

/// Series that are looked at in groups: each host has two metrics, and each metric its peers.
std::unique_ptr<Connector> Groups(size_t hosts) {
  std::vector<FunctionConnector::Line> lines;
  for (size_t i = 0; i < hosts; ++i) {
    for (const char* metric : {"cpu", "memory"}) {
      const uint64_t salt = i * 31 + static_cast<uint64_t>(metric[0]);
      const auto value = [i, salt](int64_t t) {
        const auto hash = (static_cast<uint64_t>(t / 300'000'000'000) + salt * 977) * 0x9E3779B97F4A7C15ULL;
        const bool off = i == 2 && absl::FromUnixNanos(t) > kNow - absl::Hours(4);
        return 50 + static_cast<double>((hash ^ (hash >> 29)) >> 40) / static_cast<double>(1 << 24) + (off ? 30 : 0);
      };
      lines.push_back({metric, {{"host", std::to_string(i)}}, value, ""});
    }
  }
  return std::make_unique<FunctionConnector>("demo", absl::Minutes(5), std::move(lines));
}

std::unique_ptr<QueryService> GroupService(const ConnectorRegistry& registry, const Clock& clock, QueryLimits limits) {
  return MakeConnectorQueryService(registry, clock, {"1.2.3", ""}, limits);
}

class GroupPassTest : public testing::TestWithParam<std::pair<const char*, const char*>> {
 protected:
  GroupPassTest() { registry_.Add(Groups(8)); }

  QueryAnswer Ask(const Clock& clock, QueryLimits limits, bool from_alert = false,
                  const Cancellation& cancellation = Cancellation()) {
    const std::string json = std::string(R"({"analysis":")") + GetParam().first + R"(","form":")" + GetParam().second +
                             R"(","source":{"kind":"demo"},"history":"2d","show":["value","points","score","band"]})";
    QueryRequest request{"A", json, {kNow - absl::Hours(6), kNow}, 100, absl::Minutes(5), from_alert};
    return GroupService(registry_, clock, limits)->Answer(request, {}, cancellation);
  }

  ConnectorRegistry registry_;
};

TEST_P(GroupPassTest, AnswersTheSameWithOneThreadAndWithMany) {
  const SimulatedClock clock(kNow);
  for (const bool from_alert : {false, true}) {
    const QueryAnswer one = Ask(clock, {.max_threads = 1}, from_alert);
    const QueryAnswer many = Ask(clock, {.max_threads = 4}, from_alert);
    ASSERT_TRUE(one.status.ok()) << one.status;
    ASSERT_TRUE(many.status.ok()) << many.status;
    ASSERT_EQ(one.frames.size(), many.frames.size());
    for (size_t i = 0; i < one.frames.size(); ++i) {
      EXPECT_EQ(one.frames[i].frame(), many.frames[i].frame());
    }
  }
}

TEST_P(GroupPassTest, SaysWhatWasNotDoneInTimeAndFailsARule) {
  const RunningClock clock;
  const QueryAnswer answer = Ask(clock, {.max_threads = 1, .max_time = absl::Seconds(8)});
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  std::string notices;
  for (const Notice& notice : answer.frames[0].frame().meta.notices) {
    notices += notice.text;
  }
  EXPECT_THAT(notices, HasSubstr("in the time there was. Filter by labels"));
  EXPECT_THAT(notices, testing::AnyOf(HasSubstr("of 16 series were compared"), HasSubstr("of 8 groups were judged")));

  const RunningClock again;
  const QueryAnswer rule = Ask(again, {.max_threads = 2, .max_time = absl::Seconds(8)}, /*from_alert=*/true);
  EXPECT_EQ(HttpStatusOf(rule.status), 504);
  EXPECT_EQ(OriginOf(rule.status), Origin::kDownstream);
}

TEST_P(GroupPassTest, StopsWhenTheCallerLeavesHalfway) {
  const SimulatedClock clock(kNow);
  std::atomic<int> asked = 0;
  const Cancellation leaves([&asked] { return ++asked > 6; });
  const QueryAnswer answer = Ask(clock, {.max_threads = 2}, false, leaves);
  EXPECT_TRUE(absl::IsCancelled(answer.status)) << answer.status;
  EXPECT_LT(asked, 60);
}

INSTANTIATE_TEST_SUITE_P(Analyses, GroupPassTest,
                         testing::Values(std::pair("outliers", "overlay"), std::pair("outliers", "rows"),
                                         std::pair("outliers", "last"), std::pair("multivariate", "overlay"),
                                         std::pair("multivariate", "rows")));

class BacktestPassTest : public testing::Test {
 protected:
  BacktestPassTest() { registry_.Add(Series(12)); }

  absl::StatusOr<std::string> Replay(const Clock& clock, QueryLimits limits,
                                     const Cancellation& cancellation = Cancellation()) {
    const std::string body = R"({"query":)" + Query("anomalies") + R"(,"days":3})";
    return GroupService(registry_, clock, limits)->BacktestJson(body, {}, cancellation);
  }

  ConnectorRegistry registry_;
};

TEST_F(BacktestPassTest, AnswersTheSameWithOneThreadAndWithMany) {
  const SimulatedClock clock(kNow);
  const auto one = Replay(clock, {.max_threads = 1});
  const auto many = Replay(clock, {.max_threads = 4});
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_THAT(*one, HasSubstr("\"series\":12"));
  EXPECT_EQ(*one, *many);
}

TEST_F(BacktestPassTest, FailsRatherThanTellAPartOfTheCurve) {
  const RunningClock clock;
  const auto late = Replay(clock, {.max_threads = 2, .max_time = absl::Seconds(6)});
  EXPECT_EQ(HttpStatusOf(late.status()), 504);
  EXPECT_EQ(OriginOf(late.status()), Origin::kDownstream);
  EXPECT_THAT(std::string(late.status().message()), HasSubstr("Choose fewer series"));
}

TEST_F(BacktestPassTest, StopsWhenTheCallerLeavesHalfway) {
  const SimulatedClock clock(kNow);
  std::atomic<int> asked = 0;
  const Cancellation leaves([&asked] { return ++asked > 6; });
  EXPECT_TRUE(absl::IsCancelled(Replay(clock, {.max_threads = 2}, leaves).status()));
}

}  // namespace
}  // namespace bellwether
