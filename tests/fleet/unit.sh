#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs those tests of the tier cli that test what a fleet needs. `make check` runs them, too.
set -u
cd "$(dirname "$0")/../.." || exit
status=0
for name in hooks wishes health metrics; do
	echo "# test_$name.sh"
	"tests/cli/test_$name.sh" || status=1
done
exit $status
