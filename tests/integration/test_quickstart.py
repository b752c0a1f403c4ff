"""The five lines of proxy/quickstart/README.md, as they are printed there, but on free ports."""
import json
import os
import re
import shutil
import subprocess
import unittest
import urllib.request

import harness

FOLDER = harness.ROOT / "proxy" / "quickstart"


def has_packages():
    """The applications run under Debian's own Python."""
    return subprocess.run(["/usr/bin/python3", "-c", "import flask, requests, fastapi, uvicorn"],
                          capture_output=True, check=False).returncode == 0


def first_block():
    text = (FOLDER / "README.md").read_text()
    return re.search(r"```sh\n(.*?)```", text, re.S).group(1).strip().splitlines()


class Quickstart(unittest.TestCase):
    @harness.need("gunicorn", "uvicorn", "curl")
    @unittest.skipUnless(has_packages(), "not installed: python3-fastapi, python3-flask, ...")
    def test_its_five_lines_give_fifty_good_answers(self):
        lines = first_block()
        self.assertEqual(len(lines), 5)
        ports = {port: str(harness.free_port())
                 for port in sorted(set(re.findall(r"\b(?:8\d{3}|9\d{3}|15\d{3})\b", "\n".join(lines))))}

        def with_free_ports(text):
            return re.sub(r"\b\d{4,5}\b", lambda m: ports.get(m.group(), m.group()), text)

        with harness.Stack() as stack:
            for name in ("shop.py", "price.py", "mesh.yaml"):
                shutil.copy(FOLDER / name, stack.folder / name)
            stack.file("endpoints.json", with_free_ports((FOLDER / "endpoints.json").read_text()))
            environment = dict(os.environ, PATH=f"{harness.PROXY.parent}:/usr/bin:/bin")
            subprocess.run(lines[0], shell=True, check=True, cwd=stack.folder, env=environment,
                           stdout=subprocess.DEVNULL)
            commands = [command.strip() for line in lines[1:4] for command in line.split(" &")]
            for number, command in enumerate(filter(None, map(with_free_ports, commands))):
                port = re.search(r"--admin \S+:(\d+)|--port (\d+)|-b \S+:(\d+)", command)
                stack.start(f"line-{number}", ["/bin/sh", "-c", "exec env " + command],
                            int(next(filter(None, port.groups()))), env=environment)
            answers = subprocess.run(["/bin/bash", "-c", with_free_ports(lines[4])], check=True,
                                     capture_output=True, text=True, cwd=stack.folder).stdout
            self.assertEqual(answers.split(), ["50", "200"])
            with urllib.request.urlopen(
                    f"http://127.0.0.1:{ports['9901']}/stats?format=json&filter=rq_retry$") as page:
                stats = json.load(page)
            self.assertIn("rq_retry", json.dumps(stats))
            shop = stack.processes[-1]
            shop.terminate()
            self.assertEqual(shop.wait(harness.PATIENCE), 0)
            replayed = subprocess.run([harness.PROXY, "replay", "shop.journal"], check=True,
                                      capture_output=True, text=True, cwd=stack.folder).stdout
            self.assertIn("the same again", replayed)


if __name__ == "__main__":
    unittest.main()
