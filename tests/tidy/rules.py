"""The rules: each takes a tree ({path: text} of the repository's files) and yields its violations."""

import fnmatch
import json
import posixpath
import re
from collections.abc import Iterator

import tables

Tree = dict[str, str]
Violation = tuple[str, int, str]  # path, line (0 = the file as a whole), sentence

CODE = (".h", ".cc", ".ts", ".tsx", ".js", ".cjs", ".mjs", ".go", ".py", ".sh", ".proto", ".cmake")
TEXT = CODE + (".md", ".json", ".yaml", ".yml", ".txt", "Makefile")
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)')


def _lines(text: str) -> Iterator[tuple[int, str]]:
    yield from enumerate(text.splitlines(), 1)


def _server(tree: Tree) -> Iterator[tuple[str, str, str]]:
    for path, text in tree.items():
        if path.startswith("server/") and path.endswith((".h", ".cc")) and path.count("/") >= 2:
            yield path, path.split("/")[1], text


def _is_data(path: str) -> bool:
    return path.startswith("tests/golden/") or "/corpus/" in path or path.endswith("package-lock.json") \
        or path.endswith("go.sum") or path == "LICENSE"


def layers(tree: Tree) -> Iterator[Violation]:
    """A module includes only what its row of the layer table lists."""
    for path, module, text in _server(tree):
        if module not in tables.LAYERS:
            yield path, 0, f"module {module} is not in the layer table (tests/tidy/tables.py)"
            continue
        allowed = tables.LAYERS[module]
        for number, line in _lines(text):
            match = INCLUDE.match(line)
            target = match and (match[1] or match[2])
            if not target or not target.startswith(("server/", "tests/")):
                continue
            if target.startswith("tests/"):
                yield path, number, f"the product includes a test header: {target}"
                continue
            parts = target.split("/")
            if len(parts) < 3:
                yield path, number, f"{target} belongs to no module"
            elif parts[1] != module and parts[1] not in allowed:
                if f"{parts[1]}*" not in allowed:
                    yield path, number, f"{module} may not include {parts[1]}: {target}"
                elif len(parts) > 3:
                    yield path, number, f"{module} may include only the interface headers of {parts[1]}: {target}"
            elif module == parts[1] == "connectors" and len(parts) > 3 and path.split("/")[2] != parts[2]:
                yield path, number, f"a connector knows no other connector: {target}"


def third_party(tree: Tree) -> Iterator[Violation]:
    """A library is included only by the modules that the table names, and does not leak through their headers."""
    heavy: dict[str, tuple[str, str]] = {}
    for path, module, text in _server(tree):
        for number, line in _lines(text):
            match = INCLUDE.match(line)
            target = match and (match[1] or match[2])
            if not target or target.startswith(("server/", "tests/")):
                continue
            first = target.split("/")[0]
            if first in tables.HEAVY and path.endswith(".h"):
                heavy[path] = (module, first)
            if first in tables.THIRD_PARTY:
                if module not in tables.THIRD_PARTY[first]:
                    yield path, number, f"{module} may not use <{first}>: {target}"
            elif target in tables.FORBIDDEN_STANDARD.get(module, ()):
                yield path, number, f"{module} does no I/O and reads no clock, so not <{target}>"
            elif match[1] and not target.endswith((".pb.h", ".fbs.h", "_generated.h")):
                yield path, number, f"includes are repo-rooted; unknown header {target}"
            elif target.endswith(".pb.h") and module != "plugin":
                yield path, number, f"only plugin includes generated protobuf headers: {target}"
    for path, module, text in _server(tree):
        for number, line in _lines(text):
            match = INCLUDE.match(line)
            if match and match[1] in heavy and heavy[match[1]][0] != module:
                yield path, number, f"{match[1]} brings in <{heavy[match[1]][1]}>: it is for its own module only"


def ambient(tree: Tree) -> Iterator[Violation]:
    """Time, environment and randomness are injected; only app and base reach for them."""
    for path, module, text in _server(tree):
        if module in tables.AMBIENT_MODULES:
            continue
        for number, line in _lines(text):
            code = line.split("//")[0]
            for pattern in tables.AMBIENT_CALLS:
                if re.search(pattern, code) and pattern not in tables.AMBIENT_EXCEPTIONS.get(module, ()):
                    yield path, number, f"{module} must take this from its caller: {code.strip()}"


def length(tree: Tree) -> Iterator[Violation]:
    """No source file is longer than MAX_LINES."""
    for path, text in tree.items():
        lines = text.count("\n")
        if path.endswith(CODE) and not _is_data(path) and lines > tables.MAX_LINES:
            yield path, 0, f"{lines} lines; {tables.MAX_LINES} at most: split it by reason to change"


def dead_tests(tree: Tree) -> Iterator[Violation]:
    """Every test file is built and run, and none is switched off."""
    cmake = {path: re.sub(r"#.*", "", text) for path, text in tree.items()
             if posixpath.basename(path) == "CMakeLists.txt" or path.endswith(".cmake")}
    go_roots = [posixpath.dirname(path) for path in tree if posixpath.basename(path) == "go.mod"]
    packages = [posixpath.dirname(path) for path, text in tree.items()
                if posixpath.basename(path) == "package.json" and '"test"' in text]
    for path, text in tree.items():
        folder, name = posixpath.split(path)
        if name.endswith(("_test.cc", "_fuzz.cc", "_bench.cc")):
            built = any(folder == posixpath.dirname(file) or folder.startswith(posixpath.dirname(file) + "/")
                        for file, content in cmake.items()
                        if re.search(rf"(?<![\w/-]){re.escape(posixpath.relpath(path, posixpath.dirname(file)))}\b",
                                     content)
                        or (folder == posixpath.dirname(file)
                            and (re.search(rf"\b{re.escape(name[:-3])}\b", content)
                                 or any(fnmatch.fnmatch(name, glob) for glob in re.findall(r"\*_\w+\.cc", content)))))
            if not built:
                yield path, 0, "no CMakeLists.txt builds this test"
            for number, line in _lines(text):
                if re.search(r"\bTEST(?:_F|_P)?\s*\([^)]*\bDISABLED_", line) or "GTEST_SKIP_(" in line:
                    yield path, number, "a disabled test is deleted or repaired"
        elif name.endswith(("_test.go",)):
            if not any(folder == root or folder.startswith(root + "/") for root in go_roots):
                yield path, 0, "lies in no Go module, so no command runs it"
            if re.search(r"^//go:build ignore", text, re.M):
                yield path, 0, "is excluded from the build"
        elif re.search(r"\.(?:test|spec)\.(?:ts|tsx|js|mjs|cjs)$", name):
            if not any(folder == root or folder.startswith(root + "/") for root in packages):
                yield path, 0, "lies in no package with a test script, so no command runs it"
            for number, line in _lines(text):
                if re.search(r"\b(?:it|test|describe)\.(?:only|skip)\(|\b(?:xit|xdescribe|fdescribe)\(", line):
                    yield path, number, "a test that is skipped, or skips the others"


def _anchors(text: str) -> set[str]:
    found = set()
    for line in text.splitlines():
        if line.startswith("#"):
            title = re.sub(r"[`*_]|\[([^\]]*)\]\([^)]*\)", r"\1", line.lstrip("#").strip())
            found.add(re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-"))
    return found


def documents(tree: Tree) -> Iterator[Violation]:
    """Links and files named in Markdown exist, and so do the make targets it mentions."""
    folders = {posixpath.dirname(path) for path in tree}
    for folder in list(folders):
        while folder:
            folders.add(folder)
            folder = posixpath.dirname(folder)
    known = set(tree) | folders
    tops = {path.split("/")[0] for path in tree if "/" in path}
    targets = set(re.findall(r"^([a-z0-9-]+):", tree.get("Makefile", ""), re.M))
    for path, text in tree.items():
        if not path.endswith(".md") or _is_data(path):
            continue
        prose = re.sub(r"^```.*?^```", lambda block: "\n" * block[0].count("\n"), text, flags=re.S | re.M)
        for number, line in _lines(prose):
            for target in re.findall(r"\]\(([^)\s]+)\)", line):
                if re.match(r"[a-z]+:", target):
                    continue
                file, _, anchor = target.partition("#")
                resolved = posixpath.normpath(posixpath.join(posixpath.dirname(path), file)) if file else path
                if resolved not in known:
                    yield path, number, f"broken link: {target}"
                elif anchor and resolved.endswith(".md") and anchor not in _anchors(tree[resolved]):
                    yield path, number, f"no such heading: {target}"
            for named in re.findall(r"`([\w.*/-]+/[\w.*/-]*)`", line):
                relative = posixpath.normpath(posixpath.join(posixpath.dirname(path), named))
                if named.split("/")[0] in tops and "/dist/" not in named and named.rstrip("/") not in known and relative not in known \
                        and not fnmatch.filter(known, named):
                    yield path, number, f"names a file that is not there: {named}"
        for number, line in _lines(text):
            for target in re.findall(r"(?:^|`|\$ |&& )make ([a-z][a-z0-9-]*)", line):
                if targets and target not in targets:
                    yield path, number, f"the Makefile has no target {target}"


def _schema_words(node: object) -> Iterator[str]:
    """Every property name and every allowed word of a JSON Schema."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "properties":
                yield from value
            if key == "enum":
                yield from (word for word in value if isinstance(word, str) and re.match(r"\w", word))
            yield from _schema_words(value)
    elif isinstance(node, list):
        for value in node:
            yield from _schema_words(value)


def contract_document(tree: Tree) -> Iterator[Violation]:
    """The query reference names every field and every allowed word of the contract; examples in documents are JSON."""
    page, schema = "docs/reference/query.md", tree.get("proto/contract/query.schema.json")
    if schema is not None and page in tree:
        for word in sorted(set(_schema_words(json.loads(schema)))):
            if not re.search(rf'[`"]{re.escape(word)}[`"]', tree[page]):
                yield page, 0, f"does not name `{word}`, which the contract has"
    for path, text in tree.items():
        if path.endswith(".md"):
            for block in re.finditer(r"^ *```json\n(.*?)^ *```", text, re.S | re.M):
                try:
                    json.loads(block[1])
                except ValueError as error:
                    yield path, text.count("\n", 0, block.start()) + 1, f"example is not JSON: {error}"


def module_readmes(tree: Tree) -> Iterator[Violation]:
    """Each module folder has a README of at most MAX_MODULE_README_LINES lines."""
    for module in sorted({module for _, module, _ in _server(tree)}):
        path = f"server/{module}/README.md"
        if path not in tree:
            yield path, 0, "is missing: purpose, what the module may depend on, how to add one more"
        elif tree[path].count("\n") > tables.MAX_MODULE_README_LINES:
            yield path, 0, f"{tree[path].count(chr(10))} lines; {tables.MAX_MODULE_README_LINES} at most"


def header_comments(tree: Tree) -> Iterator[Violation]:
    """In headers, every class, struct, enum and free function at namespace scope has a comment, alone or as a group."""
    declaration = re.compile(r"^(?:template\s*<.*>\s*)?(?:class|struct|enum class)\s+\w+[^;]*\{|"
                             r"^(?:\[\[nodiscard\]\]|inline|constexpr|template|[A-Za-z_:<>,&* ]+\s)\s*.*\w+\(.*")
    for path, _, text in _server(tree):
        if not path.endswith(".h"):
            continue
        if "#pragma once" not in text:
            yield path, 0, "lacks #pragma once"
        lines = text.splitlines()
        for index, line in enumerate(lines):
            if not declaration.match(line) or line.startswith(("#", "//", "namespace", "using", "}", " ", "friend")):
                continue
            previous = index - 1
            while previous >= 0 and re.match(r"^(?:template\b.*|\[\[nodiscard\]\]|struct \w+;)$", lines[previous]):
                previous -= 1
            above = lines[previous] if previous >= 0 else ""
            statement = line
            for follow in lines[index + 1:index + 6]:
                if re.search(r"[;{]", statement.split("//")[0]):
                    break
                statement += follow
            grouped = above.rstrip().endswith(";") or "///<" in above  # second of a block without a blank line
            if not (above.startswith(("//", " */")) or "///<" in statement or grouped):
                yield path, index + 1, f"no /// comment above: {line.strip()[:80]}"


def names(tree: Tree) -> Iterator[Violation]:
    """No file or folder has a name that says nothing, and nothing new stands at the top."""
    vague = re.compile(r"(?:^|[_.-])(?:utils?|commons?|helpers?|misc)(?:[_.-]|$)", re.I)
    tops = set()
    for path in tree:
        tops.add(path.split("/")[0])
        if path.startswith(("server/", "plugin-frontend/", "tests/", "proto/", "cmake/")):
            for part in path.split("/"):
                if vague.search(part):
                    yield path, 0, f"{part} says nothing: name it after what it holds"
                    break
        if path.startswith(("server/", "tests/")) and path.endswith((".cc", ".h")) \
                and not re.fullmatch(r"[a-z0-9_/.-]+", path):
            yield path, 0, "C++ files are snake_case"
    for top in sorted(tops - tables.ROOT_ENTRIES):
        yield top, 0, "does not belong at the top of the repository"


def leftovers(tree: Tree) -> Iterator[Violation]:
    """No path of somebody's machine, no open task without a link, no conflict marker."""
    machine = re.compile(r"(?<![\w.~:/-])/(?:" + "|".join(("wo" + "rk", "ro" + "ot")) + r")/\w")
    task = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b(?!.*https?://)")
    for path, text in tree.items():
        if not path.endswith(TEXT) or _is_data(path):
            continue
        for number, line in _lines(text):
            if machine.search(line):
                yield path, number, f"path of a machine: {line.strip()[:100]}"
            if task.search(line):
                yield path, number, f"open task without a link: {line.strip()[:100]}"
            if re.match(r"(?:<{7}|>{7}) ", line):
                yield path, number, "conflict marker"


ALL = (layers, third_party, ambient, length, dead_tests, documents, contract_document, module_readmes,
       header_comments, names, leftovers)
