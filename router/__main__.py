"""``python -m router``: the same as ``olympus``."""

from router.cli.app import main

if __name__ == "__main__":
    main()
