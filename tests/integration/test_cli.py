"""The commands between shells, readers of manuals and people who press keys."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest

BIN = pathlib.Path(os.environ.get("SHAKETABLE_BIN", "build/release/bin"))
PROGRAM = str(BIN / "shaketable")
LOAD = str(BIN / "shaketable-load")
PROXY = str(BIN / "shaketable-proxy")
PATIENCE = 120  # Seconds until a condition that must come is given up.

SCENARIO = """scenario: small
services:
  shop: {entry: true, endpoints: {GET /: {work: 5ms}}}
run: {duration: 2s}
load: {visitors: {rate: 50/s, request: GET /}}
expect:
  - {metric: p99, of: shop, must: "< LIMIT"}
"""


def output_of(*arguments, **options):
    return subprocess.run(arguments, check=True, capture_output=True, text=True, timeout=PATIENCE,
                          **options).stdout


def bash_completes(program, *words):
    name = os.path.basename(program)
    script = """
        source <("$0" completion bash)
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        compopt() { :; }   # Works only while a shell really completes.
        FUNCTION
        printf '%s\\n' "${COMPREPLY[@]}"
    """.replace("FUNCTION", "_" + name.replace("-", "_"))
    return output_of("bash", "--norc", "-c", script, program, name, *words).split()


def options_of_help(program, command):
    for line in output_of(program, command, "--help").splitlines():
        for word in line.split()[:2]:
            if word.startswith("-"):
                yield from word.strip(",").split(",")


class Completion(unittest.TestCase):
    def bash(self, *words):
        return bash_completes(PROGRAM, *words)

    def test_bash_knows_the_commands(self):
        self.assertEqual(self.bash("com"), ["compare", "completion"])
        self.assertIn("run", self.bash(""))

    def test_bash_knows_the_options_of_a_command(self):
        self.assertEqual(self.bash("run", "--base"), ["--baseline"])
        self.assertEqual(self.bash("compare", "--set-"), ["--set-after"])
        self.assertNotIn("--baseline", self.bash("check", "--"))

    def test_bash_knows_the_words_of_an_option(self):
        self.assertEqual(self.bash("run", "--color", ""), ["always", "auto", "never"])
        self.assertEqual(self.bash("run", "--format", "=", "ma"), ["markdown"])
        self.assertEqual(self.bash("explain", "ST1103"), ["ST1103"])
        self.assertEqual(self.bash("completion", "z"), ["zsh"])

    def test_bash_completes_files(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "shop.yaml").touch()
            self.assertEqual(self.bash("run", f"{folder}/sh"), [f"{folder}/shop.yaml"])
            self.assertEqual(self.bash("run", "--json", f"{folder}/sh"), [f"{folder}/shop.yaml"])

    def test_every_option_of_the_help_is_completed(self):
        for command in ("run", "compare", "report", "check"):
            for name in options_of_help(PROGRAM, command):
                self.assertIn(name, self.bash(command, name), f"{command} {name}")

    @unittest.skipUnless(shutil.which("zsh"), "no zsh")
    def test_zsh_reads_its_script(self):
        script = """
            autoload -Uz compinit; compinit -D -u
            source <("$0" completion zsh)
            print -r -- $_comps[shaketable]
        """
        self.assertEqual(output_of("zsh", "-f", "-c", script, PROGRAM).strip(), "_shaketable")

    @unittest.skipUnless(shutil.which("fish"), "no fish")
    def test_fish_completes(self):
        with tempfile.TemporaryDirectory() as home:
            script = f"'{PROGRAM}' completion fish | source; complete -C 'shaketable run --base'"
            words = output_of("fish", "--no-config", "-c", script, env={**os.environ, "HOME": home})
        self.assertIn("--baseline", words)


class CompletionWithoutACommand(unittest.TestCase):
    """Programs whose `run` may be left out."""

    def test_bash_knows_the_commands(self):
        self.assertIn("merge", bash_completes(LOAD, "mer"))
        self.assertIn("replay", bash_completes(PROXY, "rep"))

    def test_bash_completes_files_in_the_place_of_the_command(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "shop.yaml").touch()
            for program in (LOAD, PROXY):
                self.assertEqual(bash_completes(program, f"{folder}/sh"), [f"{folder}/shop.yaml"])

    def test_bash_knows_options_and_words_with_and_without_the_command(self):
        for words in (["run"], [], ["http://127.0.0.1/"]):
            self.assertEqual(bash_completes(LOAD, *words, "--arr"), ["--arrivals"])
            self.assertEqual(bash_completes(LOAD, *words, "--when-full", "w"), ["wait"])
            self.assertEqual(bash_completes(LOAD, *words, "--color", "a"), ["auto", "always"])
        self.assertEqual(bash_completes(PROXY, "proxy.yaml", "--adm"), ["--admin"])
        self.assertEqual(bash_completes(PROXY, "certs", "--trust"), ["--trust-domain"])
        self.assertNotIn("--rate", bash_completes(LOAD, "merge", "--"))

    def test_every_option_of_the_help_is_completed(self):
        for program, command in ((LOAD, "run"), (LOAD, "merge"), (PROXY, "run"), (PROXY, "certs")):
            for name in options_of_help(program, command):
                self.assertIn(name, bash_completes(program, command, name), f"{command} {name}")

    @unittest.skipUnless(shutil.which("zsh"), "no zsh")
    def test_zsh_reads_the_scripts(self):
        for program, function in ((LOAD, "_shaketable_load"), (PROXY, "_shaketable_proxy")):
            script = """
                autoload -Uz compinit; compinit -D -u
                source <("$0" completion zsh)
                print -r -- $_comps[${0:t}]
            """
            self.assertEqual(output_of("zsh", "-f", "-c", script, program).strip(), function)

    @unittest.skipUnless(shutil.which("fish"), "no fish")
    def test_fish_completes(self):
        with tempfile.TemporaryDirectory() as home:
            script = f"'{LOAD}' completion fish | source; complete -C 'shaketable-load --arr'"
            words = output_of("fish", "--no-config", "-c", script, env={**os.environ, "HOME": home})
        self.assertIn("--arrivals", words)

    def test_a_shell_that_nobody_knows_is_refused(self):
        for program in (LOAD, PROXY):
            done = subprocess.run([program, "completion", "tcsh"], capture_output=True, text=True,
                                  timeout=PATIENCE, check=False)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn("bash, zsh or fish", done.stderr)


class Manual(unittest.TestCase):
    def page(self):
        return output_of(PROGRAM, "man")

    def test_the_other_programs_have_theirs(self):
        for program, option in ((LOAD, "\\-\\-when\\-full"), (PROXY, "\\-\\-trust\\-domain")):
            page = output_of(program, "man")
            self.assertIn(".SS run\n", page)
            self.assertIn(option, page)
            self.assertIn(".SH EXIT STATUS\n", page)

    def test_names_every_command(self):
        page = self.page()
        for command in ("run", "compare", "report", "check", "completion", "doctor"):
            self.assertIn(f".SS {command}\n", page)
        self.assertIn("\\-\\-max\\-regression", page)

    @unittest.skipUnless(shutil.which("groff"), "no groff")
    def test_groff_has_no_warning(self):
        for program in (PROGRAM, LOAD, PROXY):
            done = subprocess.run(["groff", "-ww", "-man", "-Tutf8", "-z"],
                                  input=output_of(program, "man"), text=True,
                                  capture_output=True, timeout=PATIENCE, check=True)
            self.assertEqual(done.stderr, "")

    @unittest.skipUnless(shutil.which("mandoc"), "no mandoc")
    def test_mandoc_has_no_complaint(self):
        for program in (PROGRAM, LOAD, PROXY):
            done = subprocess.run(["mandoc", "-Tlint", "-Wwarning"], input=output_of(program, "man"),
                                  text=True, capture_output=True, timeout=PATIENCE, check=False)
            self.assertEqual(done.stdout, "")


class Watch(unittest.TestCase):
    """Waits for what the program prints, never for a time."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.file = pathlib.Path(self.folder.name, "small.yaml")

    def save(self, limit):
        new = self.file.with_suffix(".new")
        new.write_text(SCENARIO.replace("LIMIT", limit))
        new.replace(self.file)  # As editors do it.

    def read_until(self, stream, text):
        lines = []
        for line in stream:
            lines.append(line)
            if text in line:
                return "".join(lines)
        self.fail(f"{text!r} never came: {''.join(lines)}")

    def test_runs_again_when_the_file_is_saved_and_ends_on_interrupt(self):
        self.save("1s")
        process = subprocess.Popen([PROGRAM, "run", str(self.file), "--watch", "--no-progress"],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        guard = threading.Timer(PATIENCE, process.kill)
        guard.start()
        self.addCleanup(guard.cancel)

        first = self.read_until(process.stdout, "waiting for a change")
        self.assertIn("PASSED: the expectation held", first)
        self.save("1ns")
        second = self.read_until(process.stdout, "waiting for a change")
        self.assertIn("FAILED: 1 of 1 expectation", second)
        self.assertNotIn("Services (", second)
        self.file.write_text("scenario: [broken\n")
        third = self.read_until(process.stdout, "waiting for a change")
        self.assertIn("error[", third)
        self.save("1s")
        fourth = self.read_until(process.stdout, "waiting for a change")
        self.assertIn("PASSED", fourth)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=PATIENCE), 0)


class Outputs(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.file = pathlib.Path(self.folder.name, "small.yaml")
        self.file.write_text(SCENARIO.replace("LIMIT", "1s"))
        self.result = str(pathlib.Path(self.folder.name, "r.json"))
        output_of(PROGRAM, "run", str(self.file), "--quiet", "--json", self.result)

    def run_program(self, *arguments, **options):
        return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True,
                              timeout=PATIENCE, check=False, **options)

    def test_a_full_disk_is_an_error(self):
        for arguments in (("report", self.result, "-o", "/dev/full", "--format", "html"),
                          ("compare", self.result, self.result, "-o", "/dev/full")):
            done = self.run_program(*arguments)
            self.assertEqual(done.returncode, 3, done)
            self.assertIn("No space left on device", done.stderr)
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([PROGRAM, "report", self.result], stdout=full, text=True,
                                  stderr=subprocess.PIPE, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("cannot write to standard output", done.stderr)

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_a_read_only_folder_is_an_error_and_leaves_nothing(self):
        locked = pathlib.Path(self.folder.name, "locked")
        locked.mkdir()
        locked.chmod(0o555)
        self.addCleanup(locked.chmod, 0o755)
        done = self.run_program("report", self.result, "-o", str(locked / "page.html"))
        self.assertEqual(done.returncode, 2)
        self.assertEqual(list(locked.iterdir()), [])

    def test_the_page_of_a_comparison_is_there_though_nobody_reads_the_text(self):
        page = pathlib.Path(self.folder.name, "comparison.html")
        reader, writer = os.pipe()
        os.close(reader)
        subprocess.run([PROGRAM, "compare", self.result, self.result, "--html", str(page)],
                       stdout=writer, stderr=subprocess.DEVNULL, timeout=PATIENCE, check=False)
        os.close(writer)
        self.assertIn("</html>", page.read_text(encoding="utf-8"))

    def test_open_hands_the_page_to_the_desktop(self):
        tools = pathlib.Path(self.folder.name, "bin")
        tools.mkdir()
        opened = pathlib.Path(self.folder.name, "opened")
        os.mkfifo(opened)
        fake = tools / "xdg-open"
        fake.write_text(f'#!/bin/sh\nprintf %s "$1" > "{opened}"\n')
        fake.chmod(0o755)
        page = str(pathlib.Path(self.folder.name, "page.html"))
        process = subprocess.Popen([PROGRAM, "report", self.result, "-o", page, "--open"],
                                   env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"})
        self.assertEqual(opened.read_text(), page)  # Waits for the writer.
        self.assertEqual(process.wait(timeout=PATIENCE), 0)

    def test_colours_follow_the_wishes_of_the_environment(self):
        def colours(*arguments, **variables):
            environment = {k: v for k, v in os.environ.items()
                           if k not in ("NO_COLOR", "CLICOLOR_FORCE")}
            done = self.run_program("report", self.result, *arguments,
                                    env={**environment, **variables})
            return "\x1b[" in done.stdout

        self.assertFalse(colours())
        self.assertTrue(colours("--color=always"))
        self.assertTrue(colours(CLICOLOR_FORCE="1"))
        self.assertFalse(colours(CLICOLOR_FORCE="1", NO_COLOR="1"))
        self.assertFalse(colours(CLICOLOR_FORCE="1", TERM="dumb"))
        self.assertFalse(colours("--color=never", CLICOLOR_FORCE="1"))

    def test_an_interrupted_run_gives_a_partial_result_that_can_be_read(self):
        long = pathlib.Path(self.folder.name, "long.yaml")
        long.write_text(self.file.read_text().replace("2s", "100000s").replace("50/s", "5000/s"))
        partial = str(pathlib.Path(self.folder.name, "partial.json"))
        process = subprocess.Popen([PROGRAM, "run", str(long), "--json", partial, "-v"],
                                   stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        process.stderr.readline()  # "-v" has said what it has read: the run is under way or next.
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=PATIENCE), 130)
        if pathlib.Path(partial).exists():  # Not when the signal came before the run.
            done = self.run_program("report", partial)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(done.stdout.startswith("INTERRUPTED, "), done.stdout)

    def test_the_doctor_finds_this_machine_fit(self):
        done = self.run_program("doctor")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("runs the same twice: yes", done.stdout)

    def test_the_published_schema_is_the_printed_one(self):
        root = pathlib.Path(__file__).resolve().parents[2]
        self.assertEqual(output_of(PROGRAM, "schema", "result"),
                         (root / "scenarios/result.schema.json").read_text())


if __name__ == "__main__":
    unittest.main()
