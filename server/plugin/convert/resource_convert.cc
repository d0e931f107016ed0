#include "server/plugin/convert/resource_convert.h"

#include <utility>

#include "server/plugin/convert/context_convert.h"

namespace bellwether {
namespace {

using ProtoHeaders = google::protobuf::Map<std::string, pluginv2::StringList>;

HttpHeaders HeadersFrom(const ProtoHeaders& proto) {
  HttpHeaders headers;
  for (const auto& [name, list] : proto) {
    headers[name] = {list.values().begin(), list.values().end()};
  }
  return headers;
}

void HeadersTo(const HttpHeaders& headers, ProtoHeaders& proto) {
  for (const auto& [name, values] : headers) {
    pluginv2::StringList& list = proto[name];  // present even without values
    for (const std::string& value : values) {
      list.add_values(value);
    }
  }
}

}  // namespace

ResourceRequest FromProto(const pluginv2::CallResourceRequest& proto) {
  return {.context = FromProto(proto.plugincontext()),
          .path = proto.path(),
          .method = proto.method(),
          .url = proto.url(),
          .headers = HeadersFrom(proto.headers()),
          .body = proto.body()};
}

ResourceResponse FromProto(const pluginv2::CallResourceResponse& proto) {
  return {.http_status = proto.code(), .headers = HeadersFrom(proto.headers()), .body = proto.body()};
}

void ToProto(const ResourceRequest& request, pluginv2::CallResourceRequest& proto) {
  ToProto(request.context, *proto.mutable_plugincontext());
  proto.set_path(request.path);
  proto.set_method(request.method);
  proto.set_url(request.url);
  HeadersTo(request.headers, *proto.mutable_headers());
  proto.set_body(request.body);
}

void ToProto(ResourceResponse response, pluginv2::CallResourceResponse& proto) {
  proto.set_code(response.http_status);
  HeadersTo(response.headers, *proto.mutable_headers());
  proto.set_body(std::move(response.body));
}

}  // namespace bellwether
