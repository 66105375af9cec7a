"""A short soak (tests/soak): everything that can fail does while people write, and at the end all is as it must be."""
import os
import random
import sys
from pathlib import Path

from conftest import PROGRAM

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from soak.soak import Soak              # noqa: E402  (only now is it found)

SECONDS = int(os.environ.get("SOAK_SECONDS", "12"))
SEED = int(os.environ.get("SOAK_SEED", random.SystemRandom().randrange(1 << 32)))


def test_after_all_that_fails_every_mail_has_its_one_outcome(lab, tmp_path, capsys):
    """Goal: I1 to I5 and I7, the model's cases and outcomes, processes that do not grow; a failure names its seed."""
    soak = Soak(lab, tmp_path, PROGRAM, SECONDS, SEED, lambda line: None)
    try:
        soak.run()
    finally:
        with capsys.disabled():
            print(f"\nsoak: {SECONDS} s, seed {SEED}: {len(soak.model.delivered)} mails, "
                  f"{len(soak.trouble.story)} troubles")
    assert soak.trouble.story and len(soak.model.cases) > 40
