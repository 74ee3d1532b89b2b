#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Claims that doc/assurance.md agrees with the tree: each test and each file that it names exists, and
# it names each entry of doc/abi/sysfs-bus-dax-kmem and each test of the guest.

set -u
cd "$(dirname "$0")/../.." || exit 1
page=doc/assurance.md
number=0 failed=0

claim() { # CLAIM PROBLEM: PROBLEM is empty if the claim holds
	number=$((number + 1))
	if [ -z "$2" ]; then
		echo "ok $number - $1"
	else
		failed=$((failed + 1))
		echo "not ok $number - $1: $2"
	fi
}

# shellcheck disable=SC2016 # backquotes of Markdown
# The second cell of each row names tests. Text in brackets or backquotes is removed.
named=$(awk -F '|' '/^\| / && $2 !~ /^ (promise|---)/ { print $3 }' $page | sed 's/([^)]*)//g; s/`[^`]*`//g' | tr ',' '\n' |
	sed 's/^ *//; s/ *$//' | grep -v '^$\|^-*$\|with a bound\|^tests$\|^measured by$' | sort -u)
missing=
while read -r name; do
	case $name in
	unit\ * | cli\ *) compgen -G "tests/${name%% *}/test_${name#* }.*" >/dev/null || missing+=" $name," ;;
	*/*) [ -e "$name" ] || missing+=" $name," ;;
	*) [ -e "tests/guest/$name.sh" ] || [ -e "tests/large/$name.sh" ] || [ -e "tests/soak/$name.sh" ] || missing+=" $name," ;;
	esac
done <<<"$named"
claim "each test that is named exists" "$missing"

paths=$(grep -oE '\b(doc|tests|bench|proof)/[A-Za-z0-9_./-]*[A-Za-z0-9]' $page | sort -u)
missing=
for path in $paths; do [ -e "$path" ] || [ -e "${path%%.*}" ] || missing+=" $path"; done
claim "each file that is named exists" "$missing"

missing=
while read -r file; do
	grep -qF -e "\`$file\`" -e "\`plug/$file\`" -e "parameter \`$file\`" $page || missing+=" $file"
done < <(sed -n 's,^What:.*/\([a-z_]*[a-z]\)$,\1,p' doc/abi/sysfs-bus-dax-kmem | sort -u)
claim "each entry of doc/abi/sysfs-bus-dax-kmem has a row" "$missing"

missing=
for test in tests/{guest,large,soak}/*.sh; do
	name=${test##*/}
	name=${name%.sh}
	[ "$name" = lib ] || grep -qwF -- "$name" $page || missing+=" $name"
done
claim "each test of the guest is named" "$missing"
echo "1..$number"
[ $failed -eq 0 ]
