#!/usr/bin/env python3
"""A registry that has every image, for benchmarks: `bench/registry.py MILLISECONDS`.

Prints its address, and answers each question after so long. What it says of a tag is made of the question, so
that it is the same in every run.
"""

import hashlib
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

INDEX = "application/vnd.oci.image.index.v1+json"


class Registry(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    latency = float(sys.argv[1]) / 1000

    def do_GET(self):
        time.sleep(self.latency)
        said = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [], "annotations": {"of": self.path}}
        body = b"{}" if self.path == "/v2/" else json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", INDEX)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Docker-Content-Digest", "sha256:" + hashlib.sha256(body).hexdigest())
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


server = Server(("127.0.0.1", 0), Registry)
print(f"127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
