# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # lab/run has the variables
# What the kernel of a guest complained about, read from its console; lab/run sources this file,
# and has $console, $kernel and $forgiven.

# read_races MODE: see lab/kcsan.awk
read_races() {
    awk -v mode="$1" -v known="$TREE/tests/guest/kcsan-known.txt" -f "$LAB_DIR/kcsan.awk" "$console"
}

# judged: the console, without data races of the kernel's own.
judged() {
    if [[ $kernel == kcsan ]]; then read_races judge; else cat "$console"; fi
}

# complaints: the console without the warnings that are forgiven. A warning begins with a line "cut
# here", and the line that says where it is may follow later: what other processors print comes
# between.
complaints() {
    awk -v forgiven="WARNING: .* ($forgiven)([.]cold)?[+]0x" -v any="$forgiven" '
        /-\[ cut here \]/ { if (begun != "") print begun; begun = $0; next }
        begun != "" && /WARNING: / {
            if (any == "" || $0 !~ forgiven) { print begun; print }
            begun = ""
            next
        }
        { print }
        END { if (begun != "") print begun }' <(judged)
}

# splat: the line of the console at which the kernel complained first.
splat() {
    grep -aE -m1 -e '-{12}\[ cut here \]|\] (WARNING|INFO: task .* blocked for more than)|WARNING: CPU' \
        -e 'BUG: |kernel BUG at|Oops: |[Gg]eneral protection|KASAN: |KFENCE: |UBSAN: |Kernel panic|soft lockup|hard LOCKUP' \
        -e 'rcu: INFO: .*(stall|detected)|(possible|bad) .* (detected|imbalance)!|list_(add|del) corruption|BUG [^ ]+ \(' \
        -e 'kmemleak: .*disabled|unreferenced object|INFO: trying to register|turning off the locking correctness|ODEBUG: ' \
        <(complaints) | tr -d '\r'
}

# count_races: KCSAN's reports, for people and for tests/races.
count_races() {
    local ours others
    read -r ours others < <(read_races count)
    say "KCSAN: $ours reports with functions of kmem, $others of the kernel's own"
}
