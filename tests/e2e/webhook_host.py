"""Take posts on a port of loopback and append each body to a file, as a line."""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

PORT, FILE = int(sys.argv[1]), Path(sys.argv[2])


class Take(BaseHTTPRequestHandler):
    """Write every post down."""

    def do_POST(self) -> None:
        """Append the body."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with FILE.open("ab") as file:
            file.write(body + b"\n")
        self.send_response(204)
        self.end_headers()


print("ready", flush=True)  # noqa: T201
HTTPServer(("127.0.0.1", PORT), Take).serve_forever()
