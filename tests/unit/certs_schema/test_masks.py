"""Every mask shows what its rule allows, and less when the value is short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs_schema.masks import Mask, mask


@pytest.mark.parametrize(
    ("rule", "value", "shown"),
    [
        (Mask.NONE, "聊城市医保局", "聊城市医保局"),
        (Mask.NAME, "张三", "张*"),
        (Mask.NAME, "张小一", "张*一"),
        (Mask.NAME, "欧阳小一", "欧**一"),
        (Mask.NAME, "阿卜杜拉·买买提", "阿**"),
        (Mask.NAME, "张", "*"),
        (Mask.ID18, "371599199001010011", "371***********0011"),
        (Mask.ID18, "37159919951111024X", "371***********024X"),
        (Mask.ID18, "37159919900101001143", "371***********0011**"),
        (Mask.ID18, "T371599199001010011", "T37************0011"),
        (Mask.DATE_YEAR, "1990-01-01", "1990年"),
        (Mask.DATE_YEAR, "长期", "*"),
        (Mask.ADDRESS, "山东省聊城市东昌府区古楼街道东关街1号楼2单元301", "山东省聊城市东昌府区古楼街道****"),
        (Mask.ADDRESS, "聊城市茌平区振兴街道中心街8号", "聊城市茌平区振兴街道****"),
        (Mask.ADDRESS, "山东省聊城市阳谷县侨润街道某小区", "山东省聊城市阳谷县侨润街道****"),
        (Mask.ADDRESS, "山东省聊城市临清市先锋路街道示例小区1号楼", "山东省聊城市临清市先锋路街道****"),
        (Mask.ADDRESS, "东关街1号", "****"),
        (Mask.CERT_NO, "LC202611230001", "LC********0001"),
        (Mask.CERT_NO, "123456", "******"),
        (Mask.BANK, "6222020200001234567", "***************4567"),
        (Mask.PLATE, "鲁P12312", "鲁P***12"),
        (Mask.TOKEN, "0123456789", None),
        (Mask.IMAGE_LOW, "aGVsbG8=", None),
        (Mask.HIDDEN, "3256.40", None),
    ],
)
def test_a_value_is_masked_by_its_rule(rule: Mask, value: str, shown: str | None) -> None:
    assert mask(rule, value) == shown


@given(st.sampled_from([Mask.NAME, Mask.ID18, Mask.CERT_NO, Mask.BANK, Mask.PLATE]), st.text(min_size=1, max_size=40))
def test_no_mask_ever_shows_the_whole_value(rule: Mask, value: str) -> None:
    shown = mask(rule, value)
    assert shown is not None
    assert shown != value or set(value) == {"*"}


@given(st.sampled_from(list(Mask)), st.text(max_size=200))
def test_no_text_breaks_a_mask(rule: Mask, value: str) -> None:
    mask(rule, value)
