"""The same file from everywhere at once is one blob."""

import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
SCAN = b"the same scan, " * 2000

PUTS_A_HUNDRED_TIMES = """
import sys
from pathlib import Path
from storage import open_store

store = open_store(Path(sys.argv[1]))
sys.stdin.readline()
for _ in range(100):
    print(store.put([b"the same scan, " * 2000]).digest)
"""


def is_stored_once(store, root):
    [entry] = store.entries()
    store.verify(entry.digest)
    assert entry.size == len(SCAN)
    assert list((root / "staging").iterdir()) == []


def test_eight_threads(store, root):
    together = threading.Barrier(8)
    answers = []

    def put():
        together.wait()
        answers.extend(store.put([SCAN]).digest for _ in range(15))

    threads = [threading.Thread(target=put) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [hashlib.sha256(SCAN).hexdigest()] * 120
    is_stored_once(store, root)


def test_two_processes_a_hundred_times_each(store, root):
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    nodes = [
        subprocess.Popen(
            [sys.executable, "-c", PUTS_A_HUNDRED_TIMES, str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for _ in range(2)
    ]
    for node in nodes:
        node.stdin.write("go\n")
        node.stdin.flush()
    for node in nodes:
        answers, _ = node.communicate()
        assert node.returncode == 0
        assert answers.split() == [hashlib.sha256(SCAN).hexdigest()] * 100
    is_stored_once(store, root)
