"""What the benchmark starts: our proxy and its peers, each with one worker, and an origin behind them."""
import pathlib
import socket
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
PEERS = ("nginx", "haproxy", "nghttpx", "ours")
BACKEND = 28001
PORTS = {name: {mode: 28100 + 20 * i + j
                for j, mode in enumerate(("h1", "h2c", "tls", "mtls", "chain", "inner", "logged"))}
         for i, name in enumerate(PEERS)}


def serves(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(port, what):
    pause = threading.Event()
    end = time.monotonic() + 10
    while not serves(port):
        if time.monotonic() > end:
            sys.exit(f"{what} does not serve on port {port}")
        pause.wait(0.02)


def make_certificates(folder):
    """A P-256 authority, a server's and a client's certificate with SPIFFE ids."""
    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, cwd=folder)
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
            "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=bench",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    for name in ("server", "client"):
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                f"{name}.key", "-out", f"{name}.csr", "-subj", "/O=bench")
        (folder / "extensions").write_text(
            f"subjectAltName=critical,URI:spiffe://mesh.test/{name},DNS:localhost,IP:127.0.0.1\n"
            "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n"
            "basicConstraints=critical,CA:FALSE\n")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "30", "-out", f"{name}.pem", "-extfile", "extensions")
        (folder / f"{name}.both.pem").write_text(
            (folder / f"{name}.pem").read_text() + (folder / f"{name}.key").read_text())


def configurations(folder, proxy):
    """Writes what each program reads; returns their command lines."""
    values = {"folder": folder, "backend": BACKEND}
    commands = {}
    for name in PEERS:
        ports = PORTS[name]
        for source in sorted((HERE / "conf").glob(f"{name}*")):
            text = source.read_text()
            for key, value in {**values, **ports}.items():
                text = text.replace(f"@{key}@", str(value))
            (folder / source.name).write_text(text)
    def nghttpx(*arguments):
        return ["nghttpx", "--conf=/dev/null", "-n1", "--backlog=4096", "--accesslog-file=/dev/null",
                "--errorlog-file=/dev/null", "--no-ocsp", "--tls-min-proto-version=TLSv1.3",
                "--backend-keep-alive-timeout=600s", "--frontend-keep-alive-timeout=600s",
                "--frontend-read-timeout=600s", "--frontend-http2-read-timeout=600s",
                "--backend-read-timeout=600s", "--rlimit-nofile=20000", *arguments]
    p = PORTS["nghttpx"]
    mutual = ["--verify-client", f"--verify-client-cacert={folder}/ca.pem"]
    key = [f"{folder}/server.key", f"{folder}/server.pem"]
    commands["nghttpx"] = [
        nghttpx(f"-f127.0.0.1,{p['h1']};no-tls", f"-f127.0.0.1,{p['tls']}", f"-b127.0.0.1,{BACKEND}", *key),
        nghttpx(f"-f127.0.0.1,{p['mtls']}", f"-f127.0.0.1,{p['inner']}", f"-b127.0.0.1,{BACKEND}", *mutual, *key),
        nghttpx(f"-f127.0.0.1,{p['chain']};no-tls", f"-b127.0.0.1,{p['inner']};;tls;sni=localhost",
                f"--cacert={folder}/ca.pem", f"--client-private-key-file={folder}/client.key",
                f"--client-cert-file={folder}/client.pem"),
    ]
    commands["nginx"] = [["nginx", "-c", f"{folder}/nginx.conf", "-p", f"{folder}"]]
    commands["haproxy"] = [["haproxy", "-db", "-f", f"{folder}/haproxy.cfg"]]
    commands["ours"] = [[str(proxy), "run", f"{folder}/{name}.yaml", "--log-level", "error"]
                        for name in ("ours", "ours-inner")]
    commands["ours-logged"] = [[str(proxy), "run", f"{folder}/ours-logged.yaml", "--log-level", "error"]]
    commands["backend"] = [["nginx", "-c", f"{folder}/nginx-backend.conf", "-p", f"{folder}"]]
    return commands


def start(commands, cpu, folder):
    log = open(folder / "programs.log", "a")
    return [subprocess.Popen(["taskset", "-c", str(cpu), *c], stdout=log, stderr=log) for c in commands]
