// Arrow files: whatever the bytes, a frame or a status; and a frame that was read says the same when it is written and
// read again, as Arrow and as JSON.
#include <cstdint>
#include <string>
#include <string_view>

#include "server/frame/arrow/arrow_file.h"
#include "server/frame/json/json_frame.h"
#include "server/frame/text/text_frame.h"
#include "tests/fuzz/require.h"

using bellwether::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::StatusOr<bellwether::CheckedFrame> frame =
      bellwether::DecodeArrow(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!frame.ok()) {
    Require(frame.status().code() == absl::StatusCode::kInvalidArgument, "the code is not INVALID_ARGUMENT");
    return 0;
  }
  const std::string bytes = bellwether::EncodeArrow(*frame);
  const absl::StatusOr<bellwether::CheckedFrame> again = bellwether::DecodeArrow(bytes);
  Require(again.ok(), "an encoded frame cannot be decoded");
  Require(bellwether::EncodeArrow(*again) == bytes, "an encoded frame decodes to another one");

  // Nanoseconds near the ends of their range have no milliseconds that fit, and numbers that are missing keep no value:
  // JSON may refuse or forget those, but must not fall over.
  const std::string json = bellwether::EncodeJsonFrame(*frame);
  const absl::StatusOr<bellwether::CheckedFrame> from_json = bellwether::DecodeJsonFrame(json);
  if (from_json.ok()) {
    Require(bellwether::EncodeJsonFrame(*from_json) == json, "a JSON frame decodes to another one");
  }
  Require(!bellwether::FrameToText(*frame, 10).empty(), "a frame has no text");
  return 0;
}
