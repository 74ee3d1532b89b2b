# SPDX-License-Identifier: GPL-2.0-only
# Completion of daxplug(8) for fish. Generated: make completions.

function __daxplug_devices
    daxplug list --raw --noheadings -o NAME,STATE 2>/dev/null | string replace ' ' \t
    echo -e "all\tall of them"
end

set -l commands list show plug unplug watch apply mode doctor help version
complete -c daxplug -f
complete -c daxplug -n "not __fish_seen_subcommand_from $commands" -a list -d 'the DAX devices and their states'
complete -c daxplug -n "not __fish_seen_subcommand_from $commands" -a show -d 'all about devices'
complete -c daxplug -n "not __fish_seen_subcommand_from $commands" -a plug -d 'make devices system RAM'
complete -c daxplug -n "not __fish_seen_subcommand_from $commands" -a unplug -d 'take devices out of system RAM'
complete -c daxplug -n "not __fish_seen_subcommand_from $commands" -a watch -d 'tell of changes as they happen'
complete -c daxplug -n "not __fish_seen_subcommand_from $commands" -a apply -d 'bring devices to what the policy says'
complete -c daxplug -n "not __fish_seen_subcommand_from $commands" -a mode -d 'which driver a device has'
complete -c daxplug -n "not __fish_seen_subcommand_from $commands" -a doctor -d 'what is in the way, and what to do'
complete -c daxplug -n "not __fish_seen_subcommand_from $commands" -a help -d 'how to use daxplug, or a command'
complete -c daxplug -n "not __fish_seen_subcommand_from $commands" -a version -d 'the version'
complete -c daxplug -n "not __fish_seen_subcommand_from $commands" -s V -l version -d 'the version'
complete -c daxplug -n '__fish_seen_subcommand_from list show plug unplug apply mode doctor' -a '(__daxplug_devices)'
complete -c daxplug -n '__fish_seen_subcommand_from help' -a 'list show plug unplug watch apply mode doctor help version'
complete -c daxplug -n '__fish_seen_subcommand_from mode' -a 'devdax system-ram'
complete -c daxplug -n '__fish_seen_subcommand_from list' -s o -l output -x -a 'NAME SIZE USABLE ONLINE USED NODE TIER ORIGIN REGION SERIAL DRIVER BACKEND STATE GUARD RULE' -d 'these columns, with commas between them'
complete -c daxplug -n '__fish_seen_subcommand_from list' -s b -l bytes -d 'sizes in bytes'
complete -c daxplug -n '__fish_seen_subcommand_from list' -s r -l raw -d 'one blank between columns, and none in a value'
complete -c daxplug -n '__fish_seen_subcommand_from list' -l noheadings -d 'no line of headings'
complete -c daxplug -n '__fish_seen_subcommand_from list' -l sort -x -a 'NAME SIZE USABLE ONLINE USED NODE TIER ORIGIN REGION SERIAL DRIVER BACKEND STATE GUARD RULE' -d 'in the order of a column'
complete -c daxplug -n '__fish_seen_subcommand_from list' -l total -d 'a last line with the sum of the sizes'
complete -c daxplug -n '__fish_seen_subcommand_from list show plug unplug apply mode doctor' -s n -l node -x -d 'those of a NUMA node'
complete -c daxplug -n '__fish_seen_subcommand_from list apply' -l config -x -a '(__fish_complete_directories)' -d 'policy files from there'
complete -c daxplug -n '__fish_seen_subcommand_from list' -s m -l metrics -d 'for Prometheus (node_exporter\'s textfile collector)'
complete -c daxplug -n '__fish_seen_subcommand_from list show plug unplug apply mode doctor' -s j -l json -d 'for programs'
complete -c daxplug -n '__fish_seen_subcommand_from list show plug unplug watch apply mode doctor help version' -s h -l help -d 'this help'
complete -c daxplug -n '__fish_seen_subcommand_from plug' -s z -l zone -x -a 'movable kernel auto' -d 'where the memory goes'
complete -c daxplug -n '__fish_seen_subcommand_from plug unplug mode' -s t -l timeout -x -d 'undo it after T'
complete -c daxplug -n '__fish_seen_subcommand_from plug' -l replug -d 'if it is plugged in another zone, unplug it first'
complete -c daxplug -n '__fish_seen_subcommand_from plug' -s d -l dry-run -d 'only say what would be done, or what would prevent it'
complete -c daxplug -n '__fish_seen_subcommand_from plug unplug' -l persist -d 'and after each boot'
complete -c daxplug -n '__fish_seen_subcommand_from plug unplug apply mode' -s q -l quiet -d 'only say what went wrong'
complete -c daxplug -n '__fish_seen_subcommand_from unplug' -s d -l dry-run -d 'only say whether it can be taken out now, how much would'
complete -c daxplug -n '__fish_seen_subcommand_from watch' -s q -l quiet -d 'do not say when it begins'
complete -c daxplug -n '__fish_seen_subcommand_from watch' -s j -l json -d 'one object a line'
complete -c daxplug -n '__fish_seen_subcommand_from apply' -s c -l check -d 'change nothing'
complete -c daxplug -n '__fish_seen_subcommand_from apply' -l strict -d 'exit 1 also if a rule matches no device,'
complete -c daxplug -n '__fish_seen_subcommand_from apply' -l print -d 'change nothing'
complete -c daxplug -n '__fish_seen_subcommand_from apply' -l check-config -d 'only look for errors in the files'
complete -c daxplug -n '__fish_seen_subcommand_from apply' -s t -l timeout -x -d 'for each change, instead of the policy\'s'
complete -c daxplug -n '__fish_seen_subcommand_from apply' -s d -l dry-run -d 'change nothing, list what differs, exit 0'
complete -c daxplug -n '__fish_seen_subcommand_from mode' -s d -l dry-run -d 'only say whether it would be done, or what prevents it'
complete -c daxplug -n '__fish_seen_subcommand_from doctor' -l id -x -a 'not-root kernel-release kmem-driver kmem-version kmem-parameter module-file auto-online udev-rule daxctl-config agent no-devices device-state inconsistent orphaned other-driver overlap unreadable plug unplug space kernel-blocks blocker poison user pinned' -d 'only findings with these ids, with commas between them'
complete -c daxplug -n '__fish_seen_subcommand_from doctor' -l strict -d 'exit 1 for warnings, too'
complete -c daxplug -n '__fish_seen_subcommand_from help' -l table -d 'all commands and options, one a line, for completions'
