"""``olympus registry key``: with what releases are signed."""

from __future__ import annotations

from pathlib import Path

from router.cli.failure import CommandError
from router.registry.errors import RegistryDatabaseError
from router.registry.keys import own_signer
from router.registry.options import RegistryOptions
from router.registry.signing import create_key


def run_create(file: Path) -> None:
    """Make a key, and print its public half.  Raises: CommandError; no key is ever written over."""
    try:
        signer = create_key(file)
    except FileExistsError:
        raise CommandError(f"{file} exists; nothing was changed", 2) from None
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from None
    print(signer.public_key)


def run_show(options: RegistryOptions) -> None:
    """Print the public key.  Raises: CommandError."""
    if options.secret is not None and not options.private_keys:
        raise CommandError(
            "this registry signs with registry.signing.secret: routers are given the same secret", 2
        )
    try:
        print(own_signer(options).public_key)
    except RegistryDatabaseError as error:
        raise CommandError(str(error)) from None
