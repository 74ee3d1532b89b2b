# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Completion of daxplug(8) for bash.

_daxplug_devices() {
	daxplug list 2>/dev/null | awk 'NR > 1 { print $1 }
		NR > 1 && $4 != "-" { node["node:" $4] } END { for (n in node) print n; print "all" }'
}

_daxplug() {
	local words command='' before='' option='' full word typed=${COMP_WORDS[COMP_CWORD]} i args=()

	# bash splits at ":" and "=", which are inside of node:1 and --zone=movable.
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
	-z | --zone) words='movable kernel auto' ;;
	-t | --timeout | -n | --node) words='' ;;
	--config) words=$(compgen -d -- "$word") ;;
	*)
		case $command in
		'') words='list show plug unplug watch apply doctor --help --version' ;;
		list) words='--json --metrics --help' ;;
		watch) words='--json --quiet --help' ;;
		show | doctor) words="--json --node --help $(_daxplug_devices)" ;;
		plug) words="--zone --replug --timeout --node --dry-run --quiet --json --help $(_daxplug_devices)" ;;
		unplug) words="--timeout --node --dry-run --quiet --json --help $(_daxplug_devices)" ;;
		apply)
			words="--check --dry-run --timeout --node --config --quiet --json --help $(_daxplug_devices)"
			;;
		*) words='' ;;
		esac
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -P "$option" -W "$words" -- "$word")
	# Only what comes behind the split is replaced.
	COMPREPLY=("${COMPREPLY[@]#"${full%"${typed#[:=]}"}"}")
}

complete -F _daxplug daxplug
