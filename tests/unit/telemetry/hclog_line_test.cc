#include "server/telemetry/log/hclog_line.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "server/base/text/utf8.h"

namespace bellwether {
namespace {

using nlohmann::json;

const absl::Time kTime = absl::FromUnixMicros(1'700'000'000'123'400);

// The line as the host reads it: one line, valid JSON, the four reserved keys strings.
json Read(const std::string& line) {
  EXPECT_LT(line.size(), 64u * 1024u);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const json document = json::parse(line, nullptr, false);
  EXPECT_TRUE(document.is_object()) << line.substr(0, 200);
  for (const auto& [key, value] : document.items()) {
    if (key.starts_with('@')) {
      EXPECT_TRUE(value.is_string()) << key;
      EXPECT_TRUE(key == "@level" || key == "@message" || key == "@timestamp" || key == "@module") << key;
    }
    EXPECT_NE(key, "timestamp");
  }
  EXPECT_TRUE(document.contains("@message"));
  return document;
}

TEST(HclogLineTest, WritesReservedKeysAndAttributes) {
  const json line = Read(EncodeHclogLine(kTime, LogLevel::kWarn, "query", "Slow.",
                                         {{"rows", 12},
                                          {"ratio", 0.5},
                                          {"cached", true},
                                          {"source", "demo"},
                                          {"bytes", std::numeric_limits<uint64_t>::max()},
                                          {"delta", -3}}));
  EXPECT_EQ(line, json::parse(R"({"@level":"warn","@message":"Slow.","@module":"query",
      "@timestamp":"2023-11-14T22:13:20.123400Z","rows":12,"ratio":0.5,"cached":true,"source":"demo",
      "bytes":18446744073709551615,"delta":-3})"));
}

TEST(HclogLineTest, TimestampHasSixDecimalsWhateverTheTime) {
  for (const absl::Time time : {kTime, absl::UnixEpoch(), absl::InfiniteFuture(), absl::InfinitePast(),
                                absl::FromUnixNanos(1'700'000'000'999'999'999)}) {
    const std::string timestamp = Read(EncodeHclogLine(time, LogLevel::kInfo, "", "x", {}))["@timestamp"];
    ASSERT_EQ(timestamp.size(), std::string("2023-11-14T22:13:20.123400Z").size()) << timestamp;
    EXPECT_EQ(timestamp[19], '.');
    EXPECT_EQ(timestamp[26], 'Z');
  }
}

TEST(HclogLineTest, RenamesKeysThatTheHostWouldMisread) {
  const json line =
      Read(EncodeHclogLine(kTime, LogLevel::kInfo, "", "real",
                           {{"@message", 7}, {"@level", false}, {"timestamp", "now"}, {"", 1}, {"@", 2}}));
  EXPECT_EQ(line["@message"], "real");
  EXPECT_EQ(line["@level"], "info");
  EXPECT_EQ(line["attr_message"], 7);
  EXPECT_EQ(line["attr_level"], false);
  EXPECT_EQ(line["attr_timestamp"], "now");
}

TEST(HclogLineTest, EscapesWhatWouldBreakTheLine) {
  const std::string hostile = std::string("a\"b\\c\nd\re\tf\0g\x7f", 15) + "\xE2\x82\xAC";
  const json line = Read(EncodeHclogLine(kTime, LogLevel::kInfo, hostile, hostile, {{hostile, hostile}}));
  EXPECT_EQ(line["@message"], hostile);
  EXPECT_EQ(line["@module"], hostile);
  EXPECT_EQ(line[hostile], hostile);
}

TEST(HclogLineTest, ReplacesInvalidUtf8) {
  const json line =
      Read(EncodeHclogLine(kTime, LogLevel::kInfo, "", "a\xFF\xC0\xAF z\xE2\x82", {{"k\xED\xA0\x80", "\x80"}}));
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(line["@message"], "a" + mark + mark + mark + " z" + mark + mark);
  EXPECT_EQ(line["k" + mark + mark + mark], mark);
}

TEST(HclogLineTest, CutsHugeTextsBetweenCharacters) {
  for (const char* unit : {"x", "\xE2\x82\xAC", "\x01", "\xF0\x9F\x90\x91", "\xFF"}) {
    std::string huge;
    while (huge.size() < size_t{1} << 20) {
      huge += unit;
    }
    const json line = Read(EncodeHclogLine(kTime, LogLevel::kError, huge, huge, {{huge, huge}, {"after", "kept"}}));
    EXPECT_TRUE(line["@message"].get<std::string>().ends_with("... (cut)"));
    EXPECT_EQ(line["after"], "kept");
  }
}

TEST(HclogLineTest, CountsAttributesThatNoLongerFit) {
  const std::string value(6000, 'v');
  std::vector<std::string> keys;
  for (int i = 0; i < 500; ++i) {
    keys.push_back("k" + std::to_string(i));
  }
  std::vector<LogAttribute> attributes;
  for (const std::string& key : keys) {
    attributes.push_back({key, value});
  }
  const json line = Read(EncodeHclogLine(kTime, LogLevel::kInfo, "", "many", attributes));
  const size_t kept = line.size() - 4;  // level, message, timestamp, attributes_dropped
  EXPECT_GT(kept, 5u);
  EXPECT_EQ(line["attributes_dropped"], 500 - kept);
}

TEST(HclogLineTest, SpellsNumbersThatJsonLacks) {
  const json line = Read(EncodeHclogLine(kTime, LogLevel::kInfo, "", "x",
                                         {{"nan", std::nan("")}, {"inf", HUGE_VAL}, {"minus", -HUGE_VAL}}));
  EXPECT_TRUE(line["nan"].is_string());
  EXPECT_TRUE(line["inf"].is_string());
  EXPECT_TRUE(line["minus"].is_string());
}

}  // namespace
}  // namespace bellwether
