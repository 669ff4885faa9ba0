"""Documents of a property-management centre, made up but natural to look at, the same for the same seed.

Every name, number and place is invented. About three quarters of the documents speak of 业主.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from search_index import Entry

_SURNAMES: Final = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章"
_GIVEN: Final = "示例模拟假设虚构样本测试举隅拟定权宜代称佚名甲乙丙丁"
_PLACES: Final = (
    "云栖花园",
    "松涛苑",
    "滨江步行街",
    "听雨轩",
    "金桂里",
    "望湖雅居",
    "梧桐商业街",
    "晨光小区",
)
_PARTS: Final = (
    "电梯轿厢",
    "消防喷淋",
    "生活水泵",
    "地下车库",
    "屋面防水",
    "单元门禁",
    "公共照明",
    "化粪池",
    "燃气表",
    "可视对讲",
    "围墙栏杆",
    "排水管网",
    "变配电室",
    "高低压柜",
    "卷帘门",
    "烟感探头",
    "入户门",
    "厨房地漏",
    "主卧窗框",
    "天花吊顶",
    "隔墙",
    "门头招牌",
    "绿化带",
    "监控探头",
    "雨水井盖",
    "中央空调",
    "电缆桥架",
)
_FAULTS: Final = (
    "渗漏",
    "开裂",
    "锈蚀",
    "松动",
    "异响",
    "堵塞",
    "脱落",
    "短路",
    "失灵",
    "老化",
    "积水",
    "变形",
)
_ACTIONS: Final = (
    "更换密封胶",
    "重新打压试验",
    "清洗疏通",
    "焊接加固",
    "调整限位",
    "补刷防锈漆",
    "更换控制板",
    "做闭水试验",
    "更换轴承",
    "紧固螺栓",
    "重新接线",
    "清理杂物",
    "校准压力表",
    "更换滤芯",
)
_BODIES: Final = (
    "工程部",
    "客服部",
    "秩序部",
    "财务部",
    "业主委员会",
    "居委会",
    "施工单位",
    "监理单位",
    "燃气公司",
    "消防支队",
)
_SUBJECTS: Final = (
    ("YZ.01", "收楼验收单"),
    ("YZ.03", "过户更名申请"),
    ("YZ.04", "收铺交验单"),
    ("YZ.06", "停车位租赁登记"),
    ("ZX.01", "二次装修申请表"),
    ("ZX.01.S", "闭水试验记录"),
    ("ZX.02", "临时出入证发放登记"),
    ("WS.02", "停水停电通知"),
    ("KU.01", "物业费收据"),
    ("KJ.02", "电气施工图"),
    ("GC.03", "设备维修保养记录"),
    ("KF.02", "业主投诉处理单"),
    ("WX.01", "专项维修资金使用申请"),
)
_LEVELS: Final = ("PUBLIC", "INTERNAL", "PERSONAL", "SENSITIVE")
_STATES: Final = ("filed", "filed", "filed", "readable")


def _person(dice: random.Random) -> str:
    return dice.choice(_SURNAMES) + "".join(dice.choices(_GIVEN, k=dice.choice((1, 2, 2))))


def _day(dice: random.Random) -> date:
    return date(2018, 1, 1) + timedelta(days=int(3200 * dice.random() ** 0.6))


def _sentence(dice: random.Random, unit: str) -> str:
    day = _day(dice)
    part, fault, action = dice.choice(_PARTS), dice.choice(_FAULTS), dice.choice(_ACTIONS)
    body, other = dice.choice(_BODIES), dice.choice(_BODIES)
    kind = dice.randrange(12)
    if kind == 0:
        return f"{day.year}年{day.month}月{day.day}日,{body}到{unit}检查,{part}{fault}一处,当日{action}。"
    if kind == 1:
        days = dice.randint(2, 15)
        return f"经{body}与{other}确认,{part}存在{fault}现象,由{_person(dice)}负责{action},限{days}日内完成。"
    if kind == 2:
        water, power = dice.randint(0, 9999), dice.randint(0, 99999)
        return f"水表底数{water:04}、电表底数{power:05},移交钥匙{dice.randint(1, 8)}把。"
    if kind == 3:
        return f"业主{_person(dice)}签字确认,经办人{_person(dice)},原件存档备查。"
    if kind == 4:
        yuan, fen, receipt = dice.randint(200, 9000), dice.randint(0, 99), dice.randint(0, 9999999)
        return f"应收物业费{yuan}.{fen:02}元,收据号{receipt:07},已入账。"
    if kind == 5:
        return f"{part}与{dice.choice(_PARTS)}报修,{other}答复{dice.randint(1, 7)}个工作日内派人{action}。"
    if kind == 6:
        return f"参照物业通〔{day.year}〕{dice.randint(1, 60)}号执行,图号电施-{dice.randint(1, 40):02}。"
    if kind == 7:
        return f"业主反映{part}{fault}影响居住,要求{body}尽快{action}并书面答复。"
    if kind == 8:
        area, end = dice.randint(30, 89), dice.randint(0, 9999)
        return f"联系人{_person(dice)},电话1{area}****{end:04},预约{day.month}月{day.day}日上门。"
    if kind == 9:
        number, years = dice.randint(1, 900), dice.choice(("十", "三十"))
        return f"验收合格后由{body}归档,编号ZX-{day.year}-{number:04},保存{years}年。"
    if kind == 10:
        return f"从专项维修资金列支,须经专有部分面积三分之二以上的业主同意。{part}列入年度计划。"
    return f"{unit}楼下住户{_person(dice)}称{part}{fault},经查系{dice.choice(_PARTS)}{fault}引起,已{action}。"


def documents(count: int, seed: int, characters: int = 1_000) -> Iterator[Entry]:
    """``count`` entries with uids from 1, of about ``characters`` characters on pages of up to 1,000."""
    dice = random.Random(seed)
    for uid in range(1, count + 1):
        code, form = dice.choice(_SUBJECTS)
        speaks_of_owners = dice.random() < 0.77
        building = f"{dice.randint(1, 30)}栋"
        room = f"{dice.randint(1, 33)}{dice.randint(1, 12):02}"
        unit = f"{building[:-1]}-{room}"
        owner = _person(dice)
        day = _day(dice)
        level = dice.choices(_LEVELS, weights=(3, 5, 4, 1))[0]
        archival = f"WY01-{code.replace('.', '·')}·{day.year}-{uid:05}"
        number = f"{code[:2]}-{day.year}-{dice.randint(1, 9999):04} {archival}"
        pages: list[str] = []
        left = characters
        while left > 0:
            text = f"{form} 房号{unit}。" if not pages else ""
            while len(text) < min(left, 1_000):
                sentence = _sentence(dice, f"{building}{room}")
                text += sentence if speaks_of_owners else sentence.replace("业主", "住户")
            pages.append(text)
            left -= len(text)
        yield Entry(
            uid=uid,
            title=f"{dice.choice(_PLACES)}{building}{room}{form}",
            pages=tuple(pages),
            owner=owner,
            unit=unit,
            number=number,
            class_code=code,
            year=day.year,
            building=building,
            state=dice.choice(_STATES),
            level=level,
            rights=f"{level}/{code.partition('.')[0]}",
            date=day if dice.random() < 0.97 else None,
            file=f"{code[:2]}-{day.year}-{dice.randint(1, 200):04}" if dice.random() < 0.6 else "",
            current=dice.random() < 0.95,
        )
