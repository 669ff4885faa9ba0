"""What codes are called on printed forms, which are Chinese in every language of the pages."""

from typing import Final

from archive_service.people import Role

IN_CHINESE: Final[dict[str, dict[str, str]]] = {
    "dept": {"KF": "客服", "GC": "工程部", "ZX": "秩序部", "CW": "财务部", "BG": "办公室"},
    "purpose": {
        "work": "工作查考",
        "repair": "工程维修",
        "litigation": "诉讼仲裁",
        "audit": "审计检查",
        "owner_enquiry": "业主本人查询",
        "other": "其他",
    },
    "use": {"on_site": "查阅", "copy": "复印", "electronic": "电子查看", "take_out": "外借"},
    "form": {"original": "原件", "copy": "复印件"},
    "borrower": {"user": "本单位人员", "organisation": "外单位", "owner": "业主本人"},
    "level": {
        "PUBLIC": "公开",
        "INTERNAL": "内部",
        "PERSONAL": "个人信息",
        "CONFIDENTIAL": "保密",
        "SENSITIVE": "敏感",
    },
    "condition": {"good": "完好", "worn": "有磨损，完整", "damaged": "有损坏"},
    "outcome": {"lost": "遗失", "incomplete": "缺页", "damaged": "损坏", "whole": "完整归还"},
    "rebuilt": {"master": "由电子原件重新打印", "issuer": "由原出具单位补制", "impossible": "无法补制"},
    "remedy": {"suspected": "疑似遗失", "open": "处理中", "done": "已处理", "dismissed": "已排除"},
    "state": {
        "draft": "未提交",
        "submitted": "待部门审批",
        "dept_approved": "待档案审核",
        "archive_checked": "待领导批准",
        "approved": "待领取",
        "issued": "借出",
        "renewal_requested": "借出，申请续借",
        "return_pending_check": "归还待查验",
        "closed": "已归还",
        "rejected": "已拒绝",
        "cancelled": "已撤回",
        "expired": "过期未领取",
        "damaged": "损坏",
        "incomplete": "缺页",
        "lost": "遗失",
        "remedy": "补充或赔偿中",
        "closed_with_remedy": "补充或赔偿后结案",
    },
    "id_type": {
        "id_card": "居民身份证",
        "passport": "护照",
        "hk_macao": "港澳通行证",
        "taiwan": "台胞证",
        "credit_code": "统一社会信用代码证",
    },
    "undertaking": {
        "1": "本人承诺：不转借、不拆散、不涂改、不作标记，不拍照外传；妥善保管，按期完整归还。",
    },
}
ROLES_ZH: Final = {
    Role.FRONT_DESK: "前台",
    Role.ARCHIVIST: "档案员",
    Role.CASHIER: "收款员",
    Role.FINANCE: "财务",
    Role.ENGINEERING: "工程",
    Role.SC_MANAGER: "客服中心经理",
    Role.ARCHIVE_HEAD: "档案部门负责人",
    Role.COMPANY_LEADER: "公司领导",
    Role.PI_OFFICER: "个人信息保护负责人",
    Role.IT_ADMIN: "信息系统管理员",
    Role.AUDITOR: "审计",
}
