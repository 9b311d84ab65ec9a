"""The engine thread: steps jobs, cancels them, shuts down. Knows nothing of what a job does.

A job is a generator of events; cancelling it is closing it, pausing it is not stepping it. The first job of the first
lane that has one advances one step, then commands are read again: so a question is answered during a training.
Background jobs take turns, so that a file can be read while a model is taught.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.errors import UserError
from engine.messages import Cancel, Command, Continue, Event, Failed, Finished, JobId, Lane, Pause, Terminal

NO_MEMORY = ("can't allocate memory", "not enough memory", "out of memory")
"""What torch says in a RuntimeError, on Linux and macOS, on Windows and on graphics cards."""
ENGINE_NICENESS = 5

Job = Iterator[Event]
Handlers = Mapping[type[Command], Callable[[Any], Job]]
Jobs = deque[tuple[JobId, Job]]
Control = Cancel | Pause | Continue


class _Shutdown:
    """The last command of all."""


class Engine:
    """Runs commands one step at a time on a thread of its own.

    `prepare` is called on that thread, since it imports torch (2 s), and returns the handler of each command.
    `post` is called on that thread with every event and must return at once.
    """

    def __init__(self, prepare: Callable[[], Handlers], post: Callable[[Event], None]) -> None:
        self._prepare = prepare
        self._post = post
        self._inbox: queue.SimpleQueue[Command | Control | _Shutdown] = queue.SimpleQueue()
        self._lanes: dict[Lane, Jobs] = {"quick": deque(), "foreground": deque(), "background": deque()}
        self._paused: set[JobId] = set()
        self._handlers: Handlers = {}
        self._broken = ""
        # Not a daemon: a daemon thread inside torch aborts the process at exit (code 134).
        self._thread = threading.Thread(target=self._run, name="engine")

    def start(self) -> None:
        self._thread.start()

    def send(self, command: Command | Control) -> None:
        """Called from any thread; returns at once."""
        self._inbox.put(command)

    def close(self, timeout_s: float = 30.0) -> bool:
        """Stop every job at its next step and wait for the thread; False if it still runs."""
        if not self._thread.is_alive():
            return True
        self._inbox.put(_Shutdown())
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # ---- everything below runs on the engine thread ----
    def _run(self) -> None:
        _let_others_go_first()
        try:
            self._handlers = self._prepare()
        except Exception:
            self._broken = traceback.format_exc()
        while True:
            while (jobs := self._next()) is None or not self._inbox.empty():
                command = self._inbox.get()
                if isinstance(command, _Shutdown):
                    return self._cancel_all()
                self._accept(command)
            self._step(jobs)

    def _next(self) -> Jobs | None:
        """The lane whose first job is to be stepped; paused jobs are put behind those that are not."""
        for jobs in self._lanes.values():
            for _ in range(len(jobs)):
                if jobs[0][0] not in self._paused:
                    return jobs
                jobs.rotate(-1)
        return None

    def _accept(self, command: Command | Control) -> None:
        if isinstance(command, Cancel):
            return self._cancel(command.job)
        if isinstance(command, Pause):
            return self._paused.add(command.job)
        if isinstance(command, Continue):
            return self._paused.discard(command.job)
        if self._broken:
            return self._post(Failed(command.job, "The engine could not start", report=self._broken))
        self._lanes[command.lane].append((command.job, self._handlers[type(command)](command)))

    def _step(self, jobs: Jobs) -> None:
        job_id, job = jobs[0]
        try:
            event = next(job, None)
        except BaseException as error:
            event = failure(job_id, error)
        if event is None:
            event = Finished(job_id, "done")
        if isinstance(event, Terminal):
            jobs.popleft()
            self._paused.discard(job_id)
        elif jobs is self._lanes["background"]:
            jobs.rotate(-1)
        self._post(event)

    def _cancel(self, job_id: JobId) -> None:
        for jobs in self._lanes.values():
            for entry in [e for e in jobs if e[0] == job_id]:
                jobs.remove(entry)
                self._paused.discard(job_id)
                self._post(_closed(*entry))

    def _cancel_all(self) -> None:
        for jobs in self._lanes.values():
            while jobs:
                self._cancel(jobs[0][0])


def _let_others_go_first() -> None:
    """On Linux a thread has a priority of its own, which torch's threads inherit from it: so when all processors are
    busy the window is drawn first. Elsewhere there is no such call."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), ENGINE_NICENESS)


def _closed(job_id: JobId, job: Job) -> Event:
    """Close a job, so that its `finally` blocks run; what they raise is the job's failure."""
    try:
        close = getattr(job, "close", None)
        if close is not None:
            close()
    except Exception as error:
        return failure(job_id, error)
    return Finished(job_id, "stopped")


def failure(job_id: JobId, error: BaseException) -> Failed:
    """The event for an exception, by blame: the person's to mend, or ours with a report."""
    if isinstance(error, UserError):
        return Failed(job_id, error.message, error.hint)
    report = "".join(traceback.format_exception(error))
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and any(s in str(error) for s in NO_MEMORY)):
        return Failed(job_id, "The memory is full", "Close other programs, or choose a smaller model.")
    return Failed(job_id, f"Something in Nextword went wrong: {error or type(error).__name__}", report=report)
