"""Who is insured how, in the words of the system. insutype 310 职工, 390 居民; balances in yuan."""

from dataclasses import dataclass

from mocks.people import PEOPLE, Person

ADMDVS = "371599"
AGENCY = "聊城市医疗保险事业中心"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One enrolment. `psn_insu_stas`: 1 正常参保, 2 暂停缴费; months are YYYYMM."""

    psn_no: str
    insutype: str
    psn_type: str
    psn_insu_stas: str
    ksny: str
    jsny: str
    sjjfys: int
    balc: str | None


_BY_KEY: dict[str, tuple[Enrolment, ...]] = {
    "zhangsan": (Enrolment("37159900000000000001", "310", "11", "1", "201407", "202610", 148, "3256.40"),),
    "lisi": (Enrolment("37159900000000000002", "310", "11", "2", "200808", "202609", 218, "12873.15"),),
    "wangwu": (Enrolment("37159900000000000003", "310", "12", "1", "199601", "201803", 267, "8120.66"),),
    "zhangxiaoyi": (Enrolment("37159900000000000004", "390", "14", "1", "201101", "202612", 192, None),),
}
"""psn_type: 11 在职, 12 退休, 14 居民. 张小二 and 赵六 have no record."""


def person_of(certno: str, psn_name: str) -> Person | None:
    """The person, when number and name agree."""
    return next((p for p in PEOPLE.values() if (p.id_number, p.name) == (certno, psn_name)), None)


def enrolments(person: Person) -> tuple[Enrolment, ...]:
    return _BY_KEY.get(person.key, ())
