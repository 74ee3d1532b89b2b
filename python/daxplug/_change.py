# SPDX-License-Identifier: LGPL-2.1-or-later
"""A change: what another thread may cancel, and what came of it."""

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
    """What a change can be of: a Device."""

    __slots__ = ()


class _Started:
    """A change that was begun: what it is of, and what must live as long."""

    def __init__(self, device, verb, progress):
        self.device = device
        self.verb = verb
        self.keeper = Call()    # of what the program's functions raise
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
    """The program's functions as the library calls them."""

    def __init__(self, consent, ended):
        self.error = None       # what consent() raised the last time

        def ask_program(_device, before, want, _data):
            self.error = None
            try:
                agreed = consent(received(State, before), received(State, want))
            except BaseException as error:      # or ctypes takes it for a yes
                self.error = error
                agreed = False
            return 0 if agreed else -errno.ECANCELED

        def tell_program(_device, outcome, err, _data):
            ended(received(Outcome, outcome), -err)

        self.ask = CONSENT_FN(ask_program)
        self.ended = ENDED_FN() if ended is None else ENDED_FN(tell_program)


class Change(Own):
    """What a change needs that another thread, or a progress function, may cancel:
    device.plug(change=change) here, change.cancel() there. For one change at a time, one
    after the other.

    Or it is begun and not waited for: start() here, and dispatch() when fileno() can be
    read, until that returns the Result or raises why it failed. The library carries it
    out meanwhile. close(), or the end of a "with", gives it up and waits for the undo."""

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
        """For one thread at a time; then release _busy."""
        self._check_process()
        if not self._busy.acquire(blocking=False):
            raise RuntimeError("the daxplug.Change is in use")
        if self._closed:
            self._busy.release()
            raise ValueError("the daxplug.Change is closed")

    def set_consent(self, consent, ended=None):
        """Has consent(before, want) called, with two States, before a device is changed
        with this, when nothing that is known refuses the change; and ended(outcome, errno)
        when it is over. Both in a thread of the library's, under the device's lock, so
        that neither may change the device. If consent returns nothing true, or raises, the
        change is refused: a ChangeError with the errno ECANCELED and the step "consent",
        whose __cause__ is what was raised. None: nobody is asked any more."""
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
        """The exception of a change that failed, or None."""
        if not err:
            return None
        failure = change_error(err, verb, name, result)
        if self._consent is not None and result.failed_step == Step.CONSENT:
            failure.__cause__ = self._consent.error
        return failure

    def start(self, device, action, to=None, *, replug=False, memmap=Memmap.DEFAULT,
              timeout=None, progress=None):
        """Begins what device.plug() and the like do, and does not wait for it.

        action    an Action or its word
        to        of a plug the Zone, MOVABLE if it is None; of a change of mode the Mode;
                  else None

        The others are those of device.plug(); progress is called by dispatch().
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
        """A descriptor to wait for, always the same. Neither read nor close it."""
        self._check_process()
        if self._closed:
            raise ValueError("the daxplug.Change is closed")
        return lib.change_get_fd(self._pointer)

    def dispatch(self):
        """Does what can be done without waiting. Return: the Result of the change that
        was begun, or None if it has not ended. If it failed, raises what device.plug()
        would. What a signal handler raises in here is no end: call it again."""
        self._use()
        try:
            if self._started is None:
                raise RuntimeError("the daxplug.Change has not begun a change")
            return self._dispatch(raises=True)
        finally:
            self._busy.release()

    def _dispatch(self, raises):
        """Once. The end is kept until it can be told: a signal handler may raise."""
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
        """Gives up the change that was begun, if any, and waits until it has been undone.
        Return: its Result, or None. It may have been carried out by then."""
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
        """Gives the change up that runs, or else the next one before it begins. It is
        undone, unless it has been carried out by then, and raises ChangeInterrupted."""
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
            # Signal handlers have had their turn by now: what they raise is kept.
            if progress is not None and call.error is None:
                call.keep(lambda: progress(_progress(raw.contents)))
            return int(call.error is not None)

        # Even without a progress function: with one, a handled signal is no reason to
        # give up, and the handler, which runs before tick, decides.
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
    """What an action leads to, as the library has it."""
    if action == Action.PLUG:
        return given(Zone, Zone.MOVABLE if to is None else to).value
    if action == Action.SET_MODE:
        return wanted_mode(to)
    if to is not None:
        raise ValueError(f"{action} leads to one state only: to is None, not {to!r}")
    return 0


def wanted_mode(mode):
    """The number of a mode that can be asked for."""
    mode = given(Mode, mode)
    if mode not in (Mode.DEVDAX, Mode.SYSTEM_RAM):
        raise ValueError(f"no device can be given the mode {mode}")
    return mode.value


def _raise(error, failure, result):
    """What the program's own functions raised, or else why the change failed."""
    if error is not None:
        _attach(error, result)
        if failure is not None and error.__cause__ is None and error is not failure:
            raise error from failure
        raise error
    if failure is not None:
        raise failure


def _attach(error, result):
    """What was raised meanwhile says what became of the change."""
    try:
        error.daxplug_result = result
    except AttributeError:      # it has no room for it
        pass


def _progress(raw):
    return Progress(
        done=raw.done, total=raw.total, pages=raw.pages, elapsed=raw.elapsed_ms / 1000,
        left=None if raw.left_ms == UINT_MAX else raw.left_ms / 1000,
        undoing=bool(raw.undoing), waiting=bool(raw.waiting),
        holder=raw.holder or None, holder_name=text_of(raw.holder_name) or None)
