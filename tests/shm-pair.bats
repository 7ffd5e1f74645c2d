#!/usr/bin/env bats
# moving-data.bats - the programs of chapter 11: misuse, the bare bodies, and the pair that copies through shared memory.

load helper

setup() {
    untraced
    KEY=$((0x20000000 + (RANDOM << 15) + RANDOM))
    OUT=$BATS_TEST_TMPDIR/out
}

# By SIGTERM: then they remove what is theirs.
teardown() {
    kill ${w:+"$w"} ${r:+"$r"} 2>/dev/null || true
}

# What is under the key, as /proc shows it: nothing, "sem", "shm" or "sem shm".
under_key() { awk -v key="$KEY" 'FNR > 1 && $1 == key { printf "%s ", FILENAME ~ /sem$/ ? "sem" : "shm" }' /proc/sysvipc/sem /proc/sysvipc/shm; }
nothing_left() { [ -z "$(under_key)" ]; }
# stands STATE: is the pair's set so? WRITER, its will, READER, its will, each 1 or 0: 1010 once both have come. To be
# attached is not enough: until it has come, a side may die and the other goes on waiting for one.
stands() {
    local id
    id=$(awk -v key="$KEY" '$1 == key { print $2 }' /proc/sysvipc/sem)
    [ -n "$id" ] && [ "$(svsem_mon "$id" | awk '/^ +[1-4] / { printf "%s", $2 }')" = "$1" ]
}

writer() { svsem_shm_writer -k "$KEY" <"$1" >"$BATS_TEST_TMPDIR/writer" 2>&1 3>&- & w=$!; }
reader() { svsem_shm_reader -k "$KEY" </dev/null >"$1" 2>"$BATS_TEST_TMPDIR/reader" 3>&- & r=$!; }
soon() { timeout "$DEADLINE" "$@"; }     # a pair that hangs fails its test, not the run
# ends PID STATUS: it ends by itself, with that status.
ends() {
    local status=0
    await gone "$1"
    wait "$1" || status=$?
    [ "$status" -eq "$2" ]
}

@test "nonsense is refused with 2, the argument's name and its range" {
    local before
    before=$(sets)
    while IFS='|' read -r args line; do
        # shellcheck disable=SC2086
        run -2 $args
        [ "${lines[0]}" = "ERROR: $line\"" ] || { echo "$args: $output"; false; }
    done <<'EOF'
svsem_prodcons -n -1|items must be a whole number from 0 to 1000000, not "-1
svsem_prodcons -n 3x|items must be a whole number from 0 to 1000000, not "3x
svsem_prodcons -b 0|buffer must be a whole number from 1 to 32767, not "0
svsem_prodcons -b 32768|buffer must be a whole number from 1 to 32767, not "32768
svsem_prodcons -p 0|producers must be a whole number from 1 to 64, not "0
svsem_bad_prodcons -c 65|consumers must be a whole number from 1 to 64, not "65
svsem_ring -n 1000001|items must be a whole number from 0 to 1000000, not "1000001
svsem_ring -b 0|buffer must be a whole number from 1 to 32767, not "0
svsem_ring -B 0|batch must be a whole number from 1 to 1024, not "0
svsem_ring -B 11 -b 10|batch must be a whole number from 1 to 10, not "11
svsem_ring -s 0|item-bytes must be a whole number from 1 to 4096, not "0
svsem_shm_writer -k 0|key must be a whole number from 1 to 4294967295, not "0
svsem_shm_reader -k 1x|key must be a whole number from 1 to 4294967295, not "1x
EOF
    for args in "svsem_prodcons x" "svsem_ring -q" "svsem_last_will x" "svsem_shm_writer x" "svsem_shm_reader -k"; do
        # shellcheck disable=SC2086
        run -2 $args
    done
    [ "$(sets)" = "$before" ]
}

@test "the bodies of the twins run bare, and at the bounds of their sizes" {
    run -0 svsem_prodcons -r
    run -0 svsem_prodcons -r -n 2 -b 1
    run -0 svsem_prodcons -n 0 -p 64 -c 64
    run -0 svsem_prodcons -n 300 -b 7 -p 5 -c 3
    [ "${lines[-1]}" = 'the claim holds' ]
    run -0 diff <(svsem_prodcons --help | tail -n +2) <(svsem_bad_prodcons --help | tail -n +2 | sed s/bad_//)
}

@test "a ring whose last batch is short, whose batch is the buffer, whose items are one byte" {
    for sizes in '-n 1000 -B 256' '-n 1 -b 1' '-n 0' '-n 10007 -b 100 -B 100' '-n 999 -b 7 -B 5 -s 1'; do
        # shellcheck disable=SC2086
        run -0 svsem_ring $sizes
        [ "${lines[-2]}" = 'the claim holds' ]
        case ${lines[-1]} in *' items per second') ;; *) false ;; esac
    done
}

@test "any bytes of any length pass through shared memory, whoever comes first" {
    head -c 3000001 /dev/urandom >"$BATS_TEST_TMPDIR/big"
    printf 'one line' >"$BATS_TEST_TMPDIR/small"
    for file in "$BATS_TEST_TMPDIR/big" "$BATS_TEST_TMPDIR/small" /dev/null; do
        writer "$file"
        soon svsem_shm_reader -k "$KEY" >"$OUT"
        ends $w 0
        cmp "$file" "$OUT"
        reader "$OUT"
        await stands 0010
        run -0 soon svsem_shm_writer -k "$KEY" <"$file"
        ends $r 0
        cmp "$file" "$OUT"
        nothing_left
    done
}

@test "what is typed arrives at once: a buffer is not held back until it is full" {
    mkfifo "$BATS_TEST_TMPDIR/input"
    exec 4<>"$BATS_TEST_TMPDIR/input"
    svsem_shm_writer -k "$KEY" <"$BATS_TEST_TMPDIR/input" >/dev/null 2>&1 3>&- 4>&- &
    w=$!
    svsem_shm_reader -k "$KEY" </dev/null >"$OUT" 2>/dev/null 3>&- 4>&- &
    r=$!
    echo first >&4
    await grep -q first "$OUT"
    echo second >&4
    await grep -q second "$OUT"
    exec 4>&-
    ends $w 0
    ends $r 0
}

@test "the death of either ends the other with an error, blocked in read() or write() though it be; nothing is left" {
    mkfifo "$BATS_TEST_TMPDIR/input" "$BATS_TEST_TMPDIR/output"
    exec 4<>"$BATS_TEST_TMPDIR/input" 5<>"$BATS_TEST_TMPDIR/output"
    for signal in KILL TERM; do
        writer "$BATS_TEST_TMPDIR/input"            # asleep in read()
        reader "$OUT"
        await stands 1010
        kill -$signal $r
        ends $w 1
        grep -q 'ERROR: the reader is gone' "$BATS_TEST_TMPDIR/writer"
        wait $r || [ $? -gt 128 ]
        nothing_left

        writer /dev/zero
        reader "$BATS_TEST_TMPDIR/output"           # asleep in write(): nobody empties the pipe
        await stands 1010
        kill -$signal $w
        ends $r 1
        grep -q 'ERROR: the writer is gone' "$BATS_TEST_TMPDIR/reader"
        wait $w || [ $? -gt 128 ]
        nothing_left
    done
}

@test "what a dead pair left under the key is replaced, a living one's is refused" {
    writer /dev/zero
    reader /dev/null
    await stands 1010
    kill -STOP $w $r            # neither sees the other die
    kill -KILL $w $r
    wait $w $r || true
    [ "$(under_key)" = "sem shm " ]
    writer /dev/zero
    await stands 1000
    run -1 soon svsem_shm_writer -k "$KEY" </dev/null
    case $output in "ERROR: key 0x"*" has a writer already") ;; *) false ;; esac
    kill $w
    wait $w || true
    nothing_left
}

@test "a stranger's set under the key is refused, and stays" {
    local id
    id=$(svsem_create -c -k "$KEY" 7 600)     # as many semaphores as ours, and all zero
    run -1 soon svsem_shm_writer -k "$KEY" </dev/null
    case $output in "ERROR: the set of key 0x"*" belongs to something else"*) ;; *) false ;; esac
    run -1 soon svsem_shm_reader -k "$KEY"
    set_exists "$id"
    svsem_rm "$id"
    id=$(svsem_create -c -k "$KEY" 2 700)
    run -1 soon svsem_shm_reader -k "$KEY"
    set_exists "$id"
    svsem_rm "$id"
}

@test "a reader that cannot write ends both with an error" {
    for to in /dev/full pipe; do
        writer /dev/zero
        if [ $to = pipe ]; then
            run -0 soon bash -c "svsem_shm_reader -k $KEY 2>'$BATS_TEST_TMPDIR/reader' | true"
            grep -q 'EPIPE' "$BATS_TEST_TMPDIR/reader"
        else
            run -1 soon bash -c "svsem_shm_reader -k $KEY >$to"
        fi
        ends $w 1
        nothing_left
    done
    run -1 soon svsem_shm_writer -k "$KEY" <"$BATS_TEST_TMPDIR"
    case $output in 'ERROR [EISDIR '*) ;; *) false ;; esac
    nothing_left
}
