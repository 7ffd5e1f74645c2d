#!/usr/bin/env bats
# twins.bats - the bare programs: in which lines twins differ, what the programs do outside a proof (at the ends of their ranges,
# stopped, with output that cannot be written, without what they need), and those in every order whose header has no proof.

load helper

setup() {
    untraced
    cd "$ROOT/svsem" || return
}

# The lines in which two programs differ, but for the header and the example in the usage; without comments.
lesson() {
    diff <(sed '1,/\*\/$/d' "svsem_$1.c") <(sed '1,/\*\/$/d' "${2/#/svsem_}.c") | grep '^[<>]' | grep -v Example: |
        sed 's, */\*.*,,'
}

@test "twins: diff shows the header and the lesson" {
    diff - <(lesson mutex bad_mutex) <<'END'
<         change(-1);
<         change(+1);
END
    diff - <(lesson two_resources bad_two_resources) <<'END'
<     semopRetry(semid, sops, 2);
>     semopRetry(semid, &sops[0], 1);
>     semopRetry(semid, &sops[1], 1);
END
    diff - <(lesson barrier bad_barrier) <<'END'
< enum { GATES = 2 };
> enum { GATES = 1 };
END
    diff - <(lesson philosophers bad_philosophers) <<'END'
<     values[SEATS] = (unsigned short) (philosophers - 1);
>     values[SEATS] = (unsigned short) philosophers;
END
    diff - <(lesson philosophers unfair_philosophers) <<'END'
<     semopRetry(semid, &sops[0], 1);
<     semopRetry(semid, &sops[1], 1);
<     semopRetry(semid, &sops[2], 1);
>     semopRetry(semid, sops, 3);
END
    diff - <(lesson fair_rwlock rwlock) <<'END'
<     semopRetry(semid, sops, 2);
<     semopRetry(semid, &sops[2], 1);
>     semopRetry(semid, sops, 3);
END
    diff - <(lesson prodcons bad_prodcons) <<'END'
<         { .sem_num = SLOTS, .sem_op = -1, .sem_flg = 0 },
>         { .sem_num = SLOTS, .sem_op = -1, .sem_flg = SEM_UNDO },
<         { .sem_num = ITEMS, .sem_op = +1, .sem_flg = 0 },
>         { .sem_num = ITEMS, .sem_op = +1, .sem_flg = SEM_UNDO },
<         { .sem_num = ITEMS, .sem_op = -1, .sem_flg = 0 },
>         { .sem_num = ITEMS, .sem_op = -1, .sem_flg = SEM_UNDO },
<         { .sem_num = SLOTS, .sem_op = +1, .sem_flg = 0 },
>         { .sem_num = SLOTS, .sem_op = +1, .sem_flg = SEM_UNDO },
END
    diff - <(lesson undo_kill bad_no_undo) <<'END'
<     struct sembuf sop = { .sem_num = LOCK, .sem_op = by, .sem_flg = SEM_UNDO };
>     struct sembuf sop = { .sem_num = LOCK, .sem_op = by, .sem_flg = 0 };
END
    lesson good_init bad_init >"$BATS_TEST_TMPDIR/lesson"
    run -1 grep '^>' "$BATS_TEST_TMPDIR/lesson"         # it only leaves out
    grep -qx '<     awaitCreator(semid);' "$BATS_TEST_TMPDIR/lesson"
}

@test "twins: the right ones hold bare, at both ends of their ranges, and leave nothing" {
    while read -r command; do
        # shellcheck disable=SC2086
        ends 0 leaving_nothing within "$DEADLINE" ./svsem_$command || { echo "$command"; false; }
    done <<'END'
mutex
mutex 64 10
mutex 2 10000
two_resources 1000
barrier 2 1
barrier 8 100
barrier 100 2
philosophers 1 3
philosophers 4 20
philosophers 100
unfair_philosophers 1 3
rwlock 1
fair_rwlock 1
fair_rwlock 100
prodcons
prodcons -n 0 -p 64 -c 64
prodcons -n 300 -b 7 -p 5 -c 3
bad_prodcons -n 0
good_init
lock_init
undo_kill
busy_workers
alternate 1
alternate 500
fork_sync
fork_sync parent
ring
ring -n 1000 -B 256
ring -n 1 -b 1
ring -n 0
ring -n 10007 -b 100 -B 100
ring -n 999 -b 7 -B 5
trywait 1000
timedwait 0
starve 1
wait_for_zero 1
wait_for_zero 100
END
    [ "$(./svsem_barrier 8 100 | grep -c ' through barrier ')" -eq 800 ]
    [ "$(./svsem_wait_for_zero 100 | grep -c alive)" -eq 102 ]
    [ "$(./svsem_fork_sync child | grep -c ' the child goes at ')" -eq 1 ]
    [ "$(./svsem_fork_sync parent | grep -c ' the parent goes at ')" -eq 1 ]
    gives 0 '10 items in 4 calls of semop() a side, 0 not in order' ./svsem_ring -n 10 -b 6 -B 5
    gives 0 '10 items in 10 calls of semop() a side, 0 not in order' ./svsem_ring -n 10 -B 2 -b 3
}

@test "twins: the wrong ones fail bare when chance will have it, or hang; ended, they leave nothing" {
    local pid status sig
    ends 1 ./psem_busy_workers
    # Under the sanitizers no library is loaded before theirs.
    [ -n "${SAN-}" ] || ends 1 env TEETH=no-undo LD_PRELOAD="$ROOT/build/teeth.so" ./svsem_busy_workers
    run ./svsem_bad_mutex 2 10000
    case ${lines[-1]} in
        *'the count is 20000, and 20000 were added '*) [ "$status" -eq 0 ] ;;
        *', and 20000 were added '*) [ "$status" -eq 1 ] ;;
        *) false ;;
    esac
    for sig in HUP INT QUIT TERM; do
        within 0 ./svsem_bad_no_undo </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
        pid=$!
        await asleep "$pid"
        kill -s $sig "$pid"
        status=0
        wait "$pid" || status=$?
        [ "$status" -eq $((128 + $(kill -l $sig))) ]
        [ -z "${SVSEM_NAMESPACE-}" ] || [ -z "$(sets)" ]
    done
}

# unwritten PROGRAM FD: says with which status it ends, its output going to FD; and no process of it is left by then, which
# would hold the pipe open.
unwritten() {
    local said
    read -r -d '' -t "$DEADLINE" said < <(
        within "$((DEADLINE / 2))" "./$1" </dev/null 2>&1 >&"$2" 3>&-
        echo "status $?"
    ) || [ $? -eq 1 ]
    grep -o 'status [0-9]*' <<<"$said"
}

@test "twins: output that cannot be written ends every claim program at once with 3, whichever process finds out" {
    local program status full pipe before
    before=$(sets; identifiers shm)
    exec {full}>/dev/full {pipe}> >(true)
    wait $!                             # now nobody reads it
    for program in $("$ROOT/tests/facts" -l); do
        [ "$(unwritten "$program" "$full")" = 'status 3' ] || { echo "$program, onto a full disk"; false; }
        [ "$(unwritten "$program" '-')" = 'status 3' ] || { echo "$program, standard output closed"; false; }
        status=$(unwritten "$program" "$pipe")
        [ "$status" = 'status 3' ] || [ "$status" = 'status 141' ] || { echo "$program, into a broken pipe: $status"; false; }
    done
    [ -z "${SVSEM_NAMESPACE-}" ] || [ "$(sets; identifiers shm)" = "$before" ]
}

# Ctrl-Z and fg take every sleeper off its queue, and end its call with EINTR.
@test "twins: a stop before any call of a right program or claim never makes it say that it is not so" {
    local program n status
    [ -z "${SAN-}" ] || skip 'a library loaded before the sanitizers'
    for program in $("$ROOT/tests/facts" -l); do
        case $program in *_bad_* | psem_* | svsem_rwlock | svsem_unfair_*) continue ;; esac
        for n in 4 8 12 18; do
            status=0
            within "$DEADLINE" env TEETH=stop-$n LD_PRELOAD="$ROOT/build/teeth.so" "./$program" </dev/null \
                >"$BATS_TEST_TMPDIR/said" 2>&1 || status=$?
            [ "$status" -eq 0 ] || { [ "$status" -eq 77 ] && grep -q '^not shown: the run was stopped' "$BATS_TEST_TMPDIR/said"; } ||
                { echo "$program, stopped at call $n: $status"; cat "$BATS_TEST_TMPDIR/said"; false; }
        done
    done
}

@test "twins: where no set can be made every program says so, and a claim could not run" {
    local program want how
    [ -z "${SAN-}" ] || skip 'a library loaded before the sanitizers'
    for program in $("$ROOT/tests/facts" -l) svsem_shm_writer svsem_shm_reader 'svsem_create -p 1' 'svsem_demo 0'; do
        want=3
        case $program in psem_*) continue ;; svsem_shm_* | *' '*) want=1 ;; esac        # tools make no claim
        for how in no-room no-sets; do
            # shellcheck disable=SC2086
            run -$want within "$DEADLINE" env TEETH=$how LD_PRELOAD="$ROOT/build/teeth.so" ./$program </dev/null
            case $how in no-room) how='ENOSPC' ;; *) how='ENOSYS' ;; esac
            grep -q "^ERROR \[$how .* semget(" <<<"$output" || { echo "$program: $output"; false; }
        done
    done
}

@test "twins: a signal that takes its time does not make a right program or claim say that it is not so" {
    local program
    [ -z "${SAN-}" ] || skip 'a library loaded before the sanitizers'
    for program in $(cd "$ROOT/svsem" && grep -l 'kill(' svsem_*.c | grep -v _bad_); do
        program=${program%.c}
        case $program in svsem_mon | svsem_op | svsem_rm) continue ;; esac
        within "$DEADLINE" env TEETH=late LD_PRELOAD="$ROOT/build/teeth.so" "./$program" </dev/null >"$BATS_TEST_TMPDIR/said" 2>&1 ||
            { echo "$program: $?"; cat "$BATS_TEST_TMPDIR/said"; false; }
    done
}

@test "twins: undo_exec could not run where cat could not" {
    run -3 env PATH=/nonexistent ./svsem_undo_exec
    grep -q '^ERROR \[ENOENT .* execlp(cat)$' <<<"$output"
    printf '#!/bin/sh\nexit 1\n' >"$BATS_TEST_TMPDIR/cat"
    chmod +x "$BATS_TEST_TMPDIR/cat"
    run -3 env PATH="$BATS_TEST_TMPDIR" ./svsem_undo_exec
    grep -qx 'ERROR: cat could not run' <<<"$output"
}

@test "twins: binary releases what another sleeps for already" {
    local n
    for n in 1 2 3 4 5; do
        run -0 ./svsem_binary
        grep -q ': about to reserve at ' <<<"${lines[0]}" && grep -q ': never reserved it, and releases it at ' <<<"${lines[1]}"
    done
}

# orders COMMAND...: the verdict of svsem_scope, in one line.
orders() { svsem_scope explore "$@" 2>&1 | head -n 1; }

@test "twins: a claim without a twin holds in every order of its calls" {
    local program verdict
    needs ptrace
    while read -r program; do
        # shellcheck disable=SC2086
        verdict=$(orders -- ./svsem_$program)
        [[ $verdict = 'complete: '* ]] || { echo "$program: $verdict"; false; }
    done <<'END'
access
all_or_nothing
removed
trywait 2
undo_clamp
undo_exec
undo_fork
wait_for_zero 2
END
}

@test "twins: with a key, the programs of chapter 03 leave the set to others; two openers, in every order" {
    local key program
    needs ptrace
    for program in good bad lock; do
        key=$((0x5e000000 + BASHPID))
        cat >"$BATS_TEST_TMPDIR/two" <<END
./svsem_${program}_init $key &
./svsem_${program}_init $key &
wait
id=\$(./svsem_create -k $key 0)
./svsem_mon \$id | grep -q '^  0  *12 '
status=\$?
./svsem_rm \$id
exit \$status
END
        orders -- sh "$BATS_TEST_TMPDIR/two" >"$BATS_TEST_TMPDIR/$program"
    done
    [[ $(<"$BATS_TEST_TMPDIR/good") = 'complete: '* ]]
    [[ $(<"$BATS_TEST_TMPDIR/lock") = 'complete: '* ]]
    [[ $(<"$BATS_TEST_TMPDIR/bad") = *'P1 (sh) exited with 1' ]]
}

@test "twins: SIGKILL of the one who initialises lets the next opener finish the job" {
    local key semid dying next
    key=$((0x5e000000 + BASHPID))
    semid=$(svsem_create -c -x -k "$key" 3)
    # Takes LOCK as an opener does, and sleeps where it would initialise.
    svsem_op "$semid" 1=0,1+1u 0-1 </dev/null >/dev/null 2>&1 3>&- &
    dying=$!
    await asleep "$dying"
    svsem_lock_init "$key" </dev/null >"$BATS_TEST_TMPDIR/next" 2>&1 3>&- &
    next=$!
    await asleep "$next"
    kill -KILL "$dying"
    wait "$next"
    grep -q 'initialised it' "$BATS_TEST_TMPDIR/next"
    run -0 svsem_mon "$semid"
    svsem_rm "$semid"
    [[ ${lines[3]} =~ ^\ +0\ +11\  ]] && [[ ${lines[4]} =~ ^\ +1\ +0\  ]] && [[ ${lines[5]} =~ ^\ +2\ +1\  ]]
}
