// What every connector promises, checked for each of them. A new connector adds one entry to Subjects().

#include <atomic>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/status/error_origin.h"
#include "server/connectors/csv/csv_connector.h"
#include "server/connectors/demo/demo_connector.h"
#include "server/connectors/system/system_connector.h"
#include "tests/support/simulated_clock.h"
#include "tests/unit/connectors/temp_folder.h"

namespace bellwether {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const absl::Time kNow = absl::FromUnixSeconds(1795178400);  // 2026-11-20T12:40:00Z

/// A connector with data in the two hours before kNow, and what it depends on.
struct Stage {
  TempFolder folder;
  SimulatedClock clock{kNow};
  std::unique_ptr<Connector> connector;
};

/// What a connector can do; the suite asks for no more.
struct Capabilities {
  std::string name;
  std::function<std::unique_ptr<Stage>()> make;
  std::string query;              ///< for several series with points in the two hours before kNow
  std::string unknown_query;      ///< names a series or file that does not exist
  std::vector<std::string> keys;  ///< read by the connector, of whatever type
  bool delivers_steps = false;    ///< points lie on multiples of the step
};

std::unique_ptr<Stage> MakeCsv() {
  auto stage = std::make_unique<Stage>();
  std::string content = "time,host,cpu,mem\n";
  for (int second = 7200; second > 0; second -= 10) {
    for (const char* host : {"a", "b"}) {
      absl::StrAppend(&content, absl::ToUnixSeconds(kNow) - second, ",", host, ",", second % 7, ",", second % 11, "\n");
    }
  }
  stage->folder.Write("a.csv", content);
  CsvOptions options;
  options.folder = stage->folder.path().string();
  stage->connector = std::make_unique<CsvConnector>(options);
  return stage;
}

std::unique_ptr<Stage> MakeDemo() {
  auto stage = std::make_unique<Stage>();
  stage->connector = std::make_unique<DemoConnector>(stage->clock);
  return stage;
}

std::unique_ptr<Stage> MakeSystem() {
  auto stage = std::make_unique<Stage>();
  SystemOptions options;
  options.proc_root = stage->folder.path().string();
  auto connector = std::make_unique<SystemConnector>(options, stage->clock);
  for (int64_t second = 0; second < 7200; second += 60) {
    stage->folder.Write("stat", absl::StrCat("cpu ", second, " 0 0 ", 2 * second, " 0 0 0 0\nctxt ", second, "\n"));
    stage->folder.Write("loadavg", "0.5 0.4 0.3 1/100 1\n");
    stage->clock.SetTime(kNow - absl::Seconds(7200 - second));
    connector->SampleOnce();
  }
  stage->clock.SetTime(kNow);
  stage->connector = std::move(connector);
  return stage;
}

std::vector<Capabilities> Subjects() {
  return {
      {"csv",
       MakeCsv,
       R"({"kind":"csv","file":"a.csv"})",
       R"({"kind":"csv","file":"nope.csv"})",
       {"file", "timeColumn", "valueColumn", "seriesColumn", "delimiter", "timeFormat", "timezone", "labels"},
       false},
      {"demo",
       MakeDemo,
       R"({"kind":"demo","series":["cpu","revenue"]})",
       R"({"kind":"demo","series":"nope"})",
       {"series", "labels", "seed"},
       true},
      {"system",
       MakeSystem,
       R"({"kind":"system","series":["cpu_total","load_1","load_5"]})",
       R"({"kind":"system","series":"nope"})",
       {"series", "labels"},
       true},
  };
}

void PrintTo(const Capabilities& subject, std::ostream* out) { *out << subject.name; }

class ConnectorConformanceTest : public ::testing::TestWithParam<Capabilities> {
 protected:
  ConnectorConformanceTest() : stage_(GetParam().make()) {}

  FetchRequest Request(std::string query = GetParam().query) const {
    FetchRequest request;
    request.query_json = std::move(query);
    request.range = {kNow - absl::Hours(2), kNow};
    request.step = absl::Minutes(1);
    return request;
  }
  const Connector& connector() const { return *stage_->connector; }

  static void ExpectWellFormed(const FetchResult& result, const FetchRequest& request) {
    EXPECT_LE(result.series.size(), request.max_series);
    for (const RawSeries& series : result.series) {
      SCOPED_TRACE(series.name);
      EXPECT_THAT(series.name, Not(IsEmpty()));
      ASSERT_EQ(series.times_unix_ns.size(), series.values.size());
      EXPECT_LE(series.values.size(), request.max_points_per_series);
      for (size_t i = 0; i < series.times_unix_ns.size(); ++i) {
        ASSERT_GE(series.times_unix_ns[i], absl::ToUnixNanos(request.range.from));
        ASSERT_LT(series.times_unix_ns[i], absl::ToUnixNanos(request.range.to));
        ASSERT_TRUE(i == 0 || series.times_unix_ns[i - 1] < series.times_unix_ns[i]);
      }
    }
  }

  std::unique_ptr<Stage> stage_;
};

TEST_P(ConnectorConformanceTest, NamesItsKind) { EXPECT_EQ(connector().kind(), GetParam().name); }

TEST_P(ConnectorConformanceTest, DeliversAscendingTimesWithinTheRange) {
  FetchRequest request = Request();
  // Odd edges, between the points.
  request.range = {kNow - absl::Minutes(97) + absl::Milliseconds(1), kNow - absl::Minutes(3) - absl::Milliseconds(1)};
  const absl::StatusOr<FetchResult> result = connector().Fetch(request, Cancellation());
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_GE(result->series.size(), 2u);
  for (const RawSeries& series : result->series) {
    EXPECT_GT(series.values.size(), 10u);
    for (const int64_t time : series.times_unix_ns) {
      ASSERT_TRUE(!GetParam().delivers_steps || time % absl::ToInt64Nanoseconds(request.step) == 0);
    }
  }
  ExpectWellFormed(*result, request);
  EXPECT_THAT(result->executed_query, Not(IsEmpty()));
}

TEST_P(ConnectorConformanceTest, HonoursTheBoundsOfTheRequest) {
  for (const size_t max_points : {2, 10, 50}) {
    for (const size_t max_series : {1, 2}) {
      FetchRequest request = Request();
      request.max_points_per_series = max_points;
      request.max_series = max_series;
      const absl::StatusOr<FetchResult> result = connector().Fetch(request, Cancellation());
      ASSERT_TRUE(result.ok() || result.status().code() == absl::StatusCode::kResourceExhausted) << result.status();
      if (result.ok()) {
        ExpectWellFormed(*result, request);
        EXPECT_THAT(result->notices, Not(IsEmpty())) << "what was left out must be said";
      }
    }
  }
}

TEST_P(ConnectorConformanceTest, SurvivesExtremeRangesAndSteps) {
  const TimeRange ranges[] = {{absl::InfinitePast(), absl::InfiniteFuture()},
                              {absl::FromUnixNanos(INT64_MIN), absl::FromUnixNanos(INT64_MAX)},
                              {absl::UnixEpoch() - absl::Hours(24), absl::UnixEpoch()},
                              {kNow + absl::Hours(24), kNow + absl::Hours(48)},
                              {kNow - absl::Nanoseconds(1), kNow}};
  for (const TimeRange& range : ranges) {
    for (const absl::Duration step : {absl::ZeroDuration(), -absl::Seconds(1), absl::Nanoseconds(1),
                                      absl::Hours(24 * 365), absl::InfiniteDuration()}) {
      FetchRequest request = Request();
      request.range = range;
      request.step = step;
      request.max_points_per_series = 500;
      const absl::StatusOr<FetchResult> result = connector().Fetch(request, Cancellation());
      if (result.ok()) {
        ExpectWellFormed(*result, request);
      }
    }
  }
}

TEST_P(ConnectorConformanceTest, CancelledFetchSaysSo) {
  const absl::StatusOr<FetchResult> result = connector().Fetch(Request(), Cancellation([] { return true; }));
  EXPECT_EQ(result.status().code(), absl::StatusCode::kCancelled);
}

TEST_P(ConnectorConformanceTest, UnknownNameIsADownstreamErrorWithANextStep) {
  const absl::Status status = connector().Fetch(Request(GetParam().unknown_query), Cancellation()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(OriginOf(status), Origin::kDownstream);
  EXPECT_THAT(std::string(status.message()), HasSubstr("nope"));
  EXPECT_THAT(std::string(status.message()), ::testing::AnyOf(HasSubstr("Choose"), HasSubstr("pick"))) << status;
}

TEST_P(ConnectorConformanceTest, ListsSomethingThatCanBeFetched) {
  const absl::StatusOr<std::vector<SeriesInfo>> listed = connector().List(GetParam().query);
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_THAT(*listed, Not(IsEmpty()));
  for (const SeriesInfo& info : *listed) {
    EXPECT_THAT(info.name, Not(IsEmpty()));
  }
  EXPECT_TRUE(connector().List(absl::StrCat(R"({"kind":")", GetParam().name, "\"}")).ok());
}

TEST_P(ConnectorConformanceTest, HostileQueriesAreErrorsNotCrashes) {
  const std::string long_text(3000, 'x');
  const std::string values[] = {"1",
                                "-1",
                                "1.5",
                                "1e400",
                                "true",
                                "[]",
                                "{}",
                                "[1]",
                                "[[\"a\"]]",
                                "{\"a\":1}",
                                "{\"a\":{}}",
                                "\"\"",
                                "\"\\u0000\"",
                                "\"../../etc/passwd\"",
                                "\"\\ud800\"",
                                "18446744073709551616",
                                absl::StrCat("\"", long_text, "\"")};
  for (const std::string& key : GetParam().keys) {
    for (const std::string& value : values) {
      SCOPED_TRACE(absl::StrCat(key, ": ", value.substr(0, 40)));
      const std::string query = absl::StrCat(R"({"kind":")", GetParam().name, "\",\"", key, "\":", value, "}");
      const absl::Status status = connector().Fetch(Request(query), Cancellation()).status();
      EXPECT_TRUE(status.ok() || OriginOf(status) == Origin::kDownstream) << status;
      EXPECT_TRUE(status.ok() || HttpStatusOf(status) < 500) << status;
      const absl::StatusOr<std::vector<SeriesInfo>> listed = connector().List(query);
      EXPECT_TRUE(listed.ok() || HttpStatusOf(listed.status()) < 500) << listed.status();
    }
  }
  for (const std::string& query :
       {std::string(), std::string("null"), std::string("[]"), std::string("{"), std::string("{}"),
        std::string(100'000, '['), std::string("\xff\xfe"), std::string("\0", 1)}) {
    const absl::Status status = connector().Fetch(Request(query), Cancellation()).status();
    EXPECT_TRUE(status.ok() || status.code() == absl::StatusCode::kInvalidArgument) << status;
  }
}

TEST_P(ConnectorConformanceTest, AnswersManyThreadsAtOnceTheSame) {
  const absl::StatusOr<FetchResult> alone = connector().Fetch(Request(), Cancellation());
  ASSERT_TRUE(alone.ok());
  std::atomic<int> same{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 5; ++round) {
        const absl::StatusOr<FetchResult> result = connector().Fetch(Request(), Cancellation());
        const bool listed = connector().List(GetParam().query).ok();
        same += result.ok() && listed && result->series.size() == alone->series.size() &&
                        result->series[0].values == alone->series[0].values
                    ? 1
                    : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(same, 20);
}

INSTANTIATE_TEST_SUITE_P(AllConnectors, ConnectorConformanceTest, ::testing::ValuesIn(Subjects()),
                         [](const ::testing::TestParamInfo<Capabilities>& subject) { return subject.param.name; });

}  // namespace
}  // namespace bellwether
