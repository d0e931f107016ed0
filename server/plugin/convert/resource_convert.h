#pragma once

#include "proto/pluginv2/backend.pb.h"
#include "server/plugin/request/resource_exchange.h"

namespace bellwether {

/// Messages as the rest of the plugin knows them; every field is carried over.
[[nodiscard]] ResourceRequest FromProto(const pluginv2::CallResourceRequest& proto);
[[nodiscard]] ResourceResponse FromProto(const pluginv2::CallResourceResponse& proto);

/// The inverse.
void ToProto(const ResourceRequest& request, pluginv2::CallResourceRequest& proto);
void ToProto(ResourceResponse response, pluginv2::CallResourceResponse& proto);

}  // namespace bellwether
