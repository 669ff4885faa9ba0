"""A mail server and a webhook's server on this machine, as real as what they stand for: sockets, threads, answers."""

import base64
import contextlib
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

MOST_LINE: Final = 1000


@dataclass
class PostOffice:
    """``refuses``: addresses that it takes no mail for. ``password``: what AUTH PLAIN must tell; "" for no sign-in.
    ``says``: what it answers to a letter."""

    refuses: frozenset[str] = frozenset()
    password: str = ""
    says: str = "250 taken"
    silent: bool = False
    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


class _Counter(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321) as a program that hands in letters asks for."""

    office: PostOffice

    def handle(self) -> None:
        if self.office.silent:
            self.office.over.wait(20)
            return
        self._say("220 post office")
        to: list[str] = []
        while line := self.rfile.readline(MOST_LINE).decode().strip():
            word, _, rest = line.partition(" ")
            match word.upper():
                case "EHLO":
                    self._say(
                        "250-post office\r\n250 AUTH PLAIN" if self.office.password else "250 post office"
                    )
                case "AUTH":
                    told = base64.b64decode(rest.removeprefix("PLAIN ")).split(b"\0")[-1].decode()
                    self._say("235 come in" if told == self.office.password else "535 no")
                case "RCPT":
                    address = rest[rest.index("<") + 1 : rest.index(">")]
                    if address in self.office.refuses:
                        self._say("550 nobody of this name")
                    else:
                        to.append(address)
                        self._say("250 yes")
                case "DATA":
                    self._say("354 go on")
                    self._take()
                    self._say(self.office.says)
                case "QUIT":
                    self._say("221 farewell")
                    return
                case _:
                    self._say("250 yes")

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        letter = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.office.letters.append(letter)

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


@contextlib.contextmanager
def post_office(office: PostOffice | None = None) -> Iterator[PostOffice]:
    open_office = office or PostOffice()
    handler = type("Counter", (_Counter,), {"office": open_office})
    with _serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler), open_office.over) as port:
        open_office.port = port
        yield open_office


@dataclass
class GroupChat:
    """``behaves``: well, refuses, fails, redirects, floods, hangs or trickles."""

    behaves: str = "well"
    port: int = 0
    calls: list[tuple[str, bytes]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


class _Robot(BaseHTTPRequestHandler):
    chat: GroupChat

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.chat.calls.append((self.path, body))
        match self.chat.behaves:
            case "hangs":
                self.chat.over.wait(20)
            case "trickles":
                self.send_response(200)
                self.flush_headers()
                with contextlib.suppress(OSError):
                    while not self.chat.over.wait(0.05):
                        self.wfile.write(b"X-More: 1\r\n")
            case "redirects":
                self.send_response(302)
                self.send_header("Location", f"http://127.0.0.1:{self.chat.port}/elsewhere")
                self.end_headers()
            case "fails":
                self._answer(500, b"oh no")
            case "refuses":
                self._answer(200, b'{"errcode":93000,"errmsg":"invalid webhook url"}')
            case "floods":
                with contextlib.suppress(OSError):
                    self._answer(200, b"x" * 10_000_000)
            case _:
                self._answer(200, b'{"errcode":0,"errmsg":"ok"}')

    def do_GET(self) -> None:
        self.chat.calls.append((self.path, b""))
        self._answer(200, b'{"errcode":0}')

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing to the screen."""


@contextlib.contextmanager
def group_chat(behaves: str = "well") -> Iterator[GroupChat]:
    chat = GroupChat(behaves)
    handler = type("Robot", (_Robot,), {"chat": chat})
    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), handler), chat.over) as port:
        chat.port = port
        yield chat


@contextlib.contextmanager
def _serving(server: socketserver.BaseServer, over: threading.Event) -> Iterator[int]:
    server.daemon_threads = True  # type: ignore[attr-defined]  # both kinds have threads
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]  # type: ignore[misc]  # both listen at a port
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()
