# SPDX-License-Identifier: GPL-2.0-only
# Completion of daxplug(8) for fish.

function __daxplug_devices
    daxplug list 2>/dev/null | awk 'NR > 1 { print $1 "\t" $NF }'
    echo -e "all\tall of them"
end

set -l commands list show plug unplug watch apply doctor
complete -c daxplug -f
complete -c daxplug -n "not __fish_seen_subcommand_from $commands" -a list -d 'the DAX devices and their states'
complete -c daxplug -n "not __fish_seen_subcommand_from $commands" -a show -d 'all about devices'
complete -c daxplug -n "not __fish_seen_subcommand_from $commands" -a plug -d 'make devices system RAM'
complete -c daxplug -n "not __fish_seen_subcommand_from $commands" -a unplug -d 'take devices out of system RAM'
complete -c daxplug -n "not __fish_seen_subcommand_from $commands" -a watch -d 'tell of changes as they happen'
complete -c daxplug -n "not __fish_seen_subcommand_from $commands" -a apply -d 'bring devices to what the policy says'
complete -c daxplug -n "not __fish_seen_subcommand_from $commands" -a doctor -d 'what is in the way, and what to do'
complete -c daxplug -n "not __fish_seen_subcommand_from $commands" -s V -l version -d 'the version'
complete -c daxplug -s h -l help -d help
complete -c daxplug -n "__fish_seen_subcommand_from $commands" -s j -l json -d 'for programs'
complete -c daxplug -n '__fish_seen_subcommand_from list' -s m -l metrics -d 'for Prometheus'
complete -c daxplug -n '__fish_seen_subcommand_from show plug unplug apply doctor' -a '(__daxplug_devices)'
complete -c daxplug -n '__fish_seen_subcommand_from show plug unplug apply doctor' -s n -l node -x -d 'those of a NUMA node'
complete -c daxplug -n '__fish_seen_subcommand_from plug unplug apply' -s t -l timeout -x -d 'undo it after that time'
complete -c daxplug -n '__fish_seen_subcommand_from plug unplug apply' -s d -l dry-run -d 'only say what would be done'
complete -c daxplug -n '__fish_seen_subcommand_from plug unplug apply watch' -s q -l quiet -d 'only say what went wrong'
complete -c daxplug -n '__fish_seen_subcommand_from plug' -s z -l zone -x -a 'movable kernel auto' -d 'where to'
complete -c daxplug -n '__fish_seen_subcommand_from plug' -s r -l replug -d 'unplug it first if it is in another zone'
complete -c daxplug -n '__fish_seen_subcommand_from apply' -s c -l check -d 'change nothing: 0 or 1'
complete -c daxplug -n '__fish_seen_subcommand_from apply' -l config -x -a '(__fish_complete_directories)' -d 'another directory'
