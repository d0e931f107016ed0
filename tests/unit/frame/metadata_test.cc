#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/frame/json/json_document.h"
#include "server/frame/json/json_writer.h"
#include "server/frame/json/metadata_reader.h"
#include "server/frame/json/metadata_writer.h"
#include "tests/unit/frame/sample_frames.h"

namespace bellwether {
namespace {

using nlohmann::json;

std::string ConfigJson(const FieldConfig& config) {
  std::string out;
  AppendConfigJson(out, config);
  return out;
}

std::string MetaJson(const FrameMeta& meta) {
  std::string out;
  AppendMetaJson(out, meta);
  return out;
}

TEST(MetadataTest, EveryConfigMemberSurvives) {
  const CheckedFrame sample = SampleFrameNamed("full_metadata");
  const FieldConfig& config = sample.frame().fields[1].config;
  EXPECT_EQ(ReadConfig(json::parse(ConfigJson(config))), config);
}

TEST(MetadataTest, EveryMetaMemberSurvives) {
  const CheckedFrame sample = SampleFrameNamed("full_metadata");
  const FrameMeta& meta = sample.frame().meta;
  EXPECT_EQ(ReadMeta(json::parse(MetaJson(meta))), meta);
}

TEST(MetadataTest, UnsetConfigMembersAreLeftOut) {
  EXPECT_EQ(ConfigJson({}), "{}");
  FieldConfig config;
  config.custom.line_width = 0;
  EXPECT_EQ(ConfigJson(config), R"({"custom":{"lineWidth":0}})");
}

TEST(MetadataTest, TypeVersionIsWrittenOnlyWithAType) {
  FrameMeta meta;
  EXPECT_TRUE(IsEmpty(meta));
  meta.executed_query = "q";
  EXPECT_EQ(MetaJson(meta), R"({"executedQueryString":"q"})");
  meta.type = "table";
  EXPECT_EQ(MetaJson(meta), R"({"type":"table","typeVersion":[0,1],"executedQueryString":"q"})");
}

TEST(MetadataTest, MetaHasOnlyKeysThatGrafanaKnows) {
  const json meta = json::parse(MetaJson(SampleFrameNamed("full_metadata").frame().meta));
  for (const auto& [key, value] : meta.items()) {
    EXPECT_THAT(key, ::testing::AnyOf("type", "typeVersion", "custom", "stats", "notices", "dataTopic",
                                      "preferredVisualisationType", "executedQueryString"));
  }
  for (const json& notice : meta["notices"]) {
    EXPECT_THAT(notice["severity"].get<std::string>(), ::testing::AnyOf("info", "warning", "error"));
  }
}

TEST(MetadataTest, FirstThresholdIsMinusInfinityAsNull) {
  FieldConfig config;
  config.thresholds = {{std::nullopt, "green"}, {5, "red"}};
  EXPECT_EQ(ConfigJson(config),
            R"({"thresholds":{"mode":"absolute","steps":[{"value":null,"color":"green"},{"value":5,"color":"red"}]}})");
}

TEST(MetadataTest, ReadsSeveralValuesOfOneMappingInTheirOrder) {
  const FieldConfig config = ReadConfig(json::parse(R"({"mappings":[
      {"type":"range","options":{"from":0,"to":1,"result":{"text":"x"}}},
      {"type":"value","options":{"a":{"text":"A","index":1},"b":{"color":"red","index":0}}}]})"));
  const std::vector<ValueMapping> want = {{"b", "", "red"}, {"a", "A", ""}};
  EXPECT_EQ(config.mappings, want);
}

TEST(MetadataTest, MembersOfAnotherTypeCountAsUnset) {
  const FieldConfig config = ReadConfig(json::parse(
      R"({"unit":5,"decimals":-1,"min":"0","color":{"mode":"palette-classic","fixedColor":"red"},"mappings":{},
          "thresholds":[],"type":{"enum":3},"custom":{"lineWidth":"2","hideFrom":true,"lineStyle":"dash"}})"));
  EXPECT_EQ(config, FieldConfig());
  EXPECT_EQ(ReadMeta(json::parse(R"({"notices":5,"stats":{},"type":[]})")), FrameMeta());
  EXPECT_EQ(ReadMeta(json::parse("[]")), FrameMeta());
}

TEST(MetadataTest, LabelsMustBeStrings) {
  EXPECT_EQ(ReadLabels(json::parse(R"({"a":"b"})")).value(), (Labels{{"a", "b"}}));
  EXPECT_TRUE(ReadLabels(json()).value().empty());
  EXPECT_FALSE(ReadLabels(json::parse(R"({"a":1})")).ok());
  EXPECT_FALSE(ReadLabels(json::parse("[]")).ok());
}

TEST(JsonDocumentTest, BoundsNesting) {
  const auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(IsJsonDocument(nested(kJsonNestingMax)));
  EXPECT_FALSE(IsJsonDocument(nested(kJsonNestingMax + 1)));
  EXPECT_TRUE(IsJsonDocument("\"" + std::string(100, '[') + "\\\"" + std::string(100, '[') + "\""));
  EXPECT_FALSE(IsJsonDocument(""));
  EXPECT_FALSE(IsJsonDocument("1 2"));
  EXPECT_FALSE(ParseMetadata(std::string(1000000, '['), "text").ok());
}

TEST(JsonWriterTest, EscapesWhatJsonForbids) {
  std::string out;
  AppendJsonString(out, std::string_view("a\"b\\c\n\r\t\x01\x1F/ü\0", 14));
  EXPECT_EQ(out, "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u001f/ü\\u0000\"");
}

TEST(JsonWriterTest, WritesTheShortestNumberThatReadsBack) {
  for (const double value : {0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, 123456789.0, -0.5}) {
    std::string out;
    AppendJsonNumber(out, value);
    EXPECT_EQ(json::parse(out).get<double>(), value) << out;
  }
  std::string out;
  AppendJsonNumber(out, 0.1F);
  EXPECT_EQ(out, "0.1");
}

}  // namespace
}  // namespace bellwether
