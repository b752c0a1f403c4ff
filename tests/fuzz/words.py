#!/usr/bin/env python3
"""The words of a JSON Schema as a dictionary for libFuzzer, which finds no keys by chance:

    tests/fuzz/words.py scenarios/proxy.schema.json > words
    build/fuzz/bin/proxy_file_fuzz -dict=words -max_len=4096 CORPUS tests/fuzz/seeds/proxy_file proxy/examples
"""
import json
import sys


def words(node):
    """All keys and values that the schema names."""
    if isinstance(node, list):
        for item in node:
            yield from words(item)
    if isinstance(node, dict):
        yield from node.get("properties", {})
        yield from (value for value in [*node.get("enum", []), node.get("const")] if isinstance(value, str))
        for value in node.values():
            yield from words(value)


def main():
    with open(sys.argv[1]) as file:
        found = set(words(json.load(file)))
    structure = {": ", "- ", "\n", "\n  ", "{", "}", "[", "]", "5s", "10%", "1", "\"", "127.0.0.1:80"}
    for word in sorted(found | structure):
        print('"' + "".join(c if c.isalnum() and c.isascii() else f"\\x{ord(c):02x}" for c in word if ord(c) < 256) + '"')


if __name__ == "__main__":
    main()
