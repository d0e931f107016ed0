#include "server/connectors/csv/file_access.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"

namespace bellwether {
namespace {

constexpr size_t kMaxPathBytes = 1024;
constexpr size_t kMaxComponents = 32;
constexpr size_t kMaxEntriesVisited = 100'000;

absl::Status Downstream(absl::Status status) { return WithOrigin(std::move(status), Origin::kDownstream); }

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

absl::StatusOr<Descriptor> OpenFolder(const std::string& folder) {
  if (folder.empty()) {
    return Downstream(
        absl::PermissionDeniedError("Reading CSV files is switched off. Ask the administrator to set the CSV folder in "
                                    "the data source's settings."));
  }
  if (folder.front() != '/') {
    return Downstream(absl::InvalidArgumentError(
        absl::StrCat("The CSV folder \"", folder, "\" is not an absolute path. Give it in the settings from / on.")));
  }
  Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) {
    return Downstream(absl::UnavailableError(absl::StrCat(
        "The CSV folder \"", folder, "\" cannot be opened. Check that it exists and that the plugin may read it.")));
  }
  return fd;
}

absl::Status BadPath(std::string_view path, std::string_view why) {
  return BadQueryError(
      absl::StrCat("source.file \"", std::string(path), "\" ", std::string(why),
                   ". Give the path of a CSV file below the allowed folder, such as shop/revenue.csv."));
}

absl::StatusOr<std::vector<std::string>> SplitPath(std::string_view whole) {
  std::string_view path = whole;
  if (path.empty()) {
    return BadQueryError("source.file is empty. Name a CSV file below the allowed folder.");
  }
  if (path.find('\0') != std::string_view::npos) {
    return BadQueryError("source.file holds a NUL character. Name a CSV file below the allowed folder.");
  }
  if (path.size() > kMaxPathBytes) {
    return BadPath(absl::StrCat(std::string(path.substr(0, 40)), "…"), "is too long");
  }
  if (path.front() == '/') {
    return BadPath(whole, "is an absolute path");
  }
  std::vector<std::string> components;
  while (!path.empty()) {
    const size_t slash = std::min(path.find('/'), path.size());
    const std::string_view component = path.substr(0, slash);
    if (component == "..") {
      return BadPath(whole, "leaves the folder through \"..\"");
    }
    if (!component.empty() && component != ".") {
      components.emplace_back(component);
    }
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  if (components.empty() || components.size() > kMaxComponents) {
    return BadPath(whole, "names no file");
  }
  return components;
}

absl::Status OpenError(int error, std::string_view path) {
  const std::string quoted = absl::StrCat("The file \"", std::string(path), "\" ");
  switch (error) {
    case ENOENT:
      return Downstream(absl::NotFoundError(
          absl::StrCat(quoted, "does not exist in the CSV folder. Check the spelling or pick one from the list.")));
    case ENOTDIR:
      return Downstream(absl::NotFoundError(
          absl::StrCat(quoted, "does not exist: a part of its path is not a folder. Pick one from the list.")));
    case ENAMETOOLONG:
      return BadPath(path, "is too long");
    case EACCES:
    case EPERM:
      return Downstream(absl::PermissionDeniedError(
          absl::StrCat(quoted, "may not be read by the plugin. Ask the administrator to grant the right to read it.")));
    default:
      return Downstream(absl::UnavailableError(absl::StrCat(quoted, "cannot be opened now. Try again later.")));
  }
}

absl::Status RefuseLink(mode_t mode, std::string_view path, std::string_view component) {
  if (S_ISLNK(mode)) {
    return Downstream(absl::PermissionDeniedError(
        absl::StrCat("source.file \"", std::string(path), "\" goes through the symbolic link \"",
                     std::string(component), "\". Links are not followed; put the file itself into the CSV folder.")));
  }
  return absl::OkStatus();
}

bool IsCsvName(std::string_view name) {
  if (name.size() < 5 || name.front() == '.') {
    return false;
  }
  const std::string_view suffix = name.substr(name.size() - 4);
  return suffix[0] == '.' && absl::ascii_tolower(static_cast<unsigned char>(suffix[1])) == 'c' &&
         absl::ascii_tolower(static_cast<unsigned char>(suffix[2])) == 's' &&
         absl::ascii_tolower(static_cast<unsigned char>(suffix[3])) == 'v';
}

struct Walk {
  CsvListBounds bounds;
  size_t visited = 0;
  std::vector<std::string> files;

  bool full() const { return files.size() >= bounds.max_files || visited >= kMaxEntriesVisited; }

  void Visit(Descriptor fd, const std::string& prefix, size_t depth) {
    const std::unique_ptr<DIR, int (*)(DIR*)> dir(::fdopendir(fd.get()), &::closedir);
    if (dir == nullptr) {
      return;  // Unreadable folders are left out; `fd` closes itself.
    }
    const int dir_fd = fd.release();  // `dir` owns it now.
    while (const dirent* entry = full() ? nullptr : ::readdir(dir.get())) {
      ++visited;
      const std::string name = entry->d_name;
      struct stat info {};
      if (name.front() == '.' || ::fstatat(dir_fd, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
        continue;
      }
      if (S_ISREG(info.st_mode) && IsCsvName(name)) {
        files.push_back(prefix + name);
      } else if (S_ISDIR(info.st_mode) && depth < bounds.max_depth) {
        Descriptor child(::openat(dir_fd, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (child.get() >= 0) {
          Visit(std::move(child), absl::StrCat(prefix, name, "/"), depth + 1);
        }
      }
    }
  }
};

}  // namespace

ReadOnlyFile::~ReadOnlyFile() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

absl::StatusOr<size_t> ReadOnlyFile::ReadAt(uint64_t offset, std::span<char> buffer) const {
  while (true) {
    const ssize_t got = ::pread(fd_, buffer.data(), buffer.size(), static_cast<off_t>(offset));
    if (got >= 0) {
      return static_cast<size_t>(got);
    }
    if (errno != EINTR) {
      return Downstream(absl::UnavailableError("The file cannot be read to its end. Check the disk and try again."));
    }
  }
}

absl::StatusOr<ReadOnlyFile> OpenBeneath(const std::string& folder, std::string_view path) {
  BELLWETHER_ASSIGN_OR_RETURN(Descriptor parent, OpenFolder(folder));
  BELLWETHER_ASSIGN_OR_RETURN(const std::vector<std::string> components, SplitPath(path));
  for (size_t i = 0; i < components.size(); ++i) {
    const bool last = i + 1 == components.size();
    const char* name = components[i].c_str();
    // Looked at before it is opened: opening a device can already have effects.
    struct stat info {};
    if (::fstatat(parent.get(), name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
      return OpenError(errno, path);
    }
    BELLWETHER_RETURN_IF_ERROR(RefuseLink(info.st_mode, path, components[i]));
    if (last && !S_ISREG(info.st_mode)) {
      return BadPath(path, S_ISDIR(info.st_mode) ? "is a folder" : "is not a regular file");
    }
    const int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (last ? 0 : O_DIRECTORY);
    Descriptor child(::openat(parent.get(), name, flags));
    if (child.get() < 0) {
      return OpenError(errno, path);
    }
    parent = std::move(child);
  }
  // Once more on what was really opened: the entry may have been exchanged in between.
  struct stat info {};
  if (::fstat(parent.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return BadPath(path, "is not a regular file");
  }
  return ReadOnlyFile(parent.release(), static_cast<uint64_t>(info.st_size));
}

absl::StatusOr<std::vector<std::string>> ListCsvFiles(const std::string& folder, const CsvListBounds& bounds) {
  BELLWETHER_ASSIGN_OR_RETURN(Descriptor fd, OpenFolder(folder));
  Walk walk{bounds, 0, {}};
  walk.Visit(std::move(fd), "", 0);
  std::sort(walk.files.begin(), walk.files.end());
  return walk.files;
}

}  // namespace bellwether
