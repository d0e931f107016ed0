#include "server/base/status/error_origin.h"

#include <utility>

#include "gtest/gtest.h"

namespace bellwether {
namespace {

TEST(ErrorOriginTest, KeepsTheFirstOriginOfAnError) {
  const absl::Status status = WithOrigin(absl::NotFoundError("no such table"), Origin::kDownstream);
  EXPECT_EQ(OriginOf(status), Origin::kDownstream);
  EXPECT_EQ(OriginOf(WithOrigin(status, Origin::kPlugin)), Origin::kDownstream);
}

TEST(ErrorOriginTest, BlamesThePluginForUnmarkedErrors) {
  EXPECT_EQ(OriginOf(absl::InternalError("oops")), Origin::kPlugin);
  EXPECT_EQ(OriginName(Origin::kPlugin), "plugin");
  EXPECT_EQ(OriginName(Origin::kDownstream), "downstream");
}

TEST(ErrorOriginTest, LeavesOkUnmarked) {
  EXPECT_EQ(WithOrigin(absl::OkStatus(), Origin::kDownstream), absl::OkStatus());
}

TEST(ErrorOriginTest, MapsEveryCodeToAnHttpStatus) {
  const std::pair<absl::StatusCode, int> cases[] = {
      {absl::StatusCode::kOk, 200},
      {absl::StatusCode::kInvalidArgument, 400},
      {absl::StatusCode::kOutOfRange, 400},
      {absl::StatusCode::kFailedPrecondition, 400},
      {absl::StatusCode::kUnauthenticated, 401},
      {absl::StatusCode::kPermissionDenied, 403},
      {absl::StatusCode::kNotFound, 404},
      {absl::StatusCode::kResourceExhausted, 429},
      {absl::StatusCode::kCancelled, 499},
      {absl::StatusCode::kInternal, 500},
      {absl::StatusCode::kUnknown, 500},
      {absl::StatusCode::kUnimplemented, 501},
      {absl::StatusCode::kUnavailable, 502},
      {absl::StatusCode::kDeadlineExceeded, 504},
  };
  for (const auto& [code, http] : cases) {
    EXPECT_EQ(HttpStatusOf(absl::Status(code, "x")), http) << absl::StatusCodeToString(code);
  }
}

TEST(ErrorOriginTest, CallsABadQueryDownstream) {
  const absl::Status status = BadQueryError("Choose a range.");
  EXPECT_EQ(HttpStatusOf(status), 400);
  EXPECT_EQ(OriginOf(status), Origin::kDownstream);
  EXPECT_EQ(status.message(), "Choose a range.");
}

}  // namespace
}  // namespace bellwether
