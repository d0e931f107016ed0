#include "server/frame/frame.h"

#include <cmath>
#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/frame/sample_frames.h"

namespace bellwether {
namespace {

using ::testing::HasSubstr;

// A frame with one field of `column`.
template <typename ColumnType>
Frame FrameOf(ColumnType column) {
  Frame frame;
  Field field;
  field.name = "value";
  field.column = std::move(column);
  frame.fields.push_back(std::move(field));
  return frame;
}

struct FaultCase {
  std::string name;
  std::function<Frame()> make;
  std::string message;
};

class CheckedFrameFaultTest : public ::testing::TestWithParam<FaultCase> {};

TEST_P(CheckedFrameFaultTest, IsRefusedWithItsName) {
  const absl::StatusOr<CheckedFrame> checked = CheckedFrame::Check(GetParam().make());
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(checked.status().message()), HasSubstr(GetParam().message));
}

Frame WithOffsets(std::vector<int32_t> offsets, std::string bytes) {
  StringColumn column;
  column.offsets = std::move(offsets);
  column.bytes = std::move(bytes);
  return FrameOf(std::move(column));
}

Frame WithConfig(const std::function<void(FieldConfig&)>& change) {
  Frame frame = FrameOf(Float64Column({1}));
  change(frame.fields[0].config);
  return frame;
}

std::vector<FaultCase> Faults() {
  std::vector<FaultCase> cases;
  cases.push_back({"DifferentLengths",
                   [] {
                     Frame frame = FrameOf(Float64Column({1, 2}));
                     frame.fields.push_back(TimeField("time", {1}));
                     return frame;
                   },
                   "Field 1 \"time\": The column has 1 values, the first column has 2."});
  cases.push_back({"TooFewValidityBits",
                   [] {
                     return FrameOf(Float64Column({1, 2}, Bitmap(1, true)));
                   },
                   "2 values, but 1 validity bits"});
  cases.push_back({"MissingValueWhereNoneMayBe",
                   [] {
                     return FrameOf(Float64Column({1, 2}, Bitmap(2, false)));
                   },
                   "not nullable"});
  cases.push_back({"BoolOfTwo", [] { return FrameOf(BoolColumn({0, 2})); }, "neither 0 nor 1"});
  cases.push_back({"EnumWithoutText", [] { return FrameOf(EnumColumn({0})); }, "has no text"});
  cases.push_back({"NoOffsets", [] { return WithOffsets({}, ""); }, "offsets"});
  cases.push_back({"FirstOffsetNotZero", [] { return WithOffsets({1, 2}, "ab"); }, "offsets"});
  cases.push_back({"FallingOffsets", [] { return WithOffsets({0, 2, 1, 2}, "ab"); }, "offsets"});
  cases.push_back({"OffsetsBeyondTheBytes", [] { return WithOffsets({0, 3}, "ab"); }, "offsets"});
  cases.push_back({"BytesBeyondTheOffsets", [] { return WithOffsets({0, 1}, "ab"); }, "offsets"});
  cases.push_back({"NegativeOffset", [] { return WithOffsets({0, -1}, ""); }, "offsets"});
  cases.push_back({"TextNotUtf8", [] { return WithOffsets({0, 1}, "\xFF"); }, "UTF-8"});
  cases.push_back({"OffsetWithinACharacter", [] { return WithOffsets({0, 1, 2}, "\xC3\xBC"); }, "UTF-8"});
  cases.push_back({"JsonValueNotJson",
                   [] {
                     JsonColumn column;
                     column.PushBack("{");
                     return FrameOf(std::move(column));
                   },
                   "row 0 is not a JSON document"});
  cases.push_back({"CustomNotJson",
                   [] {
                     Frame frame;
                     frame.meta.custom_json = "{\"a\":}";
                     return frame;
                   },
                   "custom metadata"});
  cases.push_back({"CustomNestedTooDeeply",
                   [] {
                     Frame frame;
                     frame.meta.custom_json = std::string(65, '[') + std::string(65, ']');
                     return frame;
                   },
                   "custom metadata"});
  cases.push_back({"FrameName",
                   [] {
                     Frame frame;
                     frame.name = "\xFF";
                     return frame;
                   },
                   "frame name"});
  cases.push_back({"NoticeText",
                   [] {
                     Frame frame;
                     frame.meta.notices = {{NoticeSeverity::kInfo, "\xFF"}};
                     return frame;
                   },
                   "notice"});
  cases.push_back({"FieldName",
                   [] {
                     Frame frame = FrameOf(Float64Column({1}));
                     frame.fields[0].name = "\xFF";
                     return frame;
                   },
                   "Field 0 \"\": The name"});
  cases.push_back({"LabelValue",
                   [] {
                     Frame frame = FrameOf(Float64Column({1}));
                     frame.fields[0].labels = {{"host", "\xFF"}};
                     return frame;
                   },
                   "label"});
  cases.push_back({"Unit", [] { return WithConfig([](FieldConfig& c) { c.unit = "\xFF"; }); }, "configuration"});
  cases.push_back({"FillBelowTo", [] { return WithConfig([](FieldConfig& c) { c.custom.fill_below_to = "\xFF"; }); },
                   "configuration"});
  cases.push_back(
      {"MappingText", [] { return WithConfig([](FieldConfig& c) {
                             c.mappings = {{"1", "\xFF", ""}};
                           }); }, "mapping"});
  return cases;
}

INSTANTIATE_TEST_SUITE_P(All, CheckedFrameFaultTest, ::testing::ValuesIn(Faults()),
                         [](const auto& test) { return test.param.name; });

TEST(CheckedFrameTest, AnEnumIndexThatIsMissingNeedsNoText) {
  Frame frame = FrameOf(EnumColumn({7}, Bitmap(1, false)));
  frame.fields[0].nullable = true;
  EXPECT_TRUE(CheckedFrame::Check(std::move(frame)).ok());
}

TEST(CheckedFrameTest, TwoFieldsMayShareAName) {
  Frame frame = FrameOf(Float64Column({1}));
  frame.fields.push_back(frame.fields[0]);
  EXPECT_TRUE(CheckedFrame::Check(std::move(frame)).ok());
}

TEST(CheckedFrameTest, CountsRows) {
  EXPECT_EQ(SampleFrameNamed("no_fields").rows(), 0U);
  EXPECT_EQ(SampleFrameNamed("no_rows").rows(), 0U);
  EXPECT_EQ(SampleFrameNamed("odd_lengths").rows(), 77U);
}

TEST(FieldTest, NumberFieldIsNullable) {
  const Field field = NumberField("v", {1, std::nan("")}, {{"a", "b"}});
  EXPECT_TRUE(field.nullable);
  EXPECT_EQ(TypeOf(field.column), FieldType::kFloat64);
  EXPECT_TRUE(std::get<Float64Column>(field.column).IsNull(1));
  EXPECT_EQ(field.labels.at("a"), "b");
}

TEST(FieldTest, TimeAndStringFieldsAreNot) {
  EXPECT_FALSE(TimeField("t", {1}).nullable);
  const Field field = StringField("s", {"a", "", "c"});
  EXPECT_FALSE(field.nullable);
  EXPECT_EQ(std::get<StringColumn>(field.column)[2], "c");
}

}  // namespace
}  // namespace bellwether
