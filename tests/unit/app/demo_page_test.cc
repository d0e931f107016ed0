#include "server/app/page/demo_page.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/app/backend.h"

namespace bellwether {
namespace {

using nlohmann::json;

json PanelsOf(const std::string& page) {
  const std::string open = R"(<script type="application/json" id="panels">)";
  const size_t begin = page.find(open) + open.size();
  return json::parse(page.substr(begin, page.find("</script>", begin) - begin), nullptr, false);
}

class DemoPageTest : public testing::Test {
 protected:
  std::unique_ptr<Backend> backend_ = Backend::Create({});
};

TEST_F(DemoPageTest, HoldsTheAnswersOfEveryPanel) {
  std::vector<std::string> told;
  const absl::StatusOr<std::string> page = BuildDemoPage(backend_->service(), backend_->clock(), "9.9.9",
                                                         [&](std::string_view title) { told.emplace_back(title); });
  ASSERT_TRUE(page.ok()) << page.status();
  const json panels = PanelsOf(*page);
  ASSERT_TRUE(panels.is_array());
  EXPECT_EQ(panels.size(), told.size());
  EXPECT_GE(panels.size(), 10U);
  for (const json& panel : panels) {
    SCOPED_TRACE(panel["title"].get<std::string>());
    ASSERT_FALSE(panel["frames"].empty());
    EXPECT_TRUE(panel["frames"][0].contains("schema"));
  }
  EXPECT_THAT(*page, testing::HasSubstr("9.9.9"));
  EXPECT_THAT(*page, testing::Not(testing::HasSubstr("@@")));
}

TEST_F(DemoPageTest, NeedsNoNetwork) {
  const absl::StatusOr<std::string> page =
      BuildDemoPage(backend_->service(), backend_->clock(), "1", [](std::string_view) {});
  ASSERT_TRUE(page.ok()) << page.status();
  std::string text = *page;
  // The name space of SVG is a name, not an address that is fetched.
  for (size_t at = text.find("http://www.w3.org/2000/svg"); at != std::string::npos;
       at = text.find("http://www.w3.org/2000/svg")) {
    text.erase(at, 26);
  }
  EXPECT_FALSE(absl::StrContains(text, "http://"));
  EXPECT_FALSE(absl::StrContains(text, "https://"));
  EXPECT_TRUE(absl::StrContains(text, "default-src 'none'"));
}

}  // namespace
}  // namespace bellwether
