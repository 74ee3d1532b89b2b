# SPDX-License-Identifier: LGPL-2.1-or-later
"""Objects that own a handle of the library, and calls during which Python code runs."""

import errno
import os
import signal
import threading

from ._errors import check


_running = threading.local()     # call: the Call that keeps exceptions of the program's functions


def current_call():
    """The Call that runs in this thread, or None."""
    return getattr(_running, "call", None)


class Call:
    """A call of the library during which Python code runs.

    ctypes prints and drops an exception that leaves a callback. A signal handler of the
    program can raise an exception before the first line of a callback, where no "try" of
    the callback can catch it. So while a call runs, this object replaces each signal
    handler of the program, calls it, and keeps the first exception. Python runs signal
    handlers in the main thread only.
    """

    def __init__(self):
        self.error = None
        self._holds = False
        self._handlers = {}
        self._pid = os.getpid()

    def _handle(self, number, frame):
        handler = self._handlers[number]
        if not self._holds:     # an exception has prevented the restoration
            return handler(number, frame)
        return self.keep(handler, number, frame)

    def keep(self, function, *arguments):
        """Calls a function of the program, and keeps the first exception."""
        try:
            function(*arguments)
        except BaseException as error:
            if self.error is None:
                self.error = error
        # The function may have called fork(). The child has neither the thread of the
        # library nor a change of its own, and would take the parent's events.
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
        """Calls a function of the library. Returns its result; self.error then has the
        first exception of a signal handler. Exceptions of the log function are kept in
        keeper instead, if it is given, because they belong to the whole change and not
        only to this call."""
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
        """Returns the exception that was kept, and forgets it. Otherwise the exception's
        traceback would refer to this object, and this object to the exception."""
        error, self.error = self.error, None
        return error


def call(function, *arguments):
    """Calls a function of the library that may call the log function. Returns its result."""
    own = Call()
    result = own.run(function, *arguments)
    error = own.take_error()
    if error is not None:
        raise error
    return result


def collect(function, pointer, kind, make, what, name):
    """Returns a list of everything that a daxplug_device_each_...() function reports."""
    while True:
        own = Call()
        found = []
        each = kind(lambda *arguments: own.keep(lambda: found.append(make(*arguments))))
        n = own.run(function, pointer, each, None)
        error = own.take_error()
        if error is not None:
            raise error
        # A signal handler that raised nothing does not end the call (PEP 475).
        if n != -errno.EINTR:
            check(min(n, 0), what, name)
            return found


class Own:
    """Base of the objects that own a handle of the library. They can be neither copied nor
    pickled, because a handle must be freed exactly once."""

    __slots__ = ("_pointer", "__weakref__")

    def __new__(cls, *_arguments, **_keywords):
        raise TypeError(f"a daxplug.{cls.__name__} comes from daxplug.Context only")

    @classmethod
    def _of(cls, pointer):
        """The new object takes over the reference."""
        own = object.__new__(cls)
        own._pointer = pointer
        return own

    def __reduce_ex__(self, _protocol):
        raise TypeError(f"a daxplug.{type(self).__name__} can be neither copied nor pickled")
