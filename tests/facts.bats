#!/usr/bin/env bats
# facts.bats - what `make facts` says of programs that hold, fail, hang and crash, of proofs that prove something else or
# cannot be had, and that it leaves none running.

load helper

# fake NAME CLAIM SCRIPT [PROOF]: a program that answers as it is told, with a proof in its header or else claim.h.
fake() {
    printf '/* svsem_%s.c - %s\n   Chapter: docs/x.md\n%b */\n' "$1" "$2" "${4-}" >"svsem/svsem_$1.c"
    [ -n "${4-}" ] || echo '#include "claim.h"' >>"svsem/svsem_$1.c"
    printf '#!/bin/bash\n%s\n' "$3" >"svsem/svsem_$1"
    chmod +x "svsem/svsem_$1"
}

# scope STATUS TEXT: what the judge says of whatever it is asked.
scope() {
    printf '#!/bin/bash\ncat <<"END"\n%s\nEND\nexit %d\n' "$2" "$1" >svsem/svsem_scope
    chmod +x svsem/svsem_scope
}

# said PATTERN: a whole line of the output.
said() { grep -qx -e "$1" <<<"$output"; }

setup() {
    untraced
    cd "$BATS_TEST_TMPDIR" || return
    mkdir tests svsem build
    ln -s "$ROOT/build/tests" build
    cp "$ROOT/tests/facts" tests/facts
    printf '#!/bin/sh\n' >tests/doctor          # all is allowed
    chmod +x tests/facts tests/doctor
}

@test "facts counts each verdict, shows why, and fails if one does not hold" {
    run -2 tests/facts              # no program: nothing was shown
    fake good 'water is wet.' 'exit 0'
    fake skip 'pigs fly.' 'echo not shown: they do not; echo ERROR: late; exit 77'
    run -0 tests/facts
    said 'svsem_good  *[0-9.]* s  holds'
    said '    water is wet\.'
    said 'svsem_skip  *[0-9.]* s  not shown: they do not'
    said '1 hold, 0 do not, 0 ran once, 1 not shown, 0 could not run - .*, .*'
    fake hang 'it comes to an end.' 'sleep 60; true'
    sed -i 's/^deadline=.*/deadline=0.2/' tests/facts
    run -1 tests/facts svsem_hang
    cp "$ROOT/tests/facts" tests/facts
    said '.*could not run: status 124'
    said '    ended by tests/facts after 0.2 s'
    rm svsem/svsem_hang*
    fake bad 'fire is cold.' 'echo ouch; exit 1'
    fake crash 'it stands.' 'kill -SEGV $$'
    run -1 tests/facts
    said '    ouch'
    said '1 hold, 1 do not, 0 ran once, 1 not shown, 1 could not run - .*'
    run -1 tests/facts -r
    said "ok svsem_good: water is wet\."
    said "ok svsem_skip: pigs fly\. # skip not shown: they do not"
    said "not ok svsem_bad: fire is cold\. (does not)"
    said "    ouch"
    run -0 tests/facts -l
    [ "$output" = $'svsem_bad\nsvsem_crash\nsvsem_good\nsvsem_skip' ]
    run -2 tests/facts svsem_nosuch
    run -2 tests/facts -z
}

# row VERDICT: that of svsem_x.
row() { said "svsem_x  *[0-9.]* s  $1"; }

@test "facts takes a proof for what it says, and no other failure for the one that is expected" {
    local proof='   Proof: ./svsem_scope explore \\\n            -- ./svsem_x\n          # status'
    local replay='   Proof: ./svsem_scope replay --schedule=1,2 -- ./svsem_' end=', no deadlock, no failed exit, nothing left behind'
    fake x 'all is well.' 'exit 0' "$proof 0: complete"
    scope 0 "complete: 212 schedules$end"
    run -0 tests/facts
    row 'holds: 212 orders, none fails'
    scope 0 "complete: 1 schedule$end"
    run -0 tests/facts
    row 'holds: 1 order, none fails'
    scope 0 "complete: 212 schedules, as far as the bound goes$end"
    run -1 tests/facts
    row 'does not: .*'
    scope 3 'not complete: 212 schedules in 300 runs without a failure, and there may be more'
    run -1 tests/facts
    row 'could not run: .*'
    scope 1 'schedule 3 fails: deadlock: P1 asleep in semop 0-1 of A'
    run -1 tests/facts
    row 'does not: .*'
    said '    schedule 3 fails: deadlock: .*'
    scope 3 'svsem_scope: no verdict: P1 (svsem_x) was sent SIGTERM by process 7, which is not of the run'
    run -0 tests/facts
    row 'not shown: .*'

    fake x 'all hang.' 'exit 0' "$proof 1: deadlock"
    scope 1 'schedule 3 fails: deadlock: P1 asleep in semop 0-1 of A'
    run -0 tests/facts
    row 'holds: deadlock found in order 3'
    scope 1 'schedule 3 fails: stuck: P1 polls IPC_STAT'
    run -1 tests/facts
    row 'does not: .*'
    scope 1 'schedule 3 fails: P1 (svsem_x) died of SIGSEGV'
    run -1 tests/facts
    row 'does not: .*'
    scope 0 "complete: 2 schedules$end"
    run -1 tests/facts
    row 'does not: .*'

    fake x 'it goes wrong.' 'exit 1' "$proof 1: P1 exited with 1"
    scope 1 'schedule 1 fails: P1 (svsem_x) exited with 1'
    run -0 tests/facts
    row 'holds: wrong result (exit status 1) found in order 1'
    for said in 'P1 (svsem_x) exited with 10' 'P2 (svsem_x) exited with 1'; do
        scope 1 "schedule 1 fails: $said"
        run -1 tests/facts
        row 'does not: .*'
    done

    fake x 'it goes wrong.' 'exit 1' "${replay}x\n          # status 1: P1 exited with 1"
    scope 1 'svsem_scope: P1 (svsem_x) exited with 1'
    run -0 tests/facts
    row 'holds: wrong result (exit status 1) in the schedule of its header'
    scope 1 $'svsem_scope: step 2 passed over: P3 cannot go now\nsvsem_scope: P1 (svsem_x) exited with 1'
    run -1 tests/facts
    row 'does not: .*'

    fake y 'it goes well.' 'exit 0' "${replay}y\n          # status 0: well"
    scope 0 ''
    run -0 tests/facts svsem_y
    rm svsem/svsem_x*                   # so that the schedule breaks nothing
    run -1 tests/facts svsem_y
    said 'svsem_y .* does not: .*'
}

@test "facts refuses a proof that is none: of another program, by a shell, without a word of what is expected" {
    local end='\n          # status' proof
    scope 0 'complete: 2 schedules, no deadlock, no failed exit, nothing left behind'
    for proof in "explore -- ./svsem_x$end 0: complete" "explore --crash -- ./svsem_x -n 2$end 0: complete"; do
        fake x 'all is well.' 'exit 0' "   Proof: ./svsem_scope $proof"
        run -0 tests/facts
    done
    for proof in "explore -- ./svsem_y$end 0: complete" "explore -- ./svsem_xy$end 0: complete" "explore -- true ./svsem_x$end 0: complete" \
        "explore --preemptions 0 -- ./svsem_x$end 0: complete" "explore -- ./svsem_x || echo complete$end 0: complete" \
        "explore -- ./svsem_y  # not ./svsem_x$end 0: complete" "explore -- ./svsem_x >out$end 0: complete" \
        "explore -- ./svsem_x$end 1: " "explore -- ./svsem_x$end 1: d" "explore -- ./svsem_x$end 1: complete" \
        "explore -- ./svsem_x$end 1: P1 exited with 3" "explore -- ./svsem_x" \
        "explore -- ./svsem_x\n   Proof: ./svsem_scope explore -- ./svsem_x$end 0: complete"; do
        fake x 'all is well.' 'exit 0' "   Proof: ./svsem_scope $proof"
        run -1 tests/facts
        row 'could not run: no proof of it: .*'
    done
}

@test "facts without svsem_scope runs the right program once, shows the wrong one not, and says why" {
    local proof='   Proof: ./svsem_scope explore -- ./svsem_'
    printf '#!/bin/sh\n[ "$2" != ptrace ] || { echo "ptrace is forbidden; as root: allow it"; exit 1; }\n' >tests/doctor
    fake good 'all is well.' '[ $# -eq 2 ]' "${proof}good 4 5\n      # status 0: complete"
    fake bad 'all hang.' 'sleep 5' "${proof}bad\n      # status 1: deadlock"
    run -0 tests/facts
    said 'svsem_good  *[0-9.]* s  ran once, not proved: ptrace is forbidden'
    said 'svsem_bad  *[0-9.]* s  not shown: ptrace is forbidden'
    said 'Without svsem_scope what ran once is not proved, and the rest is not shown: ptrace is forbidden; as root: allow it'
    said '0 hold, 0 do not, 1 ran once, 1 not shown, 0 could not run - .*'
    run -0 tests/facts -r
    said 'ok svsem_good: all is well\. # skip ran once, .*'
    fake good 'all is well.' 'exit 1' "${proof}good 4 5\n      # status 0: complete"
    run -1 tests/facts
    said 'svsem_good  *[0-9.]* s  does not'
}

@test "facts waits for no process that its program leaves behind, and ends it" {
    fake orphan 'it is left behind.' 'sleep 50 & echo $! >pid'
    run -0 tests/facts
    said 'svsem_orphan  *[0-9.]* s  holds'
    await gone "$(cat svsem/pid)"
}

@test "facts, ended by a signal, ends what it started" {
    local signal status
    # It takes a while to end, as one that removes its set does.
    fake hang 'it comes to an end.' 'trap "for ((i = 0; i < 20000; i++)); do :; done; echo >removed; exit 1" TERM; echo $$ >pid; sleep 50; true'
    for signal in INT TERM HUP; do
        rm -f svsem/pid svsem/removed
        within 0 tests/facts </dev/null >out 2>&1 3>&- &
        await test -s svsem/pid
        kill -$signal $!
        status=0
        wait $! || status=$?
        [ "$status" -eq $((128 + $(kill -l $signal))) ]
        await gone "$(cat svsem/pid)"
        [ -e svsem/removed ]
        [ "$(ls build)" = tests ]
    done
}
