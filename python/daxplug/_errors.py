# SPDX-License-Identifier: LGPL-2.1-or-later
"""The exceptions."""

import errno
import os

from ._words import Limit, Outcome


class Error(OSError):
    """A call of the library failed. errno and strerror say why; filename is the device's
    name."""


class Denied(Error, PermissionError):
    """An Error that is also a PermissionError."""


class NotFound(Error, FileNotFoundError):
    """An Error that is also a FileNotFoundError: there is no sysfs."""


class ChangeError(Error):
    """A change failed. result is its Result. Some values of the Result are also attributes of
    this exception."""

    result = None

    def _of_result(name):
        return property(lambda self: getattr(self.result, name, None),
                        doc=f"{name} of the Result")

    outcome = _of_result("outcome")
    step = _of_result("step")
    failed_step = _of_result("failed_step")
    block = _of_result("block")
    stuck = _of_result("stuck")
    limit = _of_result("limit")
    before = _of_result("before")
    after = _of_result("after")
    del _of_result


class ChangeDenied(ChangeError, PermissionError):
    """A ChangeError that is also a PermissionError."""


class ChangeTimeout(ChangeError, TimeoutError):
    """A ChangeError that is also a TimeoutError: one of the time limits ended the change."""


class ChangeInterrupted(ChangeError, InterruptedError):
    """A ChangeError that is also an InterruptedError: the change was cancelled."""


_ERRORS = {errno.EACCES: Denied, errno.EPERM: Denied, errno.ENOENT: NotFound}
_CHANGE_ERRORS = {errno.EACCES: ChangeDenied, errno.EPERM: ChangeDenied,
                  errno.ETIMEDOUT: ChangeTimeout, errno.EINTR: ChangeInterrupted}


def check(err, what, name=None):
    """Raises an Error if err, a positive or negative errno, is not 0."""
    err = abs(err)
    if err:
        raise _ERRORS.get(err, Error)(err, f"{what}: {os.strerror(err)}", name)


def change_error(err, verb, name, result):
    text = f"the {verb} failed: {os.strerror(err)}"
    if result.step:
        text += f", step {result.step}"
    if result.block is not None:
        text += f", memory{result.block}"
    if result.limit != Limit.NONE:
        text += f", limit {result.limit}"
    if result.holder:
        what = "uses the device" if result.step == "users" else "holds the lock"
        text += ", process {} ({}) {}".format(*result.holder, what)
    if result.stuck is not None:
        text += f"; memory{result.stuck} could not be changed back"
    if result.outcome == Outcome.INCONSISTENT:
        text += f"; the state is now {result.after or 'not known'}: see daxplug doctor"
    elif result.begun:
        text += "; it was undone"
    else:
        text += "; nothing was changed"
    error = _CHANGE_ERRORS.get(err, ChangeError)(err, text, name)
    error.result = result
    return error
