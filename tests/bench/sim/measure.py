"""What the scripts of this folder share: programs, their runs, and counts of instructions."""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
DEFAULT_PROGRAMS = ROOT / "build/release/bin"


class Entry:
    """One program on one model.

    `count` is the number of requests of a timed run; `gate` the numbers of the shorter and the longer
    run between which the gate counts instructions, if it looks at this entry.
    """

    def __init__(self, name, model, command, count, ours=False, gate=None):
        self.name = name
        self.model = model
        self.command = command
        self.count = count
        self.ours = ours
        self.gate = gate
        self.results = []
        self.instructions = None

    @property
    def label(self):
        return f"{self.name} ({self.model})"

    def arguments(self, count):
        values = {"{count}": str(count), "{model}": self.model}
        return [values.get(part, part) for part in self.command]


def say(text):
    print(f"{pathlib.Path(sys.argv[0]).name}: {text}", file=sys.stderr, flush=True)


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def kernel_entries(programs):
    kernel = programs / "kernel_bench"
    if not kernel.exists():
        say(f"our kernel is left out: no {kernel} (build the target kernel_bench)")
        return []
    entries = []
    for queue in ("radix", "heap", "reference"):
        name = f"our kernel, {queue}"
        command = [str(kernel), "{model}", queue, "{count}"]
        radix = queue == "radix"
        entries.append(Entry(name, "a", command, 3_000_000, ours=True,
                             gate=(20_000, 60_000) if radix else None))
        entries.append(Entry(name, "b", command, 200_000, ours=True,
                             gate=(5_000, 15_000) if radix else None))
    entries.append(Entry("our kernel, radix, 10,000 in flight", "b",
                         [str(kernel), "b", "radix", "{count}", "235"], 200_000, ours=True))
    return entries


def simulator_entries(programs):
    simulator = programs / "sim_bench"
    if not simulator.exists():
        say(f"our simulator is left out: no {simulator} (build the target sim_bench)")
        return []
    plain = [str(simulator), "{model}", "{count}"]
    sidecars = [str(simulator), "b-sidecars", "{count}"]
    slow = ["1", "249000"]  # one copy; so many microseconds each way keep 10,000 requests in flight
    # The same load, and as many in flight, over 100 copies.
    spread = ["100", "249000", "counters", "whole", "20"]
    return [
        Entry("our simulator", "a", plain, 1_000_000, ours=True, gate=(20_000, 60_000)),
        Entry("our simulator", "b", plain, 100_000, ours=True, gate=(2_000, 6_000)),
        Entry("our simulator, 100 copies", "b", [*plain, "100"], 100_000, ours=True),
        Entry("our simulator, 10,000 in flight", "b", [*plain, *slow], 100_000, ours=True),
        Entry("our simulator, sidecars", "b", sidecars, 40_000, ours=True, gate=(2_000, 6_000)),
        Entry("our simulator, sidecars, 100 copies", "b", [*sidecars, "100"], 80_000, ours=True),
        Entry("our simulator, sidecars, 10,000 in flight", "b", [*sidecars, *slow], 80_000,
              ours=True),
        Entry("the same load over 100 copies", "b", [*sidecars, *spread], 80_000, ours=True),
    ]


def our_entries(programs):
    return kernel_entries(programs) + simulator_entries(programs)


def last_json_line(text):
    lines = [line for line in text.splitlines() if line.startswith("{")]
    return json.loads(lines[-1]) if lines else None


def measure_time(entry, scale):
    done = run(entry.arguments(max(1, int(entry.count * scale))))
    result = last_json_line(done.stdout)
    if done.returncode != 0 or result is None:
        say(f"{entry.label} failed: {done.stderr[-300:]}")
        return
    entry.results.append(result)


def perf_works():
    if shutil.which("perf") is None:
        return False
    done = run(["perf", "stat", "-x", ",", "-e", "instructions:u", "true"])
    return done.returncode == 0 and "not supported" not in done.stderr and "instructions" in done.stderr


def count_instructions(command, with_perf):
    """Instructions of one run of the command, and the result that it printed."""
    if with_perf:
        done = run(["perf", "stat", "-x", ",", "-e", "instructions:u", *command])
        lines = [line for line in done.stderr.splitlines() if "instructions" in line]
        return int(lines[-1].split(",")[0]), last_json_line(done.stdout)
    with tempfile.NamedTemporaryFile() as output:
        done = run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={output.name}", *command])
    lines = [line for line in done.stderr.splitlines() if "Collected" in line]
    return int(lines[-1].split()[-1]), last_json_line(done.stdout)


def instructions_a_hop(entry, few, many, with_perf):
    """What a hop costs between a run of `few` requests and one of `many`; None if it failed.

    The difference leaves out the start of the program and the warm-up.
    """
    try:
        short, short_run = count_instructions(entry.arguments(few), with_perf)
        long, long_run = count_instructions(entry.arguments(many), with_perf)
        return (long - short) / (long_run["hops"] - short_run["hops"])
    except (IndexError, ValueError, TypeError, ZeroDivisionError, OSError) as error:
        say(f"no instruction count for {entry.label}: {error}")
        return None


def count_all(entries):
    """Fills in `instructions` of all entries, with perf where it is allowed, else callgrind."""
    with_perf = perf_works()
    if not with_perf and shutil.which("valgrind") is None:
        say("no instruction counts: neither perf nor valgrind works here")
        return
    say(f"counting instructions with {'perf' if with_perf else 'callgrind'}")
    for entry in entries:
        # With 10,000 in flight a short run is not in its steady state.
        longer = entry.count // (1 if "in flight" in entry.name else 2 if with_perf else 20)
        entry.instructions = instructions_a_hop(entry, longer // 2, longer, with_perf)


def measure_rounds(entries, rounds, scale):
    """Runs all entries in turn, round after round."""
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        for entry in entries:
            measure_time(entry, scale)
