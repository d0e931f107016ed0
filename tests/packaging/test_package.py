"""Tests of the zip that `make package` built: what Grafana and its plugin validator ask of an archive, and that the
executable starts as an unprivileged user where there is nothing else at all: an empty root directory."""

import glob
import hashlib
import json
import os
import pathlib
import re
import select
import shutil
import stat
import subprocess
import tempfile
import time
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = pathlib.Path(os.environ.get("BELLWETHER_PACKAGES", ROOT / "build" / "package"))
PLUGIN_ID = "bellwether-datasource"
UNPRIVILEGED = 472  # the uid of the official Grafana images
SIZE_LIMIT = 20_000_000  # bytes of the stripped executable
START_LIMIT_S = 2.0  # Grafana itself waits far longer; on an idle machine it takes some milliseconds


def magic_cookie() -> dict[str, str]:
    """The name and value by which go-plugin tells a plugin that its host started it."""
    return {"grafana_plugin_type": "datasource"}


class Package(unittest.TestCase):
    """Unpacks the newest zip once for all tests."""

    @classmethod
    def setUpClass(cls):
        archives = sorted(glob.glob(str(PACKAGES / f"{PLUGIN_ID}-*.zip")))
        if not archives:
            raise AssertionError(f"There is no zip in {PACKAGES}. Run make package.")
        cls.archive = pathlib.Path(archives[-1])
        cls.scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.scratch.cleanup)
        cls.empty_root = pathlib.Path(cls.scratch.name)
        cls.empty_root.chmod(0o755)
        subprocess.run(["unzip", "-q", str(cls.archive), "-d", str(cls.empty_root)], check=True)
        cls.plugin_folder = cls.empty_root / PLUGIN_ID
        cls.manifest = json.loads((cls.plugin_folder / "plugin.json").read_text(encoding="utf-8"))
        cls.executable = next(cls.plugin_folder.glob("gpx_bellwether_linux_*"))

    def start(self, environment: dict[str, str], *arguments: str) -> subprocess.Popen:
        """Starts the executable in an empty root directory, as root does it: as uid 472; as another user: in a
        namespace of its own."""
        if os.geteuid() == 0:
            enter = ["chroot", f"--userspec={UNPRIVILEGED}:{UNPRIVILEGED}", str(self.empty_root)]
        else:
            enter = ["unshare", "--user", "--map-root-user", "chroot", str(self.empty_root)]
        command = [*enter, f"/{PLUGIN_ID}/{self.executable.name}", *arguments]
        process = subprocess.Popen(command, env={"PATH": os.environ["PATH"], **environment}, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process: subprocess.Popen) -> None:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


class ArchiveTest(Package):
    def test_has_one_root_folder_named_as_the_plugin(self):
        with zipfile.ZipFile(self.archive) as archive:
            self.assertEqual({name.split("/")[0] for name in archive.namelist()}, {PLUGIN_ID})

    def test_name_carries_version_and_platform(self):
        version = re.escape(self.manifest["info"]["version"])
        self.assertRegex(self.archive.name, rf"^{PLUGIN_ID}-{version}\.linux_(amd64|arm64)\.zip$")

    def test_checksum_beside_it_is_its_own(self):
        said = self.archive.with_name(self.archive.name + ".sha1").read_text(encoding="utf-8").split()
        self.assertEqual(said, [hashlib.sha1(self.archive.read_bytes()).hexdigest(), self.archive.name])

    def test_versions_agree(self):
        cmake = re.search(r"bellwether VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8"))[1]
        package = json.loads((ROOT / "plugin-frontend/datasource/package.json").read_text(encoding="utf-8"))
        self.assertEqual({cmake, package["version"], self.manifest["info"]["version"]}, {cmake})

    def test_holds_what_grafana_and_its_validator_ask_for(self):
        for name in ("module.js", "plugin.json", "README.md", "CHANGELOG.md", "LICENSE"):
            self.assertTrue((self.plugin_folder / name).is_file(), name)
        self.assertEqual(self.manifest["id"], PLUGIN_ID)
        self.assertTrue(self.manifest["backend"])
        for logo in self.manifest["info"]["logos"].values():
            self.assertTrue((self.plugin_folder / logo).is_file(), logo)
        for include in self.manifest.get("includes", []):
            if "path" in include:
                json.loads((self.plugin_folder / include["path"]).read_text(encoding="utf-8"))
        self.assertIn("Apache License", (self.plugin_folder / "LICENSE").read_text(encoding="utf-8"))

    def test_everything_is_readable_and_only_the_executable_is_executable(self):
        for path in self.plugin_folder.rglob("*"):
            mode = stat.S_IMODE(path.stat().st_mode)
            want = 0o755 if path.is_dir() or path == self.executable else 0o644
            self.assertEqual(oct(mode), oct(want), path.name)

    def test_is_built_the_same_twice(self):
        with tempfile.TemporaryDirectory() as again:
            subprocess.run([shutil.which("python3"), str(ROOT / "cmake/scripts/package.py"), "--build",
                            os.environ.get("BELLWETHER_BUILD", str(ROOT / "build/release")), "--output", again],
                           check=True, capture_output=True)
            self.assertEqual((pathlib.Path(again) / self.archive.name).read_bytes(), self.archive.read_bytes())

    def test_names_no_path_of_the_machine_that_built_it(self):
        ours = re.compile(rb"(?<![\w./])" + re.escape(str(ROOT).encode()) + rb"/(?:server|proto|build|cmake)/[\w./-]*")
        self.assertEqual(ours.findall(self.executable.read_bytes()), [])


class ExecutableTest(Package):
    def run_here(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([str(self.executable), *arguments], capture_output=True, text=True, timeout=60, check=False)

    def test_is_static_position_independent_and_stripped(self):
        said = subprocess.run(["file", "-b", str(self.executable)], check=True, capture_output=True, text=True).stdout
        self.assertIn("static-pie linked", said)
        self.assertIn(", stripped", said)

    def test_needs_no_library(self):
        dynamic = subprocess.run(["readelf", "-d", str(self.executable)], check=True, capture_output=True, text=True).stdout
        self.assertNotIn("(NEEDED)", dynamic)

    def test_is_hardened(self):
        headers = subprocess.run(["readelf", "-lW", str(self.executable)], check=True, capture_output=True, text=True).stdout
        dynamic = subprocess.run(["readelf", "-d", str(self.executable)], check=True, capture_output=True, text=True).stdout
        self.assertIn("GNU_RELRO", headers)
        self.assertRegex(headers, r"GNU_STACK\s+\S+ \S+ \S+ \S+ \S+ RW ")
        self.assertRegex(dynamic, r"BIND_NOW|FLAGS_1.*NOW")

    def test_is_small(self):
        self.assertLessEqual(self.executable.stat().st_size, SIZE_LIMIT)

    def test_starts_in_an_empty_root_directory_and_prints_the_handshake(self):
        started = time.monotonic()
        process = self.start({**magic_cookie(), "PLUGIN_PROTOCOL_VERSIONS": "2"})
        ready, _, _ = select.select([process.stdout], [], [], 20)
        self.assertTrue(ready, "no handshake within 20 s")
        line = process.stdout.readline().decode()
        took = time.monotonic() - started
        self.assertRegex(line, r"^1\|2\|(unix|tcp)\|[^|]+\|grpc(\||$)")
        self.assertLess(took, START_LIMIT_S)
        print(f"handshake after {1000 * took:.0f} ms, executable {self.executable.stat().st_size / 1e6:.1f} MB ",
              end="", flush=True)

    def test_a_wrong_cookie_ends_with_a_sentence(self):
        name, = magic_cookie()
        process = self.start({name: "something-else"})
        out, err = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 1)
        self.assertEqual(out, b"", "stdout belongs to the handshake")
        self.assertRegex(err.decode(), r"[A-Z].*\w.*\.")

    def test_answers_without_any_file_of_a_system(self):
        process = self.start({}, "version")
        out, err = process.communicate(timeout=20)
        self.assertEqual((process.returncode, err), (0, b""))
        self.assertIn(self.manifest["info"]["version"], out.decode())

    def test_command_line_is_the_one_in_the_reference(self):
        page = (ROOT / "docs/reference/command-line.md").read_text(encoding="utf-8")
        help_text = self.run_here("--help").stdout
        offered = set(re.findall(r"^  ([a-z]+) {2,}", help_text.split("Subcommands:")[-1], re.M))
        listed = set(re.findall(r"^\| `([a-z]+)` \|", page, re.M))
        self.assertEqual(listed, offered)
        for command, block in re.findall(r"^## ([a-z]+)\n(.*?)(?=^## |\Z)", page, re.S | re.M):
            text = self.run_here(command, "--help").stdout
            for option in set(re.findall(r"--[a-z][a-z-]*", block)):
                self.assertIn(option, text, f"{command} has no {option}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
