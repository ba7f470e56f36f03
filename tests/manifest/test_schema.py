#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Holds good and bad manifests against the JSON Schema that the reader's tables give; TAP.

usage: test_schema.py MANIFEST-CHECK [MORE-GOOD-MANIFESTS...]

The first line of a bad manifest says what the schema must do with it: "# schema: rejects",
"# schema: accepts" (what is wrong takes more than a schema to see), or "# schema: beneath" (the
fault lies in bytes, YAML syntax, anchors or duplicate keys, which no schema ever meets).
"""

import json
import pathlib
import re
import subprocess
import sys

import jsonschema
import yaml

HERE = pathlib.Path(__file__).resolve().parent


class Loader(yaml.SafeLoader):
    """PyYAML with the scalars of YAML 1.2's core schema, as editors read them."""

    yaml_implicit_resolvers = {}


for tag, pattern, first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


def load_int(loader, node):
    """YAML 1.2: decimal, whatever it starts with."""
    return int(loader.construct_scalar(node), 10)


Loader.add_constructor("tag:yaml.org,2002:int", load_int)


def load(path):
    return yaml.load(path.read_bytes(), Loader)


def declared(path):
    found = re.match(rb"# schema: (rejects|accepts|beneath)\n", path.read_bytes())
    return found.group(1).decode() if found else None


def tests(check, more_good):
    schema = json.loads(subprocess.run([check, "--schema"], check=True, capture_output=True).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    yield "the schema is valid JSON Schema 2020-12", None

    for path in sorted((HERE / "good").glob("*.yaml")) + more_good:
        try:
            error = jsonschema.exceptions.best_match(validator.iter_errors(load(path)))
            wrong = error and f"{error.json_path}: {error.message}"
        except yaml.YAMLError as error:
            wrong = " ".join(str(error).split())
        yield f"accepts good {path.name}", wrong

    counts = {"rejects": 0, "accepts": 0}
    for path in sorted((HERE / "bad").glob("*.yaml")):
        mark = declared(path)
        if mark is None and not path.read_bytes().startswith((b"#",)):
            continue  # a file whose very first bytes are the fault
        if mark is None:
            yield f"bad {path.name}", "its first line lacks the mark '# schema: ...'"
        if mark not in counts:
            continue
        counts[mark] += 1
        valid = validator.is_valid(load(path))
        wrong = None if valid == (mark == "accepts") else f"valid: {valid}, marked: {mark}"
        yield f"{mark} bad {path.name}", wrong
    yield "both kinds of bad manifests were tried", None if all(counts.values()) else str(counts)


def main():
    number = failed = 0
    for name, wrong in tests(sys.argv[1], [pathlib.Path(p) for p in sys.argv[2:]]):
        number += 1
        failed += wrong is not None
        print(f"{'not ok' if wrong else 'ok'} {number} - {name}")
        if wrong:
            print(f"# {wrong}")
    print(f"1..{number}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
