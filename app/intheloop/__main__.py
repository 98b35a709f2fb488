"""`python -m intheloop` is the console script."""

from intheloop.cli import main

if __name__ == "__main__":
    main()
