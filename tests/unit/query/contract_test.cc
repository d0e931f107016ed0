#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/base/status/error_origin.h"
#include "server/query/spec/parse_query.h"

namespace bellwether {
namespace {

constexpr std::array<std::string_view, 3> kKinds = {"demo", "system", "csv"};

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream stream(path);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::vector<std::filesystem::path> Examples(std::string_view folder) {
  std::vector<std::filesystem::path> paths;
  const std::filesystem::path root = std::filesystem::path(BELLWETHER_SOURCE_DIR) / "tests/golden/contract" / folder;
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    paths.push_back(entry.path());
  }
  return paths;
}

TEST(ContractTest, AcceptsEveryValidExample) {
  const std::vector<std::filesystem::path> paths = Examples("valid");
  ASSERT_GE(paths.size(), 5U);
  for (const std::filesystem::path& path : paths) {
    SCOPED_TRACE(path.filename().string());
    EXPECT_EQ(ParseQuery(ReadFile(path), kKinds).status(), absl::OkStatus());
  }
}

TEST(ContractTest, RefusesEveryInvalidExampleWithItsSentence) {
  const std::vector<std::filesystem::path> paths = Examples("invalid");
  ASSERT_GE(paths.size(), 15U);
  for (const std::filesystem::path& path : paths) {
    SCOPED_TRACE(path.filename().string());
    const nlohmann::json example = nlohmann::json::parse(ReadFile(path));
    const absl::Status status = ParseQuery(example["query"].dump(), kKinds).status();
    EXPECT_EQ(status.message(), example["error"].get<std::string>());
    EXPECT_EQ(HttpStatusOf(status), 400);
    EXPECT_EQ(OriginOf(status), Origin::kDownstream);
  }
}

TEST(ContractTest, ReadsEveryMember) {
  const std::string text =
      ReadFile(std::filesystem::path(BELLWETHER_SOURCE_DIR) / "tests/golden/contract/valid/anomalies-everything.json");
  const absl::StatusOr<QuerySpec> spec = ParseQuery(text, kKinds);
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->analysis, Analysis::kAnomalies);
  EXPECT_EQ(spec->source_kind, "demo");
  EXPECT_THAT(spec->source_json, testing::HasSubstr("\"seed\":7"));
  EXPECT_EQ(spec->history, absl::Hours(14 * 24));
  EXPECT_EQ(spec->interval, absl::Minutes(5));
  EXPECT_TRUE(spec->show.p_value && spec->show.labels && spec->show.regions && spec->show.score);
  EXPECT_EQ(spec->anomalies.false_alarms_per_week, 2.5);
  EXPECT_EQ(spec->anomalies.direction, Direction::kDown);
  EXPECT_EQ(spec->anomalies.min_deviation_absolute, 10);
  EXPECT_EQ(spec->anomalies.min_deviation_relative, 0.05);
  EXPECT_EQ(spec->anomalies.alert_threshold, 0.8);
  EXPECT_EQ(spec->anomalies.missing, MissingPolicy::kHold);
}

TEST(ContractTest, MeansABudgetByEachSensitivity) {
  for (const auto& [word, budget] : {std::pair{"low", 7.0 / 30}, {"medium", 1.0}, {"high", 7.0}}) {
    const std::string text =
        std::string(R"({"analysis":"anomalies","source":{"kind":"demo"},"anomalies":{"sensitivity":")") + word + "\"}}";
    const absl::StatusOr<QuerySpec> spec = ParseQuery(text, kKinds);
    ASSERT_TRUE(spec.ok()) << spec.status();
    EXPECT_DOUBLE_EQ(spec->anomalies.false_alarms_per_week, budget);
  }
}

TEST(ContractTest, RefusesBrokenLargeAndDeepText) {
  EXPECT_THAT(ParseQuery("{\"analysis\":", kKinds).status().message(), testing::HasSubstr("not valid JSON"));
  EXPECT_THAT(ParseQuery(std::string(2 << 20, ' '), kKinds).status().message(), testing::HasSubstr("bytes long"));
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_THAT(ParseQuery(deep, kKinds).status().message(), testing::HasSubstr("nested more than"));
}

}  // namespace
}  // namespace bellwether
