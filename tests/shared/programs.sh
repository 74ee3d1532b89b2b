# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154 # out is a variable of the program that sources this
# Functions that run the tests of a tier without guests. tests/run, tests/unit/run and tests/cli/run source
# this file after results.sh. Logs are in the directory $out.
#
# Offers: programs TIER   run_programs TIER [NAME]...   wait_for_place

# programs TIER: prints the file names of the tests in its folder
programs() { find "tests/$1" -maxdepth 1 \( -name 'test_*.c' -o -name '*.sh' -executable \) -printf '%f\n' | sort; }

# wait_for_place: waits until fewer than two jobs run. Two is the number of processors of the machines on
# which the tests usually run.
wait_for_place() {
	while [ "$(jobs -r | wc -l)" -ge 2 ]; do wait -n || true; done
}

# one_program FILE: runs one test
one_program() {
	local log=$out/${1##*/} status=0 begin=$SECONDS
	"$1" >"$log.log" 2>&1 || status=$?
	echo "$status $((SECONDS - begin))" >"$log.status"
}

# is_named FILE [NAME]...: succeeds if one of the names is a name of FILE, or if there are no names.
# test_doctor.sh has the names doctor, test_doctor and test_doctor.sh.
is_named() {
	local file=$1 name stem=${1%.*}
	shift
	[ $# -gt 0 ] || return 0
	for name; do
		if [ "$name" = "$file" ] || [ "$name" = "$stem" ] || [ "$name" = "${stem#test_}" ]; then return 0; fi
	done
	return 1
}

# report_programs: prints the results of the tests that have ended, in the order of the array ready. It stops at
# the first test that still runs.
report_programs() {
	local name status seconds
	while [ "$reported_programs" -lt ${#ready[@]} ]; do
		name=${ready[reported_programs]##*/}
		[ -s "$out/$name.status" ] || return 0
		read -r status seconds <"$out/$name.status"
		account "$name" "$out/$name.log" "$status" "$seconds s"
		reported_programs=$((reported_programs + 1))
	done
}

# run_programs TIER [NAME]...: runs the named tests, or all tests. Builds the tests in C first. If one does not
# compile, that is a failure, and the others run.
run_programs() {
	local tier=$1 file binaries=() chosen=() ready=() reported_programs=0
	shift
	for file in $(programs "$tier"); do
		if is_named "$file" "$@"; then chosen+=("$file"); fi
	done
	[ ${#chosen[@]} -gt 0 ] || { echo "tests/$tier has no test called $*" >&2; return 2; }
	for file in "${chosen[@]}"; do
		case $file in
		*.c) binaries+=("build/unit/${file%.c}") ;;
		*) ready+=("tests/$tier/$file") ;;
		esac
	done
	if [ ${#binaries[@]} -gt 0 ] && ! pkg-config --exists cmocka 2>/dev/null; then
		for file in "${binaries[@]}"; do skip "${file##*/}" "cmocka is not installed (lab/deps --tests installs it)"; done
	elif [ ${#binaries[@]} -gt 0 ]; then
		make -s -j2 -k "${binaries[@]}" >"$out/$tier-build.log" 2>&1 || account "$tier build" "$out/$tier-build.log" 1
		for file in "${binaries[@]}"; do
			if [ -x "$file" ]; then ready+=("$file"); fi
		done
	fi
	for file in "${ready[@]##*/}"; do rm -f "$out/$file.status"; done
	for file in "${ready[@]}"; do
		wait_for_place
		report_programs
		one_program "$file" &
	done
	wait
	report_programs
}
