"""Papers of an invented centre besides the forty samples: other names, units, dates, numbers and wordings, and what is
true of each. Those that are learnt from and those that are examined share no heading's words and no sentence.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

DATA: Final = Path(__file__).parent / "data" / "variations.yaml"
CHARACTER_ERROR: Final = 0.0042
"""As measured by ``make bench read``."""

_SURNAMES: Final = (
    "丁万丛乔仇任伍余侯傅冯刘刁包卓卢卫厉叶吕吴周唐夏姚姜孔孙孟宋尤尹岑崔常"
    "廖张彭徐戴方施朱李杜杨林柳柯梁梅樊欧武毛沈汪洪温潘"
)
_GIVEN: Final = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建国志远思雨晓彤子涵嘉怡浩然雅琴"
_SHOPS: Final = ("晨曦面包店", "老街药店", "向阳便利店", "青禾餐饮有限公司", "云杉商贸有限公司", "巧手理发店")
_ALIKE: Final = {"0": "O", "1": "l", "5": "S", "2": "Z", "日": "曰", "未": "末", "己": "已", "土": "士", "人": "入",
                 "干": "千", "栋": "拣", "单": "草", "收": "牧", "户": "卢", "房": "旁", "装": "裝", "修": "俢",
                 "号": "号", "年": "牛", "月": "用", "证": "让", "检": "捡", "理": "埋", "电": "申", "水": "氷"}  # fmt: skip
_HAN: Final = "〇一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Variation:
    """``unit``: in its short form, "" where none is written; ``number`` and ``day`` likewise. ``day``: ISO."""

    class_code: str
    text: str
    file_name: str
    unit: str
    number: str
    day: str


@lru_cache(maxsize=1)
def _classes() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(DATA.read_text("utf-8"))
    return found


def variations(*, examined: bool, of_each: int, seed: int) -> Iterator[Variation]:
    """``of_each`` papers of every class, of the wordings to learn from or of those to examine with."""
    dice = random.Random(seed)
    for code, facts in _classes().items():
        for number in range(of_each):
            yield _variation(code, facts, dice, number, examined=examined)


def _variation(
    code: str, facts: dict[str, Any], dice: random.Random, number: int, *, examined: bool
) -> Variation:
    heads, says = facts["heads"][examined::2], facts["says"][examined::2]
    head = heads[number % len(heads)]
    unit, spoken = _unit(facts["unit"], dice)
    day, written = _day(dice)
    no, no_line = _number(facts["letters"], day, dice)
    name = dice.choice(_SHOPS) if facts["unit"] == "shop" else _person(dice)
    sentences = list(says)
    dice.shuffle(sentences)
    others = _distractors(day, dice)
    lines: list[str] = []
    if facts["unit"] == "building":
        lines += [
            f"{spoken}{head}（竣工）",
            f"图名：{spoken}{head}  图号：{no}",
            f"比例 1:{dice.choice((50, 100, 150))}  图幅 A{dice.randint(0, 2)}  版次 {dice.choice('ABC')}",
            *sentences,
            f"设计单位 示例市远山建筑设计院  竣工图章 编制日期{written}",
        ]
        return Variation(
            code, _scanned("\n".join(lines), dice), f"IMG_{dice.randrange(10**6)}.jpg", unit, "", day
        )
    titled = dice.random() < 0.3 and bool(spoken)
    lines.append(
        (f"云栖花园{spoken}" if titled else "")
        + head
        + (f"　{no_line}" if no_line and dice.random() < 0.5 else "")
    )
    if no_line and no_line not in lines[0]:
        lines.append(no_line)
    label = (
        dice.choice(("房号", "房屋", "房屋地址"))
        if facts["unit"] != "shop"
        else dice.choice(("铺位", "铺号"))
    )
    who = dice.choice(("业主", "申请人", "住户")) if facts["unit"] != "shop" else "承租人"
    if spoken:
        lines.append(
            dice.choice(
                (
                    f"{label}：{spoken}　{who}：{name}",
                    f"{who}{name}，{label}{spoken}。",
                    f"{who}：{name}（{spoken}）",
                )
            )
        )
    elif facts["unit"]:
        lines.append(f"{who}：{name}")
    place = dice.randrange(3)
    if place == 0:
        lines.append(f"{dice.choice(('登记日期', '填表日期', '日期', '办理日期'))}：{written}")
    lines += sentences
    if others:
        lines.append(others)
    if place == 1:
        lines.append(f"经办人：{_person(dice)}　　{written}")
    elif place == 2:
        lines += ["示例物业服务中心", written]
    return Variation(
        code, _scanned("\n".join(lines), dice), f"扫描_{dice.randrange(10**6):06}.pdf", unit, no, day
    )


def _person(dice: random.Random) -> str:
    return dice.choice(_SURNAMES) + "".join(dice.choices(_GIVEN, k=dice.choice((1, 2, 2))))


def _unit(kind: str, dice: random.Random) -> tuple[str, str]:
    """(short form, as it is written)"""
    building = dice.randint(1, 28)
    room = f"{dice.randint(1, 32):02}{dice.randint(1, 8):02}"
    if kind == "shop":
        zone, room = dice.choice("ABCD"), str(dice.randint(101, 236))
        return f"{zone}-{room}", dice.choice(
            (f"{zone}区{room}号", f"步行街{zone}区{room}号商铺", f"{zone}-{room}")
        )
    if kind == "building":
        return f"{building}栋", f"{building}栋"
    if kind == "flat":
        if dice.random() < 0.25:
            entrance = dice.randint(1, 3)
            return f"{building}-{entrance}-{room}", f"{building}栋{entrance}单元{room}"
        ways = (
            f"{building}栋{room}",
            f"{building}-{room}",
            f"{building}号楼{room}室",
            f"{building}幢{room}房",
            f"{building}栋{room}室",
        )
        return f"{building}-{room}", dice.choice(ways)
    return "", ""


def _day(dice: random.Random) -> tuple[str, str]:
    """(ISO, as it is written)"""
    day = date(2019, 1, 5) + timedelta(days=dice.randrange(2700))
    ways = (
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}年{day.month:02}月{day.day:02}日",
        f"{day.year}-{day.month:02}-{day.day:02}",
        f"{day.year}.{day.month}.{day.day}",
        f"{day.year}/{day.month}/{day.day}",
        f"{''.join(_HAN[int(c)] for c in str(day.year))}年{_han(day.month)}月{_han(day.day)}日",
    )
    return day.isoformat(), dice.choices(ways, weights=(6, 2, 3, 2, 1, 1))[0]


def _han(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else _HAN[tens] + "十") + (_HAN[ones] if ones else "")


def _number(kind: str, day: str, dice: random.Random) -> tuple[str, str]:
    """(number, the line in which it stands)"""
    year = day[:4]
    if not kind:
        return "", ""
    if kind in ("物业通", "物业公"):
        no = dice.randint(1, 88)
        opened, closed = dice.choice(("〔〕", "〔〕", "[]", "()"))
        return f"{kind}〔{year}〕{no}号", f"{kind}{opened}{year}{closed}{no}号"
    if kind == "serial":
        no = f"{dice.randint(10000, 99999):07}"
        return no, dice.choice((f"No.{no}", f"NO:{no}", f"№ {no}"))
    if kind.endswith("施"):
        return f"{kind}-{dice.randint(1, 60):02}", ""
    digits = f"{dice.randint(1, 999):04}"
    no = (
        f"{kind}-{year}{day[5:7]}{day[8:]}-{digits[2:]}"
        if kind in ("TS", "BX")
        else f"{kind}-{year}-{digits}"
    )
    return no, dice.choice((f"编号：{no}", f"编号 {no}", no, f"（{no}）"))


def _distractors(day: str, dice: random.Random) -> str:
    """Dates and numbers that are not the paper's own."""
    year, month = int(day[:4]), dice.randint(1, 12)
    return dice.choice(
        (
            "",
            "",
            f"有效期至{year + 1}年{month}月30日。" if month != 2 else f"有效期至{year + 1}年3月31日。",
            f"请于{year}年12月25日前办理完毕。",
            f"租期{year}年1月1日至{year + 2}年12月31日。",
            f"收据号{dice.randint(20000, 29999):07}。",
            f"联系电话1200000{dice.randint(0, 9999):04}。",
        )
    )


def _scanned(text: str, dice: random.Random) -> str:
    """As reading would give it: one character in 240 is another one, blanks come and go, colons lose their width."""
    out = []
    for char in text:
        if char in "　" and dice.random() < 0.5:
            char = " "
        elif char in "：（），" and dice.random() < 0.3:
            char = {"：": ":", "（": "(", "）": ")", "，": ","}[char]
        elif char.strip() and dice.random() < CHARACTER_ERROR:
            char = _ALIKE.get(char, "口" if "\u4e00" <= char <= "\u9fff" else char)
        out.append(char)
    return "".join(out)
