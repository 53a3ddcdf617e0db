"""Two workers on one store: what one ends, the other refuses."""

from datetime import timedelta

import pytest

from gateway.bootstrap import open_services
from services.identity.errors import SessionEnded
from services.identity.revocations import BOUND
from services.kernel.clock import FixedClock
from services.keyring.model import RULES, KeyPurpose
from tests.city import City
from tests.e2e.identity.operations import END, send
from tests.sign_in import sign_in


async def test_a_session_ended_on_one_worker_is_refused_by_another(still_city: City, clock: FixedClock) -> None:
    async with open_services(still_city.settings, clock) as other:
        phone, tablet = await sign_in(still_city), await sign_in(still_city)
        assert (await other.identity.authenticate(phone.access)).session_id
        await send(still_city, END, tablet.access, sessionId=phone.session_id)
        clock.advance(BOUND)
        with pytest.raises(SessionEnded):
            await other.identity.authenticate(phone.access)
        assert (await other.identity.authenticate(tablet.access)).session_id


async def test_workers_verify_each_others_tokens_through_a_rotation(still_city: City, clock: FixedClock) -> None:
    async with open_services(still_city.settings, clock) as other:
        before = await sign_in(still_city)
        await other.keyring.rotate(KeyPurpose.ACCESS)
        clock.advance(RULES[KeyPurpose.ACCESS].lead - timedelta(minutes=14))
        late = await sign_in(still_city)
        clock.advance(timedelta(minutes=14))
        after = await sign_in(still_city)
        assert before.access.split(".")[0] == late.access.split(".")[0] != after.access.split(".")[0]
        for token in (late.access, after.access):
            assert (await other.identity.authenticate(token)).person_id
