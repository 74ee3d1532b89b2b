# SPDX-License-Identifier: LGPL-2.1-or-later
"""Handles of the library, and calls of it that call back."""

import errno
import os
import signal
import threading

from ._errors import check


_running = threading.local()     # call: the Call that keeps what functions of the program raise


def current_call():
    """The Call that runs in this thread, or None."""
    return getattr(_running, "call", None)


class Call:
    """A call of the library during which Python code runs.

    ctypes prints and drops an exception that leaves a callback. A signal handler of the
    program can raise one before the first line of any callback, where no "try" can catch
    it. So while a call runs each handler is called by way of this object, which keeps
    the first exception. Handlers run in the main thread only.
    """

    def __init__(self):
        self.error = None
        self._holds = False
        self._handlers = {}
        self._pid = os.getpid()

    def _handle(self, number, frame):
        handler = self._handlers[number]
        if not self._holds:     # an exception has kept it from being put back
            return handler(number, frame)
        return self.keep(handler, number, frame)

    def keep(self, function, *arguments):
        """Calls a function of the program and keeps what it raises."""
        try:
            function(*arguments)
        except BaseException as error:
            if self.error is None:
                self.error = error
        # A child that was forked in there has neither the library's helper thread nor a
        # change of its own; it would take the parent's events.
        if os.getpid() != self._pid:
            os._exit(os.EX_SOFTWARE)

    def _hold_handlers(self):
        if threading.current_thread() is not threading.main_thread():
            return
        self._holds = True
        for number in signal.valid_signals():
            handler = signal.getsignal(number)
            if callable(handler):
                self._handlers[number] = handler
                signal.signal(number, self._handle)

    def _put_handlers_back(self):
        self._holds = False
        for number, handler in self._handlers.items():
            if signal.getsignal(number) == self._handle:
                signal.signal(number, handler)

    def run(self, function, *arguments, keeper=None):
        """Return: what the library returns. Then look at error. What the log's function
        raises is kept by another Call, if there is a keeper."""
        try:
            self._hold_handlers()
            before = current_call()
            try:
                _running.call = keeper or self
                return function(*arguments)
            finally:
                _running.call = before
        finally:
            self._put_handlers_back()

    def take_error(self):
        """The exception that was kept; without it, nothing refers in a circle."""
        error, self.error = self.error, None
        return error


def call(function, *arguments):
    """A call during which the log's function may run. Return: what the library returns."""
    own = Call()
    result = own.run(function, *arguments)
    error = own.take_error()
    if error is not None:
        raise error
    return result


def collect(function, pointer, kind, make, what, name):
    """All that a daxplug_device_each_ function names, as a list."""
    while True:
        own = Call()
        found = []
        each = kind(lambda *arguments: own.keep(lambda: found.append(make(*arguments))))
        n = own.run(function, pointer, each, None)
        error = own.take_error()
        if error is not None:
            raise error
        # A handler that raised nothing is no reason to give up (PEP 475).
        if n != -errno.EINTR:
            check(min(n, 0), what, name)
            return found


class Own:
    """What has a handle of the library: it can be neither copied nor pickled, since it is
    freed once."""

    __slots__ = ("_pointer", "__weakref__")

    def __new__(cls, *_arguments, **_keywords):
        raise TypeError(f"a daxplug.{cls.__name__} comes from daxplug.Context only")

    @classmethod
    def _of(cls, pointer):
        """The reference is the new object's."""
        own = object.__new__(cls)
        own._pointer = pointer
        return own

    def __reduce_ex__(self, _protocol):
        raise TypeError(f"a daxplug.{type(self).__name__} can be neither copied nor pickled")
