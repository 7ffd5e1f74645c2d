#!/usr/bin/env bats
# initialising.bats - chapter 03: what the claims and the sessions of the page do not show.

load helper

@test "initialising: a key out of range, or two, are refused before a set is made" {
    before=$(sets)
    for program in svsem_bad_init svsem_good_init svsem_lock_init; do
        for key in 0 -1 0x80000000 x ''; do
            gives 2 "ERROR: key must be a whole number from 1 to 2147483647, not \"$key\"" "$program" "$key"
        done
        ends 2 "$program" -r 1
        ends 2 "$program" 1 2
        ends 0 "$program" --help
    done
    [ -z "${SVSEM_NAMESPACE-}" ] || [ "$(sets)" = "$before" ]
}

@test "initialising: a set that a child made under the key is removed too" {
    before=$(sets)
    ends 0 svsem_lock_init          # in its order the child makes the set
    ends 0 svsem_good_init
    [ -z "${SVSEM_NAMESPACE-}" ] || [ "$(sets)" = "$before" ]
}

@test "initialising: -r leaves the order to chance; the right ones are right all the same" {
    for program in svsem_good_init svsem_lock_init; do
        ends 0 "$program" -r
        ends 0 "$program" -r
    done
}

# An opener that gave its lock back without SEM_UNDO would at its end free the lock of the next.
@test "initialising: two openers of a set that is left to stay, in every order" {
    key=$((0x5e000000 + BASHPID))
    cat >"$BATS_TEST_TMPDIR/two" <<END
svsem_lock_init $key &
svsem_lock_init $key &
wait
svsem_rm \$(svsem_create -k $key 3)
END
    run -0 svsem_scope explore -- sh "$BATS_TEST_TMPDIR/two"
    [ "$output" = 'complete: 16 schedules, no deadlock, no failed exit, nothing left behind' ]
}

@test "initialising: SIGKILL of the one who initialises lets the next opener finish the job" {
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
