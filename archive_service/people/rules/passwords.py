"""What is taken for a password: long enough, and not one that everybody tries first; and what a guess costs."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from archive_service.kernel.errors import N_

SHORTEST: Final = 12
LONGEST: Final = 128

TOO_SHORT: Final = N_("A password has at least 12 characters. Four words in a row are easy to remember.")
TOO_LONG: Final = N_("A password has at most 128 characters.")
TOO_COMMON: Final = N_("Everybody tries this password first. Please think of another one.")
LIKE_THE_NAME: Final = N_("The password must not be your own name.")
_BESIDE_THE_NAME: Final = 5
"""Letters or characters a password has at least besides the sign-in name: a real name alone is no secret."""


@dataclass(frozen=True, slots=True)
class HashingCost:
    """What one guess costs in Argon2id. ``memory_cost`` in KiB, ``parallelism`` in lanes."""

    time_cost: int
    memory_cost: int
    parallelism: int


COST: Final = HashingCost(time_cost=3, memory_cost=64 * 1024, parallelism=4)
"""The second choice of RFC 9106. Both hashers take it from here, that of the service and that of the pages: a password
that was hashed at another cost would be hashed anew when its owner signs in."""

# The words that the published lists of stolen passwords are made of, with digits and signs around them.
_COMMON_WORDS: Final = """
    password passwort passwd pass admin administrator adminadmin root toor user username login welcome
    letmein master monkey dragon shadow sunshine princess football baseball superman batman trustno
    iloveyou qwerty qwertyuiop qwertyui asdfgh asdfghjkl asdf zxcvbn zxcvbnm qazwsx qazwsxedc qweasd
    qweasdzxc qweasdzxcv wasd abc abcd abcdef abcdefg abcdefgh abcdefghijkl abcdefghijklm aabbcc changeme
    default secret test testtest testing guest system server manager office company archive archives
    dangan mima woaini woaiwojia woaiwoziji nihao buzhidao wangyut zhang wuye wuyeguanli kefu kehufuwu
    computer internet google michael jennifer jordan hello helloworld hunter freedom whatever starwars
    pokemon naruto loveme lovely secure security temp temporary demo example access control oracle mysql
    postgres windows microsoft linux ubuntu samsung huawei xiaomi tencent alibaba taobao weixin wechat
"""
_LEET: Final = str.maketrans("013457$@!", "oleastsai")
_ROWS: Final = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
    "qwertyuiopqwertyuiop",
    "asdfghjklasdfghjkl",
    "zxcvbnmzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "1q2w3e4r5t6y7u8i9o0p",
)


def normalized(password: str) -> str:
    """The one spelling under which a password is hashed: input methods type the same signs in several."""
    return unicodedata.normalize("NFKD", password)


def objection(password: str, login_name: str = "") -> str | None:
    """Message id of what is wrong with ``password`` (normalized), or None if it may be used."""
    if len(password) < SHORTEST:
        return TOO_SHORT
    if len(password) > LONGEST:
        return TOO_LONG
    lowered = password.lower()
    name = login_name.lower()
    if name and name in lowered and len(_core(lowered.replace(name, ""))) < _BESIDE_THE_NAME:
        return LIKE_THE_NAME
    if len(set(lowered)) < 5 or _in_a_row(lowered) or _repeats_a_common_word(lowered):
        return TOO_COMMON
    return None


def _core(text: str) -> str:
    """What is left without the digits and signs that people hang on to a word."""
    return re.sub(r"[\d\W_]+", "", text)


def _repeats_a_common_word(lowered: str) -> bool:
    plain = re.sub(r"[\d\W_]+$|^[\d\W_]+", "", lowered)
    for text in (_core(lowered), _core(plain.translate(_LEET))):
        once = re.fullmatch(r"(.+?)\1*", text)
        if once and (
            once[1] in _COMMON_WORDS.split() or len(once[1]) == 1 or any(once[1] in row for row in _ROWS)
        ):
            return True
    return False


def _in_a_row(lowered: str) -> bool:
    """Whether it is up to three stretches of keyboard, alphabet or digits, in either direction."""
    left = re.sub(r"[\W_]", "", lowered)
    stretches = 0
    while left:
        longest = max(
            (
                n
                for row in _ROWS
                for way in (row, row[::-1])
                for n in range(3, len(left) + 1)
                if left[:n] in way
            ),
            default=0,
        )
        if not longest:
            return False
        stretches += 1
        left = left[longest:]
    return stretches <= 3
