#!/usr/bin/env bats
# shm-pair.bats - svsem_shm_writer and svsem_shm_reader: what goes through them, how they part, and who may not look in.

load helper

setup() {
    untraced
    KEY=$((0x20000000 + (RANDOM << 15) + RANDOM))
    OUT=$BATS_TEST_TMPDIR/out
}

# By SIGTERM: then they remove what is theirs.
teardown() {
    kill ${w:+"$w"} ${r:+"$r"} 2>/dev/null || true
    gone_with_copies
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
soon() { within "$DEADLINE" "$@"; }     # a pair that hangs fails its test, not the run
# ends PID STATUS: it ends by itself, with that status.
ends() {
    local status=0
    await gone "$1"
    wait "$1" || status=$?
    [ "$status" -eq "$2" ]
}

@test "shm pair: any bytes of any length pass through shared memory, whoever comes first" {
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

@test "shm pair: what is typed arrives at once: a buffer is not held back until it is full" {
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

@test "shm pair: the death of either ends the other with an error, blocked in read() or write() though it be; nothing is left" {
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

@test "shm pair: what a dead pair left under the key is replaced, a living one's is refused" {
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

@test "shm pair: a stranger's set under the key is refused, and stays" {
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

@test "shm pair: a reader that cannot write ends both with an error" {
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

# The creator of an object keeps an owner's rights when it gives the object away.
@test "shm pair: a set or a segment that another user has made and given away is refused before anything is written" {
    local size set
    [ "$EUID" -eq 0 ] || skip 'needs root, to be two users'
    copies_for_others svsem/svsem_{create,setall,perms,rm} build/tests/lib_probe
    writer /dev/null
    await stands 1000
    size=$(awk -v key="$KEY" '$1 == key { print $4 }' /proc/sysvipc/shm)
    kill $w
    wait $w || true

    nobody ./lib_probe give "$KEY" "$size" 0
    set=$(nobody ./svsem_create -c -k "$KEY" 7 700)
    nobody ./svsem_setall "$set" 0 0 0 1 0 16 0             # as if a reader had come
    nobody ./svsem_perms "$set" 700 0:0
    for side in writer reader; do
        run -1 soon svsem_shm_$side -k "$KEY" <<<'a secret'
        [[ $output = "ERROR: the set of key 0x"*" belongs to something else"* ]]
    done
    set_exists "$set"
    nobody ./svsem_rm "$set"

    run -1 soon svsem_shm_writer -k "$KEY" <<<'a secret'    # the segment alone
    [[ $output = "ERROR: the segment of key 0x"*" belongs to something else"* ]]
    [ "$(under_key)" = 'shm ' ]
    ipcrm -M "$KEY"

    reader "$OUT"                                           # it has come, and its segment has been replaced
    await stands 0010
    ipcrm -M "$KEY"
    nobody ./lib_probe give "$KEY" "$size" 0
    run -1 soon svsem_shm_writer -k "$KEY" <<<'a secret'
    [[ $output = "ERROR: the segment of key 0x"*" belongs to something else"* ]]
    kill $r
    wait $r || true
    ipcrm -M "$KEY"
}
