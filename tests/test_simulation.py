import os
import time

from tests.simulation.drive import Plan, Story

SEEDS = int(os.environ.get("VENDORFIRST_SIM_SEEDS", "20000"))

def test_every_seed_keeps_the_promises():
    began = time.perf_counter()
    for seed in range(SEEDS):
        Story(Plan.of(seed)).play()
    seconds = time.perf_counter() - began
    print(f"\n{SEEDS} seeds in {seconds:.1f} s, {SEEDS / seconds:.0f} a second")
