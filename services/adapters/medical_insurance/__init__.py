"""The city's medical insurance core (YB-CORE): takes applications of the medical insurance bureau."""

from services.adapters.medical_insurance.client import MedicalInsuranceDesk
from services.kernel.adapter import AdapterContext, Built
from services.outbound import DepartmentClient

NAME = "medical_insurance"
SYSTEM = "YB-CORE"
PROVIDES: tuple[type, ...] = ()

__all__ = ["PROVIDES", "MedicalInsuranceDesk", "build"]


async def build(context: AdapterContext) -> Built:
    endpoint = context.settings.departments[NAME]
    client = DepartmentClient(endpoint, NAME, context.clock)
    desk = MedicalInsuranceDesk(client, endpoint.secret, context.clock)
    return Built(ports={}, desks={SYSTEM: desk}, close=client.close, circuit=client.circuit)
