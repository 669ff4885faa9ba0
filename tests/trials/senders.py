"""People who send papers while the service is killed under them, and who go on where the line broke."""

import base64
import hashlib
import random
import string
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import httpx

from bench.fonts import chinese_font
from bench.pages import as_pdf, draw_page
from tests.extraction.papers import one_page_pdf
from tests.support.service import Service

PAUSE_SECONDS: Final = 0.02
BROKEN_LINE_SECONDS: Final = 0.05  # before somebody whose line broke tries again
MIB: Final = 1 << 20


class GivenUp(Exception):
    """The trial is over before the paper was through."""


@dataclass(frozen=True, slots=True)
class Paper:
    """``word`` stands on it, and on no other paper; of a scan, in its name only."""

    word: str
    name: str
    content: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the service said of a paper it took."""

    document_id: str
    digest: str
    word: str
    by_tus: bool


class Papers:
    """Papers without end, none like another."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        page = draw_page("收楼验收单 房号 3-1201 业主 张示例", chinese_font(), dpi=100, seed=seed, size="A5")
        self._scan = as_pdf([page], dpi=100)

    def small(self) -> Paper:
        """A few lines of text, now and then a scan."""
        word = self._word()
        if self.chance.random() < 0.1:
            return Paper(word, f"{word}.pdf", self._scan + f"\n%{word}".encode())
        lines = f"装修申请 {word}\n" * self.chance.randrange(1, 400)
        return Paper(word, f"{word}.txt", lines.encode())

    def big(self) -> Paper:
        """A PDF of one page of text that carries up to 3 MiB of luggage."""
        word = self._word()
        luggage = self.chance.randbytes(self.chance.randrange(1, 3 * MIB))
        content = one_page_pdf(
            page=b"/Resources << /Font << /F 5 0 R >> >>",
            content=b"BT /F 12 Tf 60 700 Td (" + word.encode() + b") Tj ET",
            more=[
                b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
                b"<< /Length %d >>\nstream\n" % len(luggage) + luggage + b"\nendstream",
            ],
        )
        return Paper(word, f"{word}.pdf", content)

    def _word(self) -> str:
        return "".join(self.chance.choices(string.ascii_lowercase, k=14))


class Sender(threading.Thread):
    """Sends without pause and keeps the receipts. Ends itself when ``ending`` is set."""

    def __init__(self, service: Service, token: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.service, self.token = service, token
        self.papers = Papers(seed)
        self.chance = self.papers.chance
        self.receipts: list[Receipt] = []
        self.refused: list[str] = []  # answers that no kill explains
        self.broken_lines = 0
        self.ending = threading.Event()

    def run(self) -> None:
        with self.service.client(self.token) as client:
            while not self.ending.is_set():
                with suppress(GivenUp):
                    self.send(client)
                self.ending.wait(PAUSE_SECONDS)

    def send(self, client: httpx.Client) -> None:
        """One paper to its receipt. Raises GivenUp."""
        raise NotImplementedError

    def tried(self, client: httpx.Client, request: httpx.Request) -> httpx.Response | None:
        """The answer, or None where the line broke or the service is too busy. Raises GivenUp."""
        if self.ending.is_set():
            raise GivenUp
        with suppress(httpx.HTTPError):
            answer = client.send(request)
            if answer.status_code not in (423, 503):
                return answer
        self.broken_lines += 1
        self.ending.wait(BROKEN_LINE_SECONDS)
        return None

    def refuse(self, answer: httpx.Response) -> None:
        self.refused.append(f"{answer.request.method} {answer.request.url.path}: {answer.status_code}")
        self.ending.wait(BROKEN_LINE_SECONDS)


class WholeSender(Sender):
    """One POST a paper; half of them under a key, sent again until there is an answer."""

    def send(self, client: httpx.Client) -> None:
        paper = self.papers.small()
        key = {"Idempotency-Key": paper.word} if self.chance.random() < 0.5 else {}
        while True:
            request = client.build_request(
                "POST", "/api/v1/documents", files={"file": (paper.name, paper.content)}, headers=key
            )
            answer = self.tried(client, request)
            if answer is None:
                if not key:
                    return  # nobody said that it was taken, and asking again could double it
                continue
            if answer.status_code == 201:
                self.receipts.append(Receipt(answer.json()["id"], paper.digest, paper.word, by_tus=False))
            else:
                self.refuse(answer)
            return


class TusSender(Sender):
    """Uploads in pieces: after a broken line it asks how far the upload is and goes on from there."""

    def __init__(self, service: Service, token: str, seed: int) -> None:
        super().__init__(service, token, seed)
        self.resumed = 0  # uploads that went on from the middle after a broken line

    def send(self, client: httpx.Client) -> None:
        paper = self.papers.big()
        address = self._begun(client, paper)
        if address is None:
            return
        offset, sure, was_broken = 0, 0, False  # sure: so much was answered for
        while offset < len(paper.content):
            piece = paper.content[offset : offset + self.chance.randrange(1, MIB)]
            answer = self.tried(client, self._patch(client, address, offset, piece))
            if answer is not None and answer.status_code == 204:
                offset = sure = int(answer.headers["Upload-Offset"])
                continue
            if (
                answer is not None and answer.status_code != 409
            ):  # 409: the piece had come, its answer had not
                self.refuse(answer)
                return
            was_broken = True
            now = self._offset(client, address)
            if now is None:
                return
            if now < sure:
                self.refused.append(f"{address}: went back from byte {sure} to {now}")
            self.resumed += 0 < now < len(paper.content)
            offset = now
        self._receipt(client, address, paper, was_broken=was_broken)

    def _begun(self, client: httpx.Client, paper: Paper) -> str | None:
        name = base64.b64encode(paper.name.encode()).decode()
        headers = {"Upload-Length": str(len(paper.content)), "Upload-Metadata": f"filename {name}"}
        while True:
            answer = self.tried(client, self._request(client, "POST", "/api/v1/uploads", headers))
            if answer is None:
                continue  # an upload that nobody goes on with is empty and expires
            if answer.status_code == 201:
                return str(answer.headers["Location"])
            self.refuse(answer)
            return None

    def _offset(self, client: httpx.Client, address: str) -> int | None:
        while True:
            answer = self.tried(client, self._request(client, "HEAD", address))
            if answer is None:
                continue
            if answer.status_code == 200:
                return int(answer.headers["Upload-Offset"])
            self.refuse(answer)
            return None

    def _receipt(self, client: httpx.Client, address: str, paper: Paper, *, was_broken: bool) -> None:
        """The last byte is answered only once the document stands; so its address must be there at once."""
        while True:
            answer = self.tried(client, self._request(client, "GET", f"{address}/result"))
            if answer is None:
                continue
            told = answer.json() if answer.status_code == 200 else {}
            if told.get("state") == "received":
                document_id = told["document_url"].rsplit("/", 1)[1]
                self.receipts.append(Receipt(document_id, paper.digest, paper.word, by_tus=True))
            else:
                self.refused.append(
                    f"{address}: all bytes taken{' over broken lines' * was_broken}, but {answer.text}"
                )
            return

    def _patch(self, client: httpx.Client, address: str, offset: int, piece: bytes) -> httpx.Request:
        headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        if self.chance.random() < 0.5:
            proof = base64.b64encode(hashlib.sha256(piece).digest()).decode()
            headers["Upload-Checksum"] = f"sha256 {proof}"
        return self._request(client, "PATCH", address, headers, piece)

    @staticmethod
    def _request(
        client: httpx.Client,
        method: str,
        address: str,
        headers: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Request:
        return client.build_request(
            method, address, headers={"Tus-Resumable": "1.0.0", **(headers or {})}, content=content
        )
