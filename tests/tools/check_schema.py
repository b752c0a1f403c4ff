#!/usr/bin/env python3
"""check_schema.py SCHEMA GOOD_FOLDER MISTAKES_FOLDER

Every YAML file below GOOD_FOLDER that is a mesh or a scenario must be valid. Files of
MISTAKES_FOLDER begin with "# schema: refuses" (a mistake of form, which an editor can mark) or
"# schema: accepts" (a mistake of reference or value, which only the loader finds)."""
import glob
import json
import sys

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """YAML 1.2's booleans and numbers: `on` is a word, `1:30` no number."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers
            if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool",
                             __import__("re").compile("^(?:true|True|TRUE|false|False|FALSE)$"),
                             list("tTfF"))


def main():
    schema_file, good, mistakes = sys.argv[1:4]
    with open(schema_file, encoding="utf-8") as stream:
        schema = json.load(stream)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    bad = 0
    for name in sorted(glob.glob(good + "/**/*.yaml", recursive=True)):
        with open(name, encoding="utf-8") as stream:
            documents = list(yaml.load_all(stream, Loader))
        if any("apiVersion" in (document or {}) for document in documents):
            continue
        for error in validator.iter_errors(documents[0]):
            print(f"{name}: {'.'.join(map(str, error.path))}: {error.message[:200]}")
            bad += 1
    for name in sorted(glob.glob(mistakes + "/*.yaml")):
        with open(name, encoding="utf-8") as stream:
            text = stream.read()
        refuses = text.startswith("# schema: refuses")
        if validator.is_valid(yaml.load(text, Loader)) == refuses:
            print(f"{name}: the schema {'accepts' if refuses else 'refuses'} it")
            bad += 1
    return 1 if bad else 0


sys.exit(main())
