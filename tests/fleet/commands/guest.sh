#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs in the machine of tests/fleet/commands/run. The machine stays up until that script writes to
# the FIFO.
mkfifo /run/lab.end
read -r _ </run/lab.end
