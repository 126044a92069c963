"""`python -m demo`: run the demonstration; the exit code tells whether every lead is accounted for."""

from __future__ import annotations

import sys

from demo.run import main

if __name__ == "__main__":
    sys.exit(main())
