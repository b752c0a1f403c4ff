#!/usr/bin/env python3
"""Writes scenarios/meshes/thousand-services.yaml, the synthetic mesh of thousand-services.yaml.

One gateway with 25 pages, 100 applications, 300 services in the middle and 599 at the leaves. A page
asks one of four applications on average, an application three services of the middle one after the
other, each of which asks its own leaf, sometimes a second one, and sometimes one of the 60 popular
leaves that are shared by all. Those are chosen by a small generator with a fixed seed, so that the
file is the same on every machine.

usage: make_thousand_services.py [[--compare] FILE]
"""

import sys

PAGES, APPS, MIDDLE, LEAVES, POPULAR = 25, 100, 300, 599, 60


class Draws:
    """xorshift64*: the same numbers with every version of Python."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        x = self.state
        x ^= x >> 12
        x ^= (x << 25) & 0xFFFFFFFFFFFFFFFF
        x ^= x >> 27
        self.state = x
        return ((x * 2685821657736338717) >> 33 & 0x7FFFFFFF) % limit


def page(number):
    first = number * APPS // PAGES + 1
    calls = ", ".join(
        f"app-{first + i:03}: {{call: GET /, probability: 25%}}" for i in range(APPS // PAGES)
    )
    return f"      GET /page-{number + 1:02}: {{work: 0.1ms, calls: [{calls}]}}"


def application(number):
    calls = ", ".join(f"middle-{3 * number + i:03}: GET /" for i in (1, 2, 3))
    yield f"  app-{number + 1:03}:"
    yield "    instances: 3"
    yield "    runtime: {go: {cpus: 2}}"
    yield f"    endpoints: {{GET /: {{work: 1ms, calls: [{calls}]}}}}"


def middle(number, draws):
    own, other, popular = 2 * number + 1, (2 * number + 1) % LEAVES + 1, draws.below(POPULAR) + 1
    yield f"  middle-{number + 1:03}:"
    yield "    instances: 3"
    yield "    runtime: {jvm: {cpus: 2}}"
    yield "    endpoints:"
    yield "      GET /:"
    yield "        work: {exponential: 1ms}"
    yield "        calls:"
    yield "          - parallel:"
    yield f"              - leaf-{own:03}: GET /"
    yield f"              - leaf-{other:03}: {{call: GET /, probability: 50%}}"
    yield f"          - leaf-{popular:03}: {{call: GET /popular, probability: 25%}}"


def leaf(number):
    popular = number < POPULAR
    yield f"  leaf-{number + 1:03}:"
    yield f"    instances: {6 if popular else 3}"
    yield "    runtime: {go: {cpus: 2}}"
    yield "    endpoints:"
    yield "      GET /: {work: {exponential: 1ms}, wait: {exponential: 1ms}}"
    if popular:
        yield "      GET /popular: {work: {exponential: 0.5ms}}"


def lines():
    draws = Draws(20_000)
    yield "# Written by tests/tools/make_thousand_services.py; change that instead."
    yield "# gateway -> 100 applications -> 300 services -> 599 leaves, ten calls a request."
    yield "mesh: thousand-services"
    yield ""
    yield "services:"
    yield "  gateway:"
    yield "    entry: true"
    yield "    instances: 20"
    yield "    runtime: {envoy: {cpus: 4}}"
    yield "    endpoints:"
    for number in range(PAGES):
        yield page(number)
    for number in range(APPS):
        yield from application(number)
    for number in range(MIDDLE):
        yield from middle(number, draws)
    for number in range(LEAVES):
        yield from leaf(number)
    yield ""
    yield "traffic:"
    yield "  defaults:"
    yield "    timeout: 2s"
    yield "    retries: {attempts: 1, per_try_timeout: 500ms, retry_on: [5xx, reset]}"
    yield "    outlier_detection: {consecutive_5xx: 5, max_ejection_percent: 34%}"


def main():
    text = "\n".join(lines()) + "\n"
    arguments = sys.argv[1:]
    if not arguments:
        sys.stdout.write(text)
    elif arguments[0] == "--compare":
        with open(arguments[1], encoding="utf-8") as file:
            if file.read() != text:
                sys.exit(f"{arguments[1]} is not what this script writes")
    else:
        with open(arguments[0], "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main()
