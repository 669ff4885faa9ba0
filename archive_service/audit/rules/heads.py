"""The day's last row of the trail, signed: what a file outside the database says, and how it is checked. Pure.

A chain of hashes shows that a row was changed, not that somebody with the database in hand wrote all of it anew. A
signed head says which hash a row had on the evening of a day.
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FORMAT: Final = 1


class BadHead(Exception):
    """A file that is no signed head, or not one of this key."""


@dataclass(frozen=True, slots=True)
class SignedHead:
    """``hash`` of row ``seq``, the last one on ``day`` (Asia/Shanghai). ``before``: SHA-256 of the file of the head
    before it, "" for the first. ``digest``: of its own file."""

    day: date
    seq: int
    hash: str
    at: datetime
    before: str
    digest: str = ""

    @property
    def file_name(self) -> str:
        return f"{self.day.isoformat()}-{self.seq}.json"


def private_key(secret: str) -> Ed25519PrivateKey:
    """The signing key that belongs to a kept secret."""
    return Ed25519PrivateKey.from_private_bytes(sha256(b"audit heads\n" + secret.encode()).digest())


def public_text(key: Ed25519PublicKey) -> str:
    """As it is shown and typed: 64 hexadecimal digits."""
    return key.public_bytes_raw().hex()


def public_key(text: str) -> Ed25519PublicKey:
    """Raises ValueError."""
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text.strip()))


def written(head: SignedHead, key: Ed25519PrivateKey) -> bytes:
    """The file of a head: JSON, its facts and the signature over them."""
    facts = _facts(head)
    signature = key.sign(_canonical(facts)).hex()
    told = {**facts, "key": public_text(key.public_key()), "signature": signature}
    return (json.dumps(told, indent=2) + "\n").encode()


def read(content: bytes, key: Ed25519PublicKey) -> SignedHead:
    """Raises BadHead unless it was signed by ``key`` and says what was signed."""
    try:
        told = json.loads(content)
        head = SignedHead(
            date.fromisoformat(told["day"]),
            int(told["seq"]),
            str(told["hash"]),
            datetime.fromisoformat(told["at"]),
            str(told["before"]),
            sha256(content).hexdigest(),
        )
        key.verify(bytes.fromhex(told["signature"]), _canonical(_facts(head)))
    except (ValueError, KeyError, TypeError, RecursionError, InvalidSignature) as error:
        raise BadHead() from error
    return head


def _facts(head: SignedHead) -> dict[str, object]:
    return {
        "format": FORMAT,
        "day": head.day.isoformat(),
        "seq": head.seq,
        "hash": head.hash,
        "at": head.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "before": head.before,
    }


def _canonical(facts: dict[str, object]) -> bytes:
    return json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the trail. ``seq``: of the row, 0 where none is meant; ``file``: of a signed head, or ""."""

    code: str
    seq: int = 0
    file: str = ""


@dataclass(frozen=True, slots=True)
class FaultWords:
    english: str
    chinese: str


_KEEP = FaultWords(
    "Stop the service, keep database and files as they are, and compare with the latest backup before this day.",
    "请停止服务，保持数据库和文件原样，与此前最近的备份比对。",
)
_FAULTS: Final = {
    "content": FaultWords(
        "Row {seq} was changed after it was written.",
        "第 {seq} 条记录在写入之后被改动过。",
    ),
    "gap": FaultWords("Row {seq} is missing.", "缺少第 {seq} 条记录。"),
    "link": FaultWords(
        "Row {seq} does not follow the row before it: rows were put in another order, or one was forged.",
        "第 {seq} 条记录与前一条接不上：记录的次序被调换，或有伪造的记录。",
    ),
    "tail": FaultWords(
        "The end of the trail is not the one that was noted last: rows from {seq} on were cut off or added.",
        "记录的末尾与登记的不符：第 {seq} 条起的记录被截去或添加。",
    ),
    "head-cut": FaultWords(
        "The trail ends before row {seq}, which {file} has signed: its end was cut off.",
        "{file} 签署过第 {seq} 条记录，而现有记录到不了这一条：末尾被截去。",
    ),
    "head-differs": FaultWords(
        "Row {seq} is not the one that {file} has signed: the trail was written anew.",
        "第 {seq} 条记录不是 {file} 签署的那一条：整条记录链被重新编写过。",
    ),
    "head-bad": FaultWords(
        "{file} is no head that this service's key has signed: it was changed, or the key was replaced.",
        "{file} 不是本服务密钥签署的：文件被改动，或密钥被更换。",
    ),
    "head-lost": FaultWords(
        "A signed head that the trail tells of is missing, or another stands in its place: {file}.",
        "记录中提到的签署文件不见了，或被换成了别的：{file}。",
    ),
    "head-order": FaultWords(
        "{file} does not follow the signed head before it: one between them was taken away.",
        "{file} 与前一个签署文件接不上：中间有文件被取走。",
    ),
}


def told(fault: Fault) -> FaultWords:
    """What is wrong and what to do, in both languages."""
    words = _FAULTS[fault.code]
    facts = {"seq": fault.seq, "file": fault.file}
    return FaultWords(
        f"{words.english.format(**facts)} {_KEEP.english}", f"{words.chinese.format(**facts)}{_KEEP.chinese}"
    )
