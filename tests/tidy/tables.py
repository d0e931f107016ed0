"""What the repository allows, as data. ARCHITECTURE.md explains it; a self-test holds the two together."""

# Module -> modules whose headers it may include (its own always). A star: only headers directly in that folder,
# which are the interface; concrete subfolders are named by app alone.
LAYERS: dict[str, set[str]] = {
    "base": set(),
    "telemetry": {"base"},
    "frame": {"base"},
    "analytics": {"base"},
    "connectors": {"http", "frame", "telemetry", "base"},
    "query": {"connectors*", "analytics", "frame", "telemetry", "base"},
    "plugin": {"query", "frame", "telemetry", "base"},
    "app": {"plugin", "query", "connectors", "analytics", "frame", "telemetry", "base"},
}

# First path component (or whole name) of a third-party header -> modules that may include it. Only app, which wires
# everything, and the named modules know a library.
THIRD_PARTY: dict[str, set[str]] = {
    "absl": set(LAYERS),
    "Eigen": {"analytics"},
    "flatbuffers": {"frame"},
    "nlohmann": {"telemetry", "frame", "connectors", "query", "plugin", "app"},
    "spdlog": {"telemetry"},
    "fmt": {"telemetry"},
    "prometheus": {"telemetry"},
    "sqlite3.h": {"connectors"},
    "libpq-fe.h": {"connectors"},
    "curl": {"http"},
    "grpc": {"plugin"},
    "grpcpp": {"plugin"},
    "google": {"plugin"},
    "proto": {"plugin"},
    "CLI": {"app"},
}

# A header that includes one of these may itself be included only from its own module.
HEAVY = {"Eigen", "flatbuffers", "nlohmann", "grpc", "grpcpp", "google", "proto", "CLI", "sqlite3.h", "curl"}

# Standard and system headers that a module must not include: these modules do no I/O and read no clock.
FORBIDDEN_STANDARD: dict[str, set[str]] = {
    module: {"chrono", "ctime", "filesystem", "fstream", "iostream", "thread", "time.h", "unistd.h", "fcntl.h"}
    for module in ("analytics", "frame")
}

# Calls that read the clock, the environment or a random device: injected everywhere else.
AMBIENT_CALLS = (r"\babsl::Now\(", r"\b(?:std::)?getenv\(", r"\bstd::random_device\b", r"\b(?:std::)?rand\(\)",
                 r"\bsystem_clock::now\(", r"\babsl::GetCurrentTimeNanos\(")
AMBIENT_MODULES = {"app", "base"}
# gRPC's deadlines are points of the system clock, so its adapter compares with that clock.
AMBIENT_EXCEPTIONS = {"plugin": {r"\bsystem_clock::now\("}}

# What may stand at the top of the repository.
ROOT_ENTRIES = {
    ".ci", ".clang-format", ".clang-tidy", ".editorconfig", ".gitattributes", ".gitignore", ".prettierrc",
    ".prettierignore", "ARCHITECTURE.md", "CHANGELOG.md", "CMakeLists.txt", "CMakePresets.json", "CONTRIBUTING.md",
    "LICENSE", "Makefile", "README.md", "cmake", "dashboards", "docker-compose.yaml", "docs", "plugin-frontend", "proto",
    "provisioning", "server", "tests",
}

MAX_LINES = 800
MAX_MODULE_README_LINES = 30
