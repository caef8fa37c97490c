#compdef tapdump ipscap
# Completion of tapdump and ipscap in zsh. The programs know what there is: the words that
# are typed go back to them, up to the cursor.
_tapdump() {
	local line kind front
	local -a answer shown
	answer=("${(@f)$(${~${(Q)words[1]}} --completion zsh -- "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2> /dev/null)}")
	kind=${answer[1]%%$'\t'*} front=${answer[1]#*$'\t'}
	case $kind in
	file | dir | user | command)
		[[ -z $front ]] || compset -P "${(b)front}"
		case $kind in
		file) _files ;;
		dir) _files -/ ;;
		user) _users ;;
		command) _command_names -e ;;
		esac
		return
		;;
	esac
	for line in "${(@)answer[2,-1]}"; do
		shown+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
	done
	(( $#shown )) || return 1
	if [[ $kind = open ]]; then
		_describe -V value shown -S ''
	else
		_describe -V value shown
	fi
}
if [[ $zsh_eval_context[-1] = loadautofunc ]]; then
	_tapdump "$@"
else
	compdef _tapdump tapdump ipscap
fi
