// Every field of the protocol must survive the way to the domain and back; a field that is added to the protocol and
// forgotten here fails these tests.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <string>

#include "server/plugin/convert/context_convert.h"
#include "server/plugin/convert/query_convert.h"
#include "server/plugin/convert/resource_convert.h"

namespace bellwether {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Sets every field of `message`, each to a value of its own, repeated ones twice and maps with two keys.
class Filler {
 public:
  void Fill(Message& message) {
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor& field = *message.GetDescriptor()->field(i);
      const int times = field.is_repeated() ? 2 : 1;
      for (int n = 0; n < times; ++n) {
        FillField(message, field);
      }
    }
  }

 private:
  void FillField(Message& message, const FieldDescriptor& field) {
    const Reflection& reflection = *message.GetReflection();
    const int64_t number = ++last_;
    const std::string text = "text-" + std::to_string(number);
    const bool repeated = field.is_repeated();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        repeated ? reflection.AddString(&message, &field, text) : reflection.SetString(&message, &field, text);
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        reflection.SetInt32(&message, &field, static_cast<int32_t>(number));
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        reflection.SetInt64(&message, &field, number);
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        reflection.SetBool(&message, &field, true);
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        reflection.SetEnum(&message, &field, field.enum_type()->value(1));
        break;
      case FieldDescriptor::CPPTYPE_MESSAGE:
        Fill(*(repeated ? reflection.AddMessage(&message, &field) : reflection.MutableMessage(&message, &field)));
        break;
      default:
        FAIL() << "Teach this test the type of " << field.full_name();
    }
  }

  int64_t last_ = 0;
};

template <typename Proto>
Proto Filled() {
  Proto proto;
  Filler().Fill(proto);
  return proto;
}

void ExpectSame(const Message& got, const Message& want) {
  google::protobuf::util::MessageDifferencer differencer;
  std::string difference;
  differencer.ReportDifferencesToString(&difference);
  EXPECT_TRUE(differencer.Compare(want, got)) << difference;
}

TEST(ConvertTest, ContextKeepsEveryField) {
  const auto proto = Filled<pluginv2::PluginContext>();
  pluginv2::PluginContext back;
  ToProto(FromProto(proto), back);
  ExpectSame(back, proto);
}

TEST(ConvertTest, AbsentPartsOfTheContextStayAbsent) {
  const PluginContext context = FromProto(pluginv2::PluginContext());
  EXPECT_FALSE(context.user.has_value() || context.app.has_value() || context.data_source.has_value());
  pluginv2::PluginContext back;
  ToProto(context, back);
  ExpectSame(back, pluginv2::PluginContext());
}

TEST(ConvertTest, QueriesKeepEveryField) {
  const auto proto = Filled<pluginv2::QueryDataRequest>();
  pluginv2::QueryDataRequest back;
  ToProto(FromProto(proto), back);
  ExpectSame(back, proto);
}

TEST(ConvertTest, AnswersKeepEveryField) {
  auto proto = Filled<pluginv2::QueryDataResponse>();
  for (auto& [ref_id, response] : *proto.mutable_responses()) {
    response.clear_jsonmeta();  // the protocol has no use for it
    response.set_errorsource("downstream");
  }
  pluginv2::QueryDataResponse back;
  ToProto(FromProto(proto), back);
  ExpectSame(back, proto);
}

TEST(ConvertTest, ResourcesKeepEveryField) {
  const auto request = Filled<pluginv2::CallResourceRequest>();
  pluginv2::CallResourceRequest request_back;
  ToProto(FromProto(request), request_back);
  ExpectSame(request_back, request);

  const auto response = Filled<pluginv2::CallResourceResponse>();
  pluginv2::CallResourceResponse response_back;
  ToProto(FromProto(response), response_back);
  ExpectSame(response_back, response);
}

TEST(ConvertTest, HeadersMarkEveryQueryAsAnAlertRules) {
  pluginv2::QueryDataRequest proto;
  proto.add_queries()->set_refid("A");
  proto.add_queries()->set_refid("B");
  EXPECT_FALSE(FromProto(proto).queries[0].request.from_alert);
  (*proto.mutable_headers())["FromAlert"] = "true";
  for (const BatchQuery& query : FromProto(proto).queries) {
    EXPECT_TRUE(query.request.from_alert);
  }
}

TEST(ConvertTest, TimesSurviveAtTheEndsOfTheirRange) {
  for (const int64_t ms : {int64_t{0}, int64_t{-1}, INT64_MAX, INT64_MIN, int64_t{1'700'000'000'123}}) {
    pluginv2::QueryDataRequest proto;
    pluginv2::DataQuery& query = *proto.add_queries();
    query.mutable_timerange()->set_fromepochms(ms);
    query.mutable_timerange()->set_toepochms(ms);
    query.set_intervalms(ms);
    query.set_maxdatapoints(ms);
    pluginv2::QueryDataRequest back;
    ToProto(FromProto(proto), back);
    EXPECT_EQ(back.queries(0).timerange().fromepochms(), ms);
    EXPECT_EQ(back.queries(0).intervalms(), ms);
    EXPECT_EQ(back.queries(0).maxdatapoints(), ms);
  }
}

TEST(ConvertTest, ErrorTextsBecomeValidUtf8) {
  BatchAnswer answer;
  answer["A"].error = "bad \xFF byte";
  answer["A"].http_status = 400;
  answer["B"].frames = {"frame"};
  pluginv2::QueryDataResponse proto;
  ToProto(std::move(answer), proto);
  EXPECT_EQ(proto.responses().at("A").error(), "bad \xEF\xBF\xBD byte");
  EXPECT_EQ(proto.responses().at("A").errorsource(), "plugin");
  EXPECT_EQ(proto.responses().at("B").status(), 200);
  EXPECT_EQ(proto.responses().at("B").errorsource(), "");
  pluginv2::QueryDataResponse parsed;
  EXPECT_TRUE(parsed.ParseFromString(proto.SerializeAsString()));
}

}  // namespace
}  // namespace bellwether
