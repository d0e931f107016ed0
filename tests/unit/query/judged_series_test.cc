// What a query says of stretches of time reaches the panel and the alert rule.

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/connectors/connector_registry.h"
#include "server/query/connector_query_service.h"
#include "tests/support/function_connector.h"
#include "tests/support/simulated_clock.h"

namespace bellwether {
namespace {

constexpr absl::Duration kStep = absl::Minutes(5);
const absl::Time kNow = absl::FromUnixSeconds(1'760'000'400);
const absl::Time kSpike = kNow - absl::Hours(20);
const absl::Time kGap = kNow - absl::Hours(8);

double Noise(int64_t unix_ns) {
  uint64_t hash = static_cast<uint64_t>(unix_ns / 60'000'000'000) * 0x9E3779B97F4A7C15ULL;
  hash = (hash ^ (hash >> 29)) * 0xBF58476D1CE4E5B9ULL;
  return static_cast<double>(hash >> 40) / static_cast<double>(1 << 24) - 0.5;
}

// Noise, a spike of ten minutes and a gap of two hours.
double Signal(int64_t unix_ns) {
  if (unix_ns >= absl::ToUnixNanos(kGap) && unix_ns < absl::ToUnixNanos(kGap + absl::Hours(2))) {
    return std::nan("");
  }
  const bool spike = unix_ns >= absl::ToUnixNanos(kSpike) && unix_ns < absl::ToUnixNanos(kSpike + 2 * kStep);
  return 100 + 4 * Noise(unix_ns) + (spike ? 60 : 0);
}

std::string Moment(absl::Time time) { return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone()); }

class JudgedSeriesTest : public testing::Test {
 protected:
  JudgedSeriesTest() {
    registry_.Add(std::make_unique<FunctionConnector>(
        "demo", kStep,
        std::vector<FunctionConnector::Line>{{"load", {{"host", "a"}}, Signal, ""},
                                             {"load", {{"host", "b"}}, Signal, ""}}));
    service_ = MakeConnectorQueryService(registry_, clock_, {"1.2.3", ""});
  }

  Frame Ask(const std::string& anomalies, bool from_alert, const char* form = "overlay") const {
    QueryRequest request;
    request.ref_id = "A";
    request.json = absl::StrCat(R"({"analysis":"anomalies","form":")", form,
                                R"(","show":["points","score"],"source":{"kind":"demo"},"anomalies":)", anomalies, "}");
    request.range = {kNow - absl::Hours(24), kNow};
    request.max_data_points = 1000;
    request.from_alert = from_alert;
    const QueryAnswer answer = service_->Answer(request, {}, Cancellation());
    EXPECT_TRUE(answer.status.ok()) << answer.status;
    return answer.frames.empty() ? Frame() : answer.frames[0].frame();
  }

  // The largest value of the field of a host within [from, to); NaN without any.
  static double Largest(const Frame& frame, const char* name, const char* host, absl::Time from, absl::Time to) {
    const std::vector<int64_t>& times = std::get<TimeColumn>(frame.fields.front().column).values;
    double largest = std::nan("");
    for (const Field& field : frame.fields) {
      if (field.name != name || field.labels.at("host") != host) {
        continue;
      }
      const auto& column = std::get<Float64Column>(field.column);
      for (size_t i = 0; i < times.size(); ++i) {
        if (times[i] >= absl::ToUnixNanos(from) && times[i] < absl::ToUnixNanos(to) && !column.IsNull(i)) {
          largest = std::isnan(largest) ? column.values[i] : std::max(largest, column.values[i]);
        }
      }
    }
    return largest;
  }

  SimulatedClock clock_{kNow};
  ConnectorRegistry registry_;
  std::unique_ptr<QueryService> service_;
};

std::string Around(absl::Time moment, const std::string& more) {
  return absl::StrCat(R"({"from":")", Moment(moment - absl::Minutes(30)), R"(","to":")",
                      Moment(moment + absl::Minutes(30)), "\"", more, "}");
}

TEST_F(JudgedSeriesTest, FeedbackReachesTheSeriesThatItNames) {
  const std::string feedback =
      absl::StrCat(R"({"feedback":[)", Around(kSpike, R"(,"label":"expected","series":"load a")"), "]}");
  const Frame frame = Ask(feedback, false);
  EXPECT_TRUE(std::isnan(Largest(frame, "anomaly", "a", kSpike, kSpike + 2 * kStep)));
  EXPECT_GT(Largest(frame, "anomaly", "b", kSpike, kSpike + 2 * kStep), 150);
}

TEST_F(JudgedSeriesTest, AlertRulesAreSilentInABlackout) {
  EXPECT_GT(Largest(Ask("{}", true), "score", "a", kSpike, kSpike + 2 * kStep), 0.5);
  const std::string once = absl::StrCat(R"({"blackouts":[)", Around(kSpike, ""), "]}");
  EXPECT_EQ(Largest(Ask(once, true), "score", "a", kSpike, kSpike + 2 * kStep), 0);
  const absl::TimeZone berlin = [] {
    absl::TimeZone zone;
    EXPECT_TRUE(absl::LoadTimeZone("Europe/Berlin", &zone));
    return zone;
  }();
  const auto clock = [&](absl::Time time) { return absl::FormatTime("%H:%M", time, berlin); };
  const std::string weekly = absl::StrCat(R"({"blackouts":[{"from":")", clock(kSpike - kStep), R"(","to":")",
                                          clock(kSpike + 3 * kStep), R"(","timezone":"Europe/Berlin"}]})");
  EXPECT_EQ(Largest(Ask(weekly, true), "score", "b", kSpike, kSpike + 2 * kStep), 0);
}

TEST_F(JudgedSeriesTest, ShadesBlackoutsAndFeedbackWherePeopleAskForLabels) {
  QueryRequest request;
  request.ref_id = "A";
  request.json = absl::StrCat(
      R"({"analysis":"anomalies","show":["value","labels"],"source":{"kind":"demo"},"anomalies":{"blackouts":[)",
      Around(kSpike, ""), R"(],"feedback":[)", Around(kGap, R"(,"label":"anomaly","series":"load a")"), ",",
      Around(kNow - absl::Hours(480), R"(,"label":"expected")"), "]}}");
  request.range = {kNow - absl::Hours(24), kNow};
  const QueryAnswer answer = service_->Answer(request, {}, Cancellation());
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  ASSERT_EQ(answer.frames.size(), 2U);
  std::vector<std::string> titles;
  for (const Field& field : answer.frames[1].frame().fields) {
    if (field.name == "title") {
      const auto& column = std::get<StringColumn>(field.column);
      for (size_t i = 0; i < column.size(); ++i) {
        titles.emplace_back(column[i]);
      }
    }
  }
  EXPECT_THAT(titles, testing::ElementsAre("Blackout", "Feedback: anomaly"));
}

TEST_F(JudgedSeriesTest, AKnownAnomalyStillAlerts) {
  const std::string feedback = absl::StrCat(R"({"feedback":[)", Around(kSpike, R"(,"label":"anomaly")"), "]}");
  EXPECT_GT(Largest(Ask(feedback, true), "score", "a", kSpike, kSpike + 2 * kStep), 0.5);
}

TEST_F(JudgedSeriesTest, AStretchWithoutDataIsAnIncidentWhereAsked) {
  const auto gaps = [&](const std::string& anomalies) {
    const Frame rows = Ask(anomalies, false, "rows");
    size_t count = 0;
    for (const Field& field : rows.fields) {
      if (field.name == "type") {
        const auto& column = std::get<StringColumn>(field.column);
        for (size_t i = 0; i < column.size(); ++i) {
          count += std::string(column[i]) == "missing_data" ? 1 : 0;
        }
      }
    }
    return count;
  };
  EXPECT_EQ(gaps("{}"), 0U);
  EXPECT_EQ(gaps(R"({"missing":"alert"})"), 2U) << "one for each series";
  EXPECT_EQ(gaps(absl::StrCat(R"({"missing":"alert","blackouts":[{"from":")", Moment(kGap - kStep), R"(","to":")",
                              Moment(kGap + absl::Hours(3)), "\"}]}")),
            0U);
}

TEST_F(JudgedSeriesTest, AlertRulesSeeAGapWhereAsked) {
  EXPECT_TRUE(std::isnan(Largest(Ask("{}", true), "score", "a", kGap, kGap + absl::Hours(2))));
  EXPECT_GT(Largest(Ask(R"({"missing":"alert"})", true), "score", "a", kGap, kGap + absl::Hours(2)), 0.5);
}

}  // namespace
}  // namespace bellwether
