#!/usr/bin/env python3
"""Opens connections, asks one thing on each, and holds them until its input is closed.

    idle.py PORT COUNT plain|tls      prints how many are open
"""
import socket
import ssl
import sys

port, count, kind = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
connections = []
for _ in range(count):
    connection = socket.create_connection(("127.0.0.1", port))
    if kind == "tls":
        connection = context.wrap_socket(connection)
    connection.sendall(b"GET /k HTTP/1.1\r\nHost: localhost\r\n\r\n")
    data = b""
    while b"\r\n\r\n" not in data or len(data.partition(b"\r\n\r\n")[2]) < 1024:
        data += connection.recv(65536)
    connections.append(connection)
print(len(connections), flush=True)
sys.stdin.read()
