"""Enums of the catalogue, each value described."""

from enum import StrEnum

import graphene

from services.catalog import model, search


def described(enum: type[StrEnum], description: str, **values: str) -> type:
    """A GraphQL enum from ours; `values` describe it by name, else the Chinese word itself does."""
    texts = {one.name: values.get(one.name, str(one.value)) for one in enum}

    def describe(value: StrEnum | None) -> str:
        return description if value is None else texts[value.name]

    made: type = graphene.Enum.from_enum(enum, description=describe)
    return made


ItemKind = described(
    model.ItemKind,
    "事项类型（权责清单）。Type of power or service.",
    LICENCE="行政许可 administrative licence",
    CONFIRMATION="行政确认 administrative confirmation",
    BENEFIT="行政给付 administrative benefit",
    OTHER_POWER="其他行政权力 other administrative power",
    RULING="行政裁决 administrative ruling",
    PUBLIC_SERVICE="公共服务 public service",
)
ServiceSubject = described(
    model.ServiceSubject,
    "服务对象。Whom an item serves.",
    PERSON="个人（自然人） natural person",
    COMPANY="法人和其他组织 legal person",
)
Depth = described(
    model.Depth,
    "网上办理深度。How far an item goes online.",
    FULLY_ONLINE="全程网办：不用到场 done entirely online",
    APPLY_ONLINE="在线申请：网上申请，个别环节须到场 applied for online, some step in person",
    QUERY="查询：即查即得 an answer at once",
    GUIDE="指引：网上只有办事指南 guide only, done at a counter",
)
DayUnit = described(
    model.DayUnit,
    "法定时限的单位。Unit of a legal time limit.",
    WORKING_DAY="工作日 working day",
    CALENDAR_DAY="自然日 calendar day",
)
MaterialSource = described(
    model.MaterialSource,
    "材料从哪里来。Where a material comes from.",
    CERTIFICATE="电子证照：从卡包取用，免交原件 a certificate in the wallet replaces it",
    SHARED_DATA="数据共享：由部门之间核对，免提交 departments share the data",
    UPLOAD="申请人提交 the applicant hands it in",
)
Necessity = described(
    model.Necessity,
    "材料是否必须先齐。Whether an application needs it to be accepted.",
    CORE="必须：缺少则不受理 needed",
    DEFERRABLE="容缺：可先受理后补 may follow later",
    PROMISE="告知承诺：书面承诺可代替 a promise in writing stands for it",
)
HandlingLevel = graphene.Enum.from_enum(
    model.Level,
    name="HandlingLevel",
    description=lambda value: {
        None: "由哪一级办理。Whose body handles an item.",
        model.Level.COUNTY: "县（市、区）、功能区 county or zone",
        model.Level.CITY: "市级 city",
        model.Level.PROVINCE: "省级 province",
    }[value],
)
Certainty = described(
    model.Certainty,
    "这项内容有多确定。How sure a fact is.",
    CERTAIN="法规、标准或官方页面可核 by statute, standard or official page",
    LIKELY="通行做法或单一来源 usual practice or a single source",
    ASSUMED="本项目设定，非官方 set by this project, not official",
    UNKNOWN="未查到 not known",
    NOT_APPLICABLE="不适用（查询、当场办结） does not apply",
)
ChangeKind = described(
    model.ChangeKind,
    "变化的种类。What happened.",
    ADDED="新增、上线 added",
    CHANGED="内容有变 changed",
    REMOVED="下架 removed",
)
CataloguePart = described(
    model.CataloguePart,
    "目录的哪一部分。Which part of the catalogue.",
    ITEM="服务事项 one service item",
    DEPARTMENTS="部门表 departments",
    REGIONS="地区表 regions",
    THEMES="主题表 themes",
    LIFE_EVENTS="一件事表 life events",
)
MatchReason = graphene.Enum.from_enum(
    search.Reason,
    name="MatchReason",
    description=lambda value: {
        None: "为什么找到它。Why an item was found.",
        search.Reason.CODE: "事项编号 the item's code",
        search.Reason.NAME: "事项名称 its name",
        search.Reason.SYNONYM: "俗称 a colloquial name of it",
        search.Reason.INITIALS: "拼音首字母 initials of the pinyin",
        search.Reason.PINYIN: "拼音或同音字 pinyin, or characters that sound alike",
        search.Reason.MEANING: "意思相近的说法 other words for the same",
        search.Reason.CONTEXT: "指南中的相关内容 words in its guide",
    }[value],
)
