"""What is kept between steps is not asked of the system again."""

from __future__ import annotations

import subprocess
import sys

import pytest

MEASURED = """
import resource, sys, threading, torch
from engine.heap import keep_memory
if sys.argv[1] == "kept":
    keep_memory()
def work():
    for n in range(30):
        [torch.ones(12_000_000) for _ in range(3)]
        if n == 9:
            before.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
    before.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
before = []
thread = threading.Thread(target=work)
thread.start()
thread.join()
print(before[1] - before[0])
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the C library of other systems is left as it is")
def test_a_step_touches_no_new_pages_once_memory_is_kept() -> None:
    assert faults("kept") < 0.05 * faults("not kept")


def faults(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", MEASURED, how], capture_output=True, text=True, check=True)
    return int(done.stdout)


GIVEN = """
import torch
from engine.heap import giving_back, keep_memory
keep_memory()
def pages():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1])
def work(command):
    some = [torch.ones(5_000_000) for _ in range(10)]
    yield pages()
    del some
    yield pages()
before = pages()
job = giving_back(work)(None)
print(before, next(job), next(job), end=" ")
job.close()
print(pages())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the C library of other systems is left as it is")
def test_work_that_was_stopped_gives_back_what_it_kept() -> None:
    done = subprocess.run([sys.executable, "-c", GIVEN], capture_output=True, text=True, check=True)
    before, held, kept, after = map(int, done.stdout.split())
    assert kept - before > 0.9 * (held - before), "it was not kept in the first place"
    assert after - before < 0.1 * (held - before)
