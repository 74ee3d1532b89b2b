# SPDX-License-Identifier: LGPL-2.1-or-later
"""A change: what another thread may cancel, and what came of it."""

import ctypes
import os
import threading

from ._call import Call, Own
from ._errors import change_error, check
from ._library import PROGRESS_FN, UINT_MAX, ask, lib, text_of
from ._values import Progress, Result
from ._words import Backend, Limit, Outcome, State, received


class Change(Own):
    """What a change needs that another thread, or a progress function, may cancel:
    device.plug(change=change) here, change.cancel() there. For one change at a time, one
    after the other."""

    __slots__ = ("_busy", "_pid")

    def __new__(cls):
        err, pointer = ask(lib.change_new, ctypes.c_void_p)
        check(err, "a change cannot be made")
        change = cls._of(pointer)
        change._busy = threading.Lock()
        change._pid = os.getpid()
        return change

    def __del__(self, _free=lib.change_free):
        _free(getattr(self, "_pointer", None))

    def _check_process(self):
        if os.getpid() != self._pid:
            raise RuntimeError("the daxplug.Change is another process's, before a fork")

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
            holder=(pid.value, text_of(command.value)) if waited else None)

    def _run(self, verb, name, function, arguments, replug, milliseconds, progress):
        self._check_process()
        if not self._busy.acquire(blocking=False):
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
            lib.change_set_deadline(self._pointer, milliseconds)
            lib.change_set_progress(self._pointer, c_tick, None)
            try:
                err = -call.run(function, *arguments, self._pointer)
            finally:
                lib.change_set_progress(self._pointer, PROGRESS_FN(), None)
            result = self._result()
        finally:
            self._busy.release()
        failure = change_error(err, verb, name, result) if err else None
        error = call.take_error()
        if error is not None:
            _attach(error, result)
            if failure is not None and error.__cause__ is None and error is not failure:
                raise error from failure
            raise error
        if failure is not None:
            raise failure
        return result


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
