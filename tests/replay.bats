#!/usr/bin/env bats
# replay.bats - the session engine passes pages that are true, and no others: every kind of wrong page fails, at its line.

load helper

setup() {
    untraced
    case $BATS_TEST_DESCRIPTION in misuse* | *' is refused, with its line') ;; *) needs terminals ;; esac
    cd "$ROOT" || return
    dir=$BATS_TEST_TMPDIR
}

# page NAME: a true page, with a session of that name; what it says is changed by the tests below.
page() {
    printf '%s\n' "\`\`\`console session=$1 id=98307 pid=23338,23339 leaves=98307" '$ ./svsem_demo 0
Semaphore ID = 98307                 # a note to the reader
$ ./svsem_demo 98307 -2 &
23338: about to semop at 10:19:42
[1] 23338
$ ./svsem_demo 98307 +3
23339: about to semop at 10:19:55
23339: semop completed at 10:19:55
23338: semop completed at 10:19:55
[1]+  Done                    ./svsem_demo 98307 -2
```'
}

# fails PAGE...: the pages are not all true; what is said of them is in $dir/report.
fails() {
    local status=0
    build/replay check "$@" >"$dir/report" || status=$?
    [ "$status" -eq 1 ]
}

# passes NAME...: the pages of these names, of one session each, are true.
passes() {
    local name expected=() pages=() shared='2>/dev/null'
    [ -z "${SVSEM_NAMESPACE-}" ] || shared=''
    for name in "$@"; do
        pages+=("$dir/$name.md")
        expected+=("ok $dir/$name.md:1 $name")
    done
    # In a namespace that is shared others make sets, of which stderr tells.
    gives 0 "$(printf '%s\n' "${expected[@]}")" eval 'build/replay check "${pages[@]}"'" $shared"
}

# console NAME FIELDS...: a page with one session, whose lines come from standard input.
console() { printf '```console session=%s\n%s\n```\n' "$*" "$(cat)" >"$dir/$1.md"; }

# wrong NAME LINE TEXT SED...: the true page, changed by sed, must fail at LINE (empty: where, depends on which process
# is faster), and its report must have the line TEXT. Runs of blanks equal one another, as they do on a page: how wide bash
# prints the line of a job depends on its version.
wrong() {
    page "$1" | sed "${@:4}" >"$dir/$1.md"
    printf '%s\n' "$1" "$2" "$3" >>"$dir/expected"
}

# run_wrong SECONDS: runs all that wrong() made, and leaves the exit status in a file when all is there. Each step has SECONDS.
run_wrong() {
    local status=0
    within 0 build/replay -t "$1" check "$dir"/*.md >"$dir/report" || status=$?
    echo "$status" >"$dir/status"
}

# Hold each report against what was expected of it.
judge_wrong() {
    local name line text report
    local -A reports
    [ "$(<"$dir/status")" -eq 1 ]
    while IFS= read -r line; do
        case $line in 'ok '* | 'not ok '*) name=${line##* } ;; esac
        reports[$name]+=$line$'\n'
    done < <(tr -s ' ' <"$dir/report")
    while read -r name && read -r line && IFS= read -r text; do
        report=${reports[$name]}
        if [[ $report != "not ok $dir/$name.md:1 $name"*"$dir/$name.md:$line"* ]] ||
            [[ $report != *$'\n'" $text"$'\n'* ]]; then
            printf '%s\n' "$name must fail at line $line, and report: $text" "$report"
            return 1
        fi
    done < <(tr -s ' ' <"$dir/expected")
}

check_wrong() { run_wrong 60 && judge_wrong; }

# The page that fails by its deadline is begun here and judged by its test: nobody waits for it meanwhile.
setup_file() {
    cd "$ROOT" || return
    dir=$BATS_FILE_TMPDIR
    wrong sleeps 8 '-$ ./svsem_demo 98307 +3' '6a $ sleep 60'
    run_wrong 2 </dev/null >/dev/null 2>&1 3>&- &
    slow=$!
}
teardown_file() { wait "$slow"; }

@test "a true page passes, as often as it is asked" {
    for n in 1 2 3 4 5; do page "true-$n" >"$dir/true-$n.md"; done
    passes true-{1..5}
}

@test "a line that says something else fails, at its line" {
    wrong literal 11 '-[1]+  Done                    ./svsem_demo 98307 -3' '11s/-2$/-3/'
    wrong word 9 '-23339: semop complete at 10:19:55' '9s/completed/complete/'
    wrong undeclared-pid 5 '-23337: about to semop at 10:19:42' '5s/23338/23337/'
    wrong job-number 6 '-[2] 23338' '6s/1/2/'
    wrong job-mark 11 '-[1]-  Done                    ./svsem_demo 98307 -2' '11s/+/-/'
    wrong bound-twice 10 '-23339: semop completed at 10:19:55' '10s/23338/23339/'
    wrong two-for-one 10 '-23340: semop completed at 10:19:55' '10s/23338/23340/; 1s/23339/23339,23340/'
    wrong pids-swapped 10 '+23338: semop completed at 10:19:55' '9d; 10s/23338/23339/; 10a 23339: semop completed at 10:19:55'
    wrong job-of-another 6 '-[1] 23339' '6s/8$/9/'
    wrong note-too-near 5 '-23338: about to semop at 10:19:42 # a note' '5s/$/ # a note/'
    wrong no-blank 6 '-[1]23338' '6s/] /]/'
    wrong not-a-time 9 '-23339: semop completed at 10:19:60:55' '9s/55/60:55/'
    wrong not-two-digits 9 '-23339: semop completed at 11:+2:+3' '9s/10:19:55/11:+2:+3/'
    wrong not-an-hour 9 '-23339: semop completed at 24:19:55' '9s/10:/24:/'
    check_wrong
}

@test "a line too many, too few, or in another place fails" {
    wrong dropped '' '+23339: semop completed at 10:19:55' 9d
    wrong dropped-last 11 '+[1]+  Done                    ./svsem_demo 98307 -2' 11d
    wrong dropped-of-background '' '+23338: semop completed at 10:19:55' 10d
    wrong added 10 '-23339: semop completed at 10:19:55' '9a 23339: semop completed at 10:19:55'
    wrong added-blank 4 '-' '3a \\'
    wrong added-other 9 '-hello' '8a hello'
    wrong before-its-command 7 '-23338: semop completed at 10:19:55' -e 10d -e '6a 23338: semop completed at 10:19:55'
    wrong after-its-command '' '+23338: about to semop at 10:19:42' -e 5d -e '7a 23338: about to semop at 10:19:42'
    wrong job-before-its-end 7 '-[1]+  Done                    ./svsem_demo 98307 -2' \
        -e 11d -e '6a [1]+  Done                    ./svsem_demo 98307 -2'
    wrong swapped-in-foreground 13 '+a' "11a \$ printf '%s\\\\n' a b\nb\na"
    wrong swapped 8 '+23339: about to semop at 10:19:55' '8{h;d;};9G'
    check_wrong
}

@test "'...' takes the lines of its own segment, and nothing else" {
    wrong gap-and-more 11 '-[1]+  Exit 1                  ./svsem_demo 98307 -2' '10s/.*/.../; 11s/Done  /Exit 1/'
    wrong gap-into-the-next 8 '-23339: about to semop at 10:19:55' '6a ...\n23339: about to semop at 10:19:55'
    wrong gap-from-before 9 '-23338: about to semop at 10:19:42' -e '5s/.*/.../' -e '8a 23338: about to semop at 10:19:42'
    wrong gap-over-a-sample 1 '+```console session=gap-over-a-sample id=98307 pid=23338 leaves=98307' '8d; 10d; 9s/.*/.../'
    wrong gap-order 8 '+23339: about to semop at 10:19:55' '8{h;d;};9{G;s/$/\n.../;}'
    wrong gap-after 8 '+23339: about to semop at 10:19:42' '8d; 9a ...'
    check_wrong
}

@test "an identifier that the page does not show fails" {
    [ -n "${SVSEM_NAMESPACE-}" ] || needs namespaces            # else the sets would stay
    wrong undeclared-id 3 '-Semaphore ID = 98306' '3s/98307.*/98306/'
    wrong gap-over-an-id 4 '-$ ./svsem_demo 98307 -2 &' '3s/.*/.../'
    check_wrong
}

@test "a sample never met, an identifier of no set, a set left behind fail" {
    wrong never-met 1 '+```console session=never-met id=98307 pid=23338,23339 leaves=98307' '1s/23339/23339,23340/'
    wrong left 1 '+```console session=left id=98307 pid=23338,23339 leaves=98307' '1s/ leaves.*//'
    wrong not-left 1 '+```console session=not-left id=98307 pid=23338,23339' '11a $ ./svsem_rm 98307'
    if own_namespace true; then     # elsewhere nobody could remove it: it may be another's
        wrong left-unnamed 1 "$dir/left-unnamed.md:1: the session leaves a set behind that it does not name" \
            '11a $ ./svsem_create -p 1 >/dev/null'
    fi
    wrong no-set 3 "$dir/no-set.md:3: no set of the session has the identifier printed for 98307" \
        '2s/.*/$ echo Semaphore ID = 77777/'
    wrong needs-unbound 4 '-$ ./svsem_demo 98308 -2 &' '4s/98307/98308/; 1s/98307/98307,98308/'
    check_wrong
}

@test "a time outside the session or running backwards fails" {
    local ago='date -d @$(($(date +%s) - 3600))'
    date -d @0 >/dev/null 2>&1 || ago='date -r $(($(date +%s) - 3600))'
    wrong page-backwards 9 '-23339: semop completed at 10:19:54' '9s/55/54/'
    wrong page-far-back 9 '-23339: semop completed at 07:19:55' '9s/10:/07:/'
    wrong outside 13 '-10:20:00' "11a \$ $ago +%T\n10:20:00"
    wrong outside-date 13 '-Sun Jul 25 15:30:00 2010' "11a \$ $ago '+%a %b %e %T %Y'\nSun Jul 25 15:30:00 2010"
    wrong first-line-backwards 8 '-23339: about to semop at 10:19:41' '8,9s/:55/:41/; 10s/:55/:43/'
    wrong command-backwards 13 '-10:19:54' "11a \$ date +%T\n10:19:54"
    wrong foreground-backwards 14 '-at 10:20:00' "11a \$ date '+at %T'; date '+at %T'\nat 10:20:01\nat 10:20:00"
    wrong backwards-from-a-date 15 '-10:20:00' \
        "11a \$ date '+%a %b %e %T %Y'\nSun Jul 25 15:30:00 2010\n\$ date +%T\n10:20:00"
    wrong backwards 14 '-23340: at 10:20:00' -e '1s/23339/23339,23340/' \
        -e "11a \$ sh -c 'echo \$\$: at \$(date +%T); echo \$\$: at \$($ago +%T)'\n23340: at 10:20:00\n23340: at 10:20:00"
    # The first second that ends lets a true earlier time be inside the session.
    wrong backwards-inside 15 '-23340: at 10:20:00' -e '1s/23339/23339,23340/' -e "11a \$ t=\$(date +%T)\n\
\$ while [ \$t = \$(printf '%(%T)T') ]; do sleep 0.1; done; sh -c 'echo \$\$: at \$(date +%T); echo \$\$: at \$1' - \$t\n\
23340: at 10:20:00\n23340: at 10:20:00"
    # The same for whole dates.
    wrong date-page-backwards 14 '-23340: Sun Jul 25 10:19:59 2010' -e '1s/23339/23339,23340/' \
        -e "11a \$ sh -c 'for i in 1 2; do echo \$\$: \$(date \"+%a %b %e %T %Y\"); done'\n\
23340: Sun Jul 25 10:20:00 2010\n23340: Sun Jul 25 10:19:59 2010"
    wrong date-backwards-inside 15 '-23340: Sun Jul 25 10:20:00 2010' -e '1s/23339/23339,23340/' -e "11a \$ t=\$(date '+%a %b %e %T %Y')\n\
\$ while [ \${t:11:8} = \$(printf '%(%T)T') ]; do sleep 0.1; done; sh -c 'echo \$\$: \$(date \"+%a %b %e %T %Y\"); echo \$\$: \$1' - \"\$t\"\n\
23340: Sun Jul 25 10:20:00 2010\n23340: Sun Jul 25 10:20:00 2010"
    check_wrong
}

@test "a date is what ctime() prints, and no other words" {
    local date n=0
    for date in 'Sun Jul 2510:19:55 2010' 'SunJul 25 10:19:55 2010' 'Sun Jul 25 10:19:552010' 'Mon Jul 25 10:19:55 2010' \
        'Sun Jul 32 10:19:55 2010' 'Sun Jul +5 10:19:55 2010' 'Sun Jul 25 10:9:55 2010'; do
        wrong "date-$((++n))" 13 "-$date" "11a \$ date '+%a %b %e %T %Y'\n$date"
    done
    check_wrong
}

@test "lines that are known to have one writer keep their order, the others are free" {
    local refused='ERROR [EAGAIN/EWOULDBLOCK Resource temporarily unavailable] semop(98307)'
    wrong plain-first 13 '+23340: about to semop [0-9n] at 10:20:00' \
        -e '1s/23339/&,23340/' -e "11a \$ ./svsem_op 98307 0-9n\n$refused\n23340: about to semop [0-9n] at 10:20:00"
    wrong plain-last 16 '-23340: about to semop [0-9n] at 10:20:00' -e '1s/23339/&,23340/' \
        -e "11a \$ ./svsem_op 98307 0+1 0-9n\n23340: about to semop [0+1] at 10:20:00\n...\n$refused\n23340: about to semop [0-9n] at 10:20:00"
    wrong beside-a-sleeper 16 '+23341: about to semop [0-9n] at 10:20:00' -e '1s/23339/&,23340,23341/' -e "11a \
\$ ./svsem_op 98307 0-9 &\n[1] 23340\n23340: about to semop [0-9] at 10:20:00\n\$ ./svsem_op 98307 0-9n\n$refused\n\
23341: about to semop [0-9n] at 10:20:00\n\$ kill %1\n[1]+  Terminated              ./svsem_op 98307 0-9"
    wrong one-that-forks 15 '+23340: a later caller gets EINVAL at 10:20:00' -e '1s/23339/&,23340/' -e "11a \
\$ ./svsem_removed\n23340: a sleeper gets EIDRM at 10:20:00\n23340: a sleeper gets EIDRM at 10:20:00\nthe claim holds\n\
23340: a later caller gets EINVAL at 10:20:00"
    check_wrong
    page free | sed -e '1s/23339/&,23340,23341,23342,23343/' -e "11a \
\$ sh -c 'echo \$\$: a; echo b'\nb\n23340: a\n\
\$ ./svsem_op 98307 0-9n 2>\&1 | cat\n$refused\n23341: about to semop [0-9n] at 10:20:00\n\
\$ ./svsem_op 98307 0-2,0-9n \&\n[1] 23342\n23342: about to semop [0-2,0-9n] at 10:20:00\n\
\$ ./svsem_op 98307 0+1\n$refused\n23343: about to semop [0+1] at 10:20:00\n23343: semop completed [0+1] at 10:20:00\n\
[1]+  Exit 1                  ./svsem_op 98307 0-2,0-9n" >"$dir/free.md"
    passes free
}

@test "control characters of a page or a program come out spelt, in every report" {
    console control <<EOF
\$ printf '\\033[31mred\\302\\233 \\036\\303\\251\\n'
$(printf '\033[32mred')
EOF
    fails "$dir/control.md"
    [ "$(tail -n 2 "$dir/report")" = '    -\033[32mred
    +\033[31mred\302\233 \036é' ]
    printf '```console session=a\n\033]0;title\007\n$ :\n```\n' >"$dir/control.md"
    gives 2 "$dir/control.md:2: output before the first prompt: \\033]0;title\\007" build/replay check "$dir/control.md"
}

@test "a program that dies, does not return or does not settle fails" {
    wrong dies 8 '+139' "7s/.*/\$ sh -c 'kill -SEGV \$\$'; echo \$?/"
    wrong not-back 8 '-$ ' -e '7,11d' -e '6a $ cat'
    wrong not-typed 8 '-$ ./svsem_demo 98307 +3' '6a $ ./svsem_op 98307 0-1 >/dev/null'
    wrong no-program 8 '+bash: ./svsem_dem: No such file or directory' '7s/demo/dem/'
    wrong half-a-command 7 "$dir/half-a-command.md:7: bash wants the rest of the command" "7s/.*/\$ echo 'a/"
    check_wrong
    grep -q '^    +Segmentation fault' "$dir/report"        # bash 5.3 adds the command
    grep -q 'not-typed.md:8: not typed: the command before has not returned' "$dir/report"
    dir=$BATS_FILE_TMPDIR
    await test -s "$dir/status"
    judge_wrong
    grep -q "sleeps.md:8: not settled after $((DEADLINE / 10)) s" "$dir/report"
}

@test "of a program that does not return, the report says what it asks for" {
    needs calls
    wrong blocks 8 'on semaphore 0 of set 98307, asks for 0+1n,0-4u, its value is 0' '7s/demo 98307 +3/op 98307 0+1n,0-4u/'
    check_wrong
}

# bad LINE TEXT: the page from standard input must be refused at LINE, with TEXT in the message.
bad() {
    local text
    IFS= read -r -d '' text || true
    printf '%s' "${text/session=a/session=a$((++n))}" >"$dir/$n.md"
    printf '%s\n' "$dir/$n.md:$1: " "$2" >>"$dir/expected"
}

# Let all that bad() made be refused at once, and hold the first message of each page against what was expected.
check_bad() {
    local at text line status=0
    build/replay check "$dir"/*.md >"$dir/out" 2>"$dir/report" || status=$?
    [ "$status" -eq 2 ]
    [ ! -s "$dir/out" ]
    while IFS= read -r at && IFS= read -r text; do
        line=$(grep -m 1 -F "${at%%:*}:" "$dir/report") || true
        case $line in
            "$at"*"$text"*) ;;
            *) echo "expected ${at}...$text..., got $line"; return 1 ;;
        esac
    done <"$dir/expected"
}

@test "a page that could not be replayed as it stands is refused, with its line" {
    n=0
    local block=$'\n$ ./svsem_demo 0\nID = 98307 is 23338: 98.307\n```'
    bad 1 'must begin with session=NAME' <<<'```console'"$block"
    bad 1 'must begin with session=NAME' <<<'``` Console id=98307 session=a'"$block"
    bad 4 'must begin with session=NAME' <<<$'A list:\n\n- item\n    ```console\n    $ :\n    ```'
    bad 3 "behind a list's marker" <<<$'A list:\n\n  1. ~~~console session=a\n     $ :\n     ~~~'
    bad 1 'must be of a-z, 0-9 and -' <<<'```console session=A_b'"$block"
    bad 5 'session twice is at' <<<'```console session=twice'"$block"$'\n```console session=twice'"$block"
    bad 1 "sample '9830' must be a number of 5 digits or more" <<<'```console session=a id=9830'"$block"
    bad 1 "sample '12' must be a number of 3 digits or more" <<<'```console session=a num=12'"$block"
    bad 1 "sample '' must be" <<<'```console session=a pid=23338,'"$block"
    bad 1 "sample '0x98307' must be" <<<'```console session=a id=0x98307'"$block"
    bad 1 'declared twice' <<<'```console session=a id=98307 pid=98307'"$block"
    bad 1 'not among the samples of id=' <<<'```console session=a pid=98307 leaves=98307'"$block"
    bad 1 'is none of id=, pid=, num=, leaves=' <<<'```console session=a ids=98307'"$block"
    bad 3 'part of another number' <<<'```console session=a num=983'"$block"
    bad 3 'part of another number' <<<'```console session=a num=307'"$block"
    bad 3 'part of another number' <<<'```console session=a num=233 pid=23338'"$block"
    for text in x983 983x 0.983 983.5; do
        bad 3 'part of another number' <<<$'```console session=a num=983\n$ echo\n'"$text"$'\n```'
    done
    bad 2 'not a prompt of a session' <<<$'```console session=a\ntty3$ ls\n```'
    bad 2 'not a prompt of a session' <<<$'```console session=a\nme@host:~$ ls\n```'
    bad 2 'not a prompt of a session' <<<$'```console session=a\n$\n```'
    bad 3 "'\$ ' and 'tty1\$ '" <<<$'```console session=a\n$ :\ntty2$ :\n```'
    bad 2 'output before the first prompt' <<<$'```console session=a\nhello\n$ :\n```'
    bad 2 'output before the first prompt' <<<$'```console session=a\n^C\n$ :\n```'
    bad 3 'the keys ^C and ^Z, not ^D' <<<$'```console session=a\n$ cat\n^D\n```'
    bad 2 'has no command' <<<$'```console session=a\n```'
    bad 2 'never closed' <<<$'\n```console session=a\n$ :\n``'
    bad 1 'in a quotation' <<<$'> ```console session=a\n> $ :\n> ```'
    bad 2 'more than 4000 characters' <<<'```console session=a'$'\n$ '"$(printf %04001d 0)"$'\n```'
    check_bad
}

@test "an indented block and a block within a longer fence are no sessions" {
    printf '%s\n' '    ```console' '    $ :' '    ```' '````text' '```console' '$ :' '```' '````' '~~~' '```console' '~~~' \
        '  ```console session=one' '  $ echo a' '  a' '  ```' >"$dir/page.md"
    gives 0 "$dir/page.md:12 one" build/replay list "$dir/page.md"
    gives 0 "ok $dir/page.md:12 one" build/replay check "$dir/page.md"
}

@test "names are unique over all pages, and a session is found by its name" {
    page a >"$dir/1.md"
    page a >"$dir/2.md"
    gives 2 "$dir/2.md:1: session a is at $dir/1.md:1 already" build/replay check "$dir/1.md" "$dir/2.md"
    page b >>"$dir/1.md"
    gives 0 "$dir/1.md:1 a"$'\n'"$dir/1.md:13 b" build/replay list "$dir/1.md"
    gives 0 "ok $dir/1.md:13 b" build/replay check "$dir/1.md#b"
    gives 0 "$dir/1.md:1 a"$'\n'"$dir/1.md:13 b" build/replay list "$dir/1.md#b" "$dir/1.md#a"
    gives 2 "replay: $dir/1.md has no session c" build/replay check "$dir/1.md#c"
    gives 2 "replay: cannot read $dir/3.md: No such file or directory" build/replay check "$dir/3.md"
}

@test "a session that cannot be typed, since there is no svsem/, has not passed; a clone of that name is not it" {
    mkdir -p "$dir/svsem/svsem" "$dir/away"
    page named >"$dir/named.md"
    passes named
    sed -i '11s/Done/Gone/' "$dir/named.md"
    cd "$dir/away" && rmdir "$dir/away"
    ends 1 "$ROOT/build/replay" check "$dir/named.md"
    ends 0 "$ROOT/build/replay" check "$ROOT/README.md#readme-first"
}

@test "misuse: status 2 and a usage text; --help is no misuse" {
    for args in '' check show list 'show README.md' 'replay x' '-x check README.md' "show $dir/1.md#a $dir/1.md#b"; do
        # shellcheck disable=SC2086
        ends 2 build/replay $args
    done
    for value in 0 -1 x 1x '' 3601; do
        gives 2 "Command-line usage error: -t must be a number of seconds from 0.001 to 3600, not \"$value\"" \
            build/replay -t "$value" check README.md
    done
    for args in 'list README.md' 'check README.md#readme-first' 'show README.md#readme-first'; do
        gives 2 'replay: the results cannot be written' eval "build/replay $args >/dev/full"
        gives 2 'replay: the results cannot be written' eval "exec 2>&1; build/replay $args >&-"
    done
    ends 0 build/replay --help
}

@test "two terminals; ^C; ^Z, bg, fg and kill" {
    console two 'id=98307 pid=23338,23339' <<'EOF'
tty1$ ./svsem_demo 0
Semaphore ID = 98307
tty1$ ./svsem_demo 98307 -2
23338: about to semop at 10:19:42
tty2$ ./svsem_demo 98307 +3
23338: semop completed at 10:19:55
23339: about to semop at 10:19:55
23339: semop completed at 10:19:55
tty1$ ./svsem_rm 98307
tty2$ exit
exit
EOF
    console keys 'id=98307 pid=23338' <<'EOF'
$ ./svsem_demo 0
Semaphore ID = 98307
$ ./svsem_demo 98307 -2
23338: about to semop at 10:19:42
^Z
[1]+  Stopped                 ./svsem_demo 98307 -2
$ jobs
[1]+  Stopped                 ./svsem_demo 98307 -2
$ bg
[1]+ ./svsem_demo 98307 -2 &
ERROR [EINTR Interrupted system call] semop(98307)
[1]+  Exit 1                  ./svsem_demo 98307 -2
$ ./svsem_rm 98307
$ sleep 100
^Z
[1]+  Stopped                 sleep 100
$ kill -9 %1
[1]+  Killed                  sleep 100
EOF
    console interrupts <<'EOF'
$ sleep 100
^C
$ echo $?
130
$ cat
^C
$ while :; do :; done
^C
$ yes
y
...
^C
$ printf 'no newline'
no newline
^C
$ (trap 'echo got it; exit 3' INT; echo ready; sleep 100; sleep 100)
ready
^C
got it
$ echo $?
3
EOF
    passes two keys interrupts
}

@test "jobs: several at once, and one that ends while its terminal is held" {
    console several 'id=98307 pid=23338,23339,23340,23341' <<'EOF'
$ ./svsem_demo 0
Semaphore ID = 98307
$ for i in 1 2 3; do ./svsem_demo 98307 -1 & done
[1] 23338
[2] 23339
[3] 23340
23338: about to semop at 10:19:42
23339: about to semop at 10:19:42
23340: about to semop at 10:19:42
$ ./svsem_demo 98307 +3
23341: about to semop at 10:19:42
23341: semop completed at 10:19:42
23340: semop completed at 10:19:42
23338: semop completed at 10:19:42
23339: semop completed at 10:19:42
[1]   Done                    ./svsem_demo 98307 -1
[2]-  Done                    ./svsem_demo 98307 -1
[3]+  Done                    ./svsem_demo 98307 -1
$ ./svsem_rm 98307
EOF
    console held 'id=98307 pid=23338,23339,23340,23341' <<'EOF'
tty1$ ./svsem_create -p 2
98307
tty1$ ./svsem_op 98307 0-1 &
[1] 23338
23338: about to semop [0-1] at 10:19:42
tty1$ ./svsem_op 98307 1-1
23339: about to semop [1-1] at 10:19:43
tty2$ ./svsem_op 98307 0+1
23340: about to semop [0+1] at 10:19:44
23340: semop completed [0+1] at 10:19:44
23338: semop completed [0-1] at 10:19:44
[1]+  Done                    ./svsem_op 98307 0-1
tty2$ ./svsem_op 98307 1+1
23341: about to semop [1+1] at 10:19:44
23341: semop completed [1+1] at 10:19:44
23339: semop completed [1-1] at 10:19:44
tty1$ ./svsem_rm 98307
EOF
    passes held several
    # The line must not come before the job has ended, nor where bash gets to print it, nor be missing.
    line='[1]+  Done                    ./svsem_op 98307 0-1'
    sed -i -e 's/held/early/' -e 12d -e "8a $line" -e 'w '"$dir/early.md" "$dir/held.md"
    sed -i -e 's/early/late/' -e 9d -e "14a $line" -e 'w '"$dir/late.md" "$dir/held.md"
    sed -i -e 's/late/missing/' -e "/Done/d" "$dir/held.md"
    sed 's/several/swapped/; /^\[2\]-/{h;d;}; /^\[3\]+/G' "$dir/several.md" >"$dir/swapped.md"
    sed -i -e 's/\[2\]-/[3]+/; t' -e 's/\[3\]+/[2]-/' "$dir/several.md"
    fails "$dir"/*.md
    [ "$(grep -c '^not ok' "$dir/report")" -eq 5 ]
}

@test "the next command waits for what only seems to sleep" {
    needs calls
    console seems 'pid=23338,23339,23340' <<'EOF'
$ { sleep 0.1; echo slept; } &
[1] 23338
slept
[1]+  Done                    { sleep 0.1; echo slept; }
$ { ./svsem_ring -n 5000 -b 1 -B 1 >/dev/null; echo one slot, two in turn; } &
[1] 23339
one slot, two in turn
[1]+  Done                    { ./svsem_ring -n 5000 -b 1 -B 1 > /dev/null; echo one slot, two in turn; }
$ { ./svsem_timedwait 50 >/dev/null; echo timed out; } &
[1] 23340
timed out
[1]+  Done                    { ./svsem_timedwait 50 > /dev/null; echo timed out; }
EOF
    passes seems
}

@test "lines of different processes interleave freely; gaps, notes and blanks" {
    page interleaved | sed -e '8{h;d;};9{h;d;}' -e '10{p;s/.*/23339: about to semop at 10:19:55/p;s/about to semop/semop completed/;}' \
        >"$dir/interleaved.md"
    page gaps | sed -e '3s/.*/...\n   Semaphore\tID =   98307  \n.../' -e '5s/.*/.../' -e '6s/$/\n        # it sleeps; this line is a note/' -e '8s/.*/...\n&    # who asks/' >"$dir/gaps.md"
    page all-gap | sed -e '9s/.*/.../; 10,11d' >"$dir/all-gap.md"
    passes interleaved gaps all-gap
}

@test "of two like processes, the page's first may be either" {
    for i in 1 2 3 4 5; do
        console "like$i" 'pid=10001,10002,10003 num=101,102,103' <<'EOF'
$ for i in 1 2 3; do sh -c 'echo $$: begin; echo $$ >&2' 2>>$$ & done; wait; sort -n $$
...
10003: begin
10001: begin
10002: begin
...
101
102
103
$ rm $$
EOF
    done
    cd "$dir" && mkdir svsem
    ends 0 "$ROOT/build/replay" check "$dir"/*.md
}

@test "a number once typed is meant by its sample from then on" {
    console typed pid=23338,23339 <<'EOF'
$ for i in 1 2; do (echo $BASHPID: here); done
23338: here
23339: here
$ echo 23338 is one
23339 is one
EOF
    fails "$dir/typed.md"
    grep -Fqx '    +23338 is one' "$dir/report"
}

@test "midnight" {
    local now=${EPOCHREALTIME/[.,]/} offset zone text
    now=$(((now + 500000) / 1000000))           # half a second to one and a half before local midnight
    offset=$(((now + 1) % 86400))
    zone=XXX$((offset / 3600)):$((offset / 60 % 60)):$((offset % 60))
    TZ=$zone printf -v text '%(%T)T' "$now"
    [ "$text" = 23:59:59 ]
    console midnight 'id=98307 pid=23338,23339' <<'EOF'
$ ./svsem_demo 0
Semaphore ID = 98307
$ ./svsem_demo 98307 -2 &
23338: about to semop at 23:59:59
[1] 23338
$ while [ $(printf '%(%H)T') = 23 ]; do sleep 0.1; done
$ ./svsem_demo 98307 +2
23339: about to semop at 00:00:00
23339: semop completed at 00:00:00
23338: semop completed at 00:00:00
[1]+  Done                    ./svsem_demo 98307 -2
$ ./svsem_rm 98307
EOF
    TZ=$zone passes midnight
}

@test "the environment of whoever runs it does not reach a session" {
    console env <<'EOF'
$ echo "$PWD" | sed 's,.*/,,'; echo "$TERM $HISTFILE $SECRET"; set -o | grep history; umask; ulimit -c
svsem
dumb
history        	off
0022
0
EOF
    export SECRET=x HISTFILE=/dev/null PROMPT_COMMAND='echo x' PS1=y BASH_ENV=/dev/null LANG=de_DE.UTF-8
    passes env
}

@test "show types the session and prints nothing else; without a terminal at full speed" {
    page shown >"$dir/shown.md"
    build/replay show "$dir/shown.md#shown" >"$dir/out"
    [ "$(sed -E 's/[0-9:]{2,}/N/g; s/ +/ /g' "$dir/out" | sort)" = '$ ./svsem_demo 0
$ ./svsem_demo N +3
$ ./svsem_demo N -2 &
N about to semop at N
N about to semop at N
N semop completed at N
N semop completed at N
Semaphore ID = N
[1] N
[1]+ Done ./svsem_demo N -2' ]
    sed -i '11s/Done/Gone/' "$dir/shown.md"
    ends 1 build/replay show "$dir/shown.md#shown"
}

# ruling [COMMAND...]: runs COMMAND in namespaces in which it may choose the numbers; without one: is that allowed here?
ruling() {
    local how='--ipc --pid --fork --mount-proc'
    # shellcheck disable=SC2086
    unshare $how true 2>/dev/null || how+=' --user --map-root-user'
    # shellcheck disable=SC2086
    unshare $how sh -c 'cd /proc/sys/kernel && echo 300 >ns_last_pid && echo 98307 >sem_next_id' 2>/dev/null &&
        { [ $# -eq 0 ] || unshare $how "$@"; }
}
not_ruling='namespaces of its own, and the choice of numbers in them, are not allowed here'

# The lines of a session, in any order: without times, notes and gaps.
lines() {
    sed -E '/^```|^\.\.\.|^$/d; s/ {2,}# .*//; s/[0-9]{2}(:[0-9]{2}){2}/TIME/; s/ +/ /g; s/[A-Z].{9} TIME [0-9]{4}/DATE/' | sort
}

# digits PAGE#NAME [USER]: does show, as USER does it, print each line of the session, and the page's own numbers?
digits() {
    local missing
    missing=$(comm -23 <(sed -n "/^\`\`\`console session=${1#*#} /,/^\`\`\`\$/p" "${1%#*}" | lines) \
        <("${@:2}" build/replay show "$1" | lines))
    [ -z "$missing" ] || { printf '%s does not show:\n%s\n' "$1" "$missing"; return 1; }
}

@test "show prints the page's own numbers, to the digit, where that is allowed" {
    ruling || skip "$not_ruling"
    digits README.md#readme-first
    digits docs/11-moving-data.md#shm-pair                      # shows the set's identifier late
}

@test "show prints the page's own numbers in what svsem_mon and svsem_scope show, too" {
    ruling || skip "$not_ruling"
    needs calls ptrace
    digits docs/01-first-session.md#decrease-blocks-watched     # shows the maker's PID late
    digits docs/03-initialising.md#bad-init
}

@test "show prints the page's own numbers for an unprivileged user, too, who stays that user" {
    [ "$EUID" -eq 0 ] || skip 'needs root, since this user is unprivileged anyway'
    other() { setpriv --reuid 54321 --regid 54321 --clear-groups "$@"; }
    page user | sed $'11a $ echo $UID\n11a 54321' >"$dir/user.md"
    chmod -R a+rX "$dir" "${dir%/*}" "${dir%/*/*}"
    other test -r "$dir/user.md" -a -x "$ROOT/build/replay" || skip 'this tree is not readable for others'
    other bash -c "$(declare -f ruling); ruling" || skip "$not_ruling"
    digits "$dir/user.md#user" other
}

@test "show leaves the numbers of namespaces that are not its own alone" {
    ruling || skip "$not_ruling"
    console wish id=98307 <<<$'$ echo 98307\n98307'
    page shown >"$dir/shown.md"
    run -0 ruling bash -Eeuxo pipefail -c "$(declare -f ends)"'
        next() { [ "$(</proc/sys/kernel/sem_next_id)" -eq "$1" ]; }
        for how in REPLAY_SHARED=1 own=1; do
            ends 1 env $how build/replay show "$1/wish.md#wish"
            next -1
        done
        REPLAY_SHARED=1 build/replay show "$1/shown.md#shown" >"$1/out"
        [ "$(</proc/sys/kernel/ns_last_pid)" -lt 23000 ]' - "$dir" </dev/null 3>&-
    [ "$(grep -cE '23338|98307' "$dir/out")" -eq 0 ]
}

@test "show on a terminal, interrupted by Ctrl-C, leaves nothing" {
    page shown >"$dir/shown.md"
    console outer "num=130" <<EOF
\$ ../build/replay show "$dir/shown.md#shown"
...
^C
\$ echo \$?
130
EOF
    sed -i 's/ num=130//' "$dir/outer.md"
    passes outer
}

@test "show on a terminal is stopped by Ctrl-Z as a whole" {
    ruling || skip "$not_ruling"
    page shown >"$dir/shown.md"
    console outer <<EOF
\$ ../build/replay show "$dir/shown.md#shown"
...
^Z
[1]+  Stopped                 ../build/replay show "$dir/shown.md#shown"
...
\$ replay=\$(jobs -p); ../build/tests/look stopped \$(<"/proc/\$replay/task/\$replay/children") && echo stopped
stopped
\$ kill -KILL %1
[1]+  Killed                  ../build/replay show "$dir/shown.md#shown"
EOF
    passes outer
}

@test "killed in the middle of a session: nothing is left" {
    console long <<EOF
\$ trap '' HUP; sh -c 'echo \$\$ >"$dir/pid"; exec sleep 1000'
EOF
    for sig in TERM HUP; do
        rm -f "$dir/pid"
        build/replay check "$dir/long.md" >"$dir/out" 2>&1 </dev/null 3>&- &
        await test -s "$dir/pid"
        kill -s "$sig" $!
        status=0
        wait $! || status=$?
        [ "$status" -ge 128 ]
        gone "$(<"$dir/pid")"
    done
}

@test "show ended by a signal: nothing is left" {
    console held <<<"\$ exec 9>'$dir/held'; echo >&9; sleep 1000"
    mkfifo "$dir/held"
    for sig in TERM HUP $(! ruling || echo KILL); do         # a PID namespace dies with it, else what had no terminal yet lives on
        exec 8<>"$dir/held" 7<"$dir/held"       # neither side waits for the other: a bash that does has settled
        build/replay -t 60 show "$dir/held.md#held" >"$dir/out" 2>&1 </dev/null 3>&- 7<&- 8<&- &
        read -r -t "$DEADLINE" -u 7
        exec 8<&-
        kill -s "$sig" $!
        status=0
        read -r -t "$DEADLINE" -u 7 || status=$?        # 1: its end, since nobody has it open
        [ "$status" -eq 1 ]
        status=0
        wait $! || status=$?
        [ "$status" -ge 128 ]
        exec 7<&-
    done
}

@test "killed by SIGKILL it takes the terminal with it" {
    console long <<EOF
\$ sh -c 'echo \$1 \$PPID \$\$ >"$dir/pids"; exec sleep 1000' - \$PPID
EOF
    build/replay check "$dir/long.md" >"$dir/out" 2>&1 </dev/null 3>&- &
    await test -s "$dir/pids"
    kill -s KILL $!
    for pid in $(<"$dir/pids"); do
        await gone "$pid"
    done
}

@test "an unprivileged user replays as root does" {
    [ "$(id -u)" -eq 0 ] || skip 'needs root, since this user is unprivileged anyway'
    page user >"$dir/user.md"
    chmod -R a+rX "$dir" "${dir%/*}" "${dir%/*/*}"
    nobody test -r "$dir/user.md" -a -x "$ROOT/build/replay" || skip 'this tree is not readable for others'
    gives 0 "ok $dir/user.md:1 user" nobody build/replay check "$dir/user.md"
    REPLAY_SHARED=1 gives 0 "ok $dir/user.md:1 user" nobody build/replay check "$dir/user.md"
}

@test "a user whom this system has no name for replays the tools' page" {
    [ "$(id -u)" -eq 0 ] || skip 'needs root, to be another user'
    nobody test -r "$ROOT/docs/02-tools.md" -a -x "$ROOT/build/replay" || skip 'this tree is not readable for others'
    ends 0 setpriv --reuid 54321 --regid 54321 --clear-groups build/replay check docs/02-tools.md
}

@test "where a user namespace may have no IDs, a user's sessions do without one, and nothing is said of it" {
    [ "$EUID" -eq 0 ] || skip 'needs root, to be another user'
    unshare --mount mount -o remount,bind,ro /proc || skip 'making /proc read-only is not allowed here'
    console none <<<$'$ echo $UID\n54321'
    chmod -R a+rX "$dir" "${dir%/*}" "${dir%/*/*}"
    setpriv --reuid 54321 test -r "$dir/none.md" -a -x "$ROOT/build/replay" || skip 'this tree is not readable for others'
    for verb in check show; do
        run -0 unshare --mount sh -c 'mount -o remount,bind,ro /proc
            setpriv --reuid 54321 --regid 54321 --clear-groups build/replay "$@"' - $verb "$dir/none.md#none" </dev/null 3>&-
        [ "$output" = "ok $dir/none.md:1 none" ] || [ "$output" = $'$ echo $UID\n54321' ]
    done
}

@test "a loop of the shell itself, which is no job, is not waited for, and a key ends it" {
    console loop <<<$'$ while :; do :; done\n^C\n$ echo ok\nok'
    gives 0 "ok $dir/loop.md:1 loop" within "$DEADLINE" build/replay -t 600 check "$dir/loop.md"
}

@test "where a session needs what this machine forbids it is skipped, with the doctor's reason, and no other" {
    local why='it is forbidden here; as root: allow it' doctor=$dir/tests/doctor
    mkdir "$dir/svsem" "$dir/tests"
    printf '#!/bin/sh\necho "$*" >>asked\n[ "$2" = terminals ] || { echo "%s"; exit 1; }\n' "$why" >"$doctor"
    chmod +x "$doctor"
    console plain <<<$'$ echo hello\nhello'
    console drawn <<<$'$ ./svsem_scope trace -- true\nx'
    console piped <<<$'$ echo q | ./svsem_scope step -- true\nx'
    console seen <<<$'$ echo "   PID  Program          Sleeps in semop()"\n   PID  Program          Sleeps in semop()'
    passes plain
    gives 0 "ok $dir/drawn.md:1 drawn # skip $why
ok $dir/piped.md:1 piped # skip $why
ok $dir/plain.md:1 plain
ok $dir/seen.md:1 seen # skip $why" build/replay check "$dir"/*.md
    [ "$(sort "$dir/asked" | uniq -c | tr -s ' ')" = $' 1 -q calls\n 1 -q ptrace\n 2 -q terminals' ]        # once a run
    gives 0 "The session drawn is not typed: $why" build/replay show "$dir/drawn.md#drawn"
    sed -i 's/exit 1/exit 2/' "$doctor"         # it could not ask
    passes seen
}

# alone SCRIPT: runs it with $dir as its $1 in an IPC namespace that nobody else uses; it ends at the first failure.
alone() {
    needs namespaces
    run -0 own_namespace bash -Eeuxo pipefail -c "$(declare -p ROOT); $(declare -f gives ends identifiers sets); $1" - "$dir" \
        </dev/null 3>&-
}

@test "in a shared namespace identifier 0 is a set like any other, and what is left is removed" {
    page zero >"$dir/zero.md"
    alone 'export REPLAY_SHARED=1
        build/replay show "$1/zero.md#zero" | grep -Fx "$ ./svsem_demo 0 +3"
        gives 0 "ok $1/zero.md:1 zero" build/replay check "$1/zero.md"
        test -z "$(sets)"'
}

@test "in a shared namespace the sets of others are never touched" {
    page left | sed '1s/ leaves.*//' >"$dir/left.md"
    console unnamed <<<'$ ./svsem_create -p 1 >/dev/null'
    console foreign id=98307 <<EOF
\$ cat "$dir/foreign"
98307
\$ ./svsem_rm 98307
EOF
    alone 'export REPLAY_SHARED=1
        svsem/svsem_create -p 1 >"$1/foreign"
        ends 1 build/replay check "$1/left.md"
        ends 1 build/replay check "$1/foreign.md"
        test "$(sets)" = "$(<"$1/foreign")"
        build/replay check "$1/unnamed.md" 2>&1 | tee "$1/out"
        grep -q "^ok " "$1/out"
        test "$(sets | wc -l)" -eq 2
        for id in $(sets); do svsem/svsem_rm "$id"; done'
    grep -q '^replay: .*/unnamed.md:1: set [0-9]* appeared' "$dir/out"
}

@test "in a shared namespace the sets that other users make meanwhile do not matter" {
    [ "$EUID" -eq 0 ] || skip 'needs root, to be another user'
    console others <<<'$ setpriv --reuid 65534 --regid 65534 --clear-groups ipcmk -S 1 >/dev/null'
    # shellcheck disable=SC2016
    alone 'export REPLAY_SHARED=1
        gives 0 "ok $1/others.md:1 others" build/replay check "$1/others.md"
        test "$(identifiers sem | wc -l)" -eq 1
        svsem/svsem_rm "$(identifiers sem)"'
}

@test "without /proc the semaphores' own counts tell who sleeps; without a terminal it says so" {
    unshare --mount --ipc sh -c 'mount -t tmpfs none /proc && build/replay --help' >/dev/null 2>&1 ||
        skip 'hiding /proc is not allowed here, or a sanitizer needs it'
    page noproc >"$dir/noproc.md"
    console stopped 'id=98307 pid=23338' <<'EOF'
tty1$ ./svsem_demo 0
Semaphore ID = 98307
tty1$ ./svsem_demo 98307 -2
23338: about to semop at 10:19:42
^Z
[1]+  Stopped                 ./svsem_demo 98307 -2
tty1$ fg
./svsem_demo 98307 -2
ERROR [EINTR Interrupted system call] semop(98307)
tty2$ ./svsem_rm 98307
EOF
    run -0 unshare --mount --ipc sh -c 'mount -t tmpfs none /proc && build/replay check "$1"/*.md' - "$dir" </dev/null 3>&-
    [ "$output" = "ok $dir/noproc.md:1 noproc"$'\n'"ok $dir/stopped.md:1 stopped" ]
    unset SVSEM_MISSING                 # of another /dev
    run -0 unshare --mount sh -c 'mount --bind /dev/null /dev/ptmx && build/replay check "$1/noproc.md"' - "$dir" \
        </dev/null 3>&-
    [[ $output = "ok $dir/noproc.md:1 noproc # skip no pseudo-terminal can be had; "*'mount -t devpts'* ]]
    mkdir "$dir/svsem"                  # nobody to ask
    run -1 unshare --mount sh -c 'mount --bind /dev/null /dev/ptmx && build/replay check "$1/noproc.md"' - "$dir" \
        </dev/null 3>&-
    [ "${lines[0]}" = "not ok $dir/noproc.md:1 noproc" ]
    [[ ${lines[1]} == *'no pseudo-terminal can be had: '* ]] && [[ ${lines[2]} == *'mount -t devpts'* ]]
}
