#pragma once

#include "proto/pluginv2/backend.grpc.pb.h"
#include "server/plugin/dispatch/request_metrics.h"

namespace bellwether {

/// pluginv2.Stream: Bellwether has no live channels, and says so.
class StreamService final : public pluginv2::Stream::CallbackService {
 public:
  /// `metrics` must outlive the service.
  explicit StreamService(RequestMetrics& metrics) : metrics_(metrics) {}

  grpc::ServerUnaryReactor* SubscribeStream(grpc::CallbackServerContext* context,
                                            const pluginv2::SubscribeStreamRequest* request,
                                            pluginv2::SubscribeStreamResponse* response) override;
  grpc::ServerUnaryReactor* PublishStream(grpc::CallbackServerContext* context,
                                          const pluginv2::PublishStreamRequest* request,
                                          pluginv2::PublishStreamResponse* response) override;
  grpc::ServerWriteReactor<pluginv2::StreamPacket>* RunStream(grpc::CallbackServerContext* context,
                                                              const pluginv2::RunStreamRequest* request) override;

 private:
  RequestMetrics& metrics_;
};

}  // namespace bellwether
