#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

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

using testing::AllOf;
using testing::Each;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;

constexpr absl::Duration kStep = absl::Minutes(5);
const absl::Time kNow = absl::FromUnixSeconds(1'760'000'123);
const absl::Time kFrom = absl::FromUnixSeconds(1'759'982'400);  // when host a is overloaded, for an hour

double Noise(int64_t unix_ns, uint64_t salt) {
  uint64_t hash = (static_cast<uint64_t>(unix_ns / 300'000'000'000) + salt * 977) * 0x9E3779B97F4A7C15ULL;
  hash = (hash ^ (hash >> 29)) * 0xBF58476D1CE4E5B9ULL;
  return static_cast<double>(hash >> 40) / static_cast<double>(1 << 24) - 0.5;
}

FunctionConnector::Line Line(const std::string& metric, const std::string& host, uint64_t salt, double level,
                             double jump) {
  return {metric,
          {{"host", host}},
          [=](int64_t t) {
            const bool overloaded =
                host == "a" && t >= absl::ToUnixNanos(kFrom) && t < absl::ToUnixNanos(kFrom + absl::Hours(1));
            return level + 0.1 * level * Noise(t, salt) + (overloaded ? jump : 0);
          },
          "percent"};
}

class MultivariateFramesTest : public testing::Test {
 protected:
  MultivariateFramesTest() {
    std::vector<FunctionConnector::Line> lines;
    for (const std::string host : {"a", "b"}) {
      const uint64_t salt = host == "a" ? 1 : 10;
      lines.push_back(Line("cpu", host, salt, 40, 45));
      lines.push_back(Line("memory", host, salt + 1, 60, 0));
      lines.push_back(Line("latency", host, salt + 2, 20, 60));
    }
    registry_.Add(std::make_unique<FunctionConnector>("demo", kStep, lines));
    lines.resize(1);
    registry_.Add(std::make_unique<FunctionConnector>("system", kStep, lines));
    service_ = MakeConnectorQueryService(registry_, clock_, {"1.2.3", ""});
  }

  QueryAnswer Ask(const std::string& more = "", TimeRange range = {kNow - absl::Hours(12), kNow},
                  bool from_alert = false, const std::string& source = "demo") {
    QueryRequest request;
    request.ref_id = "A";
    request.json = R"({"analysis":"multivariate","source":{"kind":")" + source + "\"}" + more + "}";
    request.range = range;
    request.max_data_points = 10'000;
    request.from_alert = from_alert;
    return service_->Answer(request, {}, Cancellation());
  }

  Frame MustAsk(const std::string& more = "", TimeRange range = {kNow - absl::Hours(12), kNow},
                bool from_alert = false) {
    QueryAnswer answer = Ask(more, range, from_alert);
    EXPECT_TRUE(answer.status.ok()) << answer.status;
    return answer.frames.empty() ? Frame() : answer.frames[0].frame();
  }

  static std::vector<double> Numbers(const Frame& frame, std::string_view name, const std::string& host) {
    for (const Field& field : frame.fields) {
      const auto label = field.labels.find("host");
      if (field.name == name && label != field.labels.end() && label->second == host) {
        const auto& column = std::get<Float64Column>(field.column);
        return {column.values.begin(), column.values.end()};
      }
    }
    return {};
  }

  static std::vector<std::string> Texts(const Frame& frame, std::string_view name) {
    std::vector<std::string> texts;
    for (const Field& field : frame.fields) {
      if (field.name == name) {
        const auto& column = std::get<StringColumn>(field.column);
        for (size_t i = 0; i < column.size(); ++i) {
          texts.emplace_back(column.bytes.substr(static_cast<size_t>(column.offsets[i]),
                                                 static_cast<size_t>(column.offsets[i + 1] - column.offsets[i])));
        }
      }
    }
    return texts;
  }

  SimulatedClock clock_{kNow};
  ConnectorRegistry registry_;
  std::unique_ptr<QueryService> service_;
};

TEST_F(MultivariateFramesTest, TellsWhatCarriesAnIncidentItsKindAndWhatToDo) {
  const Frame frame = MustAsk(R"(,"form":"rows")");
  const std::vector<std::string> groups = Texts(frame, "group");
  ASSERT_FALSE(groups.empty());
  const auto found = std::find(groups.begin(), groups.end(), "a");
  ASSERT_NE(found, groups.end());
  const auto at = static_cast<size_t>(found - groups.begin());
  const std::string explanation = Texts(frame, "explanation")[at];
  EXPECT_THAT(explanation, AllOf(HasSubstr("a was unusual as a whole for"), HasSubstr("cpu"), HasSubstr("latency"),
                                 HasSubstr("above its median")));
  EXPECT_THAT(explanation, testing::Not(HasSubstr("memory")));
  EXPECT_FALSE(Texts(frame, "kind")[at].empty());
  EXPECT_FALSE(Texts(frame, "action")[at].empty());
  const nlohmann::json summary = nlohmann::json::parse(frame.meta.custom_json);
  EXPECT_EQ(summary["groups"].size(), 2U);
  EXPECT_EQ(summary["groups"][0]["features"].size(), 3U);
}

TEST_F(MultivariateFramesTest, MarksTheSeriesThatCarryTheIncidentAlone) {
  const Frame frame = MustAsk(R"(,"show":["value","points","score","regions"])");
  size_t marked = 0;
  for (const Field& field : frame.fields) {
    if (field.name != "anomaly") {
      continue;
    }
    const auto& column = std::get<Float64Column>(field.column);
    EXPECT_TRUE(
        std::any_of(column.values.begin(), column.values.end(), [](double value) { return std::isfinite(value); }))
        << "a legend entry without points: " << field.labels.at("host");
    if (field.labels.at("host") != "a") {
      continue;
    }
    const auto points = std::count_if(column.values.begin(), column.values.end(),
                                      [](double value) { return std::isfinite(value) && value > 50; });
    if (field.labels.at("series") == "memory") {
      continue;
    }
    marked += points >= 10 ? 1 : 0;
  }
  EXPECT_EQ(marked, 2U);
  EXPECT_THAT(Numbers(frame, "score", "a"), Each(AllOf(Ge(0), Le(1))));
  EXPECT_EQ(Ask(R"(,"show":["regions"])").frames.size(), 2U);
}

TEST_F(MultivariateFramesTest, GivesAlertRulesOneDenseSeriesPerGroup) {
  const Frame frame = MustAsk("", {kNow - absl::Hours(12), kNow}, true);
  ASSERT_EQ(frame.fields.size(), 3U);  // time and two hosts
  const std::vector<double> overloaded = Numbers(frame, "anomaly", "a");
  EXPECT_THAT(overloaded, Each(testing::AnyOf(0, 1)));
  EXPECT_GE(std::count(overloaded.begin(), overloaded.end(), 1.0), 11);
  const std::vector<double> calm = Numbers(frame, "anomaly", "b");
  EXPECT_LE(std::count(calm.begin(), calm.end(), 1.0), 2);
}

TEST_F(MultivariateFramesTest, SaysTheSameOfATimeWhateverTheRange) {
  const std::vector<double> wide = Numbers(MustAsk("", {kNow - absl::Hours(36), kNow}, true), "anomaly", "a");
  for (const int hours : {30, 17, 6, 3}) {
    const std::vector<double> narrow = Numbers(MustAsk("", {kNow - absl::Hours(hours), kNow}, true), "anomaly", "a");
    ASSERT_LE(narrow.size(), wide.size());
    EXPECT_TRUE(std::equal(narrow.rbegin(), narrow.rend(), wide.rbegin())) << hours << " h";
  }
}

TEST_F(MultivariateFramesTest, AnswersTheOtherFormsOrSaysThatThereAreNone) {
  EXPECT_EQ(MustAsk(R"(,"form":"last")").fields.size(), 2U);
  EXPECT_GE(MustAsk(R"(,"form":"annotations")").fields.size(), 3U);
  const QueryAnswer refused = Ask(R"(,"form":"severity")");
  EXPECT_TRUE(absl::IsInvalidArgument(refused.status));
  EXPECT_THAT(std::string(refused.status.message()), HasSubstr("Set form to"));
}

TEST_F(MultivariateFramesTest, OneSeriesIsRefusedWithWhatToDo) {
  const QueryAnswer refused = Ask("", {kNow - absl::Hours(12), kNow}, false, "system");
  EXPECT_TRUE(absl::IsInvalidArgument(refused.status));
  EXPECT_THAT(std::string(refused.status.message()), HasSubstr("Select more metrics"));
}

TEST_F(MultivariateFramesTest, SaysWhereThereWasTooLittleToLearnFrom) {
  const Frame frame = MustAsk(R"(,"history":"1h","form":"rows")");
  ASSERT_FALSE(frame.meta.notices.empty());
  EXPECT_THAT(frame.meta.notices.back().text, HasSubstr("Set a longer history"));
}

}  // namespace
}  // namespace bellwether
