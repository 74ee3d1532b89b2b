#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The static checks of the tree.
#
#   tests/unit/static.sh [PART]...
#       PART: text format checkpatch shellcheck cppcheck clang-tidy sparse (none: all)
#
# Prints one line "ok" or "not ok" for each tool and part of the tree, with the
# findings below it, and a line "skipped" for a tool that is not installed. Files
# are found by their names and first lines, so that a new file is checked without
# an entry here. The checks that are switched off are in .clang-tidy and
# .shellcheckrc, each with its reason.
# Exit: 0 nothing found, 1 something found.

set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

# verdict CLAIM FILE: print "ok" if FILE, the list of findings, is empty; else print the findings
verdict() {
	if [ ! -s "$2" ]; then
		echo "ok $1"
		return
	fi
	echo "not ok $1"
	head -n 40 "$2" | sed 's/^/    /'
	failed=1
}

# absent CLAIM PATTERN FILE...: check that no file has a line that matches the pattern
absent() {
	local claim=$1 pattern=$2
	shift 2
	grep -InHE -e "$pattern" -- "$@" >"$tmp/found" || true
	verdict "text: $claim" "$tmp/found"
}

# installed TOOL: succeed if the tool is installed; else print a line "skipped" and fail
installed() {
	if command -v "$1" >/dev/null; then return 0; fi
	echo "skipped $1: not installed (lab/deps installs it)"
	return 1
}

# --- the files ---------------------------------------------------------------

mapfile -t all < <(find . \( -path ./.git -o -path ./build \) -prune -o \
	-type f -print | sed 's,^\./,,' | sort)

# files_matching REGEX: print the files whose path matches
files_matching() {
	printf '%s\n' "${all[@]}" | grep -E "$1" || true
}

mapfile -t c_files < <(files_matching '\.[ch]$')
mapfile -t make_files < <(files_matching '(^|/)(Makefile|Kbuild)$|\.mk$')
mapfile -t texts < <(files_matching '.' | grep -v '^LICENSES/')
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

# missing_documents FILE...: print each name of a document in doc/ that does not exist. A path in
# which doc/ is not the first folder names a file of another tree and is ignored.
missing_documents() {
	local name where
	while IFS=: read -r where name; do
		name=doc/${name#*doc/}
		[ -e "$name" ] || echo "$where: $name"
	done < <(grep -oHE '(^|[^/A-Za-z0-9_-])doc/[a-z0-9_/-]+\.(md|[1-8]|svg|tsv)\b' -- "$@" | sort -u)
}

# undocumented HEADER...: print the functions without "/** name() - what it does" right above them
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

	mapfile -t files < <(files_matching '^(kernel|engine|tests/guest/modules)/.*\.[ch]$' |
		grep -v '^kernel/compat/')
	absent "only kernel/compat depends on the kernel's version" \
		'LINUX_VERSION_CODE|KERNEL_VERSION' "${files[@]}"
	absent "no symbol is looked up with kallsyms or a kprobe" \
		'kallsyms_lookup|kallsyms_on_each|register_kprobe' "${c_files[@]}"
	# A signal that arrives during recalc_sigpending() could be lost if siglock were not held.
	awk '/^[ \t]*recalc_sigpending\(\)/ && last !~ /siglock\)/ || /TIF_SIGPENDING/ { print FILENAME ":" FNR ": " $0 }
		{ last = $0 }' "${c_files[@]}" >"$tmp/found"
	verdict "text: recalc_sigpending() is called right after siglock is taken, and TIF_SIGPENDING is not used" "$tmp/found"
	words='TO''DO|FIX''ME|XX''X|HA''CK'
	absent "no comment marks unfinished work" "(^|[^A-Za-z0-9_])($words)([^A-Za-z0-9_]|\$)" "${texts[@]}"
	# The copyright file of a Debian package begins with the address of its format.
	mapfile -t files < <(printf '%s\n' "${texts[@]}" | grep -v '^packaging/debian/copyright$')
	absent "no mirror is named" '[a-z0-9]\.(debian|ubuntu)\.(org|net|com)' "${files[@]}"
	absent "no address on the network in code" '(https?|ftp):''//' \
		"${c_files[@]}" "${make_files[@]}" "${scripts[@]}"
	mapfile -t files < <(files_matching '^tests/(guest|large|soak)/')
	absent "no test in the guest sleeps for a fixed time" \
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

	# Files with measured data, their graphs, and recorded output of the command may be longer.
	wc -l "${texts[@]}" | awk '$1 > 700 && $2 != "total" && $2 !~ /\.(tsv|svg|golden)$/ { print $2 ": " $1 " lines" }' \
		>"$tmp/found"
	verdict "text: no file is longer than 700 lines" "$tmp/found"

	mapfile -t files < <(files_matching '\.md$')
	tests/unit/dead-links "${files[@]}" >"$tmp/found"
	verdict "text: every link between documents leads to a file and a heading" "$tmp/found"
	missing_documents "${texts[@]}" >"$tmp/found"
	verdict "text: every document that is named exists" "$tmp/found"
	mapfile -t files < <(printf '%s\n' "${texts[@]}" | grep -vE '\.(svg|tsv)$')
	absent "no line ends in a blank" '[[:blank:]]$' "${files[@]}"

	mapfile -t files < <(files_matching '^(kernel/[^/]*|engine/.*)\.h$|^lib/daxplug[a-z_]*\.h$')
	undocumented "${files[@]}" >"$tmp/found"
	verdict "text: every function of a header is documented" "$tmp/found"

	installed codespell || return 0
	mapfile -t files < <(printf '%s\n' "${texts[@]}" | grep -vE '^COPYING$|\.(svg|tsv)$')
	codespell "${files[@]}" >"$tmp/found" 2>&1 || true
	verdict "codespell: documents and comments" "$tmp/found"
}

# --- layout of C -------------------------------------------------------------

# misplaced FILE: print the lines of C whose indentation or spaces differ from .clang-format.
# The author decides about line breaks. So lines are compared only where clang-format would keep
# the line breaks. These differences are ignored, too:
#   blanks before a comment at the end of a line: the kernel's style aligns the comment with tabs
#   macros and their backslashes: the kernel's style aligns these with tabs, too
#   tables, and strings of several lines: clang-format aligns them in columns, or indents them
#   a ?: expression of several lines: clang-format indents it by the length of the condition
#   "char * const": checkpatch wants the blank, clang-format does not
#   pointers to arrays, __attribute__ in a declaration, for (;;) with a blank: clang-format has no
#   kernel style for these
#   "new": clang-format parses it as the operator of C++
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

# checkpatch.pl, if it is found, checks the changed lines only.
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

# Scripts for sh are checked as dash, which is sh on Debian. In the guest, sh is busybox's, which
# has the same syntax. A file that is only sourced names its shell in a line for shellcheck.
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

# The parts of the tree: a name, a pattern for the paths of its files, the compiler's flags
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

# for_parts TOOL: call the function of the tool for each part, as FUNCTION NAME FLAGS. $files has
# the part's files.
for_parts() {
	local name pattern flags
	while read -r name pattern flags; do
		[ -n "$name" ] || continue
		mapfile -t files < <(files_matching "$pattern")
		[ ${#files[@]} -gt 0 ] || continue
		case $1 in
		cppcheck) cppcheck_part "$name" "$flags" ;;
		clang-tidy) tidy_part "$name" "$flags" ;;
		esac
	done <<<"$user_parts"
}

# Two kinds of messages of cppcheck 2.11 and later are suppressed. The first says that it checks
# a limited number of branches. The second wants const for every pointer that is only read
# through, which would change the library's interface and the types of callbacks.
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

# tidy FILE OUT FLAG...: check one file. Each file has a run of its own, because clang-tidy 14
# keeps types of one file when it checks the next. The counts on stderr are not findings.
tidy() {
	local file=$1 out=$2 status=0
	shift 2
	clang-tidy --quiet "$file" -- -std=gnu11 -Wall -Wextra "$@" >"$out" 2>"$out.err" || status=$?
	if [ "$status" -ne 0 ] && [ ! -s "$out" ]; then cat "$out.err" >>"$out"; fi
}

# Checks two files at a time, because clang-tidy is the slowest of the static checks.
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

# Messages of sparse and of the compiler about the module's files are findings, also if the path
# is that of a link in build/. Messages about the kernel's headers are ignored, because this tree
# cannot change them. If the build fails without a message about the module's files, the end of
# its log is the finding.
# The headers of 7.3 lack a script that the kernel's build needs to run sparse. So only the
# compiler checks the module there, and the claim names the compiler.
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
