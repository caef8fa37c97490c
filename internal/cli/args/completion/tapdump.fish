# Completion of tapdump and ipscap in fish. The programs know what there is: the words that
# are typed go back to them, up to the cursor.
function __tapdump_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l answer ($words[1] --completion fish -- $words "$current" 2>/dev/null)
    set -l first (string split \t -- $answer[1])
    set -l name (string sub -s (math 1 + (string length -- "$first[2]")) -- "$current")
    switch "$first[1]"
        case file
            string replace -r '^' -- "$first[2]" (__fish_complete_path "$name")
        case dir
            string replace -r '^' -- "$first[2]" (__fish_complete_directories "$name")
        case user
            string replace -r '^' -- "$first[2]" (__fish_complete_users)
        case command
            string replace -r '^' -- "$first[2]" (__fish_complete_command)
        case '*'
            printf '%s\n' $answer[2..-1]
    end
end
complete -c tapdump -f -k -a '(__tapdump_complete)'
complete -c ipscap -f -k -a '(__tapdump_complete)'
