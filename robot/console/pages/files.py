"""Give what the pages load, which is the style sheet and the scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

STATIC: Final = Path(__file__).parents[1] / "static"

routes = [Mount("/static", StaticFiles(directory=STATIC), name="static")]
