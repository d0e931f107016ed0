#include "server/plugin/convert/query_convert.h"

#include <utility>

#include "absl/time/time.h"
#include "server/plugin/convert/context_convert.h"
#include "server/plugin/request/request_headers.h"
#include "server/base/text/utf8.h"

namespace bellwether {
namespace {

FrameFormat FormatFrom(pluginv2::DataFrameFormat proto) {
  return proto == pluginv2::JSON ? FrameFormat::kJson : FrameFormat::kArrow;
}

pluginv2::DataFrameFormat FormatTo(FrameFormat format) {
  switch (format) {
    case FrameFormat::kArrow:
      return pluginv2::ARROW;
    case FrameFormat::kJson:
      return pluginv2::JSON;
  }
  return pluginv2::ARROW;
}

BatchQuery QueryFrom(const pluginv2::DataQuery& proto, bool from_alert) {
  BatchQuery query;
  query.request.ref_id = proto.refid();
  query.request.json = proto.json();
  query.request.range = {.from = absl::FromUnixMillis(proto.timerange().fromepochms()),
                         .to = absl::FromUnixMillis(proto.timerange().toepochms())};
  query.request.max_data_points = proto.maxdatapoints();
  query.request.interval = absl::Milliseconds(proto.intervalms());
  query.request.from_alert = from_alert;
  query.query_type = proto.querytype();
  return query;
}

void QueryTo(const BatchQuery& query, pluginv2::DataQuery& proto) {
  proto.set_refid(query.request.ref_id);
  proto.set_json(query.request.json);
  proto.mutable_timerange()->set_fromepochms(absl::ToUnixMillis(query.request.range.from));
  proto.mutable_timerange()->set_toepochms(absl::ToUnixMillis(query.request.range.to));
  proto.set_maxdatapoints(query.request.max_data_points);
  proto.set_intervalms(absl::ToInt64Milliseconds(query.request.interval));
  proto.set_querytype(query.query_type);
}

}  // namespace

QueryBatch FromProto(const pluginv2::QueryDataRequest& proto) {
  QueryBatch batch;
  batch.context = FromProto(proto.plugincontext());
  batch.headers = {proto.headers().begin(), proto.headers().end()};
  batch.format = FormatFrom(proto.format());
  const bool from_alert = AsksForAlert(batch.headers);
  batch.queries.reserve(static_cast<size_t>(proto.queries_size()));
  for (const pluginv2::DataQuery& query : proto.queries()) {
    batch.queries.push_back(QueryFrom(query, from_alert));
  }
  return batch;
}

void ToProto(const QueryBatch& batch, pluginv2::QueryDataRequest& proto) {
  ToProto(batch.context, *proto.mutable_plugincontext());
  proto.mutable_headers()->insert(batch.headers.begin(), batch.headers.end());
  proto.set_format(FormatTo(batch.format));
  for (const BatchQuery& query : batch.queries) {
    QueryTo(query, *proto.add_queries());
  }
}

void ToProto(BatchAnswer answer, pluginv2::QueryDataResponse& proto) {
  for (auto& [ref_id, encoded] : answer) {
    pluginv2::DataResponse& response = (*proto.mutable_responses())[ref_id];
    response.mutable_frames()->Reserve(static_cast<int>(encoded.frames.size()));
    for (std::string& frame : encoded.frames) {
      response.add_frames(std::move(frame));
    }
    response.set_status(encoded.http_status);
    response.set_format(FormatTo(encoded.format));
    if (!encoded.error.empty()) {
      response.set_error(ReplaceInvalidUtf8(encoded.error));
      response.set_errorsource(std::string(OriginName(encoded.origin)));
    }
  }
}

BatchAnswer FromProto(const pluginv2::QueryDataResponse& proto) {
  BatchAnswer answer;
  for (const auto& [ref_id, response] : proto.responses()) {
    EncodedAnswer& encoded = answer[ref_id];
    encoded.frames = {response.frames().begin(), response.frames().end()};
    encoded.error = response.error();
    encoded.http_status = response.status();
    encoded.origin = response.errorsource() == OriginName(Origin::kDownstream) ? Origin::kDownstream : Origin::kPlugin;
    encoded.format = FormatFrom(response.format());
  }
  return answer;
}

}  // namespace bellwether
