"""python -m harsanyi.figures"""

import sys

from harsanyi.figures.command import main

sys.exit(main())
