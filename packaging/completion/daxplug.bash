# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Completion of daxplug(8) for bash.

_daxplug_devices() {
	daxplug list 2>/dev/null | awk 'NR > 1 { print $1 }
		NR > 1 && $4 != "-" { node["node:" $4] } END { for (n in node) print n; print "all" }'
}

_daxplug() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words i command=''

	for ((i = 1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} == -* ]] || { command=${COMP_WORDS[i]}; break; }
	done
	case $before in
	-z | --zone) words='movable kernel auto' ;;
	-t | --timeout | -n | --node) words='' ;;
	--config) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
	*)
		case $command in
		'') words='list show plug unplug watch apply doctor --help --version' ;;
		list) words='--json --metrics --help' ;;
		watch) words='--json --quiet --help' ;;
		show | doctor) words="--json --node --help $(_daxplug_devices)" ;;
		plug) words="--zone --timeout --node --dry-run --quiet --json --help $(_daxplug_devices)" ;;
		unplug) words="--timeout --node --dry-run --quiet --json --help $(_daxplug_devices)" ;;
		apply)
			words="--check --dry-run --timeout --node --config --quiet --json --help $(_daxplug_devices)"
			;;
		*) words='' ;;
		esac
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
	# "node:1" is one word, though bash splits at the colon.
	if declare -F __ltrim_colon_completions >/dev/null; then __ltrim_colon_completions "$word"; fi
}

complete -F _daxplug daxplug
