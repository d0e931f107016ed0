#pragma once

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/frame/frame.h"

namespace bellwether {

namespace arrow_ipc {
struct RecordBatch;
}  // namespace arrow_ipc

/// Appends the values of `batch`, whose buffers lie in `body`, to the columns of `frame`, which have the types that the
/// schema gives them. `is_view[i]` says that column i is stored as string views. INVALID_ARGUMENT naming the column
/// when a count, an offset or a length does not fit.
[[nodiscard]] absl::Status AppendBatchColumns(const arrow_ipc::RecordBatch& batch, std::string_view body,
                                              const std::vector<bool>& is_view, Frame& frame);

}  // namespace bellwether
