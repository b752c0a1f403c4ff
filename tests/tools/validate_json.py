#!/usr/bin/env python3
"""Validates JSON files against a draft-07 schema, as far as our schemas use it.

usage: validate_json.py SCHEMA FILE...

Stricter than the draft in one point: a key that `properties` does not list is an error, because
everything that the program writes has to be in its schema. A keyword that is not known here is an
error, too, so that no rule goes unchecked.
"""

import json
import re
import sys

KNOWN = {"$schema", "$ref", "title", "description", "definitions", "type", "enum", "const",
         "required", "properties", "items", "minimum", "pattern", "allOf", "oneOf"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
MOST_ERRORS = 20


def is_type(value, name):
    if name == "integer":
        return type(value) is int
    return isinstance(value, TYPES[name])


class Validator:
    def __init__(self, schema):
        self.root = schema
        self.errors = []

    def fail(self, path, message):
        if len(self.errors) < MOST_ERRORS:
            self.errors.append(f"{path or '.'}: {message}")

    def resolve(self, schema):
        while "$ref" in schema:
            name = schema["$ref"]
            assert name.startswith("#/definitions/"), name
            schema = self.root["definitions"][name.removeprefix("#/definitions/")]
        return schema

    def check(self, value, schema, path):
        schema = self.resolve(schema)
        unknown = schema.keys() - KNOWN
        if unknown:
            self.fail(path, f"the schema uses {sorted(unknown)}")
        for part in schema.get("allOf", []):
            self.check(value, part, path)
        if "oneOf" in schema:
            holds = sum(self.holds(value, part) for part in schema["oneOf"])
            if holds != 1:
                self.fail(path, f"fits {holds} of the {len(schema['oneOf'])} forms, not one")
        if "const" in schema and value != schema["const"]:
            self.fail(path, f"{value!r} is not {schema['const']!r}")
        if "enum" in schema and value not in schema["enum"]:
            self.fail(path, f"{value!r} is none of {schema['enum']}")
        if "type" in schema:
            names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
            if not any(is_type(value, name) for name in names):
                self.fail(path, f"{value!r:.60} is no {' or '.join(names)}")
                return
        if "minimum" in schema and type(value) is int and value < schema["minimum"]:
            self.fail(path, f"{value} is below {schema['minimum']}")
        if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
            self.fail(path, f"{value!r:.60} does not match {schema['pattern']}")
        if isinstance(value, dict):
            self.check_object(value, schema, path)
        if isinstance(value, list) and "items" in schema:
            self.check_items(value, schema["items"], path)

    def holds(self, value, schema):
        trial = Validator(self.root)
        trial.check(value, schema, "")
        return not trial.errors

    def check_object(self, value, schema, path):
        for key in schema.get("required", []):
            if key not in value:
                self.fail(path, f"lacks {key}")
        properties = schema.get("properties")
        for key, member in value.items():
            if properties is not None and key in properties:
                self.check(member, properties[key], f"{path}.{key}" if path else key)
            elif properties is not None:
                self.fail(path, f"{key} is not in the schema")

    def check_items(self, values, schema, path):
        resolved = self.resolve(schema)
        # Columns hold millions of counts.
        if resolved.keys() <= {"type", "minimum", "description"} and resolved.get("type") == "integer":
            least = resolved.get("minimum")
            if all(type(v) is int and (least is None or v >= least) for v in values):
                return
        if resolved.keys() == {"type", "items"} and resolved["items"] == {"type": ["integer", "string"]}:
            if all(type(row) is list and all(type(v) in (int, str) for v in row) for row in values):
                return  # Spans are many, too.
        for i, value in enumerate(values):
            self.check(value, schema, f"{path}[{i}]")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    failed = False
    for name in sys.argv[2:]:
        with open(name, encoding="utf-8") as file:
            document = json.load(file)
        validator = Validator(schema)
        validator.check(document, schema, "")
        for error in validator.errors:
            print(f"{name}: {error}", file=sys.stderr)
        failed = failed or bool(validator.errors)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
