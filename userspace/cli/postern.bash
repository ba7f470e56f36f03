# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# bash completion for postern(1): verbs, options, contexts and entrypoints.

# The contexts that have a socket.
_postern_contexts() {
	local socket
	for socket in /run/postern/*.sock; do
		[[ -S $socket ]] && basename "$socket" .sock
	done
}

# The entrypoints of a context, as posternd tells them.
_postern_entrypoints() {
	postern status "$1" 2>/dev/null | sed -n 's/^  \([a-z][a-z0-9_-]*\): \(enforce\|AUDIT\).*/\1/p'
}

_postern() {
	local word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD - 1]}
	local verb=${COMP_WORDS[1]} verbs='call status log reload check explain gen schema doctor upgrade help'
	local options='' operands=() i
	COMPREPLY=()

	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "$verbs --help" -- "$word")
		return
	fi
	case $last in
	--socket)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	--context)
		mapfile -t COMPREPLY < <(compgen -W "$(_postern_contexts)" -- "$word")
		return
		;;
	--contexts | --groups | --output)
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		return
		;;
	--timeout | --network | --prefix) return ;;
	esac
	case $verb in
	call) options='--timeout --socket --network --log --json --help' ;;
	status) options='--hooks --json --socket --help' ;;
	upgrade) options='--socket --help' ;;
	log) options='--follow --json --context --socket --help' ;;
	reload) options='--socket --help' ;;
	check) options='--groups --module --help' ;;
	explain) options='--json --contexts --groups --help' ;;
	gen) options='--contexts --output --prefix --help' ;;
	doctor) options='--json --help' ;;
	schema | help) options='--help' ;;
	esac
	if [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
		return
	fi
	for ((i = 2; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--socket | --timeout | --network | --log | --context | --contexts | --groups | --output | --prefix) ((i++)) ;;
		-*) ;;
		*) operands+=("${COMP_WORDS[i]}") ;;
		esac
	done
	case $verb/${#operands[@]} in
	call/0 | status/0 | explain/0) mapfile -t COMPREPLY < <(compgen -W "$(_postern_contexts)" -- "$word") ;;
	call/1) mapfile -t COMPREPLY < <(compgen -W "$(_postern_entrypoints "${operands[0]}")" -- "$word") ;;
	reload/*) mapfile -t COMPREPLY < <(compgen -W "$(_postern_contexts)" -- "$word") ;;
	gen/0) mapfile -t COMPREPLY < <(compgen -W 'c module python python-module doc' -- "$word") ;;
	gen/1) mapfile -t COMPREPLY < <(compgen -f -W "$(_postern_contexts)" -- "$word") ;;
	check/*) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
	help/0) mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$word") ;;
	esac
}

complete -F _postern postern
