#include "server/plugin/health/health_check.h"

#include <gtest/gtest.h>

#include "nlohmann/json.hpp"
#include "tests/support/simulated_clock.h"
#include "tests/unit/plugin/fake_query_service.h"

namespace bellwether {
namespace {

using nlohmann::json;

const SimulatedClock kClock(absl::FromUnixSeconds(1'700'000'000));

TEST(HealthCheckTest, AsksForAnHourOfADemoSeries) {
  QueryRequest asked;
  const FakeQueryService queries([&asked](const QueryRequest& request, const DataSourceSettings&, const Cancellation&) {
    asked = request;
    return PointsAnswer("revenue", 60);
  });
  const HealthReport report = CheckHealth(queries, PluginContext(), kClock, "1.2.3", Cancellation());
  EXPECT_TRUE(report.ok);
  EXPECT_NE(report.message.find("60 points"), std::string::npos) << report.message;
  EXPECT_NE(report.message.find("revenue"), std::string::npos);
  const json query = json::parse(asked.json);
  EXPECT_EQ(query["analysis"], "raw");
  EXPECT_EQ(query["source"], json::parse(R"({"kind":"demo","series":"revenue"})"));
  EXPECT_EQ(asked.range.length(), absl::Hours(1));
  EXPECT_EQ(asked.range.to, kClock.Now());
  const json details = json::parse(report.details_json);
  EXPECT_EQ(details["version"], "1.2.3");
  EXPECT_EQ(details["sources"], json::parse(R"(["demo","system"])"));
}

TEST(HealthCheckTest, SaysWhatFailed) {
  const FakeQueryService queries(
      [](const QueryRequest&, const DataSourceSettings&, const Cancellation&) -> QueryAnswer {
        return {.status = absl::InternalError("The dog ate \"it\"\xFF."), .frames = {}};
      });
  const HealthReport report = CheckHealth(queries, PluginContext(), kClock, "1.2.3", Cancellation());
  EXPECT_FALSE(report.ok);
  EXPECT_NE(report.message.find("The dog ate"), std::string::npos);
  EXPECT_TRUE(json::parse(report.details_json)["verboseMessage"].is_string());
}

TEST(HealthCheckTest, ADemoWithoutPointsIsAFault) {
  const FakeQueryService queries(
      [](const QueryRequest&, const DataSourceSettings&, const Cancellation&) { return PointsAnswer("revenue", 0); });
  EXPECT_FALSE(CheckHealth(queries, PluginContext(), kClock, "1", Cancellation()).ok);
}

TEST(HealthCheckTest, UnusableSettingsAreNamed) {
  const FakeQueryService queries;
  PluginContext context;
  context.data_source.emplace().json_data = "{broken";
  const HealthReport report = CheckHealth(queries, context, kClock, "1", Cancellation());
  EXPECT_FALSE(report.ok);
  EXPECT_NE(report.message.find("settings"), std::string::npos);
}

}  // namespace
}  // namespace bellwether
