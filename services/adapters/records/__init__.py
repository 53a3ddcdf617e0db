"""The record service: one protocol in which many department systems answer inquiries. See README.md."""

from services.adapters.records.client import RecordDesk
from services.inquiries.ports import RecordSource
from services.kernel.adapter import AdapterContext, Built

NAME = "records"
PROVIDES = (RecordSource,)

__all__ = ["PROVIDES", "RecordDesk", "build"]


async def build(context: AdapterContext) -> Built:
    _ = context.settings.departments[NAME]  # where systems without a service of their own answer: not optional
    desk = RecordDesk(context.settings.departments, context.clock)
    return Built(ports={RecordSource: desk}, close=desk.close, circuit=desk.circuit)
