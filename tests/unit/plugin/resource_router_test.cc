#include "server/plugin/resources/resource_router.h"

#include <gtest/gtest.h>

#include <string>

#include "nlohmann/json.hpp"
#include "tests/unit/plugin/fake_query_service.h"

namespace bellwether {
namespace {

using nlohmann::json;

ResourceResponse Ask(const std::string& method, const std::string& path, const std::string& body = "",
                     const std::string& query = "") {
  const FakeQueryService queries;
  const ResourceRouter router(queries);
  ResourceRequest request;
  request.method = method;
  request.path = path;
  request.url = path + query;
  request.body = body;
  const ResourceResponse response = router.Route(request);
  EXPECT_EQ(response.headers.at("Content-Type"), std::vector<std::string>{"application/json"});
  EXPECT_FALSE(json::parse(response.body, nullptr, false).is_discarded()) << response.body;
  return response;
}

TEST(ResourceRouterTest, AnswersItsRoutes) {
  EXPECT_EQ(Ask("GET", "methods").body, R"({"analyses":["raw"]})");
  EXPECT_EQ(Ask("get", "/methods/").http_status, 200);
  EXPECT_EQ(json::parse(Ask("GET", "demo/series").body)[0]["name"], "revenue");
  EXPECT_EQ(json::parse(Ask("GET", "settings").body)["version"], "1.2.3");
}

TEST(ResourceRouterTest, TakesTheSourceFromBodyOrParameter) {
  EXPECT_EQ(Ask("POST", "series", R"({"kind":"demo"})").http_status, 200);
  EXPECT_EQ(Ask("GET", "series", "", "?x=1&source=%7B%22kind%22%3A%22demo%22%7d#end").http_status, 200);
  EXPECT_EQ(Ask("GET", "series", "", "?source=%7B%22kind%22%3A%22de+mo%22%7D").http_status, 400);
  EXPECT_EQ(Ask("GET", "series", "", "?source").http_status, 400);
  EXPECT_EQ(Ask("GET", "series", "", "?source=%").http_status, 400);
  EXPECT_EQ(Ask("GET", "series", "", "?source=%zz%a").http_status, 400);
  EXPECT_EQ(Ask("GET", "series").http_status, 400);
}

TEST(ResourceRouterTest, ValidatesQueries) {
  EXPECT_EQ(Ask("POST", "validate", R"({"analysis":"raw"})").body, R"({"valid":true})");
  const ResourceResponse refused = Ask("POST", "validate", "{}");
  EXPECT_EQ(refused.http_status, 400);
  EXPECT_EQ(json::parse(refused.body)["valid"], false);
  EXPECT_EQ(json::parse(refused.body)["error"], "The analysis is missing. Allowed are: \"raw\".");
}

TEST(ResourceRouterTest, BacktestsUntilNobodyWaits) {
  EXPECT_EQ(Ask("POST", "backtest", R"({"query":{}})").body, R"({"budgets":[]})");
  const ResourceResponse refused = Ask("POST", "backtest");
  EXPECT_EQ(refused.http_status, 400);
  EXPECT_EQ(json::parse(refused.body)["error"], "query is missing.");
  EXPECT_EQ(Ask("GET", "backtest").http_status, 405);
  const FakeQueryService queries;
  ResourceRequest request;
  request.method = "POST";
  request.path = "backtest";
  request.body = "{}";
  EXPECT_EQ(ResourceRouter(queries).Route(request, Cancellation([] { return true; })).http_status, 499);
}

TEST(ResourceRouterTest, OnlyABacktestTakesAsLongAsAQuery) {
  EXPECT_TRUE(ResourceRouter::IsLong("/backtest/"));
  for (const char* path : {"methods", "demo/series", "series", "validate", "settings", "back", ""}) {
    EXPECT_FALSE(ResourceRouter::IsLong(path)) << path;
  }
}

TEST(ResourceRouterTest, UnknownPathsNameTheKnownOnes) {
  for (const char* path : {"", "/", "method", "methods/x", "../settings", "\xFF\xFE", "a?b"}) {
    const ResourceResponse response = Ask("GET", path);
    EXPECT_EQ(response.http_status, 404) << path;
    EXPECT_EQ(json::parse(response.body)["paths"].size(), 6u);
  }
}

TEST(ResourceRouterTest, WrongMethodsNameTheRightOne) {
  const ResourceResponse response = Ask("DELETE", "series");
  EXPECT_EQ(response.http_status, 405);
  EXPECT_EQ(response.headers.at("Allow"), std::vector<std::string>{"GET, POST"});
  EXPECT_EQ(Ask("GET", "validate").http_status, 405);
  EXPECT_EQ(Ask("POST", "methods").http_status, 405);
  EXPECT_EQ(Ask("", "methods").http_status, 405);
}

TEST(ResourceRouterTest, RefusesHugeBodies) {
  EXPECT_EQ(Ask("POST", "validate", std::string(5 << 20, ' ')).http_status, 413);
}

}  // namespace
}  // namespace bellwether
