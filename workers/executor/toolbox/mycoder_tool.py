"""`python -I -S mycoder_tool.py TOOL`: a request as JSON on stdin, the result on stdout, exit 1 when it is refused.

-I keeps modules of the workspace from being imported in place of the library's, and leaves this folder out with them.
-S and a file rather than `-m` halve the start, which is most of what a call costs.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from mycoder_files.start import main  # type: ignore[import-not-found]

sys.exit(main(sys.argv[1]))
