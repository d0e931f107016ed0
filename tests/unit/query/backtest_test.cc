#include "server/query/exec/backtest.h"

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/base/status/error_origin.h"
#include "server/connectors/connector_registry.h"
#include "server/query/connector_query_service.h"
#include "tests/support/function_connector.h"
#include "tests/support/simulated_clock.h"

namespace bellwether {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr absl::Duration kDay = absl::Hours(24);
const absl::Time kNow = absl::FromUnixSeconds(1'760'000'400);

double Noise(int64_t unix_ns) {
  uint64_t hash = static_cast<uint64_t>(unix_ns / 60'000'000'000) * 0x9E3779B97F4A7C15ULL;
  hash = (hash ^ (hash >> 29)) * 0xBF58476D1CE4E5B9ULL;
  return static_cast<double>(hash >> 40) / static_cast<double>(1 << 24) - 0.5;
}

// Noise with a spike of ten minutes three and nine days ago.
double Spiked(int64_t unix_ns) {
  for (const int days : {3, 9}) {
    const absl::Time spike = kNow - days * kDay;
    if (unix_ns >= absl::ToUnixNanos(spike) && unix_ns < absl::ToUnixNanos(spike + absl::Minutes(10))) {
      return 150;
    }
  }
  return 100 + 4 * Noise(unix_ns);
}

std::string Moment(absl::Time time) { return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone()); }

// A connector that also knows what was abnormal.
class LabellingConnector final : public Connector {
 public:
  [[nodiscard]] std::string_view kind() const override { return "csv"; }
  [[nodiscard]] absl::Duration PreferredStep() const override { return absl::Minutes(5); }
  [[nodiscard]] absl::StatusOr<FetchResult> Fetch(const FetchRequest& request,
                                                  const Cancellation& cancellation) const override {
    const FunctionConnector values("csv", absl::Minutes(5), {{"load", {{"host", "a"}}, Spiked, ""}});
    absl::StatusOr<FetchResult> result = values.Fetch(request, cancellation);
    result->incidents.push_back({{kNow - 3 * kDay, kNow - 3 * kDay + absl::Minutes(10)}, "load", {}, "spike", ""});
    result->incidents.push_back({{kNow - 5 * kDay, kNow - 5 * kDay + kDay / 24}, "load", {{"host", "a"}}, "drop", ""});
    result->incidents.push_back({{kNow - 6 * kDay, kNow - 6 * kDay + kDay / 24}, "load", {{"host", "b"}}, "drop", ""});
    result->incidents.push_back({{kNow - 6 * kDay, kNow - 6 * kDay + kDay / 24}, "other", {}, "drop", ""});
    return result;
  }
  [[nodiscard]] absl::StatusOr<std::vector<SeriesInfo>> List(std::string_view) const override {
    return std::vector<SeriesInfo>();
  }
};

class BacktestJsonTest : public testing::Test {
 protected:
  BacktestJsonTest() {
    registry_.Add(std::make_unique<FunctionConnector>(
        "demo", absl::Minutes(5), std::vector<FunctionConnector::Line>{{"load", {{"host", "a"}}, Spiked, ""}}));
    registry_.Add(std::make_unique<LabellingConnector>());
    service_ = MakeConnectorQueryService(registry_, clock_, {"1.2.3", ""});
  }

  absl::StatusOr<std::string> Ask(const std::string& body, const Cancellation& cancellation = {}) const {
    return service_->BacktestJson(body, {}, cancellation);
  }

  // The answer to a backtest of an anomaly query with these options.
  json Answer(const std::string& anomalies, const std::string& more, const char* kind = "demo") const {
    const absl::StatusOr<std::string> answer =
        Ask(absl::StrCat(R"({"query":{"analysis":"anomalies","interval":"5m","history":"7d","source":{"kind":")", kind,
                         R"("},"anomalies":)", anomalies, "}", more, "}"));
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? json::parse(*answer) : json();
  }

  SimulatedClock clock_{kNow};
  ConnectorRegistry registry_;
  std::unique_ptr<QueryService> service_;
};

TEST_F(BacktestJsonTest, ComparesTheThreeSensitivitiesOverTwoWeeks) {
  const json answer = Answer("{}", "");
  ASSERT_EQ(answer["budgets"].size(), 3U);
  EXPECT_DOUBLE_EQ(answer["budgets"][0]["falseAlarmsPerWeek"], 7.0 / 30);
  EXPECT_EQ(answer["budgets"][1]["falseAlarmsPerWeek"], 1.0);
  EXPECT_EQ(answer["budgets"][2]["falseAlarmsPerWeek"], 7.0);
  EXPECT_NEAR(answer["budgets"][1]["weeks"], 2.0, 1e-3);
  EXPECT_EQ(answer["series"], 1);
  EXPECT_EQ(answer["intervalSeconds"], 300.0);
  EXPECT_EQ(answer["graceSeconds"], 900.0);
  EXPECT_EQ(answer["labels"], "none");
  int64_t before = 1;  // alarms at the smaller budget
  for (const json& budget : answer["budgets"]) {
    EXPECT_GE(budget["alarms"], before);
    before = budget["alarms"];
    EXPECT_TRUE(budget["recall"].is_null());
    EXPECT_TRUE(budget["precision"].is_null());
  }
}

TEST_F(BacktestJsonTest, FiresWhereThePanelShowsIncidents) {
  const json answer = Answer("{}", R"(,"days":12,"budgets":[1])");
  QueryRequest request;
  request.ref_id = "A";
  request.json = R"({"analysis":"anomalies","form":"rows","interval":"5m","history":"7d","source":{"kind":"demo"}})";
  request.range = {kNow - 12 * kDay, kNow};
  const QueryAnswer rows = service_->Answer(request, {}, Cancellation());
  ASSERT_TRUE(rows.status.ok()) << rows.status;
  const std::vector<int64_t>& starts = std::get<TimeColumn>(rows.frames[0].frame().fields[0].column).values;
  const json& incidents = answer["budgets"][0]["incidents"];
  ASSERT_EQ(incidents.size(), starts.size());
  for (size_t i = 0; i < starts.size(); ++i) {
    EXPECT_EQ(incidents[i]["start"], Moment(absl::FromUnixNanos(starts[i])));
    EXPECT_EQ(incidents[i]["series"], "load a");
  }
}

TEST_F(BacktestJsonTest, JudgesTheDaysThatEndWhereItIsTold) {
  const json answer = Answer("{}", absl::StrCat(R"(,"days":2,"budgets":[1],"to":")", Moment(kNow - 8 * kDay), "\""));
  EXPECT_EQ(answer["from"], Moment(kNow - 10 * kDay));
  EXPECT_EQ(answer["to"], Moment(kNow - 8 * kDay));
  bool found = false;
  for (const json& incident : answer["budgets"][0]["incidents"]) {
    found = found || incident["start"] == Moment(kNow - 9 * kDay);
    EXPECT_GE(incident["start"].get<std::string>(), Moment(kNow - 10 * kDay));
  }
  EXPECT_TRUE(found);
}

TEST_F(BacktestJsonTest, ComparesFeedbackOfTheDaysWithWhatTheRuleWouldHaveDone) {
  const auto said = [](int days, const char* label) {
    return absl::StrCat(R"({"from":")", Moment(kNow - days * kDay), R"(","to":")",
                        Moment(kNow - days * kDay + absl::Minutes(10)), R"(","label":")", label, "\"}");
  };
  const json answer = Answer(
      absl::StrCat(R"({"feedback":[)", said(3, "anomaly"), ",", said(9, "expected"), ",", said(6, "anomaly"), "]}"),
      R"(,"budgets":[1])");
  const json& budget = answer["budgets"][0];
  EXPECT_EQ(answer["labels"], "partial");
  EXPECT_EQ(budget["anomalies"], 2);
  EXPECT_EQ(budget["caught"], 1);
  EXPECT_EQ(budget["trueAlarms"], 1);
  EXPECT_EQ(budget["falseAlarms"], 1);
  EXPECT_EQ(budget["recall"], 0.5);
  EXPECT_EQ(budget["precision"], 0.5);
}

TEST_F(BacktestJsonTest, ComparesWithTheLabelsOfTheSource) {
  const json answer = Answer("{}", R"(,"days":8,"budgets":[1])", "csv");
  EXPECT_EQ(answer["labels"], "complete");
  const json& budget = answer["budgets"][0];
  EXPECT_EQ(budget["anomalies"], 2) << "those of another host and of another metric are not its own";
  EXPECT_EQ(budget["caught"], 1);
  EXPECT_EQ(budget["trueAlarms"].get<int>() + budget["falseAlarms"].get<int>(), budget["alarms"].get<int>());
}

TEST_F(BacktestJsonTest, ObeysBlackoutsOfTheStretch) {
  const std::string blackout = absl::StrCat(R"({"blackouts":[{"from":")", Moment(kNow - 3 * kDay - absl::Hours(1)),
                                            R"(","to":")", Moment(kNow - 3 * kDay + absl::Hours(1)), "\"}]}");
  const json answer = Answer(blackout, R"(,"days":4,"budgets":[1])");
  for (const json& incident : answer["budgets"][0]["incidents"]) {
    EXPECT_NE(incident["start"], Moment(kNow - 3 * kDay));
  }
}

TEST_F(BacktestJsonTest, SaysWhatIsWrongWithTheBody) {
  const std::string query = R"({"query":{"analysis":"anomalies","source":{"kind":"demo"}})";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "not valid JSON"},
      {"[]", R"(The body must be a JSON object such as {"query": {...}, "days": 14}, not an array.)"},
      {"{}", "query is missing. It must be the saved query to replay."},
      {R"({"query":"revenue"})", "query must be an object, not a text."},
      {R"({"query":{"analysis":"anomalies"}})", "source is missing."},
      {R"({"query":{"analysis":"trend","source":{"kind":"demo"}}})", "Choose the analysis anomalies."},
      {query + R"(,"days":0})", "days is 0. It must be above 0 and at most 366."},
      {query + R"(,"days":-2})", "days is -2."},
      {query + R"(,"days":1e9})", "days is 1e+09."},
      {query + R"(,"days":"many"})", "days must be a number, not a text."},
      {query + R"(,"budgets":[]})", "budgets has 0 entries."},
      {query + R"(,"budgets":[1,2,3,4,5,6,7,8,9,10,11,12,13]})", "budgets has 13 entries. It must have 1 to 12"},
      {query + R"(,"budgets":[1,0]})", "budgets[1] is 0. It must be at least 0.002 and at most 1000."},
      {query + R"(,"budgets":["low"]})", "budgets[0] must be a number, not a text."},
      {query + R"(,"budgets":7})", "budgets must be a list, not a number."},
      {query + R"(,"to":"yesterday"})", "to \"yesterday\" is not a moment with its zone."}};
  for (const auto& [body, sentence] : cases) {
    const absl::StatusOr<std::string> answer = Ask(body);
    EXPECT_EQ(HttpStatusOf(answer.status()), 400) << body;
    EXPECT_EQ(OriginOf(answer.status()), Origin::kDownstream) << body;
    EXPECT_THAT(std::string(answer.status().message()), HasSubstr(sentence));
  }
}

TEST_F(BacktestJsonTest, RefusesMoreWorkThanAFewSeconds) {
  std::vector<FunctionConnector::Line> lines;
  for (int i = 0; i < 60; ++i) {
    lines.push_back({absl::StrCat("m", i), {}, [](int64_t t) { return Noise(t); }, ""});
  }
  registry_.Add(std::make_unique<FunctionConnector>("system", absl::Minutes(1), std::move(lines)));
  const absl::StatusOr<std::string> answer = Ask(
      R"({"query":{"analysis":"anomalies","interval":"1m","source":{"kind":"system"}},"days":60,
          "budgets":[1,2,3,4,5,6,7,8,9]})");
  EXPECT_EQ(HttpStatusOf(answer.status()), 400);
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("choose fewer series, days or budgets"));
}

TEST_F(BacktestJsonTest, StopsWhenNobodyWaits) {
  int questions = 0;
  const Cancellation gone([&] { return ++questions > 4; });
  const absl::StatusOr<std::string> answer =
      Ask(R"({"query":{"analysis":"anomalies","source":{"kind":"demo"}}})", gone);
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kCancelled);
}

TEST_F(BacktestJsonTest, SaysThatThereIsNothingToJudge) {
  const json answer = Answer("{}", R"(,"to":"1969-12-01T00:00:00Z","days":1)");
  ASSERT_EQ(answer["notices"].size(), 1U);
  EXPECT_THAT(answer["notices"][0].get<std::string>(), HasSubstr("too few data"));
  EXPECT_EQ(answer["budgets"][0]["alarms"], 0);
}

}  // namespace
}  // namespace bellwether
