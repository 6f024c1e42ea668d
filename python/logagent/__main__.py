"""`python -m logagent` is `logagent`."""

from logagent.cli import main

if __name__ == "__main__":
    main()
