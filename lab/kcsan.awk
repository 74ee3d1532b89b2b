# SPDX-License-Identifier: GPL-2.0-only
# Separate the data races that KCSAN reports in the module kmem from the kernel's own, in a
# kernel's console. A report counts for the module if a function of the module is in one of its
# stacks, because the module may be what lets two functions of the kernel run concurrently.
#
#   awk -v mode=judge -f lab/kcsan.awk CONSOLE   print the console without the first line of each
#                                                report that is the kernel's own
#   awk -v mode=count -f lab/kcsan.awk CONSOLE   print two numbers: the module's, the kernel's own
#   awk -v mode=titles -f lab/kcsan.awk CONSOLE  print each title once, with its number of reports
#                                                and "kmem" or "kernel"
#   awk -v mode=ours -f lab/kcsan.awk CONSOLE    print the module's reports in full
#
# With -v known=FILE, reports whose title matches a line of FILE count as the kernel's own.
# Only the first line of a report is left out, because other processors may print lines into the
# report.

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
