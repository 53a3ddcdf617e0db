"""What a verifier installs: checks presentation tokens offline. Needs `cryptography` and nothing else of ours.

keys = load("https://…/.well-known/jwks.json", cache_folder)
result = OfflineVerifier(keys, issuer, FileReplayCache(path)).verify(token)   # or VerifyError
"""

from certs_schema.verifier.errors import Code, VerifyError
from certs_schema.verifier.keys import KeySet, load, read_jwks
from certs_schema.verifier.offline import OfflineResult, OfflineVerifier
from certs_schema.verifier.replay import FileReplayCache, MemoryReplayCache, ReplayCache
from certs_schema.verifier.token import Presentation, PublicKey

__all__ = [
    "Code",
    "FileReplayCache",
    "KeySet",
    "MemoryReplayCache",
    "OfflineResult",
    "OfflineVerifier",
    "Presentation",
    "PublicKey",
    "ReplayCache",
    "VerifyError",
    "load",
    "read_jwks",
]
