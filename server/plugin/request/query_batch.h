#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "server/base/status/error_origin.h"
#include "server/plugin/request/plugin_context.h"
#include "server/query/query_service.h"

namespace bellwether {

/// How the frames of an answer are encoded.
enum class FrameFormat { kArrow, kJson };

/// One query of a batch.
struct BatchQuery {
  QueryRequest request;
  std::string query_type;  ///< Grafana's own field beside the query; Bellwether says the same in `analysis`
};

/// The queries of one panel or alert rule.
struct QueryBatch {
  PluginContext context;
  std::map<std::string, std::string> headers;
  std::vector<BatchQuery> queries;
  FrameFormat format = FrameFormat::kArrow;
};

/// The answer to one query, ready to be sent.
struct EncodedAnswer {
  std::vector<std::string> frames;  ///< each encoded in `format`
  std::string error;                ///< a sentence, empty on success
  int http_status = 200;
  Origin origin = Origin::kPlugin;  ///< who is to blame; of interest only with an error
  FrameFormat format = FrameFormat::kArrow;
};

/// Answers by refId; every refId of the batch has one.
using BatchAnswer = std::map<std::string, EncodedAnswer>;

}  // namespace bellwether
