#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of what `make install` installs: a program can be built with the library by its pkg-config
# file, everything has a manual page, and the shells accept their completions. If a tool is missing,
# its part is skipped, with a message.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/cli/fake.sh
root=$tmp/install
: >"$tmp/out"
: >"$tmp/err"

# claim NAME COMMAND...: claims that COMMAND succeeds
claim() {
	name=$1
	shift
	if "$@" >"$tmp/out" 2>"$tmp/err"; then ok; else fail "$*"; fi
}
# silent NAME COMMAND...: claims that COMMAND succeeds and prints nothing
silent() {
	name=$1
	shift
	if "$@" >"$tmp/out" 2>&1 && [ ! -s "$tmp/out" ]; then ok; else fail "$*"; fi
}
have() { command -v "$1" >/dev/null || { echo "skipped $1: not installed (lab/deps installs it)"; return 1; }; }

claim "make install" make -s install DESTDIR="$root" PREFIX=/usr LIBDIR=/usr/lib
export PKG_CONFIG_PATH=$root/usr/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root
claim "pkg-config knows the library" pkg-config --exists --print-errors "libdaxplug = $(cat VERSION)"

### a program that is built with the installed library

flags=$(pkg-config --cflags --libs libdaxplug)
# shellcheck disable=SC2086 # flags are words
silent "the example is built with what pkg-config says" "${CC:-cc}" -std=c99 -Wall -Wextra -Werror \
	doc/examples/roomiest.c -o "$tmp/roomiest" $flags
export LD_LIBRARY_PATH=$root/usr/lib
fresh
name="example: no device"
"$tmp/roomiest" >"$tmp/out" 2>"$tmp/err"
code=$?
if [ $code -eq 1 ]; then ok; else fail "exit $code, expected 1"; fi
device dax0.0 134217728 0 1 kmem unplugged
device dax1.0 4294967296 0 1 kmem unplugged
device dax2.0 8589934592 0 1 kmem online_movable
answer ""
name="example: plugs the largest that is unplugged"
LD_PRELOAD=$preload "$tmp/roomiest" >"$tmp/out" 2>"$tmp/err"
code=$?
if [ $code -eq 0 ]; then ok; else fail "exit $code, expected 0"; fi
out "dax1.0: plugged by backend module"
wrote dax1.0 online_movable
wrote dax0.0 unplugged
answer 16 unplugged
name="example: refused"
LD_PRELOAD=$preload "$tmp/roomiest" >"$tmp/out" 2>"$tmp/err"
code=$?
if [ $code -eq 2 ]; then ok; else fail "exit $code, expected 2"; fi
err "dax0.0: Device or resource busy"
unset LD_LIBRARY_PATH

### the symbols

name="the library exports the functions of its headers, with a version"
grep -hoE '^ \* daxplug_[a-z_0-9]+\(\) - ' lib/daxplug*.h | grep -oE 'daxplug_[a-z_0-9]+' |
	grep -v foreach | sort >"$tmp/documented"
# Static inline functions are compiled into the program and need no symbol.
grep -hoE '^static inline .*daxplug_[a-z_0-9]+\(' lib/daxplug*.h | grep -oE 'daxplug_[a-z_0-9]+\(' |
	tr -d '(' | sort >"$tmp/inline"
nm -D --defined-only "$root/usr/lib/libdaxplug.so.0" | awk '$2 == "T" { print $3 }' |
	sed -n 's/@@LIBDAXPLUG_0_2$//p' | sort - "$tmp/inline" >"$tmp/exported"
if diff "$tmp/documented" "$tmp/exported" >"$tmp/out"; then ok; else fail; fi
name="the static library has no other names"
if nm --defined-only "$root/usr/lib/libdaxplug.a" 2>/dev/null |
	awk '$2 ~ /^[A-Z]$/ && $3 !~ /^daxplug_/' | grep -q .; then fail; else ok; fi

### manual pages

man=$root/usr/share/man
while read -r function; do
	name="a manual page for $function"
	if grep -q "^\.B .*$function(" doc/man/*.3 && [ -e "$man/man3/$function.3" ]; then ok; else fail; fi
done <"$tmp/documented"
if have mandoc; then
	for page in doc/man/*; do
		silent "mandoc takes ${page##*/}" mandoc -Tlint -Wwarning "$page"
		name="${page##*/} fits a terminal"
		mandoc -Tascii "$page" | sed 's/.\x08//g' | grep -E '^.{81}' >"$tmp/out"
		if [ -s "$tmp/out" ]; then fail; else ok; fi
	done
fi
for page in daxplug.8 daxplug-plug.8 daxplug-unplug.8 daxplug.conf.5 daxplug-hooks.7; do
	name="$page is installed"
	if [ -e "$man/man${page##*.}/$page" ]; then ok; else fail; fi
done
# Every command has a manual page. The page has all options of the command's --help.
"$daxplug" --help >"$tmp/help"
commands=$("$daxplug" help --table | awk -F'\t' '$1 == "command" { print $2 }')
# options_of FILE: prints the options, one a line
options_of() { sed 's/\\-/-/g' "$1" | grep -oE -- '--[a-z][a-z-]+' | sort -u | grep -vE -- '--(help|version)'; }
for command in $commands; do
	"$daxplug" "$command" --help >"$tmp/help-of"
	cat "$tmp/help-of" >>"$tmp/help"
	case $command in help | version) page=daxplug ;; *) page=daxplug-$command ;; esac
	page=$man/man8/$page.8
	name="$command: its page has the options of --help"
	[ ! -e "$page" ] || ! grep -q '^\.so ' "$page" || page=$man/$(sed -n 's/^\.so //p' "$page")
	options_of "$tmp/help-of" >"$tmp/wanted"
	if [ -e "$page" ] && options_of "$page" | comm -13 - "$tmp/wanted" >"$tmp/out" && [ ! -s "$tmp/out" ]; then ok; else fail "$page"; fi
	name="$command: daxplug(8) names its page"
	case $command in help | version) wanted='^\.B '$command ;; *) wanted='^\.BR daxplug\\-[a-z]* (8)$' ;; esac
	if sed -n "/^\.SH COMMANDS/,/^\.SH DEVICES/{/^\.B $command\$/,/^\.TP/p}" doc/man/daxplug.8 | grep -q -e "$wanted"; then ok; else fail; fi
done
name="every option in a manual page is in a --help"
options_of "$tmp/help" >"$tmp/in-help"
cat doc/man/*.8 >"$tmp/pages"
options_of "$tmp/pages" >"$tmp/in-page"
if diff "$tmp/in-help" "$tmp/in-page" >"$tmp/out"; then ok; else fail; fi

### completions

have bash && silent "bash takes its completion" bash -n packaging/completion/daxplug.bash
have zsh && silent "zsh takes its completion" zsh -n packaging/completion/_daxplug
have fish && silent "fish takes its completion" fish -n packaging/completion/daxplug.fish
for file in bash:daxplug.bash zsh:_daxplug fish:daxplug.fish; do
	name="${file#*:} is what make completions makes"
	packaging/completion/generate "${file%:*}" "$daxplug" 2>&1 | diff packaging/completion/"${file#*:}" - >"$tmp/out"
	if [ -s "$tmp/out" ]; then fail; else ok; fi
done
for file in daxplug.bash _daxplug daxplug.fish; do
	name="$file has every command and option"
	while read -r option; do
		grep -q -e "${option#--}" packaging/completion/$file || echo "$option"
	done <"$tmp/in-help" >"$tmp/out"
	if [ -s "$tmp/out" ]; then fail; else ok; fi
done
fresh
device dax0.0 134217728 3 1 kmem unplugged
mkdir "$tmp/bin"
ln -s "$daxplug" "$tmp/bin/daxplug"
# shellcheck disable=SC2016 # the other shell expands it
PATH=$tmp/bin:$PATH bash -c '. packaging/completion/daxplug.bash
	complete_it() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _daxplug; echo "${COMPREPLY[@]}"; }
	complete_it daxplug pl; complete_it daxplug plug da; complete_it daxplug plug --zone m
	complete_it daxplug plug --zone = m; complete_it daxplug plug --zone=m
	complete_it daxplug list --sort=TI; complete_it daxplug doctor --id inc; complete_it daxplug help ver
	complete_it daxplug plug --node ""; complete_it daxplug plug node : ""; complete_it daxplug plug node:' \
	>"$tmp/out" 2>"$tmp/err"
name="bash completes"
out "plug
dax0.0
movable
movable
--zone=movable
--sort=TIER
inconsistent
version

3
node:3"

### json

if have python3; then
	claim "the Python module is installed, and finds the library" env LD_LIBRARY_PATH="$root/usr/lib" \
		PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$root/usr/lib/python3/dist-packages" \
		python3 -c 'import daxplug; daxplug.Context()'
	fresh
	device dax0.0 134217728 3 1 kmem unplugged
	answer ""
	for command in "list" "show dax0.0" "plug dax0.0" "unplug dax0.0" "apply --check" "doctor"; do
		# shellcheck disable=SC2086 # words
		LD_PRELOAD=$preload "$daxplug" $command --json >"$tmp/json" 2>"$tmp/err"
		claim "JSON: $command: keys are in doc/json.md" python3 - "$tmp/json" <<'PYTHON'
import json, re, sys
known = set(re.findall(r'`([a-z_]+)`', open('doc/json.md').read()))
def keys(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)
got = json.load(open(sys.argv[1]))
assert got['schema'] == 1
unknown = set(keys(got)) - known
assert not unknown, unknown
PYTHON
	done
fi

finish
