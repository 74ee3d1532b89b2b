#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What can be said of the tree without running it.
#
#   tests/unit/static.sh [PART]...
#       PART: text format checkpatch shellcheck cppcheck clang-tidy sparse (none: all)
#
# One line "ok" or "not ok" per tool and part of the tree, the findings under it.
# A tool that is not installed is a line "skipped". Files are found by what they
# are, so that a new one cannot be forgotten; what is deliberately not asked for
# is in .clang-tidy and .shellcheckrc, each with its reason.
# Exit: 0 nothing found, 1 something found.

set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

# verdict CLAIM FILE: it holds if FILE, the findings, is empty.
verdict() {
	if [ ! -s "$2" ]; then
		echo "ok $1"
		return
	fi
	echo "not ok $1"
	head -n 40 "$2" | sed 's/^/    /'
	failed=1
}

# absent CLAIM PATTERN FILE...: the pattern is in none of the files.
absent() {
	local claim=$1 pattern=$2
	shift 2
	grep -InHE -e "$pattern" -- "$@" >"$tmp/found" || true
	verdict "text: $claim" "$tmp/found"
}

# installed TOOL: says so when it is not.
installed() {
	if command -v "$1" >/dev/null; then return 0; fi
	echo "skipped $1: not installed (lab/deps installs it)"
	return 1
}

# --- the files ---------------------------------------------------------------

mapfile -t all < <(find . \( -path ./.git -o -path ./build \) -prune -o \
	-type f -print | sed 's,^\./,,' | sort)

# those REGEX: the files whose path matches
those() {
	printf '%s\n' "${all[@]}" | grep -E "$1" || true
}

mapfile -t c_files < <(those '\.[ch]$')
mapfile -t make_files < <(those '(^|/)(Makefile|Kbuild)$|\.mk$')
mapfile -t texts < <(those '.' | grep -v '^LICENSES/')
bash_files=() sh_files=() sourced_files=()
for file in "${all[@]}"; do
	case $(head -c 64 "$file" | head -n 1 | tr -d '\0') in
	'#!'*bash*) bash_files+=("$file") ;;
	'#!'*sh*) sh_files+=("$file") ;;
	*) case $file in *.sh) sourced_files+=("$file") ;; esac ;;
	esac
done
scripts=("${bash_files[@]}" "${sh_files[@]}" "${sourced_files[@]}")

# --- text --------------------------------------------------------------------

# Names of documents, in any text, that do not exist. In a longer path, doc/ is not ours.
missing_documents() {
	local name where
	while IFS=: read -r where name; do
		name=doc/${name#*doc/}
		[ -e "$name" ] || echo "$where: $name"
	done < <(grep -oHE '(^|[^/A-Za-z0-9_-])doc/[a-z0-9_/-]+\.(md|[1-8]|svg|tsv)\b' -- "$@" | sort -u)
}

# Functions of a header that have no "/** name() - what it does" right above them.
undocumented() {
	awk '
	FNR == 1 { declaration = ""; comment = ""; inside = 0; body = 0 }
	inside {
		if (comment == "/**" && /^ \* /)
			comment = "/** " substr($0, 4)
		if (/\*\//)
			inside = 0
		next
	}
	/^\/\*/ {
		comment = $0
		inside = !/\*\//
		next
	}
	body { if (/^}/) body = 0; next }
	/^#/ || /^$/ { comment = declaration = ""; while (/\\$/ && getline > 0) ; next }
	/^[a-z_]/ || declaration != "" {
		declaration = declaration $0 " "
		if (!/[;{]/)
			next
		body = /{/ && !/};?$/
		if (match(declaration, /[a-z_0-9]+\(/) && declaration !~ /^(typedef|extern "C")/) {
			name = substr(declaration, RSTART, RLENGTH - 1)
			if (index(comment, "/** " name "() - ") != 1)
				print FILENAME ":" FNR ": " name "()"
		}
		comment = declaration = ""
	}' "$@"
}

check_text() {
	local words file

	mapfile -t files < <(those '^(kernel|engine|tests/guest/modules)/.*\.[ch]$' |
		grep -v '^kernel/compat/')
	absent "the kernel's version is asked for in kernel/compat only" \
		'LINUX_VERSION_CODE|KERNEL_VERSION' "${files[@]}"
	absent "no symbol is looked up behind the kernel's back" \
		'kallsyms_lookup|kallsyms_on_each|register_kprobe' "${c_files[@]}"
	# Otherwise a signal that comes at that moment could be lost.
	awk '/^[ \t]*recalc_sigpending\(\)/ && last !~ /siglock\)/ || /TIF_SIGPENDING/ { print FILENAME ":" FNR ": " $0 }
		{ last = $0 }' "${c_files[@]}" >"$tmp/found"
	verdict "text: what signals are pending is looked at under siglock, and none is made up" "$tmp/found"
	words='TO''DO|FIX''ME|XX''X|HA''CK'
	absent "nothing is left for later" "(^|[^A-Za-z0-9_])($words)([^A-Za-z0-9_]|\$)" "${texts[@]}"
	# The copyright file of a Debian package begins with the address of its format.
	mapfile -t files < <(printf '%s\n' "${texts[@]}" | grep -v '^packaging/debian/copyright$')
	absent "no mirror is named" '[a-z0-9]\.(debian|ubuntu)\.(org|net|com)' "${files[@]}"
	absent "no address on the network in code" '(https?|ftp):''//' \
		"${c_files[@]}" "${make_files[@]}" "${scripts[@]}"
	mapfile -t files < <(those '^tests/(guest|large|soak)/')
	absent "no test in the guest waits by the clock" \
		'(^|[^a-z_])(u|nano)?sleep[ (]+["$&0-9]' "${files[@]}"

	for file in "${c_files[@]}" "${make_files[@]}" "${scripts[@]}"; do
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: ' || echo "$file"
	done >"$tmp/found"
	verdict "text: every source names its licence" "$tmp/found"

	for file in "${c_files[@]}"; do
		expand "$file" | awk -v file="$file" \
			'length > 100 { print file ":" NR ": " length " columns" }'
	done >"$tmp/found"
	verdict "text: no line of C is longer than 100 columns" "$tmp/found"

	# But for what is measured and what is drawn of it.
	wc -l "${texts[@]}" | awk '$1 > 700 && $2 != "total" && $2 !~ /\.(tsv|svg)$/ { print $2 ": " $1 " lines" }' \
		>"$tmp/found"
	verdict "text: no file is longer than 700 lines" "$tmp/found"

	mapfile -t files < <(those '\.md$')
	tests/unit/dead-links "${files[@]}" >"$tmp/found"
	verdict "text: every link between documents leads to a file and a heading" "$tmp/found"
	missing_documents "${texts[@]}" >"$tmp/found"
	verdict "text: every document that is named exists" "$tmp/found"
	mapfile -t files < <(printf '%s\n' "${texts[@]}" | grep -vE '\.(svg|tsv)$')
	absent "no line ends in a blank" '[[:blank:]]$' "${files[@]}"

	mapfile -t files < <(those '^(kernel/[^/]*|engine/.*)\.h$|^lib/daxplug[a-z_]*\.h$')
	undocumented "${files[@]}" >"$tmp/found"
	verdict "text: every function of a header is documented" "$tmp/found"

	installed codespell || return 0
	mapfile -t files < <(printf '%s\n' "${texts[@]}" | grep -vE '^COPYING$|\.(svg|tsv)$')
	codespell "${files[@]}" >"$tmp/found" 2>&1 || true
	verdict "codespell: documents and comments" "$tmp/found"
}

# --- layout of C -------------------------------------------------------------

# misplaced FILE: lines of C whose indentation or spaces differ from .clang-format, on stdout.
# Where clang-format wants other line breaks, the author's stay, and so does their indentation:
# only places are compared that have the same line breaks. Left out besides, and why:
#   blanks before a comment at the end of a line: the kernel's style aligns it with tabs
#   macros, and their backslashes: likewise
#   tables, and texts of several lines: it makes columns of them, or indents them
#   the lines of a ?: that is broken: it indents them by the condition's length
#   "char * const": checkpatch wants the blank, clang-format wants none
#   pointers to arrays, __attribute__ in a declaration, for (;;) with a blank: it knows no kernel style
#   "new": it takes the name for that of C++
misplaced() {
	clang-format --style=file "$1" | { diff -U0 "$1" - || true; } | awk -v file="$1" '
	BEGIN { while ((getline line <file) > 0) text[++lines] = line }
	function without_blanks(s) { gsub(/[ \t]/, "", s); return s }
	function normal(s) {
		gsub(/\* const/, "*const", s)
		if (s ~ /\/\*.*\*\/$/)
			sub(/[ \t]*\/\*/, " /*", s)
		return s
	}
	function is_left_out(s, before) {
		return s ~ /^#|\\$|^"|^[ \t]+[{[.]|^[ \t]+("[^"]*"|[A-Z_0-9]+), ./ ||
		       s ~ / \? | [?:]$/ || before ~ / \? | [?:]$/ ||
		       s ~ /\(\*[a-z_]+\)\[|__attribute__|; ;|(^|[^a-z_])new([^a-z_]|$)/
	}
	function report(   i) {
		for (i = 1; i <= removed && removed == added; i++)
			if (without_blanks(old[i]) != without_blanks(new[i]))
				added = 0
		for (i = 1; i <= removed && removed == added; i++)
			if (normal(old[i]) != normal(new[i]) && !is_left_out(old[i], text[at + i - 2]))
				print file ":" at + i - 1 ": should be: " new[i]
		removed = added = 0
	}
	/^(---|\+\+\+) / && !at { next }
	/^@@/ { report(); split($2, part, /[-,]/); at = part[2]; next }
	/^-/ { old[++removed] = substr($0, 2) }
	/^\+/ { new[++added] = substr($0, 2) }
	END { report() }'
}

check_format() {
	local file
	installed clang-format || return 0
	for file in "${c_files[@]}"; do misplaced "$file"; done >"$tmp/found" 2>&1
	verdict "clang-format: indentation and spaces of ${#c_files[@]} files" "$tmp/found"
}

# What has changed is held to checkpatch.pl, if there is one.
check_checkpatch() {
	local status=0
	tests/unit/checkpatch >"$tmp/found" 2>"$tmp/none" || status=$?
	if [ $status -gt 1 ]; then
		echo "# not run: $(cat "$tmp/none")"
		return
	fi
	verdict "checkpatch: the last commit, and what is not committed" "$tmp/found"
}

# --- scripts -----------------------------------------------------------------

# sh is Debian's dash here, and busybox's in the guest, which is like it. What is
# only sourced says itself what it is for.
check_shellcheck() {
	installed shellcheck || return 0
	shellcheck -f gcc "${bash_files[@]}" >"$tmp/found" 2>&1 || true
	verdict "shellcheck: ${#bash_files[@]} scripts for bash" "$tmp/found"
	shellcheck -f gcc -s dash "${sh_files[@]}" >"$tmp/found" 2>&1 || true
	verdict "shellcheck: ${#sh_files[@]} scripts for sh" "$tmp/found"
	shellcheck -f gcc "${sourced_files[@]}" >"$tmp/found" 2>&1 || true
	verdict "shellcheck: ${#sourced_files[@]} scripts that others source" "$tmp/found"
}

# --- C outside the kernel ----------------------------------------------------

# Parts of the tree: a name, what its files are, how they are compiled.
user_parts='
lib           ^lib/.*\.c$               -Ilib -D_GNU_SOURCE -DDAXPLUG_VERSION="0"
cli           ^cli/.*\.c$               -isystem /usr/include/json-c -isystem /usr/include/libsmartcols -Ilib -D_GNU_SOURCE -DDAXPLUG_VERSION="0"
engine        ^engine/.*\.c$            -Iengine
layout        ^kernel/compat/.*\.c$
lab-tools     ^tests/guest/tools/.*\.c$
lab-clients   ^tests/guest/clients/.*\.c$  -Ilib -D_GNU_SOURCE
fuzz-guest    ^tests/fuzz-guest/.*\.c$
fuzz          ^tests/fuzz/.*\.c$       -isystem /usr/include/json-c -Ilib -Icli -D_GNU_SOURCE
examples      ^doc/examples/.*\.c$     -Ilib
bench-tools   ^bench/tools/.*\.c$
unit-tests    ^tests/(unit|cli)/.*\.c$  -Iengine -Ilib -D_GNU_SOURCE
'

# for_parts TOOL: its function, of NAME and FLAGS, with the part's files in $files.
for_parts() {
	local name pattern flags
	while read -r name pattern flags; do
		[ -n "$name" ] || continue
		mapfile -t files < <(those "$pattern")
		[ ${#files[@]} -gt 0 ] || continue
		case $1 in
		cppcheck) cppcheck_part "$name" "$flags" ;;
		clang-tidy) tidy_part "$name" "$flags" ;;
		esac
	done <<<"$user_parts"
}

# What newer versions ask for besides, and is not wanted: that they look at fewer branches
# by default (2.11), and const for every pointer that is only read through (2.11), which
# would change the library's interface and types of callbacks.
cppcheck_part() {
	local flags
	read -ra flags <<<"$2"
	cppcheck --quiet --std=c11 --enable=warning,style,performance,portability \
		--inline-suppr --suppress=normalCheckLevelMaxBranches --suppress=constParameterPointer \
		--suppress=constVariablePointer --suppress=constParameterCallback --template='{file}:{line}: {severity}: {message} [{id}]' \
		"${flags[@]}" "${files[@]}" >"$tmp/found" 2>&1 || true
	verdict "cppcheck: $1, ${#files[@]} files" "$tmp/found"
}

check_cppcheck() {
	installed cppcheck || return 0
	for_parts cppcheck
}

# tidy FILE OUT FLAG...: one file a run, for clang-tidy 14 carries what it learned of one
# file's types into the next. What it counts on stderr is not a finding.
tidy() {
	local file=$1 out=$2 status=0
	shift 2
	clang-tidy --quiet "$file" -- -std=gnu11 -Wall -Wextra "$@" >"$out" 2>"$out.err" || status=$?
	if [ "$status" -ne 0 ] && [ ! -s "$out" ]; then cat "$out.err" >>"$out"; fi
}

# Two files at a time: this takes longest of all.
tidy_part() {
	local i flags found=()
	read -ra flags <<<"$2"
	for i in "${!files[@]}"; do
		while [ "$(jobs -r | wc -l)" -ge 2 ]; do wait -n || true; done
		found+=("$tmp/tidy.$i")
		tidy "${files[i]}" "$tmp/tidy.$i" "${flags[@]}" &
	done
	wait
	cat "${found[@]}" >"$tmp/found"
	verdict "clang-tidy: $1, ${#files[@]} files" "$tmp/found"
}

check_clang_tidy() {
	installed clang-tidy || return 0
	if ! clang-tidy --dump-config >/dev/null 2>"$tmp/found" || [ -s "$tmp/found" ]; then
		verdict "clang-tidy: .clang-tidy can be read" "$tmp/found"
		return 0
	fi
	for_parts clang-tidy
}

# --- the module --------------------------------------------------------------

# Messages about the kernel's own headers are not ours to mend and are left out;
# those about the module's files, through the links in build/ or not, count, the
# compiler's as well. What neither said, but stopped the build, counts too.
# 7.3's headers lack a script of the kernel's build without which it runs no
# sparse: there it is the compiler alone, and the claim says so.
sparse_kernel() {
	local release=$2 status=0 tool=sparse
	lab/make "$1" module C=2 >"$tmp/all" 2>&1 || status=$?
	if grep -q 'checker-valid.sh: No such file' "$tmp/all"; then tool=compiler; fi
	sed "s|^$PWD/||; s|^build/module/[^/]*/||" "$tmp/all" |
		grep -E '^(kernel|engine|generated)/[^:]*:[0-9]+:' >"$tmp/found" || true
	if [ "$status" -ne 0 ] && [ ! -s "$tmp/found" ]; then tail -n 20 "$tmp/all" >"$tmp/found"; fi
	verdict "$tool: the module for $release" "$tmp/found"
}

check_sparse() {
	local kernel release
	installed sparse || return 0
	for kernel in ${KERNELS:-6.12}; do
		if release=$(lab/fetch --print release "$kernel" 2>/dev/null); then
			sparse_kernel "$kernel" "$release"
		else
			echo "skipped sparse: $kernel is not cached (lab/fetch $kernel)"
		fi
	done
}

[ $# -gt 0 ] || set -- text format checkpatch shellcheck cppcheck clang-tidy sparse
for part; do
	case $part in
	text) check_text ;;
	format) check_format ;;
	checkpatch) check_checkpatch ;;
	shellcheck) check_shellcheck ;;
	cppcheck) check_cppcheck ;;
	clang-tidy) check_clang_tidy ;;
	sparse) check_sparse ;;
	*)
		echo "static: no part $part" >&2
		exit 2
		;;
	esac
done
exit $failed
