"""Run the command line as `python -m scanwarden`."""

from scanwarden.cli import main

if __name__ == "__main__":
    main(prog_name="scanwarden")
