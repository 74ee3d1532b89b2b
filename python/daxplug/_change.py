# SPDX-License-Identifier: LGPL-2.1-or-later
"""Changes: to run one, to cancel one, and its result."""

import ctypes
import errno
import os
import select
import threading

from ._call import Call, Own
from ._errors import change_error, check
from ._library import CONSENT_FN, ENDED_FN, PROGRESS_FN, UINT_MAX, ask, lib, text_of, to_milliseconds
from ._values import Progress, Result
from ._words import (Action, Backend, Limit, Memmap, Mode, Outcome, State, Step, Zone, given,
                     received)

_VERBS = {Action.PLUG: "plug", Action.UNPLUG: "unplug", Action.REPAIR: "repair",
          Action.SET_MODE: "change of mode"}


class Changeable(Own):
    """Base of Device, so that this file need not import it."""

    __slots__ = ()


class _Started:
    """A change that start() has begun, and the objects that must live until it ends."""

    def __init__(self, device, verb, progress):
        self.device = device
        self.verb = verb
        self.keeper = Call()    # keeps exceptions of the program's functions
        self.tick = PROGRESS_FN()
        self.end = None
        keeper = self.keeper

        def tick(raw, _data):
            if keeper.error is None:
                keeper.keep(lambda: progress(_progress(raw.contents)))
            return int(keeper.error is not None)

        if progress is not None:
            self.tick = PROGRESS_FN(tick)


class _Consent:
    """The functions of set_consent(), in the form in which the library calls them."""

    def __init__(self, consent, ended):
        self.error = None       # the exception that consent() raised last

        def ask_program(_device, before, want, _data):
            self.error = None
            try:
                agreed = consent(received(State, before), received(State, want))
            except BaseException as error:      # otherwise ctypes would return 0, which means yes
                self.error = error
                agreed = False
            return 0 if agreed else -errno.ECANCELED

        def tell_program(_device, outcome, err, _data):
            ended(received(Outcome, outcome), -err)

        self.ask = CONSENT_FN(ask_program)
        self.ended = ENDED_FN() if ended is None else ENDED_FN(tell_program)


class Change(Own):
    """A change that can be cancelled, or that runs while the program does other things.

    To cancel: one thread calls device.plug(change=change), and another thread, or a
    progress function, calls change.cancel(). The object can be used for several changes,
    one after the other.

    To run a change without waiting: call start(). When fileno() becomes readable, call
    dispatch(), until it returns the Result or raises the reason for the failure. The
    library carries out the change meanwhile. close(), and the end of a "with", ends the
    change and waits until it is undone."""

    __slots__ = ("_busy", "_closed", "_consent", "_pid", "_started")

    def __new__(cls):
        err, pointer = ask(lib.change_new, ctypes.c_void_p)
        check(err, "a change cannot be made")
        change = cls._of(pointer)
        change._busy = threading.Lock()
        change._closed = False
        change._started = None
        change._consent = None
        change._pid = os.getpid()
        return change

    def __del__(self, _free=lib.change_free):
        _free(getattr(self, "_pointer", None))

    def _check_process(self):
        if os.getpid() != self._pid:
            raise RuntimeError("the daxplug.Change is another process's, before a fork")

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()

    def _use(self):
        """Allows one thread at a time. The caller releases _busy afterwards."""
        self._check_process()
        if not self._busy.acquire(blocking=False):
            raise RuntimeError("the daxplug.Change is in use")
        if self._closed:
            self._busy.release()
            raise ValueError("the daxplug.Change is closed")

    def set_consent(self, consent, ended=None):
        """Sets two functions for the changes with this object.

        consent(before, want), with two States, is called before a device is changed, if
        no reason is known to refuse the change. If it returns a false value or raises an
        exception, the change is refused: a ChangeError with the errno ECANCELED and the
        step "consent" is raised. The exception of consent is its __cause__.

        ended(outcome, errno) is called when the change has ended.

        A thread of the library calls both while it holds the lock of the device. So they
        must not change the device. With None, no function is called any more."""
        for function in (consent, ended):
            if function is not None and not callable(function):
                raise TypeError(f"a consent is a function, not {function!r}")
        kept = _Consent(consent, ended) if consent is not None else None
        self._use()
        try:
            if self._started is not None:
                raise RuntimeError("the daxplug.Change is in use")
            lib.change_set_consent(self._pointer, kept.ask if kept else CONSENT_FN(),
                                   kept.ended if kept else ENDED_FN(), None)
            self._consent = kept
        finally:
            self._busy.release()

    def _failure(self, err, verb, name, result):
        """Returns the exception for a change that has failed, or None if err is 0."""
        if not err:
            return None
        failure = change_error(err, verb, name, result)
        if self._consent is not None and result.failed_step == Step.CONSENT:
            failure.__cause__ = self._consent.error
        return failure

    def start(self, device, action, to=None, *, replug=False, memmap=Memmap.DEFAULT,
              timeout=None, progress=None):
        """Begins a change and does not wait for it: see device.plug() and so on.

        action    an Action or its name
        to        for a plug the Zone, where None means MOVABLE; for a change of mode the
                  Mode; otherwise None

        The other arguments are those of device.plug(). dispatch() calls progress.
        """
        if not isinstance(device, Changeable):
            raise TypeError(f"a device is a daxplug.Device, not {device!r}")
        action = given(Action, action)
        number = _number(action, to)
        memmap = given(Memmap, memmap).value
        milliseconds = to_milliseconds(timeout, UINT_MAX)
        if progress is not None and not callable(progress):
            raise TypeError(f"progress is a function, not {progress!r}")
        started = _Started(device, _VERBS[action], progress)
        self._use()
        try:
            if self._started is not None:
                raise RuntimeError("the daxplug.Change is in use")
            self._begin(started, action, number, bool(replug), milliseconds, memmap)
        finally:
            self._busy.release()

    def _begin(self, started, action, number, replug, milliseconds, memmap):
        def begin():
            lib.change_set_replug(self._pointer, int(replug))
            lib.change_set_memmap(self._pointer, memmap)
            lib.change_set_deadline(self._pointer, milliseconds)
            lib.change_set_progress(self._pointer, started.tick, None)
            err = lib.change_start(self._pointer, started.device._pointer, action.value, number)
            lib.change_set_progress(self._pointer, PROGRESS_FN(), None)
            if not err:
                self._started = started
            return -err

        call = Call()
        err = call.run(begin)
        error = call.take_error()
        if error is not None:
            raise error
        if err:
            raise change_error(err, started.verb, started.device.name, self._result())

    def fileno(self):
        """A descriptor that is readable when dispatch() has something to do. It is always
        the same. Neither read nor close it."""
        self._check_process()
        if self._closed:
            raise ValueError("the daxplug.Change is closed")
        return lib.change_get_fd(self._pointer)

    def dispatch(self):
        """Handles what has happened, without waiting. Returns the Result of the change, or
        None if it has not ended. If the change failed, raises the same exception as
        device.plug(). If a signal handler raises an exception in this call, the change
        continues: call dispatch() again."""
        self._use()
        try:
            if self._started is None:
                raise RuntimeError("the daxplug.Change has not begun a change")
            return self._dispatch(raises=True)
        finally:
            self._busy.release()

    def _dispatch(self, raises):
        """Calls the library once. If a signal handler raises an exception when the change
        has ended, the result is kept for the next call."""
        started = self._started

        def step():
            err = ctypes.c_int()
            n = lib.change_dispatch(self._pointer, ctypes.byref(err))
            if n == 1:
                started.end = -err.value, self._result()
            elif started.keeper.error is not None:
                lib.change_cancel(self._pointer)
            return min(n, 0)

        if started.end is None:
            call = Call()
            n = call.run(step, keeper=started.keeper)
            error = call.take_error()
            if error is not None:
                raise error
            check(n, "the change cannot be followed", started.device.name)
        if started.end is None:
            return None
        self._started = None
        err, result = started.end
        failure = self._failure(err if raises else 0, started.verb, started.device.name, result)
        _raise(started.keeper.take_error(), failure, result)
        return result

    def close(self):
        """Ends the change that is running, if any, and waits until it is undone. Returns its
        Result, or None if there was no change. The change may have succeeded by then."""
        if self._closed or os.getpid() != self._pid:
            self._closed = True
            return None
        self._use()
        try:
            result = None
            if self._started is not None:
                lib.change_cancel(self._pointer)
                poll = select.poll()
                poll.register(lib.change_get_fd(self._pointer), select.POLLIN)
                try:
                    result = self._dispatch(raises=False)
                    while result is None:
                        poll.poll()
                        result = self._dispatch(raises=False)
                finally:
                    self._closed = self._started is None
            self._closed = True
            return result
        finally:
            self._busy.release()

    def cancel(self):
        """Ends the change that is running. If no change is running, the next one ends before
        it begins. The change is undone and raises ChangeInterrupted, unless it was complete
        by then."""
        self._check_process()
        lib.change_cancel(self._pointer)

    def _result(self):
        get = self._pointer
        step = text_of(lib.change_get_step(get))
        pid, command = ctypes.c_int(), ctypes.c_char_p()
        needed, available = ctypes.c_uint64(), ctypes.c_uint64()
        waited = not lib.change_get_holder(get, ctypes.byref(pid), ctypes.byref(command))
        short = not lib.change_get_space(get, ctypes.byref(needed), ctypes.byref(available))
        states = [ask(get_state, ctypes.c_int, get)[1]
                  for get_state in (lib.change_get_before, lib.change_get_after)]
        before, after = (None if s is None else received(State, s) for s in states)
        return Result(
            outcome=received(Outcome, lib.change_get_outcome(get)),
            backend=received(Backend, lib.change_get_backend(get)),
            before=before, after=after, step=step,
            block=ask(lib.change_get_block, ctypes.c_uint64, get)[1],
            stuck=ask(lib.change_get_stuck, ctypes.c_uint64, get)[1],
            limit=received(Limit, lib.change_get_limit(get)),
            space=(needed.value, available.value) if short else None,
            restored=bool(lib.change_get_restored(get)),
            begun=bool(lib.change_get_begun(get)),
            holder=(pid.value, text_of(command.value)) if waited else None,
            failed_step=received(Step, lib.change_get_failed_step(get)))

    def _run(self, verb, name, function, arguments, replug, milliseconds, progress, memmap):
        self._use()
        if self._started is not None:
            self._busy.release()
            raise RuntimeError("the daxplug.Change is in use")
        call = Call()

        def tick(raw, _data):
            # Signal handlers have run before this; call.error has their exception.
            if progress is not None and call.error is None:
                call.keep(lambda: progress(_progress(raw.contents)))
            return int(call.error is not None)

        # Set this function even if the program has no progress function. Without one, the
        # library ends the change when a signal was handled. With this one, only an
        # exception of the handler, which runs before tick(), ends the change.
        c_tick = PROGRESS_FN(tick)
        try:
            lib.change_set_replug(self._pointer, int(replug))
            lib.change_set_memmap(self._pointer, memmap)
            lib.change_set_deadline(self._pointer, milliseconds)
            lib.change_set_progress(self._pointer, c_tick, None)
            try:
                err = -call.run(function, *arguments, self._pointer)
            finally:
                lib.change_set_progress(self._pointer, PROGRESS_FN(), None)
            result = self._result()
        finally:
            self._busy.release()
        failure = self._failure(err, verb, name, result)
        _raise(call.take_error(), failure, result)
        return result


def _number(action, to):
    """Returns the number for to of daxplug_change_start()."""
    if action == Action.PLUG:
        return given(Zone, Zone.MOVABLE if to is None else to).value
    if action == Action.SET_MODE:
        return wanted_mode(to)
    if to is not None:
        raise ValueError(f"{action} leads to one state only: to is None, not {to!r}")
    return 0


def wanted_mode(mode):
    """Returns the number of a mode that can be requested."""
    mode = given(Mode, mode)
    if mode not in (Mode.DEVDAX, Mode.SYSTEM_RAM):
        raise ValueError(f"no device can be given the mode {mode}")
    return mode.value


def _raise(error, failure, result):
    """Raises the exception of the program's own functions, or else that of the change."""
    if error is not None:
        _attach(error, result)
        if failure is not None and error.__cause__ is None and error is not failure:
            raise error from failure
        raise error
    if failure is not None:
        raise failure


def _attach(error, result):
    """Gives an exception of the program the result of the change as an attribute."""
    try:
        error.daxplug_result = result
    except AttributeError:      # an exception class with __slots__
        pass


def _progress(raw):
    return Progress(
        done=raw.done, total=raw.total, pages=raw.pages, elapsed=raw.elapsed_ms / 1000,
        left=None if raw.left_ms == UINT_MAX else raw.left_ms / 1000,
        undoing=bool(raw.undoing), waiting=bool(raw.waiting),
        holder=raw.holder or None, holder_name=text_of(raw.holder_name) or None)
