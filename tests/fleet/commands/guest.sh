#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# In the machine of tests/fleet/commands/run: it is up until somebody says that it may end.
mkfifo /run/lab.end
read -r _ </run/lab.end
