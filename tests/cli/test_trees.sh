#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs the command on copies of /sys from real kernels (tests/trees), and compares its output with the
# recorded output. Each recorded output must have a tree.
#
# usage: test_trees.sh [COMMAND]

set -u
cd "$(dirname "$0")/../.." || exit 1
export DAXPLUG=${1:-build/daxplug}
failed=0
for golden in tests/trees/*/*.golden; do
	[ -e "${golden%.golden}.tar.xz" ] || { echo "not ok $golden has no tree"; failed=1; }
done
tests/trees/golden || failed=1
exit $failed
