#!/usr/bin/env python3
"""Builds the installable zip of the data source for this platform:

    build/package/bellwether-datasource-<version>.<os>_<arch>.zip   with one root folder, bellwether-datasource/
    build/package/bellwether-datasource-<version>.<os>_<arch>.zip.sha1
    build/package/bellwether-datasource/                            the same, unpacked, for Grafana's plugins folder

The archive is reproducible: entries are sorted and carry one fixed time.
"""

import argparse
import hashlib
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLUGIN_ID = "bellwether-datasource"
REQUIRED = ("module.js", "plugin.json", "README.md", "CHANGELOG.md", "LICENSE", "img/logo.svg")
FORBIDDEN = ("standalone.txt", "pid.txt")
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


class PackageError(Exception):
    """Something that must be repaired before there can be a package."""


def project_version() -> str:
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    found = re.search(r"project\(bellwether VERSION ([\d.]+)", text)
    if not found:
        raise PackageError("CMakeLists.txt does not state the project's version.")
    return found[1]


def check_versions(version: str, plugin: dict) -> None:
    package = json.loads((ROOT / "plugin-frontend" / "datasource" / "package.json").read_text(encoding="utf-8"))
    for where, said in (("package.json", package.get("version")), ("plugin.json", plugin.get("info", {}).get("version"))):
        if said != version:
            raise PackageError(f"The version in {where} is {said}, that of CMakeLists.txt is {version}.")
    if plugin.get("id") != PLUGIN_ID:
        raise PackageError(f"plugin.json has the id {plugin.get('id')}, not {PLUGIN_ID}.")


def find_executable(build: pathlib.Path) -> pathlib.Path:
    found = [path for path in build.rglob("bellwether") if path.is_file() and os.access(path, os.X_OK)]
    if len(found) != 1:
        raise PackageError(f"Expected one executable named bellwether under {build}, found {len(found)}. Run make build.")
    return found[0]


def fill(target: pathlib.Path, build: pathlib.Path, system: str) -> str:
    """Lays the plugin out in `target`; returns the version."""
    dist = ROOT / "plugin-frontend" / "datasource" / "dist"
    if not (dist / "module.js").exists():
        raise PackageError(f"{dist} holds no built frontend. Run make build.")
    shutil.copytree(dist, target)
    # The project's own licence and history, where the frontend brings none.
    for name in ("LICENSE", "CHANGELOG.md"):
        if not (target / name).exists():
            shutil.copyfile(ROOT / name, target / name)
    missing = [name for name in REQUIRED if not (target / name).exists()]
    if missing:
        raise PackageError(f"The package would lack {', '.join(missing)}.")
    for name in FORBIDDEN:
        if (target / name).exists():
            raise PackageError(f"The package must not hold {name}.")

    manifest = target / "plugin.json"
    plugin = json.loads(manifest.read_text(encoding="utf-8"))
    version = project_version()
    check_versions(version, plugin)
    for logo in plugin["info"]["logos"].values():
        if not (target / logo).exists():
            raise PackageError(f"plugin.json names {logo}, which is not there.")
    for dashboard in plugin.get("includes", []):
        if "path" in dashboard and not (target / dashboard["path"]).exists():
            raise PackageError(f"plugin.json names {dashboard['path']}, which is not there.")

    executable = target / f"{plugin['executable']}_{system}"
    shutil.copyfile(find_executable(build), executable)
    subprocess.run(["strip", "--strip-all", str(executable)], check=True)
    for path in [target, *target.rglob("*")]:
        path.chmod(0o755 if path.is_dir() or path == executable else 0o644)
    return version


def pack(folder: pathlib.Path, archive: pathlib.Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as sink:
        for path in [folder, *sorted(folder.rglob("*"))]:
            name = str(path.relative_to(folder.parent)) + ("/" if path.is_dir() else "")
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix, so that the modes are kept
            entry.external_attr = (path.stat().st_mode & 0xFFFF) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            sink.writestr(entry, b"" if path.is_dir() else path.read_bytes())
    digest = hashlib.sha1(archive.read_bytes()).hexdigest()
    archive.with_name(archive.name + ".sha1").write_text(f"{digest}  {archive.name}\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="Builds the plugin's zip for this platform.")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "build" / "package")
    options = parser.parse_args()
    system = f"linux_{ARCHITECTURES.get(platform.machine(), platform.machine())}"
    target = options.output / PLUGIN_ID
    shutil.rmtree(options.output, ignore_errors=True)
    options.output.mkdir(parents=True)
    try:
        version = fill(target, options.build, system)
    except PackageError as error:
        print(f"package: {error}", file=sys.stderr)
        return 1
    archive = options.output / f"{PLUGIN_ID}-{version}.{system}.zip"
    pack(target, archive)
    size = archive.stat().st_size
    print(f"package: {archive.relative_to(ROOT) if ROOT in archive.parents else archive} ({size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
