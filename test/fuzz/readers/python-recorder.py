# Writes down the request lines that Python's own HTTP server reads off the wire, one a line on standard output; with the word `bodies`
# each request to its end, as JSON.
import hashlib
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def tell(line):
    # One write, as the threads of several connections share the output.
    os.write(1, f"{line}\n".encode())


with_bodies = sys.argv[1:] == ["bodies"]


class Recorder(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self):
        if not with_bodies:
            tell(self.requestline)
        body = b""
        # http.server leaves bodies to its users: read as frameworks on it do.
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while True:
                size = int(self.rfile.readline().split(b";")[0], 16)
                body += self.rfile.read(size + 2)[:size]
                if size == 0:
                    break
        else:
            length = int(self.headers.get("Content-Length", "0"))
            body = self.rfile.read(length)
            if len(body) < length:
                return
        if with_bodies:
            tell(json.dumps({"line": self.requestline, "body": hashlib.sha1(body).hexdigest()}))
        self.send_response(200)
        self.send_header("Content-Length", "0" if self.command == "HEAD" else "2")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"ok")

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self.handle_any
        raise AttributeError(name)

    def send_error(self, code, message=None, explain=None):
        refused = f"REFUSED {code} {self.raw_requestline!r}"
        tell(json.dumps({"line": refused, "body": ""}) if with_bodies else refused)
        super().send_error(code, message, explain)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
server.daemon_threads = True
tell(server.server_port)
server.serve_forever()
