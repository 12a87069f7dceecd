"""python -m harsanyi.samples"""

import sys

from harsanyi.samples.command import main

sys.exit(main())
