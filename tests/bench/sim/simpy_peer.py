#!/usr/bin/env python3
"""Models (a) and (b) on SimPy (python3-simpy3).

usage: simpy_peer.py a|b REQUESTS
"""
import json
import random
import resource
import sys
import time

import simpy

NETWORK = 0.00025
TIMEOUT = 1.0
REPLICAS = 3


class Tally:
    def __init__(self):
        self.requests = 0
        self.hops = 0
        self.timeouts = 0
        self.latency_sum = 0.0

    def add_latency(self, seconds):
        self.requests += 1
        self.latency_sum += seconds


def single_server(env, requests, exponential, tally):
    server = simpy.Resource(env, 1)

    def customer():
        start = env.now
        with server.request() as turn:
            yield turn
            yield env.timeout(exponential(1000.0))
        tally.add_latency(env.now - start)
        tally.hops += 1

    for _ in range(requests):
        yield env.timeout(exponential(700.0))
        env.process(customer())


class Service:
    def __init__(self, env, index):
        workers = 32 if index == 0 else 8 if index < 4 else 1
        self.instances = [simpy.Resource(env, workers) for _ in range(REPLICAS)]
        self.next_instance = 0
        self.callees = []
        if index == 0:
            self.callees = [1, 2, 3]
        elif index < 4:
            self.callees = [2 + 2 * index, 3 + 2 * index]


def ten_services(env, requests, exponential, tally):
    services = [Service(env, index) for index in range(10)]

    def serve(service, instance):
        # A process of its own, so that the caller can race it against the timeout.
        yield env.timeout(NETWORK)
        with instance.request() as worker:
            yield worker
            yield env.timeout(exponential(1000.0))
            for callee in service.callees:
                yield from call(services[callee])
        yield env.timeout(NETWORK)

    def call(service):
        instance = service.instances[service.next_instance]
        service.next_instance = (service.next_instance + 1) % REPLICAS
        tally.hops += 1
        answer = env.process(serve(service, instance))
        # SimPy cannot cancel a timeout: an unused one stays in the heap until it is due.
        done = yield answer | env.timeout(TIMEOUT)
        if answer not in done:
            tally.timeouts += 1

    def request():
        start = env.now
        yield from call(services[0])
        tally.add_latency(env.now - start)

    for _ in range(requests):
        yield env.timeout(exponential(2000.0))
        env.process(request())


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("a", "b"):
        sys.exit(__doc__)
    model, requests = sys.argv[1], int(sys.argv[2])
    env = simpy.Environment()
    tally = Tally()
    source = single_server if model == "a" else ten_services
    env.process(source(env, requests, random.Random(1).expovariate, tally))

    begin = time.process_time()
    env.run()
    seconds = time.process_time() - begin

    print(json.dumps({
        "sim": "simpy",
        "model": model,
        "req": tally.requests,
        "hops": tally.hops,
        "cpu_s": round(seconds, 6),
        "ns_hop": round(seconds * 1e9 / tally.hops, 1),
        "mean_ms": round(tally.latency_sum / tally.requests * 1e3, 4),
        "timeouts": tally.timeouts,
        "rss_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }))


if __name__ == "__main__":
    main()
