#include "server/plugin/services/stream_service.h"

#include <memory>

#include "server/plugin/services/pending_call.h"

namespace bellwether {
namespace {

class RefusedStream final : public grpc::ServerWriteReactor<pluginv2::StreamPacket> {
 public:
  RefusedStream() { Finish({grpc::StatusCode::UNIMPLEMENTED, "Bellwether has no live channels."}); }
  void OnDone() override { delete this; }  // gRPC's way to end a reactor's life
};

}  // namespace

grpc::ServerUnaryReactor* StreamService::SubscribeStream(grpc::CallbackServerContext* context,
                                                         const pluginv2::SubscribeStreamRequest*,
                                                         pluginv2::SubscribeStreamResponse* response) {
  const std::shared_ptr<PendingCall> call = PendingCall::Begin("subscribeStream", metrics_, *context);
  response->set_status(pluginv2::SubscribeStreamResponse::NOT_FOUND);
  call->Complete(grpc::Status::OK, Outcome::kOk, Origin::kPlugin);
  return call.get();
}

grpc::ServerUnaryReactor* StreamService::PublishStream(grpc::CallbackServerContext* context,
                                                       const pluginv2::PublishStreamRequest*,
                                                       pluginv2::PublishStreamResponse* response) {
  const std::shared_ptr<PendingCall> call = PendingCall::Begin("publishStream", metrics_, *context);
  response->set_status(pluginv2::PublishStreamResponse::NOT_FOUND);
  call->Complete(grpc::Status::OK, Outcome::kOk, Origin::kPlugin);
  return call.get();
}

grpc::ServerWriteReactor<pluginv2::StreamPacket>* StreamService::RunStream(grpc::CallbackServerContext*,
                                                                           const pluginv2::RunStreamRequest*) {
  metrics_.Record("runStream", Outcome::kError, Origin::kPlugin, absl::ZeroDuration());
  return new RefusedStream();
}

}  // namespace bellwether
