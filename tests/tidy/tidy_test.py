#!/usr/bin/env python3
"""Every rule is shown a tree that breaks it, and one that does not: a check that cannot fail is worth nothing."""

import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import proto_lint  # noqa: E402  (the folder must be on the path first)
import rules  # noqa: E402
import tables  # noqa: E402


def broken(rule, tree: dict[str, str]) -> list[str]:
    return [f"{path}:{line}" for path, line, _ in rule(tree)]


class LayersTest(unittest.TestCase):
    def test_reports_an_include_that_the_table_forbids(self):
        tree = {"server/analytics/a.cc": '#include "server/base/time/clock.h"\n#include "server/frame/frame.h"\n'}
        self.assertEqual(broken(rules.layers, tree), ["server/analytics/a.cc:2"])

    def test_lets_query_see_the_connector_interface_but_no_concrete_one(self):
        tree = {"server/query/q.cc": '#include "server/connectors/connector.h"\n#include "server/connectors/csv/csv.h"\n'}
        self.assertEqual(broken(rules.layers, tree), ["server/query/q.cc:2"])

    def test_reports_a_connector_that_knows_another(self):
        tree = {"server/connectors/csv/a.cc": '#include "server/connectors/demo/demo.h"\n'}
        self.assertEqual(broken(rules.layers, tree), ["server/connectors/csv/a.cc:1"])

    def test_reports_an_unknown_module_and_a_test_header(self):
        tree = {"server/magic/a.cc": "", "server/base/b.cc": '#include "tests/support/fake.h"\n'}
        self.assertEqual(broken(rules.layers, tree), ["server/magic/a.cc:0", "server/base/b.cc:1"])

    def test_lets_app_see_everything(self):
        tree = {"server/app/main.cc": "".join(f'#include "server/{m}/x/y.h"\n' for m in tables.LAYERS)}
        self.assertEqual(broken(rules.layers, tree), [])

    def test_table_has_no_cycle(self):
        done: set[str] = set()
        waiting = {module: {name.rstrip("*") for name in row} & set(tables.LAYERS)
                   for module, row in tables.LAYERS.items()}
        while waiting:
            ready = [module for module, row in waiting.items() if row <= done]
            self.assertTrue(ready, f"cycle among {sorted(waiting)}")
            for module in ready:
                done.add(module)
                del waiting[module]

    def test_architecture_document_shows_the_same_table(self):
        text = (pathlib.Path(__file__).resolve().parents[2] / "ARCHITECTURE.md").read_text(encoding="utf-8")
        shown = {}
        for name, row in re.findall(r"^\| L\d \| `(\w+)` \| ([^|]*) \|", text, re.M):
            shown[name] = {word for word in re.findall(r"`([\w*]+)`", row)}
        want = {module: {name for name in row if name.rstrip("*") in tables.LAYERS}
                for module, row in tables.LAYERS.items() if module != "app"}
        shown.pop("app", None)
        self.assertEqual(shown, want)


class ThirdPartyTest(unittest.TestCase):
    def test_reports_a_library_in_the_wrong_module(self):
        tree = {"server/query/q.cc": "#include <Eigen/Dense>\n#include <grpcpp/grpcpp.h>\n",
                "server/analytics/a.cc": "#include <Eigen/Dense>\n"}
        self.assertEqual(broken(rules.third_party, tree), ["server/query/q.cc:1", "server/query/q.cc:2"])

    def test_reports_files_and_clocks_in_analytics(self):
        tree = {"server/analytics/a.cc": "#include <cmath>\n#include <fstream>\n#include <chrono>\n"}
        self.assertEqual(broken(rules.third_party, tree), ["server/analytics/a.cc:2", "server/analytics/a.cc:3"])

    def test_reports_an_include_that_is_not_repo_rooted(self):
        self.assertEqual(broken(rules.third_party, {"server/base/a.cc": '#include "clock.h"\n'}), ["server/base/a.cc:1"])

    def test_reports_generated_protobuf_outside_plugin(self):
        tree = {"server/query/q.cc": '#include "backend.pb.h"\n', "server/plugin/p.cc": '#include "backend.pb.h"\n'}
        self.assertEqual(broken(rules.third_party, tree), ["server/query/q.cc:1"])

    def test_reports_a_library_that_leaks_through_a_header(self):
        tree = {"server/connectors/json_text.h": "#include <nlohmann/json.hpp>\n",
                "server/connectors/csv/c.cc": '#include "server/connectors/json_text.h"\n',
                "server/query/q.cc": '#include "server/connectors/json_text.h"\n'}
        self.assertEqual(broken(rules.third_party, tree), ["server/query/q.cc:1"])


class AmbientTest(unittest.TestCase):
    def test_reports_the_clock_outside_app_and_base(self):
        tree = {"server/query/q.cc": "auto now = absl::Now();\n// absl::Now() is injected\n",
                "server/app/main.cc": "auto now = absl::Now();\n"}
        self.assertEqual(broken(rules.ambient, tree), ["server/query/q.cc:1"])


class LengthTest(unittest.TestCase):
    def test_reports_a_file_past_the_limit(self):
        tree = {"server/base/a.cc": "\n" * (tables.MAX_LINES + 1), "server/base/b.cc": "\n" * tables.MAX_LINES,
                "tests/golden/c.py": "\n" * 5000}
        self.assertEqual(broken(rules.length, tree), ["server/base/a.cc:0"])


class DeadTestsTest(unittest.TestCase):
    def test_reports_a_test_that_no_cmake_file_builds(self):
        tree = {"tests/unit/base/CMakeLists.txt": "bellwether_test(base_test SOURCES a_test.cc\n# b_test.cc\n)",
                "tests/unit/base/a_test.cc": "", "tests/unit/base/b_test.cc": "",
                "tests/unit/base/data_test.cc": ""}
        self.assertEqual(broken(rules.dead_tests, tree), ["tests/unit/base/b_test.cc:0", "tests/unit/base/data_test.cc:0"])

    def test_accepts_a_test_that_a_parent_folder_builds(self):
        tree = {"tests/unit/base/CMakeLists.txt": "SOURCES time/a_test.cc", "tests/unit/base/time/a_test.cc": ""}
        self.assertEqual(broken(rules.dead_tests, tree), [])

    def test_reports_a_disabled_test(self):
        tree = {"tests/unit/a/CMakeLists.txt": "a_test.cc", "tests/unit/a/a_test.cc": "TEST(A, DISABLED_Works) {}\n"}
        self.assertEqual(broken(rules.dead_tests, tree), ["tests/unit/a/a_test.cc:1"])

    def test_reports_typescript_and_go_tests_that_nothing_runs(self):
        tree = {"plugin-frontend/x/package.json": '{"scripts": {"test": "jest"}}',
                "plugin-frontend/x/src/a.test.ts": "it.only('a')\n", "plugin-frontend/y/b.test.tsx": "",
                "tests/host/go.mod": "", "tests/host/a_test.go": "", "tests/other/b_test.go": ""}
        self.assertEqual(broken(rules.dead_tests, tree), [
            "plugin-frontend/x/src/a.test.ts:1", "plugin-frontend/y/b.test.tsx:0", "tests/other/b_test.go:0"])


class DocumentsTest(unittest.TestCase):
    def test_reports_broken_links_and_headings(self):
        tree = {"docs/a.md": "# Two words\n[x](b.md) [y](#two-words) [z](#three) [w](../README.md#no) [v](https://x.org)\n",
                "README.md": "# R\n"}
        self.assertEqual(broken(rules.documents, tree), ["docs/a.md:2"] * 3)

    def test_reports_files_named_in_prose_that_are_not_there(self):
        tree = {"README.md": "`server/base/a.h` `server/base/` `server/*/a.h` `server/gone.h` `text/plain`\n",
                "server/base/a.h": ""}
        self.assertEqual(broken(rules.documents, tree), ["README.md:1"])

    def test_reports_an_unknown_make_target(self):
        tree = {"Makefile": "test: build\nbuild:\n", "README.md": "```\nmake test\nmake tset\n```\n"}
        self.assertEqual(broken(rules.documents, tree), ["README.md:3"])


class ContractDocumentTest(unittest.TestCase):
    def test_reports_a_field_or_word_that_the_reference_leaves_out(self):
        schema = '{"properties": {"alpha": {"enum": ["one", "two"]}, "beta": {"properties": {"gamma": {}}}}}'
        tree = {"proto/contract/query.schema.json": schema, "docs/reference/query.md": "`alpha` `one` `beta` gamma\n"}
        sentences = [sentence for _, _, sentence in rules.contract_document(tree)]
        self.assertEqual([re.search("`(.*)`", sentence)[1] for sentence in sentences], ["gamma", "two"])

    def test_reports_an_example_that_is_not_json(self):
        tree = {"README.md": "x\n```json\n{\"a\": 1,}\n```\n```json\n{}\n```\n"}
        self.assertEqual(broken(rules.contract_document, tree), ["README.md:2"])


class ModuleReadmesTest(unittest.TestCase):
    def test_reports_a_missing_and_a_long_readme(self):
        tree = {"server/base/a.h": "", "server/frame/a.h": "", "server/frame/README.md": "\n" * 31,
                "server/query/a.h": "", "server/query/README.md": "\n" * 30}
        self.assertEqual(broken(rules.module_readmes, tree), ["server/base/README.md:0", "server/frame/README.md:0"])


class HeaderCommentsTest(unittest.TestCase):
    def test_reports_undocumented_declarations(self):
        text = ("#pragma once\n\nstruct A {\n};\n\nclass B;\n\n[[nodiscard]] int F(int a,\n  int b);\n\n"
                "/// What it gives.\nint G();\nint H();\n\nint I();  ///< said here\n\n/// A thing.\ntemplate <typename T>\n"
                "class C {\n  int Method();\n};\n")
        self.assertEqual(broken(rules.header_comments, {"server/base/a.h": text}),
                         ["server/base/a.h:3", "server/base/a.h:8"])

    def test_reports_a_missing_pragma(self):
        self.assertEqual(broken(rules.header_comments, {"server/base/a.h": "\n"}), ["server/base/a.h:0"])


class NamesTest(unittest.TestCase):
    def test_reports_names_that_say_nothing(self):
        good = {"server/base/utility_cost.h": "", "server/base/clock.h": ""}
        bad = {"server/base/utils.h": "", "server/common/a.h": "", "tests/support/test_helpers.h": "",
               "server/base/Clock.h": ""}
        self.assertEqual(broken(rules.names, {**good, **bad}), [f"{path}:0" for path in bad])

    def test_reports_a_new_entry_at_the_top(self):
        self.assertEqual(broken(rules.names, {"notes.txt": "", "server/base/a.h": ""}), ["notes.txt:0"])


class LeftoversTest(unittest.TestCase):
    def test_reports_machine_paths_and_open_tasks(self):
        home, task = "/ro" + "ot/x", "TO" + "DO"
        tree = {"server/base/a.cc": f'auto p = "{home}";\n// {task} later\n// {task} https://example.org/1\n<<<<<<< ours\n'
                                    "// https://example.org/wo" + "rk/x\n"}
        self.assertEqual(broken(rules.leftovers, tree), [f"server/base/a.cc:{line}" for line in (1, 2, 4)])


class ProtoLintTest(unittest.TestCase):
    def test_reports_names_against_the_style(self):
        text = ('syntax = "proto2";\npackage Bad;\nmessage lower {\n  string BadField = 1;\n}\n'
                "enum E {\n  small = 0;\n}\nservice s {\n  rpc call(A) returns (B);\n}\n")
        lines = [line for line, _ in proto_lint.violations(text)]
        self.assertEqual(lines, [1, 2, 3, 4, 7, 9, 10])

    def test_accepts_a_clean_file(self):
        text = ('syntax = "proto3";\npackage pluginv2;\n// A thing.\nmessage Thing {\n  int64 orgId = 1;\n'
                "  map<string, string> json_data = 2;\n  enum Kind {\n    NONE = 0;\n  }\n}\n"
                "service Data {\n  rpc Query(Thing) returns (stream Thing);\n}\n")
        self.assertEqual(list(proto_lint.violations(text)), [])


if __name__ == "__main__":
    unittest.main()
