"""One round of the soak, so that it stays true; ``make soak`` runs as many as are wanted."""

import pytest

from robot.standin.server import Standin
from tests.benchmarks.soak import ROUND_SECONDS, Soak


@pytest.mark.slow
@pytest.mark.timeout(2 * ROUND_SECONDS)
def test_workers_killed_at_random_lose_nothing(tmp_path):
    """Workers killed at random lose nothing and press nothing twice blindly."""
    with Standin() as standin:
        figures = Soak(standin, tmp_path, seed=7).run(1)
    assert (figures.broken, figures.lost, figures.orphans) == ([], [], [])
    assert figures.kills > 0
