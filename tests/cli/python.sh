# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Shared by the tests of the Python binding. Sources fake.sh. Without python3 the tests are skipped.

command -v python3 >/dev/null ||
	{ echo "skipped the Python binding: python3 is not installed (lab/deps installs it)"; exit 0; }
python=$(python3 -c 'import sys; sys.version_info >= (3, 10) and print(sys.executable)')
[ -n "$python" ] || { echo "skipped the Python binding: python3 is older than 3.10"; exit 0; }
make -s build/libdaxplug.so.0 || exit 1
. tests/cli/fake.sh
"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -shared -fPIC -o "$tmp/udev.so" \
	tests/cli/fake_udev.c || exit 1
export PYTHONPATH=python PYTHONDONTWRITEBYTECODE=1 PYTHONFAULTHANDLER=1 PYTHONMALLOC=debug LD_LIBRARY_PATH=build
export FAKE_EVENTS=$tmp/events FAKE_READY=$tmp/ready
mkfifo "$FAKE_EVENTS" "$FAKE_READY"
cat >"$tmp/common.py" <<'PYTHON'
import contextlib, ctypes, errno, gc, os, signal, sys, threading, time
import daxplug
from daxplug import *
from daxplug import _library, _words

devices = os.environ["DAXPLUG_SYSFS"] + "/bus/dax/devices/"
# fake_kernel.c writes a line to this FIFO before it waits for a signal.
ready = os.open(os.environ["FAKE_READY"], os.O_RDWR)

@contextlib.contextmanager
def raises(kind, *texts):
    try:
        yield
    except BaseException as error:
        assert type(error) is kind, f"{error!r} is no {kind}"
        for text in texts:
            assert text in str(error), f"{text!r} is not in: {error}"
    else:
        raise AssertionError(f"no {kind}")

def read(path):
    with open(path) as file:
        return file.read()

def word(name="dax0.0"):
    return read(devices + name + "/state").strip()

def once_it_waits(function):
    """Run the function in another thread as soon as the kernel waits for a signal."""
    def wait():
        os.read(ready, 1)
        function()
    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread
PYTHON

# python NAME: claims that the program on stdin succeeds and prints nothing. ctypes prints exceptions
# that it ignores, so these fail the claim, too. Some programs have threads and fork on purpose, so
# the warning of Python 3.12 and later about this is disabled. The limit only ends a test that hangs.
python() {
	name=$1
	cat "$tmp/common.py" - >"$tmp/test.py"
	LD_PRELOAD=$tmp/fake.so:$tmp/udev.so timeout 60 "$python" \
		-W "ignore:This process:DeprecationWarning" "$tmp/test.py" \
		>"$tmp/out" 2>"$tmp/err"
	code=$?
	if [ $code -eq 0 ] && [ ! -s "$tmp/out" ] && [ ! -s "$tmp/err" ]; then ok; else fail "exit $code"; fi
}
# start STATE: makes one device of the module in this state
start() {
	fresh
	unset FAKE_WAIT FAKE_WAIT_WORD FAKE_WAIT_BLOCK FAKE_STALL
	device dax0.0 4294967296 3 1 kmem "$1"
}
