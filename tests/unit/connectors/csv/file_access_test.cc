#include "server/connectors/csv/file_access.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/status/error_origin.h"
#include "tests/unit/connectors/temp_folder.h"

namespace bellwether {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class FileAccessTest : public ::testing::Test {
 protected:
  FileAccessTest() {
    root_.Write("allowed/ok.csv", "content");
    root_.Write("allowed/sub/inner.csv", "inner");
    root_.Write("secret.csv", "secret");
  }

  std::string folder() const { return (root_.path() / "allowed").string(); }
  absl::Status Open(std::string_view path) const { return OpenBeneath(folder(), path).status(); }

  TempFolder root_;
};

TEST_F(FileAccessTest, ReadsFilesBelowTheFolder) {
  for (const char* path : {"ok.csv", "./ok.csv", "sub/inner.csv", "sub//inner.csv", "sub/./inner.csv"}) {
    SCOPED_TRACE(path);
    EXPECT_TRUE(Open(path).ok()) << Open(path);
  }
  const absl::StatusOr<ReadOnlyFile> file = OpenBeneath(folder(), "ok.csv");
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->size(), 7u);
  char buffer[16];
  EXPECT_EQ(*file->ReadAt(3, buffer), 4u);
  EXPECT_EQ(std::string(buffer, 4), "tent");
  EXPECT_EQ(*file->ReadAt(7, buffer), 0u);
}

TEST_F(FileAccessTest, RefusesPathsThatLeaveTheFolder) {
  for (const std::string& path :
       {std::string("../secret.csv"), std::string("sub/../../secret.csv"), std::string("sub/../ok.csv"),
        std::string(".."), std::string("/etc/passwd"), folder() + "/ok.csv", std::string("ok.csv\0x", 8), std::string(),
        std::string("."), std::string("a/") + std::string(5000, 'x')}) {
    SCOPED_TRACE(path);
    const absl::Status status = Open(path);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_EQ(OriginOf(status), Origin::kDownstream);
  }
}

TEST_F(FileAccessTest, FollowsNoSymbolicLinks) {
  fs::create_symlink("../secret.csv", root_.path() / "allowed/link.csv");
  fs::create_directory_symlink("..", root_.path() / "allowed/up");
  fs::create_symlink("ok.csv", root_.path() / "allowed/inside.csv");
  for (const char* path : {"link.csv", "up/secret.csv", "inside.csv"}) {
    SCOPED_TRACE(path);
    const absl::Status status = Open(path);
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("symbolic link"));
  }
}

TEST_F(FileAccessTest, RefusesFoldersAndPipesWithoutBlocking) {
  ASSERT_EQ(::mkfifo((root_.path() / "allowed/pipe.csv").c_str(), 0600), 0);
  EXPECT_THAT(std::string(Open("pipe.csv").message()), HasSubstr("is not a regular file"));
  EXPECT_THAT(std::string(Open("sub").message()), HasSubstr("is a folder"));
  EXPECT_THAT(std::string(OpenBeneath("/dev", "null").status().message()), HasSubstr("is not a regular file"));
}

TEST_F(FileAccessTest, NamesMissingFiles) {
  EXPECT_EQ(Open("nope.csv").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Open("nope/ok.csv").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Open("ok.csv/x.csv").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(OpenBeneath("/no/such/folder", "a.csv").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(OpenBeneath("relative", "a.csv").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(FileAccessTest, ListsWithinBoundsAndWithoutLinks) {
  fs::create_symlink("../secret.csv", root_.path() / "allowed/link.csv");
  fs::create_directory_symlink("..", root_.path() / "allowed/up");
  root_.Write("allowed/1/2/3/4/deep.csv", "");
  root_.Write("allowed/1/2/3/4/5/deeper.csv", "");
  const auto files = ListCsvFiles(folder(), {});
  ASSERT_TRUE(files.ok());
  EXPECT_THAT(*files, ::testing::ElementsAre("1/2/3/4/deep.csv", "ok.csv", "sub/inner.csv"));
  EXPECT_EQ(ListCsvFiles(folder(), {.max_files = 2})->size(), 2u);
}

}  // namespace
}  // namespace bellwether
