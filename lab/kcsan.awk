# SPDX-License-Identifier: GPL-2.0-only
# Reads a kernel's console and tells the data races that KCSAN reports in the module kmem
# from those of the kernel's own. A report is the module's if a function of the module is in one
# of its stacks, for the module may be what lets two functions of the kernel run at once.
#
#   awk -v mode=judge -f lab/kcsan.awk CONSOLE   the console, without the lines at which reports
#                                                begin that are the kernel's own
#   awk -v mode=count -f lab/kcsan.awk CONSOLE   two numbers: the module's, the kernel's own
#   awk -v mode=titles -f lab/kcsan.awk CONSOLE  each title once, how often, and whose it is
#   awk -v mode=ours -f lab/kcsan.awk CONSOLE    the module's reports in full
#
# With -v known=FILE, reports whose title matches a line of FILE count as the kernel's own.
# Other processors may print lines into a report, so no other line is taken away.

BEGIN {
    while (known && (getline line < known) > 0)
        if (line !~ /^#|^$/) patterns[line]
}

function close_report(   pattern) {
    if (!inside) return
    inside = 0
    for (pattern in patterns)
        if (title ~ pattern) kmem = 0
    whose = kmem ? "kmem" : "kernel"
    number[whose]++
    titles[whose " " title]++
    if (kmem) text = text report
    if (mode == "judge") {
        if (kmem) print first
        printf "%s", rest
    }
}

{ line = $0; sub(/\r$/, "", line) }
/BUG: KCSAN: / {
    close_report()
    inside = 1
    first = $0
    kmem = 0
    rest = ""
    title = line
    sub(/.*BUG: KCSAN: /, "", title)
    report = line "\n"
    kmem = title ~ /\[kmem\]/
    next
}
inside {
    rest = rest $0 "\n"
    report = report line "\n"
    if (line ~ / [A-Za-z_0-9.]+\+0x[0-9a-f]+\/0x[0-9a-f]+ \[kmem\]/) kmem = 1
    if (line ~ /={60}/) close_report()
    next
}
mode == "judge" { print }
END {
    close_report()
    if (mode == "count") print number["kmem"] + 0, number["kernel"] + 0
    if (mode == "ours") printf "%s", text
    if (mode == "titles") for (title in titles) print titles[title], title
}
