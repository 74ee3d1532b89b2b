# SPDX-License-Identifier: LGPL-2.1-or-later
"""A watch, which reports changes of devices."""

import ctypes
import math
import os
import select
import threading
import time

from ._call import Own
from ._device import Device
from ._errors import check
from ._library import RawWatchEvent, ask, lib
from ._values import WatchEvent
from ._words import Event, State, received


class Watch(Own):
    """Reports changes of state when they happen. It is an iterator of WatchEvent, which waits
    for the next event and ends when the watch is closed. With an event loop: when fileno()
    is readable, call wait(0) until it returns None."""

    __slots__ = ("_busy", "_closed", "_log", "_pid", "_wake")

    @classmethod
    def _of(cls, pointer, log=None):
        watch = super()._of(pointer)
        watch._log = log
        watch._busy = threading.Lock()
        watch._closed = False
        watch._pid = os.getpid()
        watch._wake = -1
        watch._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        return watch

    def __del__(self, _free=lib.watch_free, _close=os.close):
        _free(getattr(self, "_pointer", None))
        # Close this last, because another thread may be about to write to it.
        if getattr(self, "_wake", -1) >= 0:
            _close(self._wake)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()

    def __iter__(self):
        return self

    def _check_open(self):
        if self._closed:
            raise ValueError("the daxplug.Watch is closed")
        if os.getpid() != self._pid:
            raise RuntimeError("the daxplug.Watch is another process's, before a fork")

    def close(self):
        """Stops the watch. Any thread and any signal handler may call it. In a thread that
        waits for an event, wait() raises ValueError, and a loop over the watch ends."""
        self._closed = True
        if self._busy.acquire(blocking=False):
            pointer, self._pointer = self._pointer, None
            if pointer is not None:
                lib.watch_free(pointer)
            self._busy.release()
        elif os.getpid() == self._pid:
            # The thread that uses the watch wakes, sees that it is closed, and frees it.
            os.eventfd_write(self._wake, 1)

    def fileno(self):
        """A descriptor that is readable when wait(0) has an event. Neither read nor close it."""
        self._check_open()
        if not self._busy.acquire(blocking=False):
            raise RuntimeError("the daxplug.Watch is in use")
        try:
            self._check_open()
            return lib.watch_get_fd(self._pointer)
        finally:
            self._release()

    def _release(self):
        self._busy.release()
        if self._closed:
            self.close()

    def _next(self, next_event=lib.watch_next):
        event = ctypes.POINTER(RawWatchEvent)()
        n = next_event(self._pointer, ctypes.byref(event))
        check(min(n, 0), "the devices cannot be looked at")
        if not n:
            return None
        raw = event.contents
        return WatchEvent(received(Event, raw.type), Device._of(lib.device_ref(raw.dev), self._log),
                          received(State, raw.before), received(State, raw.after))

    def present(self):
        """Returns a list of WatchEvent: the devices that existed when the watch began, each
        with its state at that time. wait() returns what has changed since then. A second
        call, or a call after wait(), returns an empty list."""
        self._check_open()
        if not self._busy.acquire(blocking=False):
            raise RuntimeError("the daxplug.Watch is in use")
        try:
            self._check_open()
            return list(iter(lambda: self._next(lib.watch_present), None))
        finally:
            self._release()

    def wait(self, timeout=None):
        """Returns the next WatchEvent, or None if there is none within timeout seconds."""
        if timeout is not None and (isinstance(timeout, bool) or timeout != timeout or timeout < 0):
            raise ValueError(f"a timeout is a number of seconds from 0 on, or None, not {timeout!r}")
        self._check_open()
        if not self._busy.acquire(blocking=False):
            raise RuntimeError("the daxplug.Watch is in use")
        try:
            end = None if timeout is None else time.monotonic() + timeout
            poll = select.poll()
            poll.register(lib.watch_get_fd(self._pointer), select.POLLIN)
            poll.register(self._wake, select.POLLIN)
            while True:
                self._check_open()
                event = self._next()
                if event is not None:
                    return event
                left = None if end is None else end - time.monotonic()
                if left is not None and left <= 0:
                    return None
                poll.poll(None if left is None else min(math.ceil(left * 1000), 2**31 - 1))
        finally:
            self._release()

    def __next__(self):
        if self._closed:
            raise StopIteration
        try:
            return self.wait()
        except ValueError:
            if self._closed:
                raise StopIteration from None
            raise
