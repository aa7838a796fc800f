"""One worker thread, which can be abandoned when it never comes back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeVar

_T = TypeVar("_T")
_Piece = tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]


class WorkerThread:
    """Does work piece by piece, as a ThreadPoolExecutor of one.

    But the end of the program does not wait for a thread that hangs.
    """

    def __init__(self, name: str) -> None:
        self._queue: SimpleQueue[_Piece | None] = SimpleQueue()
        self._open: set[Future[Any]] = set()
        self._lock = threading.Lock()
        self._abandoned_with: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def submit(self, work: Callable[..., _T], *args: Any) -> Future[_T]:
        """Have ``work`` done after what was submitted before."""
        future: Future[_T] = Future()
        with self._lock:
            if self._abandoned_with is not None:
                future.set_exception(self._abandoned_with)
                return future
            self._open.add(future)
            self._queue.put((future, work, args))
        return future

    def is_current(self) -> bool:
        """Return whether this is called in the worker thread itself."""
        return threading.current_thread() is self._thread

    def close(self) -> None:
        """Finish what was submitted, and end the thread."""
        self._queue.put(None)
        self._thread.join()

    def abandon(self, error: BaseException) -> None:
        """Wait for nothing more, and let whoever waits get ``error``.

        The thread ends should it ever come back.
        """
        with self._lock:
            self._abandoned_with = error
            waiting, self._open = self._open, set()
            self._queue.put(None)
        for future in waiting:
            with suppress(InvalidStateError):
                future.set_exception(error)

    def _work(self) -> None:
        while (piece := self._queue.get()) is not None:
            future, work, args = piece
            if self._abandoned_with is not None:
                continue
            try:
                result = work(*args)
            except BaseException as error:  # noqa: BLE001 - it is the waiting thread's to handle
                self._finish(future, future.set_exception, error)
            else:
                self._finish(future, future.set_result, result)
                del result
            del (
                piece,
                future,
                work,
                args,
            )  # what was done keeps nothing alive while there is nothing to do

    def _finish(self, future: Future[Any], put: Callable[[Any], None], outcome: object) -> None:
        with self._lock:
            self._open.discard(future)
        with suppress(InvalidStateError):
            put(outcome)
