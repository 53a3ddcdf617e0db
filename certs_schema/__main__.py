"""`python -m certs_schema verify …`: the offline verifier. See `docs/verifiers.md`."""

import sys

from certs_schema.verifier.cli import USAGE, main

if __name__ == "__main__":
    if sys.argv[1:2] != ["verify"]:
        sys.stderr.write("usage: python -m certs_schema verify [options] TOKEN|-\n")
        sys.exit(0 if sys.argv[1:2] in (["-h"], ["--help"]) else USAGE)
    sys.exit(main(sys.argv[2:]))
