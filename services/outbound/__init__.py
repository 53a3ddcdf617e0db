"""Calls to department systems: deadline, retries, circuit breaker, bulkhead, signature. See README.md."""

from services.outbound.client import CallHook, DepartmentClient
from services.outbound.errors import DepartmentRefused
from services.outbound.signature import SignatureRefused, sign, verify

__all__ = ["CallHook", "DepartmentClient", "DepartmentRefused", "SignatureRefused", "sign", "verify"]
