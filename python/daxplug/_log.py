# SPDX-License-Identifier: LGPL-2.1-or-later
"""Log messages of the library for a function of the program."""

import itertools
import weakref

from ._call import current_call
from ._library import LOG_FN, text_of
from ._words import LogLevel, received

# The library is given a number, and one C function that always exists. So it never calls a
# Python function that was freed. Contexts and devices keep the Log objects alive.
_logs = weakref.WeakValueDictionary()
_numbers = itertools.count(1)


class Log:
    """A function of the program, and its number."""

    __slots__ = ("function", "number", "__weakref__")

    def __init__(self, function):
        self.function = function
        self.number = next(_numbers)
        _logs[self.number] = self


def _tell(level, device, text, number):
    log = _logs.get(number)
    if log is None:
        return
    call = current_call()
    if call is None:
        log.function(received(LogLevel, level), text_of(device), text_of(text))
    elif call.error is None:
        call.keep(log.function, received(LogLevel, level), text_of(device), text_of(text))


TELL = LOG_FN(_tell)
