#include "server/connectors/connector_registry.h"

#include <memory>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/function_connector.h"

namespace bellwether {
namespace {

std::unique_ptr<Connector> Make(const char* kind) {
  return std::make_unique<FunctionConnector>(kind, absl::Seconds(1), std::vector<FunctionConnector::Line>());
}

TEST(ConnectorRegistryTest, FindsByKindAndKeepsTheOrder) {
  ConnectorRegistry registry;
  registry.Add(Make("b"));
  registry.Add(Make("a"));
  EXPECT_THAT(registry.kinds(), ::testing::ElementsAre("b", "a"));
  ASSERT_NE(registry.Find("a"), nullptr);
  EXPECT_EQ(registry.Find("a")->kind(), "a");
  EXPECT_EQ(registry.Find("c"), nullptr);
}

TEST(ConnectorRegistryTest, LaterOfTheSameKindReplaces) {
  ConnectorRegistry registry;
  registry.Add(Make("a"));
  const Connector* first = registry.Find("a");
  registry.Add(Make("a"));
  EXPECT_NE(registry.Find("a"), first);
  EXPECT_EQ(registry.kinds().size(), 1u);
}

}  // namespace
}  // namespace bellwether
