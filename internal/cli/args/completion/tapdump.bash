# Completion of tapdump and ipscap in bash. The programs know what there is: a line that
# is typed goes back to them, up to the cursor.
_tapdump() {
	local kind front word
	COMPREPLY=()
	{
		IFS=$'\t' read -r kind front || return 0
		while IFS=$'\t' read -r word _; do
			COMPREPLY+=("$word")
		done
	} < <("${1/#\~/$HOME}" --completion bash -- "${COMP_LINE:0:COMP_POINT}" "$2" 2> /dev/null)
	case $kind in
	open) compopt -o nospace 2> /dev/null ;;
	file | dir | user | command)
		[[ $kind != [fd]i* ]] || compopt -o filenames 2> /dev/null
		while IFS= read -r word; do
			COMPREPLY+=("$word")
		done < <(compgen -P "$front" -A "${kind/dir/directory}" -- "${2#"$front"}")
		;;
	esac
}
complete -F _tapdump tapdump ipscap
