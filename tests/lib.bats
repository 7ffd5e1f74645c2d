#!/usr/bin/env bats
# lib.bats - the helper library: the book's interface, numbers, errors, event lines, owned sets.

load helper

@test "a program written to the book's API compiles against -Ilib and the archive, and runs" {
    cp "$ROOT/tests/programs/book_api.c" "$BATS_TEST_TMPDIR/listing.c"
    cd "$BATS_TEST_TMPDIR"
    # shellcheck disable=SC2086
    ${CC:-cc} ${SAN:+-fsanitize=address,undefined} -std=c99 -D_XOPEN_SOURCE=600 \
        -Wall -Wextra -Wpedantic -Werror -I"$ROOT/lib" listing.c "$ROOT/build/libsvsem.a" -o listing
    gives 0 "2 semaphores, min 1, max 2, with a time
available: 1
in use: 0
cleared: FALSE
set: TRUE" ./listing 2
    gives 2 "Usage: ./listing num-sems" ./listing --help
}

@test "a number is the whole string, in its range" {
    local most
    most=$(((1 << $(getconf LONG_BIT) - 1) - 1))
    while read -r kind arg value; do
        gives 0 "$value" lib_probe number "$kind" "$arg"
    done <<EOF
int -2147483648 -2147483648
int +7 7
int 010 10
nonneg $most $most
any 0x10 16
any 010 8
hex ff 255
hex 0xFF 255
octal 777 777
octal 0 0
operation -32768 -32768
operation +32767 32767
EOF
}

@test "anything else is refused with the argument's name, the range and the text, status 2" {
    local most
    most=$(((1 << $(getconf LONG_BIT) - 1) - 1))
    while IFS='|' read -r kind arg line; do
        gives 2 "ERROR: $line, not \"$arg\"" lib_probe number "$kind" "$arg"
    done <<EOF
int|2147483648|num must be a whole number from -2147483648 to 2147483647
int|3x|num must be a whole number from -2147483648 to 2147483647
int||num must be a whole number from -2147483648 to 2147483647
int| 3|num must be a whole number from -2147483648 to 2147483647
int|0x10|num must be a whole number from -2147483648 to 2147483647
nonneg|-1|num must be a whole number from 0 to $most
nonneg|${most%7}8|num must be a whole number from 0 to $most
positive|0|num must be a whole number from 1 to 2147483647
octal|1000|perms must be an octal number from 0 to 777
octal|8|perms must be an octal number from 0 to 777
octal|-1|perms must be an octal number from 0 to 777
operation|-32769|operation must be a whole number from -32768 to 32767
mode|rw|mode must be an octal number from 0 to 17777777777
hex|g|argument must be a hexadecimal number from 0 to $(printf %x "$most")
operation|32768|operation must be a whole number from -32768 to 32767
EOF
}

@test "error lines have the book's shape, name the errno, flush stdout first, and end as they say" {
    while IFS='|' read -r how status expected; do
        gives "$status" "${expected//|/$'\n'}" lib_probe error "$how"
    done <<'EOF'
errMsg|0|before|ERROR [EINVAL Invalid argument] call(7)|errno kept
errExit|1|before|ERROR [EINVAL Invalid argument] call(7)
err_exit|1|ERROR [EINVAL Invalid argument] call(7)
errExitEN|1|before|ERROR [EAGAIN/EWOULDBLOCK Resource temporarily unavailable] call(7)
fatal|1|before|ERROR: text 7
usageErr|2|before|Usage: prog text
cmdLineErr|2|before|Command-line usage error: text 7
EOF
}

@test "help goes to stdout with status 0, misuse to stderr with 2" {
    local usage=$'Usage: lib_probe what\nExample: lib_probe own errExit'
    gives 0 "$usage" lib_probe --help
    gives 2 "$usage" lib_probe
    [ "$(lib_probe --help 2>/dev/null)" = "$usage" ]
    [ -z "$(lib_probe 2>/dev/null)" ]
}

@test "an owned set and segment are removed on return, by errExit(), by a signal, and by nobody else" {
    local how ids sig pid status
    for how in return errExit child; do
        run lib_probe own "$how"
        read -r -a ids <<<"${lines[0]}"
        run -1 set_exists "${ids[0]}"
        run -1 segment_exists "${ids[1]}"
    done
    ulimit -c 0
    EF_DUMPCORE=1 run -134 lib_probe own errExit        # abort() runs no exit handler
    read -r -a ids <<<"${lines[0]}"
    run -1 set_exists "${ids[0]}"
    run -1 segment_exists "${ids[1]}"
    run -0 lib_probe own child
    [ "${lines[1]}" = "still there" ]

    for sig in HUP INT QUIT PIPE TERM; do
        # A background job of a shell without job control ignores INT and QUIT: `within` takes that back.
        within 0 lib_probe own sleep >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
        pid=$!
        await asleep "$pid"
        read -r -a ids <"$BATS_TEST_TMPDIR/out"
        set_exists "${ids[0]}"
        kill -s "$sig" "$pid"
        status=0
        wait "$pid" || status=$?
        [ "$status" -eq $((128 + $(kill -l "$sig"))) ]
        run -1 set_exists "${ids[0]}"
        run -1 segment_exists "${ids[1]}"
    done
}

@test "a disowned set stays; an ignored signal stays ignored" {
    local ids pid
    run -0 lib_probe own disown
    read -r -a ids <<<"$output"
    set_exists "${ids[0]}"
    svsem_rm "${ids[0]}"

    (trap '' TERM; exec lib_probe own sleep >"$BATS_TEST_TMPDIR/out" 2>&1 3>&-) &
    pid=$!
    await asleep "$pid"
    kill -TERM "$pid"
    asleep "$pid"
    read -r -a ids <"$BATS_TEST_TMPDIR/out"
    kill -HUP "$pid"
    await gone "$pid"
    run -1 set_exists "${ids[0]}"
}

# through_a_stop PID: it sleeps in semop(), and again after an EINTR.
through_a_stop() {
    await asleep "$1"
    kill -STOP "$1"
    await stopped "$1"
    kill -CONT "$1"
    await asleep "$1"
}

@test "semopRetry() goes on after a stop; what else ends it is said, and leaves nothing" {
    local pid id status
    for how in 0 rm; do
        lib_probe take >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
        pid=$!
        through_a_stop "$pid"
        read -r id <"$BATS_TEST_TMPDIR/out"
        status=0
        if [ $how = rm ]; then
            svsem_rm "$id"
            wait "$pid" || status=$?
            [ "$status" -eq 1 ]
            [ "$(sed 1d "$BATS_TEST_TMPDIR/out")" = "ERROR [EIDRM Identifier removed] semop($id): the set was removed meanwhile" ]
        else
            svsem_setall "$id" 1
            wait "$pid"
            [ "$(sed 1d "$BATS_TEST_TMPDIR/out")" = taken ]
        fi
        run -1 set_exists "$id"
    done
}

@test "a child that cannot go on, for an error or a broken pipe, ends the whole program with 3" {
    local how
    for how in error pipe; do
        run -3 within "$DEADLINE" lib_probe giveUp $how
        [[ $output = *'the set was removed meanwhile'* ]]
        [[ $output =~ 'ERROR: child '[0-9]+' '('exited with 3: see the error above'|'was killed by SIGPIPE') ]]
        run -1 set_exists "${lines[0]}"
    done
}

@test "the set of a key of one's own goes with its owner, also if a child makes it only then" {
    local pid key
    mkfifo "$BATS_TEST_TMPDIR/late"
    exec {late}<>"$BATS_TEST_TMPDIR/late"
    lib_probe key <&$late >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    pid=$!
    await test -s "$BATS_TEST_TMPDIR/out"
    read -r key <"$BATS_TEST_TMPDIR/out"
    kill -TERM "$pid"
    echo >&$late
    await gone "$pid"
    gives 1 "ERROR [ENOENT No such file or directory] semget($(printf 0x%08x "$key")): no set has this key, and there was no -c" \
        svsem_create -k "$key" 1
}

@test "errors and signals have the names of this system" {
    gives 0 'EAGAIN/EWOULDBLOCK SIGKILL' lib_probe name 11 9
    gives 0 'E2BIG SIGHUP' lib_probe name 7 1
    gives 0 '?UNKNOWN? ?UNKNOWN?' lib_probe name 99999 99
}

@test "who waits for an event flag sleeps until it is set, through a signal too" {
    local pid id
    lib_probe flag >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    pid=$!
    through_a_stop "$pid"
    read -r id <"$BATS_TEST_TMPDIR/out"
    svsem_setall "$id" 0
    wait "$pid"
    [ "$(<"$BATS_TEST_TMPDIR/out")" = "$id"$'\n'set ]
}

@test "an event line is one write: those of several processes never mix" {
    lib_probe events >"$BATS_TEST_TMPDIR/out"
    run -0 grep -cEx '[0-9]+: event [0-9]+ with a text that is long enough to be cut in two at [0-9]{2}:[0-9]{2}:[0-9]{2}' \
        "$BATS_TEST_TMPDIR/out"
    [ "$output" = 4000 ]
    run -0 awk 'END { print NR }' "$BATS_TEST_TMPDIR/out"
    [ "$output" = 4000 ]
    run -1 sh -c 'lib_probe event >/dev/full'
    [ "$output" = "ERROR [ENOSPC No space left on device] write(standard output)" ]

    # A file that may hold 1024 bytes, and holds 1020, takes four of the line.
    head -c 1020 /dev/zero >"$BATS_TEST_TMPDIR/out"
    run -1 bash -c 'trap "" XFSZ; ulimit -f 1; exec lib_probe event >>"$0"' "$BATS_TEST_TMPDIR/out"
    [ "$output" = "ERROR [EFBIG File too large] write(standard output)" ]
}

@test "SVSEM_PATIENCE=N makes each deadline N times as long; what is no number from 1 to 100 is refused" {
    local n limit base=${SVSEM_PATIENCE:-1} dir=$BATS_TEST_TMPDIR
    mkdir -p "$dir/svsem" "$dir/tests" "$dir/build/tests"
    cp "$ROOT/tests/facts" "$ROOT/tests/doctor" "$dir/tests"
    ln -s "$ROOT/svsem/svsem_access" "$ROOT/svsem/svsem_access.c" "$dir/svsem"
    printf '#!/bin/sh\n[ "$1" = -a ] || echo "$1 s" >>"%s"; exec "%s/build/tests/within" "$@"\n' "$dir/asked" "$ROOT" >"$dir/build/tests/within"
    chmod +x "$dir/build/tests/within"
    printf '%s\n' '```console session=waits' '$ sleep 100' '```' >"$dir/waits.md"
    mkfifo "$dir/silent"
    exec {out}<>"$dir/silent"
    for n in "$base" $((3 * base)); do
        export SVSEM_PATIENCE=$n
        limit=$(printf %g "$((2 * n))e-1")
        gives 0 $((60 * n)) lib_probe claimTime
        SVSEM_MISSING='' "$dir/tests/facts" svsem_access
        if "$ROOT/tests/doctor" -q terminals >/dev/null; then
            run -1 replay -t 0.2 check "$dir/waits.md"
            grep -qE "(not settled after|bash does not start within) $limit s" <<<"$output"
        fi
        svsem_scope trace -o /dev/null -- true 2>/dev/null || continue      # not possible here
        run -3 svsem_scope trace --patience 0.2 -o /dev/null -- cat <&$out
        grep -qE " for (more than )?$limit s" <<<"$output"
    done
    [ "$(<"$dir/asked")" = "$((20 * base)) s"$'\n'"$((60 * base)) s" ]
    for n in '' 0 101 1.5 -1 x; do
        export SVSEM_PATIENCE=$n
        for program in svsem_removed 'svsem_scope trace -- true' "replay list $dir/waits.md"; do
            # shellcheck disable=SC2086
            gives 2 "ERROR: SVSEM_PATIENCE must be a whole number from 1 to 100, not \"$n\"" $program
        done
        run -2 "$ROOT/tests/facts"
        [ "${lines[0]}" = "facts: SVSEM_PATIENCE must be a whole number from 1 to 100, not \"$n\"" ]
    done
}
