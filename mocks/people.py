"""The demo people: one small, consistent city that every mock shares.

The numbers start with the virtual region 371599, which no real person's number does, and have valid
check digits (GB 11643); phone numbers start with 10, which no carrier assigns. Names are the
placeholders that Chinese texts use. The company's USCC (GB 32100) is synthetic and valid.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """One demo person. `gender` is GB/T 2261.1: 1 male, 2 female. `region` is a county code."""

    key: str
    name: str
    id_number: str
    gender: str
    birth_date: str
    phone: str
    region: str
    story: str
    guardians: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Company:
    """One demo company and who may act for it."""

    key: str
    name: str
    uscc: str
    region: str
    agents: tuple[str, ...]


PEOPLE: dict[str, Person] = {
    p.key: p
    for p in (
        Person("zhangsan", "张三", "371599199001010011", "1", "1990-01-01", "10000000001", "371502",
               "在职职工，职工医保参保；两个孩子的父亲，聊城示例商贸有限公司法定代表人"),
        Person("lisi", "李四", "371599198506120027", "2", "1985-06-12", "10000000002", "371581",
               "在职职工，刚到外地工作，医保要转出"),
        Person("wangwu", "王五", "371599195803200118", "1", "1958-03-20", "10000000003", "371521",
               "退休，异地安置，职工医保退休待遇"),
        Person("zhangxiaoyi", "张小一", "371599201009010120", "2", "2010-09-01", "", "371502",
               "学生，居民医保", guardians=("zhangsan",)),
        Person("zhangxiaoer", "张小二", "371599202603010216", "1", "2026-03-01", "", "371502",
               "新生儿，还没有参保", guardians=("zhangsan",)),
        Person("zhaoliu", "赵六", "37159919951111024X", "2", "1995-11-11", "10000000006", "371526",
               "新来聊城，各部门都还没有记录"),
    )
}  # fmt: skip

COMPANIES: dict[str, Company] = {
    "demo_trading": Company(
        key="demo_trading",
        name="聊城示例商贸有限公司",
        uscc="91371500LC9000011J",
        region="371502",
        agents=("zhangsan",),
    ),
}


def by_id_number(id_number: str) -> Person | None:
    """The person with this resident id number."""
    return next((p for p in PEOPLE.values() if p.id_number == id_number), None)
