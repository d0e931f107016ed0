#include "server/frame/json/json_frame.h"

#include <cmath>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/frame/arrow/arrow_file.h"
#include "server/frame/text/text_frame.h"
#include "tests/unit/frame/sample_frames.h"

namespace bellwether {
namespace {

using ::testing::HasSubstr;

class JsonSampleTest : public ::testing::TestWithParam<SampleFrame> {};

TEST_P(JsonSampleTest, SurvivesTheRoundTrip) {
  const std::string json = EncodeJsonFrame(GetParam().frame);
  ASSERT_TRUE(nlohmann::json::accept(json)) << json;
  const absl::StatusOr<CheckedFrame> decoded = DecodeJsonFrame(json);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_TRUE(EncodeArrow(*decoded) == EncodeArrow(GetParam().frame)) << FrameToText(*decoded);
  if (GetParam().name != "not_finite") {
    EXPECT_TRUE(*decoded == GetParam().frame) << FrameToText(*decoded);
  }
}

INSTANTIATE_TEST_SUITE_P(All, JsonSampleTest, ::testing::ValuesIn(SampleFrames()),
                         [](const auto& test) { return test.param.name; });

// One field of `type` with `values`, as the frontend would send it.
std::string OneField(const std::string& type, const std::string& values, const std::string& more = "") {
  return R"({"schema":{"fields":[{"name":"x",)" + type + R"(}]},"data":{"values":[)" + values + "]" + more + "}}";
}

TEST(JsonFrameTest, TakesTheFrontendsTypesWithoutTypeInfo) {
  const absl::StatusOr<CheckedFrame> number = DecodeJsonFrame(OneField(R"("type":"number")", "[1,null,2.5e3]"));
  ASSERT_TRUE(number.ok()) << number.status();
  const Field& field = number->frame().fields[0];
  EXPECT_TRUE(field.nullable);
  EXPECT_EQ(std::get<Float64Column>(field.column).values, (std::vector<double>{1, 0, 2500}));
  EXPECT_TRUE(std::get<Float64Column>(field.column).IsNull(1));

  const absl::StatusOr<CheckedFrame> time = DecodeJsonFrame(OneField(R"("type":"time")", "[1700000000000,1.5]"));
  ASSERT_TRUE(time.ok()) << time.status();
  EXPECT_FALSE(time->frame().fields[0].nullable);
  EXPECT_EQ(std::get<TimeColumn>(time->frame().fields[0].column).values,
            (std::vector<int64_t>{1'700'000'000'000'000'000, 1'500'000}));
}

TEST(JsonFrameTest, NanosAddToTheMilliseconds) {
  const absl::StatusOr<CheckedFrame> frame =
      DecodeJsonFrame(OneField(R"("type":"time","typeInfo":{"frame":"time.Time","nullable":true})", "[1,-1,null]",
                               R"(,"nanos":[[999999,-5,7]])"));
  ASSERT_TRUE(frame.ok()) << frame.status();
  const auto& column = std::get<TimeColumn>(frame->frame().fields[0].column);
  EXPECT_EQ(column.values[0], 1'999'999);
  EXPECT_EQ(column.values[1], -1'000'005);
  EXPECT_TRUE(column.IsNull(2));
}

TEST(JsonFrameTest, EntitiesTellNanFromMissing) {
  const absl::StatusOr<CheckedFrame> frame =
      DecodeJsonFrame(OneField(R"("type":"number","typeInfo":{"frame":"float64","nullable":true})",
                               "[null,null,null,null]", R"(,"entities":[{"NaN":[0],"Inf":[1],"NegInf":[3]}])"));
  ASSERT_TRUE(frame.ok()) << frame.status();
  const auto& column = std::get<Float64Column>(frame->frame().fields[0].column);
  EXPECT_TRUE(std::isnan(column.values[0]));
  EXPECT_EQ(column.values[1], INFINITY);
  EXPECT_TRUE(column.IsNull(2));
  EXPECT_EQ(column.values[3], -INFINITY);
  EXPECT_FALSE(column.IsNull(3));
}

TEST(JsonFrameTest, SchemaAloneIsAFrameWithoutRows) {
  const absl::StatusOr<CheckedFrame> frame =
      DecodeJsonFrame(R"({"schema":{"refId":"Q","fields":[{"name":"t","type":"time"}]},"unknown":1})");
  ASSERT_TRUE(frame.ok()) << frame.status();
  EXPECT_EQ(frame->frame().ref_id, "Q");
  EXPECT_EQ(frame->rows(), 0U);
}

struct FaultCase {
  std::string name;
  std::string json;
  std::string message;
};

class JsonFaultTest : public ::testing::TestWithParam<FaultCase> {};

TEST_P(JsonFaultTest, IsRefusedWithItsPlace) {
  const absl::Status status = DecodeJsonFrame(GetParam().json).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().message));
}

std::string Typed(const std::string& frame_type, const std::string& values, const std::string& more = "") {
  return OneField(R"("type":"x","typeInfo":{"frame":")" + frame_type + "\"}", values, more);
}

std::vector<FaultCase> Faults() {
  std::string many_fields;
  for (size_t i = 0; i <= kJsonFieldsMax; ++i) {
    many_fields += i == 0 ? "{}" : ",{}";
  }
  return {
      {"Text", "hello", "not a JSON document"},
      {"NestedTooDeeply", std::string(100000, '['), "not a JSON document"},
      {"NoSchema", R"({"data":{}})", "no schema"},
      {"FieldsNotAnArray", R"({"schema":{"fields":{}}})", "not an array"},
      {"TooManyFields", R"({"schema":{"fields":[)" + many_fields + "]}}", "at most 16384"},
      {"FieldNotAnObject", R"({"schema":{"fields":[1]}})", "Field 0"},
      {"UnknownType", OneField(R"("type":"geo")", "[]"), "type \"geo\""},
      {"UnknownTypeInfo", Typed("decimal", "[]"), "not one that frames have"},
      {"LabelNotAString", OneField(R"("type":"number","labels":{"a":1})", "[]"), "label \"a\""},
      {"ValuesNotAnArray", Typed("int8", "5"), "values are not an array"},
      {"Int8OutOfRange", Typed("int8", "[127,128]"), "Field 0 \"x\" of the JSON frame: the value in row 1"},
      {"NegativeUint64", Typed("uint64", "[-1]"), "row 0"},
      {"Int64OutOfRange", Typed("int64", "[9223372036854775808]"), "row 0"},
      {"Int64OutOfRangeAsFloat", Typed("int64", "[9.3e18]"), "row 0"},
      {"FractionAsInteger", Typed("int32", "[1.5]"), "row 0"},
      {"Float32OutOfRange", Typed("float32", "[1e39]"), "row 0"},
      {"NumberAsText", Typed("float64", "[\"1\"]"), "row 0"},
      {"TimeOutOfRange", Typed("time", "[1e17]"), "row 0"},
      {"TimeOutOfRangeAsInteger", Typed("time", "[9223372036855]"), "row 0"},
      {"BoolAsNumber", Typed("bool", "[1]"), "row 0"},
      {"StringAsNumber", Typed("string", "[1]"), "row 0"},
      {"EnumWithoutTexts", Typed("enum", "[0]"), "has no text"},
      {"MoreColumnsThanFields", Typed("int8", "[1],[2]"), "at most one item a field"},
      {"EntityOutOfRange", Typed("float64", "[1]", R"(,"entities":[{"NaN":[1]}])"), "out of range"},
      {"NegativeEntity", Typed("float64", "[1]", R"(,"entities":[{"NaN":[-1]}])"), "out of range"},
      {"EntityOfIntegers", Typed("int8", "[1]", R"(,"entities":[{"NaN":[0]}])"), "only float fields"},
      {"NanosOfIntegers", Typed("int8", "[1]", R"(,"nanos":[[0]])"), "only time fields"},
      {"NanosTooShort", Typed("time", "[1,2]", R"(,"nanos":[[0]])"), "one number a row"},
      {"NanosOfAMillisecond", Typed("time", "[1]", R"(,"nanos":[[1000000]])"), "part of a millisecond"},
      {"DifferentLengths",
       R"({"schema":{"fields":[{"type":"number"},{"type":"number"}]},"data":{"values":[[1,2],[1]]}})", "Field 1"},
  };
}

INSTANTIATE_TEST_SUITE_P(All, JsonFaultTest, ::testing::ValuesIn(Faults()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace bellwether
