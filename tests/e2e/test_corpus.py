"""The mails of tests/corpus, and of any folder that ESCRELAY_CORPUS names, are understood as their answers say."""
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import corpus_run                       # noqa: E402  (only now is it found)

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = Path(os.environ.get("ESCRELAY", ROOT.parent / "build-asan/escrelay")).absolute()
OWN = corpus_run.folders_of(ROOT / "corpus")
OTHERS = os.environ.get("ESCRELAY_CORPUS", "")
AIM = float(os.environ.get("ESCRELAY_CORPUS_AIM", "85"))    # per cent of the mails of a foreign folder


@pytest.mark.parametrize("folder", OWN, ids=lambda folder: folder.name)
def test_every_mail_of_ours_is_understood(folder):
    """All of them, in every key that their answer has."""
    result = corpus_run.run(PROGRAM, folder)
    assert result.mails > 0
    assert not result.failed, "\n".join(result.lines())


@pytest.mark.skipif(not OTHERS, reason="ESCRELAY_CORPUS names no folder of other people's mails")
@pytest.mark.parametrize("folder", [f for root in OTHERS.split(":") if root for f in corpus_run.folders_of(root)],
                         ids=lambda folder: folder.name)
def test_other_peoples_mails_are_mostly_understood(folder):
    """Answers of others do not agree with each other everywhere: a share is asked for."""
    result = corpus_run.run(PROGRAM, folder)
    print("\n".join(result.lines()))
    assert 100 * result.right >= AIM * result.mails, "\n".join(result.lines())
