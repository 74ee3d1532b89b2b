#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs in an arm64 guest, with the command from the package in /lab.
. /lab/lib.sh

is "$(uname -m), $(readlink -f "$(command -v daxplug)")" "aarch64, /lab/daxplug" "the command is the package's"
daxplug plug "$DEV" && state=$(state)
is "$state" online_movable "it plugs a device"
daxplug unplug "$DEV" && state=$(state)
is "$state" unplugged "and unplugs it"
finish
