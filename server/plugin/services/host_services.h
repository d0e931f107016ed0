#pragma once

#include "proto/goplugin/grpc_broker.grpc.pb.h"
#include "proto/goplugin/grpc_controller.grpc.pb.h"
#include "proto/goplugin/grpc_stdio.grpc.pb.h"
#include "proto/goplugin/health.grpc.pb.h"
#include "server/plugin/lifetime/stop_request.h"
#include "server/plugin/services/held_streams.h"

namespace bellwether {

/// plugin.GRPCController: Shutdown answers and raises the stop request.
class ControllerService final : public plugin::GRPCController::CallbackService {
 public:
  /// `stop` must outlive the service.
  explicit ControllerService(StopRequest& stop) : stop_(stop) {}
  grpc::ServerUnaryReactor* Shutdown(grpc::CallbackServerContext* context, const plugin::Empty* request,
                                     plugin::Empty* response) override;

 private:
  StopRequest& stop_;
};

/// plugin.GRPCBroker: keeps the host's stream open and needs nothing from it.
class BrokerService final : public plugin::GRPCBroker::CallbackService {
 public:
  /// `streams` must outlive the service.
  explicit BrokerService(HeldStreams& streams) : streams_(streams) {}
  grpc::ServerBidiReactor<plugin::ConnInfo, plugin::ConnInfo>* StartStream(
      grpc::CallbackServerContext* context) override;

 private:
  HeldStreams& streams_;
};

/// plugin.GRPCStdio: keeps the host's stream open and prints nothing.
class StdioService final : public plugin::GRPCStdio::CallbackService {
 public:
  /// `streams` must outlive the service.
  explicit StdioService(HeldStreams& streams) : streams_(streams) {}
  grpc::ServerWriteReactor<plugin::StdioData>* StreamStdio(grpc::CallbackServerContext* context,
                                                           const google::protobuf::Empty* request) override;

 private:
  HeldStreams& streams_;
};

/// grpc.health.v1.Health for the service names "plugin" (what go-plugin asks for) and "".
class HealthService final : public grpc::health::v1::Health::CallbackService {
 public:
  /// `streams` must outlive the service.
  explicit HealthService(HeldStreams& streams) : streams_(streams) {}
  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const grpc::health::v1::HealthCheckRequest* request,
                                  grpc::health::v1::HealthCheckResponse* response) override;
  grpc::ServerWriteReactor<grpc::health::v1::HealthCheckResponse>* Watch(
      grpc::CallbackServerContext* context, const grpc::health::v1::HealthCheckRequest* request) override;

 private:
  HeldStreams& streams_;
};

}  // namespace bellwether
