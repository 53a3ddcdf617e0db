"""`python -m gateway <command>`: serve, and what operators and developers run beside it.

A part adds its command by one line in COMMANDS: the module is imported only when its command runs.
"""

import gc
import importlib
import sys
from collections.abc import Callable
from typing import NamedTuple

from gateway.configuration import BadSettings
from gateway.settings import UnsafeSettings


class Command(NamedTuple):
    """Where a command lives: ``module.function(arguments) -> exit code``."""

    module: str
    function: str
    help: str


COMMANDS = {
    "serve": Command("gateway.server", "serve", "listen and answer until told to stop; --migrate upgrades first"),
    "migrate": Command("gateway.server", "migrate", "bring the database to the newest revision"),
    "schema": Command("gateway.graphql.sdl", "command", "write gateway/schema.graphql; --check only compares"),
    "keys": Command("gateway.auth.keys_command", "run", "signing keys: list, rotate <purpose>, revoke <kid>"),
    "flows": Command("gateway.flows", "run", "long-running work that is stuck: stuck, release <flow id>"),
    "settings-doc": Command("gateway.generated", "settings_doc", "write docs/settings.md; --check only compares"),
    "errors-doc": Command("gateway.generated", "errors_doc", "write docs/errors.md; --check only compares"),
    "where": Command("gateway.where", "run", "where an item, certificate type or GraphQL field lives: where <text>"),
    "catalog-index": Command("gateway.catalog_files", "write_index", "write services/catalog/INDEX.md; or --check it"),
    "lint-items": Command("gateway.item_files", "run", "tell in Chinese what is wrong with item files: [CODE…]"),
    "catalog-compile": Command("gateway.catalog_files", "compile_cache", "check the guides, compile them in DATA_DIR"),
}


def usage() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {command.help}" for name, command in COMMANDS.items()]
    return "\n".join(["usage: python -m gateway <command> [arguments]", "", *lines])


def main(arguments: list[str]) -> int:
    """Run one command; settings that cannot be used are told in sentences, not in a traceback."""
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(usage())
        return 0
    command = COMMANDS.get(arguments[0])
    if command is None:
        print(f"no command {arguments[0]!r}\n{usage()}", file=sys.stderr)
        return 2
    run: Callable[[list[str]], int] = getattr(importlib.import_module(command.module), command.function)
    try:
        return run(arguments[1:])
    except (BadSettings, UnsafeSettings) as refused:
        print(refused, file=sys.stderr)
        return 78  # EX_CONFIG of sysexits.h: systemd shows it by name


if __name__ == "__main__":
    gc.disable()  # a command makes little garbage; a server turns it on again once it has started
    sys.exit(main(sys.argv[1:]))
