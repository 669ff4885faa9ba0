"""Names of owners and tenants beside the words that announce them."""

import re
from typing import Final

from archive_service.suggestions.rules import Candidate, Field, best
from archive_service.suggestions.rules.paper import Paper

SURNAMES: Final = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳"
    "酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞"
    "熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣贲邓"
    "郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊於惠甄曲家封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫"
    "宁仇栾暴甘钭厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰"
    "郦雍郤璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东殴殳沃利"
    "蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公肖仝代佟佘闫岳商牟覃辜冼麦区"
)
_PERSON: Final = r"[\u4e00-\u9fff]{2,4}"
_COMPANY: Final = (
    r"[\u4e00-\u9fff()A-Za-z0-9]{2,28}?(?:有限责任公司|有限公司|股份公司|公司|商行|茶铺|餐厅|饭店|超市|工作室|商店|便利店|药店|"
    r"美发店|理发店|烧烤店|中心|事务所|酒楼|店|铺|厂)"
)
_LABELS: Final = (
    (0.9, "现业主|新业主|受让方|买受人|过户后业主"),
    (0.85, "产权人姓名|产权人|业主姓名|业主\\(产权人\\)|权利人|户主"),
    (
        0.8,
        "业主|承租人|承租方|租户|持证人|交款人|委托人|申请人|投诉人|报修人|住户|使用人|乙方|被服务人|缴款人|付款人|客户|搬出人",
    ),
    (0.6, "姓名|名称|商户|来访人|收件人"),
    (0.2, "原业主|出租业主|转让方|出让方|甲方|联系人"),
)
_NAMED: Final = re.compile(
    "(?:"
    + "|".join(f"(?P<l{i}>{words})" for i, (_, words) in enumerate(_LABELS))
    + r")(?:\([^()]{1,8}\))?(?P<mark>:|为|是)?"
    rf" ?(?:(?P<company>{_COMPANY})|(?P<person>{_PERSON}))"
)
_NO_NAME: Final = re.compile(
    r"(?:签|确|同|电|要|反|证|委|大|会|资|手|本|身|自|联|已|需|应|可|请|未|不|在|与|及|和|或|的|于|向|到|对|把|将|按|因|所|为|由|办|提|"
    r"前来|代|授|均|共|双|方|等|人|号|单|满|拒|投|报|来|先生|女士|产权|姓名|信|房|地|登|收|领|交|付|档|入|出|更|变|服|公|物|名|知|必|缴|送|关系|情况|资料)"
)
# Begins like a surname and is none: 与业主关系, 包括, 方便, 管理, 高层, 金额.
_NO_NAME_AT_ALL: Final = re.compile(
    r"关系|关于|关注|情况|包括|包含|方便|方可|管理|管道|高层|高度|高空|金额|时间|时段|安全|安装|全部|全体|家属|家庭"
    r"|平台|周边|项目|明细|明确|水电|水管|水费|屋顶|屋面|房屋|房产|房间|房型|支付|支持|施工|施行|成员|阳台|应当|应急"
)
_END: Final = re.compile(
    r"(?=[,。;、()\s\d:/]|签|身份证|电话|联系|手机|房号|单元|先生|女士|确认|已|同意|本人|于|代理|委托|性别|证件|原件|因|来电|来访|反映|"
    r"办理|申请|提交|住|与|和|系|为|持|在|将|的|到|$)"
)
_AFTER_UNIT: Final = re.compile(r"(?:栋|座|幢)\d{3,4}(?:室)?\)?业主")


def owners(paper: Paper) -> list[Candidate]:
    """People and firms that the paper is about, as it names them."""
    found: list[Candidate] = []
    text = paper.flat
    at = 0
    while match := _NAMED.search(text, at):
        at = match.end(match.lastgroup or 0) if match["mark"] else match.start() + 2
        at = max(match.start() + 2, min(at, match.end()))
        weight = next(w for i, (w, _) in enumerate(_LABELS) if match[f"l{i}"])
        if match["company"]:
            name, start = match["company"], match.start("company")
            if _NO_NAME.match(name) and not match["mark"]:
                continue
            name = name.split("(", 1)[0] if name.endswith("(") else name
        else:
            start = match.start("person")
            name = _person(text[start : start + 6])
            if not name:
                continue
        if not match["mark"]:
            weight *= 0.92
        found.append(
            Candidate(Field.OWNER, name, min(weight, 0.95), spans=paper.spans(start, start + len(name)))
        )
        at = start + len(name)
    # 冯举例(2栋1503), 褚某例,4栋1802业主: the one with the home beside the name.
    return best(found)


def _person(text: str) -> str:
    """The two to four characters with which a name begins; "" where none does."""
    if text[:1] not in SURNAMES or (_NO_NAME.match(text[:1]) and text[:1] not in "应房于和代"):
        return ""
    if _NO_NAME_AT_ALL.match(text):
        return ""
    for length in (3, 2, 4):
        if (
            len(text) >= length
            and _END.match(text, length)
            and all("\u4e00" <= c <= "\u9fff" for c in text[:length])
        ):
            name = text[:length]
            return "" if name[1:2] and _NO_NAME.match(name[1:]) and name[1] in "签确同电的业" else name
    return ""
