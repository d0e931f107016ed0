#include "server/plugin/services/host_services.h"

#include <atomic>
#include <memory>
#include <string>

namespace bellwether {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

bool IsKnown(const HealthCheckRequest& request) { return request.service().empty() || request.service() == "plugin"; }

// What the three kinds of held streams share: they end once, whoever is first, and leave the list when done.
template <typename Reactor>
class Held : public Reactor, public HeldStream, public std::enable_shared_from_this<Held<Reactor>> {
 public:
  explicit Held(HeldStreams& streams) : streams_(streams) {}

  void Hold() { streams_.Add(this->shared_from_this()); }

  void Close() override {
    if (!finished_.exchange(true)) {
      this->Finish(grpc::Status::OK);
    }
  }
  void OnCancel() override { Close(); }
  void OnDone() override { streams_.Remove(this->shared_from_this()); }

 private:
  HeldStreams& streams_;
  std::atomic<bool> finished_ = false;
};

class BrokerStream final : public Held<grpc::ServerBidiReactor<plugin::ConnInfo, plugin::ConnInfo>> {
 public:
  explicit BrokerStream(HeldStreams& streams) : Held(streams) { StartRead(&received_); }

  void OnReadDone(bool ok) override {
    if (ok) {
      StartRead(&received_);  // connections that the host announces are for plugins that call back; we do not
    } else {
      Close();
    }
  }

 private:
  plugin::ConnInfo received_;
};

class StdioStream final : public Held<grpc::ServerWriteReactor<plugin::StdioData>> {
 public:
  using Held::Held;
};

class WatchStream final : public Held<grpc::ServerWriteReactor<HealthCheckResponse>> {
 public:
  WatchStream(HeldStreams& streams, bool known) : Held(streams) {
    state_.set_status(known ? HealthCheckResponse::SERVING : HealthCheckResponse::SERVICE_UNKNOWN);
    StartWrite(&state_);
  }

 private:
  HealthCheckResponse state_;
};

}  // namespace

grpc::ServerUnaryReactor* ControllerService::Shutdown(grpc::CallbackServerContext* context, const plugin::Empty*,
                                                      plugin::Empty*) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  stop_.Raise();
  return reactor;
}

grpc::ServerBidiReactor<plugin::ConnInfo, plugin::ConnInfo>* BrokerService::StartStream(grpc::CallbackServerContext*) {
  auto stream = std::make_shared<BrokerStream>(streams_);
  stream->Hold();
  return stream.get();
}

grpc::ServerWriteReactor<plugin::StdioData>* StdioService::StreamStdio(grpc::CallbackServerContext*,
                                                                       const google::protobuf::Empty*) {
  auto stream = std::make_shared<StdioStream>(streams_);
  stream->Hold();
  return stream.get();
}

grpc::ServerUnaryReactor* HealthService::Check(grpc::CallbackServerContext* context, const HealthCheckRequest* request,
                                               HealthCheckResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  if (IsKnown(*request)) {
    response->set_status(HealthCheckResponse::SERVING);
    reactor->Finish(grpc::Status::OK);
  } else {
    reactor->Finish({grpc::StatusCode::NOT_FOUND, "The service names known here are \"plugin\" and \"\"."});
  }
  return reactor;
}

grpc::ServerWriteReactor<HealthCheckResponse>* HealthService::Watch(grpc::CallbackServerContext*,
                                                                    const HealthCheckRequest* request) {
  auto stream = std::make_shared<WatchStream>(streams_, IsKnown(*request));
  stream->Hold();
  return stream.get();
}

}  // namespace bellwether
