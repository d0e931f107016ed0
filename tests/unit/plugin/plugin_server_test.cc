// The server on loopback, called by gRPC's own client.
#include "server/plugin/plugin_server.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "absl/synchronization/notification.h"
#include "proto/goplugin/grpc_broker.grpc.pb.h"
#include "proto/goplugin/grpc_controller.grpc.pb.h"
#include "proto/goplugin/grpc_stdio.grpc.pb.h"
#include "proto/goplugin/health.grpc.pb.h"
#include "proto/pluginv2/backend.grpc.pb.h"
#include "server/frame/arrow/arrow_file.h"
#include "tests/support/simulated_clock.h"
#include "tests/unit/plugin/fake_query_service.h"

namespace bellwether {
namespace {

class PluginServerTest : public testing::Test {
 protected:
  PluginServerTest()
      : queries_([this](const QueryRequest& r, const DataSourceSettings& s, const Cancellation& c) {
          return answer_(r, s, c);
        }) {
    auto server = PluginServer::Start("127.0.0.1:0", queries_, registry_, logger_, clock_, stop_,
                                      {.version = "1.2.3", .drain = absl::Milliseconds(200)});
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    channel_ = grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(server_->port()),
                                         grpc::InsecureChannelCredentials(), arguments);
  }

  grpc::Status Query(const std::string& ref_id, pluginv2::QueryDataResponse& response, size_t json_bytes = 2) {
    grpc::ClientContext context;
    pluginv2::QueryDataRequest request;
    request.add_queries()->set_refid(ref_id);
    request.mutable_queries(0)->set_json(std::string(json_bytes, ' '));
    return pluginv2::Data::NewStub(channel_)->QueryData(&context, request, &response);
  }

  FakeQueryService::AnswerFunction answer_ = [](const QueryRequest& request, const DataSourceSettings&,
                                                const Cancellation&) { return PointsAnswer(request.ref_id, 10'000); };
  FakeQueryService queries_;
  MetricRegistry registry_;
  NullLogger logger_;
  SimulatedClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  StopRequest stop_;
  std::unique_ptr<PluginServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(PluginServerTest, AnswersQueries) {
  pluginv2::QueryDataResponse response;
  ASSERT_TRUE(Query("A", response).ok());
  const pluginv2::DataResponse& answer = response.responses().at("A");
  EXPECT_EQ(answer.status(), 200);
  ASSERT_EQ(answer.frames_size(), 1);
  EXPECT_EQ(DecodeArrow(answer.frames(0))->rows(), 10'000u);
}

TEST_F(PluginServerTest, TakesMessagesUpToTheLimitAndRefusesLongerOnes) {
  pluginv2::QueryDataResponse response;
  EXPECT_TRUE(Query("A", response, (16u << 20) - 1000).ok());
  EXPECT_EQ(Query("A", response, (16u << 20) + 1).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(Query("A", response).ok()) << "the server must go on after an oversized message";
}

TEST_F(PluginServerTest, SendsAnswersBeyondTheReceiveLimit) {
  answer_ = [](const QueryRequest&, const DataSourceSettings&, const Cancellation&) {
    return PointsAnswer("large", 2'000'000);
  };
  pluginv2::QueryDataResponse response;
  ASSERT_TRUE(Query("A", response).ok());
  EXPECT_GT(response.ByteSizeLong(), 30u << 20);
}

TEST_F(PluginServerTest, RefusesARequestOfCountlessQueries) {
  grpc::ClientContext context;
  pluginv2::QueryDataRequest request;
  for (int i = 0; i < 20'000; ++i) {
    request.add_queries();
  }
  pluginv2::QueryDataResponse response;
  EXPECT_EQ(pluginv2::Data::NewStub(channel_)->QueryData(&context, request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(PluginServerTest, TellsAQueryThatItsCallerHasGone) {
  absl::Notification started;
  absl::Notification noticed;
  answer_ = [&](const QueryRequest&, const DataSourceSettings&, const Cancellation& cancellation) -> QueryAnswer {
    started.Notify();
    while (cancellation.Check().ok()) {
      std::this_thread::yield();
    }
    noticed.Notify();
    return {.status = cancellation.Check(), .frames = {}};
  };
  grpc::ClientContext context;
  std::thread canceller([&] {
    started.WaitForNotification();
    context.TryCancel();
  });
  pluginv2::QueryDataRequest request;
  request.add_queries()->set_refid("A");
  pluginv2::QueryDataResponse response;
  const grpc::Status status = pluginv2::Data::NewStub(channel_)->QueryData(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
  canceller.join();
  noticed.WaitForNotification();
}

TEST_F(PluginServerTest, TellsAQueryThatItsDeadlineHasPassed) {
  absl::Notification noticed;
  answer_ = [&](const QueryRequest&, const DataSourceSettings&, const Cancellation& cancellation) -> QueryAnswer {
    while (cancellation.Check().ok()) {
      std::this_thread::yield();
    }
    noticed.Notify();
    return {.status = cancellation.Check(), .frames = {}};
  };
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
  pluginv2::QueryDataRequest request;
  request.add_queries()->set_refid("A");
  pluginv2::QueryDataResponse response;
  const grpc::Status status = pluginv2::Data::NewStub(channel_)->QueryData(&context, request, &response);
  // Both sides watch the same deadline: the caller gives up, or the answer says that the query was given up.
  if (status.ok()) {
    EXPECT_EQ(response.responses().at("A").status(), 499) << response.responses().at("A").error();
  } else {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  }
  // A query that the deadline overtook on its way never starts.
  server_->Stop();
}

TEST_F(PluginServerTest, ReportsHealthAndMetrics) {
  const auto stub = pluginv2::Diagnostics::NewStub(channel_);
  pluginv2::CheckHealthResponse health;
  {
    grpc::ClientContext context;
    ASSERT_TRUE(stub->CheckHealth(&context, pluginv2::CheckHealthRequest(), &health).ok());
  }
  EXPECT_EQ(health.status(), pluginv2::CheckHealthResponse::OK) << health.message();
  pluginv2::CollectMetricsResponse metrics;
  {
    grpc::ClientContext context;
    ASSERT_TRUE(stub->CollectMetrics(&context, pluginv2::CollectMetricsRequest(), &metrics).ok());
  }
  const std::string& text = metrics.metrics().prometheus();
  EXPECT_NE(
      text.find("grafana_plugin_request_total{endpoint=\"checkHealth\",status=\"ok\",status_source=\"plugin\"} 1"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find("bellwether_build_info{version=\"1.2.3\"} 1"), std::string::npos);
  EXPECT_NE(text.find("process_resident_memory_bytes "), std::string::npos);
}

TEST_F(PluginServerTest, AnswersResources) {
  grpc::ClientContext context;
  pluginv2::CallResourceRequest request;
  request.set_method("GET");
  request.set_path("nowhere");
  const auto reader = pluginv2::Resource::NewStub(channel_)->CallResource(&context, request);
  pluginv2::CallResourceResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.code(), 404);
  EXPECT_EQ(response.headers().at("Content-Type").values(0), "application/json");
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_TRUE(reader->Finish().ok());
}

TEST_F(PluginServerTest, HasNoLiveChannels) {
  const auto stub = pluginv2::Stream::NewStub(channel_);
  grpc::ClientContext subscribe;
  pluginv2::SubscribeStreamResponse subscribed;
  ASSERT_TRUE(stub->SubscribeStream(&subscribe, pluginv2::SubscribeStreamRequest(), &subscribed).ok());
  EXPECT_EQ(subscribed.status(), pluginv2::SubscribeStreamResponse::NOT_FOUND);
  grpc::ClientContext publish;
  pluginv2::PublishStreamResponse published;
  ASSERT_TRUE(stub->PublishStream(&publish, pluginv2::PublishStreamRequest(), &published).ok());
  EXPECT_EQ(published.status(), pluginv2::PublishStreamResponse::NOT_FOUND);
  grpc::ClientContext run;
  const auto reader = stub->RunStream(&run, pluginv2::RunStreamRequest());
  pluginv2::StreamPacket packet;
  EXPECT_FALSE(reader->Read(&packet));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(PluginServerTest, IsHealthyUnderTheHostsName) {
  const auto stub = grpc::health::v1::Health::NewStub(channel_);
  grpc::health::v1::HealthCheckRequest request;
  grpc::health::v1::HealthCheckResponse response;
  request.set_service("plugin");
  grpc::ClientContext known;
  ASSERT_TRUE(stub->Check(&known, request, &response).ok());
  EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::SERVING);
  request.set_service("other");
  grpc::ClientContext unknown;
  EXPECT_EQ(stub->Check(&unknown, request, &response).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(PluginServerTest, ShutdownRepliesAndOpenHostStreamsDoNotHoldItUp) {
  grpc::ClientContext broker_context;
  const auto broker = plugin::GRPCBroker::NewStub(channel_)->StartStream(&broker_context);
  plugin::ConnInfo announced;
  announced.set_service_id(1);
  ASSERT_TRUE(broker->Write(announced));
  grpc::ClientContext stdio_context;
  const auto stdio = plugin::GRPCStdio::NewStub(channel_)->StreamStdio(&stdio_context, google::protobuf::Empty());
  grpc::ClientContext watch_context;
  const auto watch =
      grpc::health::v1::Health::NewStub(channel_)->Watch(&watch_context, grpc::health::v1::HealthCheckRequest());
  grpc::health::v1::HealthCheckResponse state;
  ASSERT_TRUE(watch->Read(&state));
  EXPECT_EQ(state.status(), grpc::health::v1::HealthCheckResponse::SERVING);

  grpc::ClientContext context;
  plugin::Empty reply;
  ASSERT_TRUE(plugin::GRPCController::NewStub(channel_)->Shutdown(&context, plugin::Empty(), &reply).ok());
  EXPECT_TRUE(stop_.Await(absl::Seconds(30)));
  server_->Stop();
  plugin::ConnInfo info;
  EXPECT_FALSE(broker->Read(&info));
  EXPECT_TRUE(broker->Finish().ok());
  plugin::StdioData data;
  EXPECT_FALSE(stdio->Read(&data));
  EXPECT_TRUE(stdio->Finish().ok());
  EXPECT_FALSE(watch->Read(&state));
}

TEST_F(PluginServerTest, StopCancelsQueriesAfterTheDrainTime) {
  absl::Notification started;
  answer_ = [&](const QueryRequest&, const DataSourceSettings&, const Cancellation& cancellation) -> QueryAnswer {
    started.Notify();
    while (cancellation.Check().ok()) {
      std::this_thread::yield();
    }
    return {.status = cancellation.Check(), .frames = {}};
  };
  std::thread stopper([&] {
    started.WaitForNotification();
    server_->Stop();
  });
  pluginv2::QueryDataResponse response;
  EXPECT_FALSE(Query("A", response).ok());
  stopper.join();
}

TEST(PluginServerAddressTest, ListensOnLoopbackOnly) {
  const FakeQueryService queries;
  MetricRegistry registry;
  NullLogger logger;
  const SystemClock clock;
  StopRequest stop;
  for (const char* address : {"0.0.0.0:0", "[::]:0", "192.168.1.1:80", "", "example.org:1"}) {
    EXPECT_EQ(PluginServer::Start(address, queries, registry, logger, clock, stop, {}).status().code(),
              absl::StatusCode::kInvalidArgument)
        << address;
  }
  const auto first = PluginServer::Start("127.0.0.1:0", queries, registry, logger, clock, stop, {});
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(
      PluginServer::Start("127.0.0.1:" + std::to_string((*first)->port()), queries, registry, logger, clock, stop, {})
          .status()
          .code(),
      absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace bellwether
