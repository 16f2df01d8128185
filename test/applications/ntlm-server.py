# An application that logs in the connection by NTLM, with the handshake of pyspnego. Users in the file that NTLM_USER_FILE names.
import base64
import http.server
import socketserver

import spnego
from spnego import NegotiateOptions


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    handshake = None
    user = None

    def answer(self, status, text, challenge=None):
        self.send_response(status)
        if challenge is not None:
            self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self):
        field = self.headers.get("Authorization", "")
        if field.startswith("NTLM "):
            if self.handshake is None or self.handshake.complete:
                self.handshake = spnego.server(protocol="ntlm", options=NegotiateOptions.use_ntlm)
            try:
                token = self.handshake.step(base64.b64decode(field[5:]))
            except Exception:
                self.handshake = None
                return self.answer(401, "wrong", "NTLM")
            if not self.handshake.complete:
                return self.answer(401, "go on", "NTLM " + base64.b64encode(token).decode())
            self.user = self.handshake.client_principal
        if self.user is None:
            return self.answer(401, "who are you?", "NTLM")
        return self.answer(200, self.user)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


server = Server(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
