# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Completion of daxplug(8) for bash. Generated: make completions.

_daxplug_devices() {
	daxplug list --raw --noheadings -o NAME,NODE 2>/dev/null | awk '{ print $1 }
		$2 != "-" { node["node:" $2] } END { for (n in node) print n; print "all" }'
}

_daxplug() {
	local words command='' before='' option='' full word typed=${COMP_WORDS[COMP_CWORD]} i args=()

	# bash splits words at ":" and "=". Join the parts of node:1 and --zone=movable.
	for ((i = 1; i <= COMP_CWORD; i++)); do
		if ((i > 1)) && [[ ${COMP_WORDS[i]} == [:=] || ${COMP_WORDS[i - 1]} == [:=] ]]; then
			args[-1]+=${COMP_WORDS[i]}
		else
			args+=("${COMP_WORDS[i]}")
		fi
	done
	full=${args[-1]} word=$full
	((${#args[@]} < 2)) || before=${args[-2]}
	if [[ $full == --*=* ]]; then
		option=${full%%=*}= before=${full%%=*} word=${full#*=}
	fi
	for i in "${args[@]::${#args[@]}-1}"; do
		[[ $i == -* ]] || { command=$i; break; }
	done
	case $before in
	-o | --output) words='NAME SIZE USABLE ONLINE USED NODE TIER ORIGIN REGION SERIAL DRIVER BACKEND STATE GUARD MEMMAP RULE WANTED' ;;
	--sort) words='NAME SIZE USABLE ONLINE USED NODE TIER ORIGIN REGION SERIAL DRIVER BACKEND STATE GUARD MEMMAP RULE WANTED' ;;
	-n | --node) words='' ;;
	--config) words=$(compgen -d -- "$word") ;;
	--write) words=$(compgen -f -- "$word") ;;
	-z | --zone) words='movable kernel auto' ;;
	-t | --timeout) words='' ;;
	--memmap-on-memory) words='yes no' ;;
	--since) words='' ;;
	--lines) words='' ;;
	--id) words='not-root kernel-release kmem-driver kmem-version kmem-parameter module-file auto-online udev-rule daxctl-config agent no-devices device-state inconsistent orphaned other-driver overlap unreadable plug unplug space kernel-blocks blocker poison user pinned boot-parameter cxl-region firmware-ram zone-movable hugetlb memory-tier crash-kernel memmap policy policy-rule unit policy-state' ;;
	*)
		case $command in
		'') words='list show plug unplug watch apply wait mode history doctor health help version --help --version' ;;
		list) words="--output --bytes --raw --noheadings --sort --total --node --config --metrics --write --json --help $(_daxplug_devices)" ;;
		show) words="--node --json --help $(_daxplug_devices)" ;;
		plug) words="--zone --timeout --node --replug --memmap-on-memory --dry-run --persist --quiet --json --help $(_daxplug_devices)" ;;
		unplug) words="--timeout --node --dry-run --persist --quiet --json --help $(_daxplug_devices)" ;;
		watch) words="--quiet --json --help" ;;
		apply) words="--check --strict --wait --arrived --print --check-config --timeout --node --config --dry-run --quiet --json --help $(_daxplug_devices)" ;;
		wait) words="--timeout --help $(_daxplug_devices)" ;;
		mode) words="--timeout --node --dry-run --quiet --json --help $(_daxplug_devices) devdax system-ram" ;;
		history) words="--since --lines --json --help $(_daxplug_devices)" ;;
		doctor) words="--id --strict --node --json --help $(_daxplug_devices)" ;;
		health) words="--timeout --node --help $(_daxplug_devices)" ;;
		help) words="--table --help list show plug unplug watch apply wait mode history doctor health help version" ;;
		version) words="--help" ;;
	*) words='' ;;
	esac
	;;
esac
mapfile -t COMPREPLY < <(compgen -P "$option" -W "$words" -- "$word")
# bash replaces only the part after the last split, so remove the part before it.
COMPREPLY=("${COMPREPLY[@]#"${full%"${typed#[:=]}"}"}")
	}

	complete -F _daxplug daxplug
