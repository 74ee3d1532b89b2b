# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # lab/run has the variables
# Find reports of kernel errors in a guest's console. lab/run sources this file and sets
# $console, $kernel and $allowed_warnings.

# read_races MODE: run lab/kcsan.awk on the console; its head describes the modes.
read_races() {
    awk -v mode="$1" -v known="$TREE/tests/guest/kcsan-known.txt" -f "$LAB_DIR/kcsan.awk" "$console"
}

# judged: print the console. For kcsan, leave out data races that do not involve kmem.
judged() {
    if [[ $kernel == kcsan ]]; then read_races judge; else cat "$console"; fi
}

# complaints: print the console without the allowed warnings. A warning begins with the line
# "cut here". The line with the function's name may follow later, because other processors may
# print lines in between.
complaints() {
    awk -v allowed_warnings="WARNING: .* ($allowed_warnings)([.]cold)?[+]0x" -v any="$allowed_warnings" '
        /-\[ cut here \]/ { if (begun != "") print begun; begun = $0; next }
        begun != "" && /WARNING: / {
            if (any == "" || $0 !~ allowed_warnings) { print begun; print }
            begun = ""
            next
        }
        { print }
        END { if (begun != "") print begun }' <(judged)
}

# splat: print the line with the first error that the kernel reported.
splat() {
    grep -aE -m1 -e '-{12}\[ cut here \]|\] (WARNING|INFO: task .* blocked for more than)|WARNING: CPU' \
        -e 'BUG: |kernel BUG at|Oops: |[Gg]eneral protection|KASAN: |KFENCE: |UBSAN: |Kernel panic|soft lockup|hard LOCKUP' \
        -e 'rcu: INFO: .*(stall|detected)|(possible|bad) .* (detected|imbalance)!|list_(add|del) corruption|BUG [^ ]+ \(' \
        -e 'kmemleak: .*disabled|unreferenced object|INFO: trying to register|turning off the locking correctness|ODEBUG: ' \
        <(complaints) | tr -d '\r'
}

# count_races: print the numbers of KCSAN's reports, for the reader and for tests/races.
count_races() {
    local ours others
    read -r ours others < <(read_races count)
    say "KCSAN: $ours reports with functions of kmem, $others of the kernel's own"
}
