#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <string>

#include "server/plugin/handshake/handshake_line.h"
#include "server/plugin/handshake/plugin_environment.h"
#include "server/plugin/handshake/unix_socket.h"

namespace bellwether {
namespace {

PluginEnvironment Environment(const std::map<std::string, std::string>& variables) {
  return ReadPluginEnvironment([&variables](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

TEST(HandshakeTest, LineHasFiveFieldsUnlessMultiplexingIsAskedFor) {
  EXPECT_EQ(HandshakeLine({"tcp", "127.0.0.1:45123"}, false), "1|2|tcp|127.0.0.1:45123|grpc\n");
  EXPECT_EQ(HandshakeLine({"unix", "/tmp/plugin1"}, true), "1|2|unix|/tmp/plugin1|grpc||false\n");
}

TEST(HandshakeTest, StdoutIsReplacedAfterTheLine) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  ASSERT_TRUE(SendHandshake(ends[1], "line\n").ok());
  // The host's end sees the line and then the end of the stream, however much is printed later.
  const std::string later(1 << 20, 'x');
  EXPECT_EQ(write(ends[1], later.data(), later.size()), static_cast<ssize_t>(later.size()));
  char buffer[64] = {};
  EXPECT_EQ(read(ends[0], buffer, sizeof(buffer)), 5);
  EXPECT_STREQ(buffer, "line\n");
  EXPECT_EQ(read(ends[0], buffer, sizeof(buffer)), 0);
  close(ends[0]);
  close(ends[1]);
}

TEST(HandshakeTest, ReadsTheEnvironment) {
  const PluginEnvironment environment = Environment({{"grafana_plugin_type", "datasource"},
                                                     {"PLUGIN_PROTOCOL_VERSIONS", "1,2"},
                                                     {"PLUGIN_MULTIPLEX_GRPC", "true"},
                                                     {"PLUGIN_UNIX_SOCKET_DIR", "/run/x"},
                                                     {"PLUGIN_UNIX_SOCKET_GROUP", "grafana"},
                                                     {"GF_CONCURRENT_QUERY_COUNT", "7"}});
  EXPECT_TRUE(environment.cookie_present);
  EXPECT_TRUE(environment.asks_for_multiplexing);
  EXPECT_EQ(environment.unix_socket_dir, "/run/x");
  EXPECT_EQ(environment.unix_socket_group, "grafana");
  EXPECT_EQ(environment.concurrent_queries, 7u);
  EXPECT_TRUE(CheckProtocolVersion(environment).ok());
}

TEST(HandshakeTest, NeedsTheCookieOfADataSource) {
  EXPECT_FALSE(Environment({}).cookie_present);
  EXPECT_FALSE(Environment({{"grafana_plugin_type", "panel"}}).cookie_present);
  EXPECT_FALSE(Environment({{"grafana_plugin_type", ""}}).cookie_present);
}

TEST(HandshakeTest, NeedsProtocolVersionTwo) {
  const struct {
    const char* versions;
    bool ok;
  } cases[] = {{"", true},   {"2", true},      {"1,2", true}, {" 1, 2 ,3", true},
               {"1", false}, {"12,22", false}, {",", false}};
  for (const auto& c : cases) {
    EXPECT_EQ(CheckProtocolVersion(Environment({{"PLUGIN_PROTOCOL_VERSIONS", c.versions}})).ok(), c.ok) << c.versions;
  }
}

TEST(HandshakeTest, IgnoresUnusableQueryCounts) {
  for (const char* count : {"", "0", "-3", "many", "1001", "99999999999999999999", "3.5"}) {
    EXPECT_FALSE(Environment({{"GF_CONCURRENT_QUERY_COUNT", count}}).concurrent_queries.has_value()) << count;
  }
}

class SocketFolder {
 public:
  SocketFolder() : path_(testing::TempDir() + "bwXXXXXX") { EXPECT_NE(mkdtemp(path_.data()), nullptr); }
  ~SocketFolder() { rmdir(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(HandshakeTest, SocketPathsAreNewAndFit) {
  const SocketFolder folder;
  const auto first = NewSocketPath(folder.path());
  const auto second = NewSocketPath(folder.path());
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_NE(*first, *second);
  EXPECT_EQ(first->rfind(folder.path() + "/plugin", 0), 0u);
  EXPECT_EQ(NewSocketPath(folder.path() + "/missing").status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(HandshakeTest, SocketIsSharedWithTheGroup) {
  const SocketFolder folder;
  const std::string path = *NewSocketPath(folder.path());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  ASSERT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_TRUE(ShareSocket(path, std::to_string(getgid())).ok());
  struct stat found {};
  ASSERT_EQ(stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0660u);
  EXPECT_EQ(found.st_gid, getgid());
  EXPECT_EQ(ShareSocket(path, "no such group").code(), absl::StatusCode::kFailedPrecondition);
  close(fd);
  unlink(path.c_str());
}

}  // namespace
}  // namespace bellwether
