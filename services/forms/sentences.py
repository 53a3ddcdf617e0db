"""Codes of problems and their Chinese sentences: what is wrong and what to do, in words of the form itself."""

from collections.abc import Mapping
from typing import Any

from services.forms.formats import FORMATS
from services.forms.model import Field, Kind
from services.kernel.problems import Problem

CODES: Mapping[str, str] = {
    "REQUIRED": "没有填写",
    "REQUIRED_ANY": "几项里至少填一项",
    "TYPE": "填写的内容种类不对",
    "ENUM": "不在选项里",
    "CONSENT": "没有勾选同意",
    "PATTERN": "格式不对",
    "CHECK_DIGIT": "校验位不对",
    "TOO_SHORT": "字数太少",
    "TOO_LONG": "字数太多",
    "TOO_SMALL": "数字太小",
    "TOO_LARGE": "数字太大，或整张表内容太多",
    "TOO_FEW": "选项或条目太少",
    "TOO_MANY": "选项或条目太多",
    "REPEATED": "重复了",
    "DECIMALS": "小数位太多",
    "DATE_TOO_EARLY": "日期太早",
    "DATE_TOO_LATE": "日期太晚",
    "AGE_TOO_LOW": "年龄不到",
    "AGE_TOO_HIGH": "年龄超过",
    "UNKNOWN_REGION": "不是本市的地区",
    "CHARACTERS": "有不能使用的字符",
    "NOT_APPLICABLE": "这种情况不用填",
    "UNKNOWN_FIELD": "表里没有这一项",
    "TOO_DEEP": "层次太多",
    "ORDER": "前后次序不对",
    "SAME_VALUE": "不能相同",
    "DIFFERENT_VALUE": "须一致",
    "WRONG_STREET": "街道不在所选县区",
    "ID_BIRTH_DATE": "出生日期与身份证不符",
    "ID_GENDER": "性别与身份证不符",
    "TOO_LONG_PERIOD": "期间太长",
    "SUM_TOO_LARGE": "合计超过",
}
"""Every code there is, for the documentation of the graph."""

_CHOSEN = {Kind.CHOICE, Kind.CHOICES, Kind.DATE, Kind.MONTH, Kind.YEAR, Kind.COUNTY, Kind.STREET, Kind.YES_NO}
_TYPES = {
    Kind.INTEGER: "须填整数",
    Kind.YEAR: "须填四位年份",
    Kind.DECIMAL: "须填数字",
    Kind.MONEY: "须填金额",
    Kind.YES_NO: "请选“是”或“否”",
    Kind.DATE: "须填日期，如 2020-06-05",
    Kind.MONTH: "须填年月，如 2020-06",
}


def number_text(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"


def amount(field: Field, value: float) -> str:
    """A bound as people say it: fen are told in yuan."""
    if field.kind is Kind.MONEY:
        return f"{value / 100:,.2f}元".replace(".00元", "元")
    return f"{int(value) if field.kind is Kind.YEAR else number_text(value)}{field.unit or ''}"


def sentence(field: Field, code: str, **told: Any) -> str:
    """What the citizen reads. `told`: limit, text."""
    own = field.messages.get(code)
    return own or _sentence(field, code, told)


def _sentence(field: Field, code: str, told: Mapping[str, Any]) -> str:
    label, limit = field.label, told.get("limit", 0)
    match code:
        case "REQUIRED":
            if field.kind is Kind.CONSENT:
                return f"请阅读并勾选“{label}”。"
            if field.kind is Kind.LIST:
                return f"请至少填写一条{label}。"
            return f"请{'选择' if field.kind in _CHOSEN else '填写'}{label}。"
        case "CONSENT":
            return f"请阅读并勾选“{label}”，否则不能提交。"
        case "ENUM":
            return f"请从列出的选项中选择{label}。"
        case "TYPE":
            return f"{label}{_TYPES.get(field.kind, '填写得不对，请重新填写')}。"
        case "PATTERN":
            if field.kind in _TYPES:
                return f"{label}{_TYPES[field.kind]}。"
            return f"{label}{FORMATS[field.format].about if field.format else '的格式不对'}。"
        case "CHECK_DIGIT":
            return f"{label}{FORMATS[field.format or ''].check_about}。"
        case "TOO_SHORT":
            return f"{label}至少写{limit}个字。"
        case "TOO_LONG":
            return f"{label}最多写{limit}个字，请精简。"
        case "TOO_SMALL":
            return f"{label}不能小于{amount(field, limit)}。"
        case "TOO_LARGE":
            return f"{label}不能大于{amount(field, limit)}。"
        case "TOO_FEW":
            return f"{label}至少{'选' if field.kind is Kind.CHOICES else '填'}{limit}项。"
        case "TOO_MANY":
            return f"{label}最多{'选' if field.kind is Kind.CHOICES else '填'}{limit}项。"
        case "REPEATED":
            return f"{label}{told.get('text', '里有重复的内容，请删去重复的')}。"
        case "DECIMALS":
            return f"{label}最多保留{limit}位小数。"
        case "DATE_TOO_EARLY":
            return f"{label}不能早于{told['text']}。"
        case "DATE_TOO_LATE":
            return f"{label}不能晚于{told['text']}。"
        case "AGE_TOO_LOW":
            return f"按{label}，还不满{limit}周岁，请核对。"
        case "AGE_TOO_HIGH":
            return f"按{label}，已超过{limit}周岁，请核对。"
        case "UNKNOWN_REGION":
            return f"{label}须从聊城市的地区列表中选择。"
        case "CHARACTERS":
            return f"{label}里有看不见或不能使用的字符，请删去后重填。"
        case "NOT_APPLICABLE":
            return f"按前面所选的情况，不用填写{label}，请删去。"
    return f"{label}填写有误，请检查。"


UNKNOWN_FIELD = "这张表里没有这一项，请删去。"
NOT_A_FORM = Problem("", "TYPE", "提交的内容不是一张表，请重新打开页面填写。")
TOO_LARGE = Problem("", "TOO_LARGE", "填写的内容太多，请精简后再提交。")
TOO_DEEP = Problem("", "TOO_DEEP", "提交的内容层次太多，请重新打开页面填写。")
